import type { Engine, SourceTable } from "../../contract/layout";
import type { Skipped, SourceColumn } from "../databases/sourceDatabase";
import type { TypeMapping } from "../databases/typeMapping";

/** A column as its server's catalog describes it. */
export interface CatalogColumn extends SourceColumn {
  /** What becomes of its values; undefined for a type that RDS does not export. */
  readonly mapping: TypeMapping | undefined;
  readonly nullable: boolean;
  /** True for a column that the server computes. */
  readonly generated?: true;
  /** What is odd about its type, completing "it …": no Aurora has it, or MariaDB shows it as another. */
  readonly remark?: string;
}

/** Whether RDS can export a table in several threads: by a key that is a number. */
export type TableKey = "number" | "other" | "none";

/** A table as its server's catalog describes it: nothing of its rows. */
export interface CatalogTable {
  readonly source: SourceTable;
  /** In the table's order. */
  readonly columns: readonly CatalogColumn[];
  readonly key: TableKey;
  /** The server's estimate; undefined where it has none. */
  readonly rows?: number;
  /** Bytes on the server's disk, of rows and large values, without indexes; undefined where it does not say. */
  readonly dataBytes?: number;
  readonly indexBytes?: number;
  /** Why RDS leaves the table out of an export that still ends COMPLETE. */
  readonly skipped?: Skipped;
  /** False where the user of the session may not read its rows. */
  readonly readable: boolean;
  /** Of a partition of PostgreSQL: the topmost table that has its rows, too, so that RDS exports them twice. */
  readonly partitionOf?: SourceTable;
  /** How many partitions a partitioned table has, over all levels. */
  readonly partitions?: number;
}

/** What a server says of one database, without looking at a row. */
export interface Catalog {
  readonly engine: Engine;
  /** `MySQL 8.0.40`, `MariaDB 10.11.14`, `PostgreSQL 15.19`. */
  readonly server: string;
  readonly database: string;
  /** By schema and name; partitions of PostgreSQL among them. */
  readonly tables: readonly CatalogTable[];
  /** Bytes on the disk of all databases of the server that its user sees: about what a snapshot of it is billed by. */
  readonly serverBytes?: number;
  /** What of the database is no table that RDS exports, one sentence each. */
  readonly leftOut: readonly string[];
}

/** Tables without the partitions of others: what a stack loads, where it names the parents. */
export function exportedOnce(tables: readonly CatalogTable[]): CatalogTable[] {
  return tables.filter(({ partitionOf }) => partitionOf === undefined);
}
