/** What a line says besides its message. Nothing secret goes in here: logs are read by many. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Structured log: one JSON object a line. */
export interface Log {
  /** Adds fields to every later line. */
  appendKeys(fields: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Finds errors in the logs. Source: CloudWatch Logs User Guide, "Filter pattern syntax", JSON log events. */
export const ERROR_LINES = '{ $.level = "ERROR" }';

/**
 * A log that writes to the console, whose level Lambda keeps.
 * @param format `JSON` or `Text`, as Lambda tells its functions
 * Source: AWS Lambda Developer Guide, "Configuring JSON and plain text log formats".
 */
export function createLog(
  format = process.env.AWS_LAMBDA_LOG_FORMAT,
  sink: Pick<Console, "info" | "warn" | "error"> = console,
): Log {
  let keys: LogFields = {};
  const write = (level: "info" | "warn" | "error", message: string, fields?: LogFields) => {
    const record = { level: level.toUpperCase(), message, ...keys, ...fields };
    // In JSON format Lambda puts what it is given into an object of its own: text would be escaped twice.
    sink[level](format === "JSON" ? record : JSON.stringify(record));
  };
  return {
    appendKeys(fields) {
      keys = { ...keys, ...fields };
    },
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
  };
}

/** Logs what a handler throws, so that the log says as much as the invocation's answer. */
export function logFailure(log: Log, thrown: unknown): void {
  const failure: Error & { readonly retryHelps?: boolean } =
    thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, cause, retryHelps } = failure;
  log.error(message, { error: name, retryHelps, cause: cause === undefined ? undefined : String(cause) });
}
