import { type DuckDBConnection, DuckDBInstance, type Json } from "@duckdb/node-api";

/** A row as plain values: 64-bit integers and decimals come as text. */
export type Row = Record<string, Json>;

/**
 * Opens a DuckDB file, or `:memory:`. Extensions are never downloaded: what is built in must do.
 * @param memoryBytes what it may hold in memory; most of the machine's if left out
 */
export function openDuckDb(file: string, memoryBytes?: number): Promise<DuckDBInstance> {
  return DuckDBInstance.create(file, {
    ...(memoryBytes !== undefined && limitedTo(memoryBytes)),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
}

function limitedTo(memoryBytes: number) {
  // Whoever keeps the order of rows has to hold those that were ready too early.
  return { memory_limit: `${Math.ceil(memoryBytes / 1024)}KiB`, preserve_insertion_order: "false" };
}

/** Rows of a query. */
export async function query(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

/** Does the work on a connection of its own, wholly or not at all. */
export async function inTransaction<T>(
  instance: DuckDBInstance,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  try {
    await connection.run("BEGIN");
    const result = await work(connection);
    await connection.run("COMMIT");
    return result;
  } finally {
    // Closing rolls back what is not committed.
    connection.closeSync();
  }
}

/** A name as SQL: `"order ""items"""`. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL: `'it''s'`. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Paths as an SQL list for DuckDB's readers, which take `*`, `?` and `[` for wildcards unless they are in brackets. */
export function pathList(paths: readonly string[]): string {
  return `[${paths.map((path) => literal(path.replace(/[*?[]/g, "[$&]"))).join(", ")}]`;
}
