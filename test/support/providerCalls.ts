import assert from "node:assert/strict";
import type { AccessRequest } from "../../rehearsal/aws/authorization";

/*
 * What the AWS provider calls for a resource, and what each call says of itself to IAM. Written from the sources of
 * the Terraform provider below Pulumi's (`internal/service`, functions Create, Read, Update and Delete of each
 * resource), from the Service Authorization Reference, and for what is asked beside a call from the services' guides:
 * apart from ops/deployer/awsCalls.ts, which is judged by it.
 */

export type Operation = "create" | "read" | "update" | "delete";

/** A call as IAM judges it. */
export type ProviderCall = readonly [action: string, resource: string, context: AccessRequest["context"]];

/** A resource in the cloud: what a program registered, or what an engine's stand-in holds. */
export interface CalledFor {
  readonly type: string;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** ARN, key id and whatever else the service adds. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Where the calls are made, and what is there. */
export interface CalledIn {
  readonly accountId: string;
  readonly region: string;
  readonly things: readonly CalledFor[];
}

const ROLE = "aws:iam/role:Role";
const USER = "aws:iam/user:User";
const KEY = "aws:kms/key:Key";

/** Names of calls by service and operation; `create`, `update` and `delete` read the resource as well. */
type Calls = Readonly<Record<Operation, string>>;

const BUCKET_READ = `s3:GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging
  GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketTagging GetBucketVersioning
  GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket
  ListTagsForResource`;

function ofBucket(read: string, write: string, remove = write): Calls {
  return { create: write, read, update: write, delete: remove };
}

const ALARM_TAGS = "cloudwatch:TagResource UntagResource";

export const PROVIDER_CALLS: Readonly<Record<string, Calls>> = {
  "aws:s3/bucket:Bucket": {
    create: "s3:CreateBucket PutBucketTagging TagResource",
    read: BUCKET_READ,
    update: "s3:PutBucketTagging TagResource UntagResource",
    // With `forceDestroy` the objects as well; `callsFor` adds them.
    delete: "s3:DeleteBucket",
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket(
    "s3:GetLifecycleConfiguration",
    "s3:PutLifecycleConfiguration",
  ),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket(
    "s3:GetBucketOwnershipControls",
    "s3:PutBucketOwnershipControls",
  ),
  "aws:s3/bucketPolicy:BucketPolicy": ofBucket(
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
  ),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket(
    "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketPublicAccessBlock",
  ),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket(
    "s3:GetEncryptionConfiguration",
    "s3:PutEncryptionConfiguration",
  ),
  [KEY]: {
    create: "kms:CreateKey TagResource EnableKeyRotation",
    read: "kms:DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
    update: `kms:DisableKey DisableKeyRotation EnableKey EnableKeyRotation PutKeyPolicy TagResource UntagResource
      UpdateKeyDescription`,
    delete: "kms:ScheduleKeyDeletion",
  },
  "aws:kms/alias:Alias": {
    create: "kms:CreateAlias",
    read: "kms:ListAliases",
    update: "kms:UpdateAlias",
    delete: "kms:DeleteAlias",
  },
  [ROLE]: {
    create: "iam:CreateRole TagRole",
    read: "iam:GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies",
    update: `iam:PutRolePermissionsBoundary TagRole UntagRole UpdateAssumeRolePolicy UpdateRole
      UpdateRoleDescription`,
    // What the state says was found at the role when it was read last goes with it.
    delete: `iam:DeleteRole DeleteRolePolicy DetachRolePolicy ListInstanceProfilesForRole`,
  },
  "aws:iam/rolePolicy:RolePolicy": {
    create: "iam:PutRolePolicy",
    read: "iam:GetRolePolicy",
    update: "iam:PutRolePolicy",
    delete: "iam:DeleteRolePolicy",
  },
  [USER]: {
    create: "iam:CreateUser TagUser",
    read: "iam:GetUser",
    update: "iam:PutUserPermissionsBoundary TagUser UntagUser UpdateUser",
    // With `forceDestroy` whatever was made by hand; `callsFor` adds it.
    delete: "iam:DeleteUser ListGroupsForUser",
  },
  "aws:iam/userPolicy:UserPolicy": {
    create: "iam:PutUserPolicy",
    read: "iam:GetUserPolicy",
    update: "iam:PutUserPolicy",
    delete: "iam:DeleteUserPolicy",
  },
  "aws:iam/accessKey:AccessKey": {
    create: "iam:CreateAccessKey",
    read: "iam:ListAccessKeys",
    update: "iam:UpdateAccessKey",
    delete: "iam:DeleteAccessKey",
  },
  "aws:lambda/function:Function": {
    create: `lambda:CreateFunction TagResource iam:PassRole ec2:DescribeSecurityGroups DescribeSubnets
      DescribeVpcs`,
    read: `lambda:GetFunction GetFunctionCodeSigningConfig GetFunctionConfiguration ListTags
      ListVersionsByFunction`,
    update: `lambda:TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration iam:PassRole
      ec2:DescribeSecurityGroups DescribeSubnets DescribeVpcs`,
    delete: "lambda:DeleteFunction",
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
    create: "lambda:PutFunctionEventInvokeConfig",
    read: "lambda:GetFunctionEventInvokeConfig",
    update: "lambda:PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig",
    delete: "lambda:DeleteFunctionEventInvokeConfig",
  },
  "aws:lambda/permission:Permission": {
    create: "lambda:AddPermission",
    read: "lambda:GetPolicy",
    update: "",
    delete: "lambda:RemovePermission",
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    create: "lambda:CreateEventSourceMapping TagResource",
    read: "lambda:GetEventSourceMapping ListTags",
    update: "lambda:UpdateEventSourceMapping TagResource UntagResource",
    delete: "lambda:DeleteEventSourceMapping",
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    create: "logs:CreateLogGroup PutRetentionPolicy TagResource",
    read: "logs:DescribeLogGroups ListTagsForResource",
    update: "logs:DeleteRetentionPolicy PutRetentionPolicy TagResource UntagResource",
    delete: "logs:DeleteLogGroup",
  },
  "aws:cloudwatch/eventRule:EventRule": {
    create: "events:PutRule TagResource",
    read: "events:DescribeRule ListTagsForResource",
    update: "events:DisableRule EnableRule PutRule TagResource UntagResource",
    delete: "events:DeleteRule",
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    create: "events:PutTargets",
    read: "events:ListTargetsByRule",
    update: "events:PutTargets",
    delete: "events:RemoveTargets",
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    create: "cloudwatch:PutMetricAlarm TagResource",
    read: "cloudwatch:DescribeAlarms ListTagsForResource",
    update: `cloudwatch:PutMetricAlarm ${ALARM_TAGS}`,
    delete: "cloudwatch:DeleteAlarms",
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    create: "cloudwatch:PutDashboard",
    read: "cloudwatch:GetDashboard",
    update: "cloudwatch:PutDashboard",
    delete: "cloudwatch:DeleteDashboards",
  },
  "aws:scheduler/schedule:Schedule": {
    create: "scheduler:CreateSchedule iam:PassRole",
    read: "scheduler:GetSchedule",
    update: "scheduler:UpdateSchedule iam:PassRole",
    delete: "scheduler:DeleteSchedule",
  },
  "aws:sns/topic:Topic": {
    create: "sns:CreateTopic SetTopicAttributes TagResource",
    read: "sns:GetTopicAttributes ListTagsForResource",
    update: "sns:SetTopicAttributes TagResource UntagResource",
    delete: "sns:DeleteTopic",
  },
  "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": {
    create: "chatbot:CreateSlackChannelConfiguration TagResource iam:PassRole CreateServiceLinkedRole",
    read: "chatbot:DescribeSlackChannelConfigurations ListTagsForResource",
    update: "chatbot:UpdateSlackChannelConfiguration TagResource UntagResource iam:PassRole",
    delete: "chatbot:DeleteSlackChannelConfiguration",
  },
  "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": {
    create:
      "chatbot:CreateMicrosoftTeamsChannelConfiguration TagResource iam:PassRole CreateServiceLinkedRole",
    read: "chatbot:ListMicrosoftTeamsChannelConfigurations ListTagsForResource",
    update: "chatbot:UpdateMicrosoftTeamsChannelConfiguration TagResource UntagResource iam:PassRole",
    delete: "chatbot:DeleteMicrosoftTeamsChannelConfiguration",
  },
  "aws:sns/topicPolicy:TopicPolicy": {
    create: "sns:SetTopicAttributes",
    read: "sns:GetTopicAttributes",
    update: "sns:SetTopicAttributes",
    delete: "sns:SetTopicAttributes",
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    create: "sns:Subscribe",
    // Those of a URL that confirms by itself are looked for at the topic.
    read: "sns:GetSubscriptionAttributes ListSubscriptionsByTopic",
    update: "sns:SetSubscriptionAttributes",
    delete: "sns:Unsubscribe",
  },
  "aws:sqs/queue:Queue": {
    create: "sqs:CreateQueue TagQueue",
    read: "sqs:GetQueueAttributes GetQueueUrl ListQueueTags",
    update: "sqs:SetQueueAttributes TagQueue UntagQueue",
    delete: "sqs:DeleteQueue",
  },
};

/** `resourceUserDelete`: what may hang on a user, whether something does or not. */
const FORCED_USER = `iam:DeactivateMFADevice DeleteAccessKey DeleteLoginProfile DeleteServiceSpecificCredential
  DeleteSigningCertificate DeleteSSHPublicKey DeleteUserPolicy DeleteVirtualMFADevice DetachUserPolicy ListAccessKeys
  ListAttachedUserPolicies ListMFADevices ListServiceSpecificCredentials ListSigningCertificates ListSSHPublicKeys
  ListUserPolicies ListVirtualMFADevices`;
const FORCED_BUCKET = "s3:DeleteObject DeleteObjectVersion ListBucketVersions";

/** `s3:GetBucketAcl ListBucket iam:PassRole` → `s3:GetBucketAcl`, `s3:ListBucket`, `iam:PassRole`. */
function actions(text: string): string[] {
  let service = "";
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => {
      const [first = "", second] = word.split(":");
      if (second !== undefined) service = first;
      return `${service}:${second ?? first}`;
    });
}

/** Calls for which IAM sends the boundary of the role or user: after a creation or a change of it, the new one. */
const BOUNDED = new Set(
  actions(
    `iam:AttachRolePolicy AttachUserPolicy CreateRole CreateUser DeleteRolePermissionsBoundary DeleteRolePolicy
     DeleteUserPermissionsBoundary DeleteUserPolicy DetachRolePolicy DetachUserPolicy PutRolePermissionsBoundary
     PutRolePolicy PutUserPermissionsBoundary PutUserPolicy`,
  ),
);

function text(value: unknown): string {
  return typeof value === "string" ? value : assert.fail(`${JSON.stringify(value)} is no text`);
}

function tags(kind: "RequestTag" | "ResourceTag", of: CalledFor | undefined): AccessRequest["context"] {
  const entries = Object.entries((of?.inputs.tags ?? {}) as Record<string, string>);
  return Object.fromEntries(entries.map(([name, value]) => [`aws:${kind}/${name}`, value]));
}

/** What a call names, and the keys that come with it. */
type Target = readonly [resource: string, context?: AccessRequest["context"]];

function iamTarget(action: string, it: CalledFor, { accountId, things }: CalledIn): Target {
  if (action === "iam:CreateServiceLinkedRole") {
    const service = "management.chatbot.amazonaws.com";
    return [`arn:aws:iam::${accountId}:role/aws-service-role/${service}/AWSServiceRoleForAWSChatbot`];
  }
  const kind = it.type === ROLE || it.inputs.role !== undefined ? "role" : "user";
  const name = text(it.inputs[it.type === ROLE || it.type === USER ? "name" : kind]);
  if (action === "iam:ListVirtualMFADevices") return ["*"];
  // A device has the name that its maker gave it: by custom, the user's.
  if (action === "iam:DeleteVirtualMFADevice") return [`arn:aws:iam::${accountId}:mfa/${name}`];
  const principal = things.find(
    ({ type, inputs }) => (type === ROLE || type === USER) && inputs.name === name,
  );
  const boundary = (principal ?? it).inputs.permissionsBoundary;
  const isBounded = BOUNDED.has(action) && boundary !== undefined;
  return [
    `arn:aws:iam::${accountId}:${kind}/${name}`,
    isBounded ? { "iam:PermissionsBoundary": text(boundary) } : {},
  ];
}

function passedRole(it: CalledFor): Target {
  const { role, target, iamRoleArn } = it.inputs as {
    role?: unknown;
    target?: { roleArn: unknown };
    iamRoleArn?: unknown;
  };
  if (iamRoleArn !== undefined) {
    return [text(iamRoleArn), { "iam:PassedToService": "chatbot.amazonaws.com" }];
  }
  return target === undefined
    ? [text(role), { "iam:PassedToService": "lambda.amazonaws.com" }]
    : [text(target.roleArn), { "iam:PassedToService": "scheduler.amazonaws.com" }];
}

function keyTarget(action: string, key: CalledFor, operation: Operation): Target {
  // Tags of a new key are asked for without a key, as CreateKey is ("Controlling access to tags", KMS guide).
  if (action === "kms:CreateKey" || (action === "kms:TagResource" && operation === "create")) {
    return ["*", tags("RequestTag", key)];
  }
  const requested = action === "kms:TagResource" ? tags("RequestTag", key) : {};
  return [text(key.outputs.arn), { ...tags("ResourceTag", key), ...requested }];
}

function functionArn(nameOrArn: unknown, { accountId, region }: CalledIn): string {
  const name = text(nameOrArn);
  return name.startsWith("arn:") ? name : `arn:aws:lambda:${region}:${accountId}:function:${name}`;
}

function mappingTarget(action: string, it: CalledFor, at: CalledIn, operation: Operation): Target {
  const any = `arn:aws:lambda:${at.region}:${at.accountId}:event-source-mapping:`;
  const ofFunction = { "lambda:FunctionArn": functionArn(it.inputs.functionName, at) };
  switch (action) {
    case "lambda:CreateEventSourceMapping":
      return ["*", ofFunction];
    // A mapping that is made has no id yet: Lambda names them all (aws-samples/sample-autonomous-cloud-coding-agents, #408).
    case "lambda:TagResource":
      return operation === "create"
        ? [`${any}*`, tags("RequestTag", it)]
        : [any + it.id, { ...tags("ResourceTag", it), ...tags("RequestTag", it) }];
    case "lambda:UntagResource":
    case "lambda:ListTags":
      return [any + it.id, tags("ResourceTag", it)];
    default:
      return [any + it.id, ofFunction];
  }
}

/** What one call names; some name several things, each of which is judged. */
function targets(action: string, it: CalledFor, at: CalledIn, operation: Operation): readonly Target[] {
  const { inputs, outputs } = it;
  const own = () => [text(outputs.arn)] as const;
  if (action === "iam:PassRole") return [passedRole(it)];
  const [service] = action.split(":");
  switch (service) {
    case "s3": {
      const bucket = `arn:aws:s3:::${text(inputs.bucket)}`;
      return [[/:DeleteObject/.test(action) ? `${bucket}/some-export/part` : bucket]];
    }
    case "kms": {
      if (action === "kms:ListAliases") return [["*"]];
      if (it.type === KEY) return [keyTarget(action, it, operation)];
      // Both sides of an alias are asked.
      const key = at.things.find((each) => each.type === KEY && each.outputs.keyId === inputs.targetKeyId);
      return [own(), keyTarget(action, key ?? assert.fail("an alias of no key"), operation)];
    }
    case "iam":
      return [iamTarget(action, it, at)];
    case "ec2":
      return [["*"]];
    case "lambda":
      if (it.type.endsWith(":EventSourceMapping")) return [mappingTarget(action, it, at, operation)];
      return [[functionArn(outputs.arn ?? inputs.functionName ?? inputs.function, at)]];
    case "logs":
      return action === "logs:DescribeLogGroups"
        ? [[`arn:aws:logs:${at.region}:${at.accountId}:log-group::log-stream:`]]
        : [own()];
    case "events":
      return inputs.rule === undefined
        ? [own()]
        : [[`arn:aws:events:${at.region}:${at.accountId}:rule/${text(inputs.rule)}`]];
    case "cloudwatch": {
      if (inputs.dashboardName !== undefined) {
        return [[`arn:aws:cloudwatch::${at.accountId}:dashboard/${text(inputs.dashboardName)}`]];
      }
      // "You must be signed on with the permission that is scoped to *" (API reference).
      if (action.endsWith(":DescribeAlarms")) return [["*"]];
      const name = text(inputs.name);
      return [[`arn:aws:cloudwatch:${at.region}:${at.accountId}:alarm:${name}`]];
    }
    case "chatbot":
      return /:(?:Create|Describe|List\w+Configurations$)/.test(action)
        ? [["*"]]
        : [[text(outputs.chatConfigurationArn)]];
    case "sns":
      return /Attributes$|Unsubscribe$/.test(action) && it.type.endsWith(":TopicSubscription")
        ? [["*"]]
        : [[text(inputs.topic ?? inputs.arn ?? outputs.arn)]];
    default:
      return [own()];
  }
}

/** All that may be called for a type, sorted. */
export function actionsOfType(type: string): string[] {
  const forced: Readonly<Record<string, string>> = {
    [USER]: FORCED_USER,
    "aws:s3/bucket:Bucket": FORCED_BUCKET,
  };
  const all = [...Object.values(PROVIDER_CALLS[type] ?? {}), forced[type] ?? ""].flatMap(actions);
  return [...new Set(all)].sort();
}

/** What is called in an operation, a read at its end included. */
function actionsOf(it: CalledFor, operation: Operation): string[] {
  const calls =
    PROVIDER_CALLS[it.type] ?? assert.fail(`test/support/providerCalls.ts knows nothing of ${it.type}`);
  const forced =
    operation === "delete" && it.inputs.forceDestroy === true
      ? actions(it.type === USER ? FORCED_USER : FORCED_BUCKET)
      : [];
  const read = operation === "read" ? [] : actions(calls.read);
  return [...actions(calls[operation]), ...forced, ...read];
}

/** Every call that the AWS provider makes for an operation on a resource, as IAM judges it. */
export function callsFor(it: CalledFor, operation: Operation, at: CalledIn): ProviderCall[] {
  return actionsOf(it, operation).flatMap((action) =>
    targets(action, it, at, operation).map(
      ([resource, context = {}]): ProviderCall => [action, resource, context],
    ),
  );
}
