/** Enables the others, and nothing enables it: it is on in every project that somebody has set up. */
const BEFORE_ALL = "serviceusage.googleapis.com";
export const SERVICE = "gcp:projects/service:Service";
const IDENTITY = "gcp:projects/serviceIdentity:ServiceIdentity";
const FIRST = "cloudresourcemanager.googleapis.com";

const BIGQUERY = ["bigquery.googleapis.com"];
const IAM = ["iam.googleapis.com"];
const MONITORING = ["monitoring.googleapis.com"];
const PUBSUB = ["pubsub.googleapis.com"];
const TRANSFERS = ["bigquerydatatransfer.googleapis.com", ...BIGQUERY];

/** APIs that the provider calls for a type of resource or a look-up. Source: the resources of the Google provider. */
const CALLED_APIS: Readonly<Record<string, readonly string[]>> = {
  "gcp:projects/iAMMember:IAMMember": [FIRST],
  "gcp:projects/iAMCustomRole:IAMCustomRole": IAM,
  "gcp:serviceaccount/account:Account": IAM,
  "gcp:serviceaccount/iAMMember:IAMMember": IAM,
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": IAM,
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": IAM,
  "gcp:bigquery/dataset:Dataset": BIGQUERY,
  "gcp:bigquery/table:Table": BIGQUERY,
  "gcp:bigquery/dataTransferConfig:DataTransferConfig": TRANSFERS,
  "gcp:pubsub/topic:Topic": PUBSUB,
  "gcp:pubsub/topicIAMMember:TopicIAMMember": PUBSUB,
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": ["cloudkms.googleapis.com"],
  "gcp:monitoring/notificationChannel:NotificationChannel": MONITORING,
  "gcp:monitoring/alertPolicy:AlertPolicy": MONITORING,
  "gcp:monitoring/dashboard:Dashboard": MONITORING,
  "gcp:bigquery/getDataset:getDataset": BIGQUERY,
  "gcp:bigquery/getDefaultServiceAccount:getDefaultServiceAccount": BIGQUERY,
  "gcp:bigquery/getTable:getTable": BIGQUERY,
  "gcp:monitoring/getNotificationChannel:getNotificationChannel": MONITORING,
  "gcp:organizations/getProject:getProject": [FIRST],
};

/**
 * APIs that have to be on before the provider makes, reads, changes or deletes a resource, or looks something up.
 * @param token type of the resource or token of the look-up, and what it is given
 * @throws Error for one of Google's that the list lacks, so that none passes unseen
 */
export function calledApis(token: string, inputs: Readonly<Record<string, unknown>>): readonly string[] {
  if (!token.startsWith("gcp:")) return [];
  // An agent is of one API.
  if (token === IDENTITY) return [FIRST, String(inputs.service)];
  // The provider looks at the project after it has enabled an API, by the one that tells of projects.
  const apis =
    token === SERVICE ? [BEFORE_ALL, ...(inputs.service === FIRST ? [] : [FIRST])] : CALLED_APIS[token];
  if (apis === undefined)
    throw new Error(`test/support/googleApis.ts does not know which APIs ${token} calls`);
  return apis.filter((it) => it !== BEFORE_ALL);
}
