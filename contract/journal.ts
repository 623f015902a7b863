import type { LoadOutcome } from "./followedLoads";
import { reportFolder } from "./reportRecords";
import type { Slot } from "./slot";

/** A column of a table of the journal, in the words of BigQuery's REST API. */
export interface JournalField {
  readonly name: string;
  readonly type: "STRING" | "INTEGER" | "TIMESTAMP" | "DATE";
  readonly mode: "REQUIRED" | "NULLABLE";
  readonly description: string;
}

/** The tables of the journal; each is partitioned by `day`. */
export type JournalTable = "loads" | "columns";

/** A row of `loads`: what became of a table in the loads of a slot. Instants are ISO 8601 in UTC. */
export interface JournalLoad {
  readonly day: string;
  readonly slot: Slot;
  readonly dataset_id: string;
  readonly table_id: string;
  readonly outcome: LoadOutcome;
  readonly cause?: string;
  readonly ended: string;
  readonly snapshot_time?: string;
  readonly export_started?: string;
  readonly export_ended?: string;
  readonly files: number;
  readonly bytes?: number;
  readonly exported_rows?: number;
  readonly loaded_rows?: number;
  readonly loaded_columns?: number;
  readonly run?: string;
  readonly run_state?: string;
  readonly run_started?: string;
  readonly run_ended?: string;
  readonly job_id?: string;
  readonly job_files?: number;
  readonly job_bytes?: number;
  readonly job_rows?: number;
  readonly bad_records?: number;
}

/** A row of `columns`: a column of a table in the newest export of a day, as far as RDS describes it. */
export interface JournalColumn {
  readonly day: string;
  readonly slot: Slot;
  readonly dataset_id: string;
  readonly table_id: string;
  readonly position: number;
  readonly column_name: string;
  readonly source_type?: string;
  readonly exported_type?: string;
}

/** Days for which the journal is kept unless the stack file says otherwise: thirteen months, for a comparison with last year. */
export const JOURNAL_DAYS = 400;

/** Column that both tables are partitioned by. */
export const JOURNAL_PARTITION = "day";

function field(
  name: string,
  type: JournalField["type"],
  description: string,
  mode: JournalField["mode"] = "NULLABLE",
): JournalField {
  return { name, type, mode, description };
}

const OF_TABLE = [
  field(JOURNAL_PARTITION, "DATE", "Local date of the slot", "REQUIRED"),
  field("slot", "STRING", "Slot of the export, YYYYMMDDHH in the stack's time zone", "REQUIRED"),
  field("dataset_id", "STRING", "Dataset that the table is loaded into", "REQUIRED"),
  field("table_id", "STRING", "The table in it", "REQUIRED"),
];

/** Columns of the journal's tables. A column may be added; one that is there keeps its name and type. */
export const JOURNAL_FIELDS: Readonly<Record<JournalTable, readonly JournalField[]>> = {
  loads: [
    ...OF_TABLE,
    field("outcome", "STRING", "whole, or in a word why nobody may call it so", "REQUIRED"),
    field("cause", "STRING", "Why it is not whole, in a sentence"),
    field("ended", "TIMESTAMP", "When the last load of the slot had ended", "REQUIRED"),
    field("snapshot_time", "TIMESTAMP", "When Aurora was as the copy shows it"),
    field("export_started", "TIMESTAMP", "When RDS began the export"),
    field("export_ended", "TIMESTAMP", "When RDS had finished the export"),
    field("files", "INTEGER", "Parquet files of the table in the export", "REQUIRED"),
    field("bytes", "INTEGER", "Bytes of these files"),
    field("exported_rows", "INTEGER", "Rows in these files"),
    field("loaded_rows", "INTEGER", "Rows in BigQuery behind the load"),
    field("loaded_columns", "INTEGER", "Columns in BigQuery behind the load"),
    field("run", "STRING", "Resource name of the transfer run that was looked at last"),
    field("run_state", "STRING", "State of that run"),
    field("run_started", "TIMESTAMP", "When that run began"),
    field("run_ended", "TIMESTAMP", "When that run ended"),
    field(
      "job_id",
      "STRING",
      "Load job behind that run, with `loadJobStatistics` and where it could be told",
    ),
    field("job_files", "INTEGER", "Files that this job read"),
    field("job_bytes", "INTEGER", "Bytes of the files that this job read"),
    field("job_rows", "INTEGER", "Rows that this job wrote"),
    field("bad_records", "INTEGER", "Records that this job left out"),
  ],
  columns: [
    ...OF_TABLE,
    field("position", "INTEGER", "Place of the column in the table, from 1", "REQUIRED"),
    field("column_name", "STRING", "Name of the column in Aurora", "REQUIRED"),
    field("source_type", "STRING", "Type in Aurora, as RDS says"),
    field("exported_type", "STRING", "Type in the Parquet files, as RDS says"),
  ],
};

/** What the journal's dataset is named behind the stack, as a database's dataset is behind its. */
export const JOURNAL_NAME = "aurora_reports";

/** Dataset of the journal: `prod_aurora_reports`. */
export function journalDataset(prefix: string): string {
  return `${prefix.replaceAll("-", "_")}_${JOURNAL_NAME}`;
}

/** Local date of a slot: `2025-02-18`. */
export function dayOfSlot(slot: Slot): string {
  return `${slot.slice(0, 4)}-${slot.slice(4, 6)}-${slot.slice(6, 8)}`;
}

/** A table's partition of a day, as a load names it: `loads$20250218`. */
export function partitionOf(table: JournalTable, day: string): string {
  return `${table}$${day.replaceAll("-", "")}`;
}

/** What the loader keeps of days that it could not write. */
export interface UnwrittenDays {
  readonly days: readonly string[];
}

export function unwrittenDaysKey(prefix: string): string {
  return `${reportFolder(prefix)}/journal.json`;
}
