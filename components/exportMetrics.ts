import type * as pulumi from "@pulumi/pulumi";
import { GATE_METRICS, type GateMetric, METRIC_DIMENSION, METRIC_NAMESPACE } from "../contract/metrics";

/** A metric of CloudWatch, as alarms and dashboards name it. */
export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
}

/** What Lambda counts of a function that is read here. Source: Lambda Developer Guide, "Types of metrics for Lambda functions". */
export type LambdaMetric =
  | "Invocations"
  | "Errors"
  | "Throttles"
  /** Events given up: after every attempt, or after the hour that they are kept. */
  | "AsyncEventsDropped"
  /** Records of given-up events that did not reach the on-failure destination. */
  | "DestinationDeliveryFailures";

export function lambdaMetric(metricName: LambdaMetric, functionName: pulumi.Input<string>): Metric {
  return { namespace: "AWS/Lambda", metricName, dimensions: { FunctionName: functionName } };
}

/** A metric that the gate emits, by its key in the contract. */
export function gateMetric(key: GateMetric, prefix: string): Metric {
  return {
    namespace: METRIC_NAMESPACE,
    metricName: GATE_METRICS[key].Name,
    dimensions: { [METRIC_DIMENSION]: prefix },
  };
}

/** Messages that wait in a queue. Source: SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS". */
export function waitingMessages(queueName: pulumi.Input<string>): Metric {
  return {
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: queueName },
  };
}
