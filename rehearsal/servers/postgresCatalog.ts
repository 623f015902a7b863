import type { SourceTable } from "../../contract/layout";
import { postgresType } from "../databases/postgresTypes";
import { skippedForNames } from "../databases/skippedTables";
import type { Skipped } from "../databases/sourceDatabase";
import { groupBy } from "../groups";
import type { Catalog, CatalogColumn, CatalogTable } from "./catalog";

/** Asks a PostgreSQL, wherever it runs. */
export type Ask = <T>(sql: string) => Promise<T[]>;

/**
 * Columns of the tables of all schemas but PostgreSQL's own, partitions included, and what is known of the tables. Waits for
 * no lock: a size waits for whoever holds or wants the table, or an index, alone, and is left out there.
 */
const COLUMNS_OF_ALL_TABLES = `
  WITH held AS MATERIALIZED (
    SELECT coalesce(pg_index.indrelid, pg_locks.relation) AS oid
    FROM pg_locks LEFT JOIN pg_index ON pg_index.indexrelid = pg_locks.relation
    WHERE pg_locks.mode = 'AccessExclusiveLock' AND pg_locks.relation IS NOT NULL AND pg_locks.pid <> pg_backend_pid()
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  )
  SELECT namespace.nspname AS "schema", class.relname AS "table", class.relkind AS kind,
         class.relpersistence = 'u' AS unlogged, attribute.attname AS "column",
         format_type(attribute.atttypid, attribute.atttypmod) AS type,
         CASE WHEN type.typnamespace = 'pg_catalog'::regnamespace THEN type.typname END AS internal_type,
         NOT attribute.attnotnull AS nullable, attribute.attgenerated <> '' AS generated,
         root_namespace.nspname AS root_schema, root.relname AS root_table,
         class.reltuples::float8 AS rows,
         CASE WHEN class.relkind = 'r' AND class.oid NOT IN (SELECT oid FROM held) THEN pg_table_size(class.oid)::float8 END AS data_bytes,
         CASE WHEN class.relkind = 'r' AND class.oid NOT IN (SELECT oid FROM held) THEN pg_indexes_size(class.oid)::float8 END AS index_bytes,
         has_schema_privilege(namespace.oid, 'USAGE') AND has_table_privilege(class.oid, 'SELECT') AS readable,
         (SELECT key.typcategory = 'N' FROM pg_index
            JOIN pg_attribute AS part ON part.attrelid = class.oid AND part.attnum = pg_index.indkey[0]
            JOIN pg_type AS key ON key.oid = part.atttypid
          WHERE pg_index.indrelid = class.oid AND pg_index.indisprimary) AS numeric_key,
         CASE WHEN class.relkind = 'p' THEN (
           WITH RECURSIVE tree AS (
             SELECT inhrelid FROM pg_inherits WHERE inhparent = class.oid
             UNION ALL SELECT pg_inherits.inhrelid FROM pg_inherits JOIN tree ON pg_inherits.inhparent = tree.inhrelid
           ) SELECT count(*)::int FROM tree
         ) END AS partitions
  FROM pg_class AS class
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  LEFT JOIN pg_class AS root ON class.relispartition AND root.oid = pg_partition_root(class.oid)
  LEFT JOIN pg_namespace AS root_namespace ON root_namespace.oid = root.relnamespace
  LEFT JOIN pg_attribute AS attribute
    ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
  LEFT JOIN pg_type AS type ON type.oid = attribute.atttypid
  WHERE class.relkind IN ('r', 'p') AND class.relpersistence <> 't'
    AND namespace.nspname <> 'information_schema' AND namespace.nspname NOT LIKE 'pg\\_%'
  ORDER BY namespace.nspname COLLATE "C", class.relname COLLATE "C", attribute.attnum`;

const ALL_VIEWS = `
  SELECT namespace.nspname || '.' || class.relname AS name, class.relkind = 'f' AS foreign_table
  FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  WHERE class.relkind IN ('v', 'm', 'f')
    AND namespace.nspname <> 'information_schema' AND namespace.nspname NOT LIKE 'pg\\_%'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = class.oid AND deptype = 'e')
  ORDER BY namespace.nspname COLLATE "C", class.relname COLLATE "C"`;

/** Of the databases that the user may connect to: PostgreSQL tells nobody else their size. */
const BYTES_OF_SERVER = `
  SELECT sum(pg_database_size(oid))::float8 AS bytes FROM pg_database
  WHERE has_database_privilege(oid, 'CONNECT')`;

