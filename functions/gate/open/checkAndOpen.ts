import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import type { Slot } from "../../../contract/slot";
import { isFault } from "../../errors";
import { reported, wasTold } from "../../reports/records";
import type { ReportKind } from "../../reports/report";
import { tell } from "../../reports/tell";
import { type Audit, isTrouble } from "../audit/audit";
import { auditWithGuard, type GuardedAudit } from "../audit/shrinkGuard";
import type { Gate, GateResult } from "../gate";
import { type KnownTask, ownerOf, slotOf } from "../tasks";
import { tellChanges } from "../tell/changed";
import { completedReport, type LoadPlan } from "../tell/completed";
import {
  incompleteReport,
  noRoomReport,
  tooLateReport,
  unknownSnapshotReport,
  unreadableReport,
} from "../tell/heldBack";
import { readerKeyReport } from "../tell/readerKey";
import { exportDuration } from "../tell/words";
import { isDailySlot, isTooLate, loadFedBy } from "../times";
import { keepColumns } from "./columns";
import { isOpen, open, waitsForRoom } from "./openExport";
import { isSuperseded, writeDown } from "./openedExport";
import { ACTIVE, keyStatus } from "./readerKey";
import { expiryFault, holdsBack } from "./refusals";

/** Records after which an export is settled: it is opened, or held back, and nothing but a person changes that. */
const SETTLED = ["completed", "incomplete", "tooLate"];

/** Record of a report that is no word of trouble. */
const CHANGED: ReportKind = "changed";

const MINUTE = 60_000;

function putMetrics({ ports }: Gate, task: KnownTask, audit: Audit): void {
  const took = exportDuration(task);
  ports.metrics.put({
    completedExports: 1,
    exportMinutes: took === undefined ? undefined : took / MINUTE,
    missingTables: audit.tables.filter(isTrouble).length,
  });
}

/** Tells people that an export cannot be audited, or why it is not even tried. */
async function tellUnreadable(gate: Gate, task: KnownTask, why: string, canBeOpened = true) {
  const slot = slotOf(gate.environment, task);
  return tell(gate, unreadableReport(gate.context, { task, slot }, why, canBeOpened), slot);
}

/**
 * Audits an export; if that cannot be done, people are told before the error goes on.
 * @returns undefined if its files are expiring, as people are told
 */
async function audit(gate: Gate, task: KnownTask): Promise<GuardedAudit | undefined> {
  const expired = expiryFault(gate, task);
  if (expired !== undefined) {
    await tellUnreadable(gate, task, expired, false);
    return undefined;
  }
  try {
    return await auditWithGuard(gate, task);
  } catch (error) {
    if (!isFault(error, "AuditError")) throw error;
    await tellUnreadable(gate, task, error.message);
    throw error;
  }
}

/** One message for each slot within five minutes; the loads themselves are started once in any case. */
async function askForLoads({ ports }: Gate, slot: Slot): Promise<void> {
  await ports.queue?.send({ load: slot }, `load-${slot}`);
}

/** Has the runs followed that the transfers' own clock starts. */
async function askToFollow({ environment, ports }: Gate, task: KnownTask): Promise<void> {
  const slot = slotOf(environment, task);
  const from = loadFedBy(environment, task)?.toISOString();
  if (from !== undefined) await ports.queue?.send({ follow: slot, from, byClock: true }, `follow-${slot}`);
}

async function planFor(gate: Gate, task: KnownTask): Promise<LoadPlan> {
  const { environment, ports } = gate;
  if (loadFedBy(environment, task) !== undefined) return "clock";
  if (await isSuperseded(gate, task)) return "superseded";
  return environment.load === ON_EXPORT_COMPLETE && ports.queue !== undefined ? "queue" : "person";
}

/** True if the transfers can read; if their access key cannot be used, people are told, once. */
async function readerKeyWorks(gate: Gate, slot: Slot): Promise<boolean> {
  const { ports, context } = gate;
  if (ports.completedExports === undefined) return true;
  const status = await keyStatus(gate, ports.completedExports);
  if (status !== ACTIVE) await tell(gate, readerKeyReport(context, slot, status), slot);
  return status === ACTIVE;
}

/** What became of an export whose snapshot may be another cluster's; undefined if it is the stack's own. */
async function withoutOwner(gate: Gate, task: KnownTask): Promise<GateResult | undefined> {
  const slot = slotOf(gate.environment, task);
  const id = task.ExportTaskIdentifier;
  switch (await ownerOf(gate, task)) {
    case "own":
      return undefined;
    case "other":
      return refuseOther(gate, task);
    case "unknown":
      await tell(gate, unknownSnapshotReport(gate.context, { task, slot }), slot);
      return { outcome: "heldBack", slot, summary: `holds ${id} back: nobody knows whose snapshot it is of` };
  }
}

/** Refuses an export of another cluster under this stack's name. */
export function refuseOther({ environment, ports }: Gate, task: KnownTask): GateResult {
  const summary =
    `refuses ${task.ExportTaskIdentifier}: it exports ${task.SourceArn}, which is not of cluster ` +
    `"${environment.clusterIdentifier}"`;
  ports.log.warn(summary);
  return { outcome: "refused", summary };
}

