import { type Extensions, PGlite } from "@electric-sql/pglite";
import { type Catalog, type CatalogTable, exportedOnce } from "../servers/catalog";
import { CopiedDatabase } from "../servers/copiedDatabase";
import type { CsvFiles } from "../servers/csvFile";
import { CSV_OPTIONS, postgresCatalog, rowsAsCsv } from "../servers/postgresCatalog";
import type { CopyOptions, ServerSession } from "../servers/session";
import { postgresExtensions } from "./postgresExtensions";
import { runScript } from "./postgresScript";
import { databaseNameOf, readSqlFile, SqlFileError } from "./sqlFile";

/** A PostgreSQL in this process as a server's session. */
class EmbeddedSession implements ServerSession {
  constructor(
    private readonly postgres: PGlite,
    private readonly database: string,
  ) {}

  async catalog(): Promise<Catalog> {
    const ask = async <T>(sql: string) => (await this.postgres.query<T>(sql)).rows;
    return postgresCatalog(ask, "PGlite", this.database);
  }

  async copyRows(table: CatalogTable, files: CsvFiles, { limitRows }: CopyOptions = {}): Promise<void> {
    const { blob } = await this.postgres.query(`${rowsAsCsv(table, limitRows)} '/dev/blob' ${CSV_OPTIONS}`);
    await files.add(new Uint8Array((await blob?.arrayBuffer()) ?? []));
  }

  close(): Promise<void> {
    return this.postgres.close();
  }
}

async function startPostgres(script: string): Promise<PGlite> {
  const extensions: Extensions = await postgresExtensions(script);
  return PGlite.create({ extensions });
}

/**
 * Makes a database in memory from a PostgreSQL script: one that people write, or that `pg_dump` does.
 * @throws SqlFileError where the script cannot be read or run, or makes no table
 */
export async function openPostgres(sqlFile: string): Promise<CopiedDatabase> {
  return openScript(await readSqlFile(sqlFile), sqlFile, databaseNameOf(sqlFile));
}

/**
 * Makes a database in memory from the text of a script.
 * @param origin what messages call the script
 * @param name the database's name where the script gives none
 * @throws SqlFileError where the script cannot be run, or makes no table
 */
export async function openScript(script: string, origin: string, name: string): Promise<CopiedDatabase> {
  const postgres = await startPostgres(script);
  try {
    const { database = name, leftOut, refused } = await runScript(postgres, script, origin);
    // The session's settings decide how values read as text; PGlite's own are ISO dates in UTC and bytes in hex.
    await postgres.exec("DISCARD ALL");
    const session = new EmbeddedSession(postgres, database);
    const catalog = await session.catalog();
    if (catalog.tables.length + refused.length === 0)
      throw new SqlFileError(`${origin} makes no table; expected a script that does`);
    return await CopiedDatabase.copy(session, catalog, exportedOnce(catalog.tables), {
      leftOut: [...leftOut, ...catalog.leftOut],
      refused,
    });
  } finally {
    await postgres.close();
  }
}
