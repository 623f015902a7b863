import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isFault } from "../../../functions/errors";
import { parseInvocation } from "../../../functions/exporter/invocation";

const NOW = new Date("2025-02-17T19:00:05.250Z");

const ALLOWED =
  'Allowed are {"scheduledTime": "2025-02-17T19:00:00Z"}, as EventBridge Scheduler sends it; ' +
  "{} or nothing, by hand: exports the newest snapshot into the newest free hour; " +
  '{"snapshotArn": "arn:aws:rds:…:cluster-snapshot:…"}, by hand: the same for that snapshot, a manual one included; ' +
  '"exportAgain": true beside these, by hand: the same for a snapshot that has been exported already.';

const MANUAL = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:before-the-migration";

describe("parseInvocation", () => {
  it("takes the schedule's payload", () => {
    assert.deepEqual(parseInvocation({ scheduledTime: "2025-02-17T19:00:00Z" }, NOW), {
      kind: "scheduled",
      scheduledTime: new Date("2025-02-17T19:00:00Z"),
      again: false,
    });
    assert.deepEqual(parseInvocation({ scheduledTime: "2025-02-17T19:00:00.500Z" }, NOW), {
      kind: "scheduled",
      scheduledTime: new Date("2025-02-17T19:00:00.500Z"),
      again: false,
    });
  });

  it("takes the payload of the schedule that comes back", () => {
    assert.deepEqual(parseInvocation({ scheduledTime: "2025-02-17T19:00:00Z", again: true }, NOW), {
      kind: "scheduled",
      scheduledTime: new Date("2025-02-17T19:00:00Z"),
      again: true,
    });
  });

  for (const payload of [undefined, null, {}]) {
    it(`takes ${JSON.stringify(payload)} as an invocation by hand`, () => {
      assert.deepEqual(parseInvocation(payload, NOW), { kind: "byHand", exportAgain: false });
    });
  }

  it("takes exportAgain", () => {
    assert.deepEqual(parseInvocation({ exportAgain: true }, NOW), { kind: "byHand", exportAgain: true });
  });

  it("takes a snapshot, automated or not, and exportAgain beside it", () => {
    const automated = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:rds:app-2025-02-17-16-05";
    for (const snapshotArn of [MANUAL, automated]) {
      assert.deepEqual(parseInvocation({ snapshotArn }, NOW), {
        kind: "byHand",
        exportAgain: false,
        snapshotArn,
      });
    }
    assert.deepEqual(parseInvocation({ snapshotArn: MANUAL, exportAgain: true }, NOW), {
      kind: "byHand",
      exportAgain: true,
      snapshotArn: MANUAL,
    });
  });

  const refused: [payload: unknown, what: string][] = [
    ["2025-02-17", "it is a string and should be an object"],
    [7, "it is a number and should be an object"],
    [[], "it is an array and should be an object"],
    [{ scheduledtime: "2025-02-17T19:00:00Z" }, "unknown key `scheduledtime`"],
    [{ a: 1, b: 2, exportAgain: true }, "unknown key `a`, `b`"],
    [
      { scheduledTime: "2025-02-17T19:00:00Z", exportAgain: true },
      "`scheduledTime` and `exportAgain` exclude each other",
    ],
    [
      { scheduledTime: "2025-02-17T19:00:00Z", snapshotArn: MANUAL },
      "`scheduledTime` and `snapshotArn` exclude each other",
    ],
    ...[
      7,
      null,
      "",
      "before-the-migration",
      "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:",
      "arn:aws:rds:ap-northeast-1:123456789012:snapshot:rds:app-2025-02-17-16-05",
      "arn:aws:rds:ap-northeast-1:123456789012:cluster:app",
      "arn:aws:rds:ap-northeast-1:12345:cluster-snapshot:x",
    ].map((snapshotArn): [unknown, string] => [
      { snapshotArn },
      `\`snapshotArn\` is ${JSON.stringify(snapshotArn)} and should be the ARN of a cluster snapshot`,
    ]),
    [{ snapshotArn: MANUAL, exportAgain: false }, "`exportAgain` is false and can only be true"],
    [{ exportAgain: false }, "`exportAgain` is false and can only be true"],
    [{ exportAgain: "true" }, '`exportAgain` is "true" and can only be true'],
    [{ again: true }, "`again` comes beside `scheduledTime` alone"],
    [{ again: true, exportAgain: true }, "`again` comes beside `scheduledTime` alone"],
    [{ scheduledTime: "2025-02-17T19:00:00Z", again: false }, "`again` is false and can only be true"],
    [{ scheduledTime: 1739818800 }, "`scheduledTime` is 1739818800 and should be text"],
    [{ scheduledTime: null }, "`scheduledTime` is null and should be text"],
    [
      { scheduledTime: "<aws.scheduler.scheduled-time>" },
      '`scheduledTime` is still the placeholder "<aws.scheduler.scheduled-time>", which only EventBridge Scheduler fills in',
    ],
    [{ scheduledTime: "yesterday" }, '`scheduledTime` is "yesterday", which is no instant in UTC'],
    [
      { scheduledTime: "2025-02-17T19:00:00+09:00" },
      '`scheduledTime` is "2025-02-17T19:00:00+09:00", which is no instant in UTC',
    ],
    [
      { scheduledTime: "2025-02-30T19:00:00Z" },
      '`scheduledTime` is "2025-02-30T19:00:00Z", which is no instant in UTC',
    ],
    [
      { scheduledTime: "2025-02-16T19:00:05Z" },
      '`scheduledTime` is "2025-02-16T19:00:05Z", at 2025-02-17T19:00:05.250Z: not within the last 24 hours, nor the next 5 minutes',
    ],
    [
      { scheduledTime: "2025-02-17T19:05:06Z" },
      '`scheduledTime` is "2025-02-17T19:05:06Z", at 2025-02-17T19:00:05.250Z: not within the last 24 hours, nor the next 5 minutes',
    ],
  ];
  for (const [payload, what] of refused) {
    it(`refuses ${JSON.stringify(payload)}`, () => {
      assert.throws(
        () => parseInvocation(payload, NOW),
        (error) => {
          assert.ok(isFault(error, "PayloadError"));
          assert.equal(error.message, `The exporter does not take this payload: ${what}. ${ALLOWED}`);
          assert.equal(error.retryHelps, false);
          return true;
        },
      );
    });
  }

  it("takes the limits themselves", () => {
    for (const scheduledTime of ["2025-02-16T19:00:06Z", "2025-02-17T19:05:05Z"]) {
      assert.equal(parseInvocation({ scheduledTime }, NOW).kind, "scheduled");
    }
  });

  it("either reads a payload or refuses it with its own error", () => {
    const known = {
      scheduledTime: fc.jsonValue(),
      again: fc.jsonValue(),
      exportAgain: fc.jsonValue(),
      snapshotArn: fc.jsonValue(),
    };
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record(known, { requiredKeys: [] })), (payload) => {
        try {
          assert.ok(["scheduled", "byHand"].includes(parseInvocation(payload, NOW).kind));
        } catch (error) {
          assert.ok(isFault(error, "PayloadError"));
        }
      }),
    );
  });
});
