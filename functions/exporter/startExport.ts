import type { DBClusterSnapshot, ExportTask, StartExportTaskCommandInput } from "@aws-sdk/client-rds";
import { comesBack, isKeptForDaily, isLookTime, lastLook, slotOfDaily } from "../../contract/dailyExport";
import {
  previousSlot,
  requestedRunTime,
  type Slot,
  slotAt,
  slotOfExport,
  slotZone,
} from "../../contract/slot";
import { slotOfTaskId, taskId } from "../../contract/taskId";
import { formatTimeOfDay } from "../../contract/timeOfDay";
import { FunctionError, isFault } from "../errors";
import { invokeCommand } from "../invokeCommand";
import type { Log } from "../log";
import { checkNamedSnapshot, chooseSnapshot, type Night, type Snapshot } from "./chooseSnapshot";
import type { ExporterEnvironment, SnapshotType } from "./environment";
import { type Invocation, parseInvocation } from "./invocation";

/** What the exporter asks of RDS. Every method throws an FunctionError that explains RDS's fault. */
export interface SnapshotExports {
  /** All snapshots of a cluster that may be of the type, over all pages, in no order. */
  listSnapshots(clusterIdentifier: string, snapshotType: SnapshotType): Promise<DBClusterSnapshot[]>;
  /** The snapshot of a name, of whatever cluster and type; undefined if there is none. */
  findSnapshot(snapshotIdentifier: string): Promise<DBClusterSnapshot | undefined>;
  findTask(taskId: string): Promise<ExportTask | undefined>;
  /** All export tasks of a snapshot, of whatever stack, over all pages. */
  listTasks(snapshotArn: string): Promise<ExportTask[]>;
  /** @throws ExportTaskAlreadyExistsError if the task id is spent */
  startTask(request: StartExportTaskCommandInput): Promise<ExportTask>;
}

/** What the exporter needs of the world. */
export interface ExporterPorts {
  readonly rds: SnapshotExports;
  readonly log: Log;
  now(): Date;
}

/** What an invocation returns that has found or started an export. */
export interface StartedExport {
  readonly taskId: string;
  readonly slot: string;
  readonly snapshotArn: string;
  /** ISO 8601, UTC. */
  readonly snapshotTime: string;
  /** The task's status in RDS: `STARTING`, `IN_PROGRESS`, or `COMPLETE`. */
  readonly status: string;
  /** Folder of the export: `s3://bucket/prod-2025021806/`. */
  readonly s3Path: string;
  /** True if an earlier invocation started this export. */
  readonly alreadyStarted: boolean;
}

/** What an invocation of the clock returns that leaves the day's export to another one. */
export interface NothingStarted {
  readonly taskId: string;
  readonly slot: string;
  /** `notStarted`: it could not be, which is no failure of this invocation; `nothingToDo`: there was no need. */
  readonly outcome: "notStarted" | "nothingToDo";
  /** The same in a sentence. */
  readonly summary: string;
}

/** One invocation, with what is known from its beginning. */
interface Run {
  readonly environment: ExporterEnvironment;
  readonly rds: SnapshotExports;
  readonly log: Log;
  readonly now: Date;
  readonly snapshot: Snapshot;
  readonly functionName: string;
  /** What a person's payload named; the newest snapshot is exported where it is left out. */
  readonly snapshotArn?: string;
}

/** An invocation that has not chosen its snapshot yet. */
type Begun = Omit<Run, "snapshot">;

const STARTING = "STARTING";
const RUNNING = [STARTING, "IN_PROGRESS"];
const COMPLETE = "COMPLETE";

/** How far a run by hand goes back to find an hour that no export has taken. */
const MAX_STEPS_BACK = 24;

function isRunning(task: ExportTask): boolean {
  return RUNNING.includes(task.Status ?? "");
}

function isRunningOrComplete(task: ExportTask): boolean {
  return isRunning(task) || task.Status === COMPLETE;
}

function exportByHand({ functionName, environment }: Pick<Run, "functionName" | "environment">): string {
  return invokeCommand(functionName, environment.region, {});
}

