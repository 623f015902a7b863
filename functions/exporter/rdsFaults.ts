import type {
  DescribeDBClusterSnapshotsCommandInput,
  StartExportTaskCommandInput,
} from "@aws-sdk/client-rds";
import { own } from "../../contract/own";
import { type AwsFault, describeFault, isServerFailure, isUnreachable, toAwsFault } from "../aws/fault";
import { type ErrorCode, FunctionError } from "../errors";

/** A call to RDS, as far as the words of an error need it. */
export interface RdsCall {
  readonly operation: "DescribeDBClusterSnapshots" | "DescribeExportTasks" | "StartExportTask";
  /** What the call was about: `the snapshots of cluster "example-prod"`. */
  readonly subject: string;
  readonly region: string;
  readonly input: Partial<StartExportTaskCommandInput & DescribeDBClusterSnapshotsCommandInput>;
}

interface Explanation {
  readonly error: ErrorCode;
  explain(call: RdsCall): string;
}

const SHOWN_NAMES = 10;

const CONCURRENT_EXPORTS = 5;

const ACCESS_DENIED: Explanation = {
  error: "AccessDeniedError",
  explain: ({ operation, subject, input }) => {
    const more = `, iam:PassRole on ${input.IamRoleArn}, and kms:CreateGrant and kms:DescribeKey on ${input.KmsKeyId}`;
    return (
      `The function's role may not make this call: it needs rds:${operation} on ${subject}` +
      `${operation === "StartExportTask" ? more : ""}. Compare the role's policies, the key's policy and the ` +
      "organization's with what the stack declares."
    );
  },
};

const THROTTLED: Explanation = {
  error: "ThrottledError",
  explain: ({ operation, region }) =>
    `RDS in ${region} gets too many calls of this account and turned ${operation} down. It will take it in a few ` +
    "minutes; if it does not, look for a program that polls RDS.",
};

const LIMIT_REACHED: Explanation = {
  error: "ExportLimitError",
  explain: ({ region }) =>
    `The account runs as many snapshot exports as RDS allows (${CONCURRENT_EXPORTS} at once). See them in the RDS ` +
    `console of ${region} under Exports in Amazon S3. Start this one when another has ended, or move the schedules apart.`,
};

const PARAMETER: Explanation = {
  error: "ParameterError",
  explain: ({ operation, subject }) =>
    `RDS refuses a parameter of ${operation} for ${subject}. Correct in the stack file what RDS names below, and deploy.`,
};

