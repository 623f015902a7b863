import { alarmNames } from "../components/exportAlarms";
import { userArnsOf } from "../components/policyDocuments";
import {
  chatConfigurationName,
  chatRoleName,
  chatTopicName,
  counterName,
  exportBucketName,
  exportDashboardName,
  exporterName,
  gateName,
  loaderName,
} from "../contract/names";
import { own } from "../contract/own";
import type { Settings } from "../settings/settings";

/**
 * What the providers call for each type of resource that the program registers, and so what whoever deploys may do.
 * Sources: "Actions, resources, and condition keys for AWS services" (Service Authorization Reference), "IAM permissions
 * reference" (Google Cloud), and what the Terraform providers below Pulumi's call when they create, read, update, tag
 * and delete. No call has been seen on a real cloud.
 */

/** Where a stack is deployed, and what it makes there. */
export interface DeployedPlace {
  readonly accountId: string;
  readonly region: string;
  /** Begins every name that is unique in the account. */
  readonly prefix: string;
  /** Tags that tell this stack's keys from others, whose ids nobody knows beforehand. */
  readonly tags: Readonly<Record<string, string>>;
  /** True where `pulumi destroy` empties the bucket. */
  readonly emptiesBucket: boolean;
  readonly ownsBucket: boolean;
  readonly ownsKey: boolean;
  readonly ownsExportRole: boolean;
  readonly ownsReader: boolean;
  /** Chats that Amazon Q writes to. */
  readonly chats: readonly ("slack" | "teams")[];
  /** IAM user made by hand that exports are opened to. */
  readonly readerUserName?: string;
  /** ARN of the permissions boundary of every role and user that the stack makes. */
  readonly boundaryArn: string;
}

const CHATS = ["slack", "teams"] as const;

/** Tags of the program's own that no two stacks of an account share. */
const TELLING_TAGS = ["Project", "Environment", "Service"] as const;

/**
 * The tags by which a stack's keys are known. IAM takes tags for the same that differ in capitals alone, and so does a
 * condition.
 */
export function tellingTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const telling: readonly string[] = TELLING_TAGS.map((name) => name.toLowerCase());
  return Object.fromEntries(Object.entries(tags).filter(([name]) => telling.includes(name.toLowerCase())));
}

/** A stack without what the policies of whoever deploys it rest on. The message says what to do. */
export class UndeployableError extends Error {
  override readonly name = "UndeployableError";
}

/**
 * The place of a stack.
 * @throws UndeployableError for a stack whose roles have no permissions boundary: whoever deploys it could make a role
 * that may do anything
 */
export function placeOf(settings: Settings, accountId: string): DeployedPlace {
  const { aws, prefix, tags, protect, existing, alerts, rolesBoundaryArn: boundaryArn } = settings;
  if (boundaryArn === undefined) {
    throw new UndeployableError(
      `\`aurora-to-bigquery:rolesBoundaryArn\` is missing: without a boundary whoever deploys the stack could make a role that may do anything in the account. Set it to the ARN of a policy of the stack's own, such as \`arn:aws:iam::${accountId}:policy/aurora-boundary-${prefix}\`; docs/deploy.md has the command that makes it.`,
    );
  }
  return {
    accountId,
    region: aws.region,
    prefix,
    boundaryArn,
    tags: tellingTags(tags),
    emptiesBucket: !protect,
    ownsBucket: existing.bucket === undefined,
    ownsKey: existing.kmsKeyArn === undefined,
    ownsExportRole: existing.exportRoleArn === undefined,
    ownsReader: existing.readerAccessKeyId === undefined,
    chats: CHATS.filter((it) => alerts[it] !== undefined),
    readerUserName: existing.readerUserName,
  };
}

type Condition = Readonly<Record<string, Readonly<Record<string, string>>>>;
/** By what is added to the `Sid`: each stands in a statement of its own. */
type Conditions = Readonly<Record<string, Condition>>;

/** As ARNs of Amazon Q's configurations write it. Source: Service Authorization Reference of AWS Chatbot, resource types. */
const CHAT_KINDS = { slack: "slack-channel", teams: "microsoft-teams-channel" } as const;

