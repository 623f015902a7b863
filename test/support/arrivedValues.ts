// What stands in the BigQuery of a rehearsal, in the words of test/databases/expected.ts.
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { identifier, literal, query } from "../../rehearsal/databases/duckDb";
import type { BigQueryType, Values } from "../databases/expected";

/** SQL of a value → SQL of its text. */
const TEXTS: Readonly<Record<BigQueryType, (value: string) => string>> = {
  BOOL: (it) => `CAST(${it} AS VARCHAR)`,
  INT64: (it) => `CAST(${it} AS VARCHAR)`,
  FLOAT64: (it) => `CAST(CAST(${it} AS DOUBLE) AS VARCHAR)`,
  NUMERIC: (it) => `CAST(${it} AS VARCHAR)`,
  BIGNUMERIC: (it) => `CAST(${it} AS VARCHAR)`,
  STRING: (it) => it,
  JSON: (it) => `CAST(${it} AS VARCHAR)`,
  BYTES: (it) => `hex(${it})`,
  TIMESTAMP: (it) => `strftime(${it}, '%Y-%m-%dT%H:%M:%S.%f')`,
  DATETIME: (it) => `strftime(${it}, '%Y-%m-%dT%H:%M:%S.%f')`,
  DATE: (it) => `strftime(${it}, '%Y-%m-%d')`,
  TIME: (it) => `strftime(DATE '2000-01-01' + ${it}, '%H:%M:%S.%f')`,
};

/** A number as JavaScript writes it. */
function asDouble(text: string): string {
  const value = Number(text.replace(/^inf$/, "Infinity").replace(/^-inf$/, "-Infinity"));
  return Object.is(value, -0) ? "-0" : String(value);
}

function withoutZeros(text: string): string {
  const whole = text.replace(/^(-?)\./, "$10.");
  return whole.includes(".") ? whole.replace(/\.?0+$/, "") : whole;
}

/** The same value as the same text. */
function normal(type: BigQueryType, text: string, isView: boolean): string {
  if (type === "FLOAT64") return asDouble(text);
  // A view's BIGNUMERIC is a double here, with 15 digits.
  if (type === "BIGNUMERIC" && isView) return String(Number(Number(text).toPrecision(15)));
  if (type === "NUMERIC" || type === "BIGNUMERIC") return withoutZeros(text);
  return type === "JSON" ? JSON.stringify(JSON.parse(text)) : text;
}

/** Values as they are compared. */
export function normalValues(type: BigQueryType, values: Values, isView: boolean): (string | null)[] {
  return values.map((it) => (it === null ? null : normal(type, it, isView)));
}

/** A relation of the BigQuery that a rehearsal has left behind. */
export class Arrived {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async open(file: string): Promise<Arrived> {
    const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
    return new Arrived(instance, await instance.connect());
  }

  /** Names of a relation's columns, in order. */
  async columns(dataset: string, name: string): Promise<string[]> {
    const rows = await query(
      this.connection,
      `SELECT column_name AS name FROM duckdb_columns()
       WHERE schema_name = ${literal(dataset)} AND table_name = ${literal(name)} ORDER BY column_index`,
    );
    return rows.map((row) => String(row.name));
  }

  /** A column's values, in the order of others. */
  async values(
    [dataset, name]: readonly [string, string],
    column: string,
    type: BigQueryType,
    orderBy: string,
  ): Promise<(string | null)[]> {
    const rows = await query(
      this.connection,
      `SELECT ${TEXTS[type](identifier(column))} AS value FROM ${identifier(dataset)}.${identifier(name)} ORDER BY ${orderBy}`,
    );
    const isView = dataset.endsWith("_views");
    return rows.map(({ value }) => (value === null ? null : normal(type, String(value), isView)));
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
