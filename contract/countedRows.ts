import { reportFolder } from "./reportRecords";
import type { Slot } from "./slot";

/** What has been counted of a table's files in an export. */
export interface CountedRows {
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  /** True if no file is left to be counted. */
  readonly complete: boolean;
  /** Times in a row that it could not be counted, and why the last one. */
  readonly failures?: number;
  readonly cause?: string;
}

/** What the loader keeps of the rows of an export, by folders of tables: `shop/shop.users`. */
export interface RowsOfExport {
  readonly slot: Slot;
  readonly tables: Readonly<Record<string, CountedRows>>;
}

export function countedRowsKey(prefix: string, slot: Slot): string {
  return `${reportFolder(prefix)}/rows/${slot}.json`;
}
