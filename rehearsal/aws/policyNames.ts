// Forms of the names that policies and requests carry, and the condition keys that are known.

/** Keys that follow from the principal alone. Source: "AWS global condition context keys". */
const PRINCIPAL_KEYS = [
  "aws:PrincipalAccount",
  "aws:PrincipalArn",
  "aws:PrincipalIsAWSService",
  "aws:PrincipalServiceName",
  "aws:PrincipalType",
  "aws:username",
];

/**
 * Keys that the local services send wherever AWS does. A policy may use no others: a Deny statement on a key
 * that is never sent would be skipped in silence. A key is added here together with the service that sends it.
 */
const SERVICE_KEYS = [
  "aws:ResourceAccount",
  "aws:SecureTransport",
  "aws:SourceAccount",
  "aws:SourceArn",
  "iam:PassedToService",
  "iam:PermissionsBoundary",
  "kms:GrantIsForAWSResource",
  "kms:ViaService",
  "lambda:FunctionArn",
  "lambda:SourceFunctionArn",
  "s3:max-keys",
  "s3:prefix",
];

/** Keys whose names go on with a name of the caller's: `kms:EncryptionContext:aws:s3:arn`, `aws:ResourceTag/Project`. */
const NAMED_BY_CALLER = /^(?:kms:encryptioncontext:|aws:(?:request|resource)tag\/)./;

const KNOWN_KEYS = new Set([...PRINCIPAL_KEYS, ...SERVICE_KEYS].map((key) => key.toLowerCase()));

/** Names of condition keys are not case-sensitive ("IAM JSON policy elements: Condition"). */
export function isKnownKey(key: string): boolean {
  const name = key.toLowerCase();
  return KNOWN_KEYS.has(name) || NAMED_BY_CALLER.test(name);
}

export const ACCOUNT_ID = /^\d{12}$/;
export const IAM_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):(?:(root)|(user|role)\/[A-Za-z0-9+=,.@_/-]+)$/;
export const SERVICE_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/;
export const ACTION = /^[a-z0-9-]+:[A-Za-z0-9]+$/;
export const ACTION_PATTERN = /^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
export const ARN = /^arn(:[^:]*){4}:.+$/s;
// "You can't use a wildcard in the service segment" ("IAM JSON policy elements: Resource").
export const RESOURCE_PATTERN = /^(\*|arn:[a-z*?-]+:[a-z0-9-]+:[a-z0-9*?-]*:[a-z0-9*?]*:.+)$/s;
