import type { ExportTask } from "@aws-sdk/client-rds";
import { LAST_OPENING_MINUTES, LOAD_DELAY_SECONDS, ON_EXPORT_COMPLETE } from "../../contract/environment";
import {
  requestedRunTime,
  type Slot,
  slotOfLastExport,
  slotOfLatestExport,
  slotOfNextLoad,
  slotZone,
  wallClockOfSlot,
} from "../../contract/slot";
import type { ListedTable } from "../../contract/tableList";
import { slotOfTaskId, taskId } from "../../contract/taskId";
import { WEEKDAYS, type Weekday } from "../../contract/transferSchedule";
import type { GateEnvironment } from "./environment";

/** An export task whose id is known: RDS's type leaves every field open. */
export type KnownTask = ExportTask & { readonly ExportTaskIdentifier: string };

const MINUTE = 60 * 1000;
const HALF_A_DAY = 12 * 60 * MINUTE;

/** The gate's own clock comes at that very minute: so much later its invocation, or a retry of it, still opens. */
const CLOCK_GRACE = 5;
/** Minutes after a load by the clock in which its runs may still be reading. */
export const RUNS_TAKE = 60;

/** The account that the stack runs in. */
export function accountOf({ reportTopicArn }: GateEnvironment): string {
  return reportTopicArn.split(":")[4] ?? "";
}

/**
 * True for the name of an automated snapshot of another cluster, whose name may begin like ours: `app-2`'s begin like
 * those of `app`. The name of any other snapshot says nothing of its cluster.
 */
export function isOfOtherCluster(clusterIdentifier: string, snapshot: string): boolean {
  if (!snapshot.startsWith("rds:")) return false;
  const start = `rds:${clusterIdentifier.toLowerCase()}-`;
  const minute = snapshot.slice(start.length);
  return !snapshot.toLowerCase().startsWith(start) || !/^\d{4}-\d{2}-\d{2}-\d{2}-\d{2}$/.test(minute);
}

/**
 * True for a task of this stack: its id has the stack's prefix and a slot behind, it went to the stack's bucket, and
 * its snapshot is not an automated one of another cluster.
 */
export function isOwnTask(
  { taskPrefix, bucketName, clusterIdentifier }: GateEnvironment,
  task: ExportTask,
): task is KnownTask {
  const slot = slotOfTaskId(taskPrefix, task.ExportTaskIdentifier ?? "");
  const snapshot = task.SourceArn?.split(":cluster-snapshot:")[1] ?? "";
  return slot !== undefined && task.S3Bucket === bucketName && !isOfOtherCluster(clusterIdentifier, snapshot);
}

export function slotOf({ taskPrefix }: GateEnvironment, task: KnownTask): Slot {
  const slot = slotOfTaskId(taskPrefix, task.ExportTaskIdentifier);
  if (slot === undefined) throw new RangeError(`"${task.ExportTaskIdentifier}" is no task of ${taskPrefix}`);
  return slot;
}

export function taskOf({ taskPrefix }: GateEnvironment, slot: Slot): string {
  return taskId(taskPrefix, slot);
}

/** The instant at which the clock loads a slot; undefined if no clock loads it. */
export function scheduledLoad(environment: GateEnvironment, slot: Slot): Date | undefined {
  const { load, clockEnabled } = environment;
  if (load === ON_EXPORT_COMPLETE || !clockEnabled || Number(slot.slice(8)) !== load.hour) return undefined;
  return new Date(runTimeOf(environment, slot).getTime() + load.minute * MINUTE);
}

/** The load by the clock that an export feeds: none if it was started when that load was past, as by hand. */
export function loadFedBy(environment: GateEnvironment, task: KnownTask): Date | undefined {
  const load = scheduledLoad(environment, slotOf(environment, task));
  const started = task.TaskStartTime;
  return load !== undefined && started !== undefined && started >= load ? undefined : load;
}

/** When an export is opened at the latest without a person's word; undefined where nothing hurries. */
export function lastOpening(load: Date | undefined, byClock: boolean): Date | undefined {
  const before = LAST_OPENING_MINUTES - (byClock ? CLOCK_GRACE : 0);
  return load && new Date(load.getTime() - before * MINUTE);
}

/** The time in which runs by the clock may be reading, so that not even a person opens their export. */
export function readingTime(load: Date): { readonly from: Date; readonly until: Date } {
  const time = load.getTime();
  return { from: new Date(time - LAST_OPENING_MINUTES * MINUTE), until: new Date(time + RUNS_TAKE * MINUTE) };
}

export function isReadingTime(load: Date, now: Date): boolean {
  const { from, until } = readingTime(load);
  return now > from && now < until;
}

/** The slot whose export must be there when the gate's clock comes. */
export function expectedSlot(environment: GateEnvironment, scheduledTime: Date): Slot {
  const { load, deadline, exportTime } = environment;
  const timeZone = slotZone(environment);
  if (load !== ON_EXPORT_COMPLETE) {
    // The load nearest to it: the transfers' clock stays as it was deployed where the zone's is changed by law.
    return slotOfNextLoad(new Date(scheduledTime.getTime() - HALF_A_DAY), { timeZone, load });
  }
  if (deadline === undefined) throw new RangeError("a stack that loads on completion has a deadline");
  return slotOfLastExport(scheduledTime, { timeZone, export: exportTime, now: deadline });
}

/** The slot that people wait for at any instant: of the daily export that was due last. */
export function awaitedSlot(environment: GateEnvironment, instant: Date): Slot {
  const { load, exportTime } = environment;
  const timeZone = slotZone(environment);
  const times = { timeZone, export: exportTime, ...(load !== ON_EXPORT_COMPLETE && { load }) };
  return slotOfLatestExport(instant, times);
}

/** The run time with which a transfer's path renders a slot. */
export function runTimeOf({ pathOffsetMinutes }: GateEnvironment, slot: Slot): Date {
  return requestedRunTime(slot, pathOffsetMinutes);
}

/** True if the slot is one that the daily export takes: every other is a person's. */
export function isDailySlot({ load, exportTime, clockEnabled }: GateEnvironment, slot: Slot): boolean {
  return clockEnabled && Number(slot.slice(8)) === (load === ON_EXPORT_COMPLETE ? exportTime : load).hour;
}

/** True if a table is loaded from a slot by itself: its days are those of the daily export, and of no person's. */
export function isDue(environment: GateEnvironment, { days }: ListedTable, slot: Slot): boolean {
  return !isDailySlot(environment, slot) || (days?.includes(weekdayOf(slot)) ?? true);
}

/** The local day of a slot. */
function weekdayOf(slot: Slot): Weekday {
  const day = WEEKDAYS[(new Date(wallClockOfSlot(slot)).getUTCDay() + 6) % 7];
  if (day === undefined) throw new RangeError(`${slot} is on no day of the week`);
  return day;
}

/** `26 min`, `3 h 5 min`. */
export function duration(milliseconds: number): string {
  const minutes = Math.round(milliseconds / MINUTE);
  const hours = Math.floor(minutes / 60);
  return [hours > 0 ? `${hours} h` : "", minutes % 60 > 0 || hours === 0 ? `${minutes % 60} min` : ""]
    .filter(Boolean)
    .join(" ");
}

export const LOAD_DELAY_MINUTES = LOAD_DELAY_SECONDS / 60;
