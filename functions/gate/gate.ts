import type { ExportTask } from "@aws-sdk/client-rds";
import { type ExportFolders, openExports } from "../../contract/completedExports";
import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import { reportFolder } from "../../contract/reportRecords";
import { isSlot, type Slot } from "../../contract/slot";
import { type Audit, auditExport, isTrouble } from "./audit";
import type { GateEnvironment } from "./environment";
import { AuditError, LoadsNotStartedError, NoExportError, RefusedError } from "./errors";
import { type EndStatus, type GateCall, parseGateCall } from "./invocation";
import { type LoadsResult, startLoads } from "./loads";
import { fitsPolicy, openExport } from "./opening";
import type { GateInvocation, GatePorts, Report, ReportKind } from "./ports";
import { publishOnce, reported } from "./records";
import {
  clockOfLoad,
  completedReport,
  endedReport,
  exportDuration,
  incompleteReport,
  type LoadPlan,
  lateReport,
  notOpenedReport,
  notStartedReport,
  type ReportContext,
  readerKeyReport,
  runTransfers,
  tooLateReport,
  unreadableReport,
} from "./reports";
import {
  accountOf,
  expectedSlot,
  isDailySlot,
  isOwnTask,
  isReadingTime,
  type KnownTask,
  lastOpening,
  loadFedBy,
  readingTime,
  scheduledLoad,
  slotOf,
  slotOfExport,
  taskOf,
} from "./stack";

/** What an invocation returns. */
export interface GateResult {
  /**
   * What was done: `opened` an export, `audited` one that the gate cannot open, held one back (`heldBack`,
   * `tooLate`), reported that it `failed`, was `canceled`, is `late` or `absent`, started its loads (`loading`),
   * left it as it is (`unchanged`, `superseded`), or `refused` an event that is not about this stack.
   */
  readonly outcome:
    | "opened"
    | "audited"
    | "heldBack"
    | "tooLate"
    | "failed"
    | "canceled"
    | "late"
    | "absent"
    | "loading"
    | "unchanged"
    | "superseded"
    | "refused";
  readonly slot?: Slot;
  /** The same in a sentence, with what to do next where a person asked. */
  readonly summary: string;
}

/** One invocation, with what is known from its beginning. */
interface Gate {
  readonly environment: GateEnvironment;
  readonly invocation: GateInvocation;
  readonly ports: GatePorts;
  readonly context: ReportContext;
  readonly place: ExportFolders;
}

const COMPLETE = "COMPLETE";
const ACTIVE = "Active";
const NOT_STARTED: ReportKind = "notStarted";
const ENDS_IN_VAIN: Readonly<Record<string, "failed" | "canceled">> = {
  FAILED: "failed",
  CANCELED: "canceled",
};
const RUNNING = ["STARTING", "IN_PROGRESS", "CANCELING"];
/** Records after which an export is settled: it is opened, or held back, and nothing but a person changes that. */
const SETTLED = ["completed", "incomplete", "tooLate"];
/** Completed exports that are looked at for a newer one. */
const NEWEST_COMPLETED = 5;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

async function tell(gate: Gate, report: Report, slot: Slot): Promise<boolean> {
  const { environment, invocation, ports } = gate;
  return publishOnce({ ...report, slot }, environment.taskPrefix, invocation, ports);
}

/** Slots whose export was reported as complete, newest first. */
async function completedSlots({ environment, ports }: Gate): Promise<Slot[]> {
  const folder = `${reportFolder(environment.taskPrefix)}/`;
  const slots: Slot[] = [];
  for await (const keys of ports.objects.listKeys(folder)) {
    for (const key of keys) {
      const [slot = "", name] = key.slice(folder.length).split("/");
      if (name === "completed.json" && isSlot(slot)) slots.push(slot);
    }
  }
  return slots.sort().reverse();
}

async function ownTask({ environment, ports }: Gate, slot: Slot): Promise<KnownTask | undefined> {
  const task = await ports.tasks.findTask(taskOf(environment, slot));
  return task !== undefined && isOwnTask(environment, task) ? task : undefined;
}

