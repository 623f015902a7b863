import type { ExportTask } from "@aws-sdk/client-rds";
import type { ExportTimes } from "../../contract/openedExport";
import type { Slot } from "../../contract/slot";
import {
  type ClusterPlace,
  ownerOfSnapshot,
  type SnapshotOwner,
  snapshotArnStart,
  snapshotName,
} from "../../contract/snapshots";
import { slotOfTaskId, taskId } from "../../contract/taskId";
import type { GateEnvironment } from "./environment";
import type { Gate } from "./gate";

/** An export task whose id is known: RDS's type leaves every field open. */
export type KnownTask = ExportTask & { readonly ExportTaskIdentifier: string };

/** The account that the stack runs in. */
export function accountOf({ reportTopicArn }: GateEnvironment): string {
  return reportTopicArn.split(":")[4] ?? "";
}

/** Where the stack's cluster is. */
export function clusterPlaceOf(environment: GateEnvironment): ClusterPlace {
  const { region, clusterIdentifier } = environment;
  return { region, accountId: accountOf(environment), clusterIdentifier };
}

/**
 * True for a task under this stack's name: its id has the stack's prefix and a slot behind, and it went to the stack's
 * bucket. Whose snapshot it exports, RDS says (`ownerOf`).
 */
export function isOwnTask(
  { taskPrefix, bucketName }: Pick<GateEnvironment, "taskPrefix" | "bucketName">,
  task: ExportTask,
): task is KnownTask {
  const slot = slotOfTaskId(taskPrefix, task.ExportTaskIdentifier ?? "");
  return slot !== undefined && task.S3Bucket === bucketName;
}

export function slotOf({ taskPrefix }: Pick<GateEnvironment, "taskPrefix">, task: KnownTask): Slot {
  const slot = slotOfTaskId(taskPrefix, task.ExportTaskIdentifier);
  if (slot === undefined) throw new RangeError(`"${task.ExportTaskIdentifier}" is no task of ${taskPrefix}`);
  return slot;
}

export function taskOf({ taskPrefix }: GateEnvironment, slot: Slot): string {
  return taskId(taskPrefix, slot);
}

export const COMPLETE = "COMPLETE";

/** All tasks under this stack's name, in no order. */
export async function ownTasks({ environment, ports }: Gate): Promise<KnownTask[]> {
  return (await ports.tasks.listAll()).filter((task): task is KnownTask => isOwnTask(environment, task));
}

/** Whose snapshot a task exports: what RDS says of it. */
export async function ownerOf({ environment, ports, owners }: Gate, task: KnownTask): Promise<SnapshotOwner> {
  const { SourceArn: arn = "" } = task;
  const place = clusterPlaceOf(environment);
  const isSnapshot = arn.startsWith(snapshotArnStart(place));
  const owner =
    owners.get(arn) ??
    ownerOfSnapshot(place, arn, isSnapshot ? await ports.tasks.findSnapshot(snapshotName(arn)) : undefined);
  owners.set(arn, owner);
  return owner;
}

/** The task of a slot, if it is under this stack's name, and not of another cluster. */
export async function ownTask(gate: Gate, slot: Slot): Promise<KnownTask | undefined> {
  const { environment, ports } = gate;
  const task = await ports.tasks.findTask(taskOf(environment, slot));
  if (task === undefined || !isOwnTask(environment, task)) return undefined;
  return (await ownerOf(gate, task)) === "other" ? undefined : task;
}

/** The times of a task, as records of opened exports have them. */
export function timesOf({ SnapshotTime, TaskStartTime }: KnownTask): ExportTimes {
  return { snapshotTime: SnapshotTime?.toISOString(), startTime: TaskStartTime?.toISOString() };
}
