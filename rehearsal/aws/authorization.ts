import { type AccessRequest, type PreparedRequest, prepareRequest } from "./accessRequest";
import { matchStatement, type PrincipalMatch } from "./matchStatement";
import type { Policy, Statement } from "./policy";

export type { AccessRequest } from "./accessRequest";

/** Every policy that has a say in a request. */
export interface ApplicablePolicies {
  /** Inline and managed policies of the user or role; none for a service. */
  readonly identity: readonly Policy[];
  readonly boundary?: Policy;
  /** Bucket policy, key policy, queue policy; a role's trust policy for `sts:AssumeRole`. */
  readonly resource?: Policy;
  /**
   * Whether identity policies count without the resource's own policy: yes (`account`: S3 and most others), or
   * only where that policy leaves the decision to the account (`resourcePolicyMustAllow`: KMS keys, and, whatever
   * stands here, the assumption of roles).
   */
  readonly delegation: "account" | "resourcePolicyMustAllow";
}

/** The answer to a request. */
export interface Decision {
  readonly allowed: boolean;
  /** A sentence: who, what, on which resource, and which statement decided it or came near to. */
  readonly reason: string;
}

interface Grant {
  readonly label: string;
  readonly principal?: PrincipalMatch;
}

/** What one group of policies says to a request. */
interface Judgement {
  readonly denial?: Statement;
  readonly grants: readonly Grant[];
  /** Allow statements that a condition keeps from applying, or else those for other resources. */
  readonly nearMisses: readonly string[];
}

function judge(policies: readonly Policy[], request: PreparedRequest): Judgement {
  const results = policies
    .flatMap(({ statements }) => statements)
    .map((statement) => ({ statement, match: matchStatement(statement, request) }));
  const allows = results.filter(({ statement }) => statement.effect === "Allow");
  const misses = (element: "Condition" | "Resource") =>
    allows.flatMap(({ statement, match }) =>
      !match.applies && match.element === element
        ? [`${statement.label} would allow it ${match.detail}`]
        : [],
    );
  const byCondition = misses("Condition");
  return {
    denial: results.find(({ statement, match }) => statement.effect === "Deny" && match.applies)?.statement,
    grants: allows.flatMap(({ statement: { label }, match }) =>
      match.applies ? [{ label, ...(match.principal && { principal: match.principal }) }] : [],
    ),
    nearMisses: byCondition.length > 0 ? byCondition : misses("Resource"),
  };
}

/** @throws RangeError for policies where they cannot stand, and for requests between two accounts. */
function checkPlaces(request: AccessRequest, { identity, boundary, resource }: ApplicablePolicies): void {
  const { kind, accountId } = request.principal;
  const ofIdentity = boundary === undefined ? identity : [...identity, boundary];
  const stray =
    ofIdentity.find((policy) => policy.kind !== undefined && policy.kind !== "identity") ??
    (resource?.kind === "identity" ? resource : undefined);
  if (stray !== undefined)
    throw new RangeError(`policy "${stray.name}" is no policy for where it is attached`);
  if (kind === "service" && ofIdentity.length > 0) {
    throw new RangeError(`${request.principal.arn} is a service, which has no policies of its own`);
  }
  const owner = request.resource.split(":")[4];
  if (owner && owner !== accountId) {
    throw new RangeError(
      `${request.resource} is not in account ${accountId}: only one account is implemented`,
    );
  }
}

/**
 * Decides a request within one account. Sources: IAM User Guide, "Policy evaluation logic" and "Permissions
 * boundaries for IAM entities"; KMS Developer Guide, "Key policies in AWS KMS".
 * @throws PolicyError where a statement cannot be judged, RangeError for a request that cannot be one
 */
export function authorize(request: AccessRequest, policies: ApplicablePolicies): Decision {
  checkPlaces(request, policies);
  const prepared = prepareRequest(request);
  const identity = judge(policies.identity, prepared);
  const boundary = policies.boundary && judge([policies.boundary], prepared);
  const resource = judge(policies.resource ? [policies.resource] : [], prepared);
  const denial = identity.denial ?? boundary?.denial ?? resource.denial;
  if (denial !== undefined) return denied(request, `${denial.label} denies it`);

  // Named directly, a user (not a role's ARN) needs neither identity policies nor the boundary's consent.
  const direct = resource.grants.find(({ principal }) => principal !== "account" && principal !== "role");
  if (direct !== undefined) return allowed(request, [direct]);
  if (request.principal.kind === "service") {
    return denied(request, "no statement of the resource's policy allows it", resource);
  }
  if (mustBeAllowedByResource(request, policies) && resource.grants.length === 0) {
    const why = "the resource's own policy must allow it, to the principal or to the account, and does not";
    return denied(request, why, resource);
  }
  const ofRole = resource.grants.filter(({ principal }) => principal === "role");
  const grant = identity.grants[0] ?? ofRole[0];
  if (grant === undefined) return denied(request, "no statement allows it", identity, resource);
  if (boundary === undefined) return allowed(request, [grant]);
  if (boundary.grants[0] !== undefined) return allowed(request, [grant, boundary.grants[0]]);
  const why = `${grant.label} allows it, but the permissions boundary, policy "${policies.boundary?.name}", does not`;
  return denied(request, why, boundary);
}

// Trust policies and key policies "must explicitly allow access for principals".
function mustBeAllowedByResource({ action }: AccessRequest, { delegation }: ApplicablePolicies): boolean {
  return delegation === "resourcePolicyMustAllow" || /^sts:AssumeRole/i.test(action);
}

function allowed({ principal, action, resource }: AccessRequest, grants: readonly Grant[]): Decision {
  const by = grants.map(({ label }) => label).join(" and ");
  return {
    allowed: true,
    reason: `${principal.arn} may perform ${action} on ${resource}: allowed by ${by}.`,
  };
}

function denied(
  { principal, action, resource }: AccessRequest,
  why: string,
  ...judgements: Judgement[]
): Decision {
  const sentences = [
    `${principal.arn} is not authorized to perform ${action} on ${resource}: ${why}`,
    ...judgements.flatMap(({ nearMisses }) => nearMisses),
  ];
  return { allowed: false, reason: sentences.map((sentence) => `${sentence}.`).join(" ") };
}
