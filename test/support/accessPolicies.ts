import assert from "node:assert/strict";
import { type AccessRequest, authorize, type Decision } from "../../rehearsal/aws/authorization";
import { type Policy, parsePolicy } from "../../rehearsal/aws/policy";
import { type Registration, UNKNOWN } from "../../rehearsal/program/registrations";

type Context = AccessRequest["context"];

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
   * @param granted a policy that somebody gives the principal beside its registered ones
   */
  decide(
    principalName: string,
    action: string,
    resource: string,
    context: Context,
    granted?: Policy,
  ): Decision {
    const { outputs, type, inputs } = this.#principal(principalName);
    const identity = this.#attached(principalName);
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
        identity: granted === undefined ? identity : [...identity, granted],
        boundary: boundary && policyOf(boundary),
        resource: this.#policyOfResource(resource),
        delegation: resource.startsWith("arn:aws:kms:") ? "resourcePolicyMustAllow" : "account",
      },
    );
  }

  /** Decides whether a service may assume a registered role on behalf of an account. */
  decideAssumption(service: string, roleName: string, sourceAccount: string): Decision {
    const { name, outputs, inputs } = this.#principal(roleName);
    return authorize(
      {
        principal: { kind: "service", arn: service, accountId: this.accountId },
        action: "sts:AssumeRole",
        resource: String(outputs.arn),
        context: { ...OVER_TLS, "aws:SourceAccount": sourceAccount },
      },
      {
        identity: [],
        resource: parsePolicy(`${name} (trust)`, String(inputs.assumeRolePolicy)),
        delegation: "account",
      },
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
  #attached(principalName: string): Policy[] {
    return this.#registrations
      .filter(({ inputs }) => inputs.role === principalName || inputs.user === principalName)
      .filter(({ inputs }) => inputs.policy !== undefined)
      .map(policyOf);
  }

  /** Of a bucket its own; of any key that of the registered one, so that only the caller's rights differ. */
  #policyOfResource(resource: string): Policy | undefined {
    const [bucket] = resource.replace("arn:aws:s3:::", "").split("/");
    const found = this.#registrations.find(({ type, inputs }) =>
      resource.startsWith("arn:aws:kms:")
        ? type === "aws:kms/key:Key"
        : type === "aws:s3/bucketPolicy:BucketPolicy" && inputs.bucket === bucket,
    );
    return found && policyOf(found);
  }
}

function policyOf({ name, inputs }: Registration): Policy {
  return parsePolicy(name, String(inputs.policy));
}
