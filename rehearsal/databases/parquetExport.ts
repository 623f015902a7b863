import { createHash } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { identifier, literal, query } from "./duckDb";
import type { ExportedFile } from "./sourceDatabase";

/** A column of the files: SQL whose DuckDB type is written as the Parquet type wanted. */
export interface ParquetColumn {
  readonly name: string;
  readonly value: string;
}

/** One file of a table, and the rows that go into it. */
export interface ExportPart {
  /** Batch folder, from 1. */
  readonly batch: number;
  /** Number in the file's name. RDS leaves gaps: a range of keys without rows makes no file. */
  readonly part: number;
  /** SQL condition that picks the rows. */
  readonly where: string;
}

/** RDS marks each finished batch folder with an empty object of this name. */
const SUCCESS_MARKER = "_SUCCESS";

/** The random UUID of RDS's file names, here the same in every run of the program. */
function uuidOf(seed: string): string {
  const hex = createHash("sha256").update(seed).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

/**
 * Writes a table as RDS lays it out below the table's folder: `<batch>/part-<number>-<uuid>-c000.gz.parquet`, gzip
 * inside, and a `_SUCCESS` in each batch folder; a table without rows has the marker only.
 * Source: Aurora User Guide, "Considerations for DB cluster snapshot exports", File naming convention.
 * @param parts must not be empty; those without rows make no file
 * @param seed tells the files of one export from those of another
 */
export async function writeParquet(
  connection: DuckDBConnection,
  args: {
    relation: string;
    columns: readonly ParquetColumn[];
    parts: readonly ExportPart[];
    folder: string;
    seed: string;
  },
): Promise<ExportedFile[]> {
  const select = args.columns.map(({ name, value }) => `${value} AS ${identifier(name)}`).join(", ");
  const files: ExportedFile[] = [];
  for (const batch of new Set(args.parts.map((it) => it.batch))) {
    await mkdir(join(args.folder, String(batch)), { recursive: true });
    for (const { part, where } of args.parts.filter((it) => it.batch === batch)) {
      const rows = `FROM ${args.relation} WHERE ${where}`;
      if ((await query(connection, `SELECT 1 ${rows} LIMIT 1`)).length === 0) continue;
      const number = String(part).padStart(5, "0");
      const path = `${batch}/part-${number}-${uuidOf(`${args.seed}/${batch}`)}-c000.gz.parquet`;
      const file = join(args.folder, path);
      await query(
        connection,
        `COPY (SELECT ${select} ${rows}) TO ${literal(file)} (FORMAT parquet, CODEC gzip)`,
      );
      files.push({ path, bytes: (await stat(file)).size });
    }
    await writeFile(join(args.folder, String(batch), SUCCESS_MARKER), "");
    files.push({ path: `${batch}/${SUCCESS_MARKER}`, bytes: 0 });
  }
  return files;
}
