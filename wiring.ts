import * as pulumi from "@pulumi/pulumi";
import type { AdoptedTables } from "./components/adoption";
import type { ExportGate } from "./components/exportGate";
import type { ExistingReader } from "./components/exportReader";
import type { Loader } from "./components/loader";
import { readableObjects } from "./components/policyDocuments";
import type { ReportEndpoint, ReportTopic } from "./components/reportTopic";
import type { RunNotifications } from "./components/runNotifications";
import type { SnapshotExporter } from "./components/snapshotExporter";
import type { TransferSet, TransferTable } from "./components/transferSet";
import { hasRoomForDatabases } from "./contract/completedExports";
import { LOAD_DELAY_SECONDS, ON_EXPORT_COMPLETE } from "./contract/environment";
import { gateTime } from "./contract/gateClock";
import { exportOnlyName, loadPath, tableFolder } from "./contract/layout";
import { own } from "./contract/own";
import { slotTime } from "./contract/schedule";
import type { TableList } from "./contract/tableList";
import { formatTimeOfDay, type TimeOfDay } from "./contract/timeOfDay";
import { transferSchedule } from "./contract/transferSchedule";
import {
  ALERT_ENDPOINTS_KEY,
  type DatabaseSettings,
  endpointsOf,
  READER_SECRET_KEY,
  type Settings,
  type TableSettings,
} from "./settings";
import { exportBucketName } from "./settings/names";

const SECONDS_PER_MINUTE = 60;

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

/** The reader that was made by hand, with its secret; undefined where the stack makes its own. */
export function handMadeReader({ existing }: Settings): ExistingReader | undefined {
  const {
    readerAccessKeyId: accessKeyId,
    readerUserName: userName,
    readerBoundaryArn: boundaryArn,
  } = existing;
  if (accessKeyId === undefined) return undefined;
  const secretAccessKey = new pulumi.Config().getSecret(READER_SECRET_KEY);
  // settings.ts refuses an access key id without its secret.
  if (secretAccessKey === undefined) throw new pulumi.RunError(`\`${READER_SECRET_KEY}\` is not set`);
  return {
    accessKeyId,
    secretAccessKey,
    ...(userName !== undefined && { userName }),
    ...(boundaryArn !== undefined && { boundaryArn }),
  };
}

/** True where the gate knows the reader's user, so that it can open exports to it and keep others closed. */
function isGuarded({ existing }: Settings): boolean {
  return existing.readerAccessKeyId === undefined || existing.readerUserName !== undefined;
}

/** The URLs that are told of trouble, by the ids that settings know them by. */
export function alertEndpoints({ alerts }: Settings): ReportEndpoint[] {
  if (alerts.endpointIds.length === 0) return [];
  const secret = new pulumi.Config().requireSecret(ALERT_ENDPOINTS_KEY);
  return alerts.endpointIds.map((id) => ({
    id,
    url: secret.apply((text) => endpointsOf(text).get(id) ?? ""),
  }));
}

/** True where the topic of the reports has somebody who reads it. */
export function tellsOnAws({ alerts }: Settings): boolean {
  return alerts.emails.length + alerts.endpointIds.length > 0;
}

/** The databases that are loaded, which are all that the reader may read. */
export function databaseNames({ databases }: Settings): string[] {
  return databases.map(({ name }) => name);
}

/** Says where exports are opened whole, because the reader's policies cannot name each database. */
function tellWhatIsOpen(settings: Settings, accountId: string): void {
  const databases = databaseNames(settings);
  const place = { bucketName: bucketNameOf(settings, accountId), prefix: settings.prefix };
  if (!isGuarded(settings) || hasRoomForDatabases(place, databases)) return;
  const isOurs = settings.existing.readerAccessKeyId === undefined;
  const isBound = isOurs && readableObjects({ ...place, databases }).length > 1;
  pulumi.log.info(
    `The gate opens exports whole, because the reader's inline policies have no room for the names of ${databases.length} databases: ` +
      (isBound
        ? "the reader's boundary keeps its key to them all the same."
        : "the reader's key reads whatever else lies in an open export. Give some of them to a stack of their own with another `service`."),
  );
}

/** Says at every preview, in a line each, what the stack goes without. */
export function tellGaps(settings: Settings, accountId: string): void {
  tellWhatIsOpen(settings, accountId);
  tellAdoption(settings);
  if (!isGuarded(settings)) {
    pulumi.log.warn(
      "The guard is off: BigQuery can read exports that are not finished, because nobody says whose key `readerAccessKeyId` is. Set `readerUserName` to the name of its IAM user. Until then `onIncompleteExport` holds nothing back.",
    );
  }
  const { googleChannels } = settings.alerts;
  if (!tellsOnAws(settings) && googleChannels.length === 0) {
    pulumi.log.info(
      "Nobody is told of a table that is late, partial or missing: `alerts.emails`, `alerts.googleChannels` and `alertEndpoints` are empty. Reports go to the topic `reportTopicArn` and to the gate's log alone.",
    );
  } else if (!tellsOnAws(settings)) {
    pulumi.log.info(
      "Nobody is told before BigQuery's check, an hour after the load: `alerts.emails` and `alertEndpoints` are empty, so that reports and alarms reach nobody.",
    );
  }
}

