import type { ExportTask } from "@aws-sdk/client-rds";
import { requestedRunTime, type Slot } from "../../contract/slot";
import { slotOfTaskId, taskId } from "../../contract/taskId";
import { FunctionError, isFault } from "../errors";
import { invokeCommand } from "../invokeCommand";
import { exportByHand, type Run } from "./run";

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

const STARTING = "STARTING";
const RUNNING = [STARTING, "IN_PROGRESS"];
const COMPLETE = "COMPLETE";

function isRunning(task: ExportTask): boolean {
  return RUNNING.includes(task.Status ?? "");
}

function isRunningOrComplete(task: ExportTask): boolean {
  return isRunning(task) || task.Status === COMPLETE;
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

/** Starts the export of the chosen snapshot. @throws ExportTaskAlreadyExistsError if the slot is spent */
export async function startTask(run: Run, slot: Slot): Promise<StartedExport> {
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
export function isSameExport(run: Run, task: ExportTask): boolean {
  return isRunningOrComplete(task) && task.SourceArn === run.snapshot.arn;
}

/**
 * The result of a run that finds its task in RDS already: it was delivered twice, or is a retry.
 * @throws SlotSpentError unless that task does what this run was about to do
 */
export function alreadyStartedExport(run: Run, slot: Slot, task: ExportTask): StartedExport {
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
export function refuseSecondExport(run: Run, tasks: readonly ExportTask[]): void {
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

/**
 * The task that was started under an id since it was looked up.
 * @throws the error itself if it is of another kind
 */
export async function findTaskInTheWay(
  run: Run,
  id: string,
  error: unknown,
): Promise<ExportTask | undefined> {
  if (!isFault(error, "ExportTaskAlreadyExistsError")) throw error;
  return run.rds.findTask(id);
}
