import { own } from "../../contract/own";
import { literal } from "../databases/duckDb";
import { BigQueryError } from "./errors";

/** A column of a table that is not loaded from Parquet, as BigQuery's REST API has it. */
export interface TableField {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
}

/** BigQuery's types of such columns, as the API and as GoogleSQL call them, and DuckDB's. */
const TYPES: Readonly<
  Record<string, { readonly shown: string; readonly duckDb: string; readonly pattern: RegExp }>
> = {
  STRING: { shown: "STRING", duckDb: "VARCHAR", pattern: /^/ },
  INTEGER: { shown: "INT64", duckDb: "BIGINT", pattern: /^-?\d{1,18}$/ },
  DATE: { shown: "DATE", duckDb: "DATE", pattern: /^\d{4}-\d\d-\d\d$/ },
  TIMESTAMP: {
    shown: "TIMESTAMP",
    duckDb: "TIMESTAMP",
    pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/,
  },
};

/** @throws Error for a type that the rehearsal does not know */
export function typeOf({ name, type }: TableField) {
  const known = own(TYPES, type);
  if (known === undefined) throw new Error(`the rehearsal's BigQuery has no column ${name} of type ${type}`);
  return known;
}

function invalid(message: string): BigQueryError {
  return new BigQueryError("invalid", `Error while reading data, error message: JSON table: ${message}`);
}

/**
 * Lines of JSON as rows of SQL literals, in the order of the columns.
 * Source: "Loading JSON data from Cloud Storage"; `ignoreUnknownValues` and `maxBadRecords` as they are by default.
 * @throws BigQueryError for what BigQuery would refuse
 */
export function jsonRows(lines: string, fields: readonly TableField[]): string[][] {
  const texts = lines.split("\n").filter((it) => it !== "");
  return texts.map((text) => {
    const row = JSON.parse(text) as Record<string, unknown>;
    const unknown = Object.keys(row).find((key) => !fields.some(({ name }) => name === key));
    if (unknown !== undefined) throw invalid(`No such field: ${unknown}.`);
    return fields.map((field) => {
      const value = own(row, field.name) ?? undefined;
      if (value === undefined) {
        if (field.mode === "REQUIRED") throw invalid(`Missing required field: ${field.name}.`);
        return "NULL";
      }
      const { duckDb, pattern } = typeOf(field);
      if (!pattern.test(String(value)))
        throw invalid(`Could not parse '${value}' as ${field.type} for ${field.name}.`);
      // DuckDB's timestamps have no zone, and are read as UTC.
      const text = field.type === "TIMESTAMP" ? String(value).slice(0, -1) : String(value);
      return `CAST(${literal(text)} AS ${duckDb})`;
    });
  });
}
