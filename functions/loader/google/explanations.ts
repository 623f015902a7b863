import { FunctionError } from "../../errors";
import { EXCHANGE_HOST, IMPERSONATION_HOST } from "./accessToken";
import {
  type Failure,
  FORBIDDEN,
  kindOf,
  NO_AWS_CREDENTIALS,
  NOT_FOUND,
  UNAUTHORIZED,
  UNREACHABLE,
} from "./failures";
import type { GooglePlace } from "./place";

/** A call to one of Google's APIs, as far as the words of an error need it. */
export interface KnownCall {
  /** The API's name for it: `transferConfigs.list`. */
  readonly operation: string;
  /** What it is about: `transfer projects/…`. */
  readonly subject: string;
  /** What the service account needs for it, and on what. */
  readonly permission: string;
  readonly url: URL;
  /** What it means that Google finds no such thing, and what to do. */
  readonly absent: string;
  /** True if what was not found can be there at the next invocation. */
  readonly absentPasses?: boolean;
}

/** All that an explanation can use. */
interface Situation {
  readonly failure: Failure;
  readonly call: KnownCall;
  readonly place: GooglePlace;
  /** Milliseconds that an attempt may take. */
  readonly answer: number;
}

interface Explanation {
  readonly applies: (situation: Situation) => boolean;
  readonly retryHelps: boolean | ((situation: Situation) => boolean);
  readonly explain: (situation: Situation) => string;
}

function hostOf({ failure: { step }, call: { url } }: Situation): string {
  return { exchange: EXCHANGE_HOST, impersonation: IMPERSONATION_HOST, call: url.host }[step];
}

function hasReason({ failure: { reasons } }: Situation, ...names: readonly string[]): boolean {
  return reasons.some((reason) => names.includes(reason));
}

function whatOf({ call: { operation, subject } }: Situation): string {
  return `${operation}, ${subject}`;
}

/** The principal of the loader's role in the pool; the role's name is AWS's matter. */
function memberOf({ audience }: GooglePlace): string {
  return `principal:${audience.replace(/\/providers\/[^/]*$/, "")}/subject/<name of the function's role>`;
}

/** The one call that does more than look. Its refusals have no names of their own, only words. */
const START = "transferConfigs.startManualRuns";
const DENIED = ["PERMISSION_DENIED", "IAM_PERMISSION_DENIED", "accessDenied"];
/** Denials that no role of the service account ends: Google's own words say more about them. */
const DENIED_OTHERWISE = [
  "BILLING_DISABLED",
  "billingNotEnabled",
  "SECURITY_POLICY_VIOLATED",
  "vpcServiceControls",
];

