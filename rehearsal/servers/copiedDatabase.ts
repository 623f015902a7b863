import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Engine } from "../../contract/layout";
import { literal, openDuckDb, query } from "../databases/duckDb";
import { type HeldColumn, HeldSnapshot, type HeldTable } from "../databases/heldTables";
import type { ExportPart } from "../databases/parquetExport";
import type { RefusedTable } from "../databases/postgresScript";
import type { Snapshot, SourceDatabase } from "../databases/sourceDatabase";
import type { TypeMapping } from "../databases/typeMapping";
import type { Catalog, CatalogTable } from "./catalog";
import { type CsvFile, CsvFiles } from "./csvFile";
import type { CopyOptions, ServerSession } from "./session";
import { SourceError } from "./sourceError";
import { nameOf } from "./sourceFaults";

/** Column of the copies that tells partitions apart: each gets a batch folder. */
const PARTITION = "partition";
/** Row that DuckDB reads without being told that it is longer. */
const USUAL_ROW_BYTES = 1024 * 1024;
const LARGEST_VALUE_BYTES = 500_000_000;
/** DuckDB reads into a buffer that has room for so many of the longest rows. */
const ROWS_IN_BUFFER = 4;
/** What DuckDB may hold in memory of a copy, however large it is; beyond that are the longest rows. */
const MEMORY_BYTES = 128 * 1024 * 1024;

/** A table that was copied. */
interface CopiedTable {
  readonly held: HeldTable;
  readonly rows: number;
}

/** Years and days that a DATETIME of MySQL may have, and no time stamp. */
const ZERO_DATE = "'^0000|^[0-9]{4}-00|^[0-9]{4}-[0-9]{2}-00'";

/** What is copied of a database, and what there is to say of it. */
export interface CopyRequest extends CopyOptions {
  readonly leftOut?: readonly string[];
  readonly refused?: readonly RefusedTable[];
  /** Called before each table. */
  readonly onTable?: (table: CatalogTable) => void;
}

/** SQL of a field of the CSV → SQL of the value that is held. */
function fromText({ held }: TypeMapping, text: string): string {
  if (held === "VARCHAR") return text;
  if (held === "BLOB") return `unhex(${text})`;
  // What RDS writes for a zero date is not documented; a time stamp of Parquet has no such day.
  if (held === "TIMESTAMP") {
    return `CASE WHEN NOT regexp_matches(${text}, ${ZERO_DATE}) THEN CAST(${text} AS TIMESTAMP) END`;
  }
  return `CAST(${text} AS ${held})`;
}

/** SQL of a field's type in the copy, and of its value in the CSV. */
function fieldsOf(columns: readonly HeldColumn[]) {
  const partition = { name: PARTITION, held: "VARCHAR", value: PARTITION };
  return [
    partition,
    ...columns.flatMap(({ heldAs, mapping }) =>
      mapping ? [{ name: heldAs, held: mapping.held, value: fromText(mapping, heldAs) }] : [],
    ),
  ];
}

/**
 * An export with such a value fails as a whole, so that no rehearsal can go on with it.
 * Source: Aurora User Guide, "Considerations for DB cluster snapshot exports", Limitations.
 */
function checkRowBytes({ source, columns }: CatalogTable, { longestRow }: CsvFile): void {
  // Bytes are written in hex.
  const bytes = columns.some(({ mapping }) => mapping?.type === "BYTES") ? longestRow / 2 : longestRow;
  if (bytes < LARGEST_VALUE_BYTES) return;
  throw new SourceError(
    `Table ${nameOf(source)} has a row of ${Math.round(bytes / 1_000_000)} MB: a value near or over 500 MB makes RDS fail the whole export. Name other tables with \`--table\` to rehearse those, and make the value smaller before the first export.`,
  );
}

/** Adds the rows of a file. */
async function takeIn(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly HeldColumn[],
  { file, longestRow }: CsvFile,
): Promise<void> {
  const fields = fieldsOf(columns);
  const lineBytes = Math.max(USUAL_ROW_BYTES, longestRow);
  if (longestRow > USUAL_ROW_BYTES) {
    const bytes = MEMORY_BYTES + 2 * ROWS_IN_BUFFER * longestRow;
    await connection.run(`SET GLOBAL memory_limit = '${Math.ceil(bytes / 1024)}KiB'`);
  }
  const types = fields.map(({ name }) => `${literal(name)}: 'VARCHAR'`).join(", ");
  await connection.run(
    `INSERT INTO ${relation} SELECT ${fields.map(({ value }) => value).join(", ")}
     FROM read_csv(${literal(file)}, columns = {${types}}, header = false, auto_detect = false, delim = ',',
       quote = '"', escape = '"', nullstr = '\\N', allow_quoted_nulls = false, parallel = false,
       max_line_size = ${lineBytes}, buffer_size = ${ROWS_IN_BUFFER * lineBytes})`,
  );
  await rm(file);
}