function startedExport(run: Run, slot: Slot, task: ExportTask, alreadyStarted: boolean): StartedExport {
  const { environment, snapshot } = run;
  const id = taskId(environment.taskPrefix, slot);
  return {
    taskId: id,
    slot,
    snapshotArn: snapshot.arn,
    snapshotTime: snapshot.createTime.toISOString(),
    status: task.Status ?? STARTING,
    s3Path: `s3://${environment.bucketName}/${id}/`,
    alreadyStarted,
  };
}

async function startTask(run: Run, slot: Slot): Promise<StartedExport> {
  const { environment, rds, log, snapshot } = run;
  const task = await rds.startTask({
    ExportTaskIdentifier: taskId(environment.taskPrefix, slot),
    SourceArn: snapshot.arn,
    S3BucketName: environment.bucketName,
    IamRoleArn: environment.exportRoleArn,
    KmsKeyId: environment.kmsKeyId,
    ...(environment.exportOnly.length > 0 && { ExportOnly: [...environment.exportOnly] }),
  });
  log.info("Export started", { status: task.Status });
  return startedExport(run, slot, task, false);
}

/** True for a task that does what this run was about to do. */
function isSameExport(run: Run, task: ExportTask): boolean {
  return isRunningOrComplete(task) && task.SourceArn === run.snapshot.arn;
}

/**
 * The result of a run that finds its task in RDS already: it was delivered twice, or is a retry.
 * @throws SlotSpentError unless that task does what this run was about to do
 */
function alreadyStartedExport(run: Run, slot: Slot, task: ExportTask): StartedExport {
  if (isSameExport(run, task)) {
    run.log.info("Export was started by an earlier call", { status: task.Status });
    return startedExport(run, slot, task, true);
  }
  const id = taskId(run.environment.taskPrefix, slot);
  if (isRunningOrComplete(task)) {
    throw new FunctionError(
      "SlotSpentError",
      `Export task "${id}" is ${task.Status}, but it exports ${task.SourceArn}, and the newest snapshot is ` +
        `${run.snapshot.arn}. The load of slot ${slot} will read the export that is there. If the newest ` +
        `snapshot is wanted, start an export by hand, which takes a slot of its own: ${exportByHand(run)}`,
    );
  }
  const cause = task.FailureCause ? ` (${task.FailureCause})` : "";
  throw new FunctionError(
    "SlotSpentError",
    `Export task "${id}" is ${task.Status}${cause}, and RDS takes no task id twice: slot ${slot} is spent. ` +
      `Remove the cause, then start an export by hand, which takes a slot of its own: ${exportByHand(run)}`,
  );
}

/**
 * Guards the bill: an export is charged by the size of the whole snapshot.
 * @throws SnapshotAlreadyExportedError if this stack is exporting the snapshot, or has done so
 */
function refuseSecondExport(run: Run, tasks: readonly ExportTask[]): void {
  const { bucketName, taskPrefix, pathOffsetMinutes, region } = run.environment;
  for (const task of tasks.filter(isRunningOrComplete)) {
    const slot = slotOfTaskId(taskPrefix, task.ExportTaskIdentifier ?? "");
    if (slot === undefined || task.S3Bucket !== bucketName) continue;
    const runTime = requestedRunTime(slot, pathOffsetMinutes).toISOString();
    const named = run.snapshotArn === undefined ? {} : { snapshotArn: run.snapshotArn };
    const again = invokeCommand(run.functionName, region, { ...named, exportAgain: true });
    throw new FunctionError(
      "SnapshotAlreadyExportedError",
      `Snapshot ${run.snapshot.id} has an export of this stack already: task "${task.ExportTaskIdentifier}" is ` +
        `${task.Status}. No second one was started, because each is billed by the size of the whole snapshot. ` +
        `To load that one: docs/runbook.md, "Load an export by hand", slot ${slot} (run time ${runTime})` +
        `${isRunning(task) ? " when it is complete" : ""}. To pay for another export: ${again}`,
    );
  }
}

type ScheduledCall = Extract<Invocation, { kind: "scheduled" }>;

