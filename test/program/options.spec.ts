import assert from "node:assert/strict";
import type { Evaluation } from "../../rehearsal/program/engineHost";
import { type Registration, Secret } from "../../rehearsal/program/registrations";
import { evaluated } from "../support/evaluations";
import { exportOnlyOf, listed, named, ofType, paramsOf, TYPES, variablesOf } from "../support/registrations";
import {
  ALL_EXISTING,
  EVERY_OPTION,
  EXISTING,
  LONGEST_PREFIX,
  READER_SECRET,
} from "../support/stackVariants";

// What this does not prove: what each option does in detail, which the components' specs do; here each is seen to
// arrive where it belongs.

function statementOf(registrations: readonly Registration[], policy: string, sid: string): unknown {
  const { Statement } = JSON.parse(String(named(registrations, policy).inputs.policy));
  return Statement.find(({ Sid }: { Sid: string }) => Sid === sid)?.Resource;
}

describe("a stack with every option", () => {
  let evaluation: Evaluation;
  let registrations: readonly Registration[];
  before(async () => {
    [evaluation] = await Promise.all([evaluated("prod", EVERY_OPTION), evaluated("prod", ALL_EXISTING)]);
    ({ registrations } = evaluation);
  });

  it("names everything that is unique in an account after environment and service", () => {
    const names = {
      "export-bucket": ["bucket", "live-crm-aurora-to-bigquery-123456789012"],
      "export-key-alias": ["name", "alias/live-crm-aurora-to-bigquery"],
      "export-role-role": ["name", "live-crm-aurora-snapshot-export"],
      "exporter-function": ["name", "live-crm__aurora-snapshot-s3-exporter"],
      "exporter-schedule": ["name", "live-crm__aurora-snapshot-s3-exporter"],
      "exporter-logs": ["name", "/aws/lambda/live-crm__aurora-snapshot-s3-exporter"],
      "exporter-role": ["name", "live-crm-aurora-snapshot-exporter"],
      "exporter-scheduler-role": ["name", "live-crm-aurora-snapshot-scheduler"],
      "reader-user": ["name", "live-crm-aurora-export-reader"],
      "reader-boundary": ["name", "live-crm-aurora-export-reader-boundary"],
      "owner-account": ["accountId", "live-crm-transfer"],
      "owner-role": ["roleId", "auroraTransferOwner.live_crm"],
      "crm-dataset": ["datasetId", "live_crm_crm"],
      "billing-dataset": ["datasetId", "live_crm_billing"],
    } as const;
    for (const [resource, [input, expected]] of Object.entries(names)) {
      assert.equal(named(registrations, resource).inputs[input], expected);
    }
  });

  it("loads PostgreSQL's tables, each in its own way", () => {
    const slot = '{run_time+5.5h|"%Y%m%d%H"}';
    const folder = `s3://live-crm-aurora-to-bigquery-123456789012/live-crm-${slot}`;
    const loads = ofType(registrations, TYPES.transfer).map((it) => {
      const { data_path, destination_table_name_template } = paramsOf(it);
      const { displayName, destinationDatasetId, location, schedule, disabled } = it.inputs;
      return [
        it.name,
        displayName,
        data_path,
        [location, destinationDatasetId, destination_table_name_template].join(" "),
        schedule,
        disabled,
      ];
    });
    assert.deepEqual(loads, [
      [
        "billing/users",
        "live_crm_users",
        `${folder}/billing/public.users/*.parquet`,
        "EU live_crm_billing users",
        "every day 19:30",
        false,
      ],
      [
        "crm/audit",
        "live_crm_audit",
        `${folder}/crm/public.audit/*.parquet`,
        "EU live_crm_crm audit",
        "every day 19:30",
        true,
      ],
      [
        "crm/sales",
        "live_crm_sales",
        `${folder}/crm/sales.orders/*.parquet`,
        "EU live_crm_crm sales",
        "every wed,sun 19:30",
        false,
      ],
      [
        "crm/users",
        "live_crm_users",
        `${folder}/crm/public.users/*.parquet`,
        "EU live_crm_crm users",
        "every day 19:30",
        false,
      ],
    ]);
  });

  it("takes over the one table that is to be adopted, and the dataset that it is in", () => {
    assert.deepEqual(
      registrations.filter(({ importId }) => importId !== undefined).map((it) => [it.name, it.importId]),
      [
        ["billing-dataset", "projects/example-prod/datasets/live_crm_billing"],
        ["billing/users-table", "projects/example-prod/datasets/live_crm_billing/tables/users"],
      ],
    );
  });

  it("tells the exporter what it looks for, and when", () => {
    const { DB_CLUSTER_IDENTIFIER, ENV, TASK_PREFIX, TIME_ZONE, EXPORT_TIME, LOAD, ...others } =
      variablesOf(registrations);
    assert.deepEqual(
      { DB_CLUSTER_IDENTIFIER, ENV, TASK_PREFIX, TIME_ZONE, EXPORT_TIME, LOAD },
      {
        DB_CLUSTER_IDENTIFIER: "crm-live",
        ENV: "live",
        TASK_PREFIX: "live-crm",
        TIME_ZONE: "Asia/Kolkata",
        EXPORT_TIME: "23:30",
        LOAD: "01:00",
      },
    );
    assert.deepEqual([others.SNAPSHOT_TYPE, others.MAX_SNAPSHOT_AGE_HOURS], ["awsbackup", "48"]);
    const { scheduleExpression, scheduleExpressionTimezone } = named(
      registrations,
      "exporter-schedule",
    ).inputs;
    assert.deepEqual(
      [scheduleExpression, scheduleExpressionTimezone],
      ["cron(30 23 * * ? *)", "Asia/Kolkata"],
    );
  });

  it("exports the listed tables alone, in the order of their names", () => {
    assert.deepEqual(exportOnlyOf(registrations), [
      "billing.public.users",
      "crm.public.audit",
      "crm.public.users",
      "crm.sales.orders",
    ]);
  });

  it("exports snapshots of AWS Backup, whose names tell no cluster", () => {
    assert.equal(
      statementOf(registrations, "exporter-policy", "ExportSnapshotsOfTheCluster"),
      "arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:awsbackup:*",
    );
  });

  it("stands outside of a VPC, with no permission on the network", () => {
    assert.equal(named(registrations, "exporter-function").inputs.vpcConfig, undefined);
    assert.equal(String(named(registrations, "exporter-policy").inputs.policy).includes("ec2:"), false);
  });

  it("has the sizes and times that it is given", () => {
    const { timeout, memorySize } = named(registrations, "exporter-function").inputs;
    const [rule] = named(registrations, "export-lifecycle").inputs.rules as { expiration: unknown }[];
    const { retentionInDays } = named(registrations, "exporter-logs").inputs;
    assert.deepEqual([timeout, memorySize, retentionInDays, rule?.expiration], [60, 128, 7, { days: 3 }]);
  });

  it("has the reader's second key and no first one", () => {
    const keys = ofType(registrations, "aws:iam/accessKey:AccessKey");
    assert.deepEqual(
      keys.map(({ name }) => name),
      ["reader-key-v2"],
    );
    for (const transfer of ofType(registrations, TYPES.transfer)) {
      assert.equal(paramsOf(transfer).access_key_id, keys[0]?.id);
    }
  });

  it("protects nothing, and lets datasets and bucket go with what is in them", () => {
    assert.deepEqual(
      registrations.filter(({ protect }) => protect),
      [],
    );
    assert.equal(named(registrations, "export-bucket").inputs.forceDestroy, true);
    for (const { inputs } of ofType(registrations, TYPES.dataset)) {
      assert.equal(inputs.deleteContentsOnDestroy, true);
    }
  });

  it("lets the readers read each dataset", () => {
    for (const { inputs } of ofType(registrations, TYPES.dataset)) {
      assert.deepEqual(
        (inputs.accesses as { role: string }[]).filter(({ role }) => role === "READER"),
        [
          { role: "READER", domain: "example.com" },
          { role: "READER", groupByEmail: "analysts@example.com" },
        ],
      );
    }
  });

  it("tells its timetable in words", () => {
    const { timetable, examplePath, datasets } = evaluation.outputs;
    assert.deepEqual(timetable, [
      "23:30 Asia/Kolkata: the newest awsbackup snapshot is exported",
      "01:00 Asia/Kolkata: BigQuery loads each table, `every day 19:30` in UTC",
      "only on thursday, monday: crm.sales.orders",
      "paused: crm.audit",
    ]);
    assert.equal(
      examplePath,
      "s3://live-crm-aurora-to-bigquery-123456789012/live-crm-<YYYYMMDD>01/billing/public.users/*.parquet",
    );
    assert.deepEqual(datasets, { billing: "live_crm_billing", crm: "live_crm_crm" });
  });
});

