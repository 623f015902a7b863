import { RunError } from "@pulumi/pulumi/errors";
import { LOAD_DELAY_SECONDS, ON_EXPORT_COMPLETE } from "../contract/environment";
import { gateTime } from "../contract/gateClock";
import { loadPath, tableFolder } from "../contract/layout";
import { slotTime } from "../contract/schedule";
import type { LoadedTable } from "../contract/tableList";
import { formatTimeOfDay, type TimeOfDay } from "../contract/timeOfDay";
import { transferSchedule } from "../contract/transferSchedule";
import { isGuarded } from "./places";
import type { Settings } from "./settings";

const SECONDS_PER_MINUTE = 60;

/** Every table with its database's name, in the order of their names: the one in the stack file means nothing. */
function tablesByName({
  databases,
}: Settings): (LoadedTable & { readonly database: string; readonly fullName: string })[] {
  return databases
    .flatMap(({ name: database, tables }) =>
      tables.map((it) => ({ ...it, database, fullName: `${database}.${it.name}` })),
    )
    .sort((a, b) => (a.fullName < b.fullName ? -1 : 1));
}

/** What happens when, a line each. */
export function timetable(settings: Settings): string[] {
  const { schedule, aurora } = settings;
  const at = (time: TimeOfDay) => `${formatTimeOfDay(time)} ${schedule.timeZone}`;
  const clock = schedule.enabled ? "" : " (the clock is off: by hand only)";
  const tables = tablesByName(settings);
  const paused = tables.filter((it) => !it.enabled).map((it) => it.fullName);
  return [
    ...(schedule.snapshotTime
      ? [`about ${at(schedule.snapshotTime)}: Aurora takes its snapshot of ${aurora.clusterIdentifier}`]
      : []),
    `${at(schedule.exportTime)}: the newest ${aurora.snapshotType} snapshot is exported${clock}`,
    ...loading(settings, at, clock),
    ...tables.flatMap((it) => (it.days ? [`only on ${it.days.join(", ")}: ${it.fullName}`] : [])),
    ...(paused.length > 0 ? [`paused: ${paused.join(", ")}`] : []),
  ];
}

/** From the finished export to the rows in BigQuery. */
function loading(settings: Settings, at: (time: TimeOfDay) => string, clock: string): string[] {
  const { schedule } = settings;
  const { load, pathOffsetMinutes } = schedule;
  const gate = at(gateTime(schedule));
  const finished = `when an export is finished: the gate checks it${isGuarded(settings) ? " and opens it" : ""}`;
  if (load === ON_EXPORT_COMPLETE) {
    const delay = `${LOAD_DELAY_SECONDS / SECONDS_PER_MINUTE} minutes`;
    return [
      `${finished}, and ${delay} later BigQuery loads each table`,
      `${gate}: the gate reports an export that is not finished${clock}`,
    ];
  }
  return [
    finished,
    `${gate}: the gate ${isGuarded(settings) ? "opens for the last time, and " : ""}reports an export that is not finished${clock}`,
    `${at(load)}: BigQuery loads each table, \`${transferSchedule(load, pathOffsetMinutes)}\` in UTC${clock}`,
  ];
}

/** The path that each load of a table reads; only the day differs. */
export function examplePath(settings: Settings, bucketName: string): string {
  const [table] = tablesByName(settings);
  if (table === undefined) throw new RunError("`databases` is empty");
  const { hour } = slotTime(settings.schedule);
  return loadPath(
    bucketName,
    `${settings.prefix}-<YYYYMMDD>${String(hour).padStart(2, "0")}`,
    tableFolder(settings.aurora.engine, table.source),
  );
}
