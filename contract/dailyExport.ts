import { ON_EXPORT_COMPLETE } from "./environment";
import { gateTime } from "./gateClock";
import { type DailyTimes, slotTime } from "./schedule";
import {
  minutesSince,
  type Slot,
  slotOfExport,
  slotOfLatestExport,
  slotZone,
  wallClockAt,
  wallClockOfSlot,
} from "./slot";
import { minutesUntil, shiftTime, type TimeOfDay } from "./timeOfDay";

/** Minutes from one look of an exporter that comes back to the next. */
export const COME_BACK_MINUTES = 5;

/**
 * Least that an export takes: RDS restores a copy before it writes anything. Source: Aurora User Guide, "Exporting DB
 * cluster snapshot data to Amazon S3", and measurements of small databases.
 */
const LEAST_EXPORT_MINUTES = 15;

const MINUTE = 60 * 1000;

/**
 * Local time of the exporter's last look for room: of those every five minutes after the export's time the last at
 * which an export can still be finished when the gate looks.
 */
export function lastLook(times: Pick<DailyTimes, "exportTime" | "load" | "deadline">): TimeOfDay {
  return shiftTime(times.exportTime, lastLookMinutes(times));
}

/** The same in minutes after the export's time. */
export function lastLookMinutes(times: Pick<DailyTimes, "exportTime" | "load" | "deadline">): number {
  const room = minutesUntil(times.exportTime, gateTime(times)) - LEAST_EXPORT_MINUTES;
  return room - (room % COME_BACK_MINUTES);
}

/** The slot of the daily export that a call at its time, or a look for room behind it, is about. */
export function slotOfDaily(scheduledTime: Date, times: DailyTimes): Slot {
  const { load, timeZone, exportTime } = times;
  // A look by the clock comes before the load; on the wall clock an export keeps its hour when clocks change.
  return load === ON_EXPORT_COMPLETE
    ? slotOfLatestExport(scheduledTime, { timeZone, export: exportTime })
    : slotOfExport(scheduledTime, times);
}

/** True at a look's time: after the export's own, and not later than the last one. */
export function isLookTime(scheduledTime: Date, times: DailyTimes): boolean {
  const since = minutesSince(times.exportTime, scheduledTime, times.timeZone);
  return since > 0 && since <= lastLookMinutes(times);
}

/**
 * True if the exporter comes back after an instant for the export that it was called for.
 * @param scheduledTime instant for which the call was scheduled
 */
export function comesBack(scheduledTime: Date, now: Date, times: DailyTimes): boolean {
  const late = Math.max(0, now.getTime() - scheduledTime.getTime()) / MINUTE;
  return minutesSince(times.exportTime, scheduledTime, times.timeZone) + late < lastLookMinutes(times);
}

/**
 * True while the day waits for its own export in a slot that has begun: until the gate's deadline, or the load by the
 * clock. Nothing else takes the slot until then.
 */
export function isKeptForDaily(slot: Slot, now: Date, times: DailyTimes): boolean {
  const named = slotTime(times);
  if (Number(slot.slice(8)) !== named.hour) return false;
  const waits = times.load === ON_EXPORT_COMPLETE ? minutesUntil(times.exportTime, gateTime(times)) : 0;
  return wallClockAt(now, slotZone(times)) <= wallClockOfSlot(slot) + (named.minute + waits) * MINUTE;
}
