import type { ExportTask } from "@aws-sdk/client-rds";
import { slotOfDaily } from "../../../contract/dailyExport";
import { isNewer } from "../../../contract/openedExport";
import { own } from "../../../contract/own";
import type { Slot } from "../../../contract/slot";
import { FunctionError, isFault, SLOT_SPENT } from "../../errors";
import { logFailure } from "../../log";
import type { Invocation } from "../../ports";
import { reported } from "../../reports/records";
import type { ReportKind } from "../../reports/report";
import { tell } from "../../reports/tell";
import type { GateEnvironment } from "../environment";
import type { Gate, GateResult } from "../gate";
import { checkAndOpen, refuseOther } from "../open/checkAndOpen";
import type { GatePorts } from "../ports";
import {
  accountOf,
  COMPLETE,
  isOwnTask,
  type KnownTask,
  ownerOf,
  ownTask,
  ownTasks,
  slotOf,
  taskOf,
  timesOf,
} from "../tasks";
import { endedReport, lateReport, notOpenedReport, notStartedReport } from "../tell/missing";
import { expectedSlot, hasJustEnded, isTooLate } from "../times";
import { byHand } from "./byHand";
import { type EndStatus, type GateCall, parseGateCall } from "./invocation";

const NOT_STARTED: ReportKind = "notStarted";

const NOT_OPENED: ReportKind = "notOpened";

const ENDS_IN_VAIN: Readonly<Record<string, "failed" | "canceled">> = {
  FAILED: "failed",
  CANCELED: "canceled",
};

const RUNNING = ["STARTING", "IN_PROGRESS", "CANCELING"];

/** Records after which people know how an export ended, so that no look of the clock comes back to it. */
const ENDS_KNOWN: readonly string[] = [
  "completed",
  "incomplete",
  "tooLate",
  "unreadable",
  "unknownSnapshot",
  "readerKey",
  "failed",
  "canceled",
] satisfies ReportKind[];

async function tellEnd(gate: Gate, task: KnownTask, kind: "failed" | "canceled"): Promise<GateResult> {
  const slot = slotOf(gate.environment, task);
  if ((await ownerOf(gate, task)) === "other") return refuseOther(gate, task);
  await tell(gate, endedReport(gate.context, { task, slot }, kind), slot);
  return { outcome: kind, slot, summary: `${task.ExportTaskIdentifier} ${kind}` };
}

/** Settles an export that is complete, or tells that it has ended in vain. */
async function end(gate: Gate, task: KnownTask): Promise<GateResult> {
  gate.ports.log.appendKeys({ slot: slotOf(gate.environment, task), taskId: task.ExportTaskIdentifier });
  const kind = own(ENDS_IN_VAIN, task.Status ?? "");
  return kind === undefined ? checkAndOpen(gate, task, false) : tellEnd(gate, task, kind);
}

/** What to do about an event whose snapshot has no task of this stack that has just ended as the event tells. */
async function withoutTask(
  gate: Gate,
  status: EndStatus,
  arn: string,
  tasks: readonly ExportTask[],
): Promise<GateResult> {
  const { environment, ports } = gate;
  const running = tasks
    .filter((task): task is KnownTask => isOwnTask(environment, task))
    .find((task) => RUNNING.includes(task.Status ?? ""));
  if (running !== undefined) {
    if ((await ownerOf(gate, running)) === "other") return refuseOther(gate, running);
    throw new FunctionError(
      "AuditError",
      `RDS tells that an export of ${arn} is ${status}, but shows task "${running.ExportTaskIdentifier}" as ` +
        `${running.Status}. Nothing was opened. The event is tried again; the gate's clock looks, too.`,
    );
  }
  const others = tasks.map((task) => task.ExportTaskIdentifier ?? "?").join(", ") || "none";
  const summary =
    `refuses the event of ${arn} (${status}): no export of this stack, "${environment.taskPrefix}-<slot>" in ` +
    `bucket ${environment.bucketName}, has just ended so; exports of the snapshot: ${others}`;
  ports.log.info(summary);
  return { outcome: "refused", summary };
}

/** Those of a stack's tasks whose end is news, the newest rows first: older ones then give way to them. */
function justEnded({ environment, ports }: Gate, tasks: readonly ExportTask[], statuses: readonly string[]) {
  const now = ports.now();
  return tasks
    .filter((task): task is KnownTask => isOwnTask(environment, task))
    .filter((task) => statuses.includes(task.Status ?? "") && hasJustEnded(environment, task, now))
    .sort((one, other) => {
      const [times, otherTimes] = [timesOf(one), timesOf(other)];
      return Number(isNewer(otherTimes, times)) - Number(isNewer(times, otherTimes));
    });
}

