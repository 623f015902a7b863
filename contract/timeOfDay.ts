/** A local wall-clock time, `HH:MM`, as people write it in the stack file. */
export interface TimeOfDay {
  /** 0 to 23. */
  readonly hour: number;
  /** 0 to 59. */
  readonly minute: number;
}

const PATTERN = /^([01]\d|2[0-3]):([0-5]\d)$/;

export const HOURS_PER_DAY = 24;
export const MINUTES_PER_DAY = HOURS_PER_DAY * 60;

/** True for `HH:MM` from `00:00` to `23:59`. */
export function isTimeOfDay(text: string): boolean {
  return PATTERN.test(text);
}

/**
 * Reads `HH:MM`.
 * @throws RangeError for anything that no clock shows.
 */
export function parseTimeOfDay(text: string): TimeOfDay {
  const match = PATTERN.exec(text);
  if (match === null) {
    throw new RangeError(`"${text}" is no time of day; expected HH:MM from 00:00 to 23:59`);
  }
  return { hour: Number(match[1]), minute: Number(match[2]) };
}

/** `{ hour: 6, minute: 0 }` → `06:00`. */
export function formatTimeOfDay({ hour, minute }: TimeOfDay): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** Minutes since midnight. */
export function minuteOfDay({ hour, minute }: TimeOfDay): number {
  return hour * 60 + minute;
}

/** Minutes from one time to the next occurrence of another, across midnight where need be: 1 to 1440. */
export function minutesUntil(from: TimeOfDay, to: TimeOfDay): number {
  const gap = (minuteOfDay(to) - minuteOfDay(from) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  return gap === 0 ? MINUTES_PER_DAY : gap;
}

/** A time so many minutes later, or earlier where they are negative, across midnight where need be. */
export function shiftTime(time: TimeOfDay, minutes: number): TimeOfDay {
  const shifted = (((minuteOfDay(time) + minutes) % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  return { hour: Math.floor(shifted / 60), minute: shifted % 60 };
}

/** So many hours of the day from one on, in steps, across midnight where need be: 23, 0, 1. */
export function hoursFrom(hour: number, count: number, step = 1): number[] {
  return Array.from({ length: count }, (_, index) => (hour + index * step) % HOURS_PER_DAY);
}
