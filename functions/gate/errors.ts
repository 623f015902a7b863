/** An error of the gate: its message says what is wrong, with which value, where, and what to do. */
export abstract class GateError extends Error {
  /** True if the same invocation may succeed later with nothing changed by hand. */
  abstract readonly retryHelps: boolean;
}

/** Thrown at the first invocation when environment variables or the list of tables are missing or wrong. */
export class EnvironmentError extends GateError {
  override readonly name = "EnvironmentError";
  readonly retryHelps = false;
}

/** Thrown for an event, a message or a payload that is not the gate's. Nothing was opened or started. */
export class PayloadError extends GateError {
  override readonly name = "PayloadError";
  readonly retryHelps = false;
}

/** Thrown when an export, its sidecars or its warning cannot be understood. Nothing was opened or started. */
export class AuditError extends GateError {
  override readonly name = "AuditError";
  readonly retryHelps = true;
}

/** Thrown when a slot has no export of this stack. */
export class NoExportError extends GateError {
  override readonly name = "NoExportError";
  readonly retryHelps = false;
}

/** Thrown to a person who asks for what would risk half a table. */
export class RefusedError extends GateError {
  override readonly name = "RefusedError";
  readonly retryHelps = false;
}

/** Thrown when an AWS service does not do what the gate needs. */
export class AwsCallError extends GateError {
  override readonly name = "AwsCallError";

  constructor(
    message: string,
    override readonly retryHelps: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when Google refuses the token, the call, or does not answer. */
export class GoogleCallError extends GateError {
  override readonly name = "GoogleCallError";

  constructor(
    message: string,
    override readonly retryHelps: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when a report could not be sent, so that nobody knows of what it says. */
export class NotToldError extends GateError {
  override readonly name = "NotToldError";

  constructor(
    message: string,
    override readonly retryHelps: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when some loads of a slot could not be started; the others were. */
export class LoadsNotStartedError extends GateError {
  override readonly name = "LoadsNotStartedError";
  readonly retryHelps = true;
}
