import type { DuckDBConnection } from "@duckdb/node-api";
import { identifier, literal, openDuckDb, query, type Row } from "../databases/duckDb";
import type { TableMetadata } from "./bigQuery";
import { BigQueryError } from "./errors";

/** Views of INFORMATION_SCHEMA that are implemented, and what qualifies them in a query here. */
const QUALIFIERS = { TABLE_STORAGE: "region", TABLE_OPTIONS: "dataset" } as const;
type View = keyof typeof QUALIFIERS;

/** A view of metadata that a query reads. */
export interface MetadataView {
  /** As the query names it, without backticks. */
  readonly path: string;
  readonly projectId: string;
  readonly view: View;
  /** Id of a dataset, or `asia-northeast1` for a view of a whole region. */
  readonly of: string;
}

/** The tables of each dataset that a query may see, by the datasets' ids. */
export type Metadata = ReadonlyMap<string, readonly TableMetadata[]>;

const VIEW_PATH = /^([^.]+)\.(region-)?([^.]+)\.INFORMATION_SCHEMA\.(TABLE_STORAGE|TABLE_OPTIONS)$/;
/** An array of literals that becomes rows, whose alias names the values in BigQuery and the table in DuckDB. */
const UNNESTED = /(UNNEST\(\[(?:'[^']*'|[^'\]])*\]\)) AS (\w+)/g;

/** Functions that DuckDB lacks. Source: "Timestamp functions" (GoogleSQL). */
const MACROS = [
  "FORMAT_TIMESTAMP(format, instant, zone) AS strftime(timezone(zone, instant), format)",
  "PARSE_TIMESTAMP(format, text, zone) AS timezone(zone, strptime(text, format))",
  "TIMESTAMP_SUB(instant, duration) AS instant - duration",
];

/** DuckDB's own words in front of the message that ERROR() was given. */
const RAISED = /^Invalid Input Error: /;

/**
 * The views of metadata that a query reads.
 * @throws BigQueryError for a relation in backticks that is none, since rows are not read here
 */
export function metadataViews(sql: string): MetadataView[] {
  return [...new Set(Array.from(sql.matchAll(/`([^`]*)`/g), ([, path = ""]) => path))].map((path) => {
    const [, projectId = "", region, of = "", view = ""] = VIEW_PATH.exec(path) ?? [];
    const qualifier = region === undefined ? "dataset" : "region";
    if (!Object.hasOwn(QUALIFIERS, view) || QUALIFIERS[view as View] !== qualifier) {
      throw new BigQueryError("invalid", `The local BigQuery reads metadata alone, not ${path}`);
    }
    return { path, projectId, view: view as View, of };
  });
}

/**
 * Runs a query over metadata on DuckDB, away from the tables' rows. GoogleSQL is not translated: backticks, the
 * parameter `@run_time` and the alias of UNNEST are replaced, and macros stand in for what DuckDB lacks.
 * @throws BigQueryError with the message of ERROR(), and for whatever DuckDB does not take
 */
export async function queryMetadata(sql: string, runTime: Date, metadata: Metadata): Promise<Row[]> {
  const views = metadataViews(sql);
  const instance = await openDuckDb(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    for (const macro of MACROS) await connection.run(`CREATE MACRO ${macro}`);
    for (const view of views) await createView(connection, view, metadata);
    return await query(connection, forDuckDb(sql, runTime));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BigQueryError("invalid", message.replace(RAISED, ""), { cause: error });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function forDuckDb(sql: string, runTime: Date): string {
  return sql
    .replace(UNNESTED, "$1 AS $2($2)")
    .replaceAll("`", '"')
    .replaceAll("@run_time", `TIMESTAMPTZ ${literal(runTime.toISOString())}`);
}

/** A view's rows under its whole path, which is one identifier in the query. Source: the views' own pages. */
async function createView(
  connection: DuckDBConnection,
  { path, view, of }: MetadataView,
  metadata: Metadata,
): Promise<void> {
  const table = identifier(path);
  if (view === "TABLE_OPTIONS") {
    await connection.run(
      `CREATE TABLE ${table} (table_name VARCHAR, option_name VARCHAR, option_value VARCHAR)`,
    );
    for (const { name, description } of metadata.get(of) ?? []) {
      if (description === undefined) continue;
      // A literal of GoogleSQL: in double quotes, with backslashes.
      const values = [name, "description", JSON.stringify(description)].map(literal);
      await connection.run(`INSERT INTO ${table} VALUES (${values.join(", ")})`);
    }
    return;
  }
  await connection.run(
    `CREATE TABLE ${table}
     (table_schema VARCHAR, table_name VARCHAR, storage_last_modified_time TIMESTAMPTZ, deleted BOOLEAN)`,
  );
  for (const [dataset, tables] of metadata) {
    for (const { name, written } of tables) {
      const time = written === undefined ? "NULL" : literal(written.toISOString());
      await connection.run(
        `INSERT INTO ${table} VALUES (${literal(dataset)}, ${literal(name)}, ${time}, FALSE)`,
      );
    }
  }
}
