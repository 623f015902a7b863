import { LAST_OPENING_MINUTES, LOAD_DELAY_SECONDS, ON_EXPORT_COMPLETE } from "../../contract/environment";
import { gateTime, LOOK_EVERY_HOURS } from "../../contract/gateClock";
import { expiresFrom } from "../../contract/retention";
import type { DailyTimes } from "../../contract/schedule";
import {
  requestedRunTime,
  type Slot,
  slotOfLatestExport,
  slotOfNextLoad,
  slotZone,
  wallClockOfSlot,
} from "../../contract/slot";
import type { ListedTable } from "../../contract/tableList";
import { MINUTES_PER_DAY, minuteOfDay } from "../../contract/timeOfDay";
import { localTime } from "../../contract/timeZone";
import { WEEKDAYS, type Weekday } from "../../contract/transferSchedule";
import type { GateEnvironment } from "./environment";
import { type KnownTask, slotOf } from "./tasks";

const MINUTE = 60 * 1000;

const HALF_A_DAY = 12 * 60 * MINUTE;

/**
 * Minutes before a load by the clock until which its export is opened: the gate's clock and its retries come after the
 * time by which the export has to have ended.
 */
export const OPENED_BEFORE = 5;

/** Minutes after a load by the clock in which its runs may still be reading. */
export const RUNS_TAKE = 60;

/** Days for which the end of an export is news. */
const NEWS_DAYS = 2;

/** Whether a clock loads, and when. */
type LoadClock = Pick<GateEnvironment, "load" | "clockEnabled" | "pathOffsetMinutes">;

/** The instant at which the clock loads a slot; undefined if no clock loads it. */
export function scheduledLoad(environment: LoadClock, slot: Slot): Date | undefined {
  const { load, clockEnabled } = environment;
  if (load === ON_EXPORT_COMPLETE || !clockEnabled || Number(slot.slice(8)) !== load.hour) return undefined;
  return new Date(runTimeOf(environment, slot).getTime() + load.minute * MINUTE);
}

/** The load by the clock that an export feeds: none if it was started when that load was past, as by hand. */
export function loadFedBy(
  environment: LoadClock & Pick<GateEnvironment, "taskPrefix">,
  task: KnownTask,
): Date | undefined {
  const load = scheduledLoad(environment, slotOf(environment, task));
  const started = task.TaskStartTime;
  return load !== undefined && started !== undefined && started >= load ? undefined : load;
}

/** By when an export has to have ended, and to be opened, so that a load by the clock may read it. */
export function lastTimes(load: Date): { readonly ended: Date; readonly opened: Date } {
  const before = (minutes: number) => new Date(load.getTime() - minutes * MINUTE);
  return { ended: before(LAST_OPENING_MINUTES), opened: before(OPENED_BEFORE) };
}

/** True if an export ended too late for the load by the clock that it should feed. */
export function endedTooLate(load: Date, { TaskEndTime }: KnownTask, now: Date): boolean {
  return (TaskEndTime ?? now) > lastTimes(load).ended;
}

/**
 * True if an export may not be opened now without a person's word: runs by the clock could be half way. Event and clock
 * get the same answer, whoever comes first.
 */
export function isTooLate(environment: GateEnvironment, task: KnownTask, now: Date): boolean {
  const fed = loadFedBy(environment, task);
  if (fed !== undefined) return endedTooLate(fed, task, now) || now > lastTimes(fed).opened;
  // Started after its hour's load: a run of that load that is late could still meet it.
  const load = scheduledLoad(environment, slotOf(environment, task));
  return load !== undefined && isReadingTime(load, now);
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

/** The slot whose export must be there at a look of the gate's clock; undefined at looks that are not the day's own. */
export function expectedSlot(environment: GateEnvironment, scheduledTime: Date): Slot | undefined {
  const { load, exportTime } = environment;
  const timeZone = slotZone(environment);
  const now = gateTime(environment);
  const sinceDay = minuteOfDay(localTime(timeZone, scheduledTime)) - minuteOfDay(now);
  const half = MINUTES_PER_DAY / 2;
  const minutes = ((sinceDay + half + MINUTES_PER_DAY) % MINUTES_PER_DAY) - half;
  // The look nearest to it, and the load nearest to that: the transfers' clock stays as it was deployed where the zone's
  // is changed by law.
  if (Math.abs(2 * minutes) >= LOOK_EVERY_HOURS * 60) return undefined;
  if (load !== ON_EXPORT_COMPLETE) {
    return slotOfNextLoad(new Date(scheduledTime.getTime() - HALF_A_DAY), { timeZone, load });
  }
  const look = new Date(scheduledTime.getTime() - minutes * MINUTE);
  return slotOfLatestExport(look, { timeZone, export: exportTime });
}

/** From when on S3 deletes an export's files; undefined where nobody knows. */
export function expiryOf(
  { retentionDays }: Pick<GateEnvironment, "retentionDays">,
  task: KnownTask,
): Date | undefined {
  const start = task.TaskStartTime ?? task.SnapshotTime;
  return retentionDays === undefined || start === undefined ? undefined : expiresFrom(start, retentionDays);
}

/**
 * True if an export has ended so lately that its end is news: events come late, and clocks look after them. Whatever
 * ended before is settled, and its records may have expired.
 */
export function hasJustEnded(
  { retentionDays = NEWS_DAYS }: GateEnvironment,
  task: KnownTask,
  now: Date,
): boolean {
  const days = Math.min(NEWS_DAYS, retentionDays);
  return now.getTime() - (task.TaskEndTime ?? now).getTime() <= days * MINUTES_PER_DAY * MINUTE;
}

/** The slot that people wait for at any instant: of the daily export that was due last. */
export function awaitedSlot(schedule: DailyTimes, instant: Date): Slot {
  const { load, exportTime } = schedule;
  const timeZone = slotZone(schedule);
  const times = { timeZone, export: exportTime, ...(load !== ON_EXPORT_COMPLETE && { load }) };
  return slotOfLatestExport(instant, times);
}

/** The run time with which a transfer's path renders a slot. */
export function runTimeOf(
  { pathOffsetMinutes }: Pick<GateEnvironment, "pathOffsetMinutes">,
  slot: Slot,
): Date {
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
