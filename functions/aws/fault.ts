import { cut } from "../excerpt";

/** Longest text of a service that is passed on: it may be anything. */
const MESSAGE_LENGTH = 1000;

/** A failed call, by the fields that the SDK's errors and Node's own may have. */
export interface AwsFault {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly attempts?: number;
    readonly requestId?: string;
  };
}

const NETWORK_CODES = [
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
];

/** Whatever was thrown, as a fault. */
export function toAwsFault(thrown: unknown): AwsFault {
  return thrown instanceof Error ? thrown : { name: typeof thrown, message: String(thrown) };
}

/** True where the service could not be reached, or did not answer in time. */
export function isUnreachable({ name, code }: AwsFault): boolean {
  return name === "TimeoutError" || NETWORK_CODES.includes(String(code));
}

/** True where the service itself failed. */
export function isServerFailure({ $metadata: { httpStatusCode = 0 } = {} }: AwsFault): boolean {
  return httpStatusCode >= 500;
}

/** The service's own words: `The answer: InvalidS3BucketFault, "The bucket …" (request 1234, 1 attempt).` */
export function describeFault({
  name,
  message,
  code,
  $metadata: { attempts = 1, requestId } = {},
}: AwsFault): string {
  const kind = name === "Error" && typeof code === "string" ? code : name;
  const request = requestId === undefined ? "" : `request ${requestId}, `;
  return `The answer: ${kind}, "${cut(message, MESSAGE_LENGTH)}" (${request}${attempts} ${attempts === 1 ? "attempt" : "attempts"}).`;
}
