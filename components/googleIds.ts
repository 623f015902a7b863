import { createHash } from "node:crypto";

const HASH_CHARACTERS = 6;

/** `<prefix>-<suffix>`; a prefix that leaves no room is cut, and told apart from others by a hash. */
export function googleId(prefix: string, suffix: string, maxLength: number): string {
  const id = `${prefix}-${suffix}`;
  if (id.length <= maxLength) return id;
  const hash = createHash("sha256").update(prefix).digest("hex").slice(0, HASH_CHARACTERS);
  const end = `-${hash}-${suffix}`;
  return `${prefix.slice(0, maxLength - end.length).replace(/-$/, "")}${end}`;
}

/** Longest id that a service account takes. Source: "Create service accounts". */
const ACCOUNT_ID_MAX_LENGTH = 30;

/** Id of a service account of a stack. */
export function serviceAccountId(prefix: string, suffix: string): string {
  return googleId(prefix, suffix, ACCOUNT_ID_MAX_LENGTH);
}

/**
 * Address of Data Transfer Service's own agent in a project, which writes the rows.
 * Source: "Enable the BigQuery Data Transfer Service", service agent.
 */
export function transferAgentEmail(projectNumber: string): string {
  return `service-${projectNumber}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com`;
}

/** Address of BigQuery's agent in a project, which encrypts tables. Source: "Customer-managed Cloud KMS keys". */
export function encryptionAgentEmail(projectNumber: string): string {
  return `bq-${projectNumber}@bigquery-encryption.iam.gserviceaccount.com`;
}

/** Address of Pub/Sub's agent in a project, which encrypts messages. Source: "Configure message encryption". */
export function pubSubAgentEmail(projectNumber: string): string {
  return `service-${projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`;
}

/** Id of a custom role of a stack: letters, digits, `_` and `.` alone. */
export function customRoleId(role: string, prefix: string): string {
  return `${role}.${prefix.replaceAll("-", "_")}`;
}
