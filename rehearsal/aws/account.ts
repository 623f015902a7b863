import { own } from "../../contract/own";
import { inputObject, inputText, optionalText, type Registration } from "../program/inputs";
import { type AccessRequest, authorize } from "./authorization";
import { accessDenied } from "./errors";
import { type EventPattern, parseEventPattern } from "./eventPatterns";
import { type MetricAlarm, parseMetricAlarm } from "./metricAlarms";
import { type Policy, parsePolicy } from "./policy";

/** An inline policy of a user, as it was written last. */
export interface InlinePolicy {
  readonly document: string;
  readonly policy: Policy;
}

/** A role or a user, with every policy that limits it. */
export interface Principal {
  readonly arn: string;
  readonly name: string;
  readonly kind: "role" | "user";
  /** Who may assume it; roles alone. */
  readonly trust?: Policy;
  boundary?: Policy;
  boundaryArn?: string;
  readonly policies: Policy[];
  /** Inline policies by their names in IAM, which PutUserPolicy can change; users alone. */
  readonly inline?: Map<string, InlinePolicy>;
}

/** A user's access key. */
export interface AccessKey {
  readonly user: Principal;
  readonly secret: string;
  /** True after somebody switched it off; nothing can be called with it then. */
  inactive?: boolean;
  /** When it was made; undefined where nobody has asked yet, and then it is as old as the rehearsal. */
  created?: Date;
  /** When S3 was last called with it; undefined where nobody has yet. */
  lastUsed?: Date;
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
  /** @default none */
  readonly tags?: Readonly<Record<string, string>>;
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
  /** How long an event may wait for its turn before it is given up. */
  maximumEventAgeSeconds: number;
  /** ARN of the function that gets a record of an event that was given up. */
  failuresTo?: string;
  /** Who may invoke it beside the account's own identities: one policy for each Lambda permission. */
  readonly permissions: Policy[];
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

/** An SNS topic and whom it tells. */
export interface Topic {
  readonly arn: string;
  readonly name: string;
  readonly kmsKeyArn?: string;
  policy?: Policy;
  readonly subscriptions: Subscription[];
}

export interface Subscription {
  readonly protocol: "email" | "https" | "chat";
  /** Address of the recipient; of one by HTTPS its host alone, because the rest of the URL is secret. */
  readonly endpoint: string;
}

/** A FIFO queue as it was registered. */
export interface Queue {
  readonly arn: string;
  readonly name: string;
  readonly url: string;
  readonly delaySeconds: number;
  readonly visibilityTimeoutSeconds: number;
  /** What becomes of a message that was received so many times; undefined: it comes again until it is too old. */
  readonly redrive?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
}

/** Lambda's reading of a queue. */
export interface EventSourceMapping {
  readonly queueArn: string;
  readonly functionArn: string;
  readonly enabled: boolean;
}

/** A rule of the default event bus and the functions that it invokes. */
export interface EventRule {
  readonly arn: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly pattern: EventPattern;
  readonly targetArns: string[];
}

/** "The default value is six hours, which is also the maximum" ("Asynchronous invocation"). */
const LONGEST_EVENT_AGE_SECONDS = 6 * 60 * 60;

/** Calls' context that holds for every request of the rehearsal. */
const EVERY_REQUEST = { "aws:SecureTransport": true };

/** The local AWS account: what the program registered, and who may do what in it. */
export class AwsAccount {
  public readonly roles = new Map<string, Principal>();
  public readonly users = new Map<string, Principal>();
  /** Managed policies that the program did not register, by their ARNs. */
  public readonly managedPolicies = new Map<string, Policy>();
  /** By their ids. */
  public readonly accessKeys = new Map<string, AccessKey>();
  public readonly buckets = new Map<string, Bucket>();
  public readonly keys = new Map<string, Key>();
  public readonly functions = new Map<string, LambdaFunction>();
  public readonly schedules: Schedule[] = [];
  public readonly logGroups = new Map<string, string>();
  public readonly topics = new Map<string, Topic>();
  public readonly queues = new Map<string, Queue>();
  public readonly eventSourceMappings: EventSourceMapping[] = [];
  public readonly rules = new Map<string, EventRule>();
  public readonly metricAlarms: MetricAlarm[] = [];

  constructor(
    public readonly accountId: string,
    public readonly region: string,
  ) {}