/**
 * The task that was started under an id since it was looked up.
 * @throws the error itself if it is of another kind
 */
async function findTaskInTheWay(run: Run, id: string, error: unknown): Promise<ExportTask | undefined> {
  if (!isFault(error, "ExportTaskAlreadyExistsError")) throw error;
  return run.rds.findTask(id);
}

async function startScheduled(run: Run, slot: Slot): Promise<StartedExport> {
  const { environment, rds, snapshot } = run;
  const id = taskId(environment.taskPrefix, slot);
  const own = await rds.findTask(id);
  if (own !== undefined) return alreadyStartedExport(run, slot, own);
  const tasks = await rds.listTasks(snapshot.arn);
  // A duplicate of this invocation may have started it since the look-up.
  const twin = tasks.find((task) => task.ExportTaskIdentifier === id);
  if (twin !== undefined) return alreadyStartedExport(run, slot, twin);
  refuseSecondExport(run, tasks);
  try {
    return await startTask(run, slot);
  } catch (error) {
    const task = await findTaskInTheWay(run, id, error);
    if (task === undefined) throw error;
    return alreadyStartedExport(run, slot, task);
  }
}

/** True where an export has to wait for another one to end. */
function isWantOfRoom(error: unknown): error is FunctionError {
  return isFault(error, "ExportLimitError", "SnapshotStateError");
}

/**
 * What becomes of the day's export when it could not be started. The clock comes back for whatever cause. Of want of
 * room people hear when it is given up; of any other cause by the first invocation, so that it is no news later.
 * @throws the error where it is news
 */
function notStarted(run: Begun, call: ScheduledCall, slot: Slot, error: unknown): NothingStarted {
  const { environment, log, now } = run;
  const last = `${formatTimeOfDay(lastLook(environment))} ${environment.timeZone}`;
  const back = comesBack(call.scheduledTime, now, environment);
  if (isWantOfRoom(error) && !back) {
    const why = `The export of slot ${slot} is given up: RDS took none until ${last}, and a later one could not be finished in time.`;
    throw new FunctionError(error.name, `${why} ${error.message}`, undefined, { cause: error.cause });
  }
  const isNews = !isWantOfRoom(error) && !call.again;
  if (!(error instanceof FunctionError) || isNews) throw error;
  const id = taskId(environment.taskPrefix, slot);
  const next = back ? `It is tried again every few minutes until ${last}.` : "It is tried no more.";
  log[isWantOfRoom(error) ? "info" : "warn"](`Export not started. ${next}`, {
    error: error.name,
    reason: error.message,
  });
  return { taskId: id, slot, outcome: "notStarted", summary: `${id} is not started: ${error.name}. ${next}` };
}

async function startByClock(run: Begun, call: ScheduledCall): Promise<StartedExport | NothingStarted> {
  const { environment, rds, log } = run;
  const { again, scheduledTime } = call;
  const slot = again ? slotOfDaily(scheduledTime, environment) : slotOfExport(scheduledTime, environment);
  const id = taskId(environment.taskPrefix, slot);
  log.appendKeys({ slot, taskId: id });
  if (call.again && !isLookTime(call.scheduledTime, environment)) {
    return { taskId: id, slot, outcome: "nothingToDo", summary: `it is no time to look for ${id}` };
  }
  try {
    const task = call.again ? await rds.findTask(id) : undefined;
    if (task !== undefined) {
      return { taskId: id, slot, outcome: "nothingToDo", summary: `${id} is ${task.Status}` };
    }
    const snapshot = await findNewestSnapshot(run, nightOf(scheduledTime, environment));
    return await startScheduled({ ...run, snapshot }, slot);
  } catch (error) {
    return notStarted(run, call, slot, error);
  }
}

