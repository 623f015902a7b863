// One list of what the clouds would compute, a line for each type of resource, however long.
import { createHash } from "node:crypto";
import { own } from "../../contract/own";
import { EngineError, plain, Secret, UNKNOWN } from "./registrations";

/** The accounts that the program's resources live in. */
export interface Place {
  /** 12 digits. */
  readonly awsAccountId: string;
  /** Region of the default AWS provider; undefined where the stack names none. */
  readonly awsRegion?: string;
  readonly googleProject: string;
  readonly googleProjectNumber: string;
}

/** A custom resource as the program registered it. */
export interface RequestedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Outputs that the SDK declares secret beside what the inputs make secret. */
  readonly additionalSecretOutputs: readonly string[];
}

/** What the cloud makes of a resource. */
export interface CreatedResource {
  readonly id: string;
  /** Outputs beside the inputs: made-up names, ARNs and the like. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

const AUTONAME_HASH_LENGTH = 7;
/** IAM's ids and access key ids: four letters that tell the kind, and 16 of base 32. */
const IAM_ID_LENGTH = 16;
const SECRET_ACCESS_KEY_LENGTH = 40;
const BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Reads a resource for the table below; everything made up depends on the URN alone. */
class Resource {
  constructor(
    private readonly requested: RequestedResource,
    readonly place: Place,
    /** Inputs, with the name that Pulumi makes up where the program gives none. */
    private readonly inputs: Readonly<Record<string, unknown>>,
  ) {}

  /** An input that must be there as text. */
  text(key: string): string {
    const value = plain(own(this.inputs, key));
    if (typeof value !== "string") {
      throw new EngineError(
        `${this.requested.urn} needs "${key}" as text, and the program gave ${typeof value}`,
      );
    }
    return value;
  }

  textOr(key: string, otherwise: string): string {
    return own(this.inputs, key) === undefined ? otherwise : this.text(key);
  }

  get region(): string {
    const { awsRegion } = this.place;
    if (this.inputs.region === undefined && awsRegion === undefined) {
      throw new EngineError(`${this.requested.urn} has no region: set aws:region in the stack file`);
    }
    return this.textOr("region", awsRegion ?? "");
  }

  get project(): string {
    return this.textOr("project", this.place.googleProject);
  }