  /**
   * A function by its name or ARN.
   * @throws Error if the account has none of that name
   */
  findFunction(nameOrArn: string): LambdaFunction {
    const found =
      this.functions.get(nameOrArn) ?? [...this.functions.values()].find((it) => it.name === nameOrArn);
    if (found === undefined) throw new Error(`${nameOrArn} is no function of this account`);
    return found;
  }

  userNamed(name: string): Principal | undefined {
    return [...this.users.values()].find((it) => it.name === name);
  }

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
        context: {
          ...EVERY_REQUEST,
          "aws:PrincipalAccount": this.accountId,
          "aws:ResourceAccount": this.accountId,
          ...this.tagsOf(resource),
          ...context,
        },
      },
      {
        identity: [
          ...principal.policies,
          ...[...(principal.inline?.values() ?? [])].map(({ policy }) => policy),
        ],
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
    this.judgeService(service, "sts:AssumeRole", roleArn, role.trust, {});
    return role;
  }

  /** @throws AwsError `AccessDenied` unless the resource's own policy lets the service make the call. */
  authorizeService(
    service: string,
    action: string,
    resource: string,
    context: AccessRequest["context"] = {},
  ): void {
    this.judgeService(service, action, resource, this.resourcePolicy(resource), context);
  }

  private judgeService(
    service: string,
    action: string,
    resource: string,
    policy: Policy | undefined,
    context: AccessRequest["context"],
  ): void {
    const decision = authorize(
      {
        principal: { arn: service, accountId: this.accountId, kind: "service" },
        action,
        resource,
        context: { ...EVERY_REQUEST, "aws:SourceAccount": this.accountId, ...context },
      },
      { identity: [], resource: policy, delegation: "account" },
    );
    if (!decision.allowed) throw accessDenied(decision.reason);
  }

  /** KMS tells IAM of a key's tags with each call; the other services are not asked for any here. */
  private tagsOf(resource: string): AccessRequest["context"] {
    const tags = Object.entries(this.keys.get(resource)?.tags ?? {});
    return Object.fromEntries(tags.map(([name, value]) => [`aws:ResourceTag/${name}`, value]));
  }

  private resourcePolicy(resource: string): Policy | undefined {
    if (resource.startsWith("arn:aws:s3:::")) {
      return this.buckets.get(resource.slice("arn:aws:s3:::".length).split("/")[0] ?? "")?.policy;
    }
    const permissions = this.functions.get(resource)?.permissions ?? [];
    if (permissions.length > 0) {
      const statements = permissions.flatMap((it) => it.statements);
      return { name: `permissions of ${resource}`, kind: "resource", statements };
    }
    return this.topics.get(resource)?.policy ?? this.keys.get(resource)?.policy;
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
    const tags = it.inputs.tags as Key["tags"];
    account.keys.set(arn, { arn, policy: policyOf(it), enabled: true, tags });
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
    const name = inputText(it, "name");
    account.users.set(arn, { arn, name, kind: "user", policies: [], inline: new Map() });
  },
  "aws:iam/userPolicy:UserPolicy": (account, it) => {
    const { inline } = principalOf(account.users, it, "user");
    inline?.set(inputText(it, "name"), { document: inputText(it, "policy"), policy: policyOf(it) });
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
      maximumEventAgeSeconds: LONGEST_EVENT_AGE_SECONDS,
      permissions: [],
    });
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (account, it) => {
    const target = account.findFunction(inputText(it, "functionName"));
    target.maximumRetryAttempts = Number(it.inputs.maximumRetryAttempts);
    target.maximumEventAgeSeconds = Number(it.inputs.maximumEventAgeInSeconds ?? LONGEST_EVENT_AGE_SECONDS);
    const { onFailure } = inputObject(it, "destinationConfig") as { onFailure?: { destination: string } };
    target.failuresTo = onFailure?.destination;
  },
  "aws:lambda/permission:Permission": (account, it) => {
    const target = account.findFunction(inputText(it, "function"));
    target.permissions.push(permissionPolicy(it, target.arn));
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": (account, it) => {
    account.eventSourceMappings.push(eventSourceMapping(account, it));
  },
  "aws:sns/topic:Topic": (account, it) => {
    const arn = String(it.outputs.arn);
    const kmsKeyArn = optionalText(it.inputs.kmsMasterKeyId);
    account.topics.set(arn, { arn, name: inputText(it, "name"), kmsKeyArn, subscriptions: [] });
  },
  "aws:sns/topicPolicy:TopicPolicy": (account, it) => {
    topicOf(account, it, "arn").policy = policyOf(it);
  },
  "aws:sns/topicSubscription:TopicSubscription": (account, it) => {
    refuseInputs("SNS", it, ["rawMessageDelivery", "deliveryPolicy", "filterPolicy", "filterPolicyScope"]);
    topicOf(account, it, "topic").subscriptions.push(recipient(it));
  },
  "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": (account, it) => {
    subscribeChat(account, it, `Slack ${inputText(it, "slackChannelId")}`);
  },
  "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": (account, it) => {
    subscribeChat(account, it, `Teams ${inputText(it, "channelId")}`);
  },
  "aws:sqs/queue:Queue": (account, it) => {
    const queue = fifoQueue(it);
    account.queues.set(queue.arn, queue);
  },
  "aws:cloudwatch/eventRule:EventRule": (account, it) => {
    const name = inputText(it, "name");
    account.rules.set(name, {
      arn: String(it.outputs.arn),
      name,
      enabled: it.inputs.state !== "DISABLED",
      pattern: parseEventPattern(name, inputText(it, "eventPattern")),
      targetArns: [],
    });
  },
  "aws:cloudwatch/eventTarget:EventTarget": (account, it) => {
    const name = inputText(it, "rule");
    const rule = account.rules.get(name);
    if (rule === undefined) throw new Error(`${it.name} names the rule ${name}, which was not registered`);
    // A target that rewrites the event would have to be rewritten here, too.
    refuseInputs("event bus", it, ["input", "inputPath", "inputTransformer", "roleArn"]);
    rule.targetArns.push(inputText(it, "arn"));
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": (account, it) => {
    account.metricAlarms.push(parseMetricAlarm(it));
  },
  "aws:cloudwatch/dashboard:Dashboard": () => {},
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

