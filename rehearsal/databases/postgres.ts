import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type Extensions, PGlite } from "@electric-sql/pglite";
import type { SourceTable } from "../../contract/layout";
import { identifier, inTransaction, literal, openDuckDb, query } from "./duckDb";
import { type HeldColumn, HeldSnapshot, type HeldTable } from "./heldTables";
import { postgresExtensions } from "./postgresExtensions";
import { type RefusedTable, runScript } from "./postgresScript";
import { postgresType } from "./postgresTypes";
import type { Skipped, Snapshot, SourceDatabase } from "./sourceDatabase";
import { databaseNameOf, readSqlFile, SqlFileError } from "./sqlFile";

/** A database made from a script. */
export interface PostgresDatabase extends SourceDatabase {
  /** What of the script was left out because it touches no table that is exported, one sentence each. */
  readonly leftOut: readonly string[];
  /** Tables of the script that the embedded PostgreSQL cannot make. */
  readonly refused: readonly RefusedTable[];
}

/** An ordinary table, or the parent of a partitioned one. */
interface PostgresTable {
  readonly source: SourceTable & { readonly schema: string };
  readonly columns: readonly HeldColumn[];
  /** The table in FROM: a parent by inheritance without its children, which are tables of their own. */
  readonly relation: string;
  readonly skipped?: Skipped;
}

/** Columns of the tables of all schemas but PostgreSQL's own; partitions go with their parents. */
const COLUMNS_OF_ALL_TABLES = `
  SELECT namespace.nspname AS "schema", class.relname AS "table", class.relkind = 'p' AS partitioned,
         class.relpersistence = 'u' AS unlogged, attribute.attname AS "column",
         format_type(attribute.atttypid, attribute.atttypmod) AS type,
         CASE WHEN type.typnamespace = 'pg_catalog'::regnamespace THEN type.typname END AS internal_type
  FROM pg_class AS class
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  LEFT JOIN pg_attribute AS attribute
    ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
  LEFT JOIN pg_type AS type ON type.oid = attribute.atttypid
  WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition
    AND namespace.nspname <> 'information_schema' AND namespace.nspname NOT LIKE 'pg\\_%'
  ORDER BY namespace.nspname COLLATE "C", class.relname COLLATE "C", attribute.attnum`;

const ALL_VIEWS = `
  SELECT namespace.nspname || '.' || class.relname AS name
  FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  WHERE class.relkind IN ('v', 'm')
    AND namespace.nspname <> 'information_schema' AND namespace.nspname NOT LIKE 'pg\\_%'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = class.oid AND deptype = 'e')
  ORDER BY namespace.nspname COLLATE "C", class.relname COLLATE "C"`;

interface CatalogueRow {
  readonly schema: string;
  readonly table: string;
  readonly partitioned: boolean;
  readonly unlogged: boolean;
  /** Null for a table without columns, which PostgreSQL allows. */
  readonly column: string | null;
  readonly type: string;
  readonly internal_type: string | null;
}

/** Column of the copies in DuckDB that tells partitions apart: each gets a batch folder. */
const PARTITION = "partition";

/** Row that DuckDB reads without being told that it is longer. */
const USUAL_ROW_BYTES = 64 * 1024 * 1024;
/** DuckDB reads into a buffer that has room for so many of the longest rows. */
const ROWS_IN_BUFFER = 2;
const QUOTE = 0x22;
const LINE_FEED = 0x0a;

/** Bytes of the longest row of a CSV, whose quotes are doubled within a value. */
function longestRow(csv: Uint8Array): number {
  let quoted = false;
  let start = 0;
  let longest = 0;
  for (let index = 0; index < csv.length; index++) {
    if (csv[index] === QUOTE) quoted = !quoted;
    else if (csv[index] === LINE_FEED && !quoted) {
      longest = Math.max(longest, index + 1 - start);
      start = index + 1;
    }
  }
  return longest;
}

