import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ExportGate, type ExportGateArgs } from "../../components/exportGate";
import { parseEventPattern } from "../../rehearsal/aws/eventPatterns";
import type { Archive, Registration } from "../../rehearsal/program/registrations";
import { recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named, tablesOf, variablesOf } from "../support/registrations";

// What this does not prove: what the policies allow (test/program/permissions.spec.ts), what the function does with
// events and messages (test/functions/gate), that AWS takes the settings.

const NAME = "prod__aurora-export-gate";
const FUNCTION = `arn:aws:lambda:ap-northeast-1:123456789012:function:${NAME}`;
const TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports";
const TAGS = { Team: "data" };
const BY_CLOCK = {
  enabled: true,
  timeZone: "Asia/Tokyo",
  pathOffsetMinutes: 540,
  exportTime: { hour: 4, minute: 0 },
  load: { hour: 6, minute: 0 },
};
const ON_COMPLETION: ExportGateArgs["schedule"] = {
  ...BY_CLOCK,
  load: "onExportComplete",
  deadline: { hour: 8, minute: 5 },
};
const USERS = {
  database: "shop",
  table: "users",
  dataset: "prod_shop",
  destination: "users",
  enabled: true,
} as const;
const QUEUE = {
  url: "https://sqs.ap-northeast-1.amazonaws.com/123456789012/prod-aurora-loads.fifo",
  arn: "arn:aws:sqs:ap-northeast-1:123456789012:prod-aurora-loads.fifo",
};

function argsOf(more: Partial<ExportGateArgs> = {}): ExportGateArgs {
  return {
    accountId: "123456789012",
    region: "ap-northeast-1",
    clusterIdentifier: "app",
    environment: "prod",
    prefix: "prod",
    schedule: BY_CLOCK,
    onIncompleteExport: "load",
    shrinkGuard: { percent: 50, action: "tell" },
    columnChanges: "tell",
    bucketName: "exports",
    kmsKeyArn: "arn:aws:kms:ap-northeast-1:123456789012:key/k",
    tables: { engine: "mysql", tables: [USERS] },
    reports: { topicArn: TOPIC, kmsKeyArn: "arn:aws:kms:ap-northeast-1:123456789012:key/r" },
    reader: {
      userName: pulumi.output("prod-aurora-export-reader"),
      accessKeyId: pulumi.output("AKIAIOSFODNN7EXAMPLE"),
      userArns: pulumi.output(["arn:aws:iam::123456789012:user/prod-aurora-export-reader"]),
      boundaryArn: pulumi.output("arn:aws:iam::123456789012:policy/prod-aurora-export-reader-boundary"),
    },
    tags: TAGS,
    ...more,
  };
}

async function record(more: Partial<ExportGateArgs> = {}) {
  const made: ExportGate[] = [];
  const registrations = await recordResources(() => {
    made.push(new ExportGate("gate", argsOf(more)));
  });
  const [gate] = made;
  assert.ok(gate);
  return { registrations, gate };
}

function statementsOf(registrations: readonly Registration[]): string[] {
  const { policy } = named(registrations, "gate-policy").inputs;
  return JSON.parse(String(policy)).Statement.map(({ Sid }: { Sid: string }) => Sid);
}

const BASE = [
  "aurora-to-bigquery:index:ExportGate gate",
  "aws:cloudwatch/eventRule:EventRule gate-export-ended",
  "aws:cloudwatch/eventTarget:EventTarget gate-event-target",
  "aws:cloudwatch/logGroup:LogGroup gate-logs",
  "aws:iam/role:Role gate-role",
  "aws:iam/role:Role gate-scheduler-role",
  "aws:iam/rolePolicy:RolePolicy gate-policy",
  "aws:iam/rolePolicy:RolePolicy gate-scheduler-policy",
  "aws:lambda/function:Function gate-function",
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig gate-retries",
  "aws:lambda/permission:Permission gate-event-permission",
  "aws:scheduler/schedule:Schedule gate-schedule",
];