  /** ARN of something in the resource's region. */
  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.region}:${this.place.awsAccountId}:${resource}`;
  }

  /** ARN of something in IAM, which has no region. */
  iamArn(kind: string, name: string): string {
    return `arn:aws:iam::${this.place.awsAccountId}:${kind}${this.textOr("path", "/")}${name}`;
  }

  iamId(kind: string): string {
    const letters = [...this.digest("id")].map((byte) => BASE_32[byte % BASE_32.length]);
    return kind + letters.slice(0, IAM_ID_LENGTH).join("");
  }

  uuid(): string {
    const hex = this.digest("uuid").toString("hex");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
  }

  secretAccessKey(): string {
    return this.digest("secret").toString("base64").slice(0, SECRET_ACCESS_KEY_LENGTH);
  }

  /** Digits, as Cloud Monitoring names what it keeps. */
  number(): string {
    return digits(this.requested.urn);
  }

  private digest(purpose: string): Buffer {
    return createHash("sha256").update(`${this.requested.urn}\0${purpose}`).digest();
  }
}

interface Behaviour {
  /** Input for which Pulumi makes up a name where the program gives none. */
  readonly named?: string;
  readonly id: (resource: Resource) => string;
  readonly outputs?: Readonly<Record<string, (resource: Resource) => unknown>>;
}

function chatConfiguration(kind: string): Behaviour {
  const arn = (it: Resource) =>
    `arn:aws:chatbot::${it.place.awsAccountId}:chat-configuration/${kind}/${it.text("configurationName")}`;
  return { id: arn, outputs: { chatConfigurationArn: arn } };
}

const ofBucket: Behaviour = { id: (it) => it.text("bucket") };

/**
 * What each type's provider returns beyond the inputs. Sources: "Import" and "Attribute reference" of the
 * resources in the AWS and Google providers' documentation.
 */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  "aws:s3/bucket:Bucket": {
    named: "bucket",
    id: (it) => it.text("bucket"),
    outputs: {
      arn: (it) => `arn:aws:s3:::${it.text("bucket")}`,
      bucketRegion: (it) => it.region,
      bucketDomainName: (it) => `${it.text("bucket")}.s3.amazonaws.com`,
      bucketRegionalDomainName: (it) => `${it.text("bucket")}.s3.${it.region}.amazonaws.com`,
    },
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket,
  "aws:s3/bucketPolicy:BucketPolicy": ofBucket,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket,
  "aws:kms/key:Key": {
    id: (it) => it.uuid(),
    outputs: { keyId: (it) => it.uuid(), arn: (it) => it.arn("kms", `key/${it.uuid()}`) },
  },
  "aws:kms/alias:Alias": {
    id: (it) => it.text("name"),
    outputs: { arn: (it) => it.arn("kms", it.text("name")) },
  },
  "aws:iam/role:Role": {
    named: "name",
    id: (it) => it.text("name"),
    outputs: { arn: (it) => it.iamArn("role", it.text("name")), uniqueId: (it) => it.iamId("AROA") },
  },
  "aws:iam/rolePolicy:RolePolicy": { named: "name", id: (it) => `${it.text("role")}:${it.text("name")}` },
  "aws:iam/policy:Policy": {
    named: "name",
    id: (it) => it.iamArn("policy", it.text("name")),
    outputs: {
      arn: (it) => it.iamArn("policy", it.text("name")),
      policyId: (it) => it.iamId("ANPA"),
    },
  },
  "aws:iam/user:User": {
    named: "name",
    id: (it) => it.text("name"),
    outputs: { arn: (it) => it.iamArn("user", it.text("name")), uniqueId: (it) => it.iamId("AIDA") },
  },
  "aws:iam/userPolicy:UserPolicy": { named: "name", id: (it) => `${it.text("user")}:${it.text("name")}` },
  "aws:iam/accessKey:AccessKey": {
    id: (it) => it.iamId("AKIA"),
    outputs: { secret: (it) => new Secret(it.secretAccessKey()), status: () => "Active" },
  },
  "aws:lambda/function:Function": {
    named: "name",
    id: (it) => it.text("name"),
    outputs: {
      arn: functionArn,
      invokeArn: (it) =>
        `arn:aws:apigateway:${it.region}:lambda:path/2015-03-31/functions/${functionArn(it)}/invocations`,
      version: () => "$LATEST",
    },
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": { id: (it) => it.text("functionName") },
  "aws:lambda/permission:Permission": { named: "statementId", id: (it) => it.text("statementId") },
  "aws:lambda/eventSourceMapping:EventSourceMapping": { id: (it) => it.uuid() },
  "aws:cloudwatch/logGroup:LogGroup": {
    named: "name",
    id: (it) => it.text("name"),
    outputs: { arn: (it) => it.arn("logs", `log-group:${it.text("name")}`) },
  },
  "aws:cloudwatch/eventRule:EventRule": {
    named: "name",
    id: (it) => it.text("name"),
    outputs: { arn: (it) => it.arn("events", `rule/${it.text("name")}`) },
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    named: "targetId",
    id: (it) => `${it.text("rule")}-${it.text("targetId")}`,
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    named: "name",
    id: (it) => it.text("name"),
    outputs: { arn: (it) => it.arn("cloudwatch", `alarm:${it.text("name")}`) },
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    id: (it) => it.text("dashboardName"),
    outputs: {
      // Dashboards belong to no Region.
      dashboardArn: (it) =>
        `arn:aws:cloudwatch::${it.place.awsAccountId}:dashboard/${it.text("dashboardName")}`,
    },
  },
  "aws:scheduler/schedule:Schedule": {
    named: "name",
    id: scheduleName,
    outputs: {
      arn: (it) => it.arn("scheduler", `schedule/${scheduleName(it)}`),
      groupName: (it) => it.textOr("groupName", "default"),
    },
  },
  "aws:sqs/queue:Queue": {
    named: "name",
    id: queueUrl,
    outputs: { arn: (it) => it.arn("sqs", it.text("name")), url: queueUrl },
  },
  "aws:sns/topic:Topic": { named: "name", id: topicArn, outputs: { arn: topicArn } },
  "aws:sns/topicPolicy:TopicPolicy": { id: (it) => it.text("arn") },
  "aws:sns/topicSubscription:TopicSubscription": {
    id: (it) => `${it.text("topic")}:${it.uuid()}`,
    outputs: { arn: (it) => `${it.text("topic")}:${it.uuid()}` },
  },
  "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": chatConfiguration("slack-channel"),
  "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration":
    chatConfiguration("microsoft-teams-channel"),
  "gcp:projects/service:Service": { id: (it) => `${it.project}/${it.text("service")}` },
  "gcp:projects/serviceIdentity:ServiceIdentity": {
    // Google may answer without the address (terraform-provider-google issue 18649), so that nobody may count on it.
    id: (it) => `projects/${it.project}/services/${it.text("service")}`,
  },
  "gcp:projects/iAMMember:IAMMember": {
    id: (it) => `${it.project}/${it.text("role")}/${it.text("member")}`,
  },
  "gcp:projects/iAMCustomRole:IAMCustomRole": {
    id: (it) => `projects/${it.project}/roles/${it.text("roleId")}`,
    outputs: { name: (it) => `projects/${it.project}/roles/${it.text("roleId")}` },
  },
  "gcp:serviceaccount/account:Account": {
    id: serviceAccountName,
    outputs: {
      name: serviceAccountName,
      email: serviceAccountEmail,
      member: (it) => `serviceAccount:${serviceAccountEmail(it)}`,
    },
  },
  "gcp:serviceaccount/iAMMember:IAMMember": {
    id: (it) => `${it.text("serviceAccountId")}/${it.text("role")}/${it.text("member")}`,
  },
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {
    id: (it) => `projects/${it.project}/${poolPath(it)}`,
    outputs: { name: (it) => `projects/${it.place.googleProjectNumber}/${poolPath(it)}` },
  },
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": {
    id: (it) =>
      `projects/${it.project}/${poolPath(it)}/providers/${it.text("workloadIdentityPoolProviderId")}`,
    outputs: {
      name: (it) =>
        `projects/${it.place.googleProjectNumber}/${poolPath(it)}/providers/${it.text("workloadIdentityPoolProviderId")}`,
    },
  },
  "gcp:bigquery/dataset:Dataset": {
    id: datasetName,
    outputs: { selfLink: (it) => `https://bigquery.googleapis.com/bigquery/v2/${datasetName(it)}` },
  },
  "gcp:bigquery/table:Table": {
    id: (it) => `${datasetName(it)}/tables/${it.text("tableId")}`,
    outputs: {
      selfLink: (it) =>
        `https://bigquery.googleapis.com/bigquery/v2/${datasetName(it)}/tables/${it.text("tableId")}`,
    },
  },
  "gcp:bigquery/dataTransferConfig:DataTransferConfig": {
    id: transferConfigName,
    outputs: { name: transferConfigName },
  },
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": {
    id: (it) => `${it.text("cryptoKeyId")}/${it.text("role")}/${it.text("member")}`,
  },
  "gcp:pubsub/topic:Topic": {
    named: "name",
    id: (it) => `projects/${it.project}/topics/${it.text("name")}`,
  },
  "gcp:pubsub/topicIAMMember:TopicIAMMember": {
    id: (it) => `${it.text("topic")}/${it.text("role")}/${it.text("member")}`,
  },
  "gcp:monitoring/notificationChannel:NotificationChannel": monitored("notificationChannels"),
  "gcp:monitoring/alertPolicy:AlertPolicy": monitored("alertPolicies"),
  "gcp:monitoring/dashboard:Dashboard": {
    id: (it) => `projects/${it.place.googleProjectNumber}/dashboards/${it.uuid()}`,
  },
};

