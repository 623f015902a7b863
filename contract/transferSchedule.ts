import { formatTimeOfDay, MINUTES_PER_DAY, minuteOfDay, type TimeOfDay } from "./timeOfDay";

/** Days as stack config names them, in the order of the week. */
export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/**
 * The transfer's own schedule, which Data Transfer Service reads in UTC: `every day 21:00` for 06:00 in Tokyo.
 * @param days local days on which the table is loaded; every day where left out
 */
export function transferSchedule(load: TimeOfDay, offsetMinutes: number, days?: readonly Weekday[]): string {
  const utc = minuteOfDay(load) - offsetMinutes;
  const dayShift = Math.floor(utc / MINUTES_PER_DAY);
  const minute = utc - dayShift * MINUTES_PER_DAY;
  const at = formatTimeOfDay({ hour: Math.floor(minute / 60), minute: minute % 60 });
  if (days === undefined || new Set(days).size === WEEKDAYS.length) return `every day ${at}`;
  // Monday 06:00 in Tokyo is still Sunday in UTC.
  const shifted = new Set(days.map((day) => (WEEKDAYS.indexOf(day) + dayShift + 7) % 7));
  const names = WEEKDAYS.filter((_, index) => shifted.has(index));
  return names.length === 1
    ? `every ${names[0]} ${at}`
    : `every ${names.map((n) => n.slice(0, 3)).join(",")} ${at}`;
}
