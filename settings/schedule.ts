import { formatTimeOfDay, minutesUntil, parseTimeOfDay, type TimeOfDay } from "../contract/timeOfDay";
import { hasClockChanges, pathOffsetMinutes, utcOffsetsAhead } from "../contract/timeZone";
import type { ConfigReader } from "./configReader";
import { type Faults, keyOf, show } from "./faults";
import { scheduleConfig } from "./schema";
import type { Settings } from "./settings";

/** Minutes from export to load: less is shorter than most exports, more is another day's rows. */
const LOAD_GAP_MIN = 60;
const LOAD_GAP_MAX = 720;

/** Length of the shortest backup window, in minutes. Source: Aurora User Guide, "Backup window". */
const BACKUP_WINDOW = 30;

const MINUTES_PER_HOUR = 60;

/** The times of the day, checked against one another, and the zone, checked against the transfers' clock. */
export function readSchedule(
  config: ConfigReader,
  maxSnapshotAgeHours: number | undefined,
): Settings["schedule"] | undefined {
  const { some, all } = config.section("schedule", scheduleConfig);
  const { faults } = config;
  const { now } = config.source;
  const key = config.key("schedule");
  checkTimeZone(some.timeZone, now, keyOf(key, "timeZone"), faults);
  const snapshot = time(some.snapshot);
  const exportTime = time(some.export);
  const load = time(some.load);
  if (exportTime && load) checkLoadGap(exportTime, load, keyOf(key, "load"), faults);
  if (snapshot && exportTime) {
    checkSnapshotGap(snapshot, exportTime, maxSnapshotAgeHours, keyOf(key, "export"), faults);
  }
  if (!all || !exportTime || !load) return undefined;
  return {
    enabled: all.enabled,
    timeZone: all.timeZone,
    ...(snapshot && { snapshot }),
    export: exportTime,
    load,
    offsetMinutes: pathOffsetMinutes(all.timeZone, now),
  };
}

function time(text: string | undefined): TimeOfDay | undefined {
  return text === undefined ? undefined : parseTimeOfDay(text);
}

function checkTimeZone(timeZone: string | undefined, now: Date, key: string, faults: Faults): void {
  if (timeZone === undefined || !hasClockChanges(timeZone, now)) return;
  const [standard = 0] = utcOffsetsAhead(timeZone, now);
  faults.add(
    key,
    `is ${show(timeZone)}, where clocks change; the transfers' clock knows UTC alone, so that the load would move by an hour: choose a zone without daylight saving time, such as ${fixedZones(standard)}`,
  );
}

/** Zones that keep an offset all year; the signs of Etc/GMT zones are turned round. */
function fixedZones(offsetMinutes: number): string {
  const hours = offsetMinutes / MINUTES_PER_HOUR;
  if (hours === 0 || !Number.isInteger(hours)) return "`UTC`";
  const side = hours > 0 ? "ahead of" : "behind";
  return `\`Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}\` (${Math.abs(hours)} h ${side} UTC) or \`UTC\``;
}

function checkLoadGap(from: TimeOfDay, load: TimeOfDay, key: string, faults: Faults): void {
  const gap = minutesUntil(from, load);
  if (gap >= LOAD_GAP_MIN && gap <= LOAD_GAP_MAX) return;
  faults.add(
    key,
    `is "${formatTimeOfDay(load)}", ${duration(gap)} after the export at ${formatTimeOfDay(from)}; allowed are ${duration(LOAD_GAP_MIN)} to ${duration(LOAD_GAP_MAX)}`,
  );
}

function checkSnapshotGap(
  snapshot: TimeOfDay,
  from: TimeOfDay,
  maxAgeHours: number | undefined,
  key: string,
  faults: Faults,
): void {
  const gap = minutesUntil(snapshot, from);
  const at = `is "${formatTimeOfDay(from)}", ${duration(gap)} after the snapshot at ${formatTimeOfDay(snapshot)}`;
  if (gap < BACKUP_WINDOW) {
    faults.add(key, `${at}; a backup window is at least ${duration(BACKUP_WINDOW)} long: export later`);
  } else if (maxAgeHours !== undefined && gap >= maxAgeHours * MINUTES_PER_HOUR) {
    faults.add(
      key,
      `${at}; \`aurora.maxSnapshotAgeHours\` is ${maxAgeHours}, so that every snapshot would be too old: export sooner, or raise it`,
    );
  }
}

/** `2 h`, `45 min`, `1 h 30 min`. */
function duration(minutes: number): string {
  const hours = Math.floor(minutes / MINUTES_PER_HOUR);
  const rest = minutes % MINUTES_PER_HOUR;
  return [hours > 0 ? `${hours} h` : "", rest > 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}
