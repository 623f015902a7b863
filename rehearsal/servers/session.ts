import type { Catalog, CatalogTable } from "./catalog";
import type { CsvFiles } from "./csvFile";

/** What copies a session's rows of a table. */
export interface CopyOptions {
  /** No more rows than these; all if left out. */
  readonly limitRows?: number;
}

/** A read-only session on one database of a server, in one transaction: all it reads is of one instant. */
export interface ServerSession {
  /** Looks at no row. @throws SourceError */
  catalog(): Promise<Catalog>;
  /**
   * Writes rows into files: CSV without a header, every value in quotes, `\N` for NULL. The first column says which
   * partition a row is of; then follow those columns of the table that are exported, in its order: text as the server has
   * it, bytes in hex.
   * @throws SourceError
   */
  copyRows(table: CatalogTable, files: CsvFiles, options?: CopyOptions): Promise<void>;
  close(): Promise<void>;
}
