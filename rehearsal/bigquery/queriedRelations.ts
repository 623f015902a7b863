import type { DuckDBConnection } from "@duckdb/node-api";
import { own } from "../../contract/own";
import { identifier, literal, openDuckDb, query, type Row } from "../databases/duckDb";
import { forDuckDb, MACROS, type Token, tokensOf } from "./sqlTokens";

/** Rows that a query reads or finds, with the columns' types in DuckDB. */
export interface Relation {
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

/**
 * What stands under a path, `project.dataset.table` or `project.dataset.INFORMATION_SCHEMA.COLUMNS`.
 * @throws an error with Google's words for what is not there, and for whom may not read it
 */
export type RelationAt = (path: string) => Promise<Relation>;

/** What a query of DuckDB's finds. */
export async function relationOf(connection: DuckDBConnection, sql: string): Promise<Relation> {
  const types = await query(connection, `DESCRIBE ${sql}`);
  return {
    columns: Object.fromEntries(types.map((it) => [String(it.column_name), String(it.column_type)])),
    rows: await query(connection, sql),
  };
}

/** A value as SQL. */
export function sqlOf(value: Row[string], type?: string): string {
  if (value === null || value === undefined) return "NULL";
  if (Array.isArray(value)) {
    const items = value.map((it) => sqlOf(it)).join(", ");
    return `CAST([${items}] AS ${type ?? "VARCHAR[]"})`;
  }
  return typeof value === "string" ? literal(value) : String(value);
}

/** Does the work in a DuckDB away from the tables' rows, which has the functions that GoogleSQL has. */
export async function apart<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await openDuckDb(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    for (const macro of MACROS) await connection.run(`CREATE MACRO ${macro}`);
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Brings what a query names to where it is run. */
export async function bringRelations(
  connection: DuckDBConnection,
  tokens: readonly Token[],
  relationAt: RelationAt,
): Promise<void> {
  const paths = new Set(
    tokens
      .filter(({ kind, value }) => kind === "name" && value.split(".").length > 2)
      .map(({ value }) => value),
  );
  for (const path of paths) await bring(connection, path, await relationAt(path));
}

/** Puts rows under their whole path, which is one identifier in the query. */
async function bring(connection: DuckDBConnection, path: string, { columns, rows }: Relation): Promise<void> {
  const typed = Object.entries(columns);
  const declared = typed.map(([name, type]) => `${identifier(name)} ${type}`).join(", ");
  await connection.run(`CREATE OR REPLACE TABLE ${identifier(path)} (${declared})`);
  const values = rows.map((row) => {
    const cells = typed.map(([name, type]) => `CAST(${sqlOf(own(row, name) ?? null)} AS ${type})`);
    return `(${cells.join(", ")})`;
  });
  if (values.length === 0) return;
  await connection.run(`INSERT INTO ${identifier(path)} VALUES ${values.join(", ")}`);
}

/** What one of the maker's queries finds. */
export function queriedRelation(sql: string, relationAt: RelationAt): Promise<Relation> {
  const tokens = tokensOf(sql);
  return apart(async (connection) => {
    await bringRelations(connection, tokens, relationAt);
    return relationOf(connection, forDuckDb(tokens));
  });
}
