const DAY = 24 * 60 * 60 * 1000;
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FULL_NAMES = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

function weekday(name: string, schedule: string): number {
  const index = Math.max(WEEKDAYS.indexOf(name), FULL_NAMES.indexOf(name));
  if (index < 0)
    throw new RangeError(`the rehearsal's transfer service does not know the schedule "${schedule}"`);
  return index;
}

/**
 * The next run of a transfer's schedule, which is in UTC: `every day 21:00`, `every mon,wed 21:00`.
 * Source: "Working with transfers"; App Engine cron.yaml reference.
 * @throws RangeError for a schedule that this reader does not know
 */
export function nextTransferTime(schedule: string, after: Date): Date {
  const match = /^every ([a-z,]+) ([01]\d|2[0-3]):([0-5]\d)$/.exec(schedule);
  if (match === null)
    throw new RangeError(`the rehearsal's transfer service does not know the schedule "${schedule}"`);
  const [, days = "", hour, minute] = match;
  const allowed =
    days === "day" ? undefined : new Set(days.split(",").map((name) => weekday(name, schedule)));
  const midnight = Math.floor(after.getTime() / DAY) * DAY;
  const time = (Number(hour) * 60 + Number(minute)) * 60_000;
  for (let day = midnight; ; day += DAY) {
    const next = new Date(day + time);
    if (next > after && (allowed === undefined || allowed.has(next.getUTCDay()))) return next;
  }
}
