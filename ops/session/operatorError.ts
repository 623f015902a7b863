import { RunError } from "@pulumi/pulumi/errors";
import { AwsCallError, KEY_FAULT } from "../../functions/aws/explain";
import { type AwsFault, isUnreachable, toAwsFault } from "../../functions/aws/fault";
import { FunctionError } from "../../functions/errors";
import { cut } from "../../functions/excerpt";
import { StackFileError } from "../../rehearsal/program/stackFile";

/** What keeps a command from its work, in one sentence for whoever typed it. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
}

/** Longest text of a service that is passed on. */
const ANSWER_LENGTH = 300;

/**
 * Faults by which AWS says that it does not know who calls, or not any more.
 * Source: "Error responses" of the Amazon S3 API Reference; the others are the SDK's own.
 */
const NOBODY = [
  "CredentialsProviderError",
  "TokenProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidAccessKeyId",
  "InvalidToken",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
  "UnrecognizedClientException",
];

/** Faults by which AWS says that whoever calls may not. */
const DENIED = ["AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"];

/** Faults by which AWS says that it gets too many calls; the SDK has repeated them by then. */
const THROTTLED = [
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
];

/** Text on one line, not too long. */
export function oneLine(text: string): string {
  return cut(text.replace(/\s+/g, " ").trim(), ANSWER_LENGTH);
}

function explain({ call }: AwsCallError, fault: AwsFault): string {
  const { service, operation, action, subject, container = subject } = call;
  if (NOBODY.includes(fault.name)) {
    return "AWS does not know who you are, or not any more: log in by `aws sso login`, or name a profile in AWS_PROFILE";
  }
  if (DENIED.includes(fault.name)) {
    const key = service === "S3" ? ", and kms:Decrypt with the key that encrypts it" : "";
    return `Your AWS credentials may not do this: it takes ${action} on ${subject}${key}`;
  }
  if (THROTTLED.includes(fault.name)) {
    return `${service} gets too many calls of this account (${operation}, ${subject}): try again in a few minutes`;
  }
  if (KEY_FAULT.test(fault.name)) {
    return `KMS refuses the key that encrypts ${subject} (${operation}): \`npm run ops -- doctor\` says what to do about it`;
  }
  if (fault.name === "NoSuchBucket") return `There is no ${container}: your stack's outputs are old`;
  if (fault.name === "NoSuchKey") {
    return `There is no ${subject} any more, because the export has just expired or somebody deletes it`;
  }
  if (isUnreachable(fault)) return `${service} could not be reached for ${subject}: see your network`;
  return `${service} could not do ${operation} for ${subject}`;
}

/** True where AWS says that whoever calls may not. */
export function isDenied(error: unknown): boolean {
  return error instanceof AwsCallError && DENIED.includes(toAwsFault(error.cause).name);
}

/** The one sentence of an error that is for the operator; undefined for a fault of the program. */
export function operatorsWords(error: unknown): string | undefined {
  if (error instanceof AwsCallError) {
    const fault = toAwsFault(error.cause);
    return `${explain(error, fault)} (${fault.name}, "${oneLine(fault.message)}").`;
  }
  const isForPeople =
    error instanceof OperatorError ||
    error instanceof FunctionError ||
    error instanceof RangeError ||
    error instanceof StackFileError ||
    RunError.isInstance(error);
  return isForPeople ? error.message : undefined;
}
