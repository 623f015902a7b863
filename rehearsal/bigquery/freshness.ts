import type { DuckDBConnection } from "@duckdb/node-api";
import { identifier, literal, openDuckDb, query, type Row } from "../databases/duckDb";
import type { TableMetadata } from "./bigQuery";
import { BigQueryError } from "./errors";

/** The view `INFORMATION_SCHEMA.PARTITIONS` of a dataset that a query reads. */
export interface MetadataView {
  /** As the query names it, without backticks. */
  readonly path: string;
  readonly datasetId: string;
}

/** The tables of each dataset that a query may see, by the datasets' ids. */
export type Metadata = ReadonlyMap<string, readonly TableMetadata[]>;

const VIEW_PATH = /^([^.]+)\.(\w+)\.INFORMATION_SCHEMA\.PARTITIONS$/;

/** Tables that a query may read from the view. Source: "PARTITIONS view". */
const PARTITIONS_TABLES_MAX = 1000;
/** A reading of that view, and the ids that its filter lets through. */
const PARTITIONS_READ =
  /`([^`]*\.INFORMATION_SCHEMA\.PARTITIONS)`(?:\s+WHERE table_name IN \(((?:'[^']*'(?:, )?)+)\)(?!\s+OR\b))?/g;

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
    const [, projectId, datasetId = ""] = VIEW_PATH.exec(path) ?? [];
    if (projectId === undefined) {
      throw new BigQueryError("invalid", `The local BigQuery reads metadata alone, not ${path}`);
    }
    return { path, datasetId };
  });
}

/**
 * @throws BigQueryError where a query reads more tables from the view than it may. What one statement reads in several
 * places is added up, which is not documented.
 */
function requireFewTables(sql: string, views: readonly MetadataView[], metadata: Metadata): void {
  let count = 0;
  for (const [, path, ids] of sql.matchAll(PARTITIONS_READ)) {
    const { datasetId = "" } = views.find((it) => it.path === path) ?? {};
    const wanted = ids && new Set(Array.from(ids.matchAll(/'([^']*)'/g), ([, id]) => id));
    count += (metadata.get(datasetId) ?? []).filter(({ name }) => !wanted || wanted.has(name)).length;
  }
  if (count <= PARTITIONS_TABLES_MAX) return;
  throw new BigQueryError(
    "invalid",
    "INFORMATION_SCHEMA.PARTITIONS query attempted to read too many tables. Please add more restrictive filters.",
  );
}

/**
 * Runs a query over metadata on DuckDB, away from the tables' rows. GoogleSQL is not translated: backticks, the
 * parameter `@run_time` and the alias of UNNEST are replaced, and macros stand in for what DuckDB lacks.
 * @throws BigQueryError with the message of ERROR(), for too many tables, and for whatever DuckDB does not take
 */
export async function queryMetadata(sql: string, runTime: Date, metadata: Metadata): Promise<Row[]> {
  const views = metadataViews(sql);
  requireFewTables(sql, views, metadata);
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

/** The view's rows under its whole path, which is one identifier in the query. Source: "PARTITIONS view". */
async function createView(
  connection: DuckDBConnection,
  { path, datasetId }: MetadataView,
  metadata: Metadata,
): Promise<void> {
  const table = identifier(path);
  await connection.run(
    `CREATE TABLE ${table}
     (table_name VARCHAR, partition_id VARCHAR, total_rows BIGINT, last_modified_time TIMESTAMPTZ)`,
  );
  // Landing tables have no partitions, and what was loaded less than 90 days ago is in one storage tier.
  const rows = (metadata.get(datasetId) ?? []).map(({ name, rows: count, written }) => [
    literal(name),
    "NULL",
    String(count),
    written === undefined ? "NULL" : literal(written.toISOString()),
  ]);
  if (rows.length === 0) return;
  await connection.run(`INSERT INTO ${table} VALUES ${rows.map((it) => `(${it.join(", ")})`).join(", ")}`);
}