/** The first that applies explains the failure. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    applies: ({ failure }) => kindOf(failure) === "unreachable",
    retryHelps: true,
    explain: (situation) =>
      `${hostOf(situation)} could not be reached, or did not answer within ${situation.answer / 1000} s ` +
      `(${whatOf(situation)}). See https://status.cloud.google.com, and whether the function still has a way to the ` +
      "internet: it must not be in a VPC. Then invoke it again.",
  },
  {
    applies: ({ failure }) => kindOf(failure) === "quota",
    retryHelps: true,
    explain: (situation) =>
      `A quota of ${hostOf(situation)} in project ${situation.place.project} is used up (${whatOf(situation)}). It will ` +
      "take calls again later; if it does not, see the API's quotas in the Google Cloud console, and what else uses it.",
  },
  {
    applies: ({ failure }) => kindOf(failure) === "failed",
    retryHelps: true,
    explain: (situation) =>
      `${hostOf(situation)} failed (${whatOf(situation)}). See https://status.cloud.google.com, and invoke the function ` +
      "again when Google is well.",
  },
  {
    applies: (situation) => hasReason(situation, NO_AWS_CREDENTIALS),
    retryHelps: false,
    explain: () =>
      "The function finds no AWS credentials to show to Google: AWS_REGION, AWS_ACCESS_KEY_ID and " +
      "AWS_SECRET_ACCESS_KEY are not all set. Lambda sets them; outside Lambda set them by hand.",
  },
  {
    applies: (situation) => hasReason(situation, "SERVICE_DISABLED", "accessNotConfigured"),
    retryHelps: false,
    explain: (situation) => {
      const { project } = situation.place;
      const host = hostOf(situation);
      return (
        `API ${host} is not enabled in project ${project}. Deploy the stack again, or run ` +
        `\`gcloud services enable ${host} --project=${project}\`; it takes a few minutes to have effect.`
      );
    },
  },
  {
    applies: (situation) => hasReason(situation, "unauthorized_client"),
    retryHelps: false,
    explain: ({ place }) =>
      `Google does not take this function's AWS role: provider ${place.audience} turns it down by its attribute ` +
      "condition or its attribute mapping, which name the AWS account and the role of the loader. Deploy the stack " +
      "again, and if that does not help compare the provider with it in the Google Cloud console under Workload " +
      "Identity Federation.",
  },
  {
    applies: (situation) => hasReason(situation, "invalid_target"),
    retryHelps: false,
    explain: ({ place }) =>
      `There is no workload identity provider ${place.audience}, or it or its pool is disabled or deleted. Enable it ` +
      "again, or take it back with `gcloud iam workload-identity-pools undelete` (30 days long), and deploy the stack.",
  },
  {
    applies: (situation) => hasReason(situation, "invalid_grant"),
    // A moment's trouble of AWS looks the same here.
    retryHelps: true,
    explain: ({ place }) =>
      `Google could not make sure with AWS who this function is (provider ${place.audience}): AWS did not confirm the ` +
      "function's credentials, or they are of another account than the provider's. Invoke the function again; if it " +
      "comes back, deploy the stack again and compare the provider's AWS account with the function's.",
  },
  {
    applies: ({ failure }) => failure.step === "impersonation" && failure.status === FORBIDDEN,
    retryHelps: false,
    explain: ({ place }) =>
      `The loader may not become service account ${place.serviceAccount}: on that account ` +
      `roles/iam.workloadIdentityUser (iam.serviceAccounts.getAccessToken) is missing for ${memberOf(place)}, or the ` +
      "account is gone. Deploy the stack again; a binding made just now takes a few minutes to have effect.",
  },
  {
    applies: ({ failure }) => failure.step === "impersonation" && failure.status === NOT_FOUND,
    retryHelps: false,
    explain: ({ place }) =>
      `There is no service account ${place.serviceAccount}, which the loader should become. Deploy the stack again.`,
  },
  {
    applies: ({ failure }) => failure.step !== "call",
    retryHelps: false,
    explain: ({ place, failure }) =>
      `Google gave the loader no access token (${failure.step === "exchange" ? place.audience : place.serviceAccount}). ` +
      "What follows is all there is to go by.",
  },
  {
    applies: ({ failure }) => failure.status === UNAUTHORIZED,
    retryHelps: true,
    explain: (situation) =>
      `${hostOf(situation)} does not take the access token of ${situation.place.serviceAccount} any more ` +
      `(${whatOf(situation)}), nor a new one. See whether the service account is disabled.`,
  },
  {
    applies: (situation) => hasReason(situation, ...DENIED) && !hasReason(situation, ...DENIED_OTHERWISE),
    retryHelps: false,
    explain: ({ place, call }) =>
      `Service account ${place.serviceAccount} may not make this call (${call.operation}, ${call.subject}): it needs ` +
      `${call.permission}. Compare its roles with those that the stack declares, and deploy; a role granted just now ` +
      "takes a few minutes to have effect.",
  },
  {
    applies: (situation) =>
      situation.failure.status === NOT_FOUND || hasReason(situation, "NOT_FOUND", "notFound"),
    retryHelps: ({ call }) => call.absentPasses === true,
    explain: ({ call }) => call.absent,
  },
  {
    applies: ({ call, failure }) => call.operation === START && /\bfuture\b/i.test(failure.text),
    retryHelps: true,
    explain: (situation) =>
      `Google takes no run time that is still to come (${whatOf(situation)}). Invoke the function again when it has come.`,
  },
  {
    applies: ({ call, failure }) => call.operation === START && /\bdisabled\b/i.test(failure.text),
    retryHelps: false,
    explain: (situation) =>
      `Google starts no run of a disabled transfer (${whatOf(situation)}). Enable it in the Google Cloud console under ` +
      "BigQuery, Data transfers, and invoke the function again.",
  },
];

const UNKNOWN: Explanation = {
  applies: () => true,
  retryHelps: false,
  explain: (situation) =>
    `Google refuses a call (${whatOf(situation)}) in a way that the loader does not know. What follows is all there is to ` +
    "go by.",
};

/** Google's own words: `HTTP 404, NOT_FOUND, "Requested entity …"`. */
export function answerOf({ status, reasons, text }: Failure): string {
  const code = status === undefined ? [] : [`HTTP ${status}`];
  const names = reasons.filter((reason) => reason !== UNREACHABLE && reason !== NO_AWS_CREDENTIALS);
  const quoted = text === "" ? [] : [`"${text}"`];
  return [...code, ...names, ...quoted].join(", ");
}

/** The same, and how it came: `The answer: HTTP 404, NOT_FOUND, "Requested entity …" (1 attempt).` */
function describe(failure: Failure, attempts: number): string {
  const { retryAfter } = failure;
  const times = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  const asked = retryAfter === undefined ? "" : `; Google asks to wait ${Math.ceil(retryAfter / 1000)} s`;
  return `The answer: ${answerOf(failure)} (${times}${asked}).`;
}

/**
 * Puts a failure into words for the person who has to act on it. Nothing of the request is in them.
 * Source of the reasons: "Troubleshoot Workload Identity Federation", "Error messages" of BigQuery.
 */
export function explainFailure(situation: Situation, attempts: number): FunctionError {
  const { explain, retryHelps } = EXPLANATIONS.find(({ applies }) => applies(situation)) ?? UNKNOWN;
  return new FunctionError(
    "GoogleCallError",
    `${explain(situation)} ${describe(situation.failure, attempts)}`,
    typeof retryHelps === "function" ? retryHelps(situation) : retryHelps,
  );
}