/** @throws Error for inputs that would change what happens, and that nothing here looks at */
function refuseInputs(service: string, it: Registration, keys: readonly string[]): void {
  const unknown = keys.find((key) => own(it.inputs, key) !== undefined);
  if (unknown !== undefined)
    throw new Error(`the rehearsal's ${service} does not know \`${unknown}\` of ${it.name}`);
}

/** @throws Error for a protocol that would need more than an address */
function recipient(it: Registration): Pick<Subscription, "protocol" | "endpoint"> {
  const protocol = inputText(it, "protocol");
  const endpoint = inputText(it, "endpoint");
  if (protocol === "email") return { protocol, endpoint };
  if (protocol === "https" && URL.canParse(endpoint)) return { protocol, endpoint: new URL(endpoint).host };
  throw new Error(`the rehearsal's SNS cannot reach ${it.name} by ${protocol}`);
}

function subscribeChat(account: AwsAccount, it: Registration, endpoint: string): void {
  for (const arn of it.inputs.snsTopicArns as string[]) {
    const topic = account.topics.get(arn);
    if (topic === undefined) throw new Error(`${it.name} names the topic ${arn}, which was not registered`);
    topic.subscriptions.push({ protocol: "chat", endpoint });
  }
}

function topicOf(account: AwsAccount, it: Registration, key: string): Topic {
  const arn = inputText(it, key);
  const topic = account.topics.get(arn);
  if (topic === undefined) throw new Error(`${it.name} names the topic ${arn}, which was not registered`);
  return topic;
}

