import { alarmNames } from "../../components/alarmTexts";
import { userArnsOf } from "../../components/policyDocuments";
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
} from "../../contract/names";
import { bounded, type Condition, type Conditions, othersTags, passedTo, tagged } from "./conditions";
import type { DeployedPlace } from "./place";

/** As ARNs of Amazon Q's configurations write it. Source: Service Authorization Reference of AWS Chatbot, resource types. */
const CHAT_KINDS = { slack: "slack-channel", teams: "microsoft-teams-channel" } as const;

/** The policies of whoever deploys. */
export const PARTS = ["storage", "identity", "functions", "watch"] as const;

/** What a statement is about. */
export interface Scope {
  /** Policy that the statement stands in: one alone would be too long for a managed policy. */
  readonly part: (typeof PARTS)[number];
  /** ARNs or `*`; none where the stack has no such thing. */
  readonly resources: (place: DeployedPlace) => readonly string[];
  readonly condition?: (place: DeployedPlace) => Condition | undefined;
}

/** A statement that denies what another one would allow, or any other policy of whoever deploys. */
export interface Denial {
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
export const SCOPES = {
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

/** `Sid` of a statement that allows. */
export type ScopeName = keyof typeof SCOPES;

/** The statements that deny, by what their `Sid` begins with. */
export const DENIALS: Readonly<Record<string, Denial>> = {
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