describe("ExportGate", () => {
  let registrations: Registration[];
  let gate: ExportGate;
  before(async () => {
    ({ registrations, gate } = await record());
  });

  it("registers a function, its rule and its clock, all as its children", () => {
    assert.deepEqual(listed(registrations), BASE);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("gives the function exactly these settings, and no network", () => {
    const { code, environment, ...inputs } = named(registrations, "gate-function").inputs;
    assert.deepEqual(inputs, {
      name: NAME,
      description: "Audits the finished exports of app and opens them to BigQuery",
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      handler: "index.handler",
      role: "arn:aws:iam::123456789012:role/prod-aurora-export-gate",
      timeout: 240,
      memorySize: 512,
      loggingConfig: { logFormat: "JSON", logGroup: `/aws/lambda/${NAME}` },
      tags: TAGS,
    });
    assert.deepEqual(named(registrations, "gate-logs").inputs, {
      name: `/aws/lambda/${NAME}`,
      retentionInDays: 90,
      tags: TAGS,
    });
  });

  it("tells the function what it needs, by variables", () => {
    assert.deepEqual(variablesOf(registrations, "gate"), {
      DB_CLUSTER_IDENTIFIER: "app",
      S3_BUCKET_NAME: "exports",
      ENV: "prod",
      TASK_PREFIX: "prod",
      TIME_ZONE: "Asia/Tokyo",
      PATH_OFFSET_MINUTES: "540",
      EXPORT_TIME: "04:00",
      LOAD: "06:00",
      CLOCK_ENABLED: "true",
      ON_INCOMPLETE_EXPORT: "load",
      SHRINK_GUARD_PERCENT: "50",
      SHRINK_GUARD_ACTION: "tell",
      COLUMN_CHANGES: "tell",
      REPORT_TOPIC_ARN: TOPIC,
      EXPORTER_FUNCTION_NAME: "prod__aurora-snapshot-s3-exporter",
      READER_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      READER_USER_NAME: "prod-aurora-export-reader",
    });
  });

  it("tells it for how many days exports are kept, where that is the stack's to say", async () => {
    const kept = await record({ retentionDays: 14 });
    assert.equal(variablesOf(kept.registrations, "gate").RETENTION_DAYS, "14");
    assert.equal(variablesOf(registrations, "gate").RETENTION_DAYS, undefined);
  });

  it("lets it see whose any snapshot of the account is", () => {
    const { policy } = named(registrations, "gate-policy").inputs;
    const statements: { Sid: string }[] = JSON.parse(String(policy)).Statement;
    assert.deepEqual(
      statements.find(({ Sid }) => Sid === "SeeWhoseASnapshotIs"),
      {
        Sid: "SeeWhoseASnapshotIs",
        Effect: "Allow",
        Action: "rds:DescribeDBClusterSnapshots",
        Resource: "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:*",
      },
    );
  });

  it("uploads the bundle with the list of tables", async () => {
    const { assets } = named(registrations, "gate-function").inputs.code as Archive;
    assert.deepEqual(Object.keys(assets ?? {}).sort(), ["index.mjs", "tables.json"]);
    assert.equal(assets?.["index.mjs"]?.path, "dist/gate/index.mjs");
    assert.deepEqual(tablesOf(registrations), { engine: "mysql", tables: [USERS] });
  });

  it("retries a failing event twice within the hour; an alarm tells of one that is given up", () => {
    assert.deepEqual(named(registrations, "gate-retries").inputs, {
      functionName: NAME,
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 3600,
    });
  });

  describe("is invoked by the ends of exports", () => {
    it("of every snapshot of the account: whose it is, its name does not say", () => {
      const { eventPattern, ...rule } = named(registrations, "gate-export-ended").inputs;
      assert.deepEqual(rule, {
        name: "prod-aurora-export-ended",
        description: "An export of a cluster snapshot has ended",
        tags: TAGS,
      });
      assert.deepEqual(JSON.parse(String(eventPattern)), {
        source: ["aws.rds"],
        "detail-type": ["RDS DB Cluster Snapshot Event"],
        detail: {
          EventID: ["RDS-EVENT-0162", "RDS-EVENT-0163", "RDS-EVENT-0164"],
          SourceArn: [{ prefix: "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:" }],
        },
      });
    });

    it("and by no others: not of a cluster itself, of another account, of another kind, or of another source", () => {
      const { name, inputs } = named(registrations, "gate-export-ended");
      const fits = parseEventPattern(name, String(inputs.eventPattern));
      const snapshots = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:";
      const isHeard = (snapshot: string, eventId = "RDS-EVENT-0164", more = {}, start = snapshots) =>
        fits({
          version: "0",
          id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
          "detail-type": "RDS DB Cluster Snapshot Event",
          source: "aws.rds",
          account: "123456789012",
          time: "2025-02-17T19:41:00Z",
          region: "ap-northeast-1",
          resources: [],
          detail: {
            EventID: eventId,
            SourceArn: `${start}${snapshot}`,
          },
          ...more,
        });
      for (const heard of [
        "rds:app-2025-02-17-16-05",
        "rds:app-green-1a2b3c-2025-02-17-16-05",
        "rds:renamed-since-2025-02-17-16-05",
        "before-the-migration",
        "awsbackup:job-1",
      ]) {
        for (const id of ["RDS-EVENT-0162", "RDS-EVENT-0163", "RDS-EVENT-0164"]) {
          assert.equal(isHeard(heard, id), true, `${heard} ${id}`);
        }
      }
      for (const other of [
        "arn:aws:rds:ap-northeast-1:210987654321:cluster-snapshot:",
        "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:",
        "arn:aws:rds:ap-northeast-1:123456789012:snapshot:",
        "arn:aws:rds:ap-northeast-1:123456789012:cluster:",
      ]) {
        assert.equal(isHeard("rds:app-2025-02-17-16-05", "RDS-EVENT-0164", {}, other), false, other);
      }
      assert.equal(isHeard("rds:app-2025-02-17-16-05", "RDS-EVENT-0169"), false);
      assert.equal(isHeard("rds:app-2025-02-17-16-05", "RDS-EVENT-0164", { source: "ours" }), false);
    });

    it("by that rule and by no other", () => {
      const { arn } = named(registrations, "gate-export-ended").outputs;
      assert.deepEqual(named(registrations, "gate-event-permission").inputs, {
        statementId: "InvokedByExportEvents",
        action: "lambda:InvokeFunction",
        function: NAME,
        principal: "events.amazonaws.com",
        sourceArn: arn,
      });
      const target = named(registrations, "gate-event-target");
      assert.deepEqual(target.inputs, {
        rule: "prod-aurora-export-ended",
        targetId: "gate",
        arn: FUNCTION,
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
      });
      assert.ok(dependencyNames(target).includes("gate-event-permission"));
    });
  });

  describe("has a clock", () => {
    const scheduleOf = async (schedule: ExportGateArgs["schedule"]) =>
      named((await record({ schedule })).registrations, "gate-schedule").inputs;

    it("ten minutes before the load, in local time, and every three hours besides", () => {
      assert.deepEqual(named(registrations, "gate-schedule").inputs, {
        name: NAME,
        description:
          "Every day at 05:50 Asia/Tokyo, and every 3 hours: looks for exports that have ended, and whether the day's is complete",
        scheduleExpression: "cron(50 2,5,8,11,14,17,20,23 * * ? *)",
        scheduleExpressionTimezone: "Asia/Tokyo",
        flexibleTimeWindow: { mode: "OFF" },
        state: "ENABLED",
        target: {
          arn: FUNCTION,
          roleArn: "arn:aws:iam::123456789012:role/prod-aurora-export-gate-scheduler",
          input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
          retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
        },
      });
    });

    it("on the day before where the load is at midnight", async () => {
      const { scheduleExpression } = await scheduleOf({ ...BY_CLOCK, load: { hour: 0, minute: 5 } });
      assert.equal(scheduleExpression, "cron(55 2,5,8,11,14,17,20,23 * * ? *)");
    });

    it("at the deadline where loads follow the export", async () => {
      const { scheduleExpression, description } = await scheduleOf(ON_COMPLETION);
      assert.equal(scheduleExpression, "cron(5 2,5,8,11,14,17,20,23 * * ? *)");
      assert.match(String(description), /^Every day at 08:05 Asia\/Tokyo, and every 3 hours:/);
    });

    it("that is there and off where the stack's clock is", async () => {
      const made = await record({ schedule: { ...BY_CLOCK, enabled: false } });
      assert.equal(named(made.registrations, "gate-schedule").inputs.state, "DISABLED");
      assert.equal(variablesOf(made.registrations, "gate").CLOCK_ENABLED, "false");
      assert.equal(named(made.registrations, "gate-export-ended").inputs.state, undefined);
    });

    it("and no deadline is an error of whoever uses the component", async () => {
      await assert.rejects(record({ schedule: { ...BY_CLOCK, load: "onExportComplete" } }), {
        message: "`deadline` is missing: loads follow the export",
      });
    });
  });

  it("starts nothing before it has its permissions", () => {
    assert.ok(dependencyNames(named(registrations, "gate-function")).includes("gate-policy"));
    assert.ok(dependencyNames(named(registrations, "gate-schedule")).includes("gate-scheduler-policy"));
  });

  it("may do what it needs, and asks nobody for loads where there is no loader", () => {
    assert.deepEqual(statementsOf(registrations), [
      "LookUpExportTasks",
      "SeeWhoseASnapshotIs",
      "ListExportsOfThisStack",
      "ReadSidecars",
      "SeeWhatIsOpenAndTheKey",
      "OpenExports",
      "KeepReports",
      "UseTheKeyThroughS3",
      "PublishReports",
      "EncryptReports",
      "WriteLogs",
    ]);
  });

  it("opens nothing, and may open nothing, where it knows no reader", async () => {
    const made = await record({ reader: undefined });
    const { READER_USER_NAME, READER_ACCESS_KEY_ID } = variablesOf(made.registrations, "gate");
    assert.deepEqual([READER_USER_NAME, READER_ACCESS_KEY_ID], [undefined, undefined]);
    assert.equal(String(named(made.registrations, "gate-policy").inputs.policy).includes("iam:"), false);
  });

  it("knows the loader's queue, and may send there alone", async () => {
    const asking = await record({ loadQueue: QUEUE, schedule: ON_COMPLETION });
    assert.deepEqual(listed(asking.registrations), BASE);
    const variables = variablesOf(asking.registrations, "gate");
    const known = Object.keys(variablesOf(registrations, "gate"));
    assert.deepEqual(Object.fromEntries(Object.entries(variables).filter(([key]) => !known.includes(key))), {
      DEADLINE: "08:05",
      LOAD_QUEUE_URL: QUEUE.url,
    });
    assert.equal(variables.LOAD, "onExportComplete");
    const { Statement } = JSON.parse(String(named(asking.registrations, "gate-policy").inputs.policy));
    const ofQueue = Statement.filter(({ Resource }: { Resource: unknown }) => Resource === QUEUE.arn);
    assert.deepEqual(
      ofQueue.map(({ Action }: { Action: unknown }) => Action),
      ["sqs:SendMessage"],
    );
  });

  it("tells its function", async () => {
    assert.equal(await resolved(gate.functionName), NAME);
    assert.equal(named(registrations, "gate-role").inputs.name, "prod-aurora-export-gate");
  });
});