async function exportEnded(gate: Gate, call: GateCall & { kind: "exportEnded" }): Promise<GateResult> {
  const tasks = await gate.ports.tasks.listTasks(call.snapshotArn);
  // The event names the snapshot alone: it may have been exported more than once.
  const results: GateResult[] = [];
  const errors: unknown[] = [];
  for (const task of justEnded(gate, tasks, [call.status])) {
    try {
      results.push(await end(gate, task));
    } catch (error) {
      // One that nobody can read must not keep the others closed.
      gate.ports.log.error(error instanceof Error ? error.message : String(error));
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  const [newest] = results.filter(({ outcome }) => outcome !== "unchanged").concat(results);
  return newest ?? withoutTask(gate, call.status, call.snapshotArn, tasks);
}

/** True for an export in a day's slot that is not the day's own: the exporter was refused for it. */
function isInTheWay(task: KnownTask, { cause, scheduledTime }: GateCall & { kind: "startFailed" }): boolean {
  const { TaskStartTime: started } = task;
  return cause.startsWith(SLOT_SPENT) && (started === undefined || started < scheduledTime);
}

/** Tells of a day's export that the exporter could not start, unless it has started after all. */
async function startFailed(gate: Gate, call: GateCall & { kind: "startFailed" }): Promise<GateResult> {
  const { environment, ports, context } = gate;
  const slot = slotOfDaily(call.scheduledTime, environment);
  const id = taskOf(environment, slot);
  ports.log.appendKeys({ slot });
  const task = await ownTask(gate, slot);
  // An answer that got lost fails the exporter, and not the export; another end is told by its own event.
  if (task !== undefined && !isInTheWay(task, call)) {
    return { outcome: "unchanged", slot, summary: `${id} is ${task.Status}` };
  }
  await tell(gate, notStartedReport(context, slot, call, task), slot);
  return { outcome: "absent", slot, summary: `${id} was not started` };
}

/**
 * A look of the clock: at the day's export, if it is that look, and at every other that has ended without an event.
 * What keeps the gate from them is told, because no event comes behind the clock.
 * @throws the first of what kept it from an export, when it has looked at all of them
 */
async function clock(gate: Gate, call: GateCall & { kind: "clock" }): Promise<GateResult> {
  const { environment, ports } = gate;
  // The heartbeat, before anything can fail: what fails has an alarm of its own.
  ports.metrics.put({ clockLooks: 1 });
  const results: GateResult[] = [];
  const errors: unknown[] = [];
  const fail = (error: unknown) => {
    // Logged here, where the log names its export: only the first is thrown.
    logFailure(ports.log, error);
    errors.push(error);
  };
  const look = async (slot: Slot, at: () => Promise<GateResult | undefined>) => {
    ports.log.appendKeys({ slot });
    try {
      const result = await at();
      if (result !== undefined) results.push(result);
    } catch (error) {
      fail(error);
      await tellOfError(gate, slot, error).catch(fail);
    }
  };
  const day = expectedSlot(environment, call.scheduledTime);
  if (day !== undefined) await look(day, () => lookAt(gate, day));
  const tasks = await ownTasks(gate).catch((error: unknown) => {
    fail(error);
    return [];
  });
  for (const task of justEnded(gate, tasks, [COMPLETE, ...Object.keys(ENDS_IN_VAIN)])) {
    const slot = slotOf(environment, task);
    if (slot !== day) await look(slot, () => endUnknown(gate, task));
  }
  if (errors.length > 0) throw errors[0];
  const summary = "no export of this stack has ended that people do not know of";
  return results[0] ?? { outcome: "unchanged", summary };
}

/** Tells of an error that kept the gate from an export. */
async function tellOfError(gate: Gate, slot: Slot, error: unknown): Promise<void> {
  // An audit tells by itself what it cannot read. What could not be told is for the next attempt to tell.
  if (isFault(error, "AuditError") || isFault(error, "NotToldError")) return;
  await tell(gate, notOpenedReport(gate.context, slot, String(error)), slot);
}

/** Does for an export that has ended what its event would have done; undefined if people know of its end. */
async function endUnknown(gate: Gate, task: KnownTask): Promise<GateResult | undefined> {
  const { environment, ports } = gate;
  const told = await reported(ports.objects, environment.taskPrefix, slotOf(environment, task));
  // What could not be opened in time is not told once more as too late.
  const isLeft = told.has(NOT_OPENED) && isTooLate(environment, task, ports.now());
  return isLeft || ENDS_KNOWN.some((kind) => told.has(kind)) ? undefined : end(gate, task);
}

async function lookAt(gate: Gate, slot: Slot): Promise<GateResult> {
  const { environment, ports, context } = gate;
  const task = await ownTask(gate, slot);
  const kind = own(ENDS_IN_VAIN, task?.Status ?? "");
  if (task?.Status === COMPLETE) return checkAndOpen(gate, task, true);
  if (task !== undefined && kind !== undefined) return tellEnd(gate, task, kind);
  const told = await reported(ports.objects, environment.taskPrefix, slot);
  const isTold = task === undefined && told.has(NOT_STARTED);
  if (!isTold) await tell(gate, lateReport(context, slot, task), slot);
  const id = taskOf(environment, slot);
  if (task === undefined) return { outcome: "absent", slot, summary: `there is no export ${id}` };
  return { outcome: "late", slot, summary: `${id} is ${task.Status ?? "without status"}` };
}

/**
 * Audits finished exports, opens them to the reader, reports, and asks for their loads.
 * @param payload RDS's event, or the clock's or a person's payload (`parseGateCall`)
 * @throws FunctionError for everything that could not be done
 */
export async function runGate(
  payload: unknown,
  invocation: Invocation,
  environment: GateEnvironment,
  ports: GatePorts,
): Promise<GateResult> {
  const now = ports.now();
  ports.log.appendKeys({ environment: environment.environment });
  const guarded = ports.completedExports !== undefined;
  const gate: Gate = {
    environment,
    invocation,
    ports,
    context: { environment, functionName: invocation.functionName, now, guarded },
    place: { bucketName: environment.bucketName, prefix: environment.taskPrefix },
    owners: new Map(),
  };
  const { region, exporterName } = environment;
  const place = { region, accountId: accountOf(environment), exporterName };
  const call = parseGateCall(payload, place, now);
  switch (call.kind) {
    case "exportEnded":
      return exportEnded(gate, call);
    case "startFailed":
      return startFailed(gate, call);
    case "clock":
      return clock(gate, call);
    case "byHand":
      return byHand(gate, call);
  }
}
