import * as pulumi from "@pulumi/pulumi";
import type { SnapshotExporter } from "./components/snapshotExporter";
import type { TransferSet, TransferTable } from "./components/transferSet";
import { exportOnlyName, loadPath, tableFolder } from "./contract/layout";
import { formatTimeOfDay } from "./contract/timeOfDay";
import { transferSchedule } from "./contract/transferSchedule";
import { type DatabaseSettings, READER_SECRET_KEY, type Settings, type TableSettings } from "./settings";
import { exportBucketName } from "./settings/names";

/** Name of the export bucket: the one that exists, or one that is unique in the world. */
export function bucketNameOf(settings: Settings, accountId: string): string {
  return settings.existing.bucket ?? exportBucketName(settings.prefix, accountId);
}

/** Names for `ExportOnly`, sorted; empty where everything is exported. */
export function exportScope({ exportOnly, aurora, databases }: Settings): string[] {
  switch (exportOnly) {
    case "all":
      return [];
    case "databases":
      return databases.map(({ name }) => name).sort();
    case "tables":
      return databases
        .flatMap(({ tables }) => tables.map((it) => exportOnlyName(aurora.engine, it.source)))
        .sort();
  }
}

/** The secret of a reader key made by hand. */
export function readerSecret(): pulumi.Output<string> {
  const secret = new pulumi.Config().getSecret(READER_SECRET_KEY);
  // settings.ts refuses an access key id without its secret.
  if (secret === undefined) throw new pulumi.RunError(`\`${READER_SECRET_KEY}\` is not set`);
  return secret;
}

/** A database's tables as transfers. */
export function tablesOf(settings: Settings, database: DatabaseSettings): TransferTable[] {
  const scope = [settings.environment, settings.service].filter((it) => it !== undefined).join("_");
  return database.tables.map((table) => ({ ...table, displayName: `${scope}_${table.destination}` }));
}

/** Every table with its database's name, in the order of their names: the one in the stack file means nothing. */
function tablesByName({ databases }: Settings): (TableSettings & { readonly fullName: string })[] {
  return databases
    .flatMap(({ name, tables }) => tables.map((it) => ({ ...it, fullName: `${name}.${it.name}` })))
    .sort((a, b) => (a.fullName < b.fullName ? -1 : 1));
}

function timetable(settings: Settings): string[] {
  const { schedule, aurora } = settings;
  const { timeZone, offsetMinutes } = schedule;
  const at = (time: typeof schedule.load) => `${formatTimeOfDay(time)} ${timeZone}`;
  const clock = schedule.enabled ? "" : " (the clock is off: by hand only)";
  const tables = tablesByName(settings);
  const paused = tables.filter((it) => !it.enabled).map((it) => it.fullName);
  return [
    ...(schedule.snapshot
      ? [`about ${at(schedule.snapshot)}: Aurora takes its snapshot of ${aurora.clusterIdentifier}`]
      : []),
    `${at(schedule.export)}: the newest ${aurora.snapshotType} snapshot is exported${clock}`,
    `${at(schedule.load)}: BigQuery loads each table, \`${transferSchedule(schedule.load, offsetMinutes)}\` in UTC${clock}`,
    ...tables.flatMap((it) => (it.days ? [`only on ${it.days.join(", ")}: ${it.fullName}`] : [])),
    ...(paused.length > 0 ? [`paused: ${paused.join(", ")}`] : []),
  ];
}

/** The path that each load of a table reads; only the day differs. */
function examplePath(settings: Settings, bucketName: string): string {
  const [table] = tablesByName(settings);
  if (table === undefined) throw new pulumi.RunError("`databases` is empty");
  const hour = String(settings.schedule.load.hour).padStart(2, "0");
  return loadPath(
    bucketName,
    `${settings.prefix}-<YYYYMMDD>${hour}`,
    tableFolder(settings.aurora.engine, table.source),
  );
}

/** What the stack tells other stacks, runbooks and people. The names are an API. */
export function stackOutputs(
  settings: Settings,
  made: {
    exporter: SnapshotExporter;
    exportRoleArn: pulumi.Output<string>;
    transferSets: Record<string, TransferSet>;
  },
): Record<string, pulumi.Input<unknown>> {
  const { exporter, transferSets } = made;
  return {
    bucketName: exporter.bucketName,
    exporterFunctionName: exporter.functionName,
    exporterScheduleName: exporter.scheduleName,
    exportRoleArn: made.exportRoleArn,
    taskPrefix: settings.prefix,
    datasets: Object.fromEntries(Object.entries(transferSets).map(([name, set]) => [name, set.datasetId])),
    transfers: Object.fromEntries(
      Object.entries(transferSets).map(([name, set]) => [name, set.transferNames]),
    ),
    timetable: timetable(settings),
    examplePath: exporter.bucketName.apply((bucketName) => examplePath(settings, bucketName)),
  };
}