/** Audits, opens and reports a COMPLETE export, once. */
export async function checkAndOpen(gate: Gate, task: KnownTask, byClock: boolean): Promise<GateResult> {
  const { environment, ports, context } = gate;
  const slot = slotOf(environment, task);
  const id = task.ExportTaskIdentifier;
  const told = await reported(ports.objects, environment.taskPrefix, slot);
  if (SETTLED.some((name) => told.has(name)) && !(await isClosedAgain(gate, task, told, byClock))) {
    return settledBefore(gate, task, slot, told.has("completed") && byClock);
  }
  const refused = await withoutOwner(gate, task);
  if (refused !== undefined) return refused;
  const audited = await audit(gate, task);
  if (audited === undefined) {
    return { outcome: "unreadable", slot, summary: `${id} cannot be audited, as people were told` };
  }
  putMetrics(gate, task, audited);
  const held = holdsBack(gate, slot, audited);
  if (held !== undefined) {
    await tell(gate, incompleteReport(context, { task, slot, audit: audited }, held), slot);
    return { outcome: "heldBack", slot, summary: `holds ${id} back: ${held}` };
  }
  const isTime = () => !isTooLate(environment, task, ports.now());
  const plan = await planFor(gate, task);
  // A superseded one would take the place of one whose loads may be about to begin.
  const isToOpen = plan !== "superseded";
  const waits = isToOpen && isTime() ? await waitsForRoom(gate, slot, audited) : undefined;
  if (waits !== undefined) {
    await tell(gate, noRoomReport(context, { task, slot }, waits), slot);
    return { outcome: "heldBack", slot, summary: `holds ${id} back: ${waits}` };
  }
  const isOpened = isToOpen && isTime() && (await open(gate, slot, audited, isTime));
  // An attempt before this one may have opened it in time.
  if (isToOpen && !isOpened && !(await isOpen(gate, slot))) {
    await tell(gate, tooLateReport(context, { task, slot, audit: audited }), slot);
    return { outcome: "tooLate", slot, summary: `${id} is complete too late for its load, and stays closed` };
  }
  // Without its record the export is not settled: the clock comes back to it.
  if (isToOpen && !(await readerKeyWorks(gate, slot))) {
    return {
      outcome: "opened",
      slot,
      summary: `${id} is open, but the transfers' access key cannot be used`,
    };
  }
  if (isToOpen) await writeDown(gate, task, audited);
  if (plan === "queue") await askForLoads(gate, slot);
  if (plan === "clock") await askToFollow(gate, task);
  // After the loads, which need none of it, and before the report that settles the export.
  if (isToOpen) await tellChanges(gate, slot, await keepColumns(gate, slot, audited));
  // Read again: somebody else may have called it too late in the meantime.
  const before = await reported(ports.objects, environment.taskPrefix, slot);
  before.delete(CHANGED);
  // Where people know that its loads could not be started, only loads are the end of that.
  const troubleBefore = before.size > 0 && !awaitsLoads(before);
  const byPerson = !isDailySlot(environment, slot);
  const report = completedReport(context, { task, slot, audit: audited, plan, troubleBefore, byPerson });
  await tell(gate, report, slot);
  // Whoever closed it at the same time may not have seen that it was reported, and so left it closed.
  if (isOpened && (await isOpen(gate, slot)) === false) await open(gate, slot, audited, isTime);
  if (plan === "superseded") {
    return { outcome: plan, slot, summary: `${id} has given way to a newer export` };
  }
  const outcome = context.guarded ? "opened" : "audited";
  return {
    outcome,
    slot,
    summary: `${outcome === "opened" ? "opens" : "has audited"} ${id}: ${countOf(audited)}`,
  };
}

/** True if people were told that loads could not be started, and nothing since. */
function awaitsLoads(told: ReadonlySet<string>): boolean {
  return wasTold(told, "notLoaded") && !wasTold(told, "whole");
}

/** `13 tables`, or `12 of 13 tables` where some are in trouble. */
function countOf({ tables }: Audit): string {
  const good = tables.filter((it) => !isTrouble(it)).length;
  return `${good === tables.length ? "" : `${good} of `}${tables.length} ${tables.length === 1 ? "table" : "tables"}`;
}

/** True if loads would find an export closed that was open, and that no newer one has taken the place of. */
async function isClosedAgain(
  gate: Gate,
  task: KnownTask,
  told: ReadonlySet<string>,
  byClock: boolean,
): Promise<boolean> {
  if (!byClock || !told.has("completed")) return false;
  if ((await isOpen(gate, slotOf(gate.environment, task))) !== false) return false;
  return (await planFor(gate, task)) !== "superseded";
}

/** An export that was settled before; the clock makes sure that the loads of an open one were asked for. */
async function settledBefore(gate: Gate, task: KnownTask, slot: Slot, again: boolean): Promise<GateResult> {
  const canLoad = again && (await readerKeyWorks(gate, slot));
  if (canLoad && (await planFor(gate, task)) === "queue") await askForLoads(gate, slot);
  const summary = `${task.ExportTaskIdentifier} was settled before`;
  gate.ports.log.info("Export was settled before");
  return { outcome: "unchanged", slot, summary };
}
