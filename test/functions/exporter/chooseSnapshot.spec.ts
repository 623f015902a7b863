import assert from "node:assert/strict";
import type { DBClusterSnapshot } from "@aws-sdk/client-rds";
import * as fc from "fast-check";
import { formatTimeOfDay, shiftTime, type TimeOfDay } from "../../../contract/timeOfDay";
import { localTime, utcOffsetMinutes, utcOffsetsAhead } from "../../../contract/timeZone";
import { isFault } from "../../../functions/errors";
import {
  checkNamedSnapshot,
  chooseSnapshot,
  type Night,
  type SnapshotRule,
} from "../../../functions/exporter/chooseSnapshot";

const HOUR = 60 * 60 * 1000;
const NOW = new Date("2025-02-17T19:00:00Z");

const RULE: SnapshotRule = {
  clusterIdentifier: "example-prod",
  snapshotType: "automated",
  maxAgeHours: 24,
  now: NOW,
  exportByHand: "aws lambda invoke …",
};

/** The export is due now, 04:00 in Tokyo, and its snapshot was at 01:00. */
const NIGHT: Night = {
  timeZone: "Asia/Tokyo",
  snapshotTime: { hour: 1, minute: 0 },
  exportTime: { hour: 4, minute: 0 },
  scheduledTime: NOW,
};

const ADVICE =
  "Look at the cluster's backups in the RDS console. " +
  "When a new snapshot is available, start the export by hand: aws lambda invoke …";

function snapshot(id: string, ageHours: number, changes: Partial<DBClusterSnapshot> = {}): DBClusterSnapshot {
  return {
    DBClusterSnapshotIdentifier: id,
    DBClusterSnapshotArn: `arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:${id}`,
    DBClusterIdentifier: "example-prod",
    Status: "available",
    SnapshotCreateTime: new Date(NOW.getTime() - ageHours * HOUR),
    ...changes,
  };
}

