import { actions, type Calls, type Deployer } from "./calls";

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
