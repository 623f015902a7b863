import type { LastGood, OpenedExport } from "../../../contract/openedExport";
import type { Slot } from "../../../contract/slot";
import type { ListedTable } from "../../../contract/tableList";
import { openedUntil } from "../../reports/openedExports";
import type { Gate } from "../gate";
import { type KnownTask, slotOf, timesOf } from "../tasks";
import { type Audit, type AuditedTable, auditExport, isPartial, isTrouble } from "./audit";

const MEBIBYTE = 1024 * 1024;

/** Bytes that a table may lose whatever share of it that is: small tables halve and double from one day to the next. */
const WORTH_SPEAKING_OF = MEBIBYTE;

/** An audit that knows what was opened before. */
export interface GuardedAudit extends Audit {
  /** Slots that were opened of earlier exports, the latest first. */
  readonly earlier: readonly Slot[];
}

/** What the audit needs of the gate; a person's command has no more. */
export interface AuditPlace {
  readonly environment: Pick<Gate["environment"], "taskPrefix" | "tables" | "shrinkGuard">;
  readonly ports: Pick<Gate["ports"], "objects">;
}

/** True if a table has lost more than a share of its bytes, and more than a size worth speaking of. */
export function hasShrunk(bytes: number, before: number, percent: number): boolean {
  const lost = before - bytes;
  return lost > WORTH_SPEAKING_OF && lost * 100 > before * percent;
}

/** `1.5 MiB of Parquet files, 90.6% less than the 16 MiB of slot 2025021706`. */
function describeShrinkage(bytes: number, before: LastGood): string {
  const oneDigit = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: 1 });
  const size = (value: number) => `${oneDigit(value / MEBIBYTE)} MiB`;
  const less = oneDigit((100 * (before.bytes - bytes)) / before.bytes);
  return `${size(bytes)} of Parquet files, ${less}% less than the ${size(before.bytes)} of slot ${before.slot}`;
}

function openedTable(opened: OpenedExport | undefined, { dataset, destination }: ListedTable) {
  return opened?.tables.find((it) => it.dataset === dataset && it.destination === destination);
}

/** True for a table of which nobody wants to hear that it has shrunk, or that is in worse trouble. */
function isLetBe(it: AuditedTable): boolean {
  const { mayShrink, mayBeEmpty } = it.table;
  return isTrouble(it) || mayShrink === true || (mayBeEmpty === true && it.state === "empty");
}

/**
 * Audits an export (`auditExport`), and compares each good table with the last export before in which it was good: one
 * that has lost most of its bytes is what an emptied or half-restored database looks like. By the stack's `shrinkGuard`
 * that is told (`shrunk`), or the table counts as in trouble.
 * @param released true where a person has said that what the guard holds is right
 * @throws AuditError as `auditExport` does
 */
export async function auditWithGuard(
  { environment, ports }: AuditPlace,
  task: KnownTask,
  released = false,
): Promise<GuardedAudit> {
  const { objects } = ports;
  const { taskPrefix, shrinkGuard } = environment;
  const audit = await auditExport(task, environment.tables, objects);
  const slot = slotOf(environment, task);
  const { own, earlier } = await openedUntil(objects, taskPrefix, slot, timesOf(task));
  const holds = shrinkGuard.action === "hold";
  // What was good when this export was opened before has been let through, as by a person.
  const isReleased = (table: ListedTable) => holds && (released || openedTable(own, table)?.good === true);
  const tables = audit.tables.map((it): AuditedTable => {
    const lastGood = earlier.map((one) => openedTable(one, it.table)?.lastGood).find(Boolean);
    if (lastGood === undefined) return it;
    const known = { ...it, lastGood };
    if (isLetBe(it) || !hasShrunk(it.bytes, lastGood.bytes, shrinkGuard.percent)) return known;
    if (isReleased(it.table)) return known;
    const shrunk = describeShrinkage(it.bytes, lastGood);
    return { ...known, shrunk, ...(holds && { state: "shrunk" }) };
  });
  const held = tables.filter((it) => it.state === "shrunk" && isPartial(it)).map(({ folder }) => folder);
  return {
    ...audit,
    tables,
    partialFolders: [...audit.partialFolders, ...held],
    earlier: earlier.map((one) => one.slot),
  };
}
