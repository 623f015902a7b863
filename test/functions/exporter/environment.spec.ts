import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFault } from "../../../functions/errors";
import { readEnvironment } from "../../../functions/exporter/environment";

const VARIABLES = {
  AWS_REGION: "ap-northeast-1",
  DB_CLUSTER_IDENTIFIER: "example-prod",
  EXPORT_ROLE_ARN: "arn:aws:iam::123456789012:role/prod-aurora-export",
  S3_BUCKET_NAME: "prod-aurora-export",
  KMS_KEY_ID: "arn:aws:kms:ap-northeast-1:123456789012:key/k",
  ENV: "prod",
  TASK_PREFIX: "prod",
  TIME_ZONE: "Asia/Tokyo",
  PATH_OFFSET_MINUTES: "540",
  EXPORT_TIME: "04:00",
  LOAD: "06:00",
  SNAPSHOT_TYPE: "automated",
  MAX_SNAPSHOT_AGE_HOURS: "24",
};

const HEAD = "The exporter's environment is incomplete or wrong. Deploy the stack again (pulumi up). Faults:";

describe("readEnvironment", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "exporter-environment-"));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  function read(changes: Record<string, string | undefined> = {}, scope = "[]") {
    writeFileSync(join(folder, "exportOnly.json"), scope);
    return readEnvironment({ ...VARIABLES, ...changes }, folder);
  }

  function assertFaults(faults: string[], changes: Record<string, string | undefined>, scope?: string) {
    assert.throws(
      () => read(changes, scope),
      (error) => {
        assert.ok(isFault(error, "EnvironmentError"));
        assert.equal(error.message, [HEAD, ...faults.map((fault) => `- ${fault}`)].join("\n"));
        assert.equal(error.retryHelps, false);
        return true;
      },
    );
  }

  it("reads what the stack sets", () => {
    assert.deepEqual(read({}, '["shop","crm.public.users"]'), {
      region: "ap-northeast-1",
      environment: "prod",
      clusterIdentifier: "example-prod",
      snapshotType: "automated",
      maxSnapshotAgeHours: 24,
      exportRoleArn: "arn:aws:iam::123456789012:role/prod-aurora-export",
      bucketName: "prod-aurora-export",
      kmsKeyId: "arn:aws:kms:ap-northeast-1:123456789012:key/k",
      taskPrefix: "prod",
      timeZone: "Asia/Tokyo",
      pathOffsetMinutes: 540,
      exportTime: { hour: 4, minute: 0 },
      load: { hour: 6, minute: 0 },
      exportOnly: ["shop", "crm.public.users"],
    });
  });

  it("reads completion mode, AWS Backup and fractions of an hour", () => {
    const environment = read({
      LOAD: "onExportComplete",
      DEADLINE: "08:00",
      SNAPSHOT_TYPE: "awsbackup",
      MAX_SNAPSHOT_AGE_HOURS: "1.5",
    });
    assert.equal(environment.load, "onExportComplete");
    assert.deepEqual(environment.deadline, { hour: 8, minute: 0 });
    assert.equal(environment.snapshotType, "awsbackup");
    assert.equal(environment.maxSnapshotAgeHours, 1.5);
  });

  it("reads the snapshot's time where there is one", () => {
    assert.deepEqual(read({ SNAPSHOT_TIME: "23:05" }).snapshotTime, { hour: 23, minute: 5 });
    for (const SNAPSHOT_TIME of [undefined, " "]) {
      assert.equal("snapshotTime" in read({ SNAPSHOT_TIME }), false);
    }
    assertFaults(['SNAPSHOT_TIME is "1": expected HH:MM from 00:00 to 23:59'], { SNAPSHOT_TIME: "1" });
  });

  it("needs a deadline in completion mode, and looks at none in the other", () => {
    assertFaults(["DEADLINE is missing"], { LOAD: "onExportComplete" });
    assertFaults(['DEADLINE is "8": expected HH:MM from 00:00 to 23:59'], {
      LOAD: "onExportComplete",
      DEADLINE: "8",
    });
    assert.equal("deadline" in read({ DEADLINE: "8" }), false);
  });

  it("names every missing variable at once", () => {
    const none = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, undefined]));
    assertFaults(
      [
        "DB_CLUSTER_IDENTIFIER is missing",
        "EXPORT_ROLE_ARN is missing",
        "S3_BUCKET_NAME is missing",
        "KMS_KEY_ID is missing",
        "ENV is missing",
        "TASK_PREFIX is missing",
        "TIME_ZONE is missing",
        "PATH_OFFSET_MINUTES is missing",
        "EXPORT_TIME is missing",
        "LOAD is missing",
        "SNAPSHOT_TYPE is missing",
        "MAX_SNAPSHOT_AGE_HOURS is missing",
        "AWS_REGION is missing",
      ],
      none,
    );
  });

  it("names every wrong value at once, the scope's file included", () => {
    assertFaults(
      [
        'EXPORT_ROLE_ARN is "prod-aurora-export": expected the ARN of an IAM role',
        "S3_BUCKET_NAME is missing",
        'TASK_PREFIX is "stg--x": must not hold two hyphens in a row',
        'TIME_ZONE is "Asia/Tokio": expected a name of the IANA time zone database, such as Asia/Tokyo',
        'PATH_OFFSET_MINUTES is "9h": expected whole minutes east of UTC, such as 540',
        'EXPORT_TIME is "4:00": expected HH:MM from 00:00 to 23:59',
        'LOAD is "24:00": expected HH:MM from 00:00 to 23:59, or onExportComplete',
        'SNAPSHOT_TYPE is "manual": expected automated or awsbackup',
        'MAX_SNAPSHOT_AGE_HOURS is "0": expected a number of hours above 0',
        'exportOnly.json holds {"shop":["users"]}: expected a JSON array of names such as "shop" or "shop.users"; ' +
          "[] exports everything",
      ],
      {
        EXPORT_ROLE_ARN: "prod-aurora-export",
        S3_BUCKET_NAME: "  ",
        TASK_PREFIX: "stg--x",
        TIME_ZONE: "Asia/Tokio",
        PATH_OFFSET_MINUTES: "9h",
        EXPORT_TIME: "4:00",
        LOAD: "24:00",
        SNAPSHOT_TYPE: "manual",
        MAX_SNAPSHOT_AGE_HOURS: "0",
      },
      '{"shop":["users"]}',
    );
  });

  for (const scope of ['["shop-db"]', '["a.b.c.d"]', "[1]", '[""]', '["shop."]', "null"]) {
    it(`refuses the scope ${scope}`, () => {
      const expected = 'expected a JSON array of names such as "shop" or "shop.users"; [] exports everything';
      assertFaults([`exportOnly.json holds ${scope}: ${expected}`], {}, scope);
    });
  }

  it("shows no more than the beginning of a long scope", () => {
    const scope = JSON.stringify(Array.from({ length: 1000 }, () => "a-b"));
    const expected = 'expected a JSON array of names such as "shop" or "shop.users"; [] exports everything';
    assertFaults([`exportOnly.json holds ${scope.slice(0, 200)}: ${expected}`], {}, scope);
  });

  it("says that the scope's file is absent, or no JSON", () => {
    const absent = join(folder, "absent");
    assert.throws(() => readEnvironment(VARIABLES, absent), {
      name: "EnvironmentError",
      message:
        `${HEAD}\n- exportOnly.json, which lies beside the code, cannot be read: ` +
        `Error: ENOENT: no such file or directory, open '${join(absent, "exportOnly.json")}'`,
    });
    assert.throws(() => read({}, "[shop]"), /exportOnly\.json, .* cannot be read: SyntaxError: /);
  });
});
