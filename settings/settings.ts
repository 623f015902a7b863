import type { ColumnChanges, OnIncompleteExport, ShrinkGuard } from "../contract/environment";
import type { Engine } from "../contract/layout";
import type { Schedule } from "../contract/schedule";
import type { LoadedDatabase } from "../contract/tableList";
import type { ALERT_SEVERITIES } from "./schema";

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
  readonly schedule: Schedule;
  /** What becomes of an export in which tables are missing: the others are loaded, or none. */
  readonly onIncompleteExport: OnIncompleteExport;
  readonly shrinkGuard: ShrinkGuard;
  /** What becomes of changes of columns and tables in Aurora: people are told, or the gate's log alone. */
  readonly columnChanges: ColumnChanges;
  /** True for a loader, which acts as a Google service account; always true in completion mode. */
  readonly federation: boolean;
  /** True for a counter, which counts the rows of exported tables where there is a loader. */
  readonly countRows: boolean;
  /** True where the loader may list the jobs of the Google project, to see what load jobs say of themselves. */
  readonly loadJobStatistics: boolean;
  readonly journalDays: number;
  /** Who is told of trouble and of its end; the lists may be empty. */
  readonly alerts: {
    readonly emails: readonly string[];
    /** Display names of notification channels that the Google project has. */
    readonly googleChannels: readonly string[];
    /** Ids of the URLs in the config secret `alertEndpoints`, sorted. */
    readonly endpointIds: readonly string[];
    /** Ids of a channel of Slack. */
    readonly slack?: { readonly workspaceId: string; readonly channelId: string };
    /** Ids of a channel of Microsoft Teams; the channel's as URLs write it. */
    readonly teams?: { readonly tenantId: string; readonly teamId: string; readonly channelId: string };
    readonly severity: (typeof ALERT_SEVERITIES)[number];
  };
  /** Names for RDS's `ExportOnly`; none where everything is exported. */
  readonly exportOnly: readonly string[];
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
    /** IAM user of that key; without it the gate cannot say which exports the key reads. */
    readonly readerUserName?: string;
    /** ARN of that user's permissions boundary: the gate opens nothing to it without. */
    readonly readerBoundaryArn?: string;
  };
  /** ARN of the permissions boundary of every role and user that the stack makes. */
  readonly rolesBoundaryArn?: string;
  /** Raised by one to rotate the reader's access key. */
  readonly readerKeyVersion: number;
  /** Days after which people are told that the key is old. */
  readonly readerKeyMaxAgeDays: number;
  /** How typed views are made; undefined where there are none. Their datasets stand with the databases. */
  readonly typedViews?: {
    /** IAM members who may read the views. */
    readonly readers: readonly string[];
    readonly tinyintAsBool: boolean;
    /** True takes over datasets of views that are there. */
    readonly adopt: boolean;
  };
  /** IAM members (`group:analysts@example.com`) who may read the datasets of the tables. */
  readonly datasetReaders: readonly string[];
  /** Cloud KMS key of what the stack has in Google Cloud, and whether the stack lets Google's agents use it. */
  readonly cmek?: { readonly kmsKeyName: string; readonly grantToAgents: boolean };
  /** Views, datasets and routines (`view:<project>.<dataset>.<view>`) that may read the datasets. */
  readonly authorizedResources: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly databases: readonly LoadedDatabase[];
}
