import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { SourceTable } from "../../contract/layout";
import { identifier, inTransaction, openDuckDb, query } from "./duckDb";
import { HeldSnapshot, type HeldTable } from "./heldTables";
import { mySqlType } from "./mySqlTypes";
import type { ExportPart } from "./parquetExport";
import { SHOP_COLUMN_CHANGES, SHOP_TABLES, type ShopColumn, type ShopTable } from "./shopTables";
import type { Snapshot, SourceDatabase } from "./sourceDatabase";

/** Schema that DuckDB holds the living tables in. */
const LIVING = "living";

/** How many rows of a hundred a day inserts and updates, and how many it deletes. */
const CHANGED_PERCENT = 1;
const DELETED_PERCENT = 0.25;

/** From the third day on, a column is added or dropped every so many days. */
const COLUMN_CHANGE_INTERVAL = 3;

/** A table as it is today. */
interface LivingTable extends ShopTable {
  /** Its name in DuckDB, where names that differ in case only are the same. */
  readonly heldAs: string;
  present: ShopColumn[];
  /** Keys are never used again. */
  nextKey: number;
}

function keyOf(table: ShopTable): string {
  return identifier(table.columns[0]?.name ?? "");
}

function heldValue({ type, value }: ShopColumn): string {
  return `CAST(${value} AS ${mySqlType(type).held})`;
}

/** SELECT of rows whose keys are from one number up to, and without, another. */
function newRows(columns: readonly ShopColumn[], from: number, to: number): string {
  const values = columns.map((it) => `${heldValue(it)} AS ${identifier(it.name)}`);
  return `SELECT ${values.join(", ")} FROM range(${from}, ${to}) AS numbers(i)`;
}

/** Which change of a column a day brings: the first on day 1, the second on day 2, then one every third day. */
function columnChangeOf(day: number): (typeof SHOP_COLUMN_CHANGES)[number] | undefined {
  const count = day === 1 ? 0 : (day + 1) / COLUMN_CHANGE_INTERVAL;
  return Number.isInteger(count) ? SHOP_COLUMN_CHANGES[count % SHOP_COLUMN_CHANGES.length] : undefined;
}

/** Ranges of rows, as even as can be, for the files of a table. */
function partsOf(layout: ShopTable["layout"] = [[0]], rows: number): ExportPart[] {
  const files = layout.flatMap((parts, index) => parts.map((part) => ({ batch: index + 1, part })));
  const start = (index: number) => Math.floor((rows * index) / files.length);
  return files.map((file, index) => ({
    ...file,
    where: `rowid >= ${start(index)} AND rowid < ${start(index + 1)}`,
  }));
}

function living({ heldAs }: LivingTable): string {
  return `${LIVING}.${heldAs}`;
}

class Sample implements SourceDatabase {
  public readonly engine = "mysql";
  private readonly tables: LivingTable[];
  private snapshots = 0;

  constructor(
    public readonly name: string,
    tables: readonly ShopTable[],
    private readonly instance: DuckDBInstance,
    /** Reads the snapshots, and keeps the in-memory database alive. */
    private readonly reader: DuckDBConnection,
  ) {
    this.tables = tables.map((table, index) => ({
      ...table,
      heldAs: `table_${index}`,
      present: table.columns.filter(({ added }) => added !== true),
      nextKey: table.rows + 1,
    }));
  }

  create(): Promise<void> {
    return inTransaction(this.instance, async (connection) => {
      await connection.run(`CREATE SCHEMA ${LIVING}`);
      for (const table of this.tables) {
        await connection.run(`CREATE TABLE ${living(table)} AS ${newRows(table.present, 1, table.rows + 1)}`);
      }
    });
  }

  liveThrough(day: number): Promise<string[]> {
    return inTransaction(this.instance, async (connection) => {
      const change = columnChangeOf(day);
      const table = this.tables.find(({ name }) => name === change?.table);
      const column = table?.columns.find(({ name }) => name === change?.column);
      const columnChange = table && column ? [await this.addOrDrop(connection, table, column)] : [];
      return [...columnChange, await this.changeRows(connection, day)];
    });
  }

  async snapshot(): Promise<Snapshot> {
    const schema = `snapshot_${++this.snapshots}`;
    const tables = await inTransaction(this.instance, async (connection) => {
      await connection.run(`CREATE SCHEMA ${schema}`);
      const held: HeldTable[] = [];
      for (const table of this.tables) held.push(await this.freeze(connection, schema, table));
      return held;
    });
    return new HeldSnapshot(this.reader, tables, schema, async () => {
      await this.reader.run(`DROP SCHEMA ${schema} CASCADE`);
    });
  }

