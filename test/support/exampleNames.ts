import type * as kms from "@pulumi/aws/kms";
import type * as serviceaccount from "@pulumi/gcp/serviceaccount";
import type {
  BigQueryLoads,
  BigQueryLoadsArgs,
  ClusterExports,
  ClusterExportsArgs,
  EncryptionKeyArgs,
  ExportAlarms,
  ExportAlarmsArgs,
  ExportGateArgs,
  ExportReader,
  ExportStore,
  FreshnessCheckArgs,
  GoogleProject,
  LoadAlerts,
  LoadAlertsArgs,
  Loader,
  LoaderArgs,
  LoadStarter,
  LoadStarterArgs,
  ReportTopic,
  SnapshotExporterArgs,
  TransferOwner,
  TransferSetArgs,
  WatchArgs,
} from "../../components";

/** What the examples in the components' comments take for granted, by name. */
export interface ExampleNames {
  readonly accessKeyId: TransferSetArgs["accessKeyId"];
  readonly account: serviceaccount.Account;
  readonly accountEmail: FreshnessCheckArgs["accountEmail"];
  readonly accountId: ClusterExportsArgs["accountId"];
  readonly alarms: ExportAlarms;
  readonly alerts: WatchArgs["alerts"];
  readonly awsAccountId: LoadStarterArgs["awsAccountId"];
  readonly bucketName: ExportGateArgs["bucketName"];
  readonly clusterIdentifier: ClusterExportsArgs["clusterIdentifier"];
  readonly databases: ClusterExportsArgs["databases"];
  readonly engine: ClusterExportsArgs["engine"];
  readonly environment: ClusterExportsArgs["environment"];
  readonly exporterName: ExportAlarmsArgs["exporterName"];
  readonly exportRoleArn: SnapshotExporterArgs["exportRoleArn"];
  readonly exports: ClusterExports;
  readonly freshnessChecks: LoadAlertsArgs["freshnessChecks"];
  readonly gateName: ExportAlarmsArgs["gateName"];
  readonly key: kms.Key;
  readonly kmsKeyArn: ExportGateArgs["kmsKeyArn"];
  readonly kmsKeyName: EncryptionKeyArgs["kmsKeyName"];
  readonly loadAlerts: LoadAlerts;
  readonly loader: Loader;
  readonly loads: BigQueryLoads;
  readonly location: BigQueryLoadsArgs["location"];
  readonly others: Omit<LoaderArgs, "counter"> & Omit<ExportGateArgs, "loadQueue">;
  readonly owner: TransferOwner;
  readonly prefix: ClusterExportsArgs["prefix"];
  readonly project: GoogleProject;
  readonly reader: ExportReader;
  readonly region: ClusterExportsArgs["region"];
  readonly reports: ReportTopic;
  readonly schedule: ClusterExportsArgs["schedule"];
  readonly secretAccessKey: TransferSetArgs["secretAccessKey"];
  readonly starter: LoadStarter;
  readonly store: ExportStore;
  readonly tables: ExportGateArgs["tables"];
  readonly transfers: LoadAlertsArgs["transfers"];
}
