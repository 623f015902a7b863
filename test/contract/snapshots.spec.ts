import assert from "node:assert/strict";
import { isCluster, ownerOfSnapshot, snapshotArnStart, snapshotName } from "../../contract/snapshots";

const PLACE = { region: "ap-northeast-1", accountId: "123456789012", clusterIdentifier: "example-prod" };
const START = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:";

function owner(name: string, cluster?: string, place = PLACE) {
  return ownerOfSnapshot(
    place,
    `${START}${name}`,
    cluster === undefined ? undefined : { DBClusterIdentifier: cluster },
  );
}

describe("a snapshot", () => {
  it("has its name behind its ARN", () => {
    assert.equal(snapshotArnStart(PLACE), START);
    assert.equal(snapshotName(`${START}rds:app-2025-02-17-16-05`), "rds:app-2025-02-17-16-05");
    assert.equal(snapshotName("by-hand"), "by-hand");
  });

  it("is of the cluster that RDS names, whatever its own name", () => {
    for (const name of [
      "rds:example-prod-2026-11-22-16-00",
      "rds:example-prod-green-1a2b3c-2026-11-22-16-00",
      "rds:example-prod-2024-restore-2026-11-22-16-00",
      "rds:renamed-since-2026-11-22-16-00",
      "before-the-migration",
      "awsbackup:job-1",
    ]) {
      assert.equal(owner(name, "example-prod"), "own", name);
      assert.equal(owner(name, "Example-Prod"), "own", name);
      for (const other of [
        "example-prod-2",
        "example-prod-2024-restore",
        "example-prod-old1",
        "example",
        "",
      ]) {
        assert.equal(owner(name, other), "other", `${name} of ${other}`);
      }
    }
  });

  it("is judged by its name where RDS does not know it, and only an automated one can be", () => {
    const judged: [name: string, owner: string][] = [
      ["rds:example-prod-2026-11-22-16-00", "own"],
      ["rds:EXAMPLE-prod-2026-11-22-16-00", "own"],
      ["rds:example-prod-green-1a2b3c-2026-11-22-16-00", "own"],
      ["rds:example-prod-green-1a2b3-2026-11-22-16-00", "other"],
      ["rds:example-prod-green-2026-11-22-16-00", "other"],
      ["rds:example-prod-2024-restore-2026-11-22-16-00", "other"],
      ["rds:example-prod-2026-11-22-16-00-2026-11-22-16-00", "other"],
      ["rds:example-prod-old1-2026-11-22-16-00", "other"],
      ["rds:example-prod-2026-11-22-16", "other"],
      ["rds:example-prod", "other"],
      ["rds:", "other"],
      ["rds:another-2026-11-22-16-00", "other"],
      ["example-prod-2026-11-22-16-00", "unknown"],
      ["before-the-migration", "unknown"],
      ["awsbackup:job-1", "unknown"],
    ];
    for (const [name, expected] of judged) {
      assert.equal(owner(name), expected, name);
      assert.equal(ownerOfSnapshot(PLACE, `${START}${name}`, {}), expected, name);
    }
    const odd = { ...PLACE, clusterIdentifier: "app-2025-01-01-00-00" };
    assert.equal(owner("rds:app-2025-01-01-00-00-2025-02-17-16-05", undefined, odd), "own");
    assert.equal(owner("rds:app-2025-01-01-00-00", undefined, odd), "other");
  });

  it("is another's in another account or Region, and a cluster is the one that its ARN names", () => {
    const found = { DBClusterIdentifier: "example-prod" };
    const judged: [arn: string, owner: string][] = [
      ["arn:aws:rds:us-east-1:123456789012:cluster-snapshot:rds:example-prod-2026-11-22-16-00", "other"],
      ["arn:aws:rds:ap-northeast-1:210987654321:cluster-snapshot:rds:example-prod-2026-11-22-16-00", "other"],
      ["arn:aws:rds:ap-northeast-1:123456789012:cluster:Example-Prod", "own"],
      ["arn:aws:rds:ap-northeast-1:123456789012:cluster:example-prod-2", "other"],
      ["", "other"],
    ];
    for (const [arn, expected] of judged) assert.equal(ownerOfSnapshot(PLACE, arn, found), expected, arn);
  });

  it("is named in lower case by RDS, whatever the stack file says", () => {
    assert.deepEqual(
      [isCluster("App", "app"), isCluster("app", "app-2"), isCluster("app", undefined)],
      [true, false, false],
    );
  });
});
