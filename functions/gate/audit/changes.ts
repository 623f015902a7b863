import type { ColumnsRecord, ExportedColumn } from "../../../contract/exportColumns";
import { type SourceTable, tableFolder } from "../../../contract/layout";
import type { Slot } from "../../../contract/slot";
import type { ListedTable, TableList } from "../../../contract/tableList";
import { type Audit, type AuditedTable, isTrouble } from "./audit";

/** A column that has come (no `before`), gone (no `now`), or changed its type: one of the two is there. */
export interface ColumnChange {
  readonly before?: ExportedColumn;
  readonly now?: ExportedColumn;
}

/** A table whose columns have changed. */
export interface ChangedTable {
  readonly table: ListedTable;
  readonly columns: readonly ColumnChange[];
}

/** What has changed in Aurora since the exports before. */
export interface Changes {
  readonly changed: readonly ChangedTable[];
  /** Tables with rows that the stack does not load, and that are in no export before. */
  readonly added: readonly SourceTable[];
  /** Tables of the stack that were in an export before, and are not in Aurora any more. */
  readonly gone: readonly ListedTable[];
  /** Tables that are loaded, and of whose columns RDS says nothing: in the first such export since it has. */
  readonly undescribed: readonly ListedTable[];
}

/** A record of an export before, as it was read: an older one may say less. */
export type EarlierColumns = Partial<ColumnsRecord>;

/** True if both say what a type is, and do not say the same. */
export function isOtherType(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

/** What has become of a table's columns: those that are gone or another in their order before, then the new ones. */
export function changesOf(
  before: readonly ExportedColumn[],
  now: readonly ExportedColumn[],
): readonly ColumnChange[] {
  const [old, present] = [before, now].map((all) => new Map(all.map((it) => [it.name, it])));
  const lostOrOther = before.flatMap((column): ColumnChange[] => {
    const same = present?.get(column.name);
    if (same === undefined) return [{ before: column }];
    const retyped =
      isOtherType(column.sourceType, same.sourceType) || isOtherType(column.exportedType, same.exportedType);
    return retyped ? [{ before: column, now: same }] : [];
  });
  const added = now.filter(({ name }) => old?.has(name) !== true);
  return [...lostOrOther, ...added.map((column) => ({ now: column }))];
}

/** A table whose columns are known, and that is loaded: of one in trouble RDS may have listed a part. */
interface KnownColumns extends AuditedTable {
  readonly columns: readonly ExportedColumn[];
}

function knownColumns({ tables }: Audit): KnownColumns[] {
  return tables.filter((it): it is KnownColumns => it.columns !== undefined && !isTrouble(it));
}

/** True for a table of which RDS says nothing any more, and that was there before. */
export function isGone({ state, detail, lastGood }: AuditedTable): boolean {
  return state === "missing" && detail === undefined && lastGood !== undefined;
}

/** True for a table with rows of whose columns RDS says nothing. */
export function isUndescribed({ state, columns }: AuditedTable): boolean {
  return state === "whole" && columns === undefined;
}

/**
 * Compares an export with those before it: each table with the newest one that knows its columns. Against none before
 * nothing has changed, but columns may be unknown.
 * @param earlier records of the exports before, the latest first; only as many are read as are needed
 * @returns what has changed, and what is to be kept of this export
 */
export async function compareWithEarlier(
  slot: Slot,
  { engine, tables: listed }: TableList,
  audit: Audit,
  earlier: AsyncIterable<EarlierColumns>,
): Promise<{ readonly changes: Changes; readonly record: ColumnsRecord }> {
  const known = knownColumns(audit);
  const before = new Map<string, readonly ExportedColumn[]>();
  let newest: EarlierColumns | undefined;
  for await (const record of earlier) {
    newest ??= record;
    const tables = new Map(Object.entries(record.tables ?? {}));
    for (const { folder } of known) {
      const columns = before.get(folder) ?? tables.get(folder);
      if (columns !== undefined) before.set(folder, columns);
    }
    if (before.size === known.length) break;
  }
  const gone = audit.tables.filter(isGone);
  const unknown = audit.unknownTables.map((table) => ({ table, folder: tableFolder(engine, table) }));
  const goneBefore = new Set(newest?.goneTables);
  const knownBefore = new Set(newest?.knownTables);
  const undescribed = audit.tables.filter(isUndescribed);
  const undescribedBefore = new Set(newest?.undescribedTables);
  const described = new Set(known.map(({ folder }) => folder));
  const changed = known.map(({ table, folder, columns }) => ({
    table,
    columns: changesOf(before.get(folder) ?? columns, columns),
  }));
  return {
    changes: {
      changed: changed.filter(({ columns }) => columns.length > 0),
      added: newest ? unknown.filter(({ folder }) => !knownBefore.has(folder)).map(({ table }) => table) : [],
      gone: newest ? gone.filter(({ folder }) => !goneBefore.has(folder)).map(({ table }) => table) : [],
      undescribed: undescribed
        .filter(({ folder }) => !undescribedBefore.has(folder))
        .map(({ table }) => table),
    },
    record: {
      slot,
      tables: Object.fromEntries(known.map(({ folder, columns }) => [folder, columns])),
      knownTables: [
        ...new Set([
          ...knownBefore,
          ...listed.map((table) => tableFolder(engine, table)),
          ...unknown.map(({ folder }) => folder),
        ]),
      ],
      goneTables: gone.map(({ folder }) => folder),
      // One that is in trouble, or has no row, is as it was before.
      undescribedTables: audit.tables
        .filter((it) => isUndescribed(it) || (undescribedBefore.has(it.folder) && !described.has(it.folder)))
        .map(({ folder }) => folder),
    },
  };
}
