import type { Moment } from "./timeline";

/**
 * What a table is after a load: `equal` to Aurora, `stale` (still the rows of a night before), `wrong` (neither:
 * partial or mixed), `missing` (never loaded), `not due` (not loaded that day, as configured), `left out` (of a
 * script, and no stack can load it).
 */
export type TableState = "equal" | "stale" | "wrong" | "missing" | "not due" | "left out";

/** True for a table that was to be loaded. */
export function isDue({ state }: Pick<TableResult, "state">): boolean {
  return state !== "not due" && state !== "left out";
}

export interface TableResult {
  readonly database: string;
  /** The table's name in the stack file. */
  readonly table: string;
  /** `dataset.table` in BigQuery; undefined for a table that was left out. */
  readonly destination?: string;
  readonly state: TableState;
  /** Rows and checksum in Aurora's snapshot; undefined if Aurora has no such table. */
  readonly aurora?: { readonly rows: number; readonly checksum: string };
  /** Rows and checksum in BigQuery; undefined before the first load. */
  readonly bigQuery?: { readonly rows: number; readonly checksum: string };
  /** When BigQuery last changed the table. */
  readonly loadedAt?: Date;
  /** Of a table of a script, what a reader of the result has to know. */
  readonly remark?: string;
  /** Its typed view; undefined where the stack has none, and before the table's first load. */
  readonly view?: ViewResult;
}

/** What a table's typed view is like in the morning. */
export interface ViewResult {
  /** `dataset.view` in BigQuery. */
  readonly name: string;
  /** What is wrong with it, in a sentence; undefined if nothing is. */
  readonly problem?: string;
  /** Its columns, and those among them that have another type than in the table; undefined if it cannot be asked. */
  readonly columns?: number;
  readonly cast?: number;
  /** Values of the table that are NULL in the view because they do not cast. */
  readonly notCast?: number;
}

/** A message that the stack sent about a day. */
export interface ToldMessage {
  readonly time: Date;
  /** Who says it: a report of gate or loader, an alarm, or Cloud Monitoring. */
  readonly by: "gate" | "alarm" | "google";
  /** `problem`, or `resolved`. */
  readonly severity: string;
  /** Of a report its kind, of an alarm or a policy its name. */
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  /** Addresses that got it. */
  readonly recipients: readonly string[];
}

export interface DayResult {
  /** Local date of the load. */
  readonly date: string;
  readonly tables: readonly TableResult[];
  readonly exportTasks: readonly { readonly id: string; readonly status: string }[];
  /** Bytes that left S3 for Google. */
  readonly bytes: number;
  /** What was sent since the morning before. */
  readonly told: readonly ToldMessage[];
}

/** The outcome of a rehearsal, for people and for machines (`--json`). */
export interface RehearsalReport {
  readonly stack: string;
  readonly timeZone: string;
  /** True if nothing ran because the stack's clock is off, as configured. */
  readonly clockOff: boolean;
  readonly fault?: string;
  readonly days: readonly DayResult[];
  readonly timeline: readonly Moment[];
  /** What went wrong beside the tables. */
  readonly problems: readonly string[];
  /** True if every table that was due is equal, every view as it shall be, and there is no problem. */
  readonly ok: boolean;
  /** Number of resources that the program registered. */
  readonly resources: number;
  /** DuckDB file that plays BigQuery's part, and a query to look into it. */
  readonly bigQueryFile: string;
  readonly query: string;
  readonly seconds: { readonly program: number; readonly total: number };
}
