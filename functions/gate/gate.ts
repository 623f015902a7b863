import type { ExportTask } from "@aws-sdk/client-rds";
import { type Slot, slotOfExport } from "../../contract/slot";
import { logFailure } from "../log";
import { byHand } from "./byHand";
import type { GateEnvironment } from "./environment";
import { AuditError, NotToldError } from "./errors";
import { COMPLETE, type Gate, type GateResult, newestAge, ownTask } from "./gateRun";
import { type EndStatus, type GateCall, parseGateCall } from "./invocation";
import { load } from "./loadSlot";
import type { GateInvocation, GatePorts, ReportKind } from "./ports";
import { reported } from "./records";
import { endedReport, lateReport, notOpenedReport, notStartedReport } from "./reports";
import { settle } from "./settle";
import { accountOf, expectedSlot, isOwnTask, type KnownTask, slotOf, taskOf } from "./stack";
import { noteAlarm, tell } from "./telling";

const NOT_STARTED: ReportKind = "notStarted";
const ENDS_IN_VAIN: Readonly<Record<string, "failed" | "canceled">> = {
  FAILED: "failed",
  CANCELED: "canceled",
};
const RUNNING = ["STARTING", "IN_PROGRESS", "CANCELING"];

async function tellEnd(gate: Gate, task: KnownTask, kind: "failed" | "canceled"): Promise<GateResult> {
  const slot = slotOf(gate.environment, task);
  await tell(gate, endedReport(gate.context, { task, slot }, kind), slot);
  return { outcome: kind, slot, summary: `${task.ExportTaskIdentifier} ${kind}` };
}

/** What to do about an event whose snapshot has no task of this stack in the state that the event tells of. */
function withoutTask(gate: Gate, status: EndStatus, arn: string, tasks: readonly ExportTask[]): GateResult {
  const own = tasks.filter((task) => isOwnTask(gate.environment, task));
  const running = own.find((task) => RUNNING.includes(task.Status ?? ""));
  if (running !== undefined) {
    throw new AuditError(
      `RDS tells that an export of ${arn} is ${status}, but shows task "${running.ExportTaskIdentifier}" as ` +
        `${running.Status}. Nothing was opened. The event is tried again; the gate's clock looks, too.`,
    );
  }
  const others = tasks.map((task) => task.ExportTaskIdentifier ?? "?").join(", ") || "none";
  const summary =
    `refuses the event of ${arn} (${status}): no export of this stack, "${gate.environment.taskPrefix}-<slot>" in ` +
    `bucket ${gate.environment.bucketName}, is in that state; exports of the snapshot: ${others}`;
  gate.ports.log.warn(summary);
  return { outcome: "refused", summary };
}

async function exportEnded(gate: Gate, call: GateCall & { kind: "exportEnded" }): Promise<GateResult> {
  const tasks = await gate.ports.tasks.listTasks(call.snapshotArn);
  const ended = tasks.filter(
    (task): task is KnownTask => isOwnTask(gate.environment, task) && task.Status === call.status,
  );
  // The event names the snapshot alone: it may have been exported more than once.
  const results: GateResult[] = [];
  const errors: unknown[] = [];
  for (const task of ended) {
    gate.ports.log.appendKeys({ slot: slotOf(gate.environment, task), taskId: task.ExportTaskIdentifier });
    const kind = ENDS_IN_VAIN[call.status];
    try {
      results.push(kind === undefined ? await settle(gate, task, false) : await tellEnd(gate, task, kind));
    } catch (error) {
      // One that nobody can read must not keep the others closed.
      gate.ports.log.error(error instanceof Error ? error.message : String(error));
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  const [last] = results.filter(({ outcome }) => outcome !== "unchanged").concat(results);
  return last ?? withoutTask(gate, call.status, call.snapshotArn, tasks);
}

/** Tells of a day's export that the exporter could not start, unless it has started after all. */
async function startFailed(gate: Gate, call: GateCall & { kind: "startFailed" }): Promise<GateResult> {
  const slot = slotOfExport(call.scheduledTime, gate.environment);
  const id = taskOf(gate.environment, slot);
  gate.ports.log.appendKeys({ slot });
  const task = await ownTask(gate, slot);
  // An answer that got lost fails the exporter, and not the export; another end is told by its own event.
  if (task !== undefined) return { outcome: "unchanged", slot, summary: `${id} is ${task.Status}` };
  await tell(gate, notStartedReport(gate.context, slot, call.cause), slot);
  return { outcome: "absent", slot, summary: `${id} was not started` };
}

/** Looks at the day's export; what keeps the gate from it is told, because no event comes behind the clock. */
async function clock(gate: Gate, call: GateCall & { kind: "clock" }): Promise<GateResult> {
  const { environment, ports, context } = gate;
  const slot = expectedSlot(environment, call.scheduledTime);
  ports.log.appendKeys({ slot });
  try {
    return await lookAt(gate, slot);
  } catch (error) {
    // An audit tells by itself what it cannot read. What could not be told is for the next attempt to tell.
    if (error instanceof AuditError || error instanceof NotToldError) throw error;
    const telling = await tell(gate, notOpenedReport(context, slot, String(error)), slot);
    if (telling !== "toldBefore") throw error;
    logFailure(ports.log, error);
    const summary = `${taskOf(environment, slot)} could not be checked or opened, as people were told before`;
    return { outcome: "notOpened", slot, summary };
  }
}

async function lookAt(gate: Gate, slot: Slot): Promise<GateResult> {
  const { environment, ports, context } = gate;
  const task = await ownTask(gate, slot);
  const kind = ENDS_IN_VAIN[task?.Status ?? ""];
  if (task?.Status === COMPLETE) return settle(gate, task, true);
  ports.metrics.put({ newestCompletedExportAge: await newestAge(gate) });
  if (task !== undefined && kind !== undefined) return tellEnd(gate, task, kind);
  const told = await reported(ports.objects, environment.taskPrefix, slot);
  const isTold = task === undefined && told.has(NOT_STARTED);
  if (!isTold) await tell(gate, lateReport(context, slot, task), slot);
  const id = taskOf(environment, slot);
  if (task === undefined) return { outcome: "absent", slot, summary: `there is no export ${id}` };
  return { outcome: "late", slot, summary: `${id} is ${task.Status ?? "without status"}` };
}

/**
 * Audits finished exports, opens them to the reader, reports, and starts loads: whatever the invocation asks for.
 * @param payload RDS's event, the clock's or a person's payload, or a message of the load queue (`parseGateCall`)
 * @throws GateError or ExporterError for everything that could not be done
 */
export async function runGate(
  payload: unknown,
  invocation: GateInvocation,
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
  };
  const { region, clusterIdentifier, exporterName, taskPrefix } = environment;
  const place = { region, accountId: accountOf(environment), clusterIdentifier, exporterName, taskPrefix };
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
    case "load":
      return load(gate, call);
    case "alarm":
      return noteAlarm(gate, call);
  }
}
