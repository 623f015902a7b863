import { formatTimeOfDay, MINUTES_PER_DAY, minuteOfDay, shiftTime, type TimeOfDay } from "./timeOfDay";

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
  const at = formatTimeOfDay(shiftTime(load, -offsetMinutes));
  if (days === undefined || new Set(days).size === WEEKDAYS.length) return `every day ${at}`;
  // Monday 06:00 in Tokyo is still Sunday in UTC.
  const dayShift = Math.floor((minuteOfDay(load) - offsetMinutes) / MINUTES_PER_DAY);
  const shifted = new Set(days.map((day) => (WEEKDAYS.indexOf(day) + dayShift + 7) % 7));
  const names = WEEKDAYS.filter((_, index) => shifted.has(index));
  return names.length === 1
    ? `every ${names[0]} ${at}`
    : `every ${names.map((n) => n.slice(0, 3)).join(",")} ${at}`;
}
