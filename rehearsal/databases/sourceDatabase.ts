import type { Engine, SourceTable } from "../../contract/layout";

/** A column as the engine names its type: `BIGINT UNSIGNED` (MySQL), `timestamp with time zone` (PostgreSQL). */
export interface SourceColumn {
  readonly name: string;
  readonly type: string;
}

/** A column of a table, and whether RDS exports it. */
export interface SourceColumnInfo extends SourceColumn {
  /** False for a type that RDS does not export. */
  readonly exported: boolean;
}

/** Why RDS leaves a table out of an export that still ends COMPLETE. */
export interface Skipped {
  /** As RDS says it. */
  readonly code: string;
  /** In words, what is wrong with the table: `its columns "first name" and "a;b" hold …`. */
  readonly why: string;
}

/** A table and its columns, in the table's order. */
export interface SourceTableInfo {
  readonly source: SourceTable;
  readonly columns: readonly SourceColumnInfo[];
  /** Undefined for a table that RDS exports. */
  readonly skipped?: Skipped;
}

/** A Parquet file or a `_SUCCESS` marker of one table. */
export interface ExportedFile {
  /** Below the table's folder: `1/part-00000-<uuid>-c000.gz.parquet`, `1/_SUCCESS`. */
  readonly path: string;
  readonly bytes: number;
}

/** How a column is exported, in the words of RDS's `export_tables_info` sidecar. */
export interface ExportedColumnType {
  readonly columnName: string;
  readonly originalType: string;
  readonly expectedExportedType: string;
}

/** What an export wrote of one table. */
export interface TableExport {
  readonly files: readonly ExportedFile[];
  readonly typeMappings: readonly ExportedColumnType[];
  /** Why RDS leaves the table out of an export that still ends COMPLETE; undefined where it is exported. */
  readonly skipped?: string;
}

/** What two copies of a table must have in common. */
export interface Fingerprint {
  readonly rows: number;
  /** 16 hex digits over column names and values; order of rows and columns does not matter (`fingerprint.ts`). */
  readonly checksum: string;
}

/** A frozen copy of all tables at one instant, which later changes do not touch. */
export interface Snapshot {
  readonly tables: readonly SourceTableInfo[];
  /** The table as it must read in BigQuery once it is exported and loaded. */
  fingerprint(table: SourceTable): Promise<Fingerprint>;
  /** Writes the table into a folder of its own, which is made where it is missing. */
  exportTable(table: SourceTable, folder: string): Promise<TableExport>;
  /**
   * The same copy as it would be with a column of a table that is exported gone, or turned to text.
   * @param name case does not count; the last column if left out
   */
  withColumn(table: SourceTable, became: "gone" | "text", name?: string): Snapshot;
  /** Frees the copy. */
  drop(): Promise<void>;
}

/** The stand-in for one database of an Aurora cluster. */
export interface SourceDatabase {
  readonly engine: Engine;
  readonly name: string;
  /**
   * Makes a day's changes, the same in every run of the program. Day 0 is the initial state, which is there from the
   * beginning; the following days are lived through in order, each once.
   * @returns what happened, one sentence each
   */
  liveThrough(day: number): Promise<string[]>;
  snapshot(): Promise<Snapshot>;
  close(): Promise<void>;
}
