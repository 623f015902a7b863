import type { SourceTable } from "../../contract/layout";
import { nearest } from "../../settings/faults";
import { openPostgres } from "../databases/postgres";
import { configName, type LeftOutTable, type ScriptTables, sortOut } from "../databases/scriptTables";
import { MySqlScriptError, SqlFileError } from "../databases/sqlFile";
import { type CatalogTable, exportedOnce } from "./catalog";
import { CopiedDatabase } from "./copiedDatabase";
import { runMySqlScript } from "./mySqlScript";
import { openSession, type SessionOptions } from "./openSession";
import { SourceError } from "./sourceError";
import { nameOf } from "./sourceFaults";
import { parseSourceUrl } from "./sourceUrl";

/** The database that a person rehearses with, in place of the sample: one of a server, or of a script. */
export interface OwnDatabase extends SessionOptions {
  /** URL of a server's database (`parseSourceUrl`). */
  readonly source?: string;
  /** Path of a script for PostgreSQL or MySQL. */
  readonly sql?: string;
  /** Tables of a server as a stack file names them, `users` or `sales.orders`; all if left out or empty. */
  readonly tables?: readonly string[];
  /** Rows that are taken of each of a server's tables; all if left out. */
  readonly limitRows?: number;
  /** Called before each of a server's tables is copied. */
  readonly onTable?: (table: SourceTable) => void;
}

/** A person's database, opened, and what becomes of its tables. */
export interface OpenedDatabase {
  readonly source: CopiedDatabase;
  readonly tables: ScriptTables;
}

/** @throws SourceError for a name that no table has */
function chosen(
  tables: readonly CatalogTable[],
  names: readonly string[],
  shown: string,
): readonly CatalogTable[] {
  const known = new Map(tables.map((it) => [configName(it.source), it]));
  const unknown = names.find((it) => !known.has(it));
  if (unknown !== undefined) {
    const meant = nearest(unknown, [...known.keys()]);
    throw new SourceError(
      `${shown} has no table \`--table ${unknown}\`${meant === undefined ? "." : `: do you mean ${meant}?`}`,
    );
  }
  return names.length === 0 ? tables : tables.filter((it) => names.includes(configName(it.source)));
}

function checkReadable(
  tables: readonly CatalogTable[],
  { user, shown }: { user: string; shown: string },
): void {
  const closed = tables.filter(({ readable }) => !readable).map(({ source }) => nameOf(source));
  if (closed.length === 0) return;
  throw new SourceError(
    `User ${user} may not read ${closed.join(", ")} of ${shown}: grant it SELECT there (and USAGE on the schema), or name others with \`--table\`.`,
  );
}

async function openServer(url: string, options: OwnDatabase): Promise<CopiedDatabase> {
  const { tables: names = [], limitRows, onTable } = options;
  const address = parseSourceUrl(url, options.environment);
  const session = await openSession(url, options);
  try {
    const catalog = await session.catalog();
    const all = exportedOnce(catalog.tables);
    if (all.length === 0)
      throw new SourceError(`${address.shown} has no table that user ${address.user} may see.`);
    const tables = chosen(all, names, address.shown);
    checkReadable(tables, address);
    return await CopiedDatabase.copy(session, catalog, tables, {
      leftOut: catalog.leftOut,
      ...(limitRows !== undefined && { limitRows }),
      ...(onTable && { onTable: ({ source }: CatalogTable) => onTable(source) }),
    });
  } finally {
    await session.close();
  }
}

/** PostgreSQL is in here; what turns out to be of MySQL is run on a server of this machine. */
async function openScriptFile(file: string, options: OwnDatabase): Promise<CopiedDatabase> {
  try {
    return await openPostgres(file);
  } catch (error) {
    if (!(error instanceof MySqlScriptError)) throw error;
  }
  const { url, server } = await runMySqlScript(file);
  return openServer(url, { ...options, environment: {} }).finally(() => server.stop());
}

async function tablesOf(source: CopiedDatabase, origin: string): Promise<ScriptTables> {
  const snapshot = await source.snapshot();
  const { taken, leftOut } = sortOut(source.engine, snapshot.tables);
  const refused = source.refused.map(({ schema, table, reason }): LeftOutTable => {
    const remark = `not rehearsed, since the PostgreSQL in here cannot make it: ${reason}`;
    return { source: { database: source.name, schema, table }, remark };
  });
  const all = { taken, leftOut: [...leftOut, ...refused] };
  if (taken.length > 0) return all;
  const reasons = all.leftOut.map((it) => `- ${nameOf(it.source)}: ${it.remark}`);
  throw new SqlFileError([`${origin} has no table that can be loaded:`, ...reasons].join("\n"));
}

/**
 * Copies a person's database, and sorts out what a stack can load of it.
 * @throws SourceError, SqlFileError where it cannot be read, or none of its tables can be loaded
 */
export async function openOwnDatabase(options: OwnDatabase): Promise<OpenedDatabase> {
  const { source: url, sql = "" } = options;
  const source = url === undefined ? await openScriptFile(sql, options) : await openServer(url, options);
  try {
    return { source, tables: await tablesOf(source, url === undefined ? sql : parseSourceUrl(url).shown) };
  } catch (error) {
    await source.close();
    throw error;
  }
}
