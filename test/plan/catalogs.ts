// Catalogs made by hand, as a server's reader gives them.
import { mySqlType } from "../../rehearsal/databases/mySqlTypes";
import { postgresType } from "../../rehearsal/databases/postgresTypes";
import type { Catalog, CatalogColumn, CatalogTable } from "../../rehearsal/servers/catalog";

export const GIGABYTE = 2 ** 30;

type Columns = Readonly<Record<string, string>>;

/** A column of MySQL, `INT UNSIGNED`. */
function mySqlColumn(name: string, type: string): CatalogColumn {
  return { name, type, mapping: mySqlType(type), nullable: name !== "id" };
}

/** A column of PostgreSQL, `numeric(5,2):numeric`; without an internal name it is a type of users. */
function postgresColumn(name: string, text: string): CatalogColumn {
  const [type = "", internal] = text.split(/:(?=[^:]+$)/);
  return { name, type, mapping: postgresType(internal), nullable: name !== "id" };
}

/** A table of the shop; MySQL's without a schema. */
export function tableOf(
  name: string,
  columns: Columns,
  more: Partial<CatalogTable> & { readonly schema?: string } = {},
): CatalogTable {
  const { schema, ...rest } = more;
  const column = schema === undefined ? mySqlColumn : postgresColumn;
  return {
    source: { database: "shop", ...(schema !== undefined && { schema }), table: name },
    columns: Object.entries(columns).map(([name, type]) => column(name, type)),
    key: "number",
    readable: true,
    ...rest,
  };
}

/** A shop in MySQL in which much is odd. */
export const MYSQL: Catalog = {
  engine: "mysql",
  server: "MySQL 8.0.40",
  database: "shop",
  serverBytes: 120 * GIGABYTE,
  leftOut: ["The view sales_by_month is no table, and RDS exports none."],
  tables: [
    tableOf(
      "orders",
      { id: "BIGINT UNSIGNED", total: "DECIMAL(10,2)", placed_at: "DATETIME(6)", note: "TEXT" },
      { rows: 120_000_000, dataBytes: 40 * GIGABYTE, indexBytes: 12 * GIGABYTE },
    ),
    tableOf(
      "users",
      {
        id: "BIGINT",
        country: "CHAR(2)",
        active: "TINYINT(1)",
        born: "DATE",
        status: "ENUM('a','b')",
        profile: "JSON",
      },
      { rows: 2_000_000, dataBytes: 2 * GIGABYTE, indexBytes: GIGABYTE },
    ),
    tableOf(
      "page_views",
      { url: "VARCHAR(500)", seen_at: "TIMESTAMP", ratio: "FLOAT" },
      { key: "none", rows: 300_000_000, dataBytes: 30 * GIGABYTE, indexBytes: 0 },
    ),
    tableOf(
      "a/b",
      { id: "INT" },
      { skipped: { code: "TABLE_WITH_UNSUPPORTED_CHARACTER_IN_NAME", why: 'its name holds "/"' } },
    ),
    tableOf("audit log", { id: "INT", "old.value": "TEXT" }, { rows: 10, dataBytes: 16_384 }),
    tableOf(
      "imports",
      { id: "INT", "first name": "TEXT" },
      {
        rows: 5,
        dataBytes: 16_384,
        skipped: {
          code: "COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME",
          why: 'a column\'s name must hold no space and none of , ; { } ( ) = or tab and line break, unlike "first name"',
        },
      },
    ),
    tableOf("secrets", { id: "INT", value: "VARBINARY(64)" }, { readable: false }),
  ],
};

/** The same in PostgreSQL, with partitions and schemas that meet. */
export const POSTGRES: Catalog = {
  engine: "postgresql",
  server: "PostgreSQL 15.19",
  database: "shop",
  leftOut: [],
  tables: [
    tableOf(
      "events",
      { id: "bigint:int8", at: "timestamp with time zone:timestamptz", payload: "jsonb:jsonb" },
      { schema: "public", partitions: 2 },
    ),
    ...["events_2024", "events_2025"].map((name) =>
      tableOf(
        name,
        { id: "bigint:int8", at: "timestamp with time zone:timestamptz", payload: "jsonb:jsonb" },
        {
          schema: "public",
          rows: 1_000_000,
          dataBytes: 5 * GIGABYTE,
          indexBytes: GIGABYTE,
          partitionOf: { database: "shop", schema: "public", table: "events" },
        },
      ),
    ),
    tableOf(
      "orders",
      { id: "integer:int4", total: "numeric(10,2):numeric", tags: "text[]:_text", mood: "mood" },
      { schema: "sales", rows: 1000, dataBytes: 1_000_000, indexBytes: 500_000 },
    ),
    tableOf(
      "sales_orders",
      { id: "integer:int4", refers: "oid:oid" },
      { schema: "public", rows: 10, dataBytes: 8192, indexBytes: 8192 },
    ),
  ],
};

const MANY_TYPES = [
  ...["BIGINT", "CHAR(2)", "VARCHAR(50)", "DECIMAL(10,2)", "DATETIME", "DATE", "JSON", "TINYINT(1)"],
  ...["ENUM('a','b')", "BIGINT UNSIGNED", "TEXT", "TIMESTAMP", "FLOAT", "DOUBLE", "INT", "TIME", "YEAR"],
  ...["BLOB", "BIT(8)", "DECIMAL(65,30)"],
];

/** A database of so many tables with twenty columns each. */
export function manyTables(count: number, types: readonly string[] = MANY_TYPES): Catalog {
  return {
    ...MYSQL,
    leftOut: [],
    tables: Array.from({ length: count }, (_, index) =>
      tableOf(
        `table_${String(index).padStart(4, "0")}`,
        Object.fromEntries(types.map((type, column) => [`column_${column}`, type])),
        { rows: index * 1000, dataBytes: index * 1_000_000, indexBytes: index * 100_000 },
      ),
    ),
  };
}
