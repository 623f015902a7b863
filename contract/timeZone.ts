import { tzOffset } from "@date-fns/tz/tzOffset";
import type { TimeOfDay } from "./timeOfDay";

const MINUTE = 60 * 1000;
const DAY = 24 * 60 * MINUTE;

/** True for a name of the IANA time zone database that this runtime knows, such as `Asia/Tokyo`. */
export function isTimeZone(timeZone: string): boolean {
  // Intl also takes bare offsets such as "+09:00"; EventBridge Scheduler does not.
  if (!/^[A-Za-z]/.test(timeZone)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Whose clocks count slots: a zone's, by its IANA name, or those that are so many minutes east of UTC for ever. */
export type SlotZone = string | number;

/** Minutes east of UTC that the zone's clocks show at an instant. */
export function utcOffsetMinutes(timeZone: SlotZone, instant: Date): number {
  if (typeof timeZone === "number") return timeZone;
  const minutes = tzOffset(timeZone, instant);
  if (Number.isNaN(minutes)) {
    throw new RangeError(`"${timeZone}" is no time zone of the IANA database`);
  }
  return minutes;
}

/** The time of day that the zone's clocks show at an instant. */
export function localTime(timeZone: SlotZone, instant: Date): TimeOfDay {
  const local = new Date(instant.getTime() + utcOffsetMinutes(timeZone, instant) * MINUTE);
  return { hour: local.getUTCHours(), minute: local.getUTCMinutes() };
}

/** Every UTC offset (minutes) that the zone uses in the two years from an instant, smallest first. */
export function utcOffsetsAhead(timeZone: string, from: Date): number[] {
  const offsets = new Set<number>();
  // By the week: Morocco's clocks go back for one lunar month only, which a monthly look can miss.
  for (let day = 0; day <= 2 * 366; day += 7) {
    offsets.add(utcOffsetMinutes(timeZone, new Date(from.getTime() + day * DAY)));
  }
  return [...offsets].sort((a, b) => a - b);
}

/** True if the zone's clocks change within two years: such a zone has no fixed distance from UTC. */
export function hasClockChanges(timeZone: string, from: Date): boolean {
  return utcOffsetsAhead(timeZone, from).length > 1;
}

/**
 * The first local date, `YYYY-MM-DD`, within two years on which clocks in the zone skip a time of day; undefined if
 * they never do.
 * @param minute minutes since midnight
 */
export function firstSkipped(timeZone: string, minute: number, from: Date): string | undefined {
  const offsets = utcOffsetsAhead(timeZone, from);
  const midnight = Math.floor(from.getTime() / DAY) * DAY;
  for (let day = 0; day <= 2 * 366; day++) {
    const wallClock = midnight + day * DAY + minute * MINUTE;
    const shown = offsets.some((offset) => {
      const instant = new Date(wallClock - offset * MINUTE);
      return utcOffsetMinutes(timeZone, instant) === offset;
    });
    if (!shown) return new Date(wallClock).toISOString().slice(0, 10);
  }
  return undefined;
}

/**
 * The offset (minutes) that a transfer's path carries. A path knows one offset for the whole year; the
 * largest one is taken, so that the run time that renders a slot is never later than the slot itself.
 */
export function pathOffsetMinutes(timeZone: string, from: Date): number {
  return Math.max(...utcOffsetsAhead(timeZone, from));
}