interface CatalogueRow {
  readonly schema: string;
  readonly table: string;
  /** `p` for the parent of partitions. */
  readonly kind: string;
  readonly unlogged: boolean;
  /** Null for a table without columns, which PostgreSQL allows. */
  readonly column: string | null;
  readonly type: string;
  readonly internal_type: string | null;
  readonly nullable: boolean;
  readonly generated: boolean;
  /** Topmost parent of a partition. */
  readonly root_schema: string | null;
  readonly root_table: string | null;
  /** -1 for a table that was never analysed. */
  readonly rows: number;
  /** Null, too, for a table that somebody has locked. */
  readonly data_bytes: number | null;
  readonly index_bytes: number | null;
  readonly readable: boolean;
  /** Null without a primary key. */
  readonly numeric_key: boolean | null;
  readonly partitions: number | null;
}

function columnsOf(rows: readonly CatalogueRow[]): CatalogColumn[] {
  return rows.flatMap(({ column, type, internal_type, nullable, generated }) =>
    column === null
      ? []
      : [
          {
            ...{ name: column, type, nullable },
            mapping: postgresType(internal_type ?? undefined),
            ...(generated && { generated }),
          },
        ],
  );
}

/** RDS's own codes for both are not documented. */
function skippedFor(unlogged: boolean, columns: readonly CatalogColumn[]): Skipped | undefined {
  if (unlogged) return { code: "UNLOGGED_TABLE", why: "it is unlogged" };
  if (columns.some(({ mapping }) => mapping !== undefined)) return undefined;
  return { code: "NO_COLUMN_OF_A_SUPPORTED_TYPE", why: "it has no column of a type that is exported" };
}

function tableOf(database: string, rows: readonly CatalogueRow[]): CatalogTable[] {
  const [first] = rows;
  if (first === undefined) return [];
  const { schema, table, kind, unlogged, readable, root_schema, root_table } = first;
  const columns = columnsOf(rows);
  const source: SourceTable = { database, schema, table };
  const skipped = skippedFor(unlogged, columns) ?? skippedForNames({ source, columns });
  const root: SourceTable | undefined =
    root_schema === null || root_table === null
      ? undefined
      : { database, schema: root_schema, table: root_table };
  return [
    {
      source,
      columns,
      key: first.numeric_key === null ? "none" : first.numeric_key ? "number" : "other",
      ...(first.rows >= 0 && kind !== "p" && { rows: first.rows }),
      ...(first.data_bytes !== null && { dataBytes: first.data_bytes }),
      ...(first.index_bytes !== null && { indexBytes: first.index_bytes }),
      ...(skipped && { skipped }),
      readable,
      ...(root && { partitionOf: root }),
      ...(kind === "p" && { partitions: first.partitions ?? 0 }),
    },
  ];
}

async function leftOut(ask: Ask): Promise<string[]> {
  const relations = await ask<{ name: string; foreign_table: boolean }>(ALL_VIEWS);
  const names = (foreign: boolean) =>
    relations
      .filter((it) => it.foreign_table === foreign)
      .map(({ name }) => name)
      .join(", ");
  const [views, foreignTables] = [names(false), names(true)];
  return [
    ...(views === "" ? [] : [`RDS exports tables alone, and none of the views ${views}; left out`]),
    ...(foreignTables === ""
      ? []
      : [`the rows of foreign tables, ${foreignTables}, are elsewhere; left out`]),
  ];
}

/**
 * A database as PostgreSQL's own catalog describes it. Looks at no row.
 * @param server its name and version, `PostgreSQL 15.19`
 */
export async function postgresCatalog(ask: Ask, server: string, database: string): Promise<Catalog> {
  const rows = await ask<CatalogueRow>(COLUMNS_OF_ALL_TABLES);
  const byTable = groupBy(rows, ({ schema, table }) => JSON.stringify([schema, table]));
  const tables = [...byTable.values()].flatMap((it) => tableOf(database, it));
  const [bytes] = await ask<{ bytes: number | null }>(BYTES_OF_SERVER);
  return {
    ...{ engine: "postgresql", server, database, tables },
    ...(typeof bytes?.bytes === "number" && { serverBytes: bytes.bytes }),
    leftOut: await leftOut(ask),
  };
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** COPY of a table's rows as `ServerSession.copyRows` has them, without the place where they go. */
export function rowsAsCsv(
  { source, columns, partitions }: CatalogTable,
  limitRows: number | undefined,
): string {
  const exported = columns.filter(({ mapping }) => mapping !== undefined).map(({ name }) => identifier(name));
  // A parent by inheritance without its children, which are tables of their own.
  const relation = `${partitions === undefined ? "ONLY " : ""}${identifier(source.schema ?? "public")}.${identifier(source.table)}`;
  const limit = limitRows === undefined ? "" : ` LIMIT ${limitRows}`;
  return `COPY (SELECT ${["tableoid", ...exported].join(", ")} FROM ${relation}${limit}) TO`;
}

/** Only a NULL is without quotes, so that an empty text is not one. */
export const CSV_OPTIONS = "WITH (FORMAT csv, FORCE_QUOTE *, NULL '\\N')";
