import { alarmNames } from "../components/alarmTexts";
import { userArnsOf } from "../components/policyDocuments";
import {
  againScheduleName,
  chatTopicName,
  counterName,
  counterRoleName,
  deadLetterQueueName,
  exportBucketName,
  exportEndedRuleName,
  exporterClockRoleName,
  exporterName,
  exporterRoleName,
  exportRoleName,
  gateClockRoleName,
  gateName,
  gateRoleName,
  loaderName,
  loaderRoleName,
  logGroupName,
} from "../contract/names";
import { reportFolder } from "../contract/reportRecords";
import type { Settings } from "../settings/settings";
import { tagged } from "./deployer/conditions";
import { tellingTags } from "./deployer/place";

/**
 * What the person on call may do with `npm run ops`: read everything that says how things stand, and start exports and
 * loads, by asking the stack's own functions. Nothing here reads a row: of the bucket's objects only reports, and the lists
 * that RDS writes of an export. Sources: "Actions, resources, and condition keys for AWS services" (Service Authorization
 * Reference), "IAM permissions reference" (Google Cloud).
 */

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
}

/** Begins the names of the snapshots that `sync --fresh` takes. */
export function freshSnapshotStart(prefix: string): string {
  return `${prefix}-sync-`;
}

/** The IAM user that the stack reads with; undefined where nobody has said its name. */
function readerOf({ prefix, existing }: Settings): string | undefined {
  return existing.readerAccessKeyId === undefined
    ? `${prefix}-aurora-export-reader`
    : existing.readerUserName;
}