/** True if one export shows Aurora later than another: by its snapshot, and for the same one by its start. */
function isNewer(one: KnownTask, other: KnownTask): boolean {
  const [snapshot, otherSnapshot] = [one.SnapshotTime?.getTime(), other.SnapshotTime?.getTime()];
  if (snapshot !== undefined && otherSnapshot !== undefined && snapshot !== otherSnapshot) {
    return snapshot > otherSnapshot;
  }
  const [start, otherStart] = [one.TaskStartTime, other.TaskStartTime];
  return start !== undefined && otherStart !== undefined && start > otherStart;
}

/** True if a newer export is complete: its rows must not give way to older ones. */
async function isSuperseded(gate: Gate, task: KnownTask): Promise<boolean> {
  const own = slotOf(gate.environment, task);
  const others = (await completedSlots(gate)).filter((slot) => slot !== own).slice(0, NEWEST_COMPLETED);
  for (const slot of others) {
    const other = await ownTask(gate, slot);
    if (other !== undefined && isNewer(other, task)) return true;
  }
  return false;
}

/** Age of the newest export that was completed and audited. */
async function newestAge(gate: Gate): Promise<number | undefined> {
  for (const slot of (await completedSlots(gate)).slice(0, 1)) {
    const taken = (await ownTask(gate, slot))?.SnapshotTime;
    if (taken !== undefined) return (gate.ports.now().getTime() - taken.getTime()) / SECOND;
  }
  return undefined;
}

function putMetrics({ ports }: Gate, task: KnownTask, audit: Audit): void {
  const took = exportDuration(task);
  const taken = task.SnapshotTime?.getTime();
  ports.metrics.put({
    completedExports: 1,
    newestCompletedExportAge: taken === undefined ? undefined : (ports.now().getTime() - taken) / SECOND,
    exportMinutes: took === undefined ? undefined : took / MINUTE,
    missingTables: audit.tables.filter(isTrouble).length,
  });
}

/** Audits an export; if that cannot be done, people are told before the error goes on. */
async function audit(gate: Gate, task: KnownTask): Promise<Audit> {
  const { environment, ports, context } = gate;
  try {
    return await auditExport(task, environment.tables, ports.objects);
  } catch (error) {
    if (error instanceof AuditError) {
      const slot = slotOf(environment, task);
      await tell(gate, unreadableReport(context, { task, slot }, error.message), slot);
    }
    throw error;
  }
}

/** Why an export is held back as a whole, in words, or undefined if it can be opened but for some tables. */
function holdsBack({ environment, place, context }: Gate, slot: Slot, audited: Audit): string | undefined {
  const troubles = audited.tables.filter(isTrouble);
  if (environment.onIncompleteExport === "block" && troubles.length > 0) {
    return "The stack's `onIncompleteExport` is `block`.";
  }
  const closedFolders = audited.partialFolders;
  return !context.guarded || fitsPolicy(place, { slot, closedFolders })
    ? undefined
    : `Tables of it are there in part (${closedFolders.length}), and a policy cannot close them one by one: they are ` +
        "too many, or their names hold characters that a policy does not take.";
}

/** True if the reader may read an export; undefined where the gate does not know the reader. */
async function isOpen({ place, ports }: Gate, slot: Slot): Promise<boolean | undefined> {
  if (ports.completedExports === undefined) return undefined;
  return openExports(place, await ports.completedExports.read()).some((it) => it.slot === slot);
}

async function open({ place, ports }: Gate, slot: Slot, audited: Audit | undefined): Promise<void> {
  if (ports.completedExports === undefined) return;
  const closedFolders = audited?.partialFolders ?? [];
  await openExport(place, { slot, closedFolders }, ports.completedExports);
  ports.log.info("Export opened", { slot, closedFolders });
}

/** One message for each slot within five minutes; the loads themselves are started once in any case. */
async function askForLoads({ ports }: Gate, slot: Slot): Promise<void> {
  await ports.queue?.send({ load: slot, part: 1 }, `load-${slot}`);
}

