/**
 * The components, for programs of your own; examples/ shows three. Each is one class with its arguments, which say
 * meaning, unit, default, and what a change does to live resources. Four are made of the others, one of each in a
 * program, since their children have names of their own: `ExportStore`, `BigQueryLoads`, `ClusterExports`, `Watch`.
 */
export type { LoadedDatabase, LoadedTable } from "../contract/tableList";
export type { AwsArgs, ExportArgs, GoogleArgs } from "./args";
export { BigQueryLoads, type BigQueryLoadsArgs } from "./bigQueryLoads";
export { ChatChannels, type ChatChannelsArgs, type SlackChannel, type TeamsChannel } from "./chatChannels";
export { ClusterExports, type ClusterExportsArgs } from "./clusterExports";
export { CopyEvents, type CopyEventsArgs } from "./copyEvents";
export { Counter, type CounterArgs } from "./counter";
export { EncryptionKey, type EncryptionKeyArgs } from "./encryptionKey";
export { ExportAlarms, type ExportAlarmsArgs } from "./exportAlarms";
export { ExportBucket, type ExportBucketArgs } from "./exportBucket";
export { ExportDashboard, type ExportDashboardArgs } from "./exportDashboard";
export { ExportGate, type ExportGateArgs } from "./exportGate";
export { ExportReader, type ExportReaderArgs } from "./exportReader";
export { ExportRole } from "./exportRole";
export { ExportStore, type ExportStoreArgs } from "./exportStore";
export {
  FreshnessAccount,
  type FreshnessAccountArgs,
  FreshnessCheck,
  type FreshnessCheckArgs,
} from "./freshnessCheck";
export { GoogleProject, type GoogleProjectArgs } from "./googleProject";
export { existingChannels, LoadAlerts, type LoadAlertsArgs } from "./loadAlerts";
export { LoadDashboard, type LoadDashboardArgs } from "./loadDashboard";
export { Loader, type LoaderArgs, type LoadsArgs } from "./loader";
export { LoadJournal, type LoadJournalArgs } from "./loadJournal";
export { LoadStarter, type LoadStarterArgs } from "./loadStarter";
export { ReportTopic, type ReportTopicArgs } from "./reportTopic";
export { SnapshotExporter, type SnapshotExporterArgs } from "./snapshotExporter";
export { TransferOwner } from "./transferOwner";
export { TransferSet, type TransferSetArgs, type TransferTable } from "./transferSet";
export {
  ViewMaker,
  ViewMakerAccount,
  type ViewMakerAccountArgs,
  type ViewMakerArgs,
} from "./viewMaker";
export { ViewsDataset, type ViewsDatasetArgs } from "./viewsDataset";
export { Watch, type WatchArgs } from "./watch";
