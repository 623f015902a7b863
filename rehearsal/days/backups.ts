import { formatTimeOfDay, shiftTime, type TimeOfDay } from "../../contract/timeOfDay";
import { utcOffsetMinutes } from "../../contract/timeZone";
import type { Settings } from "../../settings";

/** Minutes from snapshot to export where the stack file does not say when Aurora takes its snapshot. */
export const SNAPSHOT_BEFORE_EXPORT = 180;
/** Minutes that a backup window has at the least ("PreferredBackupWindow"). */
const SHORTEST_WINDOW = 30;

/** When the day's snapshot is taken: RDS keeps its backup window in UTC, whatever clocks do. */
export function snapshotInUtc(
  { schedule: { timeZone, exportTime, snapshotTime } }: Settings,
  now: Date,
): TimeOfDay {
  const offset = utcOffsetMinutes(timeZone, now);
  return shiftTime(snapshotTime ?? shiftTime(exportTime, -SNAPSHOT_BEFORE_EXPORT), -offset);
}

/** The cluster's backup window, as RDS describes it: `16:00-16:30`. */
export function backupWindow(settings: Settings, now: Date): string {
  const begins = snapshotInUtc(settings, now);
  return `${formatTimeOfDay(begins)}-${formatTimeOfDay(shiftTime(begins, SHORTEST_WINDOW))}`;
}
