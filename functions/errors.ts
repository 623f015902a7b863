/** What kept the exporter from an export. */
type ExporterCode =
  /** The cluster has no available snapshot of the configured kind; it may still be in the making. */
  | "NoSnapshotError"
  /** The newest available snapshot is too old, or of an earlier night; a newer one may still be in the making. */
  | "SnapshotTooOldError"
  /** The snapshot that a person named is not there, not available, or not of this cluster. */
  | "WrongSnapshotError"
  /** A scheduled run finds that its slot holds a failed or cancelled export, or one of another snapshot. */
  | "SlotSpentError"
  /** This stack has exported the snapshot already: each export is billed by the whole snapshot. */
  | "SnapshotAlreadyExportedError"
  /** A run by hand finds every hour of the last day spent; the next hour brings a free slot. */
  | "NoFreeSlotError"
  /** A listing of RDS sends a page marker twice: it would never end, and what it lacks is not known. */
  | "RepeatedPageError"
  /** RDS knows the task id already. The exporter looks the task up; it reaches people only if that fails. */
  | "ExportTaskAlreadyExistsError"
  /** The snapshot vanished after it was listed; the next invocation lists anew. */
  | "SnapshotNotFoundError"
  /** RDS takes the source for the snapshot of an instance. */
  | "NotAClusterSnapshotError"
  /** There is no such cluster in the account and Region. */
  | "ClusterNotFoundError"
  /** RDS refuses the list of databases or tables to export. */
  | "ExportScopeError"
  /** The bucket does not exist, or not in the snapshot's Region. */
  | "BucketError"
  /** The export role does not exist, or not yet: a new role takes seconds to be known everywhere. */
  | "ExportRoleNotFoundError"
  /** The export role may not write, or may not be assumed; a new policy takes seconds to count. */
  | "ExportRolePermissionsError"
  /** The KMS key cannot be used. */
  | "KmsKeyError"
  /** The function's own role lacks a permission. */
  | "AccessDeniedError"
  /** RDS turned the call down for its rate, at every attempt. */
  | "ThrottledError"
  /** RDS refuses a parameter's form. */
  | "ParameterError"
  /** The account runs as many exports as it may; one of them has to end first. */
  | "ExportLimitError"
  /** The snapshot's state allows no export, as while another export of it is running. */
  | "SnapshotStateError"
  /** RDS could not be reached, or did not answer in time, at every attempt. */
  | "RdsUnreachableError"
  /** RDS itself failed (HTTP 5xx) at every attempt. */
  | "RdsFailureError"
  /** Any other fault of a call to RDS. */
  | "UnknownRdsFaultError";

/** What kept a function from its work: the error's name, as logs and Lambda's own records show it. */
export type ErrorCode =
  | ExporterCode
  /** Environment variables, or a list beside the code, are missing or wrong. */
  | "EnvironmentError"
  /** An event, a message or a payload is not the function's. Nothing was opened or started. */
  | "PayloadError"
  /** An export, its sidecars or its warning cannot be understood. Nothing was opened or started. */
  | "AuditError"
  /** A slot has no export of this stack. */
  | "NoExportError"
  /** A person has asked for what would risk half a table. */
  | "RefusedError"
  /** An AWS service does not do what the function needs. */
  | "AwsCallError"
  /** Google refuses the token or the call, or does not answer. */
  | "GoogleCallError"
  /** A report could not be sent, so that nobody knows of what it says. */
  | "NotToldError"
  /** Some loads of a slot could not be started; the others were. */
  | "LoadsNotStartedError"
  /** The runs of a slot could not be looked at, or not all of them. */
  | "LoadsNotFollowedError"
  /** A file of a table has not the footer of a Parquet file, so that its rows cannot be counted. */
  | "NoParquetError"
  /** The counter could not count a table's rows. */
  | "CounterError";

/** Codes of errors that may be over when the same is tried later. */
const OVER_LATER: readonly ErrorCode[] = [
  "AuditError",
  "LoadsNotStartedError",
  "LoadsNotFollowedError",
  "NoSnapshotError",
  "SnapshotTooOldError",
  "NoFreeSlotError",
  "RepeatedPageError",
  "ExportTaskAlreadyExistsError",
  "SnapshotNotFoundError",
  "ExportRoleNotFoundError",
  "ExportRolePermissionsError",
  "ThrottledError",
  "ExportLimitError",
  "SnapshotStateError",
  "RdsUnreachableError",
  "RdsFailureError",
];

/** Name of the error of a slot that is taken: the gate knows by it that the export in the slot is not the day's own. */
export const SLOT_SPENT = "SlotSpentError" satisfies ErrorCode;

/** An error of a function: its message says what is wrong, with which value, where, and what to do. */
export class FunctionError extends Error {
  override readonly name: ErrorCode;

  /** @param retryHelps true if the same invocation may succeed later with nothing changed by hand */
  constructor(
    code: ErrorCode,
    message: string,
    readonly retryHelps = OVER_LATER.includes(code),
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = code;
  }
}

/** True for an error of a function with one of the codes. */
export function isFault(error: unknown, ...codes: readonly ErrorCode[]): error is FunctionError {
  return error instanceof FunctionError && codes.includes(error.name);
}
