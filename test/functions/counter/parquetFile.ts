import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

/**
 * A Parquet file as DuckDB writes it.
 * @param relation SQL of what stands in it
 * @param options of DuckDB's COPY
 */
export async function parquetFile(relation: string, options = "CODEC gzip"): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "parquet-"));
  const file = join(folder, "part.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  try {
    const connection = await instance.connect();
    await connection.run(`COPY (FROM ${relation}) TO '${file}' (FORMAT parquet, ${options})`);
    connection.closeSync();
    return readFileSync(file);
  } finally {
    instance.closeSync();
    rmSync(folder, { recursive: true });
  }
}
