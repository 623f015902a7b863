import assert from "node:assert/strict";
import { SnapshotExporter, type SnapshotExporterArgs } from "../../components/snapshotExporter";
import type { Archive, Registration } from "../../rehearsal/program/registrations";
import { recordResources, resolved } from "../support/recordResources";
import { dependencyNames, exportOnlyOf, listed, named, variablesOf } from "../support/registrations";

// What this does not prove: what the policies allow (test/program/permissions.spec.ts), what the function does with
// its variables (test/functions/exporter), that Lambda and Scheduler take the settings.

const NAME = "prod__aurora-snapshot-s3-exporter";
const KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/k";
const EXPORT_ROLE = "arn:aws:iam::123456789012:role/prod-aurora-snapshot-export";
const GATE = "arn:aws:lambda:ap-northeast-1:123456789012:function:prod__aurora-export-gate";
const TAGS = { Team: "data" };

function argsOf(more: Partial<SnapshotExporterArgs> = {}): SnapshotExporterArgs {
  return {
    accountId: "123456789012",
    region: "ap-northeast-1",
    clusterIdentifier: "example-prod",
    snapshotType: "automated",
    maxSnapshotAgeHours: 24,
    exportOnly: ["shop"],
    environment: "prod",
    prefix: "prod",
    schedule: {
      enabled: true,
      timeZone: "Asia/Tokyo",
      pathOffsetMinutes: 540,
      exportTime: { hour: 4, minute: 0 },
      load: { hour: 6, minute: 0 },
    },
    bucketName: "exports",
    kmsKeyArn: KEY,
    exportRoleArn: EXPORT_ROLE,
    failuresTo: GATE,
    tags: TAGS,
    ...more,
  };
}

async function record(more: Partial<SnapshotExporterArgs> = {}) {
  const made: SnapshotExporter[] = [];
  const registrations = await recordResources(() =>
    made.push(new SnapshotExporter("exporter", argsOf(more))),
  );
  const [exporter] = made;
  assert.ok(exporter);
  return { registrations, exporter };
}

function statementsOf(registrations: readonly Registration[]): string[] {
  const { policy } = named(registrations, "exporter-policy").inputs;
  return JSON.parse(String(policy)).Statement.map(({ Sid }: { Sid: string }) => Sid);
}

