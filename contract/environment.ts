/** Names of the functions' environment variables: set by the components, read by the functions. */
export const EXPORTER_VARIABLES = {
  clusterIdentifier: "DB_CLUSTER_IDENTIFIER",
  exportRoleArn: "EXPORT_ROLE_ARN",
  bucketName: "S3_BUCKET_NAME",
  kmsKeyId: "KMS_KEY_ID",
  environment: "ENV",
  taskPrefix: "TASK_PREFIX",
  timeZone: "TIME_ZONE",
  exportTime: "EXPORT_TIME",
  /** `HH:MM`, or `onExportComplete`. */
  load: "LOAD",
  snapshotType: "SNAPSHOT_TYPE",
  maxSnapshotAgeHours: "MAX_SNAPSHOT_AGE_HOURS",
} as const;

/** File beside the exporter's bundle that holds the list for `ExportOnly`: too long for environment variables. */
export const EXPORT_SCOPE_FILE = "exportOnly.json";

/** `load` of a stack whose loads start when the export is finished. */
export const ON_EXPORT_COMPLETE = "onExportComplete";
