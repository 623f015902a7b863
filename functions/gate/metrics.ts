import { METRIC_DIMENSION, METRIC_NAMESPACE, GATE_METRICS as METRICS } from "../../contract/metrics";
import type { GateMetrics, GatePorts } from "./ports";

/**
 * Metrics as lines of the log, from which CloudWatch takes them.
 * @param write takes a whole line; not the console, whose lines Lambda puts into an object of its own
 * Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".
 */
export function createMetrics(
  taskPrefix: string,
  write: (line: string) => void = (line) => process.stdout.write(line),
  now: () => Date = () => new Date(),
): GatePorts["metrics"] {
  return {
    put(metrics) {
      const known = (Object.keys(METRICS) as (keyof GateMetrics)[]).filter(
        (field) => metrics[field] !== undefined,
      );
      if (known.length === 0) return;
      const directive = {
        Namespace: METRIC_NAMESPACE,
        Dimensions: [[METRIC_DIMENSION]],
        Metrics: known.map((field) => METRICS[field]),
      };
      const record = {
        _aws: { Timestamp: now().getTime(), CloudWatchMetrics: [directive] },
        [METRIC_DIMENSION]: taskPrefix,
        ...Object.fromEntries(known.map((field) => [METRICS[field].Name, metrics[field]])),
      };
      write(`${JSON.stringify(record)}\n`);
    },
  };
}
