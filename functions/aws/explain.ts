import { USER_POLICIES_MAX_LENGTH } from "../../contract/completedExports";
import { FunctionError } from "../errors";
import { type AwsFault, describeFault, isServerFailure, isUnreachable, toAwsFault } from "./fault";

/** A call to AWS, as far as the words of an error need it. */
export interface AwsCall {
  /** As people call it: `S3`. */
  readonly service: string;
  readonly operation: string;
  /** The permission that the call needs: `s3:GetObject`. */
  readonly action: string;
  /** What the call was about: `object s3://prod-export-bucket/prod-2025021806/…`. */
  readonly subject: string;
  /** What has to be there for it, where that is not the subject itself: `bucket "prod-export-bucket"`. */
  readonly container?: string;
}

interface Explanation {
  readonly retryHelps: boolean;
  explain(call: AwsCall): string;
}

const ACCESS_DENIED: Explanation = {
  retryHelps: false,
  explain: ({ service, action, subject }) => {
    const key =
      service === "IAM" || service === "Lambda" ? "" : ", and the use of the KMS key that encrypts it";
    return (
      `The function's role may not make this call: it needs ${action} on ${subject}${key}. Compare the role's policies, ` +
      "the policies of what it calls and the organization's with what the stack declares."
    );
  },
};

const KEY_REFUSED: Explanation = {
  retryHelps: false,
  explain: ({ operation, subject }) =>
    `KMS refused the key that encrypts ${subject} (${operation}): it is disabled or about to be deleted, or its policy ` +
    "or the function's role does not allow its use. Look at the key in the KMS console, and deploy the stack again.",
};

const THROTTLED: Explanation = {
  retryHelps: true,
  explain: ({ service, operation, subject }) =>
    `${service} gets too many calls of this account and turned ${operation} for ${subject} down. It will take it in a ` +
    `few minutes; if it does not, look for a program that floods ${service}.`,
};

const NOT_FOUND: Explanation = {
  retryHelps: false,
  explain: ({ service, operation, subject, container = subject }) =>
    `${service} could not do ${operation}, for there is no ${container}: it was deleted, or is not in this account and ` +
    "Region. Deploy the stack again (pulumi up), or correct its name in the stack file.",
};

const TOO_LONG: Explanation = {
  retryHelps: false,
  explain: ({ subject }) =>
    `IAM takes ${USER_POLICIES_MAX_LENGTH} characters of inline policies for one user, and ${subject} goes beyond. ` +
    "Take other inline policies off the user, or turn them into managed ones.",
};

const CONFLICT: Explanation = {
  retryHelps: true,
  explain: ({ service, operation, subject }) =>
    `${service} refused ${operation} for ${subject}, because another call was changing it at that moment. If it comes ` +
    "back, look for a second program that writes there.",
};

const UNREACHABLE: Explanation = {
  retryHelps: true,
  explain: ({ service, operation, subject }) =>
    `${service} could not be reached, or did not answer in time (${operation}, ${subject}). The function is in no VPC, so ` +
    "the likely cause lies with AWS: see the AWS Health Dashboard.",
};

const SERVER_FAILURE: Explanation = {
  retryHelps: true,
  explain: ({ service, operation, subject }) =>
    `${service} failed at ${operation} for ${subject}. See the AWS Health Dashboard, and invoke the function again when ` +
    `${service} is well.`,
};

const UNKNOWN: Explanation = {
  retryHelps: false,
  explain: ({ operation, subject }) =>
    `${operation} for ${subject} failed in a way that nobody has met yet. What follows is all there is to go by.`,
};

/**
 * The faults of the calls of gate, loader and counter, by the name that the SDK gives them.
 * Sources: "Error responses" of the Amazon S3 API Reference; "PutUserPolicy" of the IAM API Reference; "Publish" of
 * the Amazon SNS API Reference; "SendMessage" of the Amazon SQS API Reference; "Invoke" of the Lambda API Reference.
 */
const NAMES: readonly (readonly [Explanation, readonly string[]])[] = [
  [ACCESS_DENIED, ["AccessDenied", "AccessDeniedException", "AuthorizationErrorException"]],
  [
    THROTTLED,
    [
      "SlowDown",
      "Throttling",
      "ThrottlingException",
      "ThrottledException",
      "RequestThrottled",
      "RequestLimitExceeded",
      "TooManyRequestsException",
      "KMSThrottlingException",
      "KmsThrottled",
    ],
  ],
  [
    NOT_FOUND,
    [
      "NoSuchBucket",
      "NoSuchEntityException",
      "NotFoundException",
      "QueueDoesNotExist",
      "ResourceNotFoundException",
    ],
  ],
  [TOO_LONG, ["LimitExceededException"]],
  [
    CONFLICT,
    [
      "ConditionalRequestConflict",
      "OperationAborted",
      "ConcurrentModificationException",
      "EntityTemporarilyUnmodifiableException",
    ],
  ],
];

/** S3 says `KMS.DisabledException`, SNS `KMSDisabledException`, SQS `KmsDisabled`. */
export const KEY_FAULT = /^kms/i;

function explanationOf(fault: AwsFault): Explanation {
  const named = NAMES.find(([, names]) => names.includes(fault.name));
  if (named !== undefined) return named[0];
  if (KEY_FAULT.test(fault.name)) return KEY_REFUSED;
  if (isUnreachable(fault)) return UNREACHABLE;
  return isServerFailure(fault) ? SERVER_FAILURE : UNKNOWN;
}

/** A call that an AWS service refused or lost, in the words of the functions; the fault itself is the cause. */
export class AwsCallError extends FunctionError {
  constructor(
    message: string,
    readonly call: AwsCall,
    retryHelps: boolean,
    options: ErrorOptions,
  ) {
    super("AwsCallError", message, retryHelps, options);
  }
}

/**
 * Puts a fault of a call to AWS into words for the person who has to act on it, and keeps it as the cause.
 * A FunctionError is returned as it is.
 */
export function explainAwsFault(thrown: unknown, call: AwsCall): FunctionError {
  if (thrown instanceof FunctionError) return thrown;
  const fault = toAwsFault(thrown);
  const { explain, retryHelps } = explanationOf(fault);
  return new AwsCallError(`${explain(call)} ${describeFault(fault)}`, call, retryHelps, { cause: thrown });
}

/** Asks AWS; a fault is thrown in words. */
export async function explained<T>(call: AwsCall, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw explainAwsFault(error, call);
  }
}

/** Runs `ask`; faults of that name give `instead`. */
export async function unless<T, I>(name: string, instead: I, ask: () => Promise<T>): Promise<T | I> {
  try {
    return await ask();
  } catch (error) {
    if (toAwsFault(error).name === name) return instead;
    throw error;
  }
}
