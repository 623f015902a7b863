import type { CanonicalType } from "./fingerprint";

/** What becomes of a source type on its way: in the copy that DuckDB holds, in Parquet, and in BigQuery. */
export interface TypeMapping {
  /** DuckDB type that holds the source's values. */
  readonly held: string;
  /** SQL of a held value → SQL of a value whose DuckDB type is written as the documented Parquet type. */
  readonly exported: (value: string) => string;
  /** The Parquet type, in the words of RDS's `export_tables_info` sidecar. */
  readonly exportedType: string;
  /** BigQuery type that the column must get, and SQL of a held value → SQL of what must stand there. */
  readonly type: CanonicalType;
  readonly reads: (value: string) => string;
}

/** SQL of the value as it is. */
export const asIs = (value: string): string => value;

/** SQL of the value, cast to a DuckDB type. */
export const cast =
  (type: string) =>
  (value: string): string =>
    `CAST(${value} AS ${type})`;
