// The local RDS: snapshots, export tasks, and the faults of StartExportTask by their wire codes.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportKeyPolicy, exportRolePolicy, serviceTrust } from "../../../components/policyDocuments";
import type { SourceTable } from "../../../contract/layout";
import { AwsAccount, type Principal } from "../../../rehearsal/aws/account";
import type { CloudEvent } from "../../../rehearsal/aws/eventPatterns";
import { parsePolicy } from "../../../rehearsal/aws/policy";
import { type ExportCourse, LocalRds, type StartExportTaskInput } from "../../../rehearsal/aws/rds";
import { LocalS3 } from "../../../rehearsal/aws/s3";
import { VirtualClock } from "../../../rehearsal/clock";
import type { Snapshot, SourceDatabase } from "../../../rehearsal/databases/sourceDatabase";
import { Timeline } from "../../../rehearsal/timeline";

const ACCOUNT = "123456789012";
const KEY = `arn:aws:kms:ap-northeast-1:${ACCOUNT}:key/1`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/export`;
const START = new Date("2025-02-17T16:00:00Z");

/** A database of two tables, of which one cannot be exported. */
function database(): SourceDatabase {
  const table = (name: string) => ({ source: { database: "shop", table: name }, columns: [] });
  const snapshot: Snapshot = {
    withColumn: () => snapshot,
    tables: [table("users"), table("a/b")],
    fingerprint: async () => ({ rows: 1, checksum: "0" }),
    exportTable: async ({ table: name }: SourceTable, folder: string) => {
      if (name === "a/b")
        return { files: [], typeMappings: [], skipped: "TABLE_WITH_UNSUPPORTED_CHARACTER_IN_NAME" };
      mkdirSync(join(folder, "1"), { recursive: true });
      const paths = ["1/part-00000.gz.parquet", "1/part-00001.gz.parquet", "1/_SUCCESS"];
      for (const path of paths) writeFileSync(join(folder, path), "x");
      return { files: paths.map((path) => ({ path, bytes: 1 })), typeMappings: [] };
    },
    drop: async () => {},
  };
  return {
    engine: "mysql",
    name: "shop",
    liveThrough: async () => [],
    snapshot: async () => snapshot,
    close: async () => {},
  };
}

describe("the local RDS", () => {
  let folder: string;
  let clock: VirtualClock;
  let account: AwsAccount;
  let s3: LocalS3;
  let rds: LocalRds;
  let caller: Principal;
  let input: StartExportTaskInput;
  const source = database();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "rds-test-"));
    clock = new VirtualClock(START);
    account = new AwsAccount(ACCOUNT, "ap-northeast-1");
    account.buckets.set("b", { name: "b" });
    account.keys.set(KEY, {
      arn: KEY,
      policy: parsePolicy("key", JSON.stringify(exportKeyPolicy(ACCOUNT))),
      enabled: true,
    });
    const place = { bucketName: "b", kmsKeyArn: KEY, prefix: "prod", accountId: ACCOUNT };
    account.roles.set(ROLE, {
      arn: ROLE,
      name: "export",
      kind: "role",
      trust: parsePolicy("trust", JSON.stringify(serviceTrust("export.rds.amazonaws.com", ACCOUNT))),
      policies: [parsePolicy("role", JSON.stringify(exportRolePolicy(place)))],
    });
    const all = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    });
    caller = {
      arn: `arn:aws:iam::${ACCOUNT}:role/caller`,
      name: "caller",
      kind: "role",
      policies: [parsePolicy("all", all)],
    };
    s3 = new LocalS3(account, join(folder, "s3"), () => clock.now());
    const timeline = new Timeline(() => clock.now());
    const cluster = { identifier: "app", snapshotType: "automated" } as const;
    rds = new LocalRds(cluster, [source], account, s3, clock, timeline, join(folder, "exports"));
    await rds.takeSnapshot(new Map([["shop", await source.snapshot()]]));
    input = {
      identifier: "prod-2025021806",
      sourceArn: rds.snapshots[0]?.arn ?? "",
      bucketName: "b",
      roleArn: ROLE,
      kmsKeyId: KEY,
      exportOnly: ["shop"],
    };
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const later = (minutes: number) => clock.runUntil(new Date(clock.now().getTime() + minutes * 60_000));
  const keys = () => s3.peek("b", "").map((it) => it.key);

  it("names its automated snapshots after cluster and minute in UTC, and has them ready some minutes later", async () => {
    const [snapshot] = rds.snapshots;
    assert.equal(
      snapshot?.arn,
      `arn:aws:rds:ap-northeast-1:${ACCOUNT}:cluster-snapshot:rds:app-2025-02-17-16-00`,
    );
    assert.equal(snapshot?.status, "creating");
    await later(10);
    assert.equal(snapshot?.status, "available");
    const found = (clusterIdentifier: string, type: string) =>
      rds.describeSnapshots(caller, { clusterIdentifier, type }).length;
    assert.deepEqual(
      [found("app", "manual"), found("app-2", "automated"), found("app", "automated")],
      [0, 0, 1],
    );
  });

  it("writes bit by bit, ends with the sidecars, and names what it skipped", async () => {
    await later(10);
    const task = rds.startExportTask(caller, input);
    assert.equal(task.status, "STARTING");
    await later(13);
    assert.deepEqual([task.status, keys()], ["IN_PROGRESS", []]);
    await later(4);
    assert.deepEqual(keys(), ["prod-2025021806/shop/shop.users/1/part-00000.gz.parquet"]);
    await later(30);
    assert.equal(task.status, "COMPLETE");
    assert.deepEqual(keys(), [
      "prod-2025021806/export_info_prod-2025021806.json",
      "prod-2025021806/export_tables_info_prod-2025021806_from_1_to_2.json",
      "prod-2025021806/shop/shop.users/1/_SUCCESS",
      "prod-2025021806/shop/shop.users/1/part-00000.gz.parquet",
      "prod-2025021806/shop/shop.users/1/part-00001.gz.parquet",
    ]);
    assert.equal(task.warningMessage, '{"skippedTables":["shop.a/b"],"skippedObjectives":[],"general":[]}');
  });

  it("leaves what it had written when an export fails", async () => {
    await later(10);
    rds.course = { minutes: 26, fails: true };
    const task = rds.startExportTask(caller, input);
    await later(60);
    assert.deepEqual([task.status, task.failureCause], ["FAILED", "unknown internal error"]);
    assert.equal(keys().length, 2);
  });

  it("fails an export whose key is disabled on the way", async () => {
    await later(10);
    const task = rds.startExportTask(caller, input);
    const key = account.keys.get(KEY);
    assert.ok(key);
    key.enabled = false;
    await later(60);
    assert.deepEqual(
      [task.status, task.failureCause],
      ["FAILED", `failed to write to S3: ${KEY} is disabled`],
    );
  });

  const faults: [string, (input: StartExportTaskInput) => StartExportTaskInput, string][] = [
    ["DBClusterSnapshotNotFoundFault", (it) => ({ ...it, sourceArn: `${it.sourceArn}-x` }), "not found"],
    ["InvalidS3BucketFault", (it) => ({ ...it, bucketName: "c" }), "c does not exist"],
    ["IamRoleNotFound", (it) => ({ ...it, roleArn: `${ROLE}-x` }), "does not exist"],
    ["KMSKeyNotAccessibleFault", (it) => ({ ...it, kmsKeyId: `${KEY}-x` }), "not accessible"],
    ["InvalidParameterValue", (it) => ({ ...it, identifier: "prod--2025021806" }), "ExportTaskIdentifier"],
    ["InvalidParameterValue", (it) => ({ ...it, identifier: `p${"x".repeat(60)}` }), "ExportTaskIdentifier"],
    ["InvalidExportOnly", (it) => ({ ...it, exportOnly: ["shop.nope"] }), "shop.nope does not exist"],
    ["IamRoleMissingPermissions", (it) => ({ ...it, identifier: "stg-2025021806" }), "lacks permissions"],
  ];
  for (const [code, change, message] of faults) {
    it(`answers ${code} (${message})`, async () => {
      await later(10);
      assert.throws(
        () => rds.startExportTask(caller, change(input)),
        (error: Error & { code?: string }) => error.code === code && error.message.includes(message),
      );
    });
  }

  it("refuses a snapshot that is not available, one in use, and an id that is spent", async () => {
    const start = (identifier: string) => () => rds.startExportTask(caller, { ...input, identifier });
    assert.throws(start("prod-2025021806"), { code: "InvalidExportSourceState" });
    await later(10);
    start("prod-2025021806")();
    assert.throws(start("prod-2025021806"), { code: "ExportTaskAlreadyExists" });
    assert.throws(start("prod-2025021807"), { code: "InvalidExportSourceState" });
    await later(60);
    assert.throws(start("prod-2025021806"), { code: "ExportTaskAlreadyExists" });
    assert.equal(start("prod-2025021807")().status, "STARTING");
  });

  it("finds a snapshot by its name or ARN, as the API reference words it", async () => {
    const snapshot = rds.takeManualSnapshot("before-migration", new Map());
    const [automated] = rds.snapshots;
    assert.ok(automated);
    const find = (snapshotIdentifier: string, type?: string, clusterIdentifier?: string) =>
      rds.describeSnapshots(caller, { snapshotIdentifier, type, clusterIdentifier });
    assert.deepEqual(find("before-migration"), [snapshot]);
    assert.deepEqual(find(snapshot.arn, "manual"), [snapshot]);
    assert.deepEqual(find(automated.arn, "automated"), [automated]);
    assert.deepEqual([snapshot.type, snapshot.arn.split(":").at(-1)], ["manual", "before-migration"]);
    assert.throws(() => find(automated.identifier), { code: "InvalidParameterCombination" });
    assert.throws(() => find("before-migration", undefined, "app"), { code: "InvalidParameterCombination" });
    for (const unknown of [() => find("nothing"), () => find("before-migration", "automated")]) {
      assert.throws(unknown, { code: "DBClusterSnapshotNotFoundFault", status: 404 });
    }
  });

  it("shows a snapshot to nobody without the right to it", async () => {
    const nobody = { ...caller, policies: [] };
    assert.throws(() => rds.describeSnapshots(nobody, { snapshotIdentifier: "before-migration" }), {
      code: "AccessDenied",
      message:
        /rds:DescribeDBClusterSnapshots on .*:cluster-snapshot:before-migration: no statement allows it/,
    });
  });

  describe("sends the event of the end", () => {
    let events: CloudEvent[];

    beforeEach(async () => {
      events = [];
      rds.eventSinks.push((event) => void events.push(event));
      await later(10);
    });

    const start = (course: Partial<ExportCourse>) => {
      rds.course = { minutes: 26, ...course };
      return rds.startExportTask(caller, input);
    };
    const seen = () => events.map((it) => [it.detail.EventID, it.detail.Message]);

    it("of a finished export, in the shape of RDS's own", async () => {
      start({});
      await later(26);
      assert.equal(events.length, 0);
      await later(1);
      assert.match(events[0]?.id ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.deepEqual(events, [
        {
          version: "0",
          id: events[0]?.id,
          "detail-type": "RDS DB Cluster Snapshot Event",
          source: "aws.rds",
          account: ACCOUNT,
          time: "2025-02-17T16:36:00Z",
          region: "ap-northeast-1",
          resources: [input.sourceArn],
          detail: {
            EventCategories: ["notification"],
            SourceType: "CLUSTER_SNAPSHOT",
            SourceArn: input.sourceArn,
            Date: "2025-02-17T16:36:00.000Z",
            SourceIdentifier: "rds:app-2025-02-17-16-00",
            Message: "Export task completed.",
            EventID: "RDS-EVENT-0164",
          },
        },
      ]);
    });

    it("of a failed one", async () => {
      start({ fails: true });
      await later(60);
      assert.deepEqual(seen(), [["RDS-EVENT-0162", "Export task failed."]]);
    });

    it("of one that is canceled half-way, after which nothing is written", async () => {
      const task = start({ canceled: true });
      await later(60);
      assert.deepEqual([task.status, keys().length], ["CANCELED", 2]);
      assert.deepEqual(seen(), [["RDS-EVENT-0163", "Export task canceled."]]);
    });

    for (const [event, minutes] of [
      ["lost", []],
      ["twice", [27, 27]],
      [{ lateMinutes: 45 }, [71]],
    ] as const) {
      it(`never, twice or late, as the course says: ${JSON.stringify(event)}`, async () => {
        const arrivals: number[] = [];
        const began = clock.now().getTime();
        rds.eventSinks.push(() => void arrivals.push((clock.now().getTime() - began) / 60_000));
        start({ event });
        // Later exports have a course of their own.
        rds.course = { minutes: 26 };
        await later(120);
        assert.deepEqual(arrivals, minutes);
        assert.equal(new Set(events.map((it) => it.id)).size, Math.min(events.length, 1));
      });
    }
  });

  describe("has on demand", () => {
    const info = "prod-2025021806/export_tables_info_prod-2025021806_from_1_to_2.json";
    const run = async (course: Partial<ExportCourse>) => {
      await later(10);
      rds.course = { minutes: 26, ...course };
      const task = rds.startExportTask(caller, input);
      await later(60);
      assert.equal(task.status, "COMPLETE");
      return task;
    };
    const text = () => readFileSync(s3.peek("b", info)[0]?.file ?? "", "utf8");

    it("an export that leaves a table out", async () => {
      const task = await run({ skippedTables: ["shop.users"] });
      assert.equal(
        task.warningMessage,
        '{"skippedTables":["shop.users","shop.a/b"],"skippedObjectives":[],"general":[]}',
      );
      const { perTableStatus } = JSON.parse(text()) as { perTableStatus: Record<string, unknown>[] };
      assert.deepEqual(
        perTableStatus.map(({ target, status, warningMessage }) => [target, status, warningMessage]),
        [
          ["shop.users", "SKIPPED", "PERMISSIONS_DO_NOT_EXIST"],
          ["shop.a/b", "SKIPPED", "TABLE_WITH_UNSUPPORTED_CHARACTER_IN_NAME"],
        ],
      );
      assert.deepEqual(keys(), ["prod-2025021806/export_info_prod-2025021806.json", info]);
    });

    it("a sidecar that is cut off", async () => {
      await run({ sidecar: "malformed" });
      assert.throws(() => JSON.parse(text()), SyntaxError);
    });

    it("no sidecar of the tables", async () => {
      await run({ sidecar: "missing" });
      assert.equal(keys().includes(info), false);
      assert.equal(keys().includes("prod-2025021806/export_info_prod-2025021806.json"), true);
    });
  });

  it("keeps a snapshot that was taken by hand", async () => {
    rds.takeManualSnapshot("before-migration", new Map());
    await later(8 * 24 * 60);
    await rds.takeSnapshot(new Map());
    assert.deepEqual(
      rds.snapshots.map((it) => it.identifier),
      ["before-migration", "rds:app-2025-02-25-16-00"],
    );
  });

  it("forgets automated snapshots after the retention period", async () => {
    await later(8 * 24 * 60);
    await rds.takeSnapshot(new Map());
    assert.deepEqual(
      rds.snapshots.map((it) => it.identifier),
      ["rds:app-2025-02-25-16-00"],
    );
  });
});