describe("a stack that uses what exists", () => {
  let evaluation: Evaluation;
  let registrations: readonly Registration[];
  before(async () => {
    evaluation = await evaluated("prod", ALL_EXISTING);
    ({ registrations } = evaluation);
  });

  it("registers neither bucket, key, export role nor reader, nor anything about them", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ExportBucket export",
      "aurora-to-bigquery:index:SnapshotExporter exporter",
      "aurora-to-bigquery:index:TransferOwner owner",
      "aurora-to-bigquery:index:TransferSet shop",
      "aurora-to-bigquery:index:TransferSet shop-a",
      "aws:cloudwatch/logGroup:LogGroup exporter-logs",
      "aws:iam/role:Role exporter-role",
      "aws:iam/role:Role exporter-scheduler-role",
      "aws:iam/rolePolicy:RolePolicy exporter-policy",
      "aws:iam/rolePolicy:RolePolicy exporter-scheduler-policy",
      "aws:lambda/function:Function exporter-function",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig exporter-retries",
      "aws:scheduler/schedule:Schedule exporter-schedule",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop-a/b",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop/a_b",
      "gcp:bigquery/dataset:Dataset shop-a-dataset",
      "gcp:bigquery/dataset:Dataset shop-dataset",
      "gcp:bigquery/table:Table shop-a/b-table",
      "gcp:bigquery/table:Table shop/a_b-table",
      "gcp:projects/iAMCustomRole:IAMCustomRole owner-role",
      "gcp:projects/iAMMember:IAMMember owner-agent-role",
      "gcp:projects/iAMMember:IAMMember owner-owner-role",
      "gcp:projects/service:Service owner-api-bigquery",
      "gcp:projects/service:Service owner-api-bigquerydatatransfer",
      "gcp:projects/service:Service owner-api-cloudresourcemanager",
      "gcp:projects/service:Service owner-api-iam",
      "gcp:projects/serviceIdentity:ServiceIdentity owner-agent",
      "gcp:serviceaccount/account:Account owner-account",
      "gcp:serviceaccount/iAMMember:IAMMember owner-agent-tokens",
      "pulumi:pulumi:Stack aurora-to-bigquery-prod",
    ]);
  });

  it("hands them to the exporter, and grants it their use", () => {
    const { S3_BUCKET_NAME, KMS_KEY_ID, EXPORT_ROLE_ARN } = variablesOf(registrations);
    assert.deepEqual(
      [S3_BUCKET_NAME, KMS_KEY_ID, EXPORT_ROLE_ARN],
      [EXISTING.bucket, EXISTING.kmsKeyArn, EXISTING.exportRoleArn],
    );
    const granted = ["PassTheExportRole", "DescribeTheKey", "GrantTheKeyToRds"].map((sid) =>
      statementOf(registrations, "exporter-policy", sid),
    );
    assert.deepEqual(granted, [EXISTING.exportRoleArn, EXISTING.kmsKeyArn, EXISTING.kmsKeyArn]);
  });

  it("reads the bucket with the key that was made by hand, whose secret stays one", () => {
    for (const it of ofType(registrations, TYPES.transfer)) {
      assert.equal(paramsOf(it).access_key_id, EXISTING.readerAccessKeyId);
      assert.match(
        String(paramsOf(it).data_path),
        /^s3:\/\/their-exports\/preproduction-order-management-syst-\{/,
      );
      const { secretAccessKey } = it.inputs.sensitiveParams as Record<string, unknown>;
      assert.deepEqual(secretAccessKey, new Secret(READER_SECRET));
    }
  });

  it("exports everything where it is told to", () => {
    assert.deepEqual(exportOnlyOf(registrations), []);
  });

  it("tells them in its outputs", () => {
    const { bucketName, exportRoleArn, taskPrefix, datasets } = evaluation.outputs;
    assert.deepEqual(
      { bucketName, exportRoleArn, taskPrefix, datasets },
      {
        bucketName: EXISTING.bucket,
        exportRoleArn: EXISTING.exportRoleArn,
        taskPrefix: LONGEST_PREFIX,
        datasets: {
          shop: "preproduction_order_management_syst_shop",
          "shop-a": "preproduction_order_management_syst_shop_a",
        },
      },
    );
  });

  it("has names of legal length, with the longest prefix that the settings take", () => {
    /** Sources: API references of Lambda, Scheduler, IAM, CloudWatch Logs, BigQuery and IAM of Google Cloud. */
    const longest = {
      "exporter-function": ["name", 64],
      "exporter-schedule": ["name", 64],
      "exporter-role": ["name", 64],
      "exporter-scheduler-role": ["name", 64],
      "exporter-logs": ["name", 512],
      "owner-account": ["accountId", 30],
      "owner-role": ["roleId", 64],
    } as const;
    for (const [resource, [input, limit]] of Object.entries(longest)) {
      const text = String(named(registrations, resource).inputs[input]);
      assert.ok(text.length <= limit, `${text} has ${text.length} characters`);
    }
    assert.equal(String(named(registrations, "exporter-function").inputs.name).length, 64);
  });
});
