import { tmpdir } from "node:os";

/** Codes of the system where a file cannot be written. */
const CODES: readonly unknown[] = ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOTDIR"];

/** DuckDB's words for the same. */
const DUCKDB_WORDS = /(?:could not write|cannot open) file .*|no space left on device.*/i;

/**
 * What to say of an error where a file cannot be written or the disk is full; undefined for any other.
 * Source: Node documentation, "Common system errors".
 */
export function diskFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isSystems = CODES.includes(code) || (code === "ENOENT" && syscall === "mkdtemp");
  const reason = isSystems ? error.message : DUCKDB_WORDS.exec(error.message)?.[0];
  if (reason === undefined) return undefined;
  return `${reason}\nA rehearsal keeps its files in ${tmpdir()}, or where TMPDIR says, and at the end in .rehearsal beside Pulumi.yaml: make room there, or make it writable.`;
}
