import { formatTimeOfDay, type TimeOfDay } from "../contract/timeOfDay";
import type { Settings } from "./settings";

function text(time: TimeOfDay | string | undefined): string | undefined {
  return typeof time === "object" ? formatTimeOfDay(time) : time;
}

/** What the operator's command line has to know of a stack beside its other outputs; nothing of it is secret. */
export function operations(settings: Settings, accountId: string) {
  const { aws, google, aurora, schedule, federation, retentionDays } = settings;
  const { enabled, timeZone, pathOffsetMinutes } = schedule;
  const { clusterIdentifier, snapshotType, maxSnapshotAgeHours } = aurora;
  const times = { snapshot: schedule.snapshotTime, export: schedule.exportTime, load: schedule.load };
  return {
    accountId,
    region: aws.region,
    project: google.project,
    location: google.location,
    clusterIdentifier,
    snapshotType,
    maxSnapshotAgeHours,
    schedule: {
      enabled,
      timeZone,
      pathOffsetMinutes,
      ...Object.fromEntries(
        Object.entries({ ...times, deadline: schedule.deadline }).flatMap(([name, time]) => {
          const written = text(time);
          return written === undefined ? [] : [[name, written]];
        }),
      ),
    },
    federation,
    retentionDays,
  };
}
