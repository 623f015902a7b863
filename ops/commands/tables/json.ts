import { snapshotName } from "../../../contract/snapshots";
import { stackFileLines } from "../../../contract/stackFileLines";
import type { AuditedTable } from "../../../functions/gate/audit/audit";
import { columnsOnTheirWay } from "./columnTypes";
import { type Look, listedTables, rowsOf, tableName } from "./look";

/** A look as programs read it. */
export function lookJson(look: Look, shown: readonly AuditedTable[], withColumns: boolean): object {
  const { task, slot, audit, changes, added, gone, troubled, settings } = look;
  const listed = listedTables(settings);
  return {
    export: task.ExportTaskIdentifier,
    slot,
    snapshot: task.SourceArn && snapshotName(task.SourceArn),
    snapshotTime: task.SnapshotTime?.toISOString(),
    later: look.later,
    before: audit.earlier[0],
    tables: shown.map((it) => ({
      table: tableName(it.table),
      loadedInto: `${it.table.dataset}.${it.table.destination}`,
      state: gone.includes(it) ? "gone" : it.state,
      detail: it.detail,
      shrunk: it.shrunk,
      files: it.files,
      bytes: it.bytes,
      rows: rowsOf(look, it.folder),
      needsSomebody: gone.includes(it) || troubled.includes(it),
      columns:
        withColumns && it.columns
          ? columnsOnTheirWay(settings, listed.get(tableName(it.table)) ?? {}, it.columns)
          : undefined,
    })),
    new: [
      ...added.taken.map((it) => ({ table: tableName(it), lines: stackFileLines([it]) })),
      ...added.refused.map(({ table, reason }) => ({ table: tableName(table), refused: reason })),
    ],
    changed: changes.changed.map(({ table, columns }) => ({ table: tableName(table), columns })),
    warnings: audit.warnings,
    notDeployed: look.notDeployed,
    notListed: look.notListed,
    ok: look.ok,
  };
}
