import { getProject, getStack } from "@pulumi/pulumi/metadata";
import { allConfig, isConfigSecret } from "@pulumi/pulumi/runtime/config";
import type { Engine, SourceTable } from "./contract/layout";
import type { TimeOfDay } from "./contract/timeOfDay";
import type { Weekday } from "./contract/transferSchedule";
import { ConfigReader, type ConfigSource } from "./settings/configReader";
import { readDatabases } from "./settings/databases";
import { readEnvironment, readPrefix } from "./settings/environment";
import { Faults } from "./settings/faults";
import { readExisting, readLocation, readProject } from "./settings/places";
import { readReaderAccessKeyId } from "./settings/readerKey";
import { readSchedule } from "./settings/schedule";
import { auroraConfig, expectedAccountsConfig, exporterConfig, vpcConfig } from "./settings/schema";
import { readLabels, readTags } from "./settings/tags";

declare module "@pulumi/pulumi/runtime/config" {
  /** Left out of the declarations as internal; nothing public tells which keys are secret. */
  export function isConfigSecret(key: string): boolean;
}

export type { ConfigSource } from "./settings/configReader";
export { READER_SECRET_KEY } from "./settings/schema";

/** One table of a database: where it comes from, where it goes, when. */
export interface TableSettings {
  /** The table's name as the stack file gives it: `users`, or `sales.orders` (PostgreSQL). Names the resources. */
  readonly name: string;
  readonly source: SourceTable;
  /** Table id in BigQuery. */
  readonly destination: string;
  /** False pauses the transfer: no runs, rows stay. */
  readonly enabled: boolean;
  /** Local days on which the table is loaded; undefined is every day. */
  readonly days?: readonly Weekday[];
  /** True takes over a table that exists in BigQuery already. */
  readonly adopt: boolean;
}

/** One source database and the dataset that it feeds. */
export interface DatabaseSettings {
  readonly name: string;
  readonly dataset: string;
  readonly tables: readonly TableSettings[];
}

/** Stack config, checked and completed. Holds no secret. */
export interface Settings {
  readonly environment: string;
  readonly service?: string;
  /** `<environment>` or `<environment>-<service>`: begins every task id and every name unique in an account. */
  readonly prefix: string;
  readonly aws: { readonly region: string; readonly expectedAccountId?: string };
  readonly google: { readonly project: string; readonly location: string; readonly expectedProject?: string };
  readonly aurora: {
    readonly clusterIdentifier: string;
    readonly engine: Engine;
    readonly snapshotType: "automated" | "awsbackup";
    readonly maxSnapshotAgeHours: number;
  };
  readonly schedule: {
    readonly enabled: boolean;
    readonly timeZone: string;
    readonly snapshot?: TimeOfDay;
    readonly export: TimeOfDay;
    readonly load: TimeOfDay;
    /** Minutes east of UTC that the transfers' paths carry. */
    readonly offsetMinutes: number;
  };
  readonly exportOnly: "databases" | "tables" | "all";
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  readonly exporter: {
    readonly timeoutSeconds: number;
    readonly memoryMegabytes: number;
    readonly logRetentionDays: number;
  };
  /** Days after which an export expires in S3. */
  readonly retentionDays: number;
  /** True protects datasets, bucket and key against `pulumi destroy`. */
  readonly protect: boolean;
  /** What the stack uses and does not own. */
  readonly existing: {
    readonly bucket?: string;
    readonly kmsKeyArn?: string;
    readonly exportRoleArn?: string;
    /** Id of an access key made by hand; its secret is the config secret `readerSecretAccessKey`. */
    readonly readerAccessKeyId?: string;
  };
  /** Raised by one to rotate the reader's access key. */
  readonly readerKeyVersion: number;
  /** IAM members (`group:analysts@example.com`) who may read the datasets. */
  readonly datasetReaders: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly databases: readonly DatabaseSettings[];
}

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
  const { engine, maxSnapshotAgeHours } = aurora.some;
  const exportOnly = config.value("exportOnly");
  const required = {
    environment,
    prefix: readPrefix(config, environment, service, existing.bucket === undefined),
    region,
    project,
    location,
    aurora: aurora.all,
    schedule: readSchedule(config, maxSnapshotAgeHours),
    exportOnly,
    databases: readDatabases(config, { engine, exportOnly, environment, service }),
    exporter: config.section("exporter", exporterConfig).all,
    retentionDays: config.value("retentionDays"),
    protect: config.value("protect"),
    readerKeyVersion: config.value("readerKeyVersion"),
  };
  const vpc = config.has("vpc") ? config.section("vpc", vpcConfig).all : undefined;
  const readerAccessKeyId = readReaderAccessKeyId(config);
  const datasetReaders = config.value("datasetReaders") ?? [];
  const tags = readTags(config, { environment, service });
  const labels = readLabels(config, { environment, service });

  const {
    region: awsRegion,
    project: googleProject,
    location: googleLocation,
    ...checked
  } = faults.complete(source.stack, required);
  return {
    ...checked,
    ...(service !== undefined && { service }),
    aws: { region: awsRegion, ...(expected.aws !== undefined && { expectedAccountId: expected.aws }) },
    google: {
      project: googleProject,
      location: googleLocation,
      ...(expected.google !== undefined && { expectedProject: expected.google }),
    },
    ...(vpc && { vpc }),
    existing: { ...existing, ...(readerAccessKeyId !== undefined && { readerAccessKeyId }) },
    datasetReaders,
    tags,
    labels,
  };
}