async function startByHand(run: Run, exportAgain: boolean): Promise<StartedExport> {
  const { environment, rds, log, snapshot } = run;
  if (!exportAgain) refuseSecondExport(run, await rds.listTasks(snapshot.arn));
  const newest = slotAt(run.now, slotZone(environment));
  let slot = newest;
  for (let step = 0; step <= MAX_STEPS_BACK; step++, slot = previousSlot(slot)) {
    if (isKeptForDaily(slot, run.now, environment)) continue;
    const id = taskId(environment.taskPrefix, slot);
    log.appendKeys({ slot, taskId: id });
    if ((await rds.findTask(id)) !== undefined) continue;
    try {
      return await startTask(run, slot);
    } catch (error) {
      const task = await findTaskInTheWay(run, id, error);
      // An answer that got lost makes the SDK ask twice: the task in the way is then this run's own.
      if (task !== undefined && isSameExport(run, task)) return alreadyStartedExport(run, slot, task);
    }
  }
  const named = run.snapshotArn === undefined ? {} : { snapshotArn: run.snapshotArn };
  const same = { ...named, ...(exportAgain && { exportAgain }) };
  throw new FunctionError(
    "NoFreeSlotError",
    `Each of the ${MAX_STEPS_BACK + 1} hours back from slot ${newest} has an export task already or is the daily ` +
      `export's, and RDS takes no task id twice. Try again in the next hour: ${invokeCommand(run.functionName, environment.region, same)}`,
  );
}

const SNAPSHOT_IN_ARN = ":cluster-snapshot:";

async function findNamedSnapshot({ environment, rds, log }: Begun, arn: string): Promise<Snapshot> {
  const name = arn.slice(arn.indexOf(SNAPSHOT_IN_ARN) + SNAPSHOT_IN_ARN.length);
  const snapshot = checkNamedSnapshot(arn, await rds.findSnapshot(name), environment.clusterIdentifier);
  log.appendKeys({ snapshot: snapshot.id });
  return snapshot;
}

/** The night whose snapshot a call of the clock is about; undefined where the stack does not say when it is due. */
function nightOf(scheduledTime: Date, environment: ExporterEnvironment): Night | undefined {
  const { timeZone, snapshotTime, exportTime } = environment;
  return snapshotTime && { timeZone, snapshotTime, exportTime, scheduledTime };
}

async function findNewestSnapshot(run: Begun, night?: Night): Promise<Snapshot> {
  const { environment, rds, log, now } = run;
  const { clusterIdentifier, snapshotType, maxSnapshotAgeHours } = environment;
  const { snapshot, newerUnavailable, incomplete } = chooseSnapshot(
    await rds.listSnapshots(clusterIdentifier, snapshotType),
    {
      clusterIdentifier,
      snapshotType,
      maxAgeHours: maxSnapshotAgeHours,
      night,
      now,
      exportByHand: exportByHand(run),
    },
  );
  log.appendKeys({ snapshot: snapshot.id });
  if (newerUnavailable.length > 0)
    log.warn("A newer snapshot is not available yet", { snapshots: newerUnavailable });
  if (incomplete.length > 0)
    log.warn("RDS described snapshots without time or ARN", { snapshots: incomplete });
  return snapshot;
}

/**
 * Starts the export of the cluster's newest snapshot, or of one that a person names, once for each slot.
 * @param payload the invocation's payload: the schedule's, or a person's (see `parseInvocation`)
 * @param functionName the function's own name, for the commands in errors
 * @returns the export; where the clock called, also that it is left to a later call, or was not needed
 * @throws FunctionError for everything else that is not a started export
 */
export async function startExport(
  payload: unknown,
  functionName: string,
  environment: ExporterEnvironment,
  ports: ExporterPorts,
): Promise<StartedExport | NothingStarted> {
  const { rds, log } = ports;
  const now = ports.now();
  log.appendKeys({ environment: environment.environment });
  const invocation = parseInvocation(payload, now);
  const run = { environment, rds, log, now, functionName };
  if (invocation.kind === "scheduled") return startByClock(run, invocation);
  const { snapshotArn, exportAgain } = invocation;
  const snapshot = await (snapshotArn === undefined
    ? findNewestSnapshot(run)
    : findNamedSnapshot(run, snapshotArn));
  return startByHand({ ...run, snapshotArn, snapshot }, exportAgain);
}
