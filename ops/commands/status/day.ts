import { lastLookMinutes } from "../../../contract/dailyExport";
import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import { gateTime } from "../../../contract/gateClock";
import { dueTime, type Schedule } from "../../../contract/schedule";
import { minutesSince, requestedRunTime, type Slot, wallClockAt } from "../../../contract/slot";
import { minuteOfDay, minutesUntil } from "../../../contract/timeOfDay";
import { awaitedSlot } from "../../../functions/gate/times";
import { DAY, localInstant, MINUTE, shiftDate, shiftInstant } from "../../../rehearsal/days/dates";

/** The day's own export, which was due last, and by when things have to have happened to it. */
export interface Day {
  readonly slot: Slot;
  /** When the export is due. */
  readonly exportAt: Date;
  /** The exporter's last look for room. */
  readonly lastLook: Date;
  /** When the gate's clock looks whether the export is complete. */
  readonly gate: Date;
  /** The load by the clock, or the deadline. */
  readonly due: Date;
}

/** Local date of an instant: `2025-02-18`. */
export function localDate(instant: Date, timeZone: string): string {
  return new Date(wallClockAt(instant, timeZone)).toISOString().slice(0, 10);
}

/** When the load by the clock of a slot begins, or its export's deadline. */
function dueOf(schedule: Schedule, slot: Slot, exportDate: string): Date {
  const { load, exportTime, timeZone, pathOffsetMinutes } = schedule;
  // Transfers keep the distance to UTC that they were deployed with.
  if (load !== ON_EXPORT_COMPLETE)
    return shiftInstant(requestedRunTime(slot, pathOffsetMinutes), load.minute);
  const deadline = dueTime(schedule);
  const isNextDay = minuteOfDay(deadline) <= minuteOfDay(exportTime);
  return localInstant(shiftDate(exportDate, isNextDay ? 1 : 0), deadline, timeZone);
}

/** The day whose export was due last at an instant; undefined where the clock is off. */
export function dayAt(now: Date, schedule: Schedule): Day | undefined {
  const { enabled, exportTime, timeZone } = schedule;
  if (!enabled) return undefined;
  const slot = awaitedSlot(schedule, now);
  const since = minutesSince(exportTime, now, timeZone) % (DAY / MINUTE);
  const exportDate = localDate(shiftInstant(now, -since), timeZone);
  const exportAt = localInstant(exportDate, exportTime, timeZone);
  const due = dueOf(schedule, slot, exportDate);
  const gateBefore = minutesUntil(gateTime(schedule), dueTime(schedule)) % (DAY / MINUTE);
  return {
    slot,
    exportAt,
    lastLook: shiftInstant(exportAt, lastLookMinutes(schedule)),
    gate: shiftInstant(due, -gateBefore),
    due,
  };
}
