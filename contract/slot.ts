import { ON_EXPORT_COMPLETE } from "./environment";
import type { Schedule } from "./schedule";
import { MINUTES_PER_DAY, minutesUntil, type TimeOfDay } from "./timeOfDay";
import { localTime, type SlotZone, utcOffsetMinutes } from "./timeZone";

declare const slotBrand: unique symbol;

/** A local wall-clock hour of the stack's time zone, `YYYYMMDDHH`. It names the load that an export feeds. */
export type Slot = string & { readonly [slotBrand]: true };

const HOUR = 60 * 60 * 1000;
const MINUTE = 60 * 1000;
const PATTERN = /^(2\d{3})(\d{2})(\d{2})(\d{2})$/;

/** The wall clock's digits read as if they were UTC: slots are counted on this line, which has no gaps. */
function slotFromWallClock(wallClock: number): Slot {
  return new Date(wallClock).toISOString().slice(0, 13).replace(/[-T]/g, "") as Slot;
}

/** The instant at which a clock in UTC shows the slot's digits. */
export function wallClockOfSlot(slot: Slot): number {
  return Date.UTC(
    Number(slot.slice(0, 4)),
    Number(slot.slice(4, 6)) - 1,
    Number(slot.slice(6, 8)),
    Number(slot.slice(8, 10)),
  );
}

/** True for `YYYYMMDDHH` of an hour that exists in the calendar. */
export function isSlot(text: string): text is Slot {
  return PATTERN.test(text) && slotFromWallClock(wallClockOfSlot(text as Slot)) === text;
}

/**
 * Reads a slot.
 * @throws RangeError for anything else than an hour of the calendar.
 */
export function parseSlot(text: string): Slot {
  if (!isSlot(text)) {
    throw new RangeError(`"${text}" is no slot; expected a local hour as YYYYMMDDHH, such as 2025021806`);
  }
  return text;
}

/** What tells the slots of a stack. */
export type SlotRule = Pick<Schedule, "timeZone" | "pathOffsetMinutes" | "load">;

/**
 * Whose clocks count a stack's slots. Transfers that run by the clock do so in UTC, at the distance from local time that
 * they were deployed with; where loads follow the export, each export has its hour by the zone's own clocks.
 */
export function slotZone({ timeZone, pathOffsetMinutes, load }: SlotRule): SlotZone {
  return load === ON_EXPORT_COMPLETE ? timeZone : pathOffsetMinutes;
}

/** The slot of the daily export that was due at an instant: the load's that it feeds, or its own hour. */
export function slotOfExport(scheduledTime: Date, rule: SlotRule): Slot {
  const timeZone = slotZone(rule);
  return rule.load === ON_EXPORT_COMPLETE
    ? slotAt(scheduledTime, timeZone)
    : slotOfNextLoad(scheduledTime, { timeZone, load: rule.load });
}

/** The instant at which a clock in UTC shows what clocks in the zone show at another one. */
export function wallClockAt(instant: Date, timeZone: SlotZone): number {
  return instant.getTime() + utcOffsetMinutes(timeZone, instant) * MINUTE;
}

/** Minutes on the wall clock since it showed a time of day last: 0 to 1439. */
export function minutesSince(time: TimeOfDay, instant: Date, timeZone: SlotZone): number {
  return MINUTES_PER_DAY - minutesUntil(localTime(timeZone, instant), time);
}

/** The slot of the hour that clocks in the zone show at an instant. */
export function slotAt(instant: Date, timeZone: SlotZone): Slot {
  return slotFromWallClock(wallClockAt(instant, timeZone));
}

/** The hour before: where a spot run goes when a slot is spent. */
export function previousSlot(slot: Slot): Slot {
  return slotFromWallClock(wallClockOfSlot(slot) - HOUR);
}

/**
 * The slot of a daily export in schedule mode: the hour of the next load after the export's scheduled time,
 * across midnight where need be.
 * @param scheduledTime instant for which the export was scheduled, not the one at which it happens to run
 */
export function slotOfNextLoad(scheduledTime: Date, times: { timeZone: SlotZone; load: TimeOfDay }): Slot {
  const until = minutesUntil(localTime(times.timeZone, scheduledTime), times.load);
  return slotFromWallClock(wallClockAt(scheduledTime, times.timeZone) + until * MINUTE);
}

/**
 * The slot of the daily export that was due last at any instant. On the wall clock, so that an export before the clocks
 * change keeps its hour.
 * @param times.load undefined in completion mode, where an export's slot is its own hour
 */
export function slotOfLatestExport(
  instant: Date,
  times: { timeZone: SlotZone; export: TimeOfDay; load?: TimeOfDay },
): Slot {
  const untilLoad = times.load === undefined ? 0 : minutesUntil(times.export, times.load);
  const sinceExport = minutesSince(times.export, instant, times.timeZone);
  return slotFromWallClock(wallClockAt(instant, times.timeZone) + (untilLoad - sinceExport) * MINUTE);
}

/**
 * The `requestedRunTime` of a manual load of a slot: the instant at which the transfer's path renders the slot.
 * @param offsetMinutes the offset that the path carries (`pathOffsetMinutes`)
 */
export function requestedRunTime(slot: Slot, offsetMinutes: number): Date {
  return new Date(wallClockOfSlot(slot) - offsetMinutes * MINUTE);
}
