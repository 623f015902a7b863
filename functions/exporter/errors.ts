/** An error of the exporter: its message says what is wrong, with which value, where, and what to do. */
export abstract class ExporterError extends Error {
  /** True if the same invocation may succeed later with nothing changed by hand. */
  abstract readonly retryHelps: boolean;
}

/** Thrown at the first invocation when environment variables or the export scope are missing or wrong. */
export class EnvironmentError extends ExporterError {
  override readonly name = "EnvironmentError";
  readonly retryHelps = false;
}

/** Thrown for a payload that is neither the schedule's nor one of those meant for invocation by hand. */
export class PayloadError extends ExporterError {
  override readonly name = "PayloadError";
  readonly retryHelps = false;
}

/** Thrown when the cluster has no available snapshot of the configured kind; it may still be in the making. */
export class NoSnapshotError extends ExporterError {
  override readonly name = "NoSnapshotError";
  readonly retryHelps = true;
}

/** Thrown when the newest available snapshot is too old, or of an earlier night; a newer one may still be in the making. */
export class SnapshotTooOldError extends ExporterError {
  override readonly name = "SnapshotTooOldError";
  readonly retryHelps = true;
}

/** Thrown when the snapshot that a person named is not there, not available, or not of this cluster. */
export class WrongSnapshotError extends ExporterError {
  override readonly name = "WrongSnapshotError";
  readonly retryHelps = false;
}

/** Name of the error of a slot that is taken: the gate knows by it that the export in the slot is not the day's own. */
export const SLOT_SPENT = "SlotSpentError";

/** Thrown to a scheduled run whose slot holds a failed or cancelled export, or one of another snapshot. */
export class SlotSpentError extends ExporterError {
  override readonly name = SLOT_SPENT;
  readonly retryHelps = false;
}

/** Thrown when this stack has exported the snapshot already: each export is billed by the whole snapshot. */
export class SnapshotAlreadyExportedError extends ExporterError {
  override readonly name = "SnapshotAlreadyExportedError";
  readonly retryHelps = false;
}

/** Thrown to a run by hand when every hour of the last day is spent; the next hour brings a free slot. */
export class NoFreeSlotError extends ExporterError {
  override readonly name = "NoFreeSlotError";
  readonly retryHelps = true;
}

/** Thrown when a listing of RDS sends a page marker twice: it would never end, and what it lacks is not known. */
export class RepeatedPageError extends ExporterError {
  override readonly name = "RepeatedPageError";
  readonly retryHelps = true;
}

/** Thrown when RDS knows the task id already. The exporter looks the task up; it reaches people only if that fails. */
export class ExportTaskAlreadyExistsError extends ExporterError {
  override readonly name = "ExportTaskAlreadyExistsError";
  readonly retryHelps = true;
}

/** Thrown when the snapshot vanished after it was listed; the next invocation lists anew. */
export class SnapshotNotFoundError extends ExporterError {
  override readonly name = "SnapshotNotFoundError";
  readonly retryHelps = true;
}

/** Thrown when RDS takes the source for the snapshot of an instance. */
export class NotAClusterSnapshotError extends ExporterError {
  override readonly name = "NotAClusterSnapshotError";
  readonly retryHelps = false;
}

/** Thrown when there is no such cluster in the account and Region. */
export class ClusterNotFoundError extends ExporterError {
  override readonly name = "ClusterNotFoundError";
  readonly retryHelps = false;
}

/** Thrown when RDS refuses the list of databases or tables to export. */
export class ExportScopeError extends ExporterError {
  override readonly name = "ExportScopeError";
  readonly retryHelps = false;
}

/** Thrown when the bucket does not exist, or not in the snapshot's Region. */
export class BucketError extends ExporterError {
  override readonly name = "BucketError";
  readonly retryHelps = false;
}

/** Thrown when the export role does not exist, or not yet: a new role takes seconds to be known everywhere. */
export class ExportRoleNotFoundError extends ExporterError {
  override readonly name = "ExportRoleNotFoundError";
  readonly retryHelps = true;
}

/** Thrown when the export role may not write, or may not be assumed; a new policy takes seconds to count. */
export class ExportRolePermissionsError extends ExporterError {
  override readonly name = "ExportRolePermissionsError";
  readonly retryHelps = true;
}

/** Thrown when the KMS key cannot be used. */
export class KmsKeyError extends ExporterError {
  override readonly name = "KmsKeyError";
  readonly retryHelps = false;
}

/** Thrown when the function's own role lacks a permission. */
export class AccessDeniedError extends ExporterError {
  override readonly name = "AccessDeniedError";
  readonly retryHelps = false;
}

/** Thrown when RDS turned the call down for its rate, at every attempt. */
export class ThrottledError extends ExporterError {
  override readonly name = "ThrottledError";
  readonly retryHelps = true;
}

/** Thrown when RDS refuses a parameter's form. */
export class ParameterError extends ExporterError {
  override readonly name = "ParameterError";
  readonly retryHelps = false;
}

/** Thrown where an export has to wait for another one to end. */
export abstract class NoRoomError extends ExporterError {
  readonly retryHelps = true;

  /** The same error, where nobody waits any longer: what is behind it says so first. */
  givenUp(why: string): NoRoomError {
    const Same = this.constructor as new (message: string, options: ErrorOptions) => NoRoomError;
    return new Same(`${why} ${this.message}`, { cause: this.cause });
  }
}

/** Thrown when the account runs as many exports as it may; one of them has to end first. */
export class ExportLimitError extends NoRoomError {
  override readonly name = "ExportLimitError";
}

/** Thrown when the snapshot's state allows no export, as while another export of it is running. */
export class SnapshotStateError extends NoRoomError {
  override readonly name = "SnapshotStateError";
}

/** Thrown when RDS could not be reached, or did not answer in time, at every attempt. */
export class RdsUnreachableError extends ExporterError {
  override readonly name = "RdsUnreachableError";
  readonly retryHelps = true;
}

/** Thrown when RDS itself failed (HTTP 5xx) at every attempt. */
export class RdsFailureError extends ExporterError {
  override readonly name = "RdsFailureError";
  readonly retryHelps = true;
}

/** Thrown for every other fault of a call to RDS. */
export class UnknownRdsFaultError extends ExporterError {
  override readonly name = "UnknownRdsFaultError";
  readonly retryHelps = false;
}
