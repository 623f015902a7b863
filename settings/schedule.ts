import { ON_EXPORT_COMPLETE } from "../contract/environment";
import type { Schedule } from "../contract/schedule";
import {
  formatTimeOfDay,
  MINUTES_PER_DAY,
  minuteOfDay,
  minutesUntil,
  parseTimeOfDay,
  shiftTime,
  type TimeOfDay,
} from "../contract/timeOfDay";
import { firstSkipped, hasClockChanges, pathOffsetMinutes, utcOffsetsAhead } from "../contract/timeZone";
import type { ConfigReader } from "./configReader";
import { type Faults, keyOf, show } from "./faults";
import { scheduleConfig } from "./schema";
import type { Settings } from "./settings";

const MINUTES_PER_HOUR = 60;

/** How long after the export something may be, in minutes. */
interface Gap {
  readonly min: number;
  readonly max: number;
}

/** Less is shorter than most exports, and the gate looks ten minutes before the load; more is another day's rows. */
const LOAD_GAP: Gap = { min: MINUTES_PER_HOUR, max: 12 * MINUTES_PER_HOUR };

/** Less is shorter than most exports; more leaves too little of the day to put things right before the next one. */
const DEADLINE_GAP: Gap = { min: MINUTES_PER_HOUR, max: 20 * MINUTES_PER_HOUR };
const DEADLINE_DEFAULT = 4 * MINUTES_PER_HOUR;

/** Length of the shortest backup window, in minutes. Source: Aurora User Guide, "Backup window". */
const BACKUP_WINDOW = 30;

/** What the timetable is checked against; undefined is what was left out, or at fault itself. */
export interface ScheduleContext {
  readonly maxSnapshotAgeHours: number | undefined;
  readonly snapshotType: Settings["aurora"]["snapshotType"] | undefined;
  readonly federation: boolean | undefined;
}

/**
 * The times of the day, checked against one another, and what only one of the two modes takes. A load that cannot be
 * read tells no mode, so that nothing is said about modes then.
 */
export function readSchedule(
  config: ConfigReader,
  { maxSnapshotAgeHours, snapshotType, federation }: ScheduleContext,
): Schedule | undefined {
  const { some, all } = config.section("schedule", scheduleConfig);
  const { faults } = config;
  const { now } = config.source;
  const key = config.key("schedule");
  const snapshotTime = time(some.snapshot);
  const exportTime = time(some.export);
  const load = some.load === ON_EXPORT_COMPLETE ? some.load : time(some.load);
  const deadline = time(some.deadline);
  if (load === ON_EXPORT_COMPLETE) {
    if (exportTime && deadline) checkGap(exportTime, deadline, DEADLINE_GAP, keyOf(key, "deadline"), faults);
    if (federation === false) refuseWithoutFederation(config);
    if (some.timeZone !== undefined && exportTime) {
      const due = deadline ?? shiftTime(exportTime, DEADLINE_DEFAULT);
      checkSkipped(some.timeZone, exportTime, now, keyOf(key, "export"), faults);
      checkSkipped(some.timeZone, due, now, keyOf(key, "deadline"), faults);
    }
  } else if (load !== undefined) {
    checkTimeZone(some.timeZone, now, keyOf(key, "timeZone"), faults);
    if (exportTime) checkGap(exportTime, load, LOAD_GAP, keyOf(key, "load"), faults);
    if (deadline) refuseDeadline(deadline, load, keyOf(key, "deadline"), faults);
  }
  if (snapshotTime && exportTime) {
    // A plan of AWS Backup can carry the zone, and so keep its local time.
    const clockChange = snapshotType === "automated" ? clockChangeOf(some.timeZone, now) : undefined;
    checkSnapshotGap(
      snapshotTime,
      exportTime,
      clockChange,
      maxSnapshotAgeHours,
      keyOf(key, "export"),
      faults,
    );
  }
  if (!all || !exportTime || !load) return undefined;
  return {
    enabled: all.enabled,
    timeZone: all.timeZone,
    ...(snapshotTime && { snapshotTime }),
    exportTime,
    load,
    ...(load === ON_EXPORT_COMPLETE && { deadline: deadline ?? shiftTime(exportTime, DEADLINE_DEFAULT) }),
    pathOffsetMinutes: pathOffsetMinutes(all.timeZone, now),
  };
}

function time(text: string | undefined): TimeOfDay | undefined {
  return text === undefined ? undefined : parseTimeOfDay(text);
}

function refuseWithoutFederation(config: ConfigReader): void {
  config.faults.add(
    config.key("federation"),
    `is false, and \`schedule.load\` is \`${ON_EXPORT_COMPLETE}\`: such loads are started by the loader alone, as a Google service account; leave \`federation\` out, or give the load a time`,
  );
}

