import { reportFolder } from "./reportRecords";
import { isSlot, type Slot } from "./slot";

/** The last export in which a table was good, and the bytes of the table's Parquet files in it. */
export interface LastGood {
  readonly slot: Slot;
  readonly bytes: number;
}

/** A table of an opened export, as its loads need it, and the shrink guard of the exports after it. */
export interface OpenedTable {
  /** Where it is loaded to. */
  readonly dataset: string;
  readonly destination: string;
  /** Its folder in the export, as `tableFolder` gives it. */
  readonly folder: string;
  /** False where the audit has found it in trouble, or where there is none: it is loaded by a person's word alone. */
  readonly good: boolean;
  /** Parquet files of it; none of a good table means that it has no row in Aurora. */
  readonly files: number;
  /** False on days on which it is not loaded by itself. */
  readonly due: boolean;
  /** This export where the table is good; left out where no export is known. */
  readonly lastGood?: LastGood;
}

/** A table as messages and reports name it: `prod_shop.users`. */
export function nameOf({ dataset, destination }: Pick<OpenedTable, "dataset" | "destination">): string {
  return `${dataset}.${destination}`;
}

/** When an export began, and when Aurora was as it shows it. ISO 8601 in UTC; left out where RDS does not say. */
export interface ExportTimes {
  readonly snapshotTime?: string;
  readonly startTime?: string;
}

/**
 * What the gate writes down of an export when it opens it: all that the loader, which does not speak to RDS, knows of
 * it. Instants are ISO 8601 in UTC.
 */
export interface OpenedExport extends ExportTimes {
  readonly slot: Slot;
  /** Left out where RDS does not say. */
  readonly endTime?: string;
  /** From when on S3 deletes its files, one by one; left out where the bucket's rules are not the stack's. */
  readonly expires?: string;
  readonly tables: readonly OpenedTable[];
}

/** Folder of these records, with the slash behind. */
export function openedExportsFolder(prefix: string): string {
  return `${reportFolder(prefix)}/opened/`;
}

export function openedExportKey(prefix: string, slot: Slot): string {
  return `${openedExportsFolder(prefix)}${slot}.json`;
}

/** The slot of a record's key; undefined for any other key. */
export function slotOfOpenedExport(prefix: string, key: string): Slot | undefined {
  const name = key.slice(openedExportsFolder(prefix).length, -".json".length);
  return isSlot(name) && key === openedExportKey(prefix, name) ? name : undefined;
}

/** True if one export shows Aurora later than another: by its snapshot, and for the same one by its start. */
export function isNewer(one: ExportTimes, other: ExportTimes): boolean {
  const later = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && Date.parse(a) > Date.parse(b);
  const [snapshot, otherSnapshot] = [one.snapshotTime, other.snapshotTime];
  if (snapshot !== undefined && otherSnapshot !== undefined && snapshot !== otherSnapshot) {
    return later(snapshot, otherSnapshot);
  }
  return later(one.startTime, other.startTime);
}
