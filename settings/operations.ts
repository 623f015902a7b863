import { formatTimeOfDay, type TimeOfDay } from "../contract/timeOfDay";
import type { Settings } from "./settings";

function text(time: TimeOfDay | string | undefined): string | undefined {
  return typeof time === "object" ? formatTimeOfDay(time) : time;
}

/** What a transfer of each table has to be like, by database and by the table's name in the stack file. */
function tablesOf({ databases }: Settings) {
  return Object.fromEntries(
    databases.map(({ name, tables }) => [
      name,
      Object.fromEntries(
        tables.map(({ name: table, source, destination, enabled, days }) => [
          table,
          {
            table: source.table,
            ...(source.schema !== undefined && { schema: source.schema }),
            destination,
            ...(enabled === false && { enabled }),
            ...(days && { days }),
          },
        ]),
      ),
    ]),
  );
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
    engine: aurora.engine,
    readerKeyMaxAgeDays: settings.readerKeyMaxAgeDays,
    ...(settings.rolesBoundaryArn !== undefined && { rolesBoundaryArn: settings.rolesBoundaryArn }),
    tables: tablesOf(settings),
  };
}
