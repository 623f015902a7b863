import { LAST_OPENING_MINUTES, ON_EXPORT_COMPLETE } from "./environment";
import { dueTime, type Schedule } from "./schedule";
import { HOURS_PER_DAY, hoursFrom, shiftTime, type TimeOfDay } from "./timeOfDay";

/**
 * Hours from one look of the gate's clock to the next. One look of the day is at the day's own export; all of them find
 * what has ended without an event: RDS sends its events without a promise.
 */
export const LOOK_EVERY_HOURS = 3;

/**
 * Local time at which the gate's clock looks whether the day's export is complete: ten minutes before the load, or at the
 * deadline where loads follow the export.
 * @throws RangeError where loads follow the export, and no deadline is given
 */
export function gateTime(schedule: Pick<Schedule, "load" | "deadline">): TimeOfDay {
  const before = schedule.load === ON_EXPORT_COMPLETE ? 0 : LAST_OPENING_MINUTES;
  return shiftTime(dueTime(schedule), -before);
}

/** Local hours of all looks, in order; each at the minute of the day's own. */
export function lookHours({ hour }: TimeOfDay): number[] {
  return hoursFrom(hour, HOURS_PER_DAY / LOOK_EVERY_HOURS, LOOK_EVERY_HOURS).sort((a, b) => a - b);
}
