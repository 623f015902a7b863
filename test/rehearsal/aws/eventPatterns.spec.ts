import assert from "node:assert/strict";
import { type CloudEvent, parseEventPattern } from "../../../rehearsal/aws/eventPatterns";

const SNAPSHOTS = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:";

function event(snapshot: string, EventID = "RDS-EVENT-0164", changes: Partial<CloudEvent> = {}): CloudEvent {
  return {
    version: "0",
    id: "1",
    "detail-type": "RDS DB Cluster Snapshot Event",
    source: "aws.rds",
    account: "123456789012",
    time: "2025-02-17T19:30:00Z",
    region: "ap-northeast-1",
    resources: [`${SNAPSHOTS}${snapshot}`],
    detail: { EventCategories: ["notification"], EventID, SourceArn: `${SNAPSHOTS}${snapshot}` },
    ...changes,
  };
}

const ENDED = {
  source: ["aws.rds"],
  "detail-type": ["RDS DB Cluster Snapshot Event"],
  detail: {
    EventID: ["RDS-EVENT-0162", "RDS-EVENT-0163", "RDS-EVENT-0164"],
    SourceArn: [{ prefix: SNAPSHOTS }],
  },
};

function fits(pattern: unknown, it: CloudEvent): boolean {
  return parseEventPattern("ended", JSON.stringify(pattern))(it);
}

describe("an event pattern", () => {
  it("takes the ends of exports of every snapshot", () => {
    const own = "rds:app-2025-02-17-16-00";
    const taken = [event(own), event(own, "RDS-EVENT-0162"), event(own, "RDS-EVENT-0163"), event("by-hand")];
    const left = [
      event(own, "RDS-EVENT-0169"),
      event(own, undefined, { source: "aws.rds2" }),
      event(own, undefined, { "detail-type": "RDS DB Snapshot Event" }),
      event(own, undefined, { detail: {} }),
      event(own, undefined, { detail: { EventID: "RDS-EVENT-0164" } }),
    ];
    assert.deepEqual(
      [...taken, ...left].map((it) => fits(ENDED, it)),
      [true, true, true, true, ...left.map(() => false)],
    );
  });

  it("fits a list where one of its items fits", () => {
    assert.equal(fits({ resources: [{ prefix: `${SNAPSHOTS}by` }] }, event("by-hand")), true);
    assert.equal(fits({ resources: [{ prefix: "by" }] }, event("by-hand")), false);
    assert.equal(fits({ detail: { EventCategories: ["notification", "backup"] } }, event("x")), true);
  });

  it("takes a question mark and an asterisk for themselves", () => {
    assert.equal(fits({ source: ["aws.rd?"] }, event("x")), false);
    assert.equal(fits({ source: ["aws.*"] }, event("x")), false);
  });

  for (const pattern of [
    { source: "aws.rds" },
    { source: [] },
    { source: [1] },
    { source: [{ suffix: "s" }] },
    { source: [{ wildcard: "aws.*" }] },
    { source: [{ "anything-but": ["aws.ec2"] }] },
    { source: [{ prefix: "a", suffix: "s" }] },
    { $or: [{ source: ["aws.rds"] }] },
    { detail: {} },
  ]) {
    it(`is refused where it is ${JSON.stringify(pattern)}`, () => {
      assert.throws(
        () => parseEventPattern("ended", JSON.stringify(pattern)),
        /^Error: the rehearsal's event bus does not know the pattern .* of event.* in the rule ended$/,
      );
    });
  }
});
