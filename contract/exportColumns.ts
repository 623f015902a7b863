import { reportFolder } from "./reportRecords";
import type { Slot } from "./slot";

/** A column of an exported table, as RDS's sidecar describes it; what it does not say is left out. */
export interface ExportedColumn {
  readonly name: string;
  /** Type in Aurora, in RDS's words: `character varying`, `decimal`. */
  readonly sourceType?: string;
  /** Type in the Parquet files, in RDS's words: `binary (UTF8)`, `int64`. */
  readonly exportedType?: string;
}

/** What the gate keeps of the columns of an export. */
export interface ColumnsOfExport {
  readonly slot: Slot;
  /** Columns in their order by the tables' folders, `shop/shop.users`; a table of which the sidecar says nothing is left out. */
  readonly tables: Readonly<Record<string, readonly ExportedColumn[]>>;
}

/** The whole record: what the gate alone reads of it, to tell of what has come or gone once. Folders as in `tables`. */
export interface ColumnsRecord extends ColumnsOfExport {
  /** Tables that are no news: of the stack, whatever became of them, or with rows in this export or an earlier one. */
  readonly knownTables: readonly string[];
  /** Tables of the stack that are gone from Aurora. */
  readonly goneTables: readonly string[];
  /** Loaded tables of whose columns no sidecar says anything, or none has since people were told so. */
  readonly undescribedTables: readonly string[];
}

/** Folder of these records, with the slash behind. */
export function exportColumnsFolder(prefix: string): string {
  return `${reportFolder(prefix)}/columns/`;
}

export function exportColumnsKey(prefix: string, slot: Slot): string {
  return `${exportColumnsFolder(prefix)}${slot}.json`;
}