async function planFor(gate: Gate, task: KnownTask): Promise<LoadPlan> {
  const { environment, ports } = gate;
  if (environment.load !== ON_EXPORT_COMPLETE) {
    return loadFedBy(environment, task) === undefined ? "person" : "clock";
  }
  if (await isSuperseded(gate, task)) return "superseded";
  return ports.queue === undefined ? "person" : "queue";
}

/** True if the transfers can read; if their access key cannot be used, people are told, once. */
async function readerKeyWorks(gate: Gate, slot: Slot): Promise<boolean> {
  const { ports, context } = gate;
  if (ports.completedExports === undefined) return true;
  const status = await ports.completedExports.keyStatus();
  if (status !== ACTIVE) await tell(gate, readerKeyReport(context, slot, status), slot);
  return status === ACTIVE;
}

/** True if an export may not be opened now without a person's word: runs by the clock could be half way. */
function isTooLate({ environment, ports }: Gate, task: KnownTask, byClock: boolean): boolean {
  const latest = lastOpening(loadFedBy(environment, task), byClock);
  const now = ports.now();
  if (latest !== undefined) return now > latest;
  // Started after its hour's load: a run of that load that is late could still meet it.
  const load = scheduledLoad(environment, slotOf(environment, task));
  return load !== undefined && isReadingTime(load, now);
}

