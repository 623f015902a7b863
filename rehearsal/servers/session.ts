import type { Catalog, CatalogTable } from "./catalog";

/** What copies a session's rows of a table. */
export interface CopyOptions {
  /** No more rows than these; all if left out. */
  readonly limitRows?: number;
}

/** Rows of a table in a file: CSV without a header, every value in quotes, `\N` for NULL. */
export interface CsvFile {
  readonly rows: number;
  /** Bytes of the longest row. */
  readonly longestRow: number;
}

/** A read-only session on one database of a server, in one transaction: all it reads is of one instant. */
export interface ServerSession {
  /** Looks at no row. @throws SourceError */
  catalog(): Promise<Catalog>;
  /**
   * Writes rows into a new file. The first column says which partition a row is of; then follow those columns of the
   * table that are exported, in its order: text as the server has it, bytes in hex (`csvColumns.ts`).
   * @throws SourceError
   */
  copyRows(table: CatalogTable, file: string, options?: CopyOptions): Promise<CsvFile>;
  close(): Promise<void>;
}
