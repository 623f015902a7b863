import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { identifier, inTransaction, literal, openDuckDb, pathList, query } from "../databases/duckDb";
import { type CanonicalType, fingerprintOf } from "../databases/fingerprint";
import type { Fingerprint } from "../databases/sourceDatabase";
import type { DecimalTargetType } from "./decimalTypes";
import { BigQueryError } from "./errors";
import { jsonRows, type TableField, typeOf } from "./jsonRows";
import { type LoadedColumn, readColumns } from "./parquetSchema";
import type { BigQueryType } from "./parquetTypes";
import { type Relation, relationOf } from "./queriedRelations";
import { checkRowSizes } from "./rowSizes";
import { forDuckDb, type Token, tokensOf } from "./sqlTokens";
import { LocalViews } from "./views";

/** A load of Parquet files that replaces a table (WRITE_TRUNCATE). */
export interface LoadJob {
  readonly dataset: string;
  readonly table: string;
  /** Paths of the files on this machine; at least one. */
  readonly files: readonly string[];
  /** As `parseDecimalTargetTypes` reads them from the transfer. */
  readonly decimalTargetTypes: readonly DecimalTargetType[];
  /** Instant at which the load is done. */
  readonly at: Date;
}

/** A table as BigQuery shows it. */
export interface TableDescription {
  readonly rows: number;
  /** None before the first load. */
  readonly columns: readonly { readonly name: string; readonly type: BigQueryType }[];
  /** Instant of the last load; undefined before the first. */
  readonly lastModified?: Date;
}

/** A table as its dataset's metadata show it. */
export interface TableMetadata {
  readonly name: string;
  readonly rows: number;
  /** Instant of the last load, or at which it was emptied; undefined before the first load. */
  readonly written?: Date;
}

/** A table whose columns are registered with it, partitioned by a column of days. */
export interface PartitionedTable {
  readonly dataset: string;
  readonly table: string;
  readonly fields: readonly TableField[];
  readonly by: string;
}

/** What DuckDB may hold in memory, however large the tables are. */
const MEMORY_BYTES = 128 * 1024 * 1024;
/** Schema of what the rehearsal knows about tables beside their rows: DuckDB has no table without columns. */
const CATALOGUE = "_aurora_to_bigquery";

function canonicalType(type: BigQueryType): CanonicalType {
  return type === "BIGNUMERIC" ? "NUMERIC" : type;
}

/** Names that differ in case only are two for BigQuery and one for DuckDB. */
function refuseTwin(what: string, name: string, names: readonly string[]): void {
  const twin = names.find((it) => it !== name && it.toLowerCase() === name.toLowerCase());
  if (twin === undefined) return;
  throw new BigQueryError(
    "duplicate",
    `${what}: "${twin}" is there already, and DuckDB, which plays BigQuery here, takes both for the same name`,
  );
}