const PARTS = ["storage", "identity", "functions", "watch"] as const;

/** What a statement is about. */
interface Scope {
  /** Policy that the statement stands in: one alone would be too long for a managed policy. */
  readonly part: (typeof PARTS)[number];
  /** ARNs or `*`; none where the stack has no such thing. */
  readonly resources: (place: DeployedPlace) => readonly string[];
  readonly condition?: (place: DeployedPlace) => Condition | undefined;
}

/** A statement that denies what another one would allow, or any other policy of whoever deploys. */
interface Denial {
  readonly part: Scope["part"];
  /** Statements whose changes it denies. */
  readonly denies: readonly string[];
  readonly resources: Scope["resources"];
  readonly conditions: (place: DeployedPlace) => Conditions;
}

const EVERYTHING = () => ["*"];

function functionNames({ prefix }: DeployedPlace): readonly string[] {
  return [exporterName(prefix), gateName(prefix), loaderName(prefix), counterName(prefix)];
}

function regional(service: string, names: (place: DeployedPlace) => readonly string[]): Scope["resources"] {
  return (place) =>
    names(place).map((name) => `arn:aws:${service}:${place.region}:${place.accountId}:${name}`);
}

function iam(names: (place: DeployedPlace) => readonly string[]): Scope["resources"] {
  return (place) => names(place).map((name) => `arn:aws:iam::${place.accountId}:${name}`);
}

function bucketArns({ ownsBucket, prefix, accountId }: DeployedPlace): readonly string[] {
  return ownsBucket ? [`arn:aws:s3:::${exportBucketName(prefix, accountId)}`] : [];
}

/** Telling tags that the stack has, and the names of those that it has not. */
function telling(kind: "RequestTag" | "ResourceTag", { tags }: Pick<DeployedPlace, "tags">) {
  const key = (name: string) => `aws:${kind}/${name}`;
  const has = Object.keys(tags).map((name) => name.toLowerCase());
  return {
    has: Object.entries(tags).map(([name, value]) => [key(name), value] as const),
    lacks: TELLING_TAGS.filter((name) => !has.includes(name.toLowerCase())).map(key),
  };
}

/** The stack's own tags: `prod` owns nothing of `prod-shop`, which has one more. */
export function tagged(
  kind: "RequestTag" | "ResourceTag",
): (place: Pick<DeployedPlace, "tags">) => Condition {
  return (place) => {
    const { has, lacks } = telling(kind, place);
    return {
      StringEquals: Object.fromEntries(has),
      ...(lacks.length > 0 && { Null: Object.fromEntries(lacks.map((key) => [key, "true"])) }),
    };
  };
}

/** Whatever has not all of the stack's tags, or one more. Conditions of one statement hold together: each has its own. */
function othersTags(place: DeployedPlace): Conditions {
  const { has, lacks } = telling("ResourceTag", place);
  const by = (key: string) => `By${key.split("/")[1]}`;
  return Object.fromEntries([
    // Holds for a resource without the tag, too.
    ...has.map(([key, value]) => [by(key), { StringNotEquals: { [key]: value } }] as const),
    ...lacks.map((key) => [by(key), { Null: { [key]: "false" } }] as const),
  ]);
}

function bounded({ boundaryArn }: DeployedPlace): Condition {
  return { StringEquals: { "iam:PermissionsBoundary": boundaryArn } };
}

function passedTo(service: string): () => Condition {
  return () => ({ StringEquals: { "iam:PassedToService": service } });
}

const READER = "aurora-export-reader";
const LAMBDA_ROLES = ["aurora-snapshot-exporter", "aurora-export-gate", "aurora-loader", "aurora-counter"];
const SCHEDULER_ROLES = ["aurora-snapshot-scheduler", "aurora-export-gate-scheduler"];

function rolesOf(names: readonly string[]): Scope["resources"] {
  return iam(({ prefix }) => names.map((name) => `role/${prefix}-${name}`));
}

const chatRole: Scope["resources"] = (place) =>
  place.chats.length === 0 ? [] : iam(({ prefix }) => [`role/${chatRoleName(prefix)}`])(place);

