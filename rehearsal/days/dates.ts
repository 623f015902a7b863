import { formatTimeOfDay, type TimeOfDay } from "../../contract/timeOfDay";
import { utcOffsetMinutes } from "../../contract/timeZone";

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

/** `2025-02-18` and a number of days → the date that many days later. */
export function shiftDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The instant some minutes after another, or before it. */
export function shiftInstant(instant: Date, minutes: number): Date {
  return new Date(instant.getTime() + minutes * MINUTE);
}

/** The instant at which clocks in the zone show a date and a time. */
export function localInstant(date: string, time: TimeOfDay, timeZone: string): Date {
  const wallClock = Date.parse(`${date}T${formatTimeOfDay(time)}:00Z`);
  return new Date(wallClock - utcOffsetMinutes(timeZone, new Date(wallClock)) * MINUTE);
}
