// The local RDS: snapshots, export tasks, and the faults of StartExportTask by their wire codes.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportKeyPolicy, exportRolePolicy, serviceTrust } from "../../../components/policyDocuments";
import type { SourceTable } from "../../../contract/layout";
import { AwsAccount, type Principal } from "../../../rehearsal/aws/account";
import { parsePolicy } from "../../../rehearsal/aws/policy";
import { LocalRds, type StartExportTaskInput } from "../../../rehearsal/aws/rds";
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
    const place = { bucketName: "b", kmsKeyArn: KEY, prefix: "prod" };
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
    assert.deepEqual(rds.describeSnapshots(caller, "app", "manual"), []);
    assert.deepEqual(rds.describeSnapshots(caller, "app-2", "automated"), []);
    assert.equal(rds.describeSnapshots(caller, "app", "automated").length, 1);
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

  it("forgets automated snapshots after the retention period", async () => {
    await later(8 * 24 * 60);
    await rds.takeSnapshot(new Map());
    assert.deepEqual(
      rds.snapshots.map((it) => it.identifier),
      ["rds:app-2025-02-25-16-00"],
    );
  });
});