describe("chooseSnapshot", () => {
  it("takes the newest, whatever the order of the list", () => {
    const listed = [snapshot("rds:b", 26), snapshot("rds:c", 2), snapshot("rds:a", 50)];
    assert.deepEqual(chooseSnapshot(listed, RULE), {
      snapshot: {
        id: "rds:c",
        arn: "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:rds:c",
        createTime: new Date("2025-02-17T17:00:00Z"),
      },
      newerUnavailable: [],
      incomplete: [],
    });
  });

  it("takes the newest available snapshot of the cluster, for any list", () => {
    const listed = fc.array(
      fc.record({
        DBClusterSnapshotIdentifier: fc.string({ minLength: 1 }),
        DBClusterSnapshotArn: fc.string({ minLength: 1 }),
        DBClusterIdentifier: fc.constantFrom("example-prod", "example-prod-2", "Example-Prod", "example"),
        Status: fc.constantFrom("available", "creating", "copying", "failed"),
        SnapshotCreateTime: fc.date({
          min: new Date(NOW.getTime() - 20 * HOUR),
          max: NOW,
          noInvalidDate: true,
        }),
      }),
    );
    fc.assert(
      fc.property(listed, (snapshots) => {
        const times = snapshots
          .filter((s) => s.DBClusterIdentifier.toLowerCase() === "example-prod" && s.Status === "available")
          .map((s) => s.SnapshotCreateTime.getTime());
        if (times.length === 0) {
          assert.throws(() => chooseSnapshot(snapshots, RULE), { name: "NoSnapshotError" });
        } else {
          assert.equal(chooseSnapshot(snapshots, RULE).snapshot.createTime.getTime(), Math.max(...times));
        }
      }),
    );
  });

  it("passes over a newer snapshot of a cluster whose name begins the same", () => {
    const listed = [
      snapshot("rds:example-prod-2-x", 1, { DBClusterIdentifier: "example-prod-2" }),
      snapshot("rds:unknown", 1, { DBClusterIdentifier: undefined }),
      snapshot("rds:example-prod-x", 3),
    ];
    assert.equal(chooseSnapshot(listed, RULE).snapshot.id, "rds:example-prod-x");
  });

  it("knows the cluster in whatever case the stack file names it: RDS keeps names in lower case", () => {
    const rule = { ...RULE, clusterIdentifier: "Example-Prod" };
    assert.equal(chooseSnapshot([snapshot("rds:a", 3)], rule).snapshot.id, "rds:a");
  });

  it("takes AWS Backup's snapshots alone where they are wanted", () => {
    const listed = [
      snapshot("by-hand", 0.5),
      snapshot("rds:a", 1),
      snapshot("awsbackup:job-2", 3),
      snapshot("awsbackup:job-1", 27),
    ];
    const rule = { ...RULE, snapshotType: "awsbackup" } as const;
    assert.equal(chooseSnapshot(listed, rule).snapshot.id, "awsbackup:job-2");
  });

  it("names newer snapshots that are not available, and not the older ones", () => {
    const listed = [
      snapshot("rds:new", 1, { Status: "creating" }),
      snapshot("rds:timeless", 0, { Status: undefined, SnapshotCreateTime: undefined }),
      snapshot("rds:good", 3),
      snapshot("rds:old", 30, { Status: "copying" }),
    ];
    const choice = chooseSnapshot(listed, RULE);
    assert.equal(choice.snapshot.id, "rds:good");
    assert.deepEqual(choice.newerUnavailable, ["rds:new (creating)", "rds:timeless (without status)"]);
  });

  it("passes over an available snapshot that RDS described without time or ARN, and names it", () => {
    const listed = [
      snapshot("rds:timeless", 0, { SnapshotCreateTime: undefined }),
      snapshot("rds:no-arn", 1, { DBClusterSnapshotArn: undefined }),
      snapshot("", 1, { DBClusterSnapshotIdentifier: undefined, DBClusterSnapshotArn: undefined }),
      snapshot("rds:good", 3),
    ];
    const choice = chooseSnapshot(listed, RULE);
    assert.equal(choice.snapshot.id, "rds:good");
    assert.deepEqual(choice.incomplete, ["rds:timeless", "rds:no-arn", "a snapshot without identifier"]);
    assert.deepEqual(choice.newerUnavailable, []);
  });

  it("takes a snapshot of exactly the limit's age, and one of a clock that is ahead", () => {
    assert.equal(chooseSnapshot([snapshot("rds:a", 24)], RULE).snapshot.id, "rds:a");
    assert.equal(chooseSnapshot([snapshot("rds:a", -0.01)], RULE).snapshot.id, "rds:a");
  });

  describe("for the day's export", () => {
    const takes = (ageHours: number, night: Partial<Night> = {}, rule: Partial<SnapshotRule> = {}) => {
      const listed = [snapshot("rds:a", ageHours)];
      try {
        return (
          chooseSnapshot(listed, { ...RULE, ...rule, night: { ...NIGHT, ...night } }).snapshot.id === "rds:a"
        );
      } catch (error) {
        assert.ok(isFault(error, "SnapshotTooOldError"));
        return false;
      }
    };
    const SECOND = 1 / 3600;
    const at = (hour: number, minute = 0): TimeOfDay => ({ hour, minute });

    it("takes one from two hours before its time on, a late one too", () => {
      assert.deepEqual([takes(5), takes(3), takes(10 / 60), takes(-SECOND)], [true, true, true, true]);
      assert.deepEqual([takes(5 + SECOND), takes(22.5)], [false, false]);
    });

    it("takes the same when the clock comes back, however late the call runs", () => {
      const now = new Date(NOW.getTime() + 1.5 * HOUR);
      for (const scheduledTime of [NOW, now]) {
        assert.equal(takes(5, { scheduledTime }, { now }), true);
        assert.equal(takes(5 + SECOND, { scheduledTime }, { now }), false);
      }
    });

    it("takes one of the day before where its time lies behind the export's, or at it", () => {
      const rule = { maxAgeHours: 48 };
      assert.equal(takes(25, { snapshotTime: at(5) }, rule), true);
      assert.equal(takes(25 + SECOND, { snapshotTime: at(5) }, rule), false);
      assert.equal(takes(26, { snapshotTime: at(4) }, rule), true);
      assert.equal(takes(26 + SECOND, { snapshotTime: at(4) }, rule), false);
      assert.equal(takes(7, { snapshotTime: at(23) }), true);
      assert.equal(takes(7 + SECOND, { snapshotTime: at(23) }), false);
    });

    it("takes none that is older than allowed, whatever its time", () => {
      assert.equal(takes(24, { snapshotTime: at(5) }), true);
      assert.equal(takes(24 + SECOND, { snapshotTime: at(5) }), false);
      assert.equal(takes(3 + SECOND, {}, { maxAgeHours: 3 }), false);
    });

    it("takes each night's, and none of the night before, in zones whose clocks change", () => {
      const zones = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Antarctica/Troll",
        "Asia/Tokyo",
      ];
      const minutes = (max: number) => fc.integer({ min: 0, max });
      fc.assert(
        fc.property(
          fc.constantFrom(...zones),
          minutes(2 * 366 * 24 * 60),
          minutes(24 * 60),
          minutes(1),
          minutes(180),
          (timeZone, since, wished, season, look) => {
            const due = new Date(NOW.getTime() + since * 60_000);
            const offsets = utcOffsetsAhead(timeZone, NOW);
            const moved = Math.max(...offsets) - Math.min(...offsets);
            // What settings allow: the window before the export, and no other snapshot between, at every season.
            const gap = Math.min(Math.max(wished, 30 + moved), 24 * 60 - moved);
            const exportTime = localTime(timeZone, due);
            const snapshotTime = shiftTime(exportTime, -gap);
            // The stack file's time is that of one season, and the window stands in UTC.
            const change = (offsets.at(-season) ?? 0) - utcOffsetMinutes(timeZone, due);
            const taken = new Date(due.getTime() - (gap + change) * 60_000);
            const earlier = new Date(taken.getTime() - 24 * HOUR);
            const isTaken = (createTime: Date, behind: number) => {
              const now = new Date(due.getTime() + behind * 60_000);
              const night = { timeZone, snapshotTime, exportTime, scheduledTime: now };
              return takes((NOW.getTime() - createTime.getTime()) / HOUR, night, { now, maxAgeHours: 99 });
            };
            const said = `${timeZone} ${due.toISOString()} ${formatTimeOfDay(snapshotTime)}`;
            assert.deepEqual(
              [isTaken(taken, look), isTaken(taken, 0), isTaken(earlier, 0)],
              [true, true, false],
              said,
            );
          },
        ),
        { numRuns: 1000 },
      );
    });
  });

  const failures: [
    title: string,
    listed: DBClusterSnapshot[],
    rule: SnapshotRule,
    kind: unknown,
    message: string,
  ][] = [
    [
      "says that there is none",
      [],
      RULE,
      "NoSnapshotError",
      `No automated snapshot of cluster "example-prod" is available. Found: none. ${ADVICE}`,
    ],
    [
      "says what was found instead of an available one",
      [
        snapshot("rds:b", 1, { Status: "creating" }),
        snapshot("rds:a", 25, { Status: "copying" }),
        snapshot("rds:timeless", 0, { SnapshotCreateTime: undefined }),
      ],
      RULE,
      "NoSnapshotError",
      'No automated snapshot of cluster "example-prod" is available. Found: available 1, copying 1, creating 1. ' +
        `Not available yet: rds:b (creating), rds:a (copying). Without time or ARN: rds:timeless. ${ADVICE}`,
    ],
    [
      "names the kind that is looked for",
      [snapshot("rds:a", 1)],
      { ...RULE, snapshotType: "awsbackup" },
      "NoSnapshotError",
      `No AWS Backup snapshot of cluster "example-prod" is available. Found: none. ${ADVICE}`,
    ],
    [
      "refuses one that is a second too old, and names newer ones that are not finished",
      [
        snapshot("rds:new", 1, { Status: "creating" }),
        snapshot("rds:a", 24 + 1 / 3600),
        snapshot("rds:b", 48),
      ],
      RULE,
      "SnapshotTooOldError",
      'The newest available automated snapshot of cluster "example-prod" is rds:a of 2025-02-16T18:59:59.000Z: ' +
        "24 h 1 min old, and at most 24 h are allowed (`aurora.maxSnapshotAgeHours`). " +
        `Found: available 2, creating 1. Not available yet: rds:new (creating). ${ADVICE}`,
    ],
    [
      "refuses for the day's export one that came after yesterday's, and names the time of which it wants one",
      [snapshot("rds:a", 22.5), snapshot("rds:new", 0.1, { Status: "creating" })],
      { ...RULE, night: NIGHT },
      "SnapshotTooOldError",
      'The newest available automated snapshot of cluster "example-prod" is rds:a of 2025-02-16T20:30:00.000Z: ' +
        "2025-02-17 05:30 in Asia/Tokyo, and the day's export takes none of before 2025-02-17 23:00, 2 h before 01:00 " +
        "(`schedule.snapshot`; if the cluster's snapshots come at another time now, set it to that). " +
        `Found: available 1, creating 1. Not available yet: rds:new (creating). ${ADVICE}`,
    ],
  ];
  for (const [title, listed, rule, kind, message] of failures) {
    it(title, () => {
      assert.throws(() => chooseSnapshot(listed, rule), { name: kind, message, retryHelps: true });
    });
  }
});

