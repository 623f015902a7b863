import type { ExportTask } from "@aws-sdk/client-rds";
import type { Slot } from "../../../contract/slot";
import { slotOfTaskId, taskId } from "../../../contract/taskId";
import { excerpt } from "../../../functions/excerpt";
import { COMPLETE } from "../../../functions/gate/tasks";
import type { Session } from "../../session/session";
import { dayAt } from "./day";

/** An export of the stack. Instants are ISO 8601 in UTC; left out is what RDS does not say. */
export interface ExportStatus {
  /** `prod-2025021806` */
  readonly task: string;
  readonly slot: Slot;
  /** As RDS has it: `STARTING`, `IN_PROGRESS`, `COMPLETE`, `FAILED`, `CANCELING`, `CANCELED`. */
  readonly state: string;
  readonly percent?: number;
  readonly snapshotTaken?: string;
  readonly started?: string;
  readonly ended?: string;
  /** Why it failed, and what RDS warns of, each in a line. */
  readonly failure?: string;
  readonly warning?: string;
}

/** What is wrong with the day's export: it has failed or was canceled, is not complete in time, or was never started. */
export type ExportTrouble = "failed" | "late" | "absent";

/** Exports of the stack. */
export interface ExportsStatus {
  /** The export that was due last by the clock; left out where the clock is off. */
  readonly today?: { readonly task: string; readonly slot: Slot; readonly due: string };
  /** It, as RDS has it; left out where there is none. */
  readonly daily?: ExportStatus;
  /** The newest of the others. */
  readonly others: readonly ExportStatus[];
  readonly trouble?: ExportTrouble;
}

const SHOWN_OTHERS = 3;

function read(task: ExportTask, slot: Slot): ExportStatus {
  const { ExportTaskIdentifier = "", Status = "without a state", PercentProgress: percent } = task;
  const [snapshotTaken, started, ended] = [task.SnapshotTime, task.TaskStartTime, task.TaskEndTime].map(
    (it) => it?.toISOString(),
  );
  return {
    task: ExportTaskIdentifier,
    slot,
    state: Status,
    ...(percent !== undefined && { percent }),
    ...(snapshotTaken && { snapshotTaken }),
    ...(started && { started }),
    ...(ended && { ended }),
    ...(task.FailureCause && { failure: excerpt(task.FailureCause) }),
    ...(task.WarningMessage && { warning: excerpt(task.WarningMessage) }),
  };
}

/**
 * The exports of the stack, by RDS: the day's own, and a few others.
 * @throws AwsCallError
 */
export async function readExports({
  stack,
  exports,
  clock,
}: Pick<Session, "stack" | "exports" | "clock">): Promise<ExportsStatus> {
  const { bucketName, taskPrefix, schedule } = stack;
  const now = clock.now();
  const tasks = (await exports.listTasksInto(bucketName))
    .flatMap((it) => {
      const slot = slotOfTaskId(taskPrefix, it.ExportTaskIdentifier ?? "");
      return slot === undefined || it.S3Bucket !== bucketName ? [] : [read(it, slot)];
    })
    .sort((one, other) => (one.started ?? "").localeCompare(other.started ?? ""))
    .reverse();
  const day = dayAt(now, schedule);
  const daily = tasks.find(({ slot }) => slot === day?.slot);
  const others = tasks.filter((it) => it !== daily).slice(0, SHOWN_OTHERS);
  if (day === undefined) return { others };
  const today = { task: taskId(taskPrefix, day.slot), slot: day.slot, due: day.exportAt.toISOString() };
  const trouble = (): ExportTrouble | undefined => {
    if (daily === undefined) return now > day.lastLook ? "absent" : undefined;
    if (daily.state === COMPLETE) return undefined;
    if (/^(FAILED|CANCEL)/.test(daily.state)) return "failed";
    return now > day.gate ? "late" : undefined;
  };
  const found = trouble();
  return { today, ...(daily && { daily }), others, ...(found && { trouble: found }) };
}