const allRoles: Scope["resources"] = (place) => [
  ...rolesOf([
    ...(place.ownsExportRole ? ["aurora-snapshot-export"] : []),
    ...LAMBDA_ROLES,
    ...SCHEDULER_ROLES,
  ])(place),
  ...chatRole(place),
];

const ofChats =
  (resources: Scope["resources"]): Scope["resources"] =>
  (place) =>
    place.chats.length === 0 ? [] : resources(place);

function ownReader({ ownsReader, prefix }: DeployedPlace): readonly string[] {
  return ownsReader ? [`user/${prefix}-${READER}`] : [];
}

function readerArns(place: DeployedPlace): readonly string[] {
  const { accountId, readerUserName } = place;
  return readerUserName === undefined ? iam(ownReader)(place) : userArnsOf(accountId, readerUserName);
}

/** The statements that allow, by `Sid`. */
const SCOPES = {
  Bucket: { part: "storage", resources: bucketArns },
  Exports: {
    part: "storage",
    resources: (place) => (place.emptiesBucket ? bucketArns(place).map((arn) => `${arn}/*`) : []),
  },
  NewKeys: { part: "storage", resources: EVERYTHING, condition: tagged("RequestTag") },
  // KMS makes up the ids of keys.
  Keys: {
    part: "storage",
    resources: regional("kms", () => ["key/*"]),
    condition: tagged("ResourceTag"),
  },
  KeyAliases: {
    part: "storage",
    resources: regional("kms", ({ ownsKey, prefix }) => {
      const alias = `alias/${prefix}-aurora-to-bigquery`;
      return [...(ownsKey ? [alias] : []), `${alias}-reports`];
    }),
  },
  // A list of aliases names no resource.
  AllKeyAliases: { part: "storage", resources: EVERYTHING },
  Roles: { part: "identity", resources: allRoles },
  // What knows the boundary of a role ("Actions, resources, and condition keys for IAM"). Of what does not, such as
  // UpdateAssumeRolePolicy, the role's own boundary is the limit, which nothing here takes away.
  BoundedRoles: { part: "identity", resources: allRoles, condition: bounded },
  PassRolesToLambda: {
    part: "identity",
    resources: rolesOf(LAMBDA_ROLES),
    condition: passedTo("lambda.amazonaws.com"),
  },
  PassRolesToScheduler: {
    part: "identity",
    resources: rolesOf(SCHEDULER_ROLES),
    condition: passedTo("scheduler.amazonaws.com"),
  },
  PassTheChatRole: {
    part: "identity",
    resources: chatRole,
    condition: passedTo("chatbot.amazonaws.com"),
  },
  // Amazon Q makes it with the first channel of an account; it is the service's own, and reads topics.
  ChatServiceRole: {
    part: "identity",
    resources: ofChats(
      iam(() => ["role/aws-service-role/management.chatbot.amazonaws.com/AWSServiceRoleForAWSChatbot"]),
    ),
  },
  Reader: { part: "identity", resources: iam(ownReader) },
  BoundedReader: { part: "identity", resources: iam(ownReader), condition: bounded },
  ReaderPolicies: { part: "identity", resources: readerArns },
  BoundedReaderPolicies: {
    part: "identity",
    resources: readerArns,
    // Nobody knows the boundary of a user made by hand.
    condition: (place) => (place.ownsReader ? bounded(place) : undefined),
  },
  // A device of the user's name, as people name them.
  ReaderDevice: {
    part: "identity",
    resources: iam((place) => ownReader(place).map((name) => name.replace("user/", "mfa/"))),
  },
  // A list of devices names no resource.
  AllMfaDevices: { part: "identity", resources: ({ ownsReader }) => (ownsReader ? ["*"] : []) },
  Functions: {
    part: "functions",
    resources: regional("lambda", (place) => functionNames(place).map((name) => `function:${name}`)),
  },
  // Lambda makes up the ids of mappings.
  Mappings: {
    part: "functions",
    resources: EVERYTHING,
    condition: ({ accountId, region, prefix }) => ({
      ArnEquals: {
        "lambda:FunctionArn": `arn:aws:lambda:${region}:${accountId}:function:${loaderName(prefix)}`,
      },
    }),
  },
  NewMappings: {
    part: "functions",
    resources: regional("lambda", () => ["event-source-mapping:*"]),
    condition: tagged("RequestTag"),
  },
  MappingTags: {
    part: "functions",
    resources: regional("lambda", () => ["event-source-mapping:*"]),
    condition: tagged("ResourceTag"),
  },
  // What Lambda looks up with the caller's rights names no resource.
  Network: { part: "functions", resources: EVERYTHING },
  LogGroups: {
    part: "functions",
    resources: regional("logs", (place) =>
      functionNames(place).flatMap((name) => [
        `log-group:/aws/lambda/${name}`,
        `log-group:/aws/lambda/${name}:*`,
      ]),
    ),
  },
  // A list of groups names none.
  AllLogGroups: { part: "functions", resources: regional("logs", () => ["log-group:*"]) },
  Rule: {
    part: "functions",
    resources: regional("events", ({ prefix }) => [`rule/${prefix}-aurora-export-ended`]),
  },
  Schedules: {
    part: "functions",
    resources: regional("scheduler", (place) =>
      [exporterName(place.prefix), gateName(place.prefix), `${place.prefix}-aurora-snapshot-again`].map(
        (name) => `schedule/default/${name}`,
      ),
    ),
  },
  Topic: {
    part: "watch",
    resources: regional("sns", ({ prefix, chats }) => [
      `${prefix}-aurora-export-reports`,
      ...(chats.length > 0 ? [chatTopicName(prefix)] : []),
    ]),
  },
  Chats: {
    part: "watch",
    resources: ({ accountId, prefix, chats }) =>
      chats.map(
        (it) =>
          `arn:aws:chatbot::${accountId}:chat-configuration/${CHAT_KINDS[it]}/${chatConfigurationName(prefix, it)}`,
      ),
  },
  // What makes and lists configurations names none.
  AllChats: { part: "watch", resources: ofChats(EVERYTHING) },
  // SNS knows no resources for the calls on one subscription.
  Subscriptions: { part: "watch", resources: EVERYTHING },
  Queues: {
    part: "functions",
    resources: regional("sqs", ({ prefix }) =>
      ["aurora-loads", "aurora-loads-dead-letters"].map((name) => `${prefix}-${name}.fifo`),
    ),
  },
  Alarms: {
    part: "watch",
    resources: regional("cloudwatch", ({ prefix }) => alarmNames(prefix).map((name) => `alarm:${name}`)),
  },
  // "You must be signed on with the permission that is scoped to *" (API reference, "DescribeAlarms"); whoever may describe them all may read their tags.
  AllAlarms: { part: "watch", resources: EVERYTHING },
  Dashboard: {
    part: "watch",
    resources: ({ accountId, prefix }) => [
      `arn:aws:cloudwatch::${accountId}:dashboard/${exportDashboardName(prefix)}`,
    ],
  },
} as const satisfies Readonly<Record<string, Scope>>;

