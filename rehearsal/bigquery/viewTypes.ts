import { BigQueryError } from "./errors";
import type { BigQueryType } from "./parquetTypes";

/** BigQuery types that a view's columns have. */
export type ViewColumnType = BigQueryType | "DATETIME" | "JSON";

/** A value as DuckDB's SQL, with the type that it has in BigQuery. */
export interface TypedValue {
  readonly sql: string;
  readonly type: ViewColumnType;
}

/**
 * DuckDB's types. There is no decimal of BIGNUMERIC's 76 digits: what a view casts to it is a double, which has its
 * range and 15 digits. A timestamp is in UTC, as in landing tables, whatever zone whoever asks has set.
 */
const DUCKDB_TYPES: Readonly<Record<ViewColumnType, string>> = {
  BOOL: "BOOLEAN",
  INT64: "BIGINT",
  FLOAT64: "DOUBLE",
  NUMERIC: "DECIMAL(38,9)",
  BIGNUMERIC: "DOUBLE",
  STRING: "VARCHAR",
  BYTES: "BLOB",
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "TIMESTAMP",
  TIMESTAMP: "TIMESTAMP",
  JSON: "JSON",
};

export function isViewType(text: string): text is ViewColumnType {
  return Object.hasOwn(DUCKDB_TYPES, text);
}

const DATE = String.raw`\d{4}-\d{1,2}-\d{1,2}`;
const TIME = String.raw`\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6})?`;
const ZONE = String.raw`( ?[+-]\d{1,2}(:\d{2})?|[Zz]| UTC)`;
const DECIMAL = String.raw`\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*`;

/**
 * Texts that BigQuery casts, where DuckDB takes more: years BC and beyond 9999, infinity, 24:00, offsets with seconds.
 * Source: "Conversion rules" (GoogleSQL). The names of other zones than UTC are left out.
 */
const TEXTS: Partial<Record<ViewColumnType, { readonly pattern: string; readonly and?: string }>> = {
  INT64: { pattern: String.raw`\s*[+-]?\d+\s*` },
  NUMERIC: { pattern: DECIMAL },
  BIGNUMERIC: { pattern: DECIMAL },
  DATE: { pattern: DATE, and: "NOT starts_with(value, '0000')" },
  TIME: { pattern: TIME, and: "NOT starts_with(value, '24')" },
  DATETIME: { pattern: `${DATE}([ Tt]${TIME})?`, and: "NOT starts_with(value, '0000')" },
  TIMESTAMP: { pattern: `${DATE}([ Tt]${TIME}${ZONE}?)?`, and: "NOT starts_with(value, '0000')" },
};

/** Largest BIGNUMERIC. Source: "Decimal types" (GoogleSQL). */
const BIGNUMERIC_MAX = "5.7896044618658097711785492504343953926634992332820282019728792003956564819967e38";

/** A timestamp without an offset is in UTC, whatever zone whoever asks has set. */
function instant(text: string): string {
  const withOffset = `timezone('UTC', TRY_CAST(${text} AS TIMESTAMPTZ))`;
  return `CASE WHEN regexp_matches(${text}, ':.*${ZONE}$') THEN ${withOffset} ELSE TRY_CAST(${text} AS TIMESTAMP) END`;
}

function fromText(value: string, type: ViewColumnType): string {
  const duckDb = DUCKDB_TYPES[type];
  if (type === "BOOL") return `CASE lower(${value}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END`;
  if (type === "BYTES") return `encode(${value})`;
  const text = TEXTS[type];
  if (text === undefined) return `TRY_CAST(${value} AS ${duckDb})`;
  const also = text.and === undefined ? "" : ` AND ${text.and.replace("value", value)}`;
  const read = type === "TIMESTAMP" ? instant(value) : `TRY_CAST(${value} AS ${duckDb})`;
  const cast = `CASE WHEN regexp_full_match(${value}, '${text.pattern}')${also} THEN ${read} END`;
  if (type !== "BIGNUMERIC") return cast;
  return `CASE WHEN abs(${cast}) <= ${BIGNUMERIC_MAX} THEN ${cast} END`;
}

/** The text of a value, as BigQuery writes it; of a FLOAT64 as DuckDB does. */
function toText({ sql, type }: TypedValue, safe: boolean): string {
  const text = `CAST(${sql} AS VARCHAR)`;
  switch (type) {
    case "BYTES":
      return safe ? `TRY(decode(${sql}))` : `decode(${sql})`;
    case "NUMERIC":
    case "BIGNUMERIC":
      return `CASE WHEN contains(${text}, '.') THEN rtrim(rtrim(${text}, '0'), '.') ELSE ${text} END`;
    case "TIMESTAMP":
      return `${text} || '+00'`;
    default:
      return text;
  }
}

/** What DuckDB casts to as BigQuery does, by what is cast. */
const CASTS: Partial<Record<ViewColumnType, readonly ViewColumnType[]>> = {
  BOOL: ["INT64"],
  INT64: ["BOOL", "FLOAT64", "NUMERIC", "BIGNUMERIC"],
  NUMERIC: ["FLOAT64", "BIGNUMERIC"],
  DATE: ["DATETIME", "TIMESTAMP"],
  DATETIME: ["DATE", "TIME", "TIMESTAMP"],
  TIMESTAMP: ["DATE", "TIME", "DATETIME"],
};

/**
 * CAST or SAFE_CAST.
 * @throws BigQueryError for types of which BigQuery casts none to the other, and for what has no use in a view
 */
export function castValue(value: TypedValue, type: ViewColumnType, safe: boolean): TypedValue {
  if (value.type === type) return value;
  if (type === "STRING" && value.type !== "JSON") return { sql: toText(value, safe), type };
  if (value.type === "STRING" && safe && type !== "JSON") return { sql: fromText(value.sql, type), type };
  if (CASTS[value.type]?.includes(type)) {
    return { sql: `${safe ? "TRY_CAST" : "CAST"}(${value.sql} AS ${DUCKDB_TYPES[type]})`, type };
  }
  throw new BigQueryError("invalid", `Invalid cast from ${value.type} to ${type}`);
}

/** NULL of a type. */
export function nullOf(type: ViewColumnType): TypedValue {
  return { sql: `CAST(NULL AS ${DUCKDB_TYPES[type]})`, type };
}