/**
 * The faults of StartExportTask and the two listings, by their names without the ending that some go without: the SDK
 * adds it to those that it knows, and hands on the wire's name of the others.
 * Source: Amazon RDS API Reference, "StartExportTask" and "Common errors".
 */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ExportTaskAlreadyExists: {
    error: "ExportTaskAlreadyExistsError",
    explain: ({ input }) =>
      `There was an export task "${input.ExportTaskIdentifier}" already, and RDS takes no task id twice, but then it ` +
      "could not be found. Look for it in the RDS console under Exports in Amazon S3, and invoke the function again.",
  },
  InvalidExportSourceState: {
    error: "SnapshotStateError",
    explain: ({ input }) =>
      `Snapshot ${input.SourceArn} cannot be exported in its present state: it is not available, or another export ` +
      "of it is running, and RDS runs one at a time. See its state and its exports in the RDS console, and start this " +
      "one when it is available and the other has ended.",
  },
  DBClusterSnapshotNotFound: {
    error: "SnapshotNotFoundError",
    explain: ({ subject }) =>
      `RDS found no such snapshot: ${subject}. It was deleted, or aged out, since it was listed. Invoke the function ` +
      "again: it looks for the newest one anew.",
  },
  DBSnapshotNotFound: {
    error: "NotAClusterSnapshotError",
    explain: ({ input }) =>
      `RDS looked for ${input.SourceArn} among the snapshots of instances. Only snapshots of an Aurora cluster ` +
      "(`:cluster-snapshot:` in the ARN) can be exported here: check `aurora.clusterIdentifier` in the stack file.",
  },
  DBClusterNotFound: {
    error: "ClusterNotFoundError",
    explain: ({ subject, region }) =>
      `RDS found no such cluster in ${region}: ${subject}. Correct \`aurora.clusterIdentifier\` in the stack file, and deploy.`,
  },
  InvalidExportOnly: {
    error: "ExportScopeError",
    explain: ({ input }) => {
      const names = input.ExportOnly ?? [];
      const shown = names.slice(0, SHOWN_NAMES).join(", ");
      const rest = names.length > SHOWN_NAMES ? `, and ${names.length - SHOWN_NAMES} more` : "";
      return (
        `RDS refuses the list of what to export: ${shown}${rest}. A database or table of it is not in the snapshot, ` +
        "or was renamed. Correct `databases` in the stack file, or set `exportOnly` to all, and deploy."
      );
    },
  },
  InvalidS3Bucket: {
    error: "BucketError",
    explain: ({ input, region }) =>
      `Bucket "${input.S3BucketName}" does not exist, or is not in ${region}, where the snapshot is. Deploy the stack ` +
      "again, or correct `existing.bucket` in the stack file.",
  },
  IamRoleNotFound: {
    error: "ExportRoleNotFoundError",
    explain: ({ input }) =>
      `RDS found no export role ${input.IamRoleArn}. If it was made a minute ago, invoke the function again; else ` +
      "deploy the stack again, or correct `existing.exportRoleArn` in the stack file.",
  },
  IamRoleMissingPermissions: {
    error: "ExportRolePermissionsError",
    explain: ({ input }) =>
      `Export role ${input.IamRoleArn} may not write to bucket "${input.S3BucketName}" with key ${input.KmsKeyId}, or ` +
      "does not trust export.rds.amazonaws.com. If it was changed a minute ago, invoke the function again; else " +
      "compare the role and the bucket's policy with what the stack declares.",
  },
  KMSKeyNotAccessible: {
    error: "KmsKeyError",
    explain: ({ input }) =>
      `KMS key ${input.KmsKeyId} cannot be used: it is disabled or about to be deleted, or its policy or the ` +
      "function's role lacks kms:CreateGrant and kms:DescribeKey. Look at the key in the KMS console; the snapshot's " +
      "own key must be enabled too.",
  },
  AccessDenied: ACCESS_DENIED,
  UnauthorizedOperation: ACCESS_DENIED,
  Throttling: THROTTLED,
  RequestLimitExceeded: THROTTLED,
  InvalidParameterValue: PARAMETER,
  InvalidParameterCombination: PARAMETER,
  ExportTaskLimitReached: LIMIT_REACHED,
};

/** The API model has no fault for the limit on concurrent exports, so that its name may change: these are its words. */
const LIMIT_WORDS = /\blimit of \d+ concurrent export/i;

const UNREACHABLE: Explanation = {
  error: "RdsUnreachableError",
  explain: ({ operation, subject, region }) =>
    `RDS in ${region} could not be reached, or did not answer in time (${operation}, ${subject}). If the function is ` +
    "in a VPC, the likely cause is a subnet without a way out: it needs a NAT gateway, or an interface endpoint " +
    `com.amazonaws.${region}.rds, and a security group that lets port 443 out. The RDS API itself needs no VPC: ` +
    "`vpc` can be left out of the stack file.",
};

const SERVER_FAILURE: Explanation = {
  error: "RdsFailureError",
  explain: ({ operation, subject, region }) =>
    `RDS in ${region} failed at ${operation} for ${subject}. See the AWS Health Dashboard, and invoke the function ` +
    "again when RDS is well.",
};

const UNKNOWN: Explanation = {
  error: "UnknownRdsFaultError",
  explain: ({ operation, subject }) =>
    `${operation} for ${subject} failed in a way that the function does not know. What follows is all there is to go by.`,
};

function explanationOf(fault: AwsFault): Explanation {
  const known = own(EXPLANATIONS, fault.name.replace(/(?:Fault|Exception)$/, ""));
  if (known !== undefined) return known;
  if (LIMIT_WORDS.test(fault.message)) return LIMIT_REACHED;
  if (isUnreachable(fault)) return UNREACHABLE;
  return isServerFailure(fault) ? SERVER_FAILURE : UNKNOWN;
}

/**
 * Puts a fault of a call to RDS into words for the person who has to act on it, and keeps it as the cause.
 * A FunctionError is returned as it is.
 */
export function explainRdsFault(fault: unknown, call: RdsCall): FunctionError {
  if (fault instanceof FunctionError) return fault;
  const known = toAwsFault(fault);
  const { error, explain } = explanationOf(known);
  return new FunctionError(error, `${explain(call)} ${describeFault(known)}`, undefined, { cause: fault });
}
