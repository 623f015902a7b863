type Inputs = Readonly<Record<string, unknown>>;

/** Something that must be there: its type, and the inputs that tell which one. */
export interface Reference {
  readonly type: string;
  readonly inputs: Inputs;
}

/** How a service treats a type of resource, beyond storing it. */
export interface ResourceType {
  /** Inputs whose change makes another resource; a key stands for everything under it. */
  readonly replaceOn: readonly string[];
  /** True where a second creation is refused; others are written over, or are given an id by the service. */
  readonly unique?: boolean;
  /** True where the service keeps the id of what was deleted, and refuses it to a new one. */
  readonly keepsDeletedIds?: boolean;
  /** Inputs that must name what is there already. */
  readonly needs?: (inputs: Inputs) => readonly Reference[];
  /** Most of them that what they need may have at a time. */
  readonly most?: number;
  /** Types that keep it from being deleted while they need it; so do objects that tests put into it. */
  readonly holds?: readonly string[];
  /** Input that lets the service delete it with what it holds. */
  readonly deletesContents?: string;
  /** True where the provider deletes nothing, because others may use it. */
  readonly outlives?: (inputs: Inputs) => boolean;
  /** Inputs that only the provider knows, and what it takes them for when it imports one. */
  readonly onImport?: Inputs;
  /** Input within which the id is unique, where it is not so in the account. */
  readonly within?: string;
}

const BUCKET = "aws:s3/bucket:Bucket";
const FUNCTION = "aws:lambda/function:Function";
const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
export const USER = "aws:iam/user:User";
export const USER_POLICY = "aws:iam/userPolicy:UserPolicy";
const TOPIC = "aws:sns/topic:Topic";
export const ACCESS_KEY = "aws:iam/accessKey:AccessKey";
export const DATASET = "gcp:bigquery/dataset:Dataset";
export const TABLE = "gcp:bigquery/table:Table";
export const CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel";
export const TRANSFER = "gcp:bigquery/dataTransferConfig:DataTransferConfig";

const DEFAULT: ResourceType = { replaceOn: [] };

const ofBucket: ResourceType = {
  replaceOn: ["bucket"],
  needs: ({ bucket }) => [{ type: BUCKET, inputs: { bucket } }],
};

/** True for a config that loads a table; scheduled queries are of the same type. */
export function loadsTable({ dataSourceId }: Inputs): boolean {
  return dataSourceId === "amazon_s3";
}

/** The table of a dataset that a transfer loads. */
export function destinationOf({ project, destinationDatasetId, params }: Inputs): Reference {
  const { destination_table_name_template: tableId } = params as Inputs;
  return { type: TABLE, inputs: { project, datasetId: destinationDatasetId, tableId } };
}

/**
 * What forces replacement and what is refused. Sources: "ForceNew" and "Import" of the AWS and Google providers'
 * resources; for names and dependents the error codes of the services' API references (EntityAlreadyExists,
 * DeleteConflict, BucketNotEmpty, ResourceConflictException, 409 Already Exists, 400 resourceInUse).
 */
