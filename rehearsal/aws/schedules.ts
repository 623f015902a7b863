import { Cron } from "croner";
import { localTime } from "../../contract/timeZone";

/**
 * The next time of an EventBridge Scheduler expression, `cron(minutes hours day-of-month month day-of-week year)`.
 * Source: EventBridge Scheduler User Guide, "Schedule types".
 * @throws RangeError for an expression that this reader does not know
 */
export function nextScheduledTime(expression: string, timeZone: string, after: Date): Date | undefined {
  const match = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/.exec(expression);
  const [, minute, hour, dayOfMonth, month, dayOfWeek, year] = match ?? [];
  const exactlyOneAny = (dayOfMonth === "?") !== (dayOfWeek === "?");
  // Days of the week count from Sunday = 1 there and from 0 in other crons: only "any" means the same in both.
  if (match === null || !exactlyOneAny || year !== "*" || !["*", "?"].includes(dayOfWeek ?? "")) {
    throw new RangeError(`the rehearsal's scheduler does not know the expression "${expression}"`);
  }
  const pattern = [minute, hour, dayOfMonth === "?" ? "*" : dayOfMonth, month, "*"].join(" ");
  const cron = new Cron(pattern, { timezone: timeZone, paused: true });
  let next = cron.nextRun(after);
  // A time that clocks skip in spring is left out on that day, and not moved.
  const hours = /^\d+(,\d+)*$/.test(hour ?? "") ? hour?.split(",").map(Number) : undefined;
  while (next !== null && hours?.includes(localTime(timeZone, next).hour) === false)
    next = cron.nextRun(next);
  return next ?? undefined;
}
