import assert from "node:assert/strict";
import type { AccessRequest } from "../../rehearsal/aws/authorization";
import { parsePolicy } from "../../rehearsal/aws/policy";
import { AccessPolicies, registeredPolicies } from "../support/accessPolicies";
import { AWS_ACCOUNT_ID, evaluated } from "../support/evaluations";
import { named } from "../support/registrations";
import { EVERY_OPTION } from "../support/stackVariants";

// What this does not prove: that AWS evaluates as test/rehearsal/aws documents it, and that the services make these
// calls and no others; which calls they make is taken from the sources named in components/policyDocuments.ts.

const PREFIX = `arn:aws:rds:ap-northeast-1:${AWS_ACCOUNT_ID}`;
const OTHER_ACCOUNT = "210987654321";
const BUCKET = `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}`;
const SHOP_BUCKET = `arn:aws:s3:::prod-shop-aurora-to-bigquery-${AWS_ACCOUNT_ID}`;
const OTHER_KEY = `arn:aws:kms:ap-northeast-1:${AWS_ACCOUNT_ID}:key/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed`;
const KEY = "the stack's key";
const EXPORT_ROLE = `arn:aws:iam::${AWS_ACCOUNT_ID}:role/prod-aurora-snapshot-export`;
const FUNCTION = `arn:aws:lambda:ap-northeast-1:${AWS_ACCOUNT_ID}:function:prod__aurora-snapshot-s3-exporter`;
const LOGS = `arn:aws:logs:ap-northeast-1:${AWS_ACCOUNT_ID}:log-group:/aws/lambda/prod__aurora-snapshot-s3-exporter`;

