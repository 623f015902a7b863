import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { faultAt, SqlFileError } from "../databases/sqlFile";
import { cleanEnvironment } from "./throwAway";

/** SQL itself, or the file that it stands in. */
export type Script = string | { readonly file: string };

/** A server's own command line client. */
export interface Client {
  readonly program: string;
  readonly options: readonly string[];
  /** Finds line and message of an error in what the client complains of. */
  readonly fault: RegExp;
}

const LARGEST_COMPLAINT = 64 * 1024;

/**
 * Runs a script by a server's client, up to its first error.
 * @throws SqlFileError with the script's line, one sentence
 */
export async function runByClient(client: Client, script: Script, home: string): Promise<void> {
  const file = typeof script === "string" ? undefined : resolve(script.file);
  const name = file ?? "the script";
  const child = spawn(client.program, client.options, {
    // What a script includes stands beside it.
    cwd: file === undefined ? "/" : dirname(file),
    env: cleanEnvironment(home),
    stdio: ["pipe", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (complaint.length < LARGEST_COMPLAINT) complaint += text;
  });
  const ended = new Promise<number | null>((done, failed) => {
    child.once("error", failed).once("close", done);
  });
  const input = file === undefined ? Readable.from([script as string]) : createReadStream(file);
  let unread: NodeJS.ErrnoException | undefined;
  input.once("error", (error: NodeJS.ErrnoException) => {
    unread = error;
  });
  // A client that ends at an error does not take the rest.
  const [status] = await Promise.all([ended, pipeline(input, child.stdin).catch(() => undefined)]);
  if (unread !== undefined) {
    const reason = unread.code === "ENOENT" ? "does not exist" : `cannot be read (${unread.code})`;
    throw new SqlFileError(`${name} ${reason}; expected an SQL script`, { cause: unread });
  }
  if (status === 0) return;
  const { line, message } = client.fault.exec(complaint)?.groups ?? {};
  if (line === undefined || message === undefined) {
    throw new SqlFileError(
      `${name}: ${complaint.trim().split("\n").join(" ") || `the client ended with status ${status}`}`,
    );
  }
  throw faultAt(name, Number(line), message.trim());
}