  async close(): Promise<void> {
    this.reader.closeSync();
    this.instance.closeSync();
  }

  private async freeze(connection: DuckDBConnection, schema: string, table: LivingTable): Promise<HeldTable> {
    const relation = `${schema}.${table.heldAs}`;
    await connection.run(`CREATE TABLE ${relation} AS FROM ${living(table)}`);
    const [count] = await query(connection, `SELECT count(*) AS rows FROM ${relation}`);
    const source: SourceTable = { database: this.name, table: table.name };
    const columns = table.present.map(({ name, type }) => ({
      name,
      type,
      heldAs: name,
      mapping: mySqlType(type),
    }));
    return { source, columns, relation, parts: partsOf(table.layout, Number(count?.rows)) };
  }

  /** Each table that has rows gets new ones, and changes and loses others: whatever is stale shows. */
  private async changeRows(connection: DuckDBConnection, day: number): Promise<string> {
    const sum = { inserted: 0, updated: 0, deleted: 0, tables: 0 };
    for (const table of this.tables) {
      if (table.update === undefined) continue;
      const relation = living(table);
      const changed = Math.ceil((table.rows * CHANGED_PERCENT) / 100);
      const deleted = Math.ceil((table.rows * DELETED_PERCENT) / 100);
      const key = keyOf(table);
      const some = (salt: string, count: number) =>
        `${key} IN (SELECT ${key} FROM ${relation} ORDER BY hash(${key}, '${salt} ${day}') LIMIT ${count})`;
      await connection.run(`DELETE FROM ${relation} WHERE ${some("delete", deleted)}`);
      const { column, value } = table.update;
      await connection.run(
        `UPDATE ${relation} SET ${identifier(column)} = ${value(day)} WHERE ${some("update", changed)}`,
      );
      const rows = newRows(table.present, table.nextKey, table.nextKey + changed);
      await connection.run(`INSERT INTO ${relation} BY NAME ${rows}`);
      table.nextKey += changed;
      sum.inserted += changed;
      sum.updated += changed;
      sum.deleted += deleted;
      sum.tables += 1;
    }
    return `${sum.inserted} rows inserted, ${sum.updated} updated, ${sum.deleted} deleted in ${sum.tables} tables`;
  }

  private async addOrDrop(
    connection: DuckDBConnection,
    table: LivingTable,
    column: ShopColumn,
  ): Promise<string> {
    // Rewritten as a whole: DuckDB takes no further changes of a table that the same transaction has altered.
    const rewrite = (select: string) => {
      const relation = living(table);
      return connection.run(`CREATE OR REPLACE TABLE ${relation} AS ${select} FROM ${relation}`);
    };
    if (table.present.includes(column)) {
      table.present = table.present.filter((it) => it !== column);
      await rewrite(`SELECT * EXCLUDE (${identifier(column.name)})`);
      return `${table.name} loses column ${column.name}`;
    }
    table.present = [...table.present, column];
    await rewrite(
      `SELECT *, (SELECT ${heldValue(column)} FROM (SELECT ${keyOf(table)} AS i)) AS ${identifier(column.name)}`,
    );
    return `${table.name} gains column ${column.name}`;
  }
}

/** A table that the shop does not have: a few rows of the types that are met most. */
function plainTable(name: string): ShopTable {
  return {
    name,
    rows: 300,
    columns: [
      { name: "id", type: "BIGINT", value: "i" },
      { name: "code", type: "CHAR(8)", value: "printf('%08d', i)" },
      { name: "label", type: "VARCHAR(100)", value: "CASE WHEN i % 7 > 0 THEN concat('名前 ', i) END" },
      { name: "amount", type: "DECIMAL(12,2)", value: "i / 8.0" },
      { name: "created_at", type: "DATETIME(6)", value: "TIMESTAMP '2025-01-01 00:00:00' + to_minutes(i)" },
    ],
    update: { column: "label", value: (day) => `'changed on day ${day}'` },
  };
}

/**
 * A MySQL database in memory with the tables that are asked for: those of the shop where it has them, and small
 * plain ones otherwise.
 */
export async function openSample(name: string, tables: readonly string[]): Promise<SourceDatabase> {
  const instance = await openDuckDb(":memory:");
  const known = new Map(SHOP_TABLES.map((table) => [table.name, table]));
  const wanted = tables.map((table) => known.get(table) ?? plainTable(table));
  const sample = new Sample(name, wanted, instance, await instance.connect());
  await sample.create();
  return sample;
}

/** The sample database: a web shop in MySQL with 13 tables and more than 120,000 rows, in memory. */
export function openShop(): Promise<SourceDatabase> {
  return openSample(
    "shop",
    SHOP_TABLES.map(({ name }) => name),
  );
}
