import { inputObject, inputText, type Registration } from "../program/inputs";

/** An AWS provider of a workload identity pool, as far as the local STS can judge its rules. */
export interface WorkloadIdentityProvider {
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>`. */
  readonly name: string;
  /** AWS account whose callers the provider takes. */
  readonly accountId: string;
  /** What stands before and behind the part of the caller's ARN that becomes `google.subject`. */
  readonly subject: { readonly before: string; readonly behind: string };
  /** The condition: account and beginning of the ARN that a caller must have. */
  readonly condition: { readonly account: string; readonly arnPrefix: string };
}

/** What AWS says of a caller (`GetCallerIdentity`). */
export interface CallerIdentity {
  readonly account: string;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly arn: string;
}

/** "google.subject … must not exceed 127 bytes" (Workload Identity Federation, attribute mapping). */
const SUBJECT_MAX_BYTES = 127;
const SUBJECT = /^assertion\.arn\.extract\('([^'{}]*)\{[A-Za-z_]+\}([^'{}]*)'\)$/;
const CONDITION = /^assertion\.account == '(\d{12})' && assertion\.arn\.startsWith\('([^']+)'\)$/;

/**
 * Reads a registered provider. CEL is not implemented: the subject must be one `extract` of the ARN, the condition
 * an account and a beginning of the ARN.
 * @throws Error for any other form, which could not be judged
 */
export function readProvider(it: Registration): WorkloadIdentityProvider {
  const mapping = inputObject(it, "attributeMapping");
  const { "google.subject": subject, ...others } = mapping;
  const condition = inputText(it, "attributeCondition");
  const [, before, behind] = SUBJECT.exec(String(subject)) ?? [];
  const [, account, arnPrefix] = CONDITION.exec(condition) ?? [];
  if (before === undefined || behind === undefined || Object.keys(others).length > 0) {
    throw new Error(
      `the rehearsal's STS does not know the attribute mapping of ${it.urn}: ${JSON.stringify(mapping)}`,
    );
  }
  if (account === undefined || arnPrefix === undefined) {
    throw new Error(`the rehearsal's STS does not know the attribute condition of ${it.urn}: ${condition}`);
  }
  return {
    name: String(it.outputs.name),
    accountId: String(inputObject(it, "aws").accountId),
    subject: { before, behind },
    condition: { account, arnPrefix },
  };
}

/** `extract`: what stands between the two texts, the first time they occur; empty where they do not. */
function extract(text: string, before: string, behind: string): string {
  const start = text.indexOf(before);
  if (start < 0) return "";
  const rest = text.slice(start + before.length);
  const end = behind === "" ? rest.length : rest.indexOf(behind);
  return end < 0 ? "" : rest.slice(0, end);
}

/**
 * The principal that a caller becomes, `principal://iam.googleapis.com/<pool>/subject/<subject>`, or why it becomes
 * none. Source: "Configure Workload Identity Federation with AWS".
 */
export function federate(
  provider: WorkloadIdentityProvider,
  caller: CallerIdentity,
): { readonly principal: string } | { readonly refusal: string } {
  const { condition, subject: rule } = provider;
  if (caller.account !== provider.accountId) {
    return { refusal: `The AWS account ${caller.account} is not the provider's` };
  }
  if (caller.account !== condition.account || !caller.arn.startsWith(condition.arnPrefix)) {
    return { refusal: "The given credential is rejected by the attribute condition." };
  }
  const subject = extract(caller.arn, rule.before, rule.behind);
  const bytes = Buffer.byteLength(subject);
  if (bytes === 0 || bytes > SUBJECT_MAX_BYTES) {
    return {
      refusal: `The size of mapped attribute google.subject is ${bytes} bytes; it must be 1 to ${SUBJECT_MAX_BYTES}`,
    };
  }
  const [pool = ""] = provider.name.split("/providers/");
  return { principal: `principal://iam.googleapis.com/${pool}/subject/${subject}` };
}