function heldColumns(rows: readonly CatalogueRow[]): HeldColumn[] {
  return rows.flatMap(({ column, type, internal_type }, index) =>
    column === null
      ? []
      : [
          {
            name: column,
            type,
            heldAs: `column_${index}`,
            mapping: postgresType(internal_type ?? undefined),
          },
        ],
  );
}

function tableOf(database: string, rows: readonly CatalogueRow[]): PostgresTable[] {
  const [first] = rows;
  if (first === undefined) return [];
  const { schema, table, partitioned, unlogged } = first;
  const columns = heldColumns(rows);
  const skipped = skippedFor(unlogged, columns);
  return [
    {
      source: { database, schema, table },
      columns,
      relation: `${partitioned ? "" : "ONLY "}${identifier(schema)}.${identifier(table)}`,
      ...(skipped && { skipped }),
    },
  ];
}

/** RDS's own codes for both are not documented. */
function skippedFor(unlogged: boolean, columns: readonly HeldColumn[]): Skipped | undefined {
  if (unlogged) return { code: "UNLOGGED_TABLE", why: "it is unlogged" };
  if (columns.some(({ mapping }) => mapping !== undefined)) return undefined;
  return { code: "NO_COLUMN_OF_A_SUPPORTED_TYPE", why: "it has no column of a type that is exported" };
}

async function readTables(postgres: PGlite, database: string): Promise<PostgresTable[]> {
  const { rows } = await postgres.query<CatalogueRow>(COLUMNS_OF_ALL_TABLES);
  const byTable = new Map<string, CatalogueRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.schema, row.table]);
    byTable.set(key, [...(byTable.get(key) ?? []), row]);
  }
  return [...byTable.values()].flatMap((it) => tableOf(database, it));
}

/** What is said of a script's views; nothing where it has none. */
async function leftOutViews(postgres: PGlite): Promise<string[]> {
  const { rows } = await postgres.query<{ name: string }>(ALL_VIEWS);
  if (rows.length === 0) return [];
  const names = rows.map(({ name }) => name).join(", ");
  return [`RDS exports tables alone, and none of the views ${names}; left out`];
}

class Postgres implements PostgresDatabase {
  public readonly engine = "postgresql";
  private snapshots = 0;

  constructor(
    public readonly name: string,
    public readonly leftOut: readonly string[],
    public readonly refused: readonly RefusedTable[],
    private readonly postgres: PGlite,
    private readonly tables: readonly PostgresTable[],
    private readonly duckDb: DuckDBInstance,
    private readonly reader: DuckDBConnection,
  ) {}

  /** Every table that has more than one row loses one, so that whatever is stale shows and nothing runs empty. */
  liveThrough(_day: number): Promise<string[]> {
    return this.postgres.transaction(async (transaction) => {
      // Neither foreign keys nor triggers nor rules have a say.
      await transaction.exec("SET LOCAL session_replication_role = replica");
      let deleted = 0;
      for (const { relation } of this.tables) {
        const first = `SELECT tableoid, ctid FROM ${relation} ORDER BY tableoid, ctid LIMIT 1`;
        const { affectedRows = 0 } = await transaction.query(
          `DELETE FROM ${relation} WHERE (tableoid, ctid) IN (${first}) AND EXISTS (SELECT FROM ${relation} OFFSET 1)`,
        );
        deleted += affectedRows;
      }
      return [
        deleted === 1 ? "one row deleted in one table" : `one row deleted in each of ${deleted} tables`,
      ];
    });
  }