export type ScopeName = keyof typeof SCOPES;

/** The statements that deny, by what their `Sid` begins with. */
const DENIALS: Readonly<Record<string, Denial>> = {
  // Whoever may tag a key could make it its own. A key that is made has no ARN yet, and is tagged without one
  // ("Controlling access to tags", KMS Developer Guide).
  OthersKeys: {
    part: "storage",
    denies: ["NewKeys", "Keys"] satisfies ScopeName[],
    resources: regional("kms", () => ["key/*"]),
    conditions: othersTags,
  },
  // The id of a mapping is a UUID; of one that is made it is `*`.
  OthersMappings: {
    part: "functions",
    denies: ["NewMappings", "MappingTags"] satisfies ScopeName[],
    resources: regional("lambda", () => ["event-source-mapping:????????-*"]),
    conditions: othersTags,
  },
};

/** Calls of a provider, by what they do. */
interface Calls {
  /** For a preview with `--refresh`, too. */
  readonly read: readonly string[];
  readonly write: readonly string[];
}

type AwsCalls = Readonly<Partial<Record<ScopeName, Calls>>>;

/** `s3`, `GetBucketAcl …` → `s3:GetBucketAcl`, …; in one text, because there are many. */
function actions(service: string, names: string): readonly string[] {
  return names
    .split(/\s+/)
    .filter((name) => name !== "")
    .map((name) => `${service}:${name}`);
}

