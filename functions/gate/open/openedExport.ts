import { tableFolder } from "../../../contract/layout";
import { isSuperseded as isSlotSuperseded, writeOpenedExport } from "../../reports/openedExports";
import { type Audit, type AuditedTable, isTrouble } from "../audit/audit";
import type { Gate } from "../gate";
import type { GatePorts } from "../ports";
import { type KnownTask, slotOf, timesOf } from "../tasks";
import { expiryOf, isDue } from "../times";

/** True if a newer export was opened: its rows must not give way to older ones. */
export async function isSuperseded({ environment, ports }: Gate, task: KnownTask): Promise<boolean> {
  const slot = slotOf(environment, task);
  return isSlotSuperseded(ports.objects, environment.taskPrefix, slot, timesOf(task));
}

/** A table of which an audit may have said nothing. */
type Found = Pick<AuditedTable, "table" | "state" | "files"> & Partial<AuditedTable>;

/**
 * Writes down what the loader has to know of an export that is open.
 * @param audited undefined where a person has it loaded though nobody can audit it
 */
export async function writeDown(
  { environment, ports }: Pick<Gate, "environment"> & { readonly ports: Pick<GatePorts, "objects"> },
  task: KnownTask,
  audited: Audit | undefined,
): Promise<void> {
  const slot = slotOf(environment, task);
  const tables = environment.tables.tables.filter(({ enabled }) => enabled);
  const found: readonly Found[] =
    audited?.tables ?? tables.map((table) => ({ table, state: "whole", files: 1 }));
  await writeOpenedExport(ports.objects, environment.taskPrefix, {
    slot,
    ...timesOf(task),
    endTime: task.TaskEndTime?.toISOString(),
    expires: expiryOf(environment, task)?.toISOString(),
    tables: found.map((it) => ({
      dataset: it.table.dataset,
      destination: it.table.destination,
      folder: tableFolder(environment.tables.engine, it.table),
      // Of what nobody can audit nobody knows that it is.
      good: audited !== undefined && !isTrouble(it),
      files: it.files,
      due: isDue(environment, it.table, slot),
      lastGood: isTrouble(it) || it.bytes === undefined ? it.lastGood : { slot, bytes: it.bytes },
    })),
  });
}
