import { DEADLINE_VARIABLE, ON_EXPORT_COMPLETE, TIME_VARIABLES } from "./environment";
import { formatTimeOfDay, parseTimeOfDay, type TimeOfDay } from "./timeOfDay";

/** When a stack exports and loads, in local time. */
export interface Schedule {
  /** False: exports and loads run by hand alone. */
  readonly enabled: boolean;
  /** IANA time zone of the times. */
  readonly timeZone: string;
  /** Minutes east of UTC that the transfers' paths carry: the largest offset of a zone whose clocks change. */
  readonly pathOffsetMinutes: number;
  /** When the night's snapshot is due: the clock's exports take none of more than two hours before. @default any */
  readonly snapshotTime?: TimeOfDay;
  readonly exportTime: TimeOfDay;
  /** When BigQuery loads by its own clock, or that the loads follow each finished export (completion mode). */
  readonly load: TimeOfDay | typeof ON_EXPORT_COMPLETE;
  /** When an export that is not finished is reported: there exactly in completion mode. */
  readonly deadline?: TimeOfDay;
}

/** When a stack's daily export is due. */
export type DailyTimes = Omit<Schedule, "enabled" | "snapshotTime">;

/** The times as environment variables. */
export function timeVariables(times: DailyTimes): Record<string, string> {
  const { timeZone, pathOffsetMinutes, exportTime, load, deadline } = times;
  return {
    [TIME_VARIABLES.timeZone]: timeZone,
    [TIME_VARIABLES.pathOffsetMinutes]: String(pathOffsetMinutes),
    [TIME_VARIABLES.exportTime]: formatTimeOfDay(exportTime),
    [TIME_VARIABLES.load]: load === ON_EXPORT_COMPLETE ? load : formatTimeOfDay(load),
    ...(deadline && { [DEADLINE_VARIABLE]: formatTimeOfDay(deadline) }),
  };
}

/** The same, read. What is wrong with one has been said before. */
export function parseTimes(text: (variable: string) => string): DailyTimes {
  const load = text(TIME_VARIABLES.load);
  return {
    timeZone: text(TIME_VARIABLES.timeZone),
    pathOffsetMinutes: Number(text(TIME_VARIABLES.pathOffsetMinutes)),
    exportTime: parseTimeOfDay(text(TIME_VARIABLES.exportTime)),
    ...(load === ON_EXPORT_COMPLETE
      ? { load, deadline: parseTimeOfDay(text(DEADLINE_VARIABLE)) }
      : { load: parseTimeOfDay(load) }),
  };
}

/**
 * Local time by which a day's export has to be there: the load's by the clock, or the deadline.
 * @throws RangeError where loads follow the export, and no deadline is given
 */
export function dueTime({ load, deadline }: Pick<Schedule, "load" | "deadline">): TimeOfDay {
  if (load !== ON_EXPORT_COMPLETE) return load;
  if (deadline === undefined) throw new RangeError("`deadline` is missing: loads follow the export");
  return deadline;
}

/** Local time whose hour names the slot of a day's export: the load's that it feeds, or its own. */
export function slotTime({ load, exportTime }: Pick<Schedule, "load" | "exportTime">): TimeOfDay {
  return load === ON_EXPORT_COMPLETE ? exportTime : load;
}
