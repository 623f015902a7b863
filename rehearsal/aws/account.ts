import { inputObject, inputText, optionalText, type Registration } from "../program/inputs";
import { type AccessRequest, authorize } from "./authorization";
import { accessDenied } from "./errors";
import { type Policy, parsePolicy } from "./policy";

/** A role or a user, with every policy that limits it. */
export interface Principal {
  readonly arn: string;
  readonly name: string;
  readonly kind: "role" | "user";
  /** Who may assume it; roles alone. */
  readonly trust?: Policy;
  boundary?: Policy;
  readonly policies: Policy[];
}

export interface Bucket {
  readonly name: string;
  policy?: Policy;
  kmsKeyArn?: string;
  expirationDays?: number;
}

export interface Key {
  readonly arn: string;
  readonly policy: Policy;
  enabled: boolean;
}

/** A Lambda function as it was registered. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Name in the archive → path in the project folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly inVpc: boolean;
  readonly logGroupName?: string;
  maximumRetryAttempts: number;
}

export interface Schedule {
  readonly name: string;
  readonly enabled: boolean;
  readonly expression: string;
  readonly timeZone: string;
  readonly targetArn: string;
  readonly roleArn: string;
  readonly input: string;
}

/** Calls' context that holds for every request of the rehearsal. */
const EVERY_REQUEST = { "aws:SecureTransport": true };

/** The local AWS account: what the program registered, and who may do what in it. */
export class AwsAccount {
  public readonly roles = new Map<string, Principal>();
  public readonly users = new Map<string, Principal>();
  /** Access key id → user and secret. */
  public readonly accessKeys = new Map<string, { user: Principal; secret: string }>();
  public readonly buckets = new Map<string, Bucket>();
  public readonly keys = new Map<string, Key>();
  public readonly functions = new Map<string, LambdaFunction>();
  public readonly schedules: Schedule[] = [];
  public readonly logGroups = new Map<string, string>();

  constructor(
    public readonly accountId: string,
    public readonly region: string,
  ) {}

  role(arn: string): Principal {
    const role = this.roles.get(arn);
    if (role === undefined) throw accessDenied(`no role ${arn} exists in account ${this.accountId}`);
    return role;
  }

  /** @throws AwsError `AccessDenied`, with the reason in words, unless the principal's policies allow the call. */
  authorize(
    principal: Principal,
    action: string,
    resource: string,
    context: AccessRequest["context"] = {},
  ): void {
    const decision = authorize(
      {
        principal: { arn: principal.arn, accountId: this.accountId, kind: principal.kind },
        action,
        resource,
        context: { ...EVERY_REQUEST, "aws:PrincipalAccount": this.accountId, ...context },
      },
      {
        identity: principal.policies,
        boundary: principal.boundary,
        resource: this.resourcePolicy(resource),
        delegation: resource.startsWith("arn:aws:kms:") ? "resourcePolicyMustAllow" : "account",
      },
    );
    if (!decision.allowed) throw accessDenied(decision.reason);
  }

  /** @throws AwsError `AccessDenied` unless the role's trust policy lets the service assume it. */
  assume(service: string, roleArn: string): Principal {
    const role = this.role(roleArn);
    const decision = authorize(
      {
        principal: { arn: service, accountId: this.accountId, kind: "service" },
        action: "sts:AssumeRole",
        resource: roleArn,
        context: { ...EVERY_REQUEST, "aws:SourceAccount": this.accountId },
      },
      { identity: [], resource: role.trust, delegation: "account" },
    );
    if (!decision.allowed) throw accessDenied(decision.reason);
    return role;
  }

  private resourcePolicy(resource: string): Policy | undefined {
    if (resource.startsWith("arn:aws:s3:::")) {
      return this.buckets.get(resource.slice("arn:aws:s3:::".length).split("/")[0] ?? "")?.policy;
    }
    return this.keys.get(resource)?.policy;
  }
}

type Builder = (account: AwsAccount, it: Registration) => void;

function bucketOf(account: AwsAccount, it: Registration): Bucket {
  const name = inputText(it, "bucket");
  const bucket = account.buckets.get(name);
  if (bucket === undefined)
    throw new Error(`${it.name} names the bucket ${name}, which was not registered before it`);
  return bucket;
}

function principalOf(map: Map<string, Principal>, it: Registration, key: string): Principal {
  const name = inputText(it, key);
  const found = [...map.values()].find((principal) => principal.name === name);
  if (found === undefined) throw new Error(`${it.name} names ${name}, which was not registered before it`);
  return found;
}

function policyOf(it: Registration): Policy {
  return parsePolicy(it.name, inputText(it, "policy"));
}

