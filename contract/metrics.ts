/** Namespace and dimension of the gate's metrics in CloudWatch. */
export const METRIC_NAMESPACE = "AuroraToBigQuery";
export const METRIC_DIMENSION = "TaskPrefix";

/** Names and units of what the gate emits: alarms and dashboards read no others. CloudWatch has no unit for minutes and days. */
export const GATE_METRICS = {
  /** 1 for an export that was completed and audited. */
  completedExports: { Name: "CompletedExports", Unit: "Count" },
  exportMinutes: { Name: "ExportMinutes", Unit: "None" },
  missingTables: { Name: "MissingTables", Unit: "Count" },
  /** 1 for each look of the gate's clock, whatever it finds: its heartbeat. */
  clockLooks: { Name: "ClockLooks", Unit: "Count" },
  readerKeyAgeDays: { Name: "ReaderKeyAgeDays", Unit: "None" },
} as const;

export type GateMetric = keyof typeof GATE_METRICS;
