/** Names of the environment variables of both functions that say when the daily export is due. */
export const TIME_VARIABLES = {
  timeZone: "TIME_ZONE",
  /** Minutes east of UTC that the transfers' path carries, as it was deployed: zones' tables differ, and change. */
  pathOffsetMinutes: "PATH_OFFSET_MINUTES",
  exportTime: "EXPORT_TIME",
  /** `HH:MM`, or `onExportComplete`. */
  load: "LOAD",
} as const;

/** Names of the exporter's environment variables: set by the component, read by the function. */
export const EXPORTER_VARIABLES = {
  clusterIdentifier: "DB_CLUSTER_IDENTIFIER",
  exportRoleArn: "EXPORT_ROLE_ARN",
  bucketName: "S3_BUCKET_NAME",
  kmsKeyId: "KMS_KEY_ID",
  environment: "ENV",
  taskPrefix: "TASK_PREFIX",
  ...TIME_VARIABLES,
  snapshotType: "SNAPSHOT_TYPE",
  maxSnapshotAgeHours: "MAX_SNAPSHOT_AGE_HOURS",
} as const;

/** Variable of both functions: local time at which an unfinished export is reported, in completion mode alone. */
export const DEADLINE_VARIABLE = "DEADLINE";

/** Variable of the exporter: local time at which the night's snapshot is due, where the stack file gives it. */
export const SNAPSHOT_TIME_VARIABLE = "SNAPSHOT_TIME";

/** File beside the exporter's bundle that holds the list for `ExportOnly`: too long for environment variables. */
export const EXPORT_SCOPE_FILE = "exportOnly.json";

/** `load` of a stack whose loads start when the export is finished. */
export const ON_EXPORT_COMPLETE = "onExportComplete";

/** Names of the gate's environment variables: set by the component, read by the function. */
export const GATE_VARIABLES = {
  clusterIdentifier: "DB_CLUSTER_IDENTIFIER",
  bucketName: "S3_BUCKET_NAME",
  environment: "ENV",
  taskPrefix: "TASK_PREFIX",
  ...TIME_VARIABLES,
  /** `true` if exports and loads run by the clock, `false` if by hand alone. */
  clockEnabled: "CLOCK_ENABLED",
  /** `load` or `block`. */
  onIncompleteExport: "ON_INCOMPLETE_EXPORT",
  /** A table has shrunk that has lost more than this percentage of its bytes. */
  shrinkGuardPercent: "SHRINK_GUARD_PERCENT",
  /** `tell` or `hold`. */
  shrinkGuardAction: "SHRINK_GUARD_ACTION",
  /** `tell` or `log`. */
  columnChanges: "COLUMN_CHANGES",
  reportTopicArn: "REPORT_TOPIC_ARN",
  /** Name of the exporter, for the commands that reports give. */
  exporterName: "EXPORTER_FUNCTION_NAME",
} as const;

/** Variables of the gate that a stack may leave out. */
export const OPTIONAL_GATE_VARIABLES = {
  /** IAM user whose policy the gate writes; without it the gate audits and reports, and opens nothing. */
  readerUserName: "READER_USER_NAME",
  /** Id of the access key that the transfers carry; comes with the user's name. */
  readerAccessKeyId: "READER_ACCESS_KEY_ID",
  /** Local time of the gate's clock in completion mode, `HH:MM`. */
  deadline: DEADLINE_VARIABLE,
  /** Days after which exports expire in the bucket; left out where its rules are not the stack's. */
  retentionDays: "RETENTION_DAYS",
  /** Queue of the loader, where there is one. */
  loadQueueUrl: "LOAD_QUEUE_URL",
  /** Topic that chats read, where there is one. */
  chatTopicArn: "CHAT_TOPIC_ARN",
} as const;

