/** What kept gate or loader from its work: the error's name, as logs and Lambda's own records show it. */
export type ErrorCode =
  /** Environment variables or the list of tables are missing or wrong. */
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
  | "LoadsNotStartedError";

/** Codes of errors that may be over when the same is tried later. */
const OVER_LATER: readonly ErrorCode[] = ["AuditError", "LoadsNotStartedError"];

/** An error of gate or loader: its message says what is wrong, with which value, where, and what to do. */
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

/** True for an error of gate or loader with one of the codes. */
export function isFault(error: unknown, ...codes: readonly ErrorCode[]): error is FunctionError {
  return error instanceof FunctionError && codes.includes(error.name);
}