/** EventBridge Scheduler leaves a time out on the day on which clocks skip it (User Guide, "Schedule types"). */
function checkSkipped(timeZone: string, at: TimeOfDay, now: Date, key: string, faults: Faults): void {
  const date = firstSkipped(timeZone, minuteOfDay(at), now);
  if (date === undefined) return;
  faults.add(
    key,
    `is "${formatTimeOfDay(at)}", which clocks in ${show(timeZone)} skip on ${date}, so that nothing would run on that day: choose a time that every day has`,
  );
}

function checkTimeZone(timeZone: string | undefined, now: Date, key: string, faults: Faults): void {
  if (timeZone === undefined || !hasClockChanges(timeZone, now)) return;
  const [standard = 0] = utcOffsetsAhead(timeZone, now);
  faults.add(
    key,
    `is ${show(timeZone)}, where clocks change; the transfers' clock knows UTC alone, so that the load would move by an hour: choose a zone without daylight saving time, such as ${fixedZones(standard)}, or \`load: ${ON_EXPORT_COMPLETE}\`, which needs no clock of the transfers`,
  );
}

/** Zones that keep an offset all year; the signs of Etc/GMT zones are turned round. */
function fixedZones(offsetMinutes: number): string {
  const hours = offsetMinutes / MINUTES_PER_HOUR;
  if (hours === 0 || !Number.isInteger(hours)) return "`UTC`";
  const side = hours > 0 ? "ahead of" : "behind";
  return `\`Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}\` (${Math.abs(hours)} h ${side} UTC) or \`UTC\``;
}

function checkGap(from: TimeOfDay, to: TimeOfDay, { min, max }: Gap, key: string, faults: Faults): void {
  const gap = minutesUntil(from, to);
  if (gap >= min && gap <= max) return;
  faults.add(
    key,
    `is "${formatTimeOfDay(to)}", ${duration(gap)} after the export at ${formatTimeOfDay(from)}; allowed are ${duration(min)} to ${duration(max)}`,
  );
}

function refuseDeadline(deadline: TimeOfDay, load: TimeOfDay, key: string, faults: Faults): void {
  faults.add(
    key,
    `is "${formatTimeOfDay(deadline)}", and the load is at ${formatTimeOfDay(load)}, ten minutes before which an unfinished export is reported: leave the deadline out, or set \`load: ${ON_EXPORT_COMPLETE}\`, which has one`,
  );
}

/** How far the zone's clocks move in the course of the year. */
interface ClockChange {
  readonly minutes: number;
  readonly timeZone: string;
}

function clockChangeOf(timeZone: string | undefined, now: Date): ClockChange | undefined {
  if (timeZone === undefined || !hasClockChanges(timeZone, now)) return undefined;
  const offsets = utcOffsetsAhead(timeZone, now);
  return { minutes: Math.max(...offsets) - Math.min(...offsets), timeZone };
}

/**
 * RDS's backup window stands in UTC, so that its local time moves with the clocks. Nobody says at which season the
 * stack file's is meant: the distance has to be good for all.
 * Source: Aurora User Guide, "Backup window".
 */
function checkSnapshotGap(
  snapshot: TimeOfDay,
  from: TimeOfDay,
  clockChange: ClockChange | undefined,
  maxAgeHours: number | undefined,
  key: string,
  faults: Faults,
): void {
  const gap = minutesUntil(snapshot, from);
  const moved = clockChange?.minutes ?? 0;
  const [least, most] = [gap - moved, gap + moved];
  const at = `is "${formatTimeOfDay(from)}", ${duration(gap)} after the snapshot at ${formatTimeOfDay(snapshot)}`;
  const or = (what: string) =>
    clockChange === undefined
      ? ""
      : `, and ${duration(moved)} ${what} in a part of the year, because RDS takes it by UTC and clocks in ${show(clockChange.timeZone)} change`;
  if (least < BACKUP_WINDOW) {
    const enough =
      moved === 0 ? "export later" : `export ${duration(BACKUP_WINDOW + moved)} after it, or later`;
    faults.add(
      key,
      `${at}${or("less")}; a backup window is at least ${duration(BACKUP_WINDOW)} long: ${enough}`,
    );
  } else if (maxAgeHours !== undefined && most >= maxAgeHours * MINUTES_PER_HOUR) {
    const then = moved === 0 ? "every snapshot would be too old" : "every snapshot would be too old then";
    faults.add(
      key,
      `${at}${or("more")}; \`aurora.maxSnapshotAgeHours\` is ${maxAgeHours}, so that ${then}: export sooner, or raise it`,
    );
  } else if (most > MINUTES_PER_DAY) {
    faults.add(
      key,
      `${at}${or("more")}, when the next snapshot comes before it: export ${duration(most - MINUTES_PER_DAY)} sooner, or later than the next one`,
    );
  }
}

/** `2 h`, `45 min`, `1 h 30 min`. */
function duration(minutes: number): string {
  const hours = Math.floor(minutes / MINUTES_PER_HOUR);
  const rest = minutes % MINUTES_PER_HOUR;
  return [hours > 0 ? `${hours} h` : "", rest > 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}
