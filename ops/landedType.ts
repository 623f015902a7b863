import { decimalTarget } from "../rehearsal/bigquery/decimalTypes";
import { typeOfParquet } from "../rehearsal/bigquery/parquetTypes";

/** What a transfer is told to take a DECIMAL of Parquet for. */
const DECIMAL_TYPES = ["NUMERIC", "BIGNUMERIC", "STRING"] as const;

/** `int64`, `binary (UTF8)`, `fixed_len_byte_array(9) (DECIMAL(20,0))`. */
const EXPORTED = /^(\w+)(?:\(\d+\))?(?: \((\w+)(?:\((\d+), ?(\d+)\))?\))?$/;

/** Parquet's physical types, where RDS names them otherwise than by their own names. */
const PHYSICAL = new Map([
  ["BINARY", "BYTE_ARRAY"],
  // A text of Parquet, by the name of its newer annotation.
  ["BINARY STRING", "BYTE_ARRAY UTF8"],
]);

/**
 * Type that BigQuery's table gets of a column.
 * @param exportedType type in the Parquet files in RDS's words, `int64 (TIMESTAMP_MICROS)`
 * @returns undefined for words that are not known
 */
export function landedType(exportedType: string): string | undefined {
  const [, physical, annotation, precision, scale] = EXPORTED.exec(exportedType) ?? [];
  if (physical === undefined) return undefined;
  if (precision !== undefined) {
    return decimalTarget(DECIMAL_TYPES, { precision: Number(precision), scale: Number(scale) }).type;
  }
  const bare = physical.toUpperCase();
  const type = annotation === undefined ? bare : `${bare} ${annotation.toUpperCase()}`;
  const known = PHYSICAL.get(type) ?? type.replace(/^BINARY\b/, "BYTE_ARRAY");
  return typeOfParquet(known);
}
