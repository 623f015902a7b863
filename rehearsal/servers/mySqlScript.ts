import { databaseNameOf, readSqlFile, SqlFileError } from "../databases/sqlFile";
import { type LocalServer, ServerMissingError, startMySql } from "./localServer";

/** The database that a script makes or goes on in, of a statement of its own. */
const NAMED =
  /^\s*(?:CREATE\s+(?:DATABASE|SCHEMA)\s+(?:\/\*!\d+\s+)?(?:IF\s+NOT\s+EXISTS\s*)?(?:\*\/\s*)?|USE\s+)(?:`((?:[^`]|``)+)`|([\w$]+))/gim;

/** A MySQL script that runs on a server of its own, until it is stopped. */
export interface RunScript {
  /** URL of the database that it made. */
  readonly url: string;
  readonly server: LocalServer;
}

function databaseOf(script: string, file: string): { readonly name: string; readonly isNamed: boolean } {
  const names = new Set(
    [...script.matchAll(NAMED)].map(([, quoted, plain]) => quoted?.replaceAll("``", "`") ?? plain ?? ""),
  );
  const [name] = names;
  if (name === undefined) return { name: databaseNameOf(file), isNamed: false };
  if (names.size === 1) return { name, isNamed: true };
  throw new SqlFileError(
    `${file} goes over several databases, ${[...names].join(", ")}: give a script for each`,
  );
}

/**
 * Runs a MySQL script on a server that is started for it: MySQL's or MariaDB's, whichever is on this machine.
 * @param start starts the server
 * @throws SqlFileError where the script cannot be run, or there is no such server
 */
export async function runMySqlScript(
  file: string,
  start: () => Promise<LocalServer> = startMySql,
): Promise<RunScript> {
  const { name, isNamed } = databaseOf(await readSqlFile(file), file);
  const server = await start().catch((cause: Error) => {
    if (!(cause instanceof ServerMissingError)) throw cause;
    throw new SqlFileError(`${file} is a MySQL script, and ${cause.message}`, { cause });
  });
  try {
    const database = `\`${name.replaceAll("`", "``")}\``;
    if (!isNamed) await server.runScript(`CREATE DATABASE ${database}`);
    await server.runScript({ file }, isNamed ? undefined : name);
    return { url: `${server.url}/${encodeURIComponent(name)}`, server };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
