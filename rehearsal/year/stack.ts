import type { ExportFolders } from "../../contract/completedExports";
import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import { journalDataset } from "../../contract/journal";
import { dataPath, tableFolder } from "../../contract/layout";
import { exporterName, gateName } from "../../contract/names";
import { own } from "../../contract/own";
import { dueTime } from "../../contract/schedule";
import { tableListOf } from "../../contract/tableList";
import { minuteOfDay, minutesUntil } from "../../contract/timeOfDay";
import { hasClockChanges } from "../../contract/timeZone";
import type { ExporterEnvironment } from "../../functions/exporter/environment";
import type { GateEnvironment } from "../../functions/gate/environment";
import type { LoaderEnvironment } from "../../functions/loader/environment";
import type { TransferConfig } from "../../functions/loader/ports";
import type { Settings } from "../../settings";
import { bucketNameOf } from "../../settings/places";
import { readStack, type StackConfig } from "../program/stackFile";
import { settingsOf } from "../program/stackSettings";
import type { ClusterPlace } from "./rds";
import type { YearTable } from "./year";

/** When loads begin. */
export type Mode = "schedule" | "completion";

/** Account that the year plays where the stack file names none. */
const SOME_ACCOUNT = "123456789012";
const SOME_PROJECT_NUMBER = "123456789012";
const SOME_KEY = "AKIAIOSFODNN7EXAMPLE";

/** A stack in one mode, as its functions and its transfers know it. */
export interface YearStack {
  readonly settings: Settings;
  readonly place: ClusterPlace;
  readonly folders: ExportFolders;
  readonly exporter: ExporterEnvironment;
  readonly gate: GateEnvironment;
  readonly gateName: string;
  /** Undefined where the stack has no loader. */
  readonly loader?: LoaderEnvironment;
  readonly tables: readonly YearTable[];
  readonly configs: readonly TransferConfig[];
  /** Minutes behind midnight of the load by the clock, or of the deadline. */
  readonly awaitedMinute: number;
}

function changedConfig({ project, config }: StackConfig, mode: Mode): Record<string, string> {
  const schedule = JSON.parse(own(config, `${project}:schedule`) ?? "{}") as Record<string, unknown>;
  const { load, deadline, ...others } = schedule;
  const onCompletion = load === ON_EXPORT_COMPLETE;
  const kept = mode === "completion" ? { load: ON_EXPORT_COMPLETE, deadline } : onCompletion ? {} : { load };
  return { schedule: JSON.stringify({ ...others, ...kept, enabled: true }) };
}

/**
 * Settings of a stack in a mode, whatever mode its file asks for, and with its clocks on: checked and completed like
 * any other.
 * @throws StackFileError or RunError with the faults of the stack file; RangeError where clocks change
 */
export function settingsIn(projectFolder: string, stackName: string, mode: Mode): Settings {
  const stack = readStack(projectFolder, stackName);
  const { timeZone } = settingsOf(stack).schedule;
  if (hasClockChanges(timeZone, new Date())) {
    throw new RangeError(
      `Clocks change in ${timeZone}, the time zone of stack ${stackName}. The year compares both modes, and loads by ` +
        "the clock need a zone without daylight saving time: rehearse a stack with such a zone.",
    );
  }
  const federation = `${stack.project}:federation`;
  const changed = readStack(projectFolder, stackName, changedConfig(stack, mode));
  // Completion mode needs what the other one can do without.
  const { [federation]: own, ...config } = changed.config;
  const isKept = own !== undefined && mode === "schedule";
  return settingsOf({ ...changed, config: isKept ? changed.config : config });
}

