import { HOURS_PER_DAY, hoursFrom, type TimeOfDay } from "./timeOfDay";

const MINUTES_PER_HOUR = 60;

/**
 * Expressions of EventBridge Scheduler for every day. Source: EventBridge Scheduler User Guide, "Schedule types".
 */

function cron(minutes: readonly number[], hours: readonly number[]): string {
  return `cron(${minutes.join(",")} ${hours.join(",")} * * ? *)`;
}

/**
 * At a time: `cron(0 4 * * ? *)`.
 * @param hours all hours, each at the time's minute; the time's own alone where left out
 */
export function dailyCron({ hour, minute }: TimeOfDay, hours: readonly number[] = [hour]): string {
  return cron([minute], hours);
}

/**
 * Every few minutes, whole numbers of steps from a time, in each hour from that one's to another's: `cron(2,7,…,57 23,0 …)`.
 * @param step minutes, a whole part of an hour
 */
export function repeatedCron(from: TimeOfDay, until: TimeOfDay, step: number): string {
  const minutes = Array.from({ length: MINUTES_PER_HOUR / step }, (_, i) => (from.minute % step) + i * step);
  const more = (until.hour - from.hour + HOURS_PER_DAY) % HOURS_PER_DAY;
  return cron(minutes, hoursFrom(from.hour, more + 1));
}