/** Audits, opens and reports a COMPLETE export, once. */
async function settle(gate: Gate, task: KnownTask, byClock: boolean): Promise<GateResult> {
  const { environment, ports, context } = gate;
  const slot = slotOf(environment, task);
  const id = task.ExportTaskIdentifier;
  const told = await reported(ports.objects, environment.taskPrefix, slot);
  if (SETTLED.some((name) => told.has(name)) && !(await isClosedAgain(gate, slot, told, byClock))) {
    return settledBefore(gate, task, slot, told.has("completed") && byClock);
  }
  const audited = await audit(gate, task);
  putMetrics(gate, task, audited);
  const held = holdsBack(gate, slot, audited);
  if (held !== undefined) {
    await tell(gate, incompleteReport(context, { task, slot, audit: audited }, held), slot);
    return { outcome: "heldBack", slot, summary: `holds ${id} back: ${held}` };
  }
  const isLate = isTooLate(gate, task, byClock);
  // An attempt before this one may have opened it in time.
  if (isLate && !(await isOpen(gate, slot))) {
    await tell(gate, tooLateReport(context, { task, slot, audit: audited }), slot);
    return { outcome: "tooLate", slot, summary: `${id} is complete too late for its load, and stays closed` };
  }
  const plan = await planFor(gate, task);
  // A superseded one would take the place of one whose loads may be about to begin.
  if (!isLate && plan !== "superseded") await open(gate, slot, audited);
  // Without its record the export is not settled: the clock comes back to it.
  if (!(await readerKeyWorks(gate, slot))) {
    return {
      outcome: "opened",
      slot,
      summary: `${id} is open, but the transfers' access key cannot be used`,
    };
  }
  if (plan === "queue") await askForLoads(gate, slot);
  const byPerson = !isDailySlot(environment, slot);
  const report = completedReport(context, {
    task,
    slot,
    audit: audited,
    plan,
    troubleBefore: told.size > 0,
    byPerson,
  });
  await tell(gate, report, slot);
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

/** `13 tables`, or `12 of 13 tables` where some are in trouble. */
function countOf({ tables }: Audit): string {
  const good = tables.filter((it) => !isTrouble(it)).length;
  return `${good === tables.length ? "" : `${good} of `}${tables.length} ${tables.length === 1 ? "table" : "tables"}`;
}

/** True if the clock's next load would find an export closed that was open: something else wrote the policy. */
async function isClosedAgain(
  gate: Gate,
  slot: Slot,
  told: ReadonlySet<string>,
  byClock: boolean,
): Promise<boolean> {
  const isNext = byClock && gate.environment.load !== ON_EXPORT_COMPLETE;
  return isNext && told.has("completed") && (await isOpen(gate, slot)) === false;
}

/** An export that was settled before; the clock makes sure that the loads of an open one were asked for. */
async function settledBefore(gate: Gate, task: KnownTask, slot: Slot, again: boolean): Promise<GateResult> {
  const canLoad = again && (await readerKeyWorks(gate, slot));
  if (canLoad && (await planFor(gate, task)) === "queue") await askForLoads(gate, slot);
  const summary = `${task.ExportTaskIdentifier} was settled before`;
  gate.ports.log.info("Export was settled before");
  return { outcome: "unchanged", slot, summary };
}

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
  const slot = slotOfExport(gate.environment, call.scheduledTime);
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
    // An audit tells by itself what it cannot read.
    if (!(error instanceof AuditError)) await tell(gate, notOpenedReport(context, slot, String(error)), slot);
    throw error;
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

/** @throws RefusedError unless a person may have this export opened now */
function checkByHand({ environment, ports }: Gate, task: KnownTask): void {
  const id = task.ExportTaskIdentifier;
  if (task.Status !== COMPLETE) {
    const cause = task.FailureCause ? ` (${task.FailureCause})` : "";
    throw new RefusedError(
      `Export "${id}" is ${task.Status ?? "without status"}${cause}, and only a complete one is opened.`,
    );
  }
  const load = scheduledLoad(environment, slotOf(environment, task));
  if (load !== undefined && isReadingTime(load, ports.now())) {
    const { from, until } = readingTime(load);
    throw new RefusedError(
      `Export "${id}" is not opened between ${from.toISOString()} and ${until.toISOString()}: its transfers run then, ` +
        "and one that is half way would load half a table. Try again afterwards.",
    );
  }
}

async function byHand(
  gate: Gate,
  { slot, despiteFindings, evenIfOlder }: GateCall & { kind: "byHand" },
): Promise<GateResult> {
  const { environment, ports, context } = gate;
  ports.log.appendKeys({ slot });
  const id = taskOf(environment, slot);
  const task = await ownTask(gate, slot);
  if (task === undefined) {
    throw new NoExportError(
      `There is no export "${id}" into bucket ${environment.bucketName}. See the exports in the RDS console under ` +
        "Exports in Amazon S3; the slot is what stands behind the prefix of their names.",
    );
  }
  checkByHand(gate, task);
  if (!evenIfOlder && (await isSuperseded(gate, task))) {
    throw new RefusedError(
      `Export "${id}" has given way to a newer one, which is complete: loading it would put older rows in ` +
        'the place of newer ones. To do so in spite of this, add "evenIfOlder": true.',
    );
  }
  const keyStatus = (await ports.completedExports?.keyStatus()) ?? "gone";
  if (ports.completedExports !== undefined && keyStatus !== ACTIVE) {
    throw new RefusedError(
      `The transfers' access key ${environment.readerAccessKeyId} is ${keyStatus}: every load would fail. Nothing was ` +
        'done. To make a new key: docs/runbook.md, "Rotate the access key".',
    );
  }
  const audited = await auditByHand(gate, task, despiteFindings);
  const held = despiteFindings || audited === undefined ? undefined : holdsBack(gate, slot, audited);
  if (held !== undefined) {
    const names = audited?.tables.filter(isTrouble).map(({ folder, state }) => `${folder} (${state})`);
    throw new RefusedError(
      `Export "${id}" is not opened. ${held} In trouble: ${names?.join(", ")}. To open it in spite of this, add ` +
        '"despiteFindings": true.',
    );
  }
  await open(gate, slot, despiteFindings ? undefined : audited);
  const plan = planByHand(gate, task);
  if (plan === "queue") {
    const flags = { ...(despiteFindings && { despiteFindings }), ...(evenIfOlder && { evenIfOlder }) };
    const message = { load: slot, part: 1, byHand: true, ...flags };
    await ports.queue?.send(message, gate.invocation.requestId);
  }
  if (audited !== undefined) {
    const facts = { task, slot, audit: audited, plan, troubleBefore: true, byPerson: true };
    await tell(gate, completedReport(context, { ...facts, byHand: { despiteFindings } }), slot);
  }
  const next = {
    clock: `BigQuery loads it at ${clockOfLoad(context)}.`,
    queue: "Its loads start in five minutes; what was loaded from it already is not loaded again.",
    person: runTransfers(context, slot),
  };
  const done = context.guarded ? "is open" : "is audited";
  return {
    outcome: plan === "queue" ? "loading" : context.guarded ? "opened" : "audited",
    slot,
    summary: `${id} ${done}. ${next[plan]}`,
  };
}

/** What loads an export that a person has opened: its run time must be past before the gate can start anything. */
function planByHand({ environment, ports }: Gate, task: KnownTask): "clock" | "queue" | "person" {
  const load = loadFedBy(environment, task);
  if (load !== undefined && ports.now() < load) return "clock";
  return ports.queue === undefined ? "person" : "queue";
}

/** The audit, or undefined where a person has said that it does not matter. */
async function auditByHand(
  gate: Gate,
  task: KnownTask,
  despiteFindings: boolean,
): Promise<Audit | undefined> {
  try {
    return await auditExport(task, gate.environment.tables, gate.ports.objects);
  } catch (error) {
    if (error instanceof AuditError && despiteFindings) return undefined;
    throw error;
  }
}

/** The export that a message of the queue means, or undefined if it is not to be loaded any more. */
async function exportToLoad(gate: Gate, slot: Slot, person: boolean): Promise<KnownTask | undefined> {
  const { environment } = gate;
  const task = await ownTask(gate, slot);
  if (task?.Status !== COMPLETE) {
    const id = taskOf(environment, slot);
    throw new NoExportError(
      `Export "${id}" is ${task?.Status ?? "not there"}, so nothing is loaded from it.`,
    );
  }
  if (!person && (await isSuperseded(gate, task))) return undefined;
  if ((await isOpen(gate, slot)) === false) {
    throw new LoadsNotStartedError(
      `The reader may not read export "${task.ExportTaskIdentifier}" any more: others were opened since, or something ` +
        "else has written its policy. Nothing was started.",
    );
  }
  return task;
}

async function load(gate: Gate, { message, attempt }: GateCall & { kind: "load" }): Promise<GateResult> {
  const { environment, invocation, ports, context } = gate;
  const { transfers, queue } = ports;
  const slot = message.load;
  ports.log.appendKeys({ slot });
  if (transfers === undefined || queue === undefined) {
    throw new RefusedError(
      "A message of the load queue came, but the stack lets the gate start no loads (`federation`). Deploy the stack.",
    );
  }
  const loading = { environment, invocation, ports, transfers, queue, context, message };
  const result = await startLoads(loading, () => exportToLoad(gate, slot, message.byHand === true), attempt);
  if (result === undefined) {
    return {
      outcome: "superseded",
      slot,
      summary: `${taskOf(environment, slot)} has given way to a newer export`,
    };
  }
  return { outcome: "loading", slot, summary: describeLoads(taskOf(environment, slot), result) };
}

function describeLoads(id: string, { started, emptied, before, again, goesOn }: LoadsResult): string {
  const parts = [
    `loads of ${id} started: ${started}`,
    ...(again.length > 0 ? [`started once more after a failure: ${again.length}`] : []),
    ...(emptied > 0 ? [`tables emptied: ${emptied}`] : []),
    ...(before > 0 ? [`done before: ${before}`] : []),
    ...(goesOn !== undefined ? ["another invocation goes on"] : []),
  ];
  return parts.join(", ");
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
  const { region, clusterIdentifier, exporterName } = environment;
  const accountId = accountOf(environment);
  const call = parseGateCall(payload, { region, accountId, clusterIdentifier, exporterName }, now);
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
  }
}