/** What is taken over, by dataset. */
export function adoptedTables({ databases }: Settings): AdoptedTables[] {
  return databases
    .map(({ dataset, tables }) => ({
      datasetId: dataset,
      tableIds: tables.filter(({ adopt }) => adopt).map(({ destination }) => destination),
    }))
    .filter(({ tableIds }) => tableIds.length > 0);
}

/** Says what is replaced of datasets that are taken over. */
function tellAdoption(settings: Settings): void {
  const datasets = adoptedTables(settings).map(({ datasetId }) => datasetId);
  if (datasets.length === 0) return;
  pulumi.log.info(
    `\`adopt\` takes over ${datasets.sort().join(", ")} as well, where the stack has not got it yet: access list, labels, description and default table expiration become the stack's, so that whoever reads it by a grant or an authorized view needs \`datasetReaders\` or \`authorizedResources\`. Its tables stay, also when the stack goes.`,
  );
}

/** What the stack loads, as the gate knows it. */
export function tableListOf({ aurora, databases }: Settings): TableList {
  const tables = databases.flatMap(({ dataset, tables }) =>
    tables.map(({ name: _name, adopt: _adopt, source, ...table }) => ({ ...source, dataset, ...table })),
  );
  return { engine: aurora.engine, tables };
}

/** `prod`, `prod_shop`: begins the names of what runs in BigQuery. */
function scopeOf({ environment, service }: Settings): string {
  return [environment, service].filter((it) => it !== undefined).join("_");
}

/** A database's tables as transfers. */
export function tablesOf(settings: Settings, database: DatabaseSettings): TransferTable[] {
  const scope = scopeOf(settings);
  return database.tables.map((table) => ({ ...table, displayName: `${scope}_${table.destination}` }));
}

/** Name of a dataset's freshness check in the console. */
export function checkName(settings: Settings, database: DatabaseSettings): string {
  return `${scopeOf(settings)}_${database.name}_freshness`;
}

/** Resource names of the transfers that run: of tables that the freshness checks look at, and of those that may be empty. */
export function transfersOf(
  settings: Settings,
  sets: Readonly<Record<string, TransferSet>>,
): { transfers: pulumi.Output<string>[]; mayBeEmptyTransfers: pulumi.Output<string>[] } {
  const named = tablesByName(settings).filter(({ enabled }) => enabled);
  const names = (mayBeEmpty: boolean) =>
    named
      .filter((it) => it.mayBeEmpty === mayBeEmpty)
      .flatMap(({ database, name }) => {
        const set = own(sets, database);
        return set === undefined ? [] : [set.transferNames.apply((all) => own(all, name) ?? "")];
      });
  return { transfers: names(false), mayBeEmptyTransfers: names(true) };
}

/** Every table with its database's name, in the order of their names: the one in the stack file means nothing. */
function tablesByName({
  databases,
}: Settings): (TableSettings & { readonly database: string; readonly fullName: string })[] {
  return databases
    .flatMap(({ name: database, tables }) =>
      tables.map((it) => ({ ...it, database, fullName: `${database}.${it.name}` })),
    )
    .sort((a, b) => (a.fullName < b.fullName ? -1 : 1));
}

function timetable(settings: Settings): string[] {
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
function examplePath(settings: Settings, bucketName: string): string {
  const [table] = tablesByName(settings);
  if (table === undefined) throw new pulumi.RunError("`databases` is empty");
  const { hour } = slotTime(settings.schedule);
  return loadPath(
    bucketName,
    `${settings.prefix}-<YYYYMMDD>${String(hour).padStart(2, "0")}`,
    tableFolder(settings.aurora.engine, table.source),
  );
}

/** What the stack tells other stacks, runbooks and people. The names are an API. */
export function stackOutputs(
  settings: Settings,
  made: {
    exporter: SnapshotExporter;
    exportRoleArn: pulumi.Output<string>;
    gate: ExportGate;
    loader: Loader | undefined;
    reports: ReportTopic;
    runs: RunNotifications;
    /** Links to the dashboards of both clouds. */
    dashboards: { readonly export: pulumi.Output<string>; readonly loads: pulumi.Output<string> };
    transferSets: Record<string, TransferSet>;
  },
): Record<string, pulumi.Input<unknown>> {
  const { exporter, gate, loader, transferSets } = made;
  return {
    bucketName: exporter.bucketName,
    exporterFunctionName: exporter.functionName,
    exporterScheduleName: exporter.scheduleName,
    exportRoleArn: made.exportRoleArn,
    gateFunctionName: gate.functionName,
    reportTopicArn: made.reports.topicArn,
    runTopic: made.runs.topicId,
    dashboards: made.dashboards,
    ...(loader && { loaderFunctionName: loader.functionName, loadQueueUrl: loader.queue.url }),
    taskPrefix: settings.prefix,
    datasets: Object.fromEntries(Object.entries(transferSets).map(([name, set]) => [name, set.datasetId])),
    transfers: Object.fromEntries(
      Object.entries(transferSets).map(([name, set]) => [name, set.transferNames]),
    ),
    timetable: timetable(settings),
    examplePath: exporter.bucketName.apply((bucketName) => examplePath(settings, bucketName)),
  };
}