describe("SnapshotExporter", () => {
  let registrations: Registration[];
  let exporter: SnapshotExporter;
  before(async () => {
    ({ registrations, exporter } = await record());
  });

  it("registers a function and its clock, each with a role, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:SnapshotExporter exporter",
      "aws:cloudwatch/logGroup:LogGroup exporter-logs",
      "aws:iam/role:Role exporter-role",
      "aws:iam/role:Role exporter-scheduler-role",
      "aws:iam/rolePolicy:RolePolicy exporter-policy",
      "aws:iam/rolePolicy:RolePolicy exporter-scheduler-policy",
      "aws:lambda/function:Function exporter-function",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig exporter-retries",
      "aws:scheduler/schedule:Schedule exporter-again-schedule",
      "aws:scheduler/schedule:Schedule exporter-schedule",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("gives the function exactly these settings", () => {
    const { code, environment, ...inputs } = named(registrations, "exporter-function").inputs;
    assert.deepEqual(inputs, {
      name: NAME,
      description: "Exports the newest snapshot of example-prod to S3",
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      handler: "index.handler",
      role: "arn:aws:iam::123456789012:role/prod-aurora-snapshot-exporter",
      timeout: 900,
      memorySize: 512,
      loggingConfig: { logFormat: "JSON", logGroup: `/aws/lambda/${NAME}` },
      tags: TAGS,
    });
  });

  it("tells the function what it needs, by variables", () => {
    assert.deepEqual(variablesOf(registrations), {
      DB_CLUSTER_IDENTIFIER: "example-prod",
      EXPORT_ROLE_ARN: EXPORT_ROLE,
      S3_BUCKET_NAME: "exports",
      KMS_KEY_ID: KEY,
      ENV: "prod",
      TASK_PREFIX: "prod",
      TIME_ZONE: "Asia/Tokyo",
      PATH_OFFSET_MINUTES: "540",
      EXPORT_TIME: "04:00",
      LOAD: "06:00",
      SNAPSHOT_TYPE: "automated",
      MAX_SNAPSHOT_AGE_HOURS: "24",
    });
  });

  it("passes on a load that waits for the export", async () => {
    const { schedule } = argsOf();
    const deadline = { hour: 8, minute: 0 };
    const made = await record({ schedule: { ...schedule, load: "onExportComplete", deadline } });
    const { LOAD, DEADLINE } = variablesOf(made.registrations);
    assert.deepEqual([LOAD, DEADLINE], ["onExportComplete", "08:00"]);
  });

  it("passes on when the night's snapshot is due", async () => {
    const { schedule } = argsOf();
    const made = await record({ schedule: { ...schedule, snapshotTime: { hour: 1, minute: 5 } } });
    assert.equal(variablesOf(made.registrations).SNAPSHOT_TIME, "01:05");
  });

  for (const exportOnly of [["crm", "shop"], []]) {
    it(`uploads the bundle with the list ${JSON.stringify(exportOnly)}`, async () => {
      const made = await record({ exportOnly });
      const { assets } = named(made.registrations, "exporter-function").inputs.code as Archive;
      assert.deepEqual(Object.keys(assets ?? {}).sort(), ["exportOnly.json", "index.mjs"]);
      assert.deepEqual(exportOnlyOf(made.registrations), exportOnly);
      assert.equal(assets?.["index.mjs"]?.path, "dist/exporter/index.mjs");
    });
  }

  it("retries a failing run twice within the hour before the load, and then tells the gate", () => {
    assert.deepEqual(named(registrations, "exporter-retries").inputs, {
      functionName: NAME,
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: GATE } },
      maximumEventAgeInSeconds: 3600,
    });
  });

  it("keeps the log for 90 days, in a group that is there before the function", () => {
    assert.deepEqual(named(registrations, "exporter-logs").inputs, {
      name: `/aws/lambda/${NAME}`,
      retentionInDays: 90,
      tags: TAGS,
    });
    assert.ok(dependencyNames(named(registrations, "exporter-function")).includes("exporter-logs"));
  });

  it("takes other sizes and times", async () => {
    const made = await record({ timeoutSeconds: 60, memoryMegabytes: 128, logRetentionDays: 7 });
    const { timeout, memorySize } = named(made.registrations, "exporter-function").inputs;
    const { retentionInDays } = named(made.registrations, "exporter-logs").inputs;
    assert.deepEqual([timeout, memorySize, retentionInDays], [60, 128, 7]);
  });

  describe("has a schedule", () => {
    it("in local time, which tells the function the time that it stands for", () => {
      const { target, ...inputs } = named(registrations, "exporter-schedule").inputs;
      assert.deepEqual(inputs, {
        name: NAME,
        description: "Every day at 04:00 Asia/Tokyo: exports the newest snapshot of example-prod",
        scheduleExpression: "cron(0 4 * * ? *)",
        scheduleExpressionTimezone: "Asia/Tokyo",
        flexibleTimeWindow: { mode: "OFF" },
        state: "ENABLED",
      });
      assert.deepEqual(target, {
        arn: `arn:aws:lambda:ap-northeast-1:123456789012:function:${NAME}`,
        roleArn: "arn:aws:iam::123456789012:role/prod-aurora-snapshot-scheduler",
        input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
      });
    });

    it("that is there and off where the clock is", async () => {
      const { schedule } = argsOf();
      const made = await record({ schedule: { ...schedule, enabled: false } });
      assert.equal(named(made.registrations, "exporter-schedule").inputs.state, "DISABLED");
    });

    it("and one that comes back every five minutes while the export can still be finished in time", () => {
      const { target, ...inputs } = named(registrations, "exporter-again-schedule").inputs;
      assert.deepEqual(inputs, {
        name: "prod-aurora-snapshot-again",
        description: "Every 5 minutes after 04:00 Asia/Tokyo: exports it then if there was no room before",
        scheduleExpression: "cron(0,5,10,15,20,25,30,35,40,45,50,55 4,5 * * ? *)",
        scheduleExpressionTimezone: "Asia/Tokyo",
        flexibleTimeWindow: { mode: "OFF" },
        state: "ENABLED",
      });
      assert.deepEqual(target, {
        arn: `arn:aws:lambda:ap-northeast-1:123456789012:function:${NAME}`,
        roleArn: "arn:aws:iam::123456789012:role/prod-aurora-snapshot-scheduler",
        input: '{"scheduledTime":"<aws.scheduler.scheduled-time>","again":true}',
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 300 },
      });
    });

    it("which comes back across midnight, and as long as the deadline lets it", async () => {
      const times = {
        exportTime: { hour: 22, minute: 7 },
        load: "onExportComplete",
        deadline: { hour: 2, minute: 7 },
      } as const;
      const made = await record({ schedule: { ...argsOf().schedule, ...times, enabled: false } });
      const { scheduleExpression, state } = named(made.registrations, "exporter-again-schedule").inputs;
      assert.equal(scheduleExpression, "cron(2,7,12,17,22,27,32,37,42,47,52,57 22,23,0,1 * * ? *)");
      assert.equal(state, "DISABLED");
    });

    it("to the minute", async () => {
      const { schedule } = argsOf();
      const made = await record({ schedule: { ...schedule, exportTime: { hour: 23, minute: 5 } } });
      const { scheduleExpression, description } = named(made.registrations, "exporter-schedule").inputs;
      assert.equal(scheduleExpression, "cron(5 23 * * ? *)");
      assert.match(String(description), /^Every day at 23:05 Asia\/Tokyo:/);
    });
  });

  it("starts nothing before it has its permissions", () => {
    assert.ok(dependencyNames(named(registrations, "exporter-function")).includes("exporter-policy"));
    assert.ok(
      dependencyNames(named(registrations, "exporter-schedule")).includes("exporter-scheduler-policy"),
    );
  });

  it("has no permission on the network outside of a VPC", () => {
    assert.deepEqual(statementsOf(registrations), [
      "ListSnapshotsOfTheCluster",
      "LookUpExportTasks",
      "ExportSnapshots",
      "PassTheExportRole",
      "DescribeTheKey",
      "GrantTheKeyToRds",
      "WriteLogs",
      "TellOfFailures",
      "DenyTheGateToTheCode",
    ]);
  });

  it("stands in the VPC that it is given, with Lambda's permissions for that", async () => {
    const vpc = { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] };
    const made = await record({ vpc });
    assert.deepEqual(named(made.registrations, "exporter-function").inputs.vpcConfig, vpc);
    assert.deepEqual(statementsOf(made.registrations).slice(-2), [
      "LambdaManagesNetworkInterfaces",
      "DenyNetworkInterfacesToTheCode",
    ]);
  });

  it("tells function, schedule and bucket", async () => {
    assert.equal(await resolved(exporter.functionName), NAME);
    assert.equal(
      await resolved(exporter.functionArn),
      `arn:aws:lambda:ap-northeast-1:123456789012:function:${NAME}`,
    );
    assert.equal(await resolved(exporter.scheduleName), NAME);
    assert.equal(await resolved(exporter.bucketName), "exports");
  });
});