function calls(service: string, read: string, write: string): Calls {
  return { read: actions(service, read), write: actions(service, write) };
}

/** What it calls for a channel that Amazon Q writes to. */
function chatCalls(list: string, kind: string): AwsCalls {
  return {
    Chats: calls("chatbot", "ListTagsForResource", `Delete${kind} TagResource UntagResource Update${kind}`),
    AllChats: calls("chatbot", list, `Create${kind}`),
    PassTheChatRole: calls("iam", "", "PassRole"),
    ChatServiceRole: calls("iam", "", "CreateServiceLinkedRole"),
  };
}

/** What the AWS provider calls for each type. */
export const AWS_CALLS: Readonly<Record<string, AwsCalls>> = {
  "aws:s3/bucket:Bucket": {
    Bucket: calls(
      "s3",
      `GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging
       GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketTagging GetBucketVersioning
       GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket
       ListTagsForResource`,
      "CreateBucket DeleteBucket ListBucketVersions PutBucketTagging TagResource UntagResource",
    ),
    Exports: calls("s3", "", "DeleteObject DeleteObjectVersion"),
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    Bucket: calls("s3", "GetLifecycleConfiguration", "PutLifecycleConfiguration"),
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
    Bucket: calls("s3", "GetBucketOwnershipControls", "PutBucketOwnershipControls"),
  },
  "aws:s3/bucketPolicy:BucketPolicy": {
    Bucket: calls("s3", "GetBucketPolicy", "PutBucketPolicy DeleteBucketPolicy"),
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    Bucket: calls("s3", "GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
  },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    Bucket: calls("s3", "GetEncryptionConfiguration", "PutEncryptionConfiguration"),
  },
  "aws:kms/key:Key": {
    NewKeys: calls("kms", "", "CreateKey TagResource"),
    Keys: calls(
      "kms",
      "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
      `DisableKey DisableKeyRotation EnableKey EnableKeyRotation PutKeyPolicy ScheduleKeyDeletion TagResource
       UntagResource UpdateKeyDescription`,
    ),
  },
  "aws:kms/alias:Alias": {
    KeyAliases: calls("kms", "", "CreateAlias DeleteAlias UpdateAlias"),
    // Both sides of an alias are asked.
    Keys: calls("kms", "", "CreateAlias DeleteAlias UpdateAlias"),
    AllKeyAliases: calls("kms", "ListAliases", ""),
  },
  "aws:iam/role:Role": {
    Roles: calls(
      "iam",
      "GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies",
      `DeleteRole ListInstanceProfilesForRole TagRole UntagRole UpdateAssumeRolePolicy UpdateRole
       UpdateRoleDescription`,
    ),
    BoundedRoles: calls(
      "iam",
      "",
      // Policies made or attached by hand go with the role.
      "CreateRole DeleteRolePolicy DetachRolePolicy PutRolePermissionsBoundary",
    ),
  },
  "aws:iam/rolePolicy:RolePolicy": {
    Roles: calls("iam", "GetRolePolicy", ""),
    BoundedRoles: calls("iam", "", "PutRolePolicy DeleteRolePolicy"),
  },
  "aws:iam/user:User": {
    Reader: calls(
      "iam",
      "GetUser",
      // Keys, devices and the like made by hand go with the user (`forceDestroy`).
      `DeactivateMFADevice DeleteAccessKey DeleteLoginProfile DeleteServiceSpecificCredential
       DeleteSigningCertificate DeleteSSHPublicKey DeleteUser ListAccessKeys ListAttachedUserPolicies
       ListGroupsForUser ListMFADevices ListServiceSpecificCredentials ListSigningCertificates ListSSHPublicKeys
       ListUserPolicies TagUser UntagUser UpdateUser`,
    ),
    BoundedReader: calls(
      "iam",
      "",
      "CreateUser DeleteUserPolicy DetachUserPolicy PutUserPermissionsBoundary",
    ),
    ReaderDevice: calls("iam", "", "DeleteVirtualMFADevice"),
    AllMfaDevices: calls("iam", "", "ListVirtualMFADevices"),
  },
  "aws:iam/userPolicy:UserPolicy": {
    ReaderPolicies: calls("iam", "GetUserPolicy", ""),
    BoundedReaderPolicies: calls("iam", "", "PutUserPolicy DeleteUserPolicy"),
  },
  "aws:iam/accessKey:AccessKey": {
    Reader: calls("iam", "ListAccessKeys", "CreateAccessKey DeleteAccessKey UpdateAccessKey"),
  },
  "aws:lambda/function:Function": {
    Functions: calls(
      "lambda",
      "GetFunction GetFunctionCodeSigningConfig GetFunctionConfiguration ListTags ListVersionsByFunction",
      `CreateFunction DeleteFunction TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration`,
    ),
    Network: calls("ec2", "", "DescribeSecurityGroups DescribeSubnets DescribeVpcs"),
    PassRolesToLambda: calls("iam", "", "PassRole"),
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
    Functions: calls(
      "lambda",
      "GetFunctionEventInvokeConfig",
      "DeleteFunctionEventInvokeConfig PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig",
    ),
  },
  "aws:lambda/permission:Permission": {
    Functions: calls("lambda", "GetPolicy", "AddPermission RemovePermission"),
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    Mappings: calls(
      "lambda",
      "GetEventSourceMapping",
      "CreateEventSourceMapping DeleteEventSourceMapping UpdateEventSourceMapping",
    ),
    NewMappings: calls("lambda", "", "TagResource"),
    MappingTags: calls("lambda", "ListTags", "TagResource UntagResource"),
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    LogGroups: calls(
      "logs",
      "ListTagsForResource",
      "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy PutRetentionPolicy TagResource UntagResource",
    ),
    AllLogGroups: calls("logs", "DescribeLogGroups", ""),
  },
  "aws:cloudwatch/eventRule:EventRule": {
    Rule: calls(
      "events",
      "DescribeRule ListTagsForResource",
      "DeleteRule DisableRule EnableRule PutRule TagResource UntagResource",
    ),
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    Rule: calls("events", "ListTargetsByRule", "PutTargets RemoveTargets"),
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    AllAlarms: calls("cloudwatch", "DescribeAlarms ListTagsForResource", ""),
    Alarms: calls("cloudwatch", "", "DeleteAlarms PutMetricAlarm TagResource UntagResource"),
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    Dashboard: calls("cloudwatch", "GetDashboard", "DeleteDashboards PutDashboard"),
  },
  "aws:scheduler/schedule:Schedule": {
    Schedules: calls("scheduler", "GetSchedule", "CreateSchedule DeleteSchedule UpdateSchedule"),
    PassRolesToScheduler: calls("iam", "", "PassRole"),
  },
  "aws:sns/topic:Topic": {
    Topic: calls(
      "sns",
      "GetTopicAttributes ListTagsForResource",
      "CreateTopic DeleteTopic SetTopicAttributes TagResource UntagResource",
    ),
  },
  "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": chatCalls(
    "DescribeSlackChannelConfigurations",
    "SlackChannelConfiguration",
  ),
  "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": chatCalls(
    "ListMicrosoftTeamsChannelConfigurations",
    "MicrosoftTeamsChannelConfiguration",
  ),
  "aws:sns/topicPolicy:TopicPolicy": { Topic: calls("sns", "GetTopicAttributes", "SetTopicAttributes") },
  "aws:sns/topicSubscription:TopicSubscription": {
    Topic: calls("sns", "ListSubscriptionsByTopic", "Subscribe"),
    Subscriptions: calls("sns", "GetSubscriptionAttributes", "SetSubscriptionAttributes Unsubscribe"),
  },
  "aws:sqs/queue:Queue": {
    Queues: calls(
      "sqs",
      "GetQueueAttributes GetQueueUrl ListQueueTags",
      "CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue",
    ),
  },
};

