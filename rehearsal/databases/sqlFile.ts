import { constants } from "node:buffer";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { own } from "../../contract/own";

/** A fault of the SQL file that a person gave: it is theirs to mend, and the message says how. */
export class SqlFileError extends Error {
  public override readonly name: string = "SqlFileError";
}

/** The file was taken for a PostgreSQL script, and is one of MySQL. */
export class MySqlScriptError extends SqlFileError {}

/** A fault at a line of the file, counted from 1. */
export function faultAt(file: string, line: number, message: string): SqlFileError {
  return new SqlFileError(`${file}, line ${line}: ${message}`);
}

/** What a file that is no text script begins with. */
const OTHER_FORMATS: readonly { readonly start: string; readonly remedy: string }[] = [
  { start: "PGDMP", remedy: "is a pg_dump archive; make a script of it with `pg_restore --file=script.sql`" },
  { start: "\x1f\x8b", remedy: "is compressed; unpack it with `gunzip` first" },
  { start: "PK\x03\x04", remedy: "is a zip archive; unpack it first" },
  { start: "{", remedy: "is JSON, and no SQL" },
  { start: "[", remedy: "is JSON, and no SQL" },
  { start: "<", remedy: "is HTML or XML, and no SQL" },
  { start: "\xff\xfe", remedy: "is in UTF-16; save it as UTF-8" },
  { start: "\xfe\xff", remedy: "is in UTF-16; save it as UTF-8" },
];

function decode(file: string, bytes: Buffer): string {
  const start = bytes.subarray(0, 8).toString("latin1");
  const other = OTHER_FORMATS.find((it) => start.startsWith(it.start));
  if (other !== undefined) throw new SqlFileError(`${file} ${other.remedy}`);
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new SqlFileError(`${file} is too large for a rehearsal; dump fewer tables, or fewer rows`);
  }
  if (bytes.includes(0)) throw new SqlFileError(`${file} holds zero bytes, so it is no text in UTF-8`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const remedy = "save it as UTF-8, or dump it with `pg_dump --encoding=UTF8`";
    throw new SqlFileError(`${file} is not in UTF-8; ${remedy}`, { cause });
  }
}

/**
 * Reads a script in UTF-8, with or without a byte order mark.
 * @throws SqlFileError where the file cannot be read, is empty or is no such text
 */
export async function readSqlFile(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const reasons: Record<string, string> = { ENOENT: "does not exist", EISDIR: "is a folder" };
    const reason = own(reasons, cause.code ?? "") ?? `cannot be read (${cause.code ?? cause.message})`;
    throw new SqlFileError(`${file} ${reason}; expected a script for PostgreSQL or MySQL`, { cause });
  });
  const text = decode(file, bytes);
  if (text.trim() === "")
    throw new SqlFileError(`${file} is empty; expected a script for PostgreSQL or MySQL`);
  return text;
}

/** Name of a database whose script gives it none: that of the file, in letters, digits and `_`. */
export function databaseNameOf(file: string): string {
  return basename(file, extname(file)).replace(/[^A-Za-z0-9_]/g, "_");
}
