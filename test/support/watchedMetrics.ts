import assert from "node:assert/strict";
import { GATE_METRICS, METRIC_DIMENSION, METRIC_NAMESPACE } from "../../contract/metrics";

/**
 * What is sent under each namespace, and by which one dimension it is told apart. Sources: Lambda Developer Guide, "Types
 * of metrics for Lambda functions"; SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS".
 */
const SENT: Readonly<Record<string, { readonly dimension: string; readonly names: readonly string[] }>> = {
  "AWS/Lambda": {
    dimension: "FunctionName",
    names: ["AsyncEventsDropped", "DestinationDeliveryFailures", "Errors", "Invocations", "Throttles"],
  },
  "AWS/SQS": { dimension: "QueueName", names: ["ApproximateNumberOfMessagesVisible"] },
  [METRIC_NAMESPACE]: {
    dimension: METRIC_DIMENSION,
    names: Object.values(GATE_METRICS).map((it) => it.Name),
  },
};

/** A metric that an alarm or a dashboard reads. */
export interface WatchedMetric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Fails with the metric's name if nothing sends it under these dimensions. */
export function assertIsSent({ namespace, metricName, dimensions }: WatchedMetric): void {
  const { names, dimension } = SENT[namespace] ?? { names: [], dimension: "" };
  assert.ok(names.includes(metricName), `nothing sends ${namespace} ${metricName}`);
  assert.deepEqual(Object.keys(dimensions), [dimension], `${namespace} ${metricName}`);
}