/** Everything that the year needs of a stack. */
export function yearStack(settings: Settings): YearStack {
  const { aws, aurora, schedule, prefix, environment, google } = settings;
  const accountId = aws.expectedAccountId ?? SOME_ACCOUNT;
  const bucketName = bucketNameOf(settings, accountId);
  const { enabled: _enabled, snapshotTime, ...times } = schedule;
  const shared = {
    region: aws.region,
    environment,
    clusterIdentifier: aurora.clusterIdentifier,
    bucketName,
    taskPrefix: prefix,
    ...times,
  };
  const exporter: ExporterEnvironment = {
    ...shared,
    snapshotType: "automated",
    maxSnapshotAgeHours: aurora.maxSnapshotAgeHours,
    snapshotTime,
    exportRoleArn: `arn:aws:iam::${accountId}:role/export`,
    kmsKeyId: `arn:aws:kms:${aws.region}:${accountId}:key/export`,
    exportOnly: settings.exportOnly,
  };
  const list = tableListOf(aurora.engine, settings.databases);
  const loadQueueUrl = `https://sqs.${aws.region}.amazonaws.com/${accountId}/${prefix}-aurora-loads.fifo`;
  const gate: GateEnvironment = {
    ...shared,
    clockEnabled: true,
    onIncompleteExport: settings.onIncompleteExport,
    shrinkGuard: settings.shrinkGuard,
    columnChanges: settings.columnChanges,
    reportTopicArn: `arn:aws:sns:${aws.region}:${accountId}:${prefix}-aurora-export-reports`,
    exporterName: exporterName(prefix),
    retentionDays: settings.retentionDays,
    readerUserName: `${prefix}-aurora-export-reader`,
    readerAccessKeyId: SOME_KEY,
    ...(settings.federation && { loadQueueUrl }),
    // Every table every day, and with rows: one that is due on Mondays alone, or may be empty, would be stale by right.
    tables: {
      ...list,
      tables: list.tables.map(({ days: _days, mayBeEmpty: _mayBeEmpty, ...table }) => ({
        ...table,
        enabled: true,
      })),
    },
  };
  return {
    settings,
    place: {
      region: aws.region,
      accountId,
      clusterIdentifier: aurora.clusterIdentifier,
      engine: aurora.engine,
    },
    folders: { bucketName, prefix },
    exporter,
    gate,
    gateName: gateName(prefix),
    ...(settings.federation && {
      loader: {
        region: aws.region,
        environment,
        bucketName,
        taskPrefix: prefix,
        pathOffsetMinutes: schedule.pathOffsetMinutes,
        reportTopicArn: gate.reportTopicArn,
        gateName: gateName(prefix),
        loadQueueUrl,
        project: google.project,
        location: google.location,
        audience: `//iam.googleapis.com/projects/${SOME_PROJECT_NUMBER}/locations/global/workloadIdentityPools/loader/providers/aws-loader`,
        serviceAccount: `${prefix}-loads@${google.project}.iam.gserviceaccount.com`,
        copyTopic: `projects/${google.project}/topics/${prefix}-aurora-copies`,
        journalDataset: journalDataset(prefix),
        loadJobStatistics: false,
      },
    }),
    tables: yearTables(settings),
    configs: transferConfigs(settings, bucketName),
    awaitedMinute: minuteOfDay(times.exportTime) + minutesUntil(times.exportTime, dueTime(times)),
  };
}

function yearTables({ aurora, databases }: Settings): YearTable[] {
  return databases.flatMap(({ dataset, tables }) =>
    tables.map(({ source, destination }) => ({
      source,
      folder: tableFolder(aurora.engine, source),
      target: `${dataset}.${destination}`,
    })),
  );
}

function transferConfigs(settings: Settings, bucket: string): TransferConfig[] {
  const { aurora, databases, google, prefix, schedule } = settings;
  return databases.flatMap(({ dataset, tables }) =>
    tables.map(({ source, destination }) => ({
      name: `projects/${google.project}/locations/${google.location}/transferConfigs/${dataset}-${destination}`,
      displayName: destination,
      datasetId: dataset,
      disabled: false,
      params: {
        destination_table_name_template: destination,
        data_path: dataPath({
          bucket,
          prefix,
          offsetMinutes: schedule.pathOffsetMinutes,
          engine: aurora.engine,
          source,
        }),
      },
    })),
  );
}
