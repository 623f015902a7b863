import assert from "node:assert/strict";
import { rolesBoundary } from "../../ops/rolesBoundary";
import { type AccessRequest, authorize, type Decision } from "../../rehearsal/aws/authorization";
import { type Policy, parsePolicy } from "../../rehearsal/aws/policy";
import { type Registration, UNKNOWN } from "../../rehearsal/program/registrations";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { AWS_ACCOUNT_ID, type StackOptions, stackConfig } from "./evaluations";

type Context = AccessRequest["context"];

const KEY = "aws:kms/key:Key";

/** A call over TLS for something in the account, as every one is unless a test says otherwise. */
const AS_USUAL: Context = { "aws:SecureTransport": true, "aws:ResourceAccount": AWS_ACCOUNT_ID };

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

/** Policies that a stack uses and does not register, by their ARNs. */
export function policiesBeforehand(stack: string, options?: StackOptions): ReadonlyMap<string, Policy> {
  const settings = settingsOf(stackConfig(stack, options));
  const { rolesBoundaryArn } = settings;
  const document = JSON.stringify(rolesBoundary(settings, AWS_ACCOUNT_ID));
  return new Map(
    rolesBoundaryArn === undefined ? [] : [[rolesBoundaryArn, parsePolicy("roles' boundary", document)]],
  );
}

/** Judges calls by what a program registered, and by what has to be there before it. */
export class AccessPolicies {
  readonly #registrations: readonly Registration[];

  constructor(
    registrations: readonly Registration[],
    private readonly accountId: string,
    private readonly beforehand: ReadonlyMap<string, Policy>,
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
    return authorize(
      {
        principal: {
          kind: type.endsWith(":User") ? "user" : "role",
          arn: String(outputs.arn),
          accountId: this.accountId,
        },
        action,
        resource,
        context: { ...AS_USUAL, ...this.#tagsOf(resource), ...context },
      },
      {
        identity: [
          ...registered.map(policyOf),
          ...(written ? [parsePolicy(written.name, JSON.stringify(written.document))] : []),
        ],
        boundary: this.#boundary(inputs.permissionsBoundary),
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
        context: { ...AS_USUAL, ...context },
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

  #boundary(boundaryArn: unknown): Policy | undefined {
    if (boundaryArn === undefined) return undefined;
    const registered = this.#registrations.find(({ outputs: { arn } }) => arn === boundaryArn);
    if (registered !== undefined) return policyOf(registered);
    return this.beforehand.get(String(boundaryArn)) ?? assert.fail(`nobody knows ${boundaryArn}`);
  }

  /** KMS tells IAM of a key's tags. */
  #tagsOf(resource: string): Context {
    const key = this.#registrations.find(({ type, outputs }) => type === KEY && outputs.arn === resource);
    const tags = Object.entries((key?.inputs.tags ?? {}) as Record<string, string>);
    return Object.fromEntries(tags.map(([name, value]) => [`aws:ResourceTag/${name}`, value]));
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
