import { execFileSync } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program of a database server is not on this machine; the message says which package has it. */
export class ServerMissingError extends Error {
  public override readonly name = "ServerMissingError";
}

/** Where a program may be: the folders of `PATH`, and those in which Debian keeps servers. */
export function programFolders(): string[] {
  const versions = "/usr/lib/postgresql";
  let found: string[] = [];
  try {
    found = readdirSync(versions);
  } catch {
    // No package of PostgreSQL's server is there.
  }
  // The newest first.
  const newest = found.sort((a, b) => Number(b) - Number(a)).map((it) => join(versions, it, "bin"));
  return [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...newest, "/usr/sbin"];
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Path of the first program of these names that is there.
 * @throws ServerMissingError if there is none, naming `server` and the Debian package that has it
 */
export function findProgram(
  names: readonly string[],
  folders: readonly string[],
  server: string,
  package_: string,
): string {
  const file = names.flatMap((name) => folders.map((it) => join(it, name))).find(isProgram);
  if (file !== undefined) return file;
  throw new ServerMissingError(
    `no ${server} server is on this machine: ${names.join(" or ")} is neither on the PATH nor where Debian has it; install it with \`sudo apt-get install ${package_}\``,
  );
}

/** Whom a server runs as; undefined for whoever runs this process. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Both servers refuse to run as root: there they run as the account that their package made.
 * @throws ServerMissingError where there is no such account
 */
export function unprivileged(account: string, package_: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (option: string) =>
    Number(execFileSync("id", [option, account], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  try {
    return { uid: idOf("-u"), gid: idOf("-g") };
  } catch (cause) {
    throw new ServerMissingError(
      `a database server does not run as root, and there is no account ${account} for it; \`apt-get install ${package_}\` makes it`,
      { cause },
    );
  }
}
