import type { DuckDBConnection } from "@duckdb/node-api";
import { identifier, pathList, query } from "../databases/duckDb";
import { BigQueryError } from "./errors";
import type { LoadedColumn } from "./parquetSchema";
import type { SourceColumn } from "./viewStatement";

const MEGABYTE = 1024 * 1024;
/**
 * Largest row of a Parquet file. From 100 MB on BigQuery loads none of any format; between the two its documents
 * promise nothing.
 * Sources: "Loading Parquet data from Cloud Storage", Input file requirements; "Quotas and limits", Load jobs.
 */
const MAX_ROW_BYTES = 50 * MEGABYTE;

/** Bytes of a value, by its type: SQL. */
function bytesOf({ type, value }: LoadedColumn): string {
  if (type === "STRING") return `coalesce(strlen(${value}), 0)`;
  return type === "BYTES" ? `coalesce(octet_length(${value}), 0)` : "8";
}

/** Bytes of a value that is not NULL; of other types they are 8. Source: "Data types" (GoogleSQL), data type sizes. */
const LOGICAL_BYTES = new Map<string, (value: string) => string>([
  ["BOOL", () => "1"],
  ["NUMERIC", () => "16"],
  ["BIGNUMERIC", () => "32"],
  ["STRING", (value) => `2 + strlen(${value})`],
  ["BYTES", (value) => `2 + octet_length(${value})`],
]);

/** Bytes that a query which reads a column is billed for: SQL. */
export function logicalBytes({ name, type }: SourceColumn): string {
  const value = identifier(name);
  const bytes = LOGICAL_BYTES.get(type)?.(value) ?? "8";
  return `coalesce(sum(${bytes}) FILTER (${value} IS NOT NULL), 0)`;
}

/**
 * Refuses files with a row that is too large.
 * @param paths the files
 * @param relation the files as SQL
 * @throws BigQueryError with the size of the largest row
 */
export async function checkRowSizes(
  connection: DuckDBConnection,
  paths: readonly string[],
  relation: string,
  columns: readonly LoadedColumn[],
): Promise<void> {
  // No row is larger than its row group, whose size needs no reading of values.
  const [group] = await query(
    connection,
    `SELECT max(bytes) AS bytes FROM (SELECT sum(total_uncompressed_size) AS bytes
     FROM parquet_metadata(${pathList(paths)}) GROUP BY file_name, row_group_id)`,
  );
  if (Number(group?.bytes) <= MAX_ROW_BYTES) return;
  const [row] = await query(
    connection,
    `SELECT max(${columns.map((it) => bytesOf(it)).join(" + ")}) AS bytes FROM ${relation}`,
  );
  const bytes = Number(row?.bytes);
  if (bytes <= MAX_ROW_BYTES) return;
  throw new BigQueryError(
    "resourcesExceeded",
    `Error while reading data, error message: a row of ${Math.ceil(bytes / MEGABYTE)} MB; a row of a Parquet file must be ${MAX_ROW_BYTES / MEGABYTE} MB or smaller`,
  );
}
