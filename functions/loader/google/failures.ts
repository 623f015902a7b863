/** The three calls that one call of the loader can take: AWS's signature for a token, that for the account's, the call. */
export type Step = "exchange" | "impersonation" | "call";

/** Why an attempt did not succeed, without anything secret. */
export interface Failure {
  readonly step: Step;
  /** HTTP status; undefined if no answer came, or if a job reports the failure. */
  readonly status?: number;
  /** Google's names for it: the status of the call, and reasons. Empty if no answer came. */
  readonly reasons: readonly string[];
  /** Google's words, or the network's. */
  readonly text: string;
  /** Milliseconds that Google asks to wait. */
  readonly retryAfter?: number;
}

/** What can be done about a failure: all but a refusal can be gone by the next attempt. */
export type FailureKind = "unreachable" | "failed" | "quota" | "refused";

/** Names of our own: no answer of Google carries one. */
export const UNREACHABLE = "unreachable";
export const UNREADABLE = "unreadable";
export const NO_AWS_CREDENTIALS = "noAwsCredentials";

/** Source: "Quotas and limits" and "Error messages" of BigQuery; "Errors" of Google's API design guide (AIP-193). */
const QUOTA = [
  "RESOURCE_EXHAUSTED",
  "RATE_LIMIT_EXCEEDED",
  "rateLimitExceeded",
  "userRateLimitExceeded",
  "jobRateLimitExceeded",
  "quotaExceeded",
];
const FAILED = [
  "UNAVAILABLE",
  "INTERNAL",
  "DEADLINE_EXCEEDED",
  // Another call came between: not any conflict, of which the same call would find the same again (AIP-193, AIP-194).
  "ABORTED",
  "backendError",
  "internalError",
  UNREADABLE,
];

export const UNAUTHORIZED = 401;
export const FORBIDDEN = 403;
export const NOT_FOUND = 404;
const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;
const LONGEST_TEXT = 500;
const SHORTEST_SECRET = 16;

export function kindOf({ status = 0, reasons }: Failure): FailureKind {
  const isOneOf = (names: readonly string[]) => reasons.some((reason) => names.includes(reason));
  if (isOneOf([UNREACHABLE])) return "unreachable";
  if (status === TOO_MANY_REQUESTS || isOneOf(QUOTA)) return "quota";
  const failed = status === REQUEST_TIMEOUT || status >= SERVER_ERROR || isOneOf(FAILED);
  return failed ? "failed" : "refused";
}

/** A value inside a JSON value; undefined where the path leads nowhere. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** The elements of a JSON list; none where there is no list. */
export function listAt(value: unknown, ...path: readonly string[]): unknown[] {
  const list = at(value, ...path);
  return Array.isArray(list) ? list : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** AWS's are longer; a short stand-in for one could be any word of a sentence. */
function isLikeASecret({ length }: string): boolean {
  return length >= SHORTEST_SECRET;
}

/**
 * Takes out what must not be read in a log. AWS's complaint about a signature, which Google passes on, repeats the
 * signed request with the function's session token in it.
 */
function redact(text: string): string {
  const { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const secrets = [AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN].filter(isText).filter(isLikeASecret);
  const spellings = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return spellings
    .reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text)
    .replace(/\bya29\.[\w.~+/-]+=*/g, "[token]")
    .replace(/\b(Bearer\s+|Signature=|Signature%3D)[\w.~+/%-]+=*/gi, "$1[secret]");
}

/** One line, without tags and secrets, not too long. */
export function tidy(text: string): string {
  // Redacted first: a secret that is cut in two would not be recognised.
  const line = redact(text)
    .replace(/<[^<>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

/**
 * Reads the body of an answer that is no success, in any of Google's forms: OAuth's of the token exchange, the API
 * design guide's, BigQuery's list of reasons, or a proxy's page.
 */
export function refusal(step: Step, status: number, body: unknown, retryAfter?: number): Failure {
  const error = at(body, "error");
  const lists = [...listAt(error, "errors"), ...listAt(error, "details")];
  const reasons = [error, at(error, "status"), ...lists.map((entry) => at(entry, "reason"))].filter(isText);
  const text = [at(error, "message"), at(body, "error_description"), body].find(isText) ?? "";
  return { step, status, reasons: [...new Set(reasons)], text: tidy(text), retryAfter };
}

/** A failure that a finished job reports in its status. */
export function jobFailure(errorResult: unknown): Failure {
  const reasons = [at(errorResult, "reason")].filter(isText);
  return { step: "call", reasons, text: tidy(String(at(errorResult, "message") ?? "")) };
}

/** A success whose body is no JSON: whatever sent it, it was not the API. */
export function unreadable(status: number, body: string): Failure {
  return { step: "call", status, reasons: [UNREADABLE], text: tidy(body) };
}

function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : error;
}

/** No answer, or half of one. `fetch` says why in the cause of its error. */
export function unreachable(step: Step, error: unknown): Failure {
  const inner = innermost(error);
  const code = at(inner, "name") === "TimeoutError" ? "TimeoutError" : at(inner, "code");
  const message = inner instanceof Error ? inner.message : String(inner);
  return { step, reasons: [UNREACHABLE], text: tidy([code, message].filter(isText).join(": ")) };
}

/** Milliseconds of a header Retry-After: seconds, or a date. Source: RFC 9110, section 10.2.3. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
