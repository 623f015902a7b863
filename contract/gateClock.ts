import { LAST_OPENING_MINUTES, ON_EXPORT_COMPLETE } from "./environment";
import { MINUTES_PER_DAY, minuteOfDay, type TimeOfDay } from "./timeOfDay";

/**
 * Hours from one look of the gate's clock to the next. One look of the day is at the day's own export; all of them find
 * what has ended without an event: RDS sends its events without a promise.
 */
export const LOOK_EVERY_HOURS = 3;

const HOURS_PER_DAY = 24;

/**
 * Local time at which the gate's clock looks whether the day's export is complete: ten minutes before the load, or at the
 * deadline where loads follow the export.
 * @throws RangeError where loads follow the export, and no deadline is given
 */
export function gateTime({
  load,
  deadline,
}: {
  readonly load: TimeOfDay | typeof ON_EXPORT_COMPLETE;
  readonly deadline?: TimeOfDay;
}): TimeOfDay {
  if (load === ON_EXPORT_COMPLETE) {
    if (deadline === undefined) throw new RangeError("`deadline` is missing: loads follow the export");
    return deadline;
  }
  const minute = (minuteOfDay(load) - LAST_OPENING_MINUTES + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  return { hour: Math.floor(minute / 60), minute: minute % 60 };
}

/** Local hours of all looks, in order; each at the minute of the day's own. */
export function lookHours({ hour }: TimeOfDay): number[] {
  const looks = HOURS_PER_DAY / LOOK_EVERY_HOURS;
  const hours = Array.from({ length: looks }, (_, i) => (hour + i * LOOK_EVERY_HOURS) % HOURS_PER_DAY);
  return hours.sort((a, b) => a - b);
}
