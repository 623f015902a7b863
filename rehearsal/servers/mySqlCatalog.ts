import { mySqlType } from "../databases/mySqlTypes";
import { skippedForNames } from "../databases/skippedTables";
import type { TypeMapping } from "../databases/typeMapping";
import { groupBy } from "../groups";
import type { Catalog, CatalogColumn, CatalogTable, TableKey } from "./catalog";

/** A row of `information_schema.TABLES`. */
export interface MySqlTableRow {
  readonly name: string;
  /** `BASE TABLE`, `VIEW`; of MariaDB also `SEQUENCE`, `SYSTEM VERSIONED`. */
  readonly type: string;
  readonly engine: string | null;
  readonly rows: string | null;
  readonly dataBytes: string | null;
  readonly indexBytes: string | null;
  readonly partitions: string | null;
}

/** A row of `information_schema.COLUMNS`. */
export interface MySqlColumnRow {
  readonly table: string;
  readonly name: string;
  /** COLUMN_TYPE: `bigint unsigned`, `enum('a','b')`; before MySQL 8.0.19, and in MariaDB, `bigint(20) unsigned`. */
  readonly type: string;
  /** `YES` or `NO`. */
  readonly nullable: string;
  /** `auto_increment`, `VIRTUAL GENERATED`, `DEFAULT_GENERATED`, `INVISIBLE`. */
  readonly extra: string;
  /** Where the column stands in the primary key, from 1; null outside of it. */
  readonly keyPosition: string | null;
}

/** What a database's rows of information_schema are. */
export interface MySqlCatalogRows {
  readonly tables: readonly MySqlTableRow[];
  readonly columns: readonly MySqlColumnRow[];
  readonly serverBytes: string | null;
}

export const TABLES_OF_DATABASE = `
  SELECT t.TABLE_NAME AS name, t.TABLE_TYPE AS type, t.ENGINE AS engine, t.TABLE_ROWS AS \`rows\`,
         t.DATA_LENGTH AS dataBytes, t.INDEX_LENGTH AS indexBytes, p.partitions
  FROM information_schema.TABLES AS t
  LEFT JOIN (
    SELECT TABLE_NAME, COUNT(*) AS partitions FROM information_schema.PARTITIONS
    WHERE TABLE_SCHEMA = ? AND PARTITION_NAME IS NOT NULL GROUP BY TABLE_NAME
  ) AS p ON p.TABLE_NAME = t.TABLE_NAME
  WHERE t.TABLE_SCHEMA = ?`;

export const COLUMNS_OF_DATABASE = `
  SELECT c.TABLE_NAME AS \`table\`, c.COLUMN_NAME AS name, c.COLUMN_TYPE AS type, c.IS_NULLABLE AS nullable,
         c.EXTRA AS extra, s.SEQ_IN_INDEX AS keyPosition
  FROM information_schema.COLUMNS AS c
  LEFT JOIN information_schema.STATISTICS AS s
    ON s.TABLE_SCHEMA = c.TABLE_SCHEMA AND s.TABLE_NAME = c.TABLE_NAME AND s.COLUMN_NAME = c.COLUMN_NAME
       AND s.INDEX_NAME = 'PRIMARY'
  WHERE c.TABLE_SCHEMA = ?
  ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`;

export const BYTES_OF_SERVER =
  "SELECT SUM(DATA_LENGTH + INDEX_LENGTH) AS serverBytes FROM information_schema.TABLES";

const INTEGER = /^(TINYINT|SMALLINT|MEDIUMINT|INT|BIGINT)/;
/** Types that MySQL 8 shows by other names than MariaDB. */
const RENAMED = new Map([["GEOMETRYCOLLECTION", "GEOMCOLLECTION"]]);

/**
 * A type as MySQL 8 names it, in upper case but for what stands in brackets: `bigint(20) unsigned zerofill` → `BIGINT UNSIGNED`.
 * Numbers of digits to show go, as MySQL 8.0.19 leaves them out, but that of TINYINT(1).
 */