const BY_S3 = { "kms:ViaService": "s3.ap-northeast-1.amazonaws.com" };
const FOR_RDS = { "iam:PassedToService": "export.rds.amazonaws.com" };
const FOR_AWS_RESOURCE = { "kms:GrantIsForAWSResource": true };
const WITHOUT_TLS = { "aws:SecureTransport": false };
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
      ["iam:PassRole", EXPORT_ROLE, FOR_RDS],
      ["kms:DescribeKey", KEY],
      ["kms:CreateGrant", KEY, FOR_AWS_RESOURCE],
      ["logs:CreateLogStream", `${LOGS}:log-stream:2025/02/17/1`],
      ["logs:PutLogEvents", `${LOGS}:log-stream:2025/02/17/1`],
      ["ec2:CreateNetworkInterface", "*"],
      ["ec2:DescribeNetworkInterfaces", "*"],
      ["ec2:DescribeSubnets", "*"],
      ["ec2:DeleteNetworkInterface", "*"],
    ],
    mustNotHave: [
      // Another cluster, also one whose name begins like ours, and snapshots that are not the automated ones.
      ["rds:DescribeDBClusterSnapshots", `${PREFIX}:cluster:example-prod-2`],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:rds:example-prod-2-2025-02-17-16-05`],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:rds:example-stg-2025-02-17-16-05`],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:example-prod-2025-02-17-16-05`],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:awsbackup:job-1`],
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
      ["iam:PutUserPolicy", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/prod-aurora-export-reader`],
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
      ["lambda:InvokeFunction", `${FUNCTION}:old`],
      ["lambda:UpdateFunctionCode", FUNCTION],
      ["rds:StartExportTask", `${PREFIX}:cluster-snapshot:rds:example-prod-2025-02-17-16-05`],
      ["iam:PassRole", EXPORT_ROLE, FOR_RDS],
    ],
  },
  "prod-aurora-export-reader": {
    needs: [
      ["s3:GetBucketLocation", BUCKET],
      ["s3:ListBucket", BUCKET, listing("prod-2025021806/shop/shop.users/")],
      ["s3:GetObject", `${BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
      ["kms:Decrypt", KEY, BY_S3],
    ],
    mustNotHave: [
      // The root of the bucket, and what other stacks put there.
      ["s3:ListBucket", BUCKET],
      ["s3:ListBucket", BUCKET, listing("")],
      ["s3:ListBucket", BUCKET, listing("prod-")],
      ["s3:ListBucket", BUCKET, listing("prod-2025021806")],
      ["s3:ListBucket", BUCKET, listing("prod-shop-2025021806/shop/shop.users/")],
      ["s3:ListBucket", BUCKET, listing("stg-2025021806/shop/shop.users/")],
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

describe("permissions of a stack whose snapshots are AWS Backup's", () => {
  const exporter = "live-crm-aurora-snapshot-exporter";
  const snapshots = `arn:aws:rds:eu-central-1:${AWS_ACCOUNT_ID}:cluster-snapshot`;

  it("let the exporter export these and no others, and nothing on the network", async () => {
    const { registrations } = await evaluated("prod", EVERY_OPTION);
    const access = new AccessPolicies(registrations, AWS_ACCOUNT_ID);
    const may = (action: string, resource: string) => access.decide(exporter, action, resource, {}).allowed;
    assert.equal(may("rds:StartExportTask", `${snapshots}:awsbackup:job-1`), true);
    assert.equal(may("rds:StartExportTask", `${snapshots}:rds:crm-live-2025-02-17-16-05`), false);
    assert.equal(may("rds:StartExportTask", `${snapshots}:crm-live-by-hand`), false);
    assert.equal(may("ec2:CreateNetworkInterface", "*"), false);
  });
});

describe("permissions of the stack prod", () => {
  let access: AccessPolicies;
  let documents: Map<string, string>;
  let key: string;

  before(async () => {
    const { registrations } = await evaluated("prod");
    access = new AccessPolicies(registrations, AWS_ACCOUNT_ID);
    documents = registeredPolicies(registrations);
    key = String(named(registrations, "export-key").outputs.arn);
  });

  for (const [principal, { needs, mustNotHave }] of Object.entries(CALLS)) {
    describe(principal, () => {
      for (const [calls, expected] of [
        [needs, true],
        [mustNotHave, false],
      ] as const) {
        for (const [action, resource, context = {}] of calls) {
          const under = Object.keys(context).length > 0 ? ` with ${JSON.stringify(context)}` : "";
          it(`${expected ? "may" : "may not"} ${action} on ${resource}${under}`, () => {
            const { allowed, reason } = access.decide(
              principal,
              action,
              resource === KEY ? key : resource,
              context,
            );
            assert.equal(allowed, expected, reason);
          });
        }
      }
    });
  }

  describe("prod-aurora-export-reader, whatever policy anybody gives it later,", () => {
    const everything = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    });
    const { needs = [], mustNotHave = [] } = CALLS["prod-aurora-export-reader"] ?? {};
    for (const [calls, expected] of [
      [needs, true],
      [mustNotHave, false],
    ] as const) {
      it(`${expected ? "keeps" : "never gets beyond"} its ${calls.length} calls`, () => {
        const administrator = parsePolicy("given by somebody", everything);
        for (const [action, resource, context = {}] of calls) {
          const target = resource === KEY ? key : resource;
          const { allowed, reason } = access.decide(
            "prod-aurora-export-reader",
            action,
            target,
            context,
            administrator,
          );
          assert.equal(allowed, expected, reason);
        }
      });
    }
  });

  describe("roles", () => {
    /** Role → the one service that assumes it. */
    const assumedBy = {
      "prod-aurora-snapshot-exporter": "lambda.amazonaws.com",
      "prod-aurora-snapshot-export": "export.rds.amazonaws.com",
      "prod-aurora-snapshot-scheduler": "scheduler.amazonaws.com",
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

    for (const role of ["prod-aurora-snapshot-export", "prod-aurora-snapshot-scheduler"] as const) {
      it(`${role} is not assumed on behalf of another account`, () => {
        const { allowed, reason } = access.decideAssumption(assumedBy[role], role, OTHER_ACCOUNT);
        assert.equal(allowed, false, reason);
      });
    }
  });

  it("are all in the tables above: no other policy is registered", () => {
    assert.deepEqual([...documents.keys()].sort(), [
      "export-key",
      "export-policy",
      "export-role-policy",
      "export-role-role (trust)",
      "exporter-policy",
      "exporter-role (trust)",
      "exporter-scheduler-policy",
      "exporter-scheduler-role (trust)",
      "reader-boundary",
      "reader-policy",
    ]);
  });

  it("name what they mean, but where nobody can", () => {
    const reading = {
      // Ten characters of a slot: the exports of this stack.
      ReadExportsOfThisStack: [`${BUCKET}/prod-2?????????/*`],
    };
    const expected: Record<string, Record<string, string[]>> = {
      // In a key's policy it means this key ("Key policies in AWS KMS").
      "export-key": { AccountDecidesByIam: ["*"] },
      // Everything in this bucket, to deny it.
      "export-policy": { DenyRequestsWithoutTls: [`${BUCKET}/*`] },
      "export-role-policy": { WriteExportsOfThisStack: [`${BUCKET}/prod-2?????????/*`] },
      "exporter-policy": {
        // A list of a cluster's snapshots is asked for before any is known.
        ListSnapshotsOfTheCluster: [`${PREFIX}:cluster-snapshot:*`],
        // A look-up by task id names no resource.
        LookUpExportTasks: ["*"],
        // The minute at which Aurora takes its snapshot.
        ExportSnapshotsOfTheCluster: [`${PREFIX}:cluster-snapshot:rds:example-prod-20??-??-??-??-??`],
        // Streams of the function's own group, which Lambda names.
        WriteLogs: [`${LOGS}:*`],
        // Lambda makes and names the interfaces.
        LambdaManagesNetworkInterfaces: ["*"],
        DenyNetworkInterfacesToTheCode: ["*"],
      },
      "reader-boundary": reading,
      "reader-policy": reading,
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
