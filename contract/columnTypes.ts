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
  /** What people are to know of it, completing "values …". */
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
    ...{ landed: "INT64", type: "BOOL", note: "of 0 are FALSE, all others TRUE" },
  },
  { engine: "mysql", sourceTypes: ["bit"], length: "one", landed: "BYTES", type: "BOOL" },
  {
    ...{ engine: "mysql", sourceTypes: ["char", "character"], landed: "BYTES", type: "STRING" },
    note: "that are not UTF-8 do not cast",
  },
  {
    ...{ engine: "mysql", sourceTypes: ["date"], landed: "STRING", type: "DATE" },
    note: "such as 0000-00-00 and 2020-02-00 do not cast",
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
    ...{ landed: "STRING", type: "NUMERIC", note: "that are NaN do not cast" },
  },
  {
    ...{ engine: "postgresql", sourceTypes: DECIMALS_OF_POSTGRESQL, length: "bignumeric" },
    ...{ landed: "STRING", type: "BIGNUMERIC", note: "that are NaN do not cast" },
  },
  {
    ...{ engine: "postgresql", sourceTypes: DECIMALS_OF_POSTGRESQL, length: "none" },
    ...{ landed: "STRING", type: "BIGNUMERIC" },
    note: "with more than 38 digits before the point, NaN and infinity do not cast; behind it, 38 digits are kept",
  },
  {
    ...{ engine: "postgresql", sourceTypes: ["date"], landed: "STRING", type: "DATE" },
    note: "of infinity, and of years BC and beyond 9999 do not cast",
  },
  {
    ...{ engine: "postgresql", sourceTypes: ["time", "time without time zone"] },
    ...{ landed: "STRING", type: "TIME", note: "of 24:00:00 do not cast" },
  },
  {
    ...{ engine: "postgresql", sourceTypes: ["timestamp", "timestamp without time zone"] },
    ...{ landed: "STRING", type: "DATETIME" },
    note: "of infinity, and of years BC and beyond 9999 do not cast",
  },
  {
    ...{ engine: "postgresql", sourceTypes: ["timestamptz", "timestamp with time zone"] },
    ...{ landed: "STRING", type: "TIMESTAMP" },
    note: "of infinity, of years BC and beyond 9999, and with seconds in their offset do not cast",
  },
  {
    engine: "postgresql",
    sourceTypes: ["json", "jsonb"],
    landed: "STRING",
    type: "JSON",
    note: JSON_NUMBERS,
  },
];

/** What the length rules ask, of the digits in all and behind the point; as `LENGTHS` in typedColumns.ts has it in SQL. */
const FITS: Readonly<Record<LengthRule, (digits: number | undefined, scale: number) => boolean>> = {
  one: (digits) => digits === 1,
  numeric: (digits, scale) => digits !== undefined && scale <= 9 && digits - scale <= 29,
  bignumeric: (digits, scale) => digits !== undefined && scale <= 38 && digits - scale <= 38,
  none: (digits) => digits === undefined,
};

/**
 * The rules that hold for a stack, in their order.
 * @param tinyintAsBool whether TINYINT(1) of MySQL is a truth value
 */
export function columnTypeRules(engine: Engine, tinyintAsBool = true): ColumnTypeRule[] {
  return COLUMN_TYPE_RULES.filter(
    (it) => it.engine === engine && (tinyintAsBool || it.landed !== "INT64" || it.type !== "BOOL"),
  );
}

/**
 * The rule for a column, as the views' maker finds it.
 * @param sourceType in RDS's words, `numeric(5,2)`
 * @param landed type of the landing table's column
 * @returns undefined for a column that stays as it has landed
 */
export function columnTypeRule(
  engine: Engine,
  sourceType: string,
  landed: string,
  tinyintAsBool = true,
): ColumnTypeRule | undefined {
  const type = sourceType.toLowerCase();
  const source = type.replaceAll(/[(][^()]*[)]/g, "").trim();
  const [, digits] = /[(] *([0-9]{1,4}) *[,)]/.exec(type) ?? [];
  const [, scale = 0] = /, *(-?[0-9]{1,4}) *[)]/.exec(type) ?? [];
  return columnTypeRules(engine, tinyintAsBool).find(
    (rule) =>
      rule.landed === landed &&
      rule.sourceTypes.includes(source) &&
      (rule.length === undefined ||
        FITS[rule.length](digits === undefined ? undefined : Number(digits), Number(scale))),
  );
}