export function mySqlTypeName(columnType: string): string {
  const [, name = columnType, length = "", rest = ""] =
    /^([a-z0-9_]+)(\(.*\))?((?: [a-z_]+)*)/is.exec(columnType) ?? [];
  const upper = name.toUpperCase();
  const unsigned = /\bunsigned\b/i.test(rest) ? " UNSIGNED" : "";
  const shown =
    INTEGER.test(upper) || upper === "YEAR"
      ? upper === "TINYINT" && length === "(1)" && unsigned === ""
        ? length
        : ""
      : length;
  return `${RENAMED.get(upper) ?? upper}${shown}${unsigned}`;
}

function mappingOf(type: string): TypeMapping | undefined {
  try {
    return mySqlType(type);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function columnOf({ name, type, nullable, extra }: MySqlColumnRow): CatalogColumn {
  const typeName = mySqlTypeName(type);
  const mapping = mappingOf(typeName);
  return {
    name,
    type: typeName,
    mapping,
    nullable: nullable === "YES",
    ...(/\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b/i.test(extra) && { generated: true }),
    ...(mapping === undefined && { remark: "is of a type that AWS's table for Aurora MySQL does not list" }),
  };
}

function keyOf(columns: readonly MySqlColumnRow[]): TableKey {
  const first = columns.find(({ keyPosition }) => Number(keyPosition) === 1);
  if (first === undefined) return "none";
  return /^(tinyint|smallint|mediumint|int|bigint|decimal|float|double)/i.test(first.type)
    ? "number"
    : "other";
}

const number = (text: string | null) => (text === null ? undefined : Number(text));

function tableOf(database: string, row: MySqlTableRow, columns: readonly MySqlColumnRow[]): CatalogTable {
  const [rows, dataBytes, indexBytes] = [row.rows, row.dataBytes, row.indexBytes].map(number);
  const partitions = number(row.partitions);
  const table = { source: { database, table: row.name }, columns: columns.map(columnOf) };
  const skipped = skippedForNames(table);
  return {
    ...table,
    key: keyOf(columns),
    ...(rows !== undefined && { rows }),
    ...(dataBytes !== undefined && { dataBytes }),
    ...(indexBytes !== undefined && { indexBytes }),
    ...(skipped && { skipped }),
    // MySQL shows a table to those alone who have some right on it.
    readable: true,
    ...(partitions !== undefined && { partitions }),
  };
}

/** What is no table of rows, and tables that no Aurora has. */
function leftOut(rows: readonly MySqlTableRow[]): string[] {
  const namesOf = (wanted: (row: MySqlTableRow) => boolean) => rows.filter(wanted).map(({ name }) => name);
  const views = namesOf(({ type }) => type.endsWith("VIEW"));
  const sequences = namesOf(({ type }) => type === "SEQUENCE");
  const others = namesOf((it) => isTable(it) && it.engine !== null && it.engine.toLowerCase() !== "innodb");
  return [
    ...(views.length > 0
      ? [`RDS exports tables alone, and none of the views ${views.join(", ")}; left out`]
      : []),
    ...(sequences.length > 0 ? [`Aurora MySQL has no sequences; ${sequences.join(", ")} left out`] : []),
    ...(others.length > 0
      ? [
          `Aurora keeps tables in InnoDB alone, ${others.join(", ")} would be moved to it; here they may be of another instant than the others`,
        ]
      : []),
  ];
}

function isTable({ type }: MySqlTableRow): boolean {
  return type === "BASE TABLE" || type === "SYSTEM VERSIONED";
}

/**
 * A database as the rows of information_schema describe it.
 * Source: MySQL 8.0 Reference Manual, "INFORMATION_SCHEMA Tables"; MariaDB's differ where the rows' fields say so.
 * @param server its name and version, `MySQL 8.0.40`
 */
export function mySqlCatalog(
  server: string,
  database: string,
  { tables, columns, serverBytes }: MySqlCatalogRows,
): Catalog {
  const byTable = groupBy(columns, ({ table }) => table);
  const bytes = number(serverBytes);
  return {
    engine: "mysql",
    server,
    database,
    tables: tables
      .filter(isTable)
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map((row) => tableOf(database, row, byTable.get(row.name) ?? [])),
    ...(bytes !== undefined && { serverBytes: bytes }),
    leftOut: leftOut(tables),
  };
}
