import type { DuckDBConnection } from "@duckdb/node-api";
import { literal, query } from "./duckDb";
import type { Fingerprint } from "./sourceDatabase";

/**
 * The canonical text of a value, by the BigQuery type that it has or must have, so that the same value of another
 * type is another text. SQL of a value of DuckDB's matching type → SQL of the text.
 *
 * | type | text |
 * |---|---|
 * | BOOL | `BOOL:true` |
 * | INT64 | `INT64:-5` |
 * | FLOAT64 | `FLOAT64:` and the shortest decimal text that reads back as the same double |
 * | NUMERIC, BIGNUMERIC | `NUMERIC:` and the digits without trailing zeros: `NUMERIC:1.5` |
 * | STRING | `STRING:`, length in UTF-8 bytes, `:`, the text |
 * | BYTES | `BYTES:` and hex digits: `BYTES:00FF` |
 * | TIMESTAMP | `TIMESTAMP:2025-02-18T06:00:00.000000` in UTC |
 * | DATE, TIME | `DATE:2025-02-18`, `TIME:06:00:00.000000` |
 * | NULL of any type | `NULL` |
 */
const CANONICAL_TEXT = {
  BOOL: (value: string) => `CAST(${value} AS VARCHAR)`,
  INT64: (value: string) => `CAST(${value} AS VARCHAR)`,
  FLOAT64: (value: string) => `CAST(CAST(${value} AS DOUBLE) AS VARCHAR)`,
  NUMERIC: (value: string) => {
    const digits = `CAST(${value} AS VARCHAR)`;
    // DuckDB writes no zero before the point where the type has no digit there.
    const withZero = `regexp_replace(${digits}, '^(-?)[.]', '\\10.')`;
    // A whole 100 keeps its zeros.
    return `CASE WHEN contains(${digits}, '.') THEN rtrim(rtrim(${withZero}, '0'), '.') ELSE ${digits} END`;
  },
  STRING: (value: string) => `strlen(${value}) || ':' || ${value}`,
  BYTES: (value: string) => `hex(${value})`,
  TIMESTAMP: (value: string) => `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%f')`,
  DATE: (value: string) => `strftime(${value}, '%Y-%m-%d')`,
  TIME: (value: string) => `strftime(DATE '2000-01-01' + ${value}, '%H:%M:%S.%f')`,
} as const;

/** BigQuery types whose values have a canonical text. BIGNUMERIC reads like NUMERIC. */
export type CanonicalType = keyof typeof CANONICAL_TEXT;

/** A column to take the fingerprint of. */
export interface CanonicalColumn {
  readonly name: string;
  readonly type: CanonicalType;
  /** SQL of the value, in DuckDB's type for the BigQuery type: VARCHAR for STRING, BLOB for BYTES. */
  readonly value: string;
}

function fieldText({ name, type, value }: CanonicalColumn): string {
  const text = `coalesce('${type}:' || ${CANONICAL_TEXT[type](value)}, 'NULL')`;
  return `${literal(`${JSON.stringify(name)}=`)}, ${text}, ';'`;
}

/**
 * Fingerprint of a relation. A row's text is `"name"=<canonical text>;` for each column, by name; its hash is the
 * last eight bytes of the text's MD5 (little-endian); the checksum is the sum of the rows' hashes modulo 2^64: equal
 * rows count as often as they are there, and no rows give zero, whatever the columns.
 */
export async function fingerprintOf(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly CanonicalColumn[],
): Promise<Fingerprint> {
  const byName = columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const text = `concat(${["''", ...byName.map(fieldText)].join(", ")})`;
  const [row] = await query(
    connection,
    `SELECT count(*) AS rows, coalesce(sum(md5_number_lower(${text})), 0)::VARCHAR AS sum FROM ${relation}`,
  );
  const checksum = BigInt.asUintN(64, BigInt(String(row?.sum)));
  return { rows: Number(row?.rows), checksum: checksum.toString(16).padStart(16, "0") };
}