const TYPES: Readonly<Record<string, ResourceType>> = {
  [BUCKET]: {
    replaceOn: ["bucket"],
    unique: true,
    deletesContents: "forceDestroy",
    onImport: { forceDestroy: false },
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket,
  "aws:s3/bucketPolicy:BucketPolicy": ofBucket,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket,
  "aws:kms/alias:Alias": { replaceOn: ["name"], unique: true },
  [ROLE]: { replaceOn: ["name", "path"], unique: true, holds: [ROLE_POLICY] },
  [ROLE_POLICY]: {
    replaceOn: ["name", "role"],
    needs: ({ role }) => [{ type: ROLE, inputs: { name: role } }],
  },
  "aws:iam/policy:Policy": { replaceOn: ["name", "path", "description"], unique: true },
  [USER]: {
    replaceOn: [],
    unique: true,
    holds: [ACCESS_KEY, USER_POLICY],
    deletesContents: "forceDestroy",
    onImport: { forceDestroy: false },
  },
  [USER_POLICY]: {
    replaceOn: ["name", "user"],
    needs: ({ user }) => [{ type: USER, inputs: { name: user } }],
  },
  // Quotas of IAM: "access keys assigned to an IAM user", which cannot be raised.
  [ACCESS_KEY]: {
    replaceOn: ["user"],
    most: 2,
    needs: ({ user }) => [{ type: USER, inputs: { name: user } }],
  },
  [FUNCTION]: { replaceOn: ["name", "packageType"], unique: true },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
    replaceOn: ["functionName", "qualifier"],
    needs: ({ functionName: name }) => [{ type: FUNCTION, inputs: { name } }],
  },
  "aws:lambda/permission:Permission": {
    replaceOn: ["action", "function", "principal", "sourceAccount", "sourceArn", "statementId"],
    within: "function",
    needs: ({ function: name }) => [{ type: FUNCTION, inputs: { name } }],
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": { replaceOn: ["eventSourceArn"] },
  "aws:cloudwatch/logGroup:LogGroup": { replaceOn: ["name"], unique: true },
  "aws:cloudwatch/metricAlarm:MetricAlarm": { replaceOn: ["name"] },
  "aws:cloudwatch/dashboard:Dashboard": { replaceOn: ["dashboardName"] },
  "aws:cloudwatch/eventRule:EventRule": { replaceOn: ["name", "eventBusName"] },
  "aws:cloudwatch/eventTarget:EventTarget": { replaceOn: ["eventBusName", "rule", "targetId"] },
  "aws:scheduler/schedule:Schedule": { replaceOn: ["name", "groupName"], unique: true },
  "aws:sqs/queue:Queue": { replaceOn: ["name", "fifoQueue"], unique: true },
  [TOPIC]: { replaceOn: ["name", "fifoTopic"], unique: true },
  "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": {
    replaceOn: ["configurationName", "slackTeamId"],
    unique: true,
  },
  "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": {
    replaceOn: ["configurationName", "teamId", "tenantId"],
    unique: true,
  },
  "aws:sns/topicPolicy:TopicPolicy": { replaceOn: ["arn"] },
  "aws:sns/topicSubscription:TopicSubscription": { replaceOn: ["topic", "protocol", "endpoint"] },
  "gcp:projects/service:Service": {
    replaceOn: ["project", "service"],
    outlives: ({ disableOnDestroy }) => disableOnDestroy !== true,
  },
  "gcp:projects/serviceIdentity:ServiceIdentity": {
    replaceOn: ["project", "service"],
    outlives: () => true,
  },
  "gcp:projects/iAMMember:IAMMember": { replaceOn: ["project", "role", "member", "condition"] },
  "gcp:projects/iAMCustomRole:IAMCustomRole": {
    replaceOn: ["project", "roleId"],
    unique: true,
  },
  "gcp:serviceaccount/account:Account": { replaceOn: ["project", "accountId"], unique: true },
  "gcp:serviceaccount/iAMMember:IAMMember": {
    replaceOn: ["serviceAccountId", "role", "member", "condition"],
  },
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {
    replaceOn: ["project", "workloadIdentityPoolId"],
    unique: true,
    keepsDeletedIds: true,
  },
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": {
    replaceOn: ["project", "workloadIdentityPoolId", "workloadIdentityPoolProviderId"],
    unique: true,
    keepsDeletedIds: true,
  },
  "gcp:pubsub/topic:Topic": { replaceOn: ["project", "name"], unique: true },
  "gcp:pubsub/topicIAMMember:TopicIAMMember": {
    replaceOn: ["project", "topic", "role", "member", "condition"],
  },
  [CHANNEL]: { replaceOn: ["project"] },
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": {
    replaceOn: ["cryptoKeyId", "role", "member", "condition"],
  },
  "gcp:monitoring/alertPolicy:AlertPolicy": { replaceOn: ["project"] },
  "gcp:monitoring/dashboard:Dashboard": { replaceOn: ["project"] },
  [DATASET]: {
    replaceOn: ["project", "datasetId", "location"],
    unique: true,
    holds: [TABLE],
    deletesContents: "deleteContentsOnDestroy",
    onImport: { deleteContentsOnDestroy: false },
  },
  [TABLE]: {
    replaceOn: ["project", "datasetId", "tableId"],
    unique: true,
    onImport: { deletionProtection: true },
    needs: ({ project, datasetId }) => [{ type: DATASET, inputs: { project, datasetId } }],
  },
  [TRANSFER]: {
    replaceOn: [
      "project",
      "location",
      "dataSourceId",
      "params.data_path",
      "params.destination_table_name_template",
    ],
    needs: (inputs) => (loadsTable(inputs) ? [destinationOf(inputs)] : []),
  },
};

/** How a service treats a type; one that the table does not have is stored under an id of its own, and nothing else. */
export function resourceType(type: string): ResourceType {
  return TYPES[type] ?? DEFAULT;
}

/** True for a type of which nothing is known. */
export function isUnknownType(type: string): boolean {
  return TYPES[type] === undefined;
}