/** Names of the loader's environment variables: set by the component, read by the function. */
export const LOADER_VARIABLES = {
  environment: "ENV",
  bucketName: "S3_BUCKET_NAME",
  taskPrefix: "TASK_PREFIX",
  pathOffsetMinutes: GATE_VARIABLES.pathOffsetMinutes,
  reportTopicArn: GATE_VARIABLES.reportTopicArn,
  /** Name of the gate, for the commands that reports give. */
  gateName: "GATE_FUNCTION_NAME",
  loadQueueUrl: OPTIONAL_GATE_VARIABLES.loadQueueUrl,
  project: "GOOGLE_PROJECT",
  location: "GOOGLE_LOCATION",
  /** `//iam.googleapis.com/projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>`. */
  audience: "GOOGLE_AUDIENCE",
  /** E-mail of the service account that the loader becomes. */
  serviceAccount: "GOOGLE_SERVICE_ACCOUNT",
  /** Topic that hears how the loads of an export end. */
  copyTopic: "GOOGLE_COPY_TOPIC",
  /** Dataset of the journal. */
  journalDataset: "GOOGLE_JOURNAL_DATASET",
} as const;

/** Variables of the loader that a stack may leave out. */
export const OPTIONAL_LOADER_VARIABLES = {
  /** Name of the counter, where there is one. */
  counterName: "COUNTER_FUNCTION_NAME",
  chatTopicArn: OPTIONAL_GATE_VARIABLES.chatTopicArn,
  /** `true` where the loader may list the jobs of the project. */
  loadJobStatistics: "LOAD_JOB_STATISTICS",
  /** Scheduled query that makes the typed views: `projects/…/locations/…/transferConfigs/…`. */
  viewMaker: "GOOGLE_VIEW_MAKER",
} as const;

/** Names of the counter's environment variables: set by the component, read by the function. */
export const COUNTER_VARIABLES = {
  environment: "ENV",
  bucketName: "S3_BUCKET_NAME",
  taskPrefix: "TASK_PREFIX",
} as const;

/** File beside the gate's bundle that says which tables the stack loads: too long for environment variables. */
export const TABLES_FILE = "tables.json";

/** Minutes before a load by the clock at which the gate's own clock comes: an export that ends later is too late for it. */
export const LAST_OPENING_MINUTES = 10;

/** Times that a function is run with an event that it fails at: Lambda's own default, and its most. */
export const EVENT_ATTEMPTS = 3;

/** Minutes after which a transfer sees a new file of S3. Source: "Amazon S3 transfers", limitations. */
export const FILES_VISIBLE_MINUTES = 5;

/** Seconds that a message waits in the load queue: a run that begins sooner could miss files. */
export const LOAD_DELAY_SECONDS = FILES_VISIBLE_MINUTES * 60;

/** Times that loads are tried, with the queue's delay between them, before they are left to a person. */
export const LOAD_ATTEMPTS = 5;

/**
 * Seconds that an invocation of gate, loader or counter may take. A message at which one dies stays hidden for six times as long, as AWS
 * advises, and must not lose the morning; what takes longer is gone on with by the next invocation.
 * Source: AWS Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping".
 */
export const FUNCTION_TIMEOUT_SECONDS = 240;

/** Seconds that the counter may take for one part: the loader waits for it, and has other things to do behind. */
export const COUNTER_TIMEOUT_SECONDS = 90;

/** Seconds that a received message of the load queue is hidden from further receipts. */
export const LOAD_VISIBILITY_SECONDS = 6 * FUNCTION_TIMEOUT_SECONDS;

/** Times that a message is received, each time in vain, before it goes to the dead letters. */
export const LOAD_RECEIPTS = 5;

/** What becomes of an export in which tables are missing: the others are loaded, or none is. */
export const ON_INCOMPLETE_EXPORT = ["load", "block"] as const;
export type OnIncompleteExport = (typeof ON_INCOMPLETE_EXPORT)[number];

/** What becomes of a table that has shrunk: people are told, or it is held until a person says that it is right. */
export const SHRINK_ACTIONS = ["tell", "hold"] as const;

/** When a table has shrunk, and what becomes of it then. */
export interface ShrinkGuard {
  /** Percent of its bytes that a table may lose since the last good export, 1 to 99. */
  readonly percent: number;
  readonly action: (typeof SHRINK_ACTIONS)[number];
}

/** What becomes of changes of columns and tables in Aurora: people are told, or the gate's log alone. */
export const COLUMN_CHANGES = ["tell", "log"] as const;
export type ColumnChanges = (typeof COLUMN_CHANGES)[number];
