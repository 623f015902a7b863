import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Engine } from "../../../contract/layout";
import { type ViewedTable, viewMakerScript } from "../../../contract/typedViews";
import { metadataRows } from "../../../rehearsal/bigquery/informationSchema";
import type { Relation } from "../../../rehearsal/bigquery/queriedRelations";
import { runScript } from "../../../rehearsal/bigquery/viewMaker";
import { readViewStatement, type SourceColumn } from "../../../rehearsal/bigquery/viewStatement";
import { LocalViews } from "../../../rehearsal/bigquery/views";
import type { ViewColumnType } from "../../../rehearsal/bigquery/viewTypes";
import { identifier, openDuckDb, query, type Row } from "../../../rehearsal/databases/duckDb";

/** Types of landing tables in DuckDB. */
export const LANDED_TYPES: Readonly<Record<string, string>> = {
  ...{ BOOL: "BOOLEAN", INT64: "BIGINT", FLOAT64: "DOUBLE", NUMERIC: "DECIMAL(38,9)" },
  ...{ STRING: "VARCHAR", BYTES: "BLOB", TIMESTAMP: "TIMESTAMP", DATE: "DATE" },
};

/** Columns of a landing table by their names: type there, and in Aurora where RDS says it. */
export type LandedColumns = Readonly<Record<string, readonly [type: ViewColumnType, source?: string]>>;

/** What the stack file says of a table's view. */
type Wanted = Omit<ViewedTable, "destination">;

const SQL = (dataset: string, table: string) => identifier(`${dataset}.${table}`);

/** Landing tables of a dataset `shop` in DuckDB, and the maker of their views in `shop_views`. */
export class ViewWorld {
  /** Statements that the maker has run. */
  public readonly statements: string[] = [];
  public readonly views: LocalViews;
  private readonly tables = new Map<string, LandedColumns>();

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {
    const columns = async (_: DuckDBConnection, dataset: string, table: string) =>
      dataset === "shop" ? this.columnsOf(table) : [];
    this.views = new LocalViews(connection, { sql: SQL, columns }, "catalogue");
  }

  static async open(): Promise<ViewWorld> {
    const instance = await openDuckDb(":memory:");
    const world = new ViewWorld(instance, await instance.connect());
    await world.views.open();
    return world;
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  /** Replaces a landing table, as a load does. @param rows SQL of values */
  async land(name: string, columns: LandedColumns, rows: readonly (readonly string[])[] = []): Promise<void> {
    this.tables.set(name, columns);
    const list = Object.entries(columns).map(([it, [type]]) => `${identifier(it)} ${LANDED_TYPES[type]}`);
    await this.connection.run(`CREATE OR REPLACE TABLE ${SQL("shop", name)} (${list.join(", ")})`);
    for (const row of rows) {
      await this.connection.run(`INSERT INTO ${SQL("shop", name)} VALUES (${row.join(", ")})`);
    }
    await this.views.rebind(this.connection, "shop", name);
  }

  /** Runs the maker. @throws BigQueryError with the message of its RAISE */
  async make(wanted: Readonly<Record<string, Wanted>> = {}, engine: Engine = "mysql"): Promise<void> {
    const tables = [...this.tables.keys()].map((destination) => ({ destination, ...wanted[destination] }));
    const datasets = [{ dataset: "shop", viewsDataset: "shop_views", tables }];
    const script = viewMakerScript({ project: "p", engine, journalDataset: "journal", datasets });
    await runScript(script, {
      relation: (path) => this.relation(path),
      execute: async (sql) => {
        this.statements.push(sql);
        await this.views.create(readViewStatement(sql));
      },
    });
  }

  /** Rows of a view. */
  ask(view: string, list = "*"): Promise<Row[]> {
    return query(this.connection, `SELECT ${list} FROM ${SQL("shop_views", view)}`);
  }

  private columnsOf(table: string): SourceColumn[] {
    return Object.entries(this.tables.get(table) ?? {}).map(([name, [type]]) => ({ name, type }));
  }

  private relation(path: string): Promise<Relation> {
    const [, dataset = "", second = "", view = ""] = path.split(".");
    if (second === "columns") return Promise.resolve(this.journal());
    const ofTables = [...this.tables.keys()].map((name) => ({ name, columns: this.columnsOf(name) }));
    const bigQuery = {
      views: this.views,
      tableColumns: async (of: string) => (of === "shop" ? ofTables : []),
    };
    return metadataRows(bigQuery as Parameters<typeof metadataRows>[0], dataset, view);
  }

  private journal(): Relation {
    const rows = [...this.tables].flatMap(([table_id, columns]) =>
      Object.entries(columns).map(([column_name, [, source = null]]) => ({
        ...{ slot: "2025021804", dataset_id: "shop", table_id },
        ...{ column_name, source_type: source },
      })),
    );
    const names = ["slot", "dataset_id", "table_id", "column_name", "source_type"];
    return { columns: Object.fromEntries(names.map((it) => [it, "VARCHAR"])), rows };
  }
}
