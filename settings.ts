import { getProject, getStack } from "@pulumi/pulumi/metadata";
import { allConfig, isConfigSecret } from "@pulumi/pulumi/runtime/config";
import { readAlerts } from "./settings/alerts";
import { ConfigReader, type ConfigSource } from "./settings/configReader";
import { exportOnlyNames, readDatabases } from "./settings/databases";
import { readEnvironment, readPrefix } from "./settings/environment";
import { Faults } from "./settings/faults";
import { readBoundaryArn, readCmek, readExisting, readLocation, readProject } from "./settings/places";
import { readReaderAccessKeyId, readReaderBoundaryArn, readReaderUserName } from "./settings/readerKey";
import { readSchedule } from "./settings/schedule";
import {
  auroraConfig,
  expectedAccountsConfig,
  exporterConfig,
  shrinkGuardConfig,
  vpcConfig,
} from "./settings/schema";
import type { Settings } from "./settings/settings";
import { readLabels, readTags } from "./settings/tags";
import { readTypedViews } from "./settings/typedViews";

declare module "@pulumi/pulumi/runtime/config" {
  /** Left out of the declarations as internal; nothing public tells which keys are secret. */
  export function isConfigSecret(key: string): boolean;
}

export type { LoadedDatabase, LoadedTable } from "./contract/tableList";
export type { ConfigSource } from "./settings/configReader";
export type { Settings } from "./settings/settings";

/**
 * Reads the config of the running stack.
 * @throws RunError as `readSettings` does
 */
export function loadSettings(): Settings {
  const values = allConfig();
  return readSettings({
    stack: getStack(),
    project: getProject(),
    values,
    secretKeys: new Set(Object.keys(values).filter((key) => isConfigSecret(key))),
    now: new Date(),
  });
}

/**
 * Checks and completes a stack's config.
 * @throws RunError that names every fault at once, each with its full key, the value found and what is allowed
 */
export function readSettings(source: ConfigSource): Settings {
  const faults = new Faults();
  const config = new ConfigReader(source, faults);
  const { some: expected } = config.section("expectedAccounts", expectedAccountsConfig);
  const region = config.provider("aws:region");
  const project = readProject(config, expected.google);
  const location = readLocation(config, region);
  const existing = readExisting(config, region, expected.aws);
  const environment = readEnvironment(config);
  const service = config.value("service");
  const aurora = config.section("aurora", auroraConfig);
  const { engine, maxSnapshotAgeHours, snapshotType } = aurora.some;
  const federation = config.value("federation");
  const countRows = config.value("countRows");
  const loadJobStatistics = config.value("loadJobStatistics");
  const schedule = readSchedule(config, { maxSnapshotAgeHours, snapshotType, federation });
  const exportOnly = config.value("exportOnly");
  const typedViews = readTypedViews(config);
  const required = {
    environment,
    prefix: readPrefix(config, environment, service, existing.bucket === undefined),
    region,
    project,
    location,
    aurora: aurora.all,
    schedule,
    onIncompleteExport: config.value("onIncompleteExport"),
    shrinkGuard: config.section("shrinkGuard", shrinkGuardConfig).all,
    columnChanges: config.value("columnChanges"),
    federation,
    countRows,
    loadJobStatistics,
    journalDays: config.value("journalDays"),
    alerts: readAlerts(config, schedule?.enabled),
    exportOnly,
    typedViews,
    databases: readDatabases(config, { engine, exportOnly, environment, service, typedViews }),
    exporter: config.section("exporter", exporterConfig).all,
    retentionDays: config.value("retentionDays"),
    protect: config.value("protect"),
    readerKeyVersion: config.value("readerKeyVersion"),
    readerKeyMaxAgeDays: config.value("readerKeyMaxAgeDays"),
  };
  const cmek = readCmek(config, location);
  const vpc = config.has("vpc") ? config.section("vpc", vpcConfig).all : undefined;
  const rolesBoundaryArn = readBoundaryArn(config, "rolesBoundaryArn", expected.aws);
  const readerAccessKeyId = readReaderAccessKeyId(config);
  const readerUserName = readReaderUserName(config);
  const readerBoundaryArn = readReaderBoundaryArn(config, expected.aws);
  const datasetReaders = config.value("datasetReaders") ?? [];
  const authorizedResources = config.value("authorizedResources") ?? [];
  const tags = readTags(config, { environment, service });
  const labels = readLabels(config, { environment, service });

  const {
    region: awsRegion,
    project: googleProject,
    location: googleLocation,
    exportOnly: scope,
    typedViews: views,
    ...checked
  } = faults.complete(source.stack, required);
  return {
    ...checked,
    exportOnly: exportOnlyNames(scope, checked.aurora.engine, checked.databases),
    ...(service !== undefined && { service }),
    aws: { region: awsRegion, ...(expected.aws !== undefined && { expectedAccountId: expected.aws }) },
    google: {
      project: googleProject,
      location: googleLocation,
      ...(expected.google !== undefined && { expectedProject: expected.google }),
    },
    ...(cmek && { cmek }),
    ...(vpc && { vpc }),
    ...(views && {
      typedViews: {
        readers: views.readers ?? [],
        tinyintAsBool: views.tinyintAsBool,
        adopt: views.adopt,
      },
    }),
    existing: {
      ...existing,
      ...(readerAccessKeyId !== undefined && { readerAccessKeyId }),
      ...(readerUserName !== undefined && { readerUserName }),
      ...(readerBoundaryArn !== undefined && { readerBoundaryArn }),
    },
    ...(rolesBoundaryArn !== undefined && { rolesBoundaryArn }),
    datasetReaders,
    authorizedResources,
    tags,
    labels,
  };
}