/** `bigquery`, `datasets`, `get create` → `bigquery.datasets.get`, … */
function permissions(service: string, resource: string, read: string, write: string): Calls {
  const named = (verbs: string) =>
    actions("", verbs).map((verb) => `${service}.${resource}.${verb.replace(":", "")}`);
  return { read: named(read), write: named(write) };
}

function together(...parts: readonly Calls[]): Calls {
  return { read: parts.flatMap(({ read }) => read), write: parts.flatMap(({ write }) => write) };
}

const PROJECT = permissions("resourcemanager", "projects", "get", "");
const DATASET = permissions(
  "bigquery",
  "datasets",
  "get getIamPolicy",
  // Whoever writes a dataset's access list needs the last ("Control access to resources with IAM", 2026).
  "create update delete setIamPolicy",
);
const TOPIC_POLICY = permissions("pubsub", "topics", "getIamPolicy", "setIamPolicy");

/** What the Google Cloud provider calls for each type, and what the service asks beside it. */
export const GOOGLE_PERMISSIONS: Readonly<Record<string, Calls>> = {
  "gcp:projects/service:Service": together(
    PROJECT,
    permissions("serviceusage", "services", "get list", "enable"),
    permissions("serviceusage", "operations", "", "get"),
  ),
  // "Triggering service agent creation doesn't require any IAM permissions" ("Create and grant roles to service agents").
  "gcp:projects/serviceIdentity:ServiceIdentity": PROJECT,
  "gcp:projects/iAMMember:IAMMember": together(
    PROJECT,
    permissions("resourcemanager", "projects", "getIamPolicy", "setIamPolicy"),
  ),
  // The provider brings back a role that was deleted lately.
  "gcp:projects/iAMCustomRole:IAMCustomRole": permissions(
    "iam",
    "roles",
    "get list",
    "create update delete undelete",
  ),
  "gcp:serviceaccount/account:Account": permissions(
    "iam",
    "serviceAccounts",
    "get list",
    "create update delete",
  ),
  "gcp:serviceaccount/iAMMember:IAMMember": permissions(
    "iam",
    "serviceAccounts",
    "getIamPolicy",
    "setIamPolicy",
  ),
  // By a predefined role (`GOOGLE_ROLES`).
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": together(),
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": together(),
  // `deleteContentsOnDestroy` deletes the tables.
  "gcp:bigquery/dataset:Dataset": together(DATASET, permissions("bigquery", "tables", "list", "delete")),
  "gcp:bigquery/table:Table": permissions("bigquery", "tables", "get list", "create update delete"),
  // "Working with transfers", required permissions; the account that owns a transfer must be one that the caller may
  // act as, and a notification topic one whose policy the caller may change.
  "gcp:bigquery/dataTransferConfig:DataTransferConfig": together(
    permissions("bigquery", "transfers", "get", "update"),
    permissions("bigquery", "jobs", "", "create"),
    permissions("iam", "serviceAccounts", "", "actAs"),
    DATASET,
    TOPIC_POLICY,
  ),
  "gcp:pubsub/topic:Topic": permissions("pubsub", "topics", "get", "create update delete"),
  "gcp:pubsub/topicIAMMember:TopicIAMMember": TOPIC_POLICY,
  // On the one key alone, which may be in another project: docs/deploy.md, "Customer-managed keys".
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": { read: [], write: [] },
  "gcp:monitoring/notificationChannel:NotificationChannel": permissions(
    "monitoring",
    "notificationChannels",
    "get list",
    "create update delete",
  ),
  "gcp:monitoring/alertPolicy:AlertPolicy": permissions(
    "monitoring",
    "alertPolicies",
    "get list",
    "create update delete",
  ),
  "gcp:monitoring/dashboard:Dashboard": permissions(
    "monitoring",
    "dashboards",
    "get list",
    "create update delete",
  ),
};