/** The statement that AddPermission writes ("Viewing resource-based IAM policies in Lambda"). */
function permissionPolicy(it: Registration, functionArn: string): Policy {
  const [sourceArn, sourceAccount] = [
    optionalText(it.inputs.sourceArn),
    optionalText(it.inputs.sourceAccount),
  ];
  const Condition = {
    ...(sourceArn !== undefined && { ArnLike: { "AWS:SourceArn": sourceArn } }),
    ...(sourceAccount !== undefined && { StringEquals: { "AWS:SourceAccount": sourceAccount } }),
  };
  const statement = {
    Effect: "Allow",
    Principal: { Service: inputText(it, "principal") },
    Action: inputText(it, "action"),
    Resource: functionArn,
    Condition,
  };
  return parsePolicy(it.name, JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
}

/** "The queue's visibility timeout must be at least the function's time limit": CreateEventSourceMapping refuses less. */
function eventSourceMapping(account: AwsAccount, it: Registration): EventSourceMapping {
  refuseInputs("Lambda", it, ["functionResponseTypes", "filterCriteria"]);
  const queueArn = inputText(it, "eventSourceArn");
  const queue = account.queues.get(queueArn);
  if (queue === undefined)
    throw new Error(`${it.name} names the queue ${queueArn}, which was not registered`);
  const target = account.findFunction(inputText(it, "functionName"));
  if (queue.visibilityTimeoutSeconds < target.timeoutSeconds) {
    throw new Error(
      `${it.name}: the queue ${queue.name} shows a message again after ${queue.visibilityTimeoutSeconds} seconds, and the function ${target.name} may run for ${target.timeoutSeconds}`,
    );
  }
  if (it.inputs.batchSize !== 1)
    throw new Error(
      `the rehearsal's Lambda reads queues one message at a time, and ${it.name} asks for more`,
    );
  return { queueArn, functionArn: target.arn, enabled: it.inputs.enabled !== false };
}

/** Defaults of CreateQueue: no delay, 30 seconds of invisibility. */
function fifoQueue(it: Registration): Queue {
  if (it.inputs.fifoQueue !== true || it.inputs.kmsMasterKeyId !== undefined) {
    throw new Error(`the rehearsal's SQS knows FIFO queues without a KMS key alone, and ${it.name} is none`);
  }
  const redrive = optionalText(it.inputs.redrivePolicy);
  return {
    arn: String(it.outputs.arn),
    name: inputText(it, "name"),
    url: String(it.outputs.url),
    delaySeconds: Number(it.inputs.delaySeconds ?? 0),
    visibilityTimeoutSeconds: Number(it.inputs.visibilityTimeoutSeconds ?? 30),
    redrive: redrive === undefined ? undefined : JSON.parse(redrive),
  };
}

function archiveFiles(it: Registration): Record<string, string> {
  const { assets } = it.inputs.code as { assets: Record<string, { path: string }> };
  return Object.fromEntries(Object.entries(assets).map(([name, asset]) => [name, asset.path]));
}

/** True for what is attached to another resource, which has to be there first. */
function isAttached({ type }: Registration): boolean {
  return /Policy$|AccessKey$|bucket[A-Z]|EventInvoke|Permission$|Mapping$|Subscription$|Target$/.test(type);
}

/**
 * Builds the account from what the program registered.
 * @param addExisting adds what the stack uses and does not own, before anything is attached to it
 * @throws Error for a resource that the local account does not know: it must not pass unseen
 */
export function buildAwsAccount(
  registrations: readonly Registration[],
  place: { accountId: string; region: string },
  addExisting: (account: AwsAccount) => void = () => {},
): AwsAccount {
  const account = new AwsAccount(place.accountId, place.region);
  const ours = registrations.filter((it) => it.type.startsWith("aws:"));
  const attached = ours.filter(isAttached);
  build(
    account,
    ours.filter((it) => !isAttached(it)),
  );
  addExisting(account);
  build(account, attached);
  setBoundaries(account, ours);
  return account;
}

function build(account: AwsAccount, registrations: readonly Registration[]): void {
  for (const it of registrations) {
    const builder = Object.hasOwn(BUILDERS, it.type) ? own(BUILDERS, it.type) : undefined;
    if (builder === undefined)
      throw new Error(`the rehearsal's AWS account does not know resources of type ${it.type}`);
    builder(account, it);
  }
}

function setBoundaries(account: AwsAccount, registrations: readonly Registration[]): void {
  const managed = new Map([
    ...account.managedPolicies,
    ...registrations
      .filter((it) => it.type === "aws:iam/policy:Policy")
      .map((it) => [String(it.outputs.arn), policyOf(it)] as const),
  ]);
  for (const it of registrations) {
    const boundaryArn = optionalText(it.inputs.permissionsBoundary);
    if (boundaryArn === undefined) continue;
    const arn = String(it.outputs.arn);
    const principal = account.roles.get(arn) ?? account.users.get(arn);
    if (principal === undefined) throw new Error(`${it.name} has a boundary, and is no role and no user`);
    principal.boundary = managed.get(boundaryArn);
    principal.boundaryArn = boundaryArn;
    if (principal.boundary === undefined)
      throw new Error(`${it.name} has the boundary ${boundaryArn}, which is not registered`);
  }
}
