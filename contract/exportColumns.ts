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

export function exportColumnsKey(prefix: string, slot: Slot): string {
  return `${reportFolder(prefix)}/columns/${slot}.json`;
}
