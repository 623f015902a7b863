import assert from "node:assert/strict";
import {
  COMPLETED_EXPORTS_POLICY,
  completedExportsPolicy,
  type OpenExport,
} from "../../contract/completedExports";
import { parseSlot } from "../../contract/slot";
import type { AccessRequest, Decision } from "../../rehearsal/aws/authorization";
import { buildGoogleProject, type GoogleProject } from "../../rehearsal/google/project";
import type { Registration } from "../../rehearsal/program/registrations";
import { AccessPolicies, policiesBeforehand, registeredPolicies } from "../support/accessPolicies";
import { AWS_ACCOUNT_ID, evaluated, type StackOptions } from "../support/evaluations";
import { named, ofType } from "../support/registrations";
import {
  EVERY_OPTION,
  EXISTING,
  EXISTING_GUARDED,
  LONGEST_PREFIX,
  TOLD,
  UNBOUNDED,
  UNFEDERATED,
} from "../support/stackVariants";

// What this does not prove: that AWS evaluates as test/rehearsal/aws documents it, and that the services make these
// calls and no others; which calls they make is taken from the sources named in components/policyDocuments.ts.

const PREFIX = `arn:aws:rds:ap-northeast-1:${AWS_ACCOUNT_ID}`;
const OTHER_ACCOUNT = "210987654321";
const BUCKET = `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}`;
const SHOP_BUCKET = `arn:aws:s3:::prod-shop-aurora-to-bigquery-${AWS_ACCOUNT_ID}`;
const OTHER_KEY = `arn:aws:kms:ap-northeast-1:${AWS_ACCOUNT_ID}:key/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed`;
const KEY = "the stack's key";
const REPORT_KEY = "the key of the reports";
const EXPORT_ROLE = `arn:aws:iam::${AWS_ACCOUNT_ID}:role/prod-aurora-snapshot-export`;
const FUNCTION = `arn:aws:lambda:ap-northeast-1:${AWS_ACCOUNT_ID}:function:prod__aurora-snapshot-s3-exporter`;
const GATE = `arn:aws:lambda:ap-northeast-1:${AWS_ACCOUNT_ID}:function:prod__aurora-export-gate`;
const LOGS = `arn:aws:logs:ap-northeast-1:${AWS_ACCOUNT_ID}:log-group:/aws/lambda/prod__aurora-snapshot-s3-exporter`;
const GATE_LOGS = LOGS.replace("snapshot-s3-exporter", "export-gate");
const LOADER_LOGS = LOGS.replace("snapshot-s3-exporter", "loader");
const COUNTER_LOGS = LOGS.replace("snapshot-s3-exporter", "counter");
const COUNTER = GATE.replace("export-gate", "counter");
const TOPIC = `arn:aws:sns:ap-northeast-1:${AWS_ACCOUNT_ID}:prod-aurora-export-reports`;
const LOADS = `arn:aws:sqs:ap-northeast-1:${AWS_ACCOUNT_ID}:prod-aurora-loads.fifo`;
const DEAD_LETTERS = `arn:aws:sqs:ap-northeast-1:${AWS_ACCOUNT_ID}:prod-aurora-loads-dead-letters.fifo`;
const READER = `arn:aws:iam::${AWS_ACCOUNT_ID}:user/prod-aurora-export-reader`;
const BOUNDARY = `arn:aws:iam::${AWS_ACCOUNT_ID}:policy/aurora-boundary-prod`;
const PART = "shop/shop.users/1/part-00000.gz.parquet";

const BY_SNS = { "kms:ViaService": "sns.ap-northeast-1.amazonaws.com" };
const BOUND = { "iam:PermissionsBoundary": BOUNDARY };
const BY_S3 = { "kms:ViaService": "s3.ap-northeast-1.amazonaws.com" };
const FOR_RDS = { "iam:PassedToService": "export.rds.amazonaws.com" };
const FOR_AWS_RESOURCE = { "kms:GrantIsForAWSResource": true };
const WITHOUT_TLS = { "aws:SecureTransport": false };
/** In a bucket of the same name that somebody else made when ours was gone. */
const ELSEWHERE = { "aws:ResourceAccount": OTHER_ACCOUNT };
const listing = (prefix: string) => ({ "s3:prefix": prefix });

type Call = readonly [action: string, resource: string, context?: AccessRequest["context"]];