describe("checkNamedSnapshot", () => {
  const NAME = "before-the-migration";
  const ARN = `arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:${NAME}`;

  it("takes one of any age, of the cluster in whatever case", () => {
    const old = snapshot(NAME, 24 * 365);
    for (const cluster of ["example-prod", "Example-Prod"]) {
      assert.deepEqual(checkNamedSnapshot(ARN, old, cluster), {
        id: NAME,
        arn: ARN,
        createTime: new Date("2024-02-18T19:00:00Z"),
      });
    }
  });

  const refused: [found: DBClusterSnapshot | undefined, why: string][] = [
    [undefined, "RDS knows no such snapshot in this account and Region"],
    [
      snapshot(NAME, 1, { DBClusterSnapshotArn: ARN.replace("123456789012", "210987654321") }),
      "RDS knows no such snapshot in this account and Region",
    ],
    [
      snapshot(NAME, 1, { DBClusterSnapshotArn: undefined }),
      "RDS knows no such snapshot in this account and Region",
    ],
    [snapshot(NAME, 1, { DBClusterIdentifier: "example-prod-2" }), 'it is of cluster "example-prod-2"'],
    [snapshot(NAME, 1, { DBClusterIdentifier: "example" }), 'it is of cluster "example"'],
    [snapshot(NAME, 1, { Status: "copying" }), "it is copying"],
    [snapshot(NAME, 1, { Status: undefined }), "it is without status"],
    [
      snapshot(NAME, 1, { SnapshotCreateTime: undefined }),
      "RDS describes it without the time at which it was taken",
    ],
  ];
  for (const [found, why] of refused) {
    it(`refuses one where ${why}`, () => {
      assert.throws(
        () => checkNamedSnapshot(ARN, found, "example-prod"),
        (error) => {
          assert.ok(isFault(error, "WrongSnapshotError"));
          assert.equal(
            error.message,
            `Snapshot ${ARN} is not exported: ${why}. Nothing was started. See the snapshots of cluster "example-prod" ` +
              "in the RDS console.",
          );
          assert.equal(error.retryHelps, false);
          return true;
        },
      );
    });
  }
});
