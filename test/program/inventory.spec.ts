import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inventoryOf, isForPeople, stackInventory } from "../../ops/inventory";
import type { Evaluation } from "../../rehearsal/program/evaluation";
import type { Registration } from "../../rehearsal/program/registrations";
import { evaluated, PROJECT_FOLDER } from "../support/evaluations";
import { assertInventory } from "../support/inventory";
import { exportOnlyOf, loadTransfers, named, paramsOf, variablesOf } from "../support/registrations";
import { ALL_EXISTING, READER_SECRET } from "../support/stackVariants";

// What this does not prove: checks, differences and replacements of the real providers; uploads. Ids that clouds make
// up are the rehearsal's.

const SHOP_TABLES = [
  "addresses",
  "coupons",
  "order_items",
  "orders",
  "page_views",
  "payments",
  "product_prices",
  "products",
  "reviews",
  "shipments",
  "type_samples",
  "users",
  "users_archive",
];

/** What the two shipped stacks must say, and where they differ. */
const STACKS = {
  prod: {
    vpcConfig: { subnetIds: ["subnet-1q2w3e4r"], securityGroupIds: ["sg-5t6y7u8i"] },
    state: "ENABLED",
    scheduleOptions: undefined,
    protected: ["export-bucket", "export-key", "shop-dataset"],
    clock: "",
  },
  stg: {
    vpcConfig: { subnetIds: ["subnet-qawsedrf"], securityGroupIds: ["sg-tgyhujik"] },
    state: "DISABLED",
    scheduleOptions: { disableAutoScheduling: true },
    protected: [],
    clock: " (the clock is off: by hand only)",
  },
} as const;

