import type { DuckDBConnection } from "@duckdb/node-api";
import type { Mask } from "../../contract/typedViews";
import { identifier, literal, query, type Row } from "../databases/duckDb";
import { BigQueryError } from "./errors";
import { type Relation, relationOf } from "./queriedRelations";
import { logicalBytes } from "./rowSizes";
import {
  countsOf,
  type SourceColumn,
  tableRead,
  type ViewColumn,
  type ViewStatement,
  viewColumns,
} from "./viewStatement";
import type { ViewColumnType } from "./viewTypes";

/** A view as its dataset's metadata show it. */
export interface ViewMetadata {
  readonly name: string;
  /** Its query, word for word. */
  readonly definition: string;
  /** Values of its options as GoogleSQL, by their names. */
  readonly options: Readonly<Record<string, string>>;
  /** As they were when the view was made: BigQuery does not look at its table again. */
  readonly columns: readonly { readonly name: string; readonly type: ViewColumnType }[];
}

/** What a view makes of its table. */
export interface ViewTally {
  readonly columns: number;
  /** Columns that have another type than in the table. */
  readonly cast: number;
  /** Values in these that are in the table and not in the view. */
  readonly notCast: number;
  /** Masked columns that show a value of the table. */
  readonly bare: readonly string[];
}

/** What views need of the tables beside them. */
export interface Tables {
  /** A table's name as SQL. */
  sql(dataset: string, table: string): string;
  /** A table's columns; none before its first load. @throws BigQueryError for an unknown table */
  columns(connection: DuckDBConnection, dataset: string, table: string): Promise<readonly SourceColumn[]>;
}

interface StoredView extends ViewMetadata {
  readonly dataset: string;
  readonly from: { readonly dataset: string; readonly table: string };
}

/**
 * Views of BigQuery as views of DuckDB. Their GoogleSQL is kept, since it means what the table's columns are when
 * somebody asks: a load that changes them has the view's other text made anew.
 */
export class LocalViews {
  constructor(
    private readonly connection: DuckDBConnection,
    private readonly tables: Tables,
    /** The catalogue of views as SQL. */
    private readonly catalogue: string,
  ) {}

  async open(): Promise<void> {
    await this.connection.run(
      `CREATE TABLE IF NOT EXISTS ${this.catalogue}
       (dataset VARCHAR, name VARCHAR, from_dataset VARCHAR, from_table VARCHAR, content VARCHAR, PRIMARY KEY (dataset, name))`,
    );
  }

  /**
   * CREATE OR REPLACE VIEW.
   * @throws BigQueryError where the query does not fit its table; the old view stays then
   */
  async create({ view, from, options, definition }: ViewStatement): Promise<void> {
    const columns = await this.bind(this.connection, view, from, definition);
    const content = JSON.stringify({
      definition,
      options,
      columns: columns.map(({ name, type }) => ({ name, type })),
    });
    const values = [view.dataset, view.table, from.dataset, from.table, content].map(literal).join(", ");
    await this.connection.run(`INSERT OR REPLACE INTO ${this.catalogue} VALUES (${values})`);
  }

  /** Views of a dataset, by their names. */
  async of(dataset: string): Promise<ViewMetadata[]> {
    return this.find(this.connection, `dataset = ${literal(dataset)}`);
  }

  /** Gives views over a table the text that its columns ask for; one that does not fit them any more fails when it is asked. */
  async rebind(connection: DuckDBConnection, dataset: string, table: string): Promise<void> {
    const over = `from_dataset = ${literal(dataset)} AND from_table = ${literal(table)}`;
    for (const view of await this.find(connection, over)) {
      try {
        await this.bind(connection, { dataset: view.dataset, table: view.name }, view.from, view.definition);
      } catch (error) {
        if (!(error instanceof BigQueryError)) throw error;
        await this.replace(
          connection,
          view.dataset,
          view.name,
          `SELECT error(${literal(error.message)}) AS problem`,
        );
      }
    }
  }