  async snapshot(): Promise<Snapshot> {
    const schema = `snapshot_${++this.snapshots}`;
    const folder = await mkdtemp(join(tmpdir(), "aurora-to-bigquery-"));
    try {
      const tables = await this.postgres.transaction((transaction) =>
        inTransaction(this.duckDb, async (connection) => {
          await connection.run(`CREATE SCHEMA ${schema}`);
          const held: HeldTable[] = [];
          for (const [index, table] of this.tables.entries()) {
            const file = join(folder, `${index}.csv`);
            const csv = await copyOut(transaction, table);
            await writeFile(file, csv);
            const rowBytes = csv.length > USUAL_ROW_BYTES ? longestRow(csv) : 0;
            held.push(await copyIn(connection, `${schema}.table_${index}`, table, { file, rowBytes }));
            await rm(file);
          }
          return held;
        }),
      );
      return new HeldSnapshot(this.reader, tables, `${this.name}/${schema}`, async () => {
        await this.reader.run(`DROP SCHEMA ${schema} CASCADE`);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async close(): Promise<void> {
    this.reader.closeSync();
    this.duckDb.closeSync();
    await this.postgres.close();
  }
}

/** The table's rows as PostgreSQL writes them. Only a NULL is without quotes, so that an empty text is not one. */
async function copyOut(
  postgres: Pick<PGlite, "query">,
  { columns, relation }: PostgresTable,
): Promise<Uint8Array> {
  const names = ["tableoid", ...columns.map(({ name }) => identifier(name))];
  const { blob } = await postgres.query(
    `COPY (SELECT ${names.join(", ")} FROM ${relation}) TO '/dev/blob' WITH (FORMAT csv, FORCE_QUOTE *, NULL '\\N')`,
  );
  return new Uint8Array((await blob?.arrayBuffer()) ?? []);
}

async function copyIn(
  connection: DuckDBConnection,
  relation: string,
  { source, columns, skipped }: PostgresTable,
  { file, rowBytes }: { readonly file: string; readonly rowBytes: number },
): Promise<HeldTable> {
  const maxRowBytes = Math.max(USUAL_ROW_BYTES, rowBytes);
  const types = [PARTITION, ...columns.map(({ heldAs }) => heldAs)].map((it) => `${literal(it)}: 'VARCHAR'`);
  await connection.run(
    `CREATE TABLE ${relation} AS FROM read_csv(${literal(file)}, columns = {${types.join(", ")}}, header = false,
       auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '\\N', allow_quoted_nulls = false,
       parallel = false, max_line_size = ${maxRowBytes}, buffer_size = ${ROWS_IN_BUFFER * maxRowBytes})`,
  );
  const partitions = await query(
    connection,
    `SELECT DISTINCT ${PARTITION} AS id FROM ${relation} ORDER BY CAST(${PARTITION} AS BIGINT)`,
  );
  const parts = partitions.map(({ id }, index) => {
    return { batch: index + 1, part: 0, where: `${PARTITION} = ${literal(String(id))}` };
  });
  return {
    source,
    columns,
    relation,
    parts: parts.length > 0 ? parts : [{ batch: 1, part: 0, where: "TRUE" }],
    ...(skipped && { skipped }),
  };
}

async function startPostgres(script: string): Promise<PGlite> {
  const extensions: Extensions = await postgresExtensions(script);
  return PGlite.create({ extensions });
}

/**
 * Makes a database in memory from a PostgreSQL script: one that people write, or that `pg_dump` does.
 * @throws SqlFileError where the script cannot be read or run, or makes no table
 */
export async function openPostgres(sqlFile: string): Promise<PostgresDatabase> {
  return openScript(await readSqlFile(sqlFile), sqlFile, databaseNameOf(sqlFile));
}

/**
 * Makes a database in memory from the text of a script.
 * @param origin what messages call the script
 * @param name the database's name where the script gives none
 * @throws SqlFileError where the script cannot be run, or makes no table
 */
export async function openScript(script: string, origin: string, name: string): Promise<PostgresDatabase> {
  const postgres = await startPostgres(script);
  try {
    const { database = name, leftOut, refused } = await runScript(postgres, script, origin);
    // The session's settings decide how values read as text; PGlite's own are ISO dates in UTC and bytes in hex.
    await postgres.exec("DISCARD ALL");
    const tables = await readTables(postgres, database);
    if (tables.length + refused.length === 0)
      throw new SqlFileError(`${origin} makes no table; expected a PostgreSQL script that does`);
    const duckDb = await openDuckDb(":memory:");
    const said = [...leftOut, ...(await leftOutViews(postgres))];
    return new Postgres(database, said, refused, postgres, tables, duckDb, await duckDb.connect());
  } catch (error) {
    await postgres.close();
    throw error;
  }
}
