import type { Engine } from "./layout";

/** Types that a view gives; GoogleSQL's names. */
export type ViewType =
  | "BIGNUMERIC"
  | "BOOL"
  | "DATE"
  | "DATETIME"
  | "JSON"
  | "NUMERIC"
  | "STRING"
  | "TIME"
  | "TIMESTAMP";

/** What must be known of a type's length, `(10,2)`, for a rule to hold. */
export type LengthRule =
  /** `(1)`. */
  | "one"
  /** At most 9 digits behind the point and 29 before it, all of which NUMERIC has. Source: "Decimal types" (GoogleSQL). */
  | "numeric"
  /** At most 38 digits behind the point and 38 before it, all of which BIGNUMERIC has. */
  | "bignumeric"
  /** No length: PostgreSQL's numeric without one holds any number. */
  | "none";

/** Columns that a view gives another type than the landing table has. */
export interface ColumnTypeRule {
  readonly engine: Engine;
  /** Types in Aurora, in lower case and without their length: `character`, `decimal unsigned`. */
  readonly sourceTypes: readonly string[];
  readonly length?: LengthRule;
  /** Type of the landing table's column. */
  readonly landed: "BYTES" | "INT64" | "STRING" | "TIMESTAMP";
  readonly type: ViewType;
  /** What people are to know of it, completing a sentence about its values. */
  readonly note?: string;
}

/** Source: "JSON functions" (GoogleSQL), PARSE_JSON, `wide_number_mode`. */
const JSON_NUMBERS = "with a number that BigQuery cannot keep exactly do not cast";
const DECIMALS_OF_MYSQL = ["decimal", "decimal unsigned", "numeric", "numeric unsigned"];
const DECIMALS_OF_POSTGRESQL = ["numeric", "decimal"];

/**
 * What the views make of columns, the first rule that fits; what no rule fits stays as it has landed. Types are named as
 * the servers' catalogs name them, PostgreSQL's also by its internal names, since RDS does not say which of them it writes.
 * Sources: Aurora User Guide, "Data conversion when exporting to an Amazon S3 bucket"; "Data types" (GoogleSQL).
 */
export const COLUMN_TYPE_RULES: readonly ColumnTypeRule[] = [
  {
    ...{ engine: "mysql", sourceTypes: ["tinyint", "bool", "boolean"], length: "one" },
    ...{ landed: "INT64", type: "BOOL", note: "0 is FALSE, every other number TRUE" },
  },
  { engine: "mysql", sourceTypes: ["bit"], length: "one", landed: "BYTES", type: "BOOL" },
  {
    ...{ engine: "mysql", sourceTypes: ["char", "character"], landed: "BYTES", type: "STRING" },
    note: "which is not UTF-8 does not cast",
  },
  {
    ...{ engine: "mysql", sourceTypes: ["date"], landed: "STRING", type: "DATE" },
    note: "0000-00-00 does not cast",
  },
  {
    ...{ engine: "mysql", sourceTypes: ["time"], landed: "STRING", type: "TIME" },
    note: "below 00:00:00, or from 24:00:00 on, do not cast",
  },
  {
    ...{ engine: "mysql", sourceTypes: ["datetime"], landed: "TIMESTAMP", type: "DATETIME" },
    note: "as Aurora shows them: a DATETIME has no time zone",
  },
  { engine: "mysql", sourceTypes: ["datetime"], landed: "STRING", type: "DATETIME" },
  { engine: "mysql", sourceTypes: ["json"], landed: "STRING", type: "JSON", note: JSON_NUMBERS },
  {
    engine: "mysql",
    sourceTypes: DECIMALS_OF_MYSQL,
    length: "numeric",
    landed: "STRING",
    type: "NUMERIC",
  },
  {
    ...{ engine: "mysql", sourceTypes: DECIMALS_OF_MYSQL, length: "bignumeric" },
    ...{ landed: "STRING", type: "BIGNUMERIC" },
  },
  {
    ...{ engine: "postgresql", sourceTypes: DECIMALS_OF_POSTGRESQL, length: "numeric" },
    ...{ landed: "STRING", type: "NUMERIC", note: "NaN does not cast" },
  },
  {
    ...{ engine: "postgresql", sourceTypes: DECIMALS_OF_POSTGRESQL, length: "bignumeric" },
    ...{ landed: "STRING", type: "BIGNUMERIC", note: "NaN does not cast" },
  },
  {
    ...{ engine: "postgresql", sourceTypes: DECIMALS_OF_POSTGRESQL, length: "none" },
    ...{ landed: "STRING", type: "BIGNUMERIC" },
    note: "NaN, infinity and more than 38 digits before the point do not cast; behind it, 38 are kept",
  },
  {
    ...{ engine: "postgresql", sourceTypes: ["date"], landed: "STRING", type: "DATE" },
    note: "infinity, years BC and beyond 9999 do not cast",
  },
  {
    ...{ engine: "postgresql", sourceTypes: ["time", "time without time zone"] },
    ...{ landed: "STRING", type: "TIME", note: "24:00:00 does not cast" },
  },
  {
    ...{ engine: "postgresql", sourceTypes: ["timestamp", "timestamp without time zone"] },
    ...{ landed: "STRING", type: "DATETIME" },
    note: "infinity, years BC and beyond 9999 do not cast",
  },
  {
    ...{ engine: "postgresql", sourceTypes: ["timestamptz", "timestamp with time zone"] },
    ...{ landed: "STRING", type: "TIMESTAMP" },
    note: "infinity, years BC and beyond 9999 do not cast, nor do offsets with seconds",
  },
  {
    engine: "postgresql",
    sourceTypes: ["json", "jsonb"],
    landed: "STRING",
    type: "JSON",
    note: JSON_NUMBERS,
  },
];
