import { actions, type Calls } from "./calls";
import type { ScopeName } from "./scopes";

type AwsCalls = Readonly<Partial<Record<ScopeName, Calls>>>;

export function calls(service: string, read: string, write: string): Calls {
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
