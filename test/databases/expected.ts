/** Types of BigQuery columns; GoogleSQL's names. */
export type BigQueryType =
  | "BIGNUMERIC"
  | "BOOL"
  | "BYTES"
  | "DATE"
  | "DATETIME"
  | "FLOAT64"
  | "INT64"
  | "JSON"
  | "NUMERIC"
  | "STRING"
  | "TIME"
  | "TIMESTAMP";

/**
 * Values of a column in text, null for NULL.
 *
 * | type | text |
 * |---|---|
 * | BOOL | `true` |
 * | INT64 | digits |
 * | FLOAT64 | the shortest decimal text that reads back as the same double, as JavaScript writes it; `NaN`, `Infinity`, `-0` |
 * | NUMERIC, BIGNUMERIC | digits without trailing zeros |
 * | STRING, JSON | the text; of JSON, any text of the same value |
 * | BYTES | hex digits in upper case |
 * | TIMESTAMP (UTC), DATETIME | `2025-02-18T06:00:00.000000` |
 * | DATE, TIME | `2025-02-18`, `06:00:00.000000` |
 */
export type Values = readonly (string | null)[];

/** What has to stand in BigQuery of a column. */
export interface ExpectedColumn {
  readonly name: string;
  /** Its type in RDS's words, by MySQL 8's or PostgreSQL's own catalog, in lower case. */
  readonly source: string;
  readonly landed: { readonly type: BigQueryType; readonly values: Values };
  /** In the view that gives types; of values that do not cast, null. */
  readonly view: { readonly type: BigQueryType; readonly values: Values };
  /** Where MariaDB's catalog has another type, from which the view follows. */
  readonly onMariaDb?: {
    readonly source: string;
    readonly view: { readonly type: BigQueryType; readonly values: Values };
  };
}

/** What has to become of a table. Rows stand in the order of `values`; the first column's tell them apart. */
export interface ExpectedTable {
  /** Of PostgreSQL. */
  readonly schema?: string;
  readonly table: string;
  /** Why RDS leaves it out while the export ends COMPLETE; then it has no columns here. */
  readonly skipped?: string;
  readonly columns: readonly ExpectedColumn[];
  /** Columns of a type that RDS does not export. */
  readonly notExported?: readonly string[];
}

/** A column that its view leaves as it has landed. */
export function asLanded(name: string, source: string, type: BigQueryType, values: Values): ExpectedColumn {
  return { name, source, landed: { type, values }, view: { type, values } };
}

/** A column that its view casts. */
export function asCast(
  name: string,
  source: string,
  landed: readonly [BigQueryType, Values],
  view: readonly [BigQueryType, Values],
): ExpectedColumn {
  return {
    ...{ name, source },
    landed: { type: landed[0], values: landed[1] },
    view: { type: view[0], values: view[1] },
  };
}

/** A text's bytes in UTF-8, as `Values` has them. */
export function hex(text: string): string {
  return Buffer.from(text, "utf8").toString("hex").toUpperCase();
}

/** Hex digits of each byte from 0 to `last`. */
export function bytesTo(last: number): string {
  return Buffer.from(Array.from({ length: last + 1 }, (_, index) => index))
    .toString("hex")
    .toUpperCase();
}
