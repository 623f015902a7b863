/** Severities that the local services log with, mildest first. Source: LogSeverity (Cloud Logging API). */
export const SEVERITIES = ["INFO", "WARNING", "ERROR"] as const;
export type LogSeverity = (typeof SEVERITIES)[number];

/** An entry of Data Transfer Service's log. Source: "Monitor transfers" (BigQuery), log format. */
export interface LogEntry {
  readonly logName: string;
  readonly timestamp: Date;
  readonly severity: LogSeverity;
  readonly resource: {
    readonly type: "bigquery_dts_config";
    readonly labels: { readonly project_id: string; readonly config_id: string; readonly location: string };
  };
  readonly labels: { readonly run_id: string };
  readonly jsonPayload: { readonly message: string };
}

/** The local Cloud Logging. */
export class LocalLogging {
  /** Everything that was logged, in order. */
  public readonly entries: LogEntry[] = [];
  /** Who reads every entry as it arrives. */
  public readonly readers: ((entry: LogEntry) => void)[] = [];

  write(entry: LogEntry): void {
    this.entries.push(entry);
    for (const read of this.readers) read(entry);
  }
}

/** Last part of a resource name: the ids of configs and runs in the log. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