/** Each partition has a batch folder. */
async function partsOf(connection: DuckDBConnection, relation: string): Promise<ExportPart[]> {
  const partitions = await query(
    connection,
    `SELECT DISTINCT ${PARTITION} AS id FROM ${relation} ORDER BY CAST(${PARTITION} AS BIGINT)`,
  );
  const parts = partitions.map(({ id }, index) => {
    return { batch: index + 1, part: 0, where: `${PARTITION} = ${literal(String(id))}` };
  });
  return parts.length > 0 ? parts : [{ batch: 1, part: 0, where: "TRUE" }];
}

/** A copy of a server's tables on this machine, in which days go by. */
export class CopiedDatabase implements SourceDatabase {
  private days = 0;
  private snapshots = 0;

  private constructor(
    public readonly engine: Engine,
    public readonly name: string,
    private readonly folder: string,
    private readonly duckDb: DuckDBInstance,
    private readonly reader: DuckDBConnection,
    private readonly tables: readonly CopiedTable[],
    /** What of the database was left out because it touches no table that is exported, one sentence each. */
    public readonly leftOut: readonly string[],
    /** Tables of a script that could not be made. */
    public readonly refused: readonly RefusedTable[],
  ) {}

  /**
   * Copies tables out of a session, one after the other. Whatever ends it leaves nothing behind.
   * @throws SourceError
   */
  static async copy(
    session: Pick<ServerSession, "copyRows">,
    { engine, database }: Pick<Catalog, "engine" | "database">,
    tables: readonly CatalogTable[],
    { limitRows, onTable, leftOut = [], refused = [] }: CopyRequest = {},
  ): Promise<CopiedDatabase> {
    const folder = await mkdtemp(join(tmpdir(), "aurora-to-bigquery-"));
    let duckDb: DuckDBInstance | undefined;
    try {
      duckDb = await openDuckDb(join(folder, "copy.duckdb"), MEMORY_BYTES);
      const connection = await duckDb.connect();
      const copied: CopiedTable[] = [];
      for (const [index, table] of tables.entries()) {
        onTable?.(table);
        const columns = table.columns.map((it, number) => ({ ...it, heldAs: `column_${number}` }));
        const relation = `table_${index}`;
        const fields = fieldsOf(columns).map(({ name, held }) => `${name} ${held}`);
        await connection.run(`CREATE TABLE ${relation} (${fields.join(", ")})`);
        const files = new CsvFiles(join(folder, relation), async (csv) => {
          checkRowBytes(table, csv);
          await takeIn(connection, relation, columns, csv);
        });
        try {
          await session.copyRows(table, files, limitRows === undefined ? {} : { limitRows });
          await files.close();
        } catch (error) {
          await files.abandon();
          throw error;
        }
        const parts = await partsOf(connection, relation);
        const { source, skipped } = table;
        copied.push({
          held: { source, columns, relation, parts, ...(skipped && { skipped }) },
          rows: files.rows,
        });
      }
      return new CopiedDatabase(
        engine,
        database,
        folder,
        duckDb,
        await duckDb.connect(),
        copied,
        leftOut,
        refused,
      );
    } catch (error) {
      // A file that is open keeps its room on the disk.
      duckDb?.closeSync();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Every table that has more than one row loses its first one, so that whatever is stale shows and nothing runs empty. */
  liveThrough(_day: number): Promise<string[]> {
    this.days += 1;
    const losing = this.tables.filter(({ rows }) => rows > this.days).length;
    const where = losing === 1 ? "in one table" : `in each of ${losing} tables`;
    return Promise.resolve([`one row deleted ${where}`]);
  }

  snapshot(): Promise<Snapshot> {
    const tables = this.tables.map(({ held, rows }) => {
      const lost = Math.min(this.days, Math.max(rows - 1, 0));
      if (lost === 0) return held;
      return { ...held, relation: `(SELECT * FROM ${held.relation} WHERE rowid >= ${lost})` };
    });
    const seed = `${this.name}/snapshot_${++this.snapshots}`;
    return Promise.resolve(new HeldSnapshot(this.reader, tables, seed, () => Promise.resolve()));
  }

  async close(): Promise<void> {
    this.reader.closeSync();
    this.duckDb.closeSync();
    await rm(this.folder, { recursive: true, force: true });
  }
}
