import { own } from "../../contract/own";

/** BigQuery types that a load of flat Parquet gives. */
export type BigQueryType =
  | "BOOL"
  | "INT64"
  | "FLOAT64"
  | "NUMERIC"
  | "BIGNUMERIC"
  | "STRING"
  | "BYTES"
  | "TIMESTAMP"
  | "DATE"
  | "TIME";

/** Types by physical and converted type. Source: "Loading Parquet data from Cloud Storage", Parquet conversions. */
const TYPES: Readonly<Record<string, BigQueryType>> = {
  BOOLEAN: "BOOL",
  ...Object.fromEntries(
    [
      "INT32",
      "INT32 INT_8",
      "INT32 INT_16",
      "INT32 INT_32",
      "INT32 UINT_8",
      "INT32 UINT_16",
      "INT32 UINT_32",
    ].map((it) => [it, "INT64"]),
  ),
  INT64: "INT64",
  "INT64 INT_64": "INT64",
  "INT64 UINT_64": "INT64",
  "INT32 DATE": "DATE",
  "INT32 TIME_MILLIS": "TIME",
  "INT64 TIME_MICROS": "TIME",
  "INT64 TIMESTAMP_MILLIS": "TIMESTAMP",
  "INT64 TIMESTAMP_MICROS": "TIMESTAMP",
  INT96: "TIMESTAMP",
  FLOAT: "FLOAT64",
  DOUBLE: "FLOAT64",
  BYTE_ARRAY: "BYTES",
  "BYTE_ARRAY ENUM": "BYTES",
  "BYTE_ARRAY UTF8": "STRING",
  FIXED_LEN_BYTE_ARRAY: "BYTES",
};

/** The type that a column of Parquet gets which is no decimal, `BYTE_ARRAY UTF8`; undefined for one that no load takes. */
export function typeOfParquet(type: string): BigQueryType | undefined {
  return own(TYPES, type);
}