/**
 * Predefined roles beside the custom ones. Reading a pool asks for more than a custom role may hold
 * (terraform-provider-google, issue 26963: `listAttestationRules`).
 */
export const GOOGLE_ROLES: Readonly<Record<Deployer, readonly string[]>> = {
  deployer: ["roles/iam.workloadIdentityPoolAdmin"],
  preview: ["roles/iam.workloadIdentityPoolViewer"],
};

/** Reads that the program itself asks for, by token: what they need in Google Cloud. AWS asks nothing for its one. */
export const LOOK_UPS: Readonly<Record<string, readonly string[]>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": [],
  "gcp:bigquery/getDataset:getDataset": ["bigquery.datasets.get"],
  // Asked by an `up` alone, which makes BigQuery's agent by it; the deployer holds `bigquery.jobs.create` anyway.
  "gcp:bigquery/getDefaultServiceAccount:getDefaultServiceAccount": [],
  "gcp:bigquery/getTable:getTable": ["bigquery.tables.get"],
  "gcp:organizations/getProject:getProject": ["resourcemanager.projects.get"],
  "gcp:monitoring/getNotificationChannel:getNotificationChannel": ["monitoring.notificationChannels.list"],
};

/** Who deploys, or who only previews. */
export type Deployer = "deployer" | "preview";

