import assert from "node:assert/strict";
import { type AccessRequest, authorize, type Decision } from "../../rehearsal/aws/authorization";
import { type Policy, parsePolicy } from "../../rehearsal/aws/policy";
import { type Registration, UNKNOWN } from "../../rehearsal/program/registrations";

type Context = AccessRequest["context"];

const KEY = "aws:kms/key:Key";

/** A call over TLS, as every one is unless a test says otherwise. */
const OVER_TLS: Context = { "aws:SecureTransport": true };

/** Every registered policy, by the names of the resources that carry it; the trust policy of a role beside its name. */
export function registeredPolicies(registrations: readonly Registration[]): Map<string, string> {
  const documents = registrations.flatMap(({ name, inputs: { policy, assumeRolePolicy } }) => [
    ...(policy === undefined ? [] : [[name, policy] as const]),
    ...(assumeRolePolicy === undefined ? [] : [[`${name} (trust)`, assumeRolePolicy] as const]),
  ]);
  return new Map(
    documents.map(([name, json]) => {
      assert.notEqual(json, UNKNOWN);
      return [name, String(json)];
    }),
  );
}

/** Judges calls by what a program registered, and by nothing else. */
export class AccessPolicies {
  readonly #registrations: readonly Registration[];

  constructor(
    registrations: readonly Registration[],
    private readonly accountId: string,
  ) {
    this.#registrations = registrations;
  }

  /**
   * Decides a call of a registered role or user.
   * @param written an inline policy that somebody writes, over the registered one of that name if there is any
   */
  decide(
    principalName: string,
    action: string,
    resource: string,
    context: Context,
    written?: { readonly name: string; readonly document: object },
  ): Decision {
    const { outputs, type, inputs } = this.#principal(principalName);
    const registered = this.#attached(principalName).filter(({ inputs: { name } }) => name !== written?.name);
    const boundary = this.#registrations.find(
      ({ outputs: { arn } }) => arn !== undefined && arn === inputs.permissionsBoundary,
    );
    return authorize(
      {
        principal: {
          kind: type.endsWith(":User") ? "user" : "role",
          arn: String(outputs.arn),
          accountId: this.accountId,
        },
        action,
        resource,
        context: { ...OVER_TLS, ...context },
      },
      {
        identity: [
          ...registered.map(policyOf),
          ...(written ? [parsePolicy(written.name, JSON.stringify(written.document))] : []),
        ],
        boundary: boundary && policyOf(boundary),
        resource: this.#policyOfResource(resource),
        delegation: resource.startsWith("arn:aws:kms:") ? "resourcePolicyMustAllow" : "account",
      },
    );
  }

  /** Decides whether a service may assume a registered role on behalf of an account. */
  decideAssumption(service: string, roleName: string, sourceAccount: string): Decision {
    const { name, outputs, inputs } = this.#principal(roleName);
    const trust = parsePolicy(`${name} (trust)`, String(inputs.assumeRolePolicy));
    return this.#decideService(service, "sts:AssumeRole", String(outputs.arn), trust, {
      "aws:SourceAccount": sourceAccount,
    });
  }

  /** Decides a service's own call by the policy of the resource. */
  decideService(service: string, action: string, resource: string, context: Context): Decision {
    return this.#decideService(service, action, resource, this.#policyOfResource(resource), context);
  }

  #decideService(
    service: string,
    action: string,
    resource: string,
    policy: Policy | undefined,
    context: Context,
  ): Decision {
    return authorize(
      {
        principal: { kind: "service", arn: service, accountId: this.accountId },
        action,
        resource,
        context: { ...OVER_TLS, ...context },
      },
      { identity: [], resource: policy, delegation: "account" },
    );
  }

  #principal(principalName: string): Registration {
    const found = this.#registrations.find(
      ({ type, inputs }) => /^aws:iam\/(role:Role|user:User)$/.test(type) && inputs.name === principalName,
    );
    assert.ok(found, `no role or user is called ${principalName}`);
    return found;
  }

  /** Inline policies; the program attaches no others. */
  #attached(principalName: string): Registration[] {
    return this.#registrations
      .filter(({ inputs }) => inputs.role === principalName || inputs.user === principalName)
      .filter(({ inputs }) => inputs.policy !== undefined);
  }

  #policyOfResource(resource: string): Policy | undefined {
    const found = this.#registrations.find(
      resource.startsWith("arn:aws:kms:") ? this.#isKey(resource) : isPolicyOf(resource),
    );
    return found && policyOf(found);
  }

  /** A key that nobody registered has the policy of the exports' key, so that only the caller's rights differ. */
  #isKey(arn: string): (it: Registration) => boolean {
    const isKnown = this.#registrations.some(({ type, outputs }) => type === KEY && outputs.arn === arn);
    return ({ type, name, outputs }) =>
      type === KEY && (isKnown ? outputs.arn === arn : name === "export-key");
  }
}

/** Bucket and topic policies are resources of their own. */
function isPolicyOf(resource: string): (it: Registration) => boolean {
  const [bucket] = resource.replace("arn:aws:s3:::", "").split("/");
  return ({ type, inputs }) =>
    (type === "aws:s3/bucketPolicy:BucketPolicy" && inputs.bucket === bucket) ||
    (type === "aws:sns/topicPolicy:TopicPolicy" && inputs.arn === resource);
}

function policyOf({ name, inputs }: Registration): Policy {
  return parsePolicy(name, String(inputs.policy));
}