/** BigQuery's part of the rehearsal: a DuckDB file whose schemas are the datasets. */
export class BigQuery {
  /** Views over its tables. */
  public readonly views: LocalViews;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    /** DuckDB's name of the file's database: a dataset of that name would be ambiguous without it. */
    private readonly database: string,
  ) {
    const columns = (on: DuckDBConnection, dataset: string, table: string) =>
      this.columnsOf(on, dataset, table);
    const sql = (dataset: string, table: string) => this.sql(dataset, table);
    this.views = new LocalViews(connection, { columns, sql }, this.sql(CATALOGUE, "views"));
  }

  static async open(file: string): Promise<BigQuery> {
    const instance = await openDuckDb(file, MEMORY_BYTES).catch((cause: Error) => {
      const [reason] = cause.message.split("\n");
      const remedy = "Close whatever has it open, or delete it.";
      throw new Error(`${file} cannot be opened as a DuckDB file. ${remedy} DuckDB says: ${reason}`, {
        cause,
      });
    });
    const connection = await instance.connect();
    const [row] = await query(connection, "SELECT current_database() AS name");
    const bigQuery = new BigQuery(instance, connection, String(row?.name));
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${bigQuery.sql(CATALOGUE)}`);
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${bigQuery.sql(CATALOGUE, "tables")}
       (dataset VARCHAR, name VARCHAR, last_modified TIMESTAMP, partitioning VARCHAR, PRIMARY KEY (dataset, name))`,
    );
    await bigQuery.views.open();
    return bigQuery;
  }

  /** Makes a dataset; does nothing where it is there. */
  async createDataset(dataset: string): Promise<void> {
    refuseTwin(`Dataset ${dataset}`, dataset, await this.datasets());
    await this.connection.run(`CREATE SCHEMA IF NOT EXISTS ${this.sql(dataset)}`);
  }

  /**
   * Makes a landing table without columns; does nothing where the table is there, rows and all.
   * @throws BigQueryError where the dataset is missing
   */
  async createTable(dataset: string, table: string): Promise<void> {
    if (!(await this.datasets()).includes(dataset)) {
      throw new BigQueryError("notFound", `Not found: Dataset ${dataset}`);
    }
    const tables = await query(
      this.connection,
      `SELECT name FROM ${this.sql(CATALOGUE, "tables")} WHERE dataset = ${literal(dataset)}`,
    );
    const names = tables.map(({ name }) => String(name));
    refuseTwin(`Table ${dataset}.${table}`, table, names);
    if (names.includes(table)) return;
    await this.connection.run(
      `INSERT INTO ${this.sql(CATALOGUE, "tables")} VALUES (${literal(dataset)}, ${literal(table)}, NULL, NULL)`,
    );
  }

  /** Makes a table with columns; does nothing where it is there, rows and all. */
  async createPartitionedTable({ dataset, table, fields, by }: PartitionedTable, at: Date): Promise<void> {
    await this.createTable(dataset, table);
    const columns = fields.map((it) => `${identifier(it.name)} ${typeOf(it).duckDb}`).join(", ");
    const name = this.sql(dataset, table);
    await this.connection.run(`CREATE TABLE IF NOT EXISTS ${name} (${columns})`);
    for (const it of fields) {
      const shown = literal(typeOf(it).shown);
      await this.connection.run(`COMMENT ON COLUMN ${name}.${identifier(it.name)} IS ${shown}`);
    }
    await this.partition(dataset, table, `interval(type:day,field:${by})`);
    await this.setLastModified(this.connection, dataset, table, at);
  }

  /**
   * Replaces the rows of a day by lines of JSON, wholly or not at all.
   * @throws BigQueryError for what BigQuery would refuse
   */
  async replaceDay(
    { dataset, table, fields, by }: PartitionedTable,
    day: string,
    lines: string,
    at: Date,
  ): Promise<void> {
    await this.entry(dataset, table);
    const rows = jsonRows(lines, fields);
    const of = fields.findIndex(({ name }) => name === by);
    if (rows.some((row) => row[of] !== `CAST(${literal(day)} AS DATE)`)) {
      throw new BigQueryError("invalid", `Some rows belong to different partitions rather than ${day}`);
    }
    await inTransaction(this.instance, async (connection) => {
      const name = this.sql(dataset, table);
      await connection.run(`DELETE FROM ${name} WHERE ${identifier(by)} = ${literal(day)}`);
      const values = rows.map((row) => `(${row.join(", ")})`).join(", ");
      if (values !== "") await connection.run(`INSERT INTO ${name} VALUES ${values}`);
      await this.setLastModified(connection, dataset, table, at);
    });
  }

  /** Deletes a table, as somebody may who owns it. */
  async drop(dataset: string, table: string): Promise<void> {
    await this.entry(dataset, table);
    await this.connection.run(`DROP TABLE IF EXISTS ${this.sql(dataset, table)}`);
    await this.connection.run(
      `DELETE FROM ${this.sql(CATALOGUE, "tables")} WHERE dataset = ${literal(dataset)} AND name = ${literal(table)}`,
    );
  }

  /**
   * Replaces a table's schema and rows by those of Parquet files; a load that fails leaves both as they were.
   * Source: "Loading Parquet data from Cloud Storage"; Job, `writeDisposition`.
   * @throws BigQueryError for what BigQuery would refuse
   */
  async load(job: LoadJob): Promise<void> {
    const { partitioning } = await this.entry(job.dataset, job.table);
    if (job.files.length === 0) throw new RangeError(`A load of ${job.dataset}.${job.table} needs a file`);
    if (partitioning !== undefined) {
      throw new BigQueryError(
        "invalid",
        `Cannot replace a table with a different partitioning spec. Instead, DROP the table, and then recreate it. New partitioning spec is none and existing spec is ${partitioning}`,
      );
    }
    try {
      await inTransaction(this.instance, (connection) => this.replace(connection, job));
    } catch (error) {
      if (error instanceof BigQueryError || error instanceof RangeError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new BigQueryError("invalid", `Error while reading data, error message: ${message}`, {
        cause: error,
      });
    }
  }

  /**
   * Deletes all rows of a table and keeps its schema (TRUNCATE TABLE).
   * @throws BigQueryError for an unknown table, and for one that was never loaded
   */
  async truncate(dataset: string, table: string, at: Date): Promise<void> {
    if ((await this.lastModified(dataset, table)) === undefined) {
      throw new BigQueryError("invalid", `Table ${dataset}.${table} does not have a schema`);
    }
    await this.connection.run(`DELETE FROM ${this.sql(dataset, table)}`);
    await this.setLastModified(this.connection, dataset, table, at);
  }

  /** Deletes every other row, as nothing of BigQuery's does. */
  async loseHalf(dataset: string, table: string): Promise<void> {
    await this.connection.run(`DELETE FROM ${this.sql(dataset, table)} WHERE rowid % 2 = 1`);
  }

  /**
   * Makes a partitioned or clustered table of one, as somebody may who owns it; its rows stay.
   * @param partitioning in BigQuery's words: `interval(type:day,field:created_at)`, `clustering(country)`
   * @throws BigQueryError for an unknown table
   */
  async partition(dataset: string, table: string, partitioning: string): Promise<void> {
    await this.entry(dataset, table);
    await this.connection.run(
      `UPDATE ${this.sql(CATALOGUE, "tables")} SET partitioning = ${literal(partitioning)}
       WHERE dataset = ${literal(dataset)} AND name = ${literal(table)}`,
    );
  }

  /**
   * What the metadata of a dataset say of its tables, by their names.
   * @throws BigQueryError for an unknown dataset
   */
  async tables(dataset: string): Promise<TableMetadata[]> {
    if (!(await this.datasets()).includes(dataset)) {
      throw new BigQueryError("notFound", `Not found: Dataset ${dataset}`);
    }
    const rows = await query(
      this.connection,
      `SELECT name FROM ${this.sql(CATALOGUE, "tables")} WHERE dataset = ${literal(dataset)} ORDER BY name`,
    );
    const tables: TableMetadata[] = [];
    for (const { name } of rows) tables.push(await this.metadata(dataset, String(name)));
    return tables;
  }

  private async metadata(dataset: string, name: string): Promise<TableMetadata> {
    const { rows, lastModified: written } = await this.describe(dataset, name);
    return { name, rows, ...(written !== undefined && { written }) };
  }

  /** Fingerprint of a table's rows as they stand; a table that was never loaded has none. */
  async fingerprint(dataset: string, table: string): Promise<Fingerprint> {
    const { columns } = await this.describe(dataset, table);
    if (columns.length === 0) return fingerprintOf(this.connection, "(SELECT 1 WHERE FALSE)", []);
    return fingerprintOf(
      this.connection,
      this.sql(dataset, table),
      columns.map(({ name, type }) => ({ name, type: canonicalType(type), value: identifier(name) })),
    );
  }

  /** @throws BigQueryError for an unknown table */
  async describe(dataset: string, table: string): Promise<TableDescription> {
    const { lastModified } = await this.entry(dataset, table);
    if (lastModified === undefined) return { rows: 0, columns: [] };
    const columns = await this.columnsOf(this.connection, dataset, table);
    const [count] = await query(this.connection, `SELECT count(*) AS rows FROM ${this.sql(dataset, table)}`);
    return {
      rows: Number(count?.rows),
      columns,
      lastModified,
    };
  }

  /** Columns of a dataset's tables, by their names. */
  async tableColumns(dataset: string): Promise<(Pick<TableDescription, "columns"> & { name: string })[]> {
    const tables: (Pick<TableDescription, "columns"> & { name: string })[] = [];
    for (const { name } of await this.tables(dataset)) {
      tables.push({ name, columns: await this.columnsOf(this.connection, dataset, name) });
    }
    return tables;
  }

  /**
   * All rows of a table or view.
   * @throws BigQueryError for an unknown one
   */
  async rows(dataset: string, table: string): Promise<Relation> {
    const views = await this.views.of(dataset);
    if (!views.some(({ name }) => name === table)) await this.entry(dataset, table);
    return relationOf(this.connection, `FROM ${this.sql(dataset, table)}`);
  }

  /**
   * What a query of one table finds; the table is its only path.
   * @throws BigQueryError for an unknown one
   */
  async answer(sql: string, dataset: string, table: string): Promise<Relation> {
    await this.entry(dataset, table);
    const path = ({ kind }: Token) => (kind === "name" ? this.sql(dataset, table) : undefined);
    return relationOf(this.connection, forDuckDb(tokensOf(sql), path));
  }

  /** Writes everything to the file and lets go of it. */
  async close(): Promise<void> {
    await this.connection.run("CHECKPOINT");
    this.connection.closeSync();
    this.instance.closeSync();
  }

  /** @throws BigQueryError for an unknown table */
  private async columnsOf(
    connection: DuckDBConnection,
    dataset: string,
    table: string,
  ): Promise<{ name: string; type: BigQueryType }[]> {
    await this.entry(dataset, table);
    const columns = await query(
      connection,
      `SELECT column_name AS name, comment AS type FROM duckdb_columns()
       WHERE database_name = ${literal(this.database)} AND schema_name = ${literal(dataset)}
         AND table_name = ${literal(table)} ORDER BY column_index`,
    );
    return columns.map(({ name, type }) => ({ name: String(name), type: String(type) as BigQueryType }));
  }

  private async datasets(): Promise<string[]> {
    const schemas = await query(
      this.connection,
      `SELECT schema_name AS name FROM duckdb_schemas() WHERE database_name = ${literal(this.database)}`,
    );
    return schemas.map(({ name }) => String(name));
  }

  private async replace(connection: DuckDBConnection, job: LoadJob): Promise<void> {
    const columns = await readColumns(connection, job.files, job.decimalTargetTypes);
    // A folder named `id=7` would otherwise stand for the column `id`.
    const files = `read_parquet(${pathList(job.files)}, hive_partitioning = false)`;
    await checkRowSizes(connection, job.files, files, columns);
    for (const column of columns) await this.checkRange(connection, files, column);
    const table = this.sql(job.dataset, job.table);
    const values = columns.map(({ name, value }) => `${value} AS ${identifier(name)}`);
    await connection.run(`CREATE OR REPLACE TABLE ${table} AS SELECT ${values.join(", ")} FROM ${files}`);
    for (const { name, type } of columns) {
      await connection.run(`COMMENT ON COLUMN ${table}.${identifier(name)} IS ${literal(type)}`);
    }
    await this.views.rebind(connection, job.dataset, job.table);
    await this.setLastModified(connection, job.dataset, job.table, job.at);
  }

  private async setLastModified(
    connection: DuckDBConnection,
    dataset: string,
    table: string,
    at: Date,
  ): Promise<void> {
    await connection.run(
      `UPDATE ${this.sql(CATALOGUE, "tables")} SET last_modified = ${literal(at.toISOString().replace("Z", ""))}
       WHERE dataset = ${literal(dataset)} AND name = ${literal(table)}`,
    );
  }

  private async checkRange(connection: DuckDBConnection, files: string, column: LoadedColumn): Promise<void> {
    if (column.outOfRange === undefined) return;
    const value = `CAST(${identifier(column.name)} AS VARCHAR)`;
    const [row] = await query(
      connection,
      `SELECT ${value} AS value FROM ${files} WHERE ${column.outOfRange} LIMIT 1`,
    );
    if (row === undefined) return;
    throw new BigQueryError(
      "invalid",
      `Error while reading data, error message: column "${column.name}": ${row.value} is out of range of ${column.type}; a wider type in decimal_target_types would take it`,
    );
  }

  private async lastModified(dataset: string, table: string): Promise<Date | undefined> {
    return (await this.entry(dataset, table)).lastModified;
  }

  /** What the catalogue says of a table. */
  private async entry(
    dataset: string,
    table: string,
  ): Promise<{ lastModified?: Date; partitioning?: string }> {
    const [row] = await query(
      this.connection,
      `SELECT epoch_ms(last_modified) AS time, partitioning FROM ${this.sql(CATALOGUE, "tables")}
       WHERE dataset = ${literal(dataset)} AND name = ${literal(table)}`,
    );
    if (row === undefined) throw new BigQueryError("notFound", `Not found: Table ${dataset}.${table}`);
    return {
      lastModified: row.time === null ? undefined : new Date(Number(row.time)),
      partitioning: row.partitioning === null ? undefined : String(row.partitioning),
    };
  }

  /** A dataset, or a table in it, as SQL. */
  private sql(dataset: string, table?: string): string {
    return [this.database, dataset, table]
      .flatMap((it) => (it === undefined ? [] : identifier(it)))
      .join(".");
  }
}

/** Opens BigQuery's file, which is made where it is missing; datasets, tables and rows in it stay. */
export function openBigQuery(file: string): Promise<BigQuery> {
  return BigQuery.open(file);
}