function granted({ read, write }: Calls, who: Deployer): readonly string[] {
  return who === "deployer" ? [...read, ...write] : read;
}

function sorted(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort();
}

/** One statement of a policy; keys in the order in which the AWS documentation writes them. */
export interface DeployerStatement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Condition;
}

export interface DeployerPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly DeployerStatement[];
}

function actionsOf(sid: string, of: (calls: Calls) => readonly string[]): string[] {
  return sorted(
    Object.values(AWS_CALLS).flatMap((it: Readonly<Partial<Record<string, Calls>>>) => {
      const called = own(it, sid);
      return called === undefined ? [] : of(called);
    }),
  );
}

function allowing(sid: ScopeName, place: DeployedPlace, who: Deployer): DeployerStatement[] {
  const scope: Scope = SCOPES[sid];
  const Resource = scope.resources(place);
  const Action = actionsOf(sid, (it) => granted(it, who));
  if (Resource.length === 0 || Action.length === 0) return [];
  const condition = scope.condition?.(place);
  return [{ Sid: sid, Effect: "Allow", Action, Resource, ...(condition && { Condition: condition }) }];
}

function denying(sid: string, { denies, resources, conditions }: Denial, place: DeployedPlace) {
  const Action = sorted(denies.flatMap((it) => actionsOf(it, ({ write }) => write)));
  return Object.entries(conditions(place)).map(
    ([by, Condition]): DeployerStatement => ({
      Sid: sid + by,
      Effect: "Deny",
      Action,
      Resource: resources(place),
      Condition,
    }),
  );
}

function policy(
  place: DeployedPlace,
  who: Deployer,
  belongs: (it: Pick<Scope, "part">) => boolean,
): DeployerPolicy {
  const names = Object.keys(SCOPES) as ScopeName[];
  const denials = Object.entries(DENIALS).filter(([, it]) => who === "deployer" && belongs(it));
  return {
    Version: "2012-10-17",
    Statement: [
      ...names.filter((name) => belongs(SCOPES[name])).flatMap((name) => allowing(name, place, who)),
      ...denials.flatMap(([sid, it]) => denying(sid, it, place)),
    ],
  };
}

/** The managed policies of whoever deploys a stack or only previews it, by name. */
export function awsPolicies(place: DeployedPlace, who: Deployer): Readonly<Record<string, DeployerPolicy>> {
  if (who === "preview") return { resources: policy(place, who, () => true) };
  return Object.fromEntries(PARTS.map((part) => [part, policy(place, who, (it) => it.part === part)]));
}

/** The permissions of the custom role in Google Cloud. */
export function googlePermissions(who: Deployer): readonly string[] {
  return sorted([
    ...Object.values(GOOGLE_PERMISSIONS).flatMap((it) => granted(it, who)),
    ...Object.values(LOOK_UPS).flat(),
  ]);
}
