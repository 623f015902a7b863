// What some tests need and not every `npm ci` brings: made once, and kept outside of the checkout.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const TOLD_LINES = 20;

/** Where something is, or in a sentence why it is not there. */
export type Found = { readonly path: string } | { readonly missing: string };

/** Folder of what is made once: `ENGINE_CACHE`, by default in the user's cache. */
function cacheFolder(): string {
  const { ENGINE_CACHE: own, XDG_CACHE_HOME: users } = process.env;
  return own ? path.resolve(own) : path.join(users || path.join(homedir(), ".cache"), "aurora-to-bigquery");
}

/**
 * A folder of the cache that holds a file. Where it is not there it is made beside its place, and moved there in one
 * step when it is whole: others may make it at the same time.
 * @returns the file's path
 */
export async function madeOnce(
  name: string,
  file: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const target = path.join(cacheFolder(), name);
  const made = path.join(target, file);
  if (existsSync(made)) return made;
  mkdirSync(cacheFolder(), { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  try {
    await make(folder);
    if (!existsSync(made)) {
      rmSync(target, { recursive: true, force: true });
      renameSync(folder, target);
    }
    return made;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Tests that are left out are not to be missed. */
export function sayAloud(what: string, why: string): void {
  console.error(`\n==== ${what} ====\n${why}\n`);
}

/** The end of what a command said, where its reason stands. */
export function lastLines(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = "stderr" in error ? String(error.stderr).trim() : "";
  return (said || error.message).split("\n").slice(-TOLD_LINES).join("\n");
}
