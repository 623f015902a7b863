import type { Severity } from "./warning";

/** A rule of one engine: what is to be known of columns of some types. */
export interface TypeRule {
  readonly code: string;
  readonly severity: Severity;
  readonly text: string;
  /** Types without length, in lower case. */
  readonly types: readonly string[];
  /** What must hold of the column besides. */
  readonly where?: (column: {
    readonly length: string;
    readonly landed: string;
    readonly view: string;
  }) => boolean;
}

const DECIMALS = ["decimal", "decimal unsigned", "numeric", "numeric unsigned"];
const GEOMETRIES = [
  ...["geometry", "point", "linestring", "polygon", "geometrycollection", "geomcollection"],
  ...["multipoint", "multilinestring", "multipolygon"],
];

/**
 * What becomes of MySQL's types that people do not expect.
 * Sources: Aurora User Guide, "Data conversion when exporting to an Amazon S3 bucket" and "Considerations for DB cluster
 * snapshot exports"; "Loading Parquet data from Cloud Storage"; the casts of contract/columnTypes.ts.
 */
export const MYSQL_RULES: readonly TypeRule[] = [
  {
    ...{ code: "mysql-char-bytes", severity: "changes", types: ["char", "character"] },
    text: "CHAR has no mark of a text in the export and lands as BYTES; the view shows a text again, or NULL where the bytes are no UTF-8.",
    where: ({ landed }) => landed === "BYTES",
  },
  {
    ...{ code: "mysql-zero-date", severity: "lossy", types: ["date"] },
    text: "Dates such as 0000-00-00 and 2020-02-00 stay text in the landing table and are NULL in the view; with one of them RDS exports the table in a single thread.",
  },
  {
    ...{ code: "mysql-zero-datetime", severity: "note", types: ["datetime", "timestamp"] },
    text: "A value with day 0 or year 0000 has no place in a timestamp: what RDS writes for it is not documented, and it exports the table in a single thread.",
  },
  {
    ...{ code: "mysql-datetime-zone", severity: "changes", types: ["datetime"] },
    text: "DATETIME has no time zone, but lands as a TIMESTAMP that says UTC; the view shows a DATETIME again.",
    where: ({ landed }) => landed === "TIMESTAMP",
  },
  {
    ...{ code: "mysql-time-range", severity: "lossy", types: ["time"] },
    text: "TIME is exported as text; a time below 00:00:00, or from 24:00:00 on, is NULL in the view.",
  },
  {
    ...{ code: "mysql-tinyint-bool", severity: "changes", types: ["tinyint", "bool", "boolean"] },
    text: "TINYINT(1) is a truth value in the view, where every number but 0 is TRUE; `typedViews.tinyintAsBool: false` shows numbers.",
    where: ({ view }) => view === "BOOL",
  },
  {
    ...{ code: "mysql-bit-bytes", severity: "changes", types: ["bit"] },
    text: "BIT lands as BYTES, and stays so in the view where it is longer than BIT(1).",
    where: ({ view }) => view !== "BOOL",
  },
  {
    ...{ code: "mysql-bit-bool", severity: "changes", types: ["bit"] },
    text: "BIT(1) lands as BYTES; the view shows a truth value.",
    where: ({ view }) => view === "BOOL",
  },
  {
    ...{ code: "mysql-enum-text", severity: "changes", types: ["enum"] },
    text: "ENUM is exported as text: it sorts by the alphabet, and no longer by the order of its values.",
  },
  {
    ...{ code: "mysql-set-text", severity: "changes", types: ["set"] },
    text: "SET is exported as one text with commas between its values.",
  },
  {
    ...{ code: "mysql-json-numbers", severity: "lossy", types: ["json"] },
    text: "JSON is exported as text; the view shows NULL where a number in it is one that BigQuery cannot keep exactly.",
    where: ({ view }) => view === "JSON",
  },
  {
    ...{ code: "mysql-year-number", severity: "changes", types: ["year"] },
    text: "YEAR is a number.",
  },
  {
    ...{ code: "mysql-decimal-text", severity: "changes", types: DECIMALS },
    text: "A DECIMAL of more than 38 digits is exported as text; the view shows a number again only where BIGNUMERIC holds all of its digits.",
    where: ({ length, landed }) => landed === "STRING" && digitsOf(length) > 38,
  },
  {
    ...{ code: "mysql-decimal-wide", severity: "changes", types: DECIMALS },
    text: "Its digits are more than NUMERIC holds: it lands as BIGNUMERIC.",
    where: ({ landed }) => landed === "BIGNUMERIC",
  },
  {
    ...{ code: "mysql-bigint-unsigned", severity: "changes", types: ["bigint unsigned"] },
    text: "BIGINT UNSIGNED is exported as DECIMAL(20,0), and is NUMERIC in BigQuery: joins with an INT64 need a cast.",
  },
  {
    ...{ code: "mysql-float-widened", severity: "changes", types: ["float", "float unsigned"] },
    text: "FLOAT is widened to a double: 0.1 reads as 0.10000000149011612.",
  },
  {
    ...{ code: "mysql-geometry-bytes", severity: "changes", types: GEOMETRIES },
    text: "Geometry arrives as MySQL's internal bytes, the four of its SRID before the well-known binary: it is no GEOGRAPHY.",
  },
  {
    ...{ code: "mysql-large-value", severity: "note", types: ["longblob", "longtext"] },
    text: "A single value near or over 500 MB makes the whole export fail.",
  },
];

function digitsOf(length: string): number {
  return Number(length.split(",")[0]);
}
