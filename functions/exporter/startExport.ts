import type { DBClusterSnapshot, ExportTask, StartExportTaskCommandInput } from "@aws-sdk/client-rds";
import {
  previousSlot,
  requestedRunTime,
  type Slot,
  slotAt,
  slotOfExport,
  slotZone,
} from "../../contract/slot";
import { slotOfTaskId, taskId } from "../../contract/taskId";
import { invokeCommand } from "../invokeCommand";
import type { Log } from "../log";
import { checkNamedSnapshot, chooseSnapshot, type Snapshot } from "./chooseSnapshot";
import type { ExporterEnvironment, SnapshotType } from "./environment";
import {
  ExportTaskAlreadyExistsError,
  NoFreeSlotError,
  SlotSpentError,
  SnapshotAlreadyExportedError,
} from "./errors";
import { parseInvocation } from "./invocation";

/** What the exporter asks of RDS. Every method throws an ExporterError that explains RDS's fault. */
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

/** What an invocation returns. */
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
    throw new SlotSpentError(
      `Export task "${id}" is ${task.Status}, but it exports ${task.SourceArn}, and the newest snapshot is ` +
        `${run.snapshot.arn}. The load of slot ${slot} will read the export that is there. If the newest ` +
        `snapshot is wanted, start an export by hand, which takes a slot of its own: ${exportByHand(run)}`,
    );
  }
  const cause = task.FailureCause ? ` (${task.FailureCause})` : "";
  throw new SlotSpentError(
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
    throw new SnapshotAlreadyExportedError(
      `Snapshot ${run.snapshot.id} has an export of this stack already: task "${task.ExportTaskIdentifier}" is ` +
        `${task.Status}. No second one was started, because each is billed by the size of the whole snapshot. ` +
        `To load that one: docs/runbook.md, "Load an export by hand", slot ${slot} (run time ${runTime})` +
        `${isRunning(task) ? " when it is complete" : ""}. To pay for another export: ${again}`,
    );
  }
}

/**
 * The task that was started under an id since it was looked up.
 * @throws the error itself if it is of another kind
 */
async function findTaskInTheWay(run: Run, id: string, error: unknown): Promise<ExportTask | undefined> {
  if (!(error instanceof ExportTaskAlreadyExistsError)) throw error;
  return run.rds.findTask(id);
}

async function startScheduled(run: Run, scheduledTime: Date): Promise<StartedExport> {
  const { environment, rds, log, snapshot } = run;
  const slot = slotOfExport(scheduledTime, environment);
  const id = taskId(environment.taskPrefix, slot);
  log.appendKeys({ slot, taskId: id });
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

async function startByHand(run: Run, exportAgain: boolean): Promise<StartedExport> {
  const { environment, rds, log, snapshot } = run;
  if (!exportAgain) refuseSecondExport(run, await rds.listTasks(snapshot.arn));
  const newest = slotAt(run.now, slotZone(environment));
  let slot = newest;
  for (let step = 0; step <= MAX_STEPS_BACK; step++, slot = previousSlot(slot)) {
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
  throw new NoFreeSlotError(
    `Each of the ${MAX_STEPS_BACK + 1} hours back from slot ${newest} has an export task already, and RDS takes no ` +
      `task id twice. Try again in the next hour: ${exportByHand(run)}`,
  );
}

const SNAPSHOT_IN_ARN = ":cluster-snapshot:";

async function findNamedSnapshot(
  { environment, rds, log }: Omit<Run, "snapshot">,
  arn: string,
): Promise<Snapshot> {
  const name = arn.slice(arn.indexOf(SNAPSHOT_IN_ARN) + SNAPSHOT_IN_ARN.length);
  const snapshot = checkNamedSnapshot(arn, await rds.findSnapshot(name), environment.clusterIdentifier);
  log.appendKeys({ snapshot: snapshot.id });
  return snapshot;
}

async function findNewestSnapshot(run: Omit<Run, "snapshot">): Promise<Snapshot> {
  const { environment, rds, log, now } = run;
  const { clusterIdentifier, snapshotType, maxSnapshotAgeHours } = environment;
  const { snapshot, newerUnavailable, incomplete } = chooseSnapshot(
    await rds.listSnapshots(clusterIdentifier, snapshotType),
    {
      clusterIdentifier,
      snapshotType,
      maxAgeHours: maxSnapshotAgeHours,
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
 * @throws ExporterError for everything that is not a started export
 */
export async function startExport(
  payload: unknown,
  functionName: string,
  environment: ExporterEnvironment,
  ports: ExporterPorts,
): Promise<StartedExport> {
  const { rds, log } = ports;
  const now = ports.now();
  log.appendKeys({ environment: environment.environment });
  const invocation = parseInvocation(payload, now);
  const snapshotArn = invocation.kind === "byHand" ? invocation.snapshotArn : undefined;
  const begun = { environment, rds, log, now, functionName, snapshotArn };
  const snapshot = await (snapshotArn === undefined
    ? findNewestSnapshot(begun)
    : findNamedSnapshot(begun, snapshotArn));
  const run = { ...begun, snapshot };
  return invocation.kind === "scheduled"
    ? startScheduled(run, invocation.scheduledTime)
    : startByHand(run, invocation.exportAgain);
}