function statements(settings: Settings, accountId: string): Statement[] {
  const { prefix, aws, aurora, existing, tags } = settings;
  const arn = (service: string, name: string) => `arn:aws:${service}:${aws.region}:${accountId}:${name}`;
  const functions = [exporterName, gateName, loaderName, counterName].map((name) => name(prefix));
  const functionArn = (name: string) => arn("lambda", `function:${name}`);
  const bucket = `arn:aws:s3:::${existing.bucket ?? exportBucketName(prefix, accountId)}`;
  const cluster = arn("rds", `cluster:${aurora.clusterIdentifier}`);
  const freshSnapshots = arn("rds", `cluster-snapshot:${freshSnapshotStart(prefix)}*`);
  const reader = readerOf(settings);
  const allow = (
    Sid: string,
    actions: string,
    Resource: readonly string[],
    Condition?: object,
  ): Statement => {
    const [service, ...names] = actions.split(" ");
    return {
      Sid,
      Effect: "Allow",
      Action: names.map((name) => `${service}:${name}`).sort(),
      Resource,
      ...(Condition && { Condition }),
    };
  };
  return [
    allow("SeeClusterAndSnapshots", "rds DescribeDBClusters DescribeDBClusterSnapshots", [
      cluster,
      arn("rds", "cluster-snapshot:*"),
    ]),
    allow("SeeExports", "rds DescribeExportTasks", ["*"]),
    allow("TakeSnapshots", "rds CreateDBClusterSnapshot", [cluster, freshSnapshots]),
    allow("DeleteOwnSnapshots", "rds DeleteDBClusterSnapshot", [freshSnapshots]),
    allow(
      "AskFunctions",
      "lambda InvokeFunction",
      [exporterName, gateName, counterName, ...(settings.federation ? [loaderName] : [])].map((name) =>
        functionArn(name(prefix)),
      ),
    ),
    allow("SeeFunctions", "lambda GetFunctionConfiguration", functions.map(functionArn)),
    // The list knows no resource that a policy could name.
    allow("SeeWhoReadsQueues", "lambda ListEventSourceMappings", ["*"]),
    allow(
      "SeeErrorsOfFunctions",
      "logs FilterLogEvents",
      functions.map((name) => arn("logs", `log-group:${logGroupName(name)}:*`)),
    ),
    allow("SeeSchedules", "scheduler GetSchedule", [
      ...[exporterName(prefix), againScheduleName(prefix), gateName(prefix)].map((name) =>
        arn("scheduler", `schedule/default/${name}`),
      ),
    ]),
    allow("SeeRule", "events DescribeRule", [arn("events", `rule/${exportEndedRuleName(prefix)}`)]),
    allow(
      "SeeAlarms",
      "cloudwatch DescribeAlarms",
      alarmNames(prefix).map((name) => arn("cloudwatch", `alarm:${name}`)),
    ),
    ...(settings.federation
      ? [allow("SeeDeadLetters", "sqs GetQueueAttributes", [arn("sqs", deadLetterQueueName(prefix))])]
      : []),
    allow("SeeRoles", "iam GetRole", [
      existing.exportRoleArn ?? `arn:aws:iam::${accountId}:role/${exportRoleName(prefix)}`,
      ...[
        exporterRoleName,
        gateRoleName,
        loaderRoleName,
        counterRoleName,
        exporterClockRoleName,
        gateClockRoleName,
      ].map((name) => `arn:aws:iam::${accountId}:role/${name(prefix)}`),
    ]),
    allow(
      "SeeKey",
      "kms DescribeKey",
      [existing.kmsKeyArn ?? arn("kms", "key/*")],
      existing.kmsKeyArn === undefined ? tagged("ResourceTag")({ tags: tellingTags(tags) }) : undefined,
    ),
    allow(
      "SeeBucket",
      "s3 GetBucketLocation GetBucketPublicAccessBlock GetLifecycleConfiguration ListBucket",
      [bucket],
    ),
    allow("ReadReportsAndLists", "s3 GetObject", [
      `${bucket}/${reportFolder(prefix)}/*`,
      `${bucket}/${prefix}-*/export_info_*.json`,
      `${bucket}/${prefix}-*/export_tables_info_*.json`,
    ]),
    allow("DecryptThroughS3", "kms Decrypt", [existing.kmsKeyArn ?? arn("kms", "key/*")], {
      StringEquals: {
        "kms:ViaService": `s3.${aws.region}.amazonaws.com`,
        ...(existing.kmsKeyArn === undefined &&
          tagged("ResourceTag")({ tags: tellingTags(tags) }).StringEquals),
      },
    }),
    ...(reader === undefined
      ? []
      : [
          allow(
            "SeeReader",
            "iam GetAccessKeyLastUsed GetUser GetUserPolicy ListAccessKeys",
            userArnsOf(accountId, reader),
          ),
        ]),
    allow("SeeWhoIsTold", "sns ListSubscriptionsByTopic", [
      arn("sns", `${prefix}-aurora-export-reports`),
      arn("sns", chatTopicName(prefix)),
    ]),
  ];
}

/** The policy of the operator's role in AWS. */
export function awsOperatorPolicy(settings: Settings, accountId: string): object {
  return { Version: "2012-10-17", Statement: statements(settings, accountId) };
}

/**
 * Permissions of the operator's role in the Google project. Without a loader nobody but the operator can start a load.
 * The journal's rows are granted on its dataset, and no others.
 */
export function googleOperatorPermissions({ federation }: Pick<Settings, "federation">): string[] {
  return [
    "bigquery.datasets.get",
    "bigquery.jobs.create",
    "bigquery.tables.get",
    "bigquery.tables.list",
    "bigquery.transfers.get",
    ...(federation ? [] : ["bigquery.transfers.update"]),
    "resourcemanager.projects.getIamPolicy",
  ];
}

/** What the operator may do on the journal's dataset. */
export const JOURNAL_READING = ["bigquery.tables.getData"];

/**
 * What `first-night` asks of Google beyond the role of the person on call, which starts no run itself where the stack has a
 * loader: whoever accepts a deployment has it for that day.
 */
export const FIRST_NIGHT_PERMISSIONS = ["bigquery.jobs.listAll", "bigquery.transfers.update"];