/** Something of Cloud Monitoring's, whose name is its id. */
function monitored(kind: string): Behaviour {
  const name = (it: Resource) => `projects/${it.project}/${kind}/${it.number()}`;
  return { id: name, outputs: { name } };
}

/** Resource name of a notification channel that somebody else made, which is known by its display name. */
export function existingChannelName(project: string, displayName: string): string {
  return `projects/${project}/notificationChannels/${digits(displayName)}`;
}

/** Made-up number of a text. */
function digits(text: string): string {
  return createHash("sha256").update(text).digest().readBigUInt64BE().toString();
}

function functionArn(it: Resource): string {
  return it.arn("lambda", `function:${it.text("name")}`);
}

function scheduleName(it: Resource): string {
  return `${it.textOr("groupName", "default")}/${it.text("name")}`;
}

function queueUrl(it: Resource): string {
  return `https://sqs.${it.region}.amazonaws.com/${it.place.awsAccountId}/${it.text("name")}`;
}

function topicArn(it: Resource): string {
  return it.arn("sns", it.text("name"));
}

function serviceAccountEmail(it: Resource): string {
  return `${it.text("accountId")}@${it.project}.iam.gserviceaccount.com`;
}

function serviceAccountName(it: Resource): string {
  return `projects/${it.project}/serviceAccounts/${serviceAccountEmail(it)}`;
}

function poolPath(it: Resource): string {
  return `locations/global/workloadIdentityPools/${it.text("workloadIdentityPoolId")}`;
}

function datasetName(it: Resource): string {
  return `projects/${it.project}/datasets/${it.text("datasetId")}`;
}

function transferConfigName(it: Resource): string {
  const location = it.textOr("location", "US").toLowerCase();
  return `projects/${it.place.googleProjectNumber}/locations/${location}/transferConfigs/${it.uuid()}`;
}

function autoname({ urn, name }: RequestedResource): string {
  return `${name}-${createHash("sha256").update(urn).digest("hex").slice(0, AUTONAME_HASH_LENGTH)}`;
}

/**
 * What the cloud would return for a resource: ids and names shaped like the real ones, the same on every run.
 * A type that the table does not have keeps its inputs and takes its name as id. At preview, computed outputs are
 * unknown and the id is empty.
 * @throws EngineError if an input is missing that the cloud could not do without
 */
export function createdResource(
  requested: RequestedResource,
  place: Place,
  preview: boolean,
): CreatedResource {
  const { named, id, outputs = {} } = own(BEHAVIOURS, requested.type) ?? { id: () => requested.name };
  const names =
    named === undefined || own(requested.inputs, named) !== undefined ? {} : { [named]: autoname(requested) };
  const resource = new Resource(requested, place, { ...requested.inputs, ...names });
  const created = new Map<string, unknown>(Object.entries(names));
  for (const [key, compute] of Object.entries(outputs)) {
    if (own(requested.inputs, key) === undefined) created.set(key, preview ? UNKNOWN : compute(resource));
  }
  for (const key of requested.additionalSecretOutputs) {
    const value = created.get(key) ?? own(requested.inputs, key);
    if (value !== undefined && !(value instanceof Secret)) created.set(key, new Secret(value));
  }
  return { id: preview ? "" : id(resource), outputs: Object.fromEntries(created) };
}