for (const [stack, expected] of Object.entries(STACKS)) {
  const name = `${stack}__aurora-snapshot-s3-exporter`;

  describe(`the stack ${stack}`, () => {
    let evaluation: Evaluation;
    let registrations: readonly Registration[];
    before(async () => {
      // Both at once: the second stack's turn comes for free.
      await Promise.all(Object.keys(STACKS).map((it) => evaluated(it)));
      evaluation = await evaluated(stack);
      ({ registrations } = evaluation);
    });

    it(`registers what inventory/${stack}.yaml says`, async () => {
      await assertInventory(stack);
    });

    it("has the exporter by its name, with its variables, size and network", () => {
      const { inputs } = named(registrations, "exporter-function");
      assert.deepEqual(
        { name: inputs.name, timeout: inputs.timeout, memorySize: inputs.memorySize },
        { name, timeout: 900, memorySize: 512 },
      );
      assert.deepEqual(inputs.vpcConfig, expected.vpcConfig);
      const { DB_CLUSTER_IDENTIFIER, EXPORT_ROLE_ARN, S3_BUCKET_NAME, KMS_KEY_ID, ENV } =
        variablesOf(registrations);
      assert.deepEqual(
        { DB_CLUSTER_IDENTIFIER, EXPORT_ROLE_ARN, S3_BUCKET_NAME, KMS_KEY_ID, ENV },
        {
          DB_CLUSTER_IDENTIFIER: `example-${stack}`,
          EXPORT_ROLE_ARN: `arn:aws:iam::123456789012:role/${stack}-aurora-snapshot-export`,
          S3_BUCKET_NAME: `${stack}-aurora-to-bigquery-123456789012`,
          KMS_KEY_ID: named(registrations, "export-key").outputs.arn,
          ENV: stack,
        },
      );
    });

    it("exports the database shop alone", () => {
      assert.deepEqual(exportOnlyOf(registrations), ["shop"]);
    });

    it("exports at 04:00 in Tokyo", () => {
      const { inputs } = named(registrations, "exporter-schedule");
      assert.deepEqual(
        [inputs.name, inputs.scheduleExpression, inputs.scheduleExpressionTimezone, inputs.state],
        [name, "cron(0 4 * * ? *)", "Asia/Tokyo", expected.state],
      );
      // 04:00 in Tokyo is 19:00 UTC, the original's cron(0 19 * * ? *).
      const [, minute, hour] = /^cron\((\d+) (\d+) /.exec(String(inputs.scheduleExpression)) ?? [];
      const local = `2025-02-18T${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}:00+09:00`;
      assert.equal(new Date(local).toISOString(), "2025-02-17T19:00:00.000Z");
    });

    it("has the gate by its name, which comes ten minutes before the load, and every three hours", () => {
      const gate = `${stack}__aurora-export-gate`;
      assert.equal(named(registrations, "gate-function").inputs.name, gate);
      const { inputs } = named(registrations, "gate-schedule");
      assert.deepEqual(
        [inputs.name, inputs.scheduleExpression, inputs.scheduleExpressionTimezone, inputs.state],
        [gate, "cron(50 2,5,8,11,14,17,20,23 * * ? *)", "Asia/Tokyo", expected.state],
      );
      const { CLOCK_ENABLED } = variablesOf(registrations, "gate");
      assert.equal(CLOCK_ENABLED, String(expected.state === "ENABLED"));
    });

    it("loads its users at 06:00 in Tokyo, by a transfer that a service account owns", () => {
      const { inputs } = named(registrations, "shop/users");
      const { params, sensitiveParams, ...rest } = inputs;
      assert.deepEqual(
        { ...rest, scheduleOptions: inputs.scheduleOptions },
        {
          project: `example-${stack}`,
          location: "asia-northeast1",
          displayName: `${stack}_users`,
          dataSourceId: "amazon_s3",
          destinationDatasetId: `${stack}_shop`,
          serviceAccountName: `${stack}-transfer@example-${stack}.iam.gserviceaccount.com`,
          schedule: "every day 21:00",
          scheduleOptions: expected.scheduleOptions,
        },
      );
      assert.deepEqual(paramsOf(named(registrations, "shop/users")), {
        destination_table_name_template: "users",
        data_path: `s3://${stack}-aurora-to-bigquery-123456789012/${stack}-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet`,
        access_key_id: named(registrations, "reader-key-1").id,
        file_format: "PARQUET",
        write_disposition: "WRITE_TRUNCATE",
        max_bad_records: "0",
        decimal_target_types: "NUMERIC,BIGNUMERIC,STRING",
      });
      assert.deepEqual(Object.keys(sensitiveParams as object), ["secretAccessKey"]);
    });

    it("loads every listed table so, and no other", () => {
      const transfers = loadTransfers(registrations);
      assert.deepEqual(
        transfers.map((it) => it.name),
        SHOP_TABLES.map((table) => `shop/${table}`),
      );
      const own = new Set(["displayName", "params"]);
      const common = (it: Registration) =>
        Object.fromEntries(Object.entries(it.inputs).filter(([key]) => !own.has(key)));
      for (const [index, it] of transfers.entries()) {
        const table = SHOP_TABLES[index];
        assert.deepEqual(common(it), common(named(registrations, "shop/users")));
        assert.equal(it.inputs.displayName, `${stack}_${table}`);
        assert.equal(paramsOf(it).destination_table_name_template, table);
        assert.equal(
          paramsOf(it).data_path,
          `s3://${stack}-aurora-to-bigquery-123456789012/${stack}-{run_time+9h|"%Y%m%d%H"}/shop/shop.${table}/*.parquet`,
        );
      }
    });

    it(`protects ${expected.protected.join(", ") || "nothing"}`, () => {
      const names = registrations.filter(({ protect }) => protect).map((it) => it.name);
      assert.deepEqual(names.sort(), expected.protected);
    });

    it("tells its outputs", () => {
      const transferNames = loadTransfers(registrations).map((it) => [it.name.replace("shop/", ""), it.id]);
      const loadsPage = named(registrations, "loads-page").id.split("/").at(-1);
      assert.deepEqual(evaluation.outputs, {
        bucketName: `${stack}-aurora-to-bigquery-123456789012`,
        exporterFunctionName: name,
        exporterScheduleName: name,
        exportRoleArn: `arn:aws:iam::123456789012:role/${stack}-aurora-snapshot-export`,
        gateFunctionName: `${stack}__aurora-export-gate`,
        reportTopicArn: `arn:aws:sns:ap-northeast-1:123456789012:${stack}-aurora-export-reports`,
        copyTopic: `projects/example-${stack}/topics/${stack}-aurora-copies`,
        journalDataset: `${stack}_aurora_reports`,
        dashboards: {
          export: `https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1#dashboards/dashboard/${stack}-aurora-export`,
          loads: `https://console.cloud.google.com/monitoring/dashboards/builder/${loadsPage}?project=example-${stack}`,
        },
        loadQueueUrl: `https://sqs.ap-northeast-1.amazonaws.com/123456789012/${stack}-aurora-loads.fifo`,
        loaderFunctionName: `${stack}__aurora-loader`,
        taskPrefix: stack,
        datasets: { shop: `${stack}_shop` },
        viewDatasets: { shop: `${stack}_shop_views` },
        transfers: { shop: Object.fromEntries(transferNames) },
        timetable: [
          `about 01:00 Asia/Tokyo: Aurora takes its snapshot of example-${stack}`,
          `04:00 Asia/Tokyo: the newest automated snapshot is exported${expected.clock}`,
          "when an export is finished: the gate checks it and opens it",
          `05:50 Asia/Tokyo: the gate opens for the last time, and reports an export that is not finished${expected.clock}`,
          `06:00 Asia/Tokyo: BigQuery loads each table, \`every day 21:00\` in UTC${expected.clock}`,
        ],
        examplePath: `s3://${stack}-aurora-to-bigquery-123456789012/${stack}-<YYYYMMDD>06/shop/shop.addresses/*.parquet`,
        operations: {
          accountId: "123456789012",
          region: "ap-northeast-1",
          project: `example-${stack}`,
          location: "asia-northeast1",
          clusterIdentifier: `example-${stack}`,
          snapshotType: "automated",
          maxSnapshotAgeHours: 24,
          schedule: {
            enabled: stack === "prod",
            timeZone: "Asia/Tokyo",
            pathOffsetMinutes: 540,
            snapshot: "01:00",
            export: "04:00",
            load: "06:00",
          },
          federation: true,
          retentionDays: 14,
          kmsKeyArn: named(registrations, "export-key").outputs.arn,
          readerUserName: `${stack}-aurora-export-reader`,
          counterFunctionName: `${stack}__aurora-counter`,
          engine: "mysql",
          readerKeyMaxAgeDays: 90,
          readerBoundaryArn: `arn:aws:iam::123456789012:policy/aurora-boundary-${stack}`,
          rolesBoundaryArn: `arn:aws:iam::123456789012:policy/aurora-boundary-${stack}`,
          tables: {
            shop: Object.fromEntries(transferNames.map(([table]) => [table, { table, destination: table }])),
          },
        },
      });
    });
  });
}

describe("npm run inventory", () => {
  const run = (...options: string[]) =>
    spawnSync(process.execPath, ["-r", "./ops/register.js", path.join("ops", "inventory.ts"), ...options], {
      cwd: PROJECT_FOLDER,
      encoding: "utf8",
    });

  it("prints what is committed", () => {
    const { status, stdout } = run("--stack", "stg");
    assert.equal(status, 0);
    assert.equal(stdout, readFileSync(path.join(PROJECT_FOLDER, "inventory", "stg.yaml"), "utf8"));
  });

  it("refuses an unknown stack in one sentence", () => {
    const { status, stdout, stderr } = run("--stack", "nope");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /^no stack "nope": there is no Pulumi\.nope\.yaml in .*; the stacks here are prod, stg\n$/,
    );
  });

  it("tells every fault of a stack file, for people to read", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "inventory-"));
    try {
      cpSync(path.join(PROJECT_FOLDER, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
      const shipped = readFileSync(path.join(PROJECT_FOLDER, "Pulumi.prod.yaml"), "utf8");
      const faulty = shipped
        .replace("ap-northeast-1", "ap-northeast-99")
        .replace("timeZone: Asia/Tokyo", "timeZone: Asia/Tokio");
      writeFileSync(path.join(folder, "Pulumi.bad.yaml"), faulty);
      await assert.rejects(stackInventory(folder, "bad"), (error) => {
        assert.ok(isForPeople(error));
        const [title, ...faults] = error.message.split("\n");
        assert.equal(title, "Pulumi.bad.yaml has 2 faults:");
        assert.deepEqual(
          faults.map((line) => /^- `aurora-to-bigquery:([\w.]+)` is/.exec(line)?.[1]),
          ["location", "schedule.timeZone"],
        );
        return true;
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("masks secrets, and shows JSON as what it means", async () => {
    const inventory = inventoryOf("prod", await evaluated("prod", ALL_EXISTING));
    assert.equal(inventory.includes(READER_SECRET), false);
    assert.match(inventory, /sensitiveParams: \{ secretAccessKey: "\[secret\]" \}/);
    assert.match(inventory, /input: \{ scheduledTime: <aws\.scheduler\.scheduled-time> \}/);
  });
});