/** What each registered resource becomes; settings that nothing in a rehearsed day depends on become nothing. */
const BUILDERS: Record<string, Builder> = {
  "aws:kms/key:Key": (account, it) => {
    const arn = String(it.outputs.arn);
    account.keys.set(arn, { arn, policy: policyOf(it), enabled: true });
  },
  "aws:kms/alias:Alias": () => {},
  "aws:s3/bucket:Bucket": (account, it) => {
    const name = inputText(it, "bucket");
    account.buckets.set(name, { name });
  },
  "aws:s3/bucketPolicy:BucketPolicy": (account, it) => {
    bucketOf(account, it).policy = policyOf(it);
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": () => {},
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": () => {},
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (account, it) => {
    const [rule] = it.inputs.rules as { applyServerSideEncryptionByDefault: { kmsMasterKeyId: string } }[];
    bucketOf(account, it).kmsKeyArn = rule?.applyServerSideEncryptionByDefault.kmsMasterKeyId;
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (account, it) => {
    const [rule] = it.inputs.rules as { expiration?: { days: number } }[];
    bucketOf(account, it).expirationDays = rule?.expiration?.days;
  },
  "aws:iam/role:Role": (account, it) => {
    const arn = String(it.outputs.arn);
    const trust = parsePolicy(`${it.name} (trust)`, inputText(it, "assumeRolePolicy"));
    account.roles.set(arn, { arn, name: inputText(it, "name"), kind: "role", trust, policies: [] });
  },
  "aws:iam/rolePolicy:RolePolicy": (account, it) => {
    principalOf(account.roles, it, "role").policies.push(policyOf(it));
  },
  "aws:iam/policy:Policy": () => {},
  "aws:iam/user:User": (account, it) => {
    const arn = String(it.outputs.arn);
    account.users.set(arn, { arn, name: inputText(it, "name"), kind: "user", policies: [] });
  },
  "aws:iam/userPolicy:UserPolicy": (account, it) => {
    principalOf(account.users, it, "user").policies.push(policyOf(it));
  },
  "aws:iam/accessKey:AccessKey": (account, it) => {
    const user = principalOf(account.users, it, "user");
    account.accessKeys.set(it.id, { user, secret: optionalText(it.outputs.secret) ?? "" });
  },
  "aws:lambda/function:Function": (account, it) => {
    const name = inputText(it, "name");
    account.functions.set(String(it.outputs.arn), {
      name,
      arn: String(it.outputs.arn),
      roleArn: inputText(it, "role"),
      handler: inputText(it, "handler"),
      timeoutSeconds: Number(it.inputs.timeout),
      environment: inputObject(it, "environment").variables as Record<string, string>,
      files: archiveFiles(it),
      inVpc: it.inputs.vpcConfig !== undefined,
      logGroupName: optionalText(inputObject(it, "loggingConfig").logGroup),
      maximumRetryAttempts: 2,
    });
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (account, it) => {
    const name = inputText(it, "functionName");
    for (const registered of account.functions.values()) {
      if (registered.name === name) registered.maximumRetryAttempts = Number(it.inputs.maximumRetryAttempts);
    }
  },
  "aws:cloudwatch/logGroup:LogGroup": (account, it) => {
    account.logGroups.set(inputText(it, "name"), String(it.outputs.arn));
  },
  "aws:scheduler/schedule:Schedule": (account, it) => {
    const target = inputObject(it, "target");
    account.schedules.push({
      name: inputText(it, "name"),
      enabled: it.inputs.state === "ENABLED",
      expression: inputText(it, "scheduleExpression"),
      timeZone: inputText(it, "scheduleExpressionTimezone"),
      targetArn: String(target.arn),
      roleArn: String(target.roleArn),
      input: String(target.input),
    });
  },
};

function archiveFiles(it: Registration): Record<string, string> {
  const { assets } = it.inputs.code as { assets: Record<string, { path: string }> };
  return Object.fromEntries(Object.entries(assets).map(([name, asset]) => [name, asset.path]));
}

/** Parts of a registration's order: what others are attached to comes first. */
function attachedLast(a: Registration, b: Registration): number {
  const rank = (it: Registration) => (/Policy$|AccessKey$|bucket[A-Z]|EventInvoke/.test(it.type) ? 1 : 0);
  return rank(a) - rank(b);
}

/**
 * Builds the account from what the program registered.
 * @throws Error for a resource that the local account does not know: it must not pass unseen
 */
export function buildAwsAccount(
  registrations: readonly Registration[],
  place: { accountId: string; region: string },
): AwsAccount {
  const account = new AwsAccount(place.accountId, place.region);
  const ours = registrations.filter((it) => it.type.startsWith("aws:"));
  for (const it of [...ours].sort(attachedLast)) {
    const build = BUILDERS[it.type];
    if (build === undefined)
      throw new Error(`the rehearsal's AWS account does not know resources of type ${it.type}`);
    build(account, it);
  }
  setBoundaries(account, ours);
  return account;
}

function setBoundaries(account: AwsAccount, registrations: readonly Registration[]): void {
  const managed = new Map(
    registrations
      .filter((it) => it.type === "aws:iam/policy:Policy")
      .map((it) => [String(it.outputs.arn), policyOf(it)] as const),
  );
  for (const it of registrations.filter((each) => each.type === "aws:iam/user:User")) {
    const boundaryArn = optionalText(it.inputs.permissionsBoundary);
    const user = account.users.get(String(it.outputs.arn));
    if (user === undefined || boundaryArn === undefined) continue;
    user.boundary = managed.get(boundaryArn);
    if (user.boundary === undefined)
      throw new Error(`${it.name} has the boundary ${boundaryArn}, which is not registered`);
  }
}