/** What each principal needs for the day's work, and what it must not have. */
const CALLS: Record<string, { needs: Call[]; mustNotHave: Call[] }> = {
  "prod-aurora-snapshot-exporter": {
    needs: [
      ["rds:DescribeDBClusterSnapshots", `${PREFIX}:cluster:example-prod`],
      ["rds:DescribeDBClusterSnapshots", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
      ["rds:DescribeExportTasks", "*"],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
      // A snapshot taken by hand, under whatever name: the function looks for its cluster.
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:before-the-migration`],
      ["iam:PassRole", EXPORT_ROLE, FOR_RDS],
      ["kms:DescribeKey", KEY],
      ["kms:CreateGrant", KEY, FOR_AWS_RESOURCE],
      ["logs:CreateLogStream", `${LOGS}:log-stream:2025/02/17/1`],
      ["logs:PutLogEvents", `${LOGS}:log-stream:2025/02/17/1`],
      ["lambda:InvokeFunction", GATE],
      ["ec2:CreateNetworkInterface", "*"],
      ["ec2:DescribeNetworkInterfaces", "*"],
      ["ec2:DescribeSubnets", "*"],
      ["ec2:DeleteNetworkInterface", "*"],
    ],
    mustNotHave: [
      // Another cluster, also one whose name begins like ours; no cluster itself, and nothing elsewhere.
      ["rds:DescribeDBClusterSnapshots", `${PREFIX}:cluster:example-prod-2`],
      ["rds:StartExportTask", `${PREFIX}:snapshot:rds:example-prod-2025-02-17-16-05`],
      ["rds:StartExportTask", `${PREFIX}:cluster:example-prod`],
      [
        "rds:StartExportTask",
        `arn:aws:rds:eu-west-1:${AWS_ACCOUNT_ID}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`,
      ],
      ["rds:CancelExportTask", "*"],
      ["rds:DeleteDBClusterSnapshot", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
      ["rds:RestoreDBClusterFromSnapshot", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
      ["iam:PassRole", EXPORT_ROLE],
      ["iam:PassRole", EXPORT_ROLE, { "iam:PassedToService": "rds.amazonaws.com" }],
      ["iam:PassRole", EXPORT_ROLE, { "iam:PassedToService": "lambda.amazonaws.com" }],
      ["iam:PassRole", `arn:aws:iam::${AWS_ACCOUNT_ID}:role/admin`, FOR_RDS],
      ["kms:CreateGrant", KEY],
      ["kms:CreateGrant", KEY, { "kms:GrantIsForAWSResource": false }],
      ["kms:CreateGrant", OTHER_KEY, FOR_AWS_RESOURCE],
      ["kms:DescribeKey", OTHER_KEY],
      ["kms:Decrypt", KEY, BY_S3],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:PutObject", `${BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:ListBucket", BUCKET],
      ["logs:CreateLogGroup", `${LOGS}:log-stream:`],
      ["logs:PutLogEvents", `${LOGS.replace("prod__", "stg__")}:log-stream:2025/02/17/1`],
      // What Lambda may do to put the function into the VPC, the function's code may not.
      ["ec2:CreateNetworkInterface", "*", { "lambda:SourceFunctionArn": FUNCTION }],
      ["ec2:DeleteNetworkInterface", "*", { "lambda:SourceFunctionArn": FUNCTION }],
      ["ec2:RunInstances", "*"],
      ["lambda:InvokeFunction", FUNCTION],
      // Lambda tells the gate of failures with this role; the code may not: the gate opens exports.
      ["lambda:InvokeFunction", GATE, { "lambda:SourceFunctionArn": FUNCTION }],
      ["iam:PutUserPolicy", READER, BOUND],
      ["sns:Publish", TOPIC],
      ["sqs:SendMessage", LOADS],
    ],
  },
  "prod-aurora-snapshot-export": {
    needs: [
      ["s3:GetBucketLocation", BUCKET],
      ["s3:ListBucket", BUCKET],
      ["s3:PutObject", `${BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:PutObject", `${BUCKET}/prod-2025021806/export_info_prod-2025021806.json`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/export_info_prod-2025021806.json`],
      ["s3:DeleteObject", `${BUCKET}/prod-2025021806/export_info_prod-2025021806.json`],
      ["kms:Encrypt", KEY, BY_S3],
      ["kms:Decrypt", KEY, BY_S3],
      ["kms:GenerateDataKey", KEY, BY_S3],
      ["kms:GenerateDataKeyWithoutPlaintext", KEY, BY_S3],
      ["kms:ReEncryptFrom", KEY, BY_S3],
      ["kms:ReEncryptTo", KEY, BY_S3],
      ["kms:DescribeKey", KEY],
    ],
    mustNotHave: [
      ["s3:PutObject", `${BUCKET}/prod-2025021806/export_info.json`, WITHOUT_TLS],
      ["s3:PutObject", `${BUCKET}/prod-2025021806/export_info.json`, ELSEWHERE],
      ["s3:ListBucket", BUCKET, ELSEWHERE],
      ["s3:PutObject", `${BUCKET}/prod-shop-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:PutObject", `${BUCKET}/stg-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:PutObject", `${BUCKET}/export_info.json`],
      ["s3:PutObject", `${SHOP_BUCKET}/prod-2025021806/export_info.json`],
      ["s3:ListBucket", SHOP_BUCKET],
      ["s3:PutBucketPolicy", BUCKET],
      ["s3:DeleteBucket", BUCKET],
      ["s3:ListAllMyBuckets", "*"],
      ["kms:GenerateDataKey", OTHER_KEY, BY_S3],
      ["kms:CreateGrant", KEY, FOR_AWS_RESOURCE],
      ["kms:ScheduleKeyDeletion", KEY],
      ["kms:PutKeyPolicy", KEY],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
    ],
  },
  "prod-aurora-snapshot-scheduler": {
    needs: [["lambda:InvokeFunction", FUNCTION]],
    mustNotHave: [
      ["lambda:InvokeFunction", FUNCTION.replace("prod__", "stg__")],
      ["lambda:InvokeFunction", GATE],
      ["lambda:InvokeFunction", `${FUNCTION}:old`],
      ["lambda:UpdateFunctionCode", FUNCTION],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
      ["iam:PassRole", EXPORT_ROLE, FOR_RDS],
    ],
  },
  "prod-aurora-export-gate-scheduler": {
    needs: [["lambda:InvokeFunction", GATE]],
    mustNotHave: [
      ["lambda:InvokeFunction", GATE.replace("prod__", "stg__")],
      ["lambda:InvokeFunction", FUNCTION],
      ["lambda:UpdateFunctionCode", GATE],
      ["iam:PutUserPolicy", READER, BOUND],
    ],
  },
  "prod-aurora-export-gate": {
    needs: [
      ["rds:DescribeExportTasks", "*"],
      ["s3:ListBucket", BUCKET, listing("prod-2025021806/")],
      ["s3:ListBucket", BUCKET, listing("prod-reports/2025021806/")],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/export_tables_info_prod-2025021806_from_1_to_13.json`],
      ["s3:GetObject", `${BUCKET}/prod-reports/2025021806/completed.json`],
      ["s3:PutObject", `${BUCKET}/prod-reports/2025021806/completed.json`],
      ["kms:Decrypt", KEY, BY_S3],
      ["kms:GenerateDataKey", KEY, BY_S3],
      ["iam:GetUserPolicy", READER],
      // How old the key is.
      ["iam:ListAccessKeys", READER],
      ["iam:PutUserPolicy", READER, BOUND],
      ["sns:Publish", TOPIC],
      ["kms:Decrypt", REPORT_KEY, BY_SNS],
      ["kms:GenerateDataKey", REPORT_KEY, BY_SNS],
      ["sqs:SendMessage", LOADS],
      ["logs:CreateLogStream", `${GATE_LOGS}:log-stream:2025/02/17/1`],
      ["logs:PutLogEvents", `${GATE_LOGS}:log-stream:2025/02/17/1`],
    ],
    mustNotHave: [
      // A table's rows, and whatever else stands in an export beside the sidecars.
      ["s3:GetObject", `${BUCKET}/prod-2025021806/${PART}`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/export_tables_info_shop/a.b/1/part-00000.gz.parquet`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/export_info_prod-2025021806.json`],
      ["s3:GetObject", `${BUCKET}/stg-2025021806/export_tables_info_stg-2025021806_from_1_to_13.json`],
      [
        "s3:GetObject",
        `${BUCKET}/prod-shop-2025021806/export_tables_info_prod-shop-2025021806_from_1_to_2.json`,
      ],
      // Anything outside of its own folder of reports.
      ["s3:PutObject", `${BUCKET}/prod-2025021806/${PART}`],
      ["s3:PutObject", `${BUCKET}/prod-2025021806/export_tables_info_prod-2025021806_from_1_to_13.json`],
      ["s3:PutObject", `${BUCKET}/prod-reports.json`],
      ["s3:PutObject", `${BUCKET}/prod-shop-reports/2025021806/completed.json`],
      ["s3:PutObject", `${SHOP_BUCKET}/prod-reports/2025021806/completed.json`],
      ["s3:PutObject", `${BUCKET}/prod-reports/2025021806/completed.json`, WITHOUT_TLS],
      ["s3:PutObject", `${BUCKET}/prod-reports/2025021806/completed.json`, ELSEWHERE],
      [
        "s3:GetObject",
        `${BUCKET}/prod-2025021806/export_tables_info_prod-2025021806_from_1_to_13.json`,
        ELSEWHERE,
      ],
      ["s3:ListBucket", BUCKET, { ...listing("prod-2025021806/"), ...ELSEWHERE }],
      ["s3:DeleteObject", `${BUCKET}/prod-reports/2025021806/completed.json`],
      ["s3:DeleteObject", `${BUCKET}/prod-2025021806/${PART}`],
      ["s3:ListBucket", BUCKET],
      ["s3:ListBucket", BUCKET, listing("")],
      ["s3:ListBucket", BUCKET, listing("prod-shop-2025021806/")],
      ["s3:PutBucketPolicy", BUCKET],
      ["kms:Decrypt", KEY],
      ["kms:Decrypt", OTHER_KEY, BY_S3],
      ["kms:CreateGrant", KEY, FOR_AWS_RESOURCE],
      ["kms:Decrypt", REPORT_KEY],
      ["kms:Decrypt", REPORT_KEY, BY_S3],
      // Another user, this one without its boundary or with another, and any other way to more rights.
      ["iam:PutUserPolicy", READER],
      [
        "iam:PutUserPolicy",
        READER,
        { "iam:PermissionsBoundary": `arn:aws:iam::aws:policy/AdministratorAccess` },
      ],
      ["iam:PutUserPolicy", READER.replace("prod-", "stg-"), BOUND],
      ["iam:PutUserPolicy", `${READER}-2`, BOUND],
      ["iam:PutUserPolicy", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/admin`, BOUND],
      ["iam:GetUserPolicy", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/admin`],
      ["iam:ListAccessKeys", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/admin`],
      ["iam:DeleteUserPermissionsBoundary", READER, BOUND],
      ["iam:PutUserPermissionsBoundary", READER, BOUND],
      ["iam:AttachUserPolicy", READER, BOUND],
      ["iam:DeleteUserPolicy", READER, BOUND],
      ["iam:CreateAccessKey", READER],
      ["iam:CreatePolicyVersion", BOUNDARY],
      ["iam:PutRolePolicy", `arn:aws:iam::${AWS_ACCOUNT_ID}:role/prod-aurora-export-gate`],
      ["sts:AssumeRole", EXPORT_ROLE],
      ["sns:Publish", TOPIC.replace("prod-", "stg-")],
      ["sns:Publish", TOPIC, WITHOUT_TLS],
      ["sns:Subscribe", TOPIC],
      ["sns:SetTopicAttributes", TOPIC],
      ["sns:GetTopicAttributes", TOPIC.replace("prod-", "stg-")],
      ["sqs:SendMessage", DEAD_LETTERS],
      ["sqs:PurgeQueue", LOADS],
      ["sqs:ReceiveMessage", LOADS],
      ["sqs:SendMessage", LOADS.replace("prod-", "stg-")],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
      ["rds:CancelExportTask", "*"],
      ["logs:PutLogEvents", `${LOGS}:log-stream:2025/02/17/1`],
      ["logs:CreateLogGroup", `${GATE_LOGS}:log-stream:`],
      ["lambda:InvokeFunction", FUNCTION],
      ["ec2:CreateNetworkInterface", "*"],
    ],
  },
  "prod-aurora-loader": {
    needs: [
      ["s3:ListBucket", BUCKET, listing("prod-reports/opened/")],
      ["s3:GetObject", `${BUCKET}/prod-reports/opened/2025021806.json`],
      ["s3:PutObject", `${BUCKET}/prod-reports/2025021806/notLoaded.json`],
      ["kms:Decrypt", KEY, BY_S3],
      ["kms:GenerateDataKey", KEY, BY_S3],
      ["sns:Publish", TOPIC],
      ["kms:Decrypt", REPORT_KEY, BY_SNS],
      ["kms:GenerateDataKey", REPORT_KEY, BY_SNS],
      ["sqs:SendMessage", LOADS],
      // Lambda's own, to hand over the messages.
      ["sqs:ReceiveMessage", LOADS],
      ["sqs:DeleteMessage", LOADS],
      ["sqs:GetQueueAttributes", LOADS],
      ["lambda:InvokeFunction", COUNTER],
      ["logs:CreateLogStream", `${LOADER_LOGS}:log-stream:2025/02/17/1`],
      ["logs:PutLogEvents", `${LOADER_LOGS}:log-stream:2025/02/17/1`],
    ],
    mustNotHave: [
      // Whatever stands in an export, the sidecars too.
      ["s3:GetObject", `${BUCKET}/prod-2025021806/${PART}`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/export_tables_info_prod-2025021806_from_1_to_13.json`],
      ["s3:ListBucket", BUCKET, listing("prod-2025021806/")],
      ["s3:ListBucket", BUCKET, listing("")],
      ["s3:ListBucket", BUCKET, { ...listing("prod-reports/opened/"), ...ELSEWHERE }],
      ["s3:GetObject", `${BUCKET}/prod-shop-reports/opened/2025021806.json`],
      ["s3:PutObject", `${BUCKET}/prod-2025021806/${PART}`],
      ["s3:PutObject", `${BUCKET}/prod-reports/2025021806/notLoaded.json`, ELSEWHERE],
      ["s3:DeleteObject", `${BUCKET}/prod-reports/opened/2025021806.json`],
      ["kms:Decrypt", KEY],
      ["kms:Decrypt", REPORT_KEY],
      ["iam:GetUserPolicy", READER],
      ["iam:PutUserPolicy", READER, BOUND],
      ["iam:ListAccessKeys", READER],
      ["iam:PassRole", EXPORT_ROLE, FOR_RDS],
      ["sts:AssumeRole", EXPORT_ROLE],
      ["rds:DescribeExportTasks", "*"],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
      ["sns:Publish", TOPIC.replace("prod-", "stg-")],
      ["sns:Subscribe", TOPIC],
      ["sqs:SendMessage", DEAD_LETTERS],
      ["sqs:PurgeQueue", LOADS],
      ["sqs:ReceiveMessage", LOADS.replace("prod-", "stg-")],
      ["logs:PutLogEvents", `${GATE_LOGS}:log-stream:2025/02/17/1`],
      ["lambda:InvokeFunction", GATE],
      ["lambda:InvokeFunction", FUNCTION],
      ["lambda:InvokeFunction", COUNTER.replace("prod__", "stg__")],
      ["lambda:InvokeFunction", `${COUNTER}:old`],
      ["lambda:UpdateFunctionCode", COUNTER],
    ],
  },
  "prod-aurora-counter": {
    needs: [
      ["s3:ListBucket", BUCKET, listing("prod-2025021806/shop/shop.users/")],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/${PART}`],
      ["kms:Decrypt", KEY, BY_S3],
      ["logs:CreateLogStream", `${COUNTER_LOGS}:log-stream:2025/02/17/1`],
      ["logs:PutLogEvents", `${COUNTER_LOGS}:log-stream:2025/02/17/1`],
    ],
    mustNotHave: [
      // What stands in an export beside the files of the tables, and beside the databases that are loaded.
      ["s3:GetObject", `${BUCKET}/prod-2025021806/export_tables_info_prod-2025021806_from_1_to_13.json`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/export_info_prod-2025021806.json`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/shop/shop.users/1/_SUCCESS`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/crm/crm.leads/1/part-00000.gz.parquet`],
      // The records, other stacks' exports, and another bucket of this name.
      ["s3:GetObject", `${BUCKET}/prod-reports/opened/2025021806.json`],
      ["s3:GetObject", `${BUCKET}/prod-reports/shop/shop.users.parquet`],
      ["s3:GetObject", `${BUCKET}/prod-shop-2025021806/${PART}`],
      ["s3:GetObject", `${BUCKET}/stg-2025021806/${PART}`],
      ["s3:GetObject", `${SHOP_BUCKET}/prod-2025021806/${PART}`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/${PART}`, ELSEWHERE],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/${PART}`, WITHOUT_TLS],
      ["s3:ListBucket", BUCKET],
      ["s3:ListBucket", BUCKET, listing("")],
      ["s3:ListBucket", BUCKET, listing("prod-reports/opened/")],
      ["s3:ListBucket", BUCKET, listing("prod-shop-2025021806/")],
      ["s3:ListBucket", BUCKET, { ...listing("prod-2025021806/"), ...ELSEWHERE }],
      // It writes its log, and nothing else.
      ["s3:PutObject", `${BUCKET}/prod-2025021806/${PART}`],
      ["s3:PutObject", `${BUCKET}/prod-reports/2025021806/completed.json`],
      ["s3:DeleteObject", `${BUCKET}/prod-2025021806/${PART}`],
      ["kms:Decrypt", KEY],
      ["kms:Decrypt", OTHER_KEY, BY_S3],
      ["kms:Decrypt", REPORT_KEY, BY_SNS],
      ["kms:GenerateDataKey", KEY, BY_S3],
      ["sns:Publish", TOPIC],
      ["sqs:SendMessage", LOADS],
      ["sqs:ReceiveMessage", LOADS],
      ["lambda:InvokeFunction", COUNTER],
      ["lambda:InvokeFunction", GATE],
      ["iam:GetUserPolicy", READER],
      ["iam:PutUserPolicy", READER, BOUND],
      ["iam:PassRole", EXPORT_ROLE, FOR_RDS],
      ["sts:AssumeRole", EXPORT_ROLE],
      ["rds:DescribeExportTasks", "*"],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
      ["logs:PutLogEvents", `${LOADER_LOGS}:log-stream:2025/02/17/1`],
      ["logs:CreateLogGroup", `${COUNTER_LOGS}:log-stream:`],
    ],
  },
  "prod-aurora-export-reader": {
    needs: [
      ["s3:GetBucketLocation", BUCKET],
      ["s3:ListBucket", BUCKET, listing("prod-2025021806/shop/shop.users/")],
      // Nobody has said how the service lists.
      ["s3:ListBucket", BUCKET, listing("prod-2025021806")],
      ["s3:ListBucket", BUCKET, listing("")],
      ["s3:ListBucket", BUCKET],
      ["kms:Decrypt", KEY, BY_S3],
    ],
    mustNotHave: [
      // An export that is not opened.
      ["s3:GetObject", `${BUCKET}/prod-2025021806/${PART}`],
      // What stands in it beside the databases that are loaded.
      ["s3:GetObject", `${BUCKET}/prod-2025021806/crm/crm.leads/1/part-00000.gz.parquet`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/shop_archive/shop_archive.users/1/part-00000.gz.parquet`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/export_info_prod-2025021806.json`],
      // The gate's records.
      ["s3:GetObject", `${BUCKET}/prod-reports/2025021806/completed.json`],
      ["iam:PutUserPolicy", READER, BOUND],
      // What other stacks put there, and other buckets.
      ["s3:ListBucket", SHOP_BUCKET],
      ["s3:ListBucket", SHOP_BUCKET, listing("prod-2025021806/shop/shop.users/")],
      ["s3:GetObject", `${BUCKET}/prod-shop-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:GetObject", `${BUCKET}/prod-2-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:GetObject", `${BUCKET}/stg-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:GetObject", `${BUCKET}/users.parquet`],
      ["s3:GetObject", `${SHOP_BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`, WITHOUT_TLS],
      ["s3:GetBucketLocation", BUCKET, WITHOUT_TLS],
      ["s3:PutObject", `${BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:DeleteObject", `${BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:PutObjectAcl", `${BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["s3:GetBucketPolicy", BUCKET],
      ["s3:ListAllMyBuckets", "*"],
      ["kms:Decrypt", KEY],
      ["kms:Decrypt", KEY, { "kms:ViaService": "s3.eu-west-1.amazonaws.com" }],
      ["kms:Decrypt", KEY, { "kms:ViaService": "rds.ap-northeast-1.amazonaws.com" }],
      ["kms:Decrypt", OTHER_KEY, BY_S3],
      ["kms:GenerateDataKey", KEY, BY_S3],
      ["kms:CreateGrant", KEY, FOR_AWS_RESOURCE],
      ["iam:CreateAccessKey", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/prod-aurora-export-reader`],
      ["sts:AssumeRole", EXPORT_ROLE],
      ["rds:DescribeDBClusterSnapshots", `${PREFIX}:cluster:example-prod`],
    ],
  },
};

/** What the gate writes into the reader's policy. */
function opening(...open: readonly OpenExport[]) {
  const place = { bucketName: BUCKET.replace("arn:aws:s3:::", ""), prefix: "prod" };
  return { name: COMPLETED_EXPORTS_POLICY, document: completedExportsPolicy(place, open) };
}

function open(slot: string, ...closedFolders: string[]): OpenExport {
  return { slot: parseSlot(slot), folders: ["shop/*"], closedFolders };
}

describe("permissions of a stack with every option, outside of a VPC,", () => {
  it("let the exporter export AWS Backup's snapshots, and nothing on the network", async () => {
    const { registrations } = await evaluated("prod", EVERY_OPTION);
    const access = new AccessPolicies(
      registrations,
      AWS_ACCOUNT_ID,
      policiesBeforehand("prod", EVERY_OPTION),
    );
    const may = (action: string, resource: string) =>
      access.decide("live-crm-aurora-snapshot-exporter", action, resource, {}).allowed;
    const snapshots = `arn:aws:rds:eu-central-1:${AWS_ACCOUNT_ID}:cluster-snapshot`;
    assert.equal(may("rds:StartExportTask", `${snapshots}:awsbackup:job-1`), true);
    assert.equal(may("ec2:CreateNetworkInterface", "*"), false);
  });
});

describe("permissions of a stack whose reader was made by hand", () => {
  const gate = `${LONGEST_PREFIX}-aurora-export-gate`;
  let may: (action: string, resource: string, context?: AccessRequest["context"]) => boolean;
  before(async () => {
    const { registrations } = await evaluated("prod", EXISTING_GUARDED);
    const access = new AccessPolicies(
      registrations,
      AWS_ACCOUNT_ID,
      policiesBeforehand("prod", EXISTING_GUARDED),
    );
    may = (action, resource, context = {}) => access.decide(gate, action, resource, context).allowed;
  });

  it("let the gate write to the named user, whatever its path", () => {
    for (const path of ["", "service/", "a/b/"]) {
      const user = `arn:aws:iam::${AWS_ACCOUNT_ID}:user/${path}${EXISTING.readerUserName}`;
      assert.equal(may("iam:GetUserPolicy", user), true);
      assert.equal(may("iam:PutUserPolicy", user), true);
    }
  });

  it("only while the user has the boundary that the stack file names, if it names one", async () => {
    const readerBoundaryArn = `arn:aws:iam::${AWS_ACCOUNT_ID}:policy/reader-boundary`;
    const options = {
      ...EXISTING_GUARDED,
      config: { ...EXISTING_GUARDED.config, readerBoundaryArn },
    };
    const { registrations } = await evaluated("prod", options);
    const access = new AccessPolicies(registrations, AWS_ACCOUNT_ID, policiesBeforehand("prod", options));
    const user = `arn:aws:iam::${AWS_ACCOUNT_ID}:user/${EXISTING.readerUserName}`;
    const mayOpen = (context: AccessRequest["context"]) =>
      access.decide(gate, "iam:PutUserPolicy", user, context).allowed;
    assert.equal(mayOpen({ "iam:PermissionsBoundary": readerBoundaryArn }), true);
    assert.equal(mayOpen({ "iam:PermissionsBoundary": BOUNDARY }), false);
    assert.equal(mayOpen({}), false);
  });

  it("and to no other", () => {
    for (const name of [
      "their-reader-2",
      "not-their-reader",
      "their-reader/admin",
      "service/my-their-reader",
    ]) {
      assert.equal(may("iam:PutUserPolicy", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/${name}`), false, name);
    }
  });
});

describe("permissions of the stack prod, which tells people,", () => {
  let registrations: readonly Registration[];
  let access: AccessPolicies;
  let documents: Map<string, string>;
  let keys: Record<string, string>;
  const decide = (
    principal: string,
    [action, resource, context = {}]: Call,
    written?: Parameters<AccessPolicies["decide"]>[4],
  ): Decision => access.decide(principal, action, keys[resource] ?? resource, context, written);

  before(async () => {
    ({ registrations } = await evaluated("prod", TOLD));
    access = new AccessPolicies(registrations, AWS_ACCOUNT_ID, policiesBeforehand("prod", TOLD));
    documents = registeredPolicies(registrations);
    keys = {
      [KEY]: String(named(registrations, "export-key").outputs.arn),
      [REPORT_KEY]: String(named(registrations, "reports-key").outputs.arn),
    };
  });

  for (const [principal, { needs, mustNotHave }] of Object.entries(CALLS)) {
    describe(principal, () => {
      for (const [calls, expected] of [
        [needs, true],
        [mustNotHave, false],
      ] as const) {
        for (const call of calls) {
          const [action, resource, context = {}] = call;
          const under = Object.keys(context).length > 0 ? ` with ${JSON.stringify(context)}` : "";
          it(`${expected ? "may" : "may not"} ${action} on ${resource}${under}`, () => {
            const { allowed, reason } = decide(principal, call);
            assert.equal(allowed, expected, reason);
          });
        }
      }
    });
  }

  describe("prod-aurora-export-reader, whatever anybody writes into its policy later,", () => {
    let unbounded: AccessPolicies;
    before(async () => {
      const options = { config: { ...TOLD.config, ...UNBOUNDED.config } };
      const evaluation = await evaluated("prod", options);
      unbounded = new AccessPolicies(
        evaluation.registrations,
        AWS_ACCOUNT_ID,
        policiesBeforehand("prod", options),
      );
    });
    const everything = {
      name: COMPLETED_EXPORTS_POLICY,
      document: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: ["s3:*", "iam:*", "kms:*", "sts:*", "*"], Resource: "*" }],
      },
    };
    const { needs = [], mustNotHave = [] } = CALLS["prod-aurora-export-reader"] ?? {};

    it(`keeps its ${needs.length} calls`, () => {
      for (const call of needs) {
        const { allowed, reason } = decide("prod-aurora-export-reader", call, everything);
        assert.equal(allowed, true, reason);
      }
    });

    const inExport = (path: string): Call => ["s3:GetObject", `${BUCKET}/prod-2025021806/${path}`];
    const LEADS = "crm/crm.leads/1/part-00000.gz.parquet";
    const ARCHIVE = "shop_archive/shop_archive.users/1/part-00000.gz.parquet";
    const SIDECAR = "export_tables_info_prod-2025021806_from_1_to_13.json";

    it("gets beyond them by reading this stack's exports, and by nothing else", () => {
      const gained = mustNotHave.filter(
        (call) => decide("prod-aurora-export-reader", call, everything).allowed,
      );
      assert.deepEqual(gained, [PART, LEADS, ARCHIVE].map(inExport));
    });

    it("gets beyond them by reading what the stack loads, where its boundary is its own", () => {
      const gained = mustNotHave.filter(
        ([action, resource, context = {}]) =>
          unbounded.decide(
            "prod-aurora-export-reader",
            action,
            keys[resource] ?? resource,
            context,
            everything,
          ).allowed,
      );
      assert.deepEqual(gained, [inExport(PART)]);
    });

    it("reads an export that is open whole as far as its boundary goes, and none of RDS's lists in it", () => {
      const whole = opening({ ...open("2025021806"), folders: ["*"] });
      const read = (of: AccessPolicies) =>
        [PART, LEADS, SIDECAR].filter((path) => {
          const [action, resource] = inExport(path);
          return of.decide("prod-aurora-export-reader", action, resource, {}, whole).allowed;
        });
      assert.deepEqual(read(unbounded), [PART]);
      assert.deepEqual(read(access), [PART, LEADS]);
    });
  });

  describe("prod-aurora-export-reader, to whom the gate opened two exports,", () => {
    const written = opening(open("2025021806", "shop/shop.orders"), open("2025021706"));
    const may = (key: string, context: AccessRequest["context"] = {}) =>
      decide("prod-aurora-export-reader", ["s3:GetObject", `${BUCKET}/${key}`, context], written).allowed;

    it("reads both", () => {
      assert.equal(may(`prod-2025021806/${PART}`), true);
      assert.equal(may(`prod-2025021706/${PART}`), true);
      assert.equal(may("prod-2025021706/shop/shop.orders/1/part-00000.gz.parquet"), true);
    });

    it("reads no folder that is closed in them, and the folder beside it", () => {
      assert.equal(may("prod-2025021806/shop/shop.orders/1/part-00000.gz.parquet"), false);
      assert.equal(may("prod-2025021806/shop/shop.orders_archive/1/part-00000.gz.parquet"), true);
    });

    for (const folder of ["prod-2025021906", "prod-2025021807", "prod-202502180", "prod-2025021806-2"]) {
      it(`does not read ${folder}`, () => {
        assert.equal(may(`${folder}/${PART}`), false);
      });
    }

    it("keeps to TLS, and to reading", () => {
      assert.equal(may(`prod-2025021806/${PART}`, WITHOUT_TLS), false);
      const put: Call = ["s3:PutObject", `${BUCKET}/prod-2025021806/${PART}`];
      assert.equal(decide("prod-aurora-export-reader", put, written).allowed, false);
    });

    it("reads neither once the gate has closed them", () => {
      const closed = opening();
      for (const slot of ["2025021806", "2025021706"]) {
        const call: Call = ["s3:GetObject", `${BUCKET}/prod-${slot}/${PART}`];
        assert.equal(decide("prod-aurora-export-reader", call, closed).allowed, false);
      }
    });
  });

  describe("the topic of the reports", () => {
    const ours = { "aws:SourceAccount": AWS_ACCOUNT_ID };
    const from = (name: string) => ({
      "aws:SourceArn": `arn:aws:cloudwatch:ap-northeast-1:${AWS_ACCOUNT_ID}:alarm:${name}`,
    });
    const publish = (service: string, context: AccessRequest["context"]) =>
      access.decideService(service, "sns:Publish", TOPIC, context).allowed;
    const encrypt = (service: string, context: AccessRequest["context"]) =>
      ["kms:GenerateDataKey", "kms:Decrypt"].map(
        (action) => access.decideService(service, action, String(keys[REPORT_KEY]), context).allowed,
      );

    it("takes and encrypts what alarms of this stack publish, and nothing of others of the account", () => {
      for (const name of ["gate-fails", "gate-silent", "dead-letters", "reader-key-old"]) {
        assert.equal(publish("cloudwatch.amazonaws.com", { ...ours, ...from(`prod-aurora-${name}`) }), true);
      }
      for (const name of [
        "billing",
        "stg-aurora-gate-silent",
        "prod-aurora-gate-silent-2",
        "prod-aurora-other",
      ]) {
        assert.equal(publish("cloudwatch.amazonaws.com", { ...ours, ...from(name) }), false, name);
      }
      assert.equal(publish("cloudwatch.amazonaws.com", ours), false);
      assert.deepEqual(encrypt("cloudwatch.amazonaws.com", ours), [true, true]);
    });

    it("takes nothing of another account's alarms, of other services, or without TLS", () => {
      const theirs = { ...from("prod-aurora-gate-silent"), "aws:SourceAccount": OTHER_ACCOUNT };
      assert.equal(publish("cloudwatch.amazonaws.com", theirs), false);
      assert.deepEqual(encrypt("cloudwatch.amazonaws.com", theirs), [false, false]);
      assert.equal(publish("events.amazonaws.com", { ...ours, ...from("prod-aurora-gate-silent") }), false);
      assert.deepEqual(encrypt("events.amazonaws.com", ours), [false, false]);
      const withoutTls = { ...ours, ...from("prod-aurora-gate-silent"), ...WITHOUT_TLS };
      assert.equal(publish("cloudwatch.amazonaws.com", withoutTls), false);
    });
  });

  describe("roles", () => {
    /** Role → the one service that assumes it. */
    const assumedBy = {
      "prod-aurora-snapshot-exporter": "lambda.amazonaws.com",
      "prod-aurora-export-gate": "lambda.amazonaws.com",
      "prod-aurora-loader": "lambda.amazonaws.com",
      "prod-aurora-counter": "lambda.amazonaws.com",
      "prod-aurora-snapshot-export": "export.rds.amazonaws.com",
      "prod-aurora-snapshot-scheduler": "scheduler.amazonaws.com",
      "prod-aurora-export-gate-scheduler": "scheduler.amazonaws.com",
    };
    for (const [role, service] of Object.entries(assumedBy)) {
      it(`${role} is assumed by ${service} and by no other service`, () => {
        assert.equal(access.decideAssumption(service, role, AWS_ACCOUNT_ID).allowed, true);
        for (const other of [...Object.values(assumedBy), "rds.amazonaws.com"].filter(
          (it) => it !== service,
        )) {
          assert.equal(access.decideAssumption(other, role, AWS_ACCOUNT_ID).allowed, false, other);
        }
      });
    }

    for (const role of [
      "prod-aurora-snapshot-export",
      "prod-aurora-snapshot-scheduler",
      "prod-aurora-export-gate-scheduler",
    ] as const) {
      it(`${role} is not assumed on behalf of another account`, () => {
        const { allowed, reason } = access.decideAssumption(assumedBy[role], role, OTHER_ACCOUNT);
        assert.equal(allowed, false, reason);
      });
    }
  });

  describe("in Google Cloud", () => {
    const ACCOUNTS = {
      freshness: "prod-freshness@example-prod.iam.gserviceaccount.com",
      gate: "prod-loads@example-prod.iam.gserviceaccount.com",
      transfers: "prod-transfer@example-prod.iam.gserviceaccount.com",
      views: "prod-views@example-prod.iam.gserviceaccount.com",
    };
    let project: GoogleProject;
    before(() => {
      project = buildGoogleProject(registrations);
    });

    it("let the freshness check run queries and see when tables were written, and read no row", () => {
      const may = (permission: string, dataset?: string) =>
        project.mayUse(ACCOUNTS.freshness, permission, dataset);
      assert.equal(may("bigquery.jobs.create"), true);
      for (const permission of ["bigquery.tables.get", "bigquery.tables.list"]) {
        assert.equal(may(permission, "prod_shop"), true, permission);
        // A dataset of somebody else's in the same project.
        assert.equal(may(permission), false, permission);
      }
      for (const permission of [
        "bigquery.tables.getData",
        "bigquery.tables.update",
        "bigquery.tables.updateData",
        "bigquery.tables.create",
        "bigquery.tables.delete",
        "bigquery.datasets.update",
        "bigquery.transfers.get",
        "bigquery.transfers.update",
        "bigquery.readsessions.create",
      ]) {
        for (const dataset of [undefined, "prod_shop"]) {
          assert.equal(may(permission, dataset), false, `${permission} ${dataset}`);
        }
      }
    });

    it("give rights on transfers, which reach the whole project, to whoever starts loads alone", () => {
      const holders = [...project.serviceAccounts.keys()].filter((account) =>
        ["bigquery.transfers.get", "bigquery.transfers.update"].some((it) => project.mayUse(account, it)),
      );
      assert.deepEqual(holders, ["prod-loads@example-prod.iam.gserviceaccount.com"]);
      const owner = "prod-transfer@example-prod.iam.gserviceaccount.com";
      assert.equal(project.mayUse(owner, "bigquery.jobs.create"), true);
    });

    it("give the freshness check no other role, and let the agent alone become it", () => {
      const member = `serviceAccount:${ACCOUNTS.freshness}`;
      const roles = registrations.flatMap(({ inputs }) => (inputs.member === member ? [inputs.role] : []));
      assert.deepEqual(roles, ["projects/example-prod/roles/auroraFreshness.prod"]);
      const accesses = registrations.flatMap(({ name, inputs }) =>
        ((inputs.accesses ?? []) as { role: string; userByEmail?: string }[])
          .filter(({ userByEmail }) => userByEmail === ACCOUNTS.freshness)
          .map(({ role }) => [name, role]),
      );
      assert.deepEqual(accesses, [["shop-dataset", "roles/bigquery.metadataViewer"]]);
      const { id } = named(registrations, "freshness-account");
      const onAccount = registrations.filter(({ inputs }) => inputs.serviceAccountId === id);
      assert.deepEqual(
        onAccount.map(({ inputs }) => [inputs.role, inputs.member]),
        [["roles/iam.serviceAccountTokenCreator", `serviceAccount:${project.agentEmail}`]],
      );
    });

    it("let the view maker read landing tables and write views, and nothing the other way round", () => {
      const may = (dataset?: string) =>
        [
          "bigquery.jobs.create",
          "bigquery.tables.getData",
          "bigquery.tables.create",
          "bigquery.tables.update",
          "bigquery.tables.updateData",
          "bigquery.tables.delete",
          "bigquery.datasets.update",
          "bigquery.transfers.update",
        ].filter((permission) => project.mayUse(ACCOUNTS.views, permission, dataset));
      const queries = "bigquery.jobs.create";
      assert.deepEqual(may(), [queries]);
      assert.deepEqual(may("prod_shop"), [queries, "bigquery.tables.getData", "bigquery.datasets.update"]);
      assert.deepEqual(may("prod_aurora_reports"), [queries, "bigquery.tables.getData"]);
      assert.deepEqual(may("prod_shop_views"), [queries, "bigquery.tables.create", "bigquery.tables.update"]);
    });

    it("let nobody but the view maker read a row, and the transfers' agent alone become it", () => {
      const { id } = named(registrations, "views-account");
      const onAccount = registrations.filter(({ inputs }) => inputs.serviceAccountId === id);
      assert.deepEqual(
        onAccount.map(({ inputs }) => [inputs.role, inputs.member]),
        [["roles/iam.serviceAccountTokenCreator", `serviceAccount:${project.agentEmail}`]],
      );
      for (const account of [ACCOUNTS.freshness, ACCOUNTS.gate]) {
        for (const dataset of [undefined, "prod_shop", "prod_shop_views", "prod_aurora_reports"]) {
          assert.equal(project.mayUse(account, "bigquery.tables.getData", dataset), false, dataset);
        }
      }
    });

    it("let the loader's account alone tell of copies", () => {
      const topic = "projects/example-prod/topics/prod-aurora-copies";
      for (const email of [String(project.agentEmail), ...Object.values(ACCOUNTS)]) {
        assert.equal(project.mayPublish(email, topic), email === ACCOUNTS.gate, email);
      }
    });
  });

  it("leave the queue to stacks that have a loader", async () => {
    const policyIn = async (options: StackOptions) =>
      String(named((await evaluated("prod", options)).registrations, "gate-policy").inputs.policy);
    assert.equal((await policyIn(UNFEDERATED)).includes("sqs:"), false);
    assert.equal((await policyIn({})).includes("sqs:"), true);
  });

  it("let the events of exports alone invoke the gate, besides its clock", () => {
    assert.deepEqual(
      ofType(registrations, "aws:lambda/permission:Permission").map(({ name }) => name),
      ["gate-event-permission"],
    );
  });

  it("name everybody only to deny", () => {
    const toEverybody = [...documents].flatMap(([name, json]) => {
      const statements: { Sid: string; Effect: string; Principal?: unknown }[] = JSON.parse(json).Statement;
      return statements
        .filter(({ Principal }) => Principal === "*" || JSON.stringify(Principal ?? {}).includes('"*"'))
        .map(({ Sid, Effect }) => [name, Sid, Effect]);
    });
    assert.deepEqual(toEverybody, [
      ["reports-policy", "DenyPublishingWithoutTls", "Deny"],
      ["export-policy", "DenyRequestsWithoutTls", "Deny"],
    ]);
  });

  it("are all in the tables above: no other policy is registered", () => {
    assert.deepEqual([...documents.keys()].sort(), [
      "counter-policy",
      "counter-role (trust)",
      "export-key",
      "export-policy",
      "export-role-policy",
      "export-role-role (trust)",
      "exporter-policy",
      "exporter-role (trust)",
      "exporter-scheduler-policy",
      "exporter-scheduler-role (trust)",
      "gate-policy",
      "gate-role (trust)",
      "gate-scheduler-policy",
      "gate-scheduler-role (trust)",
      "loader-policy",
      "loader-role (trust)",
      "reader-completed-exports",
      "reader-policy",
      "reports-key",
      "reports-policy",
    ]);
  });

  it("name what they mean, but where nobody can", () => {
    // Ten characters of a slot: the exports of this stack.
    const exports = [`${BUCKET}/prod-2?????????/*`];
    const expected: Record<string, Record<string, string[]>> = {
      // In a key's policy it means this key ("Key policies in AWS KMS").
      "export-key": { AccountDecidesByIam: ["*"] },
      "reports-key": { AccountDecidesByIam: ["*"], AlarmsEncryptReports: ["*"] },
      // Everything in this bucket, to deny it.
      "export-policy": { DenyRequestsWithoutTls: [`${BUCKET}/*`] },
      "export-role-policy": { WriteExportsOfThisStack: exports },
      "exporter-policy": {
        // A list of a cluster's snapshots is asked for before any is known.
        ListSnapshotsOfTheCluster: [`${PREFIX}:cluster-snapshot:*`],
        // A look-up by task id names no resource.
        LookUpExportTasks: ["*"],
        // A snapshot taken by hand can have any name.
        ExportSnapshots: [`${PREFIX}:cluster-snapshot:*`],
        // Streams of the function's own group, which Lambda names.
        WriteLogs: [`${LOGS}:*`],
        // Lambda makes and names the interfaces.
        LambdaManagesNetworkInterfaces: ["*"],
        DenyNetworkInterfacesToTheCode: ["*"],
      },
      "gate-policy": {
        LookUpExportTasks: ["*"],
        // Whose a snapshot of any name is, is what is looked up.
        SeeWhoseASnapshotIs: [`${PREFIX}:cluster-snapshot:*`],
        // RDS says in the name how many tables a sidecar has.
        ReadSidecars: [`${BUCKET}/prod-2?????????/export_tables_info_*.json`],
        KeepReports: [`${BUCKET}/prod-reports/*`],
        WriteLogs: [`${GATE_LOGS}:*`],
      },
      "loader-policy": {
        KeepReports: [`${BUCKET}/prod-reports/*`],
        WriteLogs: [`${LOADER_LOGS}:*`],
      },
      "counter-policy": {
        ReadParquetFiles: [`${BUCKET}/prod-2?????????/shop/*.parquet`],
        WriteLogs: [`${COUNTER_LOGS}:*`],
      },
      // Closed: it denies them.
      "reader-completed-exports": { NoExportIsOpen: exports },
    };
    const wildcards = [...documents].flatMap(([name, json]) => {
      const statements: { Sid: string; Resource?: string | string[] }[] = JSON.parse(json).Statement;
      const open = statements.flatMap(({ Sid, Resource = [] }) => {
        const patterns = [Resource].flat().filter((it) => /[*?]/.test(it));
        return patterns.length === 0 ? [] : [[Sid, patterns] as const];
      });
      return open.length === 0 ? [] : [[name, Object.fromEntries(open)] as const];
    });
    assert.deepEqual(Object.fromEntries(wildcards), expected);
  });
});