  /**
   * What a view makes of its table; undefined where there is no such view.
   * @param masks by the columns' names, whose case does not count
   * @throws an error of whoever asks the view
   */
  async tally(
    dataset: string,
    name: string,
    masks: Readonly<Record<string, Mask>> = {},
  ): Promise<ViewTally | undefined> {
    const [view] = await this.find(
      this.connection,
      `dataset = ${literal(dataset)} AND name = ${literal(name)}`,
    );
    if (view === undefined) return undefined;
    const { from, definition } = view;
    const source = await this.tables.columns(this.connection, from.dataset, from.table);
    const columns = viewColumns(definition, source);
    const casts = columns.filter(({ castFrom }) => castFrom !== undefined);
    const [table, shown] = [this.tables.sql(from.dataset, from.table), this.tables.sql(dataset, name)];
    const values = await this.count(
      table,
      casts.map(({ castFrom = "" }) => castFrom),
    );
    const kept = await this.count(
      shown,
      casts.map((it) => it.name),
    );
    const bare: string[] = [];
    for (const [masked, mask] of Object.entries(masks)) {
      if (mask !== "show" && (await this.isBare(shown, table, masked, columns, source))) bare.push(masked);
    }
    return { columns: columns.length, cast: casts.length, notCast: values - kept, bare };
  }

  /**
   * Runs a query that counts a table's values, and those that a view does not cast.
   * @returns its row, and the bytes of the columns that it reads
   * @throws BigQueryError for another query, and an unknown table
   */
  async answer(sql: string): Promise<Relation & { readonly bytes: number }> {
    const { dataset, table } = tableRead(sql);
    const counts = countsOf(sql, await this.tables.columns(this.connection, dataset, table));
    const from = this.tables.sql(dataset, table);
    const list = counts.map((it) => `${it.sql} AS ${identifier(it.name)}`).join(", ");
    const sizes = [...new Set(counts.map(({ column }) => column))].map(logicalBytes).join(" + ");
    const [size] = await query(this.connection, `SELECT ${sizes} AS bytes FROM ${from}`);
    return {
      ...(await relationOf(this.connection, `SELECT ${list} FROM ${from}`)),
      bytes: Number(size?.bytes),
    };
  }

  /** True if a view's column shows some value of the table's column of that name. */
  private async isBare(
    view: string,
    table: string,
    masked: string,
    columns: readonly ViewColumn[],
    source: readonly SourceColumn[],
  ): Promise<boolean> {
    const isIt = ({ name }: { readonly name: string }) => name.toLowerCase() === masked.toLowerCase();
    const [shown, raw] = [columns.find(isIt), source.find(isIt)];
    if (shown === undefined || raw === undefined) return false;
    const text = (name: string) => `CAST(${identifier(name)} AS VARCHAR)`;
    const [row] = await query(
      this.connection,
      `SELECT count(*) AS bare FROM ${view} WHERE ${text(shown.name)} IN (SELECT ${text(raw.name)} FROM ${table})`,
    );
    return Number(row?.bare) > 0;
  }

  /** Values of some columns that are not NULL, in all. */
  private async count(relation: string, columns: readonly string[]): Promise<number> {
    if (columns.length === 0) return 0;
    const counts = columns.map((it) => `count(${identifier(it)})`).join(" + ");
    const [row] = await query(this.connection, `SELECT ${counts} AS found FROM ${relation}`);
    return Number(row?.found);
  }

  private async bind(
    connection: DuckDBConnection,
    view: { readonly dataset: string; readonly table: string },
    from: { readonly dataset: string; readonly table: string },
    definition: string,
  ): Promise<ViewColumn[]> {
    const source = await this.tables.columns(connection, from.dataset, from.table);
    const columns = viewColumns(definition, source);
    const list = columns.map(({ name, sql }) => `${sql} AS ${identifier(name)}`).join(", ");
    const table = this.tables.sql(from.dataset, from.table);
    await this.replace(connection, view.dataset, view.table, `SELECT ${list} FROM ${table}`);
    return columns;
  }

  private async replace(
    connection: DuckDBConnection,
    dataset: string,
    name: string,
    select: string,
  ): Promise<void> {
    await connection.run(`CREATE OR REPLACE VIEW ${this.tables.sql(dataset, name)} AS ${select}`);
  }

  private async find(connection: DuckDBConnection, condition: string): Promise<StoredView[]> {
    const rows = await query(connection, `FROM ${this.catalogue} WHERE ${condition} ORDER BY name`);
    return rows.map((row: Row) => ({
      ...(JSON.parse(String(row.content)) as Pick<ViewMetadata, "definition" | "options" | "columns">),
      dataset: String(row.dataset),
      name: String(row.name),
      from: { dataset: String(row.from_dataset), table: String(row.from_table) },
    }));
  }
}
