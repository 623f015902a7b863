import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isFault } from "../../../../functions/errors";
import { parseGateCall } from "../../../../functions/gate/call/invocation";

import { ACCOUNT, event, REGION, snapshotArn } from "../../world";

const NOW = new Date("2025-02-17T20:50:03.250Z");
const EXPORTER = "prod__exporter";
const PLACE = {
  region: REGION,
  accountId: ACCOUNT,
  exporterName: EXPORTER,
  taskPrefix: "prod",
};
const COMPLETED = "RDS-EVENT-0164";

const ALLOWED =
  "Allowed are RDS's events RDS-EVENT-0162 to 0164 for cluster snapshots of this account; " +
  '{"scheduledTime": "2025-02-17T20:50:00Z"}, as EventBridge Scheduler sends it; ' +
  "Lambda's record of an invocation of the exporter that failed; " +
  'and, by hand, {"slot": "2025021806"}, with "despiteFindings": true to open and load what the audit has doubts about, ' +
  '"evenIfOlder": true to load it in place of newer rows, ' +
  '"ofThisCluster": true where RDS does not know its snapshot any more, and you do, ' +
  'and "tables": ["prod_shop.users"] to load these alone.';

function parse(payload: unknown) {
  return parseGateCall(payload, PLACE, NOW);
}

function assertRefused(payload: unknown, what: string): void {
  assert.throws(
    () => parse(payload),
    (error) => {
      assert.ok(isFault(error, "PayloadError"));
      assert.equal(
        error.message,
        `The gate does not take this payload: ${what}. Nothing was opened or started. ${ALLOWED}`,
      );
      assert.equal(error.retryHelps, false);
      return true;
    },
  );
}

function withDetail(changes: Record<string, unknown>): Record<string, unknown> {
  const it = event(COMPLETED, "rds:app-2025-02-17-16-05");
  return { ...it, detail: { ...(it.detail as object), ...changes } };
}

function _record(body: unknown, changes: Record<string, unknown> = {}) {
  return { Records: [{ eventSource: "aws:sqs", body, ...changes }] };
}

describe("parseGateCall", () => {
  describe("with an event of RDS", () => {
    for (const [id, status] of [
      ["RDS-EVENT-0162", "FAILED"],
      ["RDS-EVENT-0163", "CANCELED"],
      ["RDS-EVENT-0164", "COMPLETE"],
    ] as const) {
      it(`takes ${id} as ${status}`, () => {
        assert.deepEqual(parse(event(id, "rds:app-2025-02-17-16-05")), {
          kind: "exportEnded",
          status,
          snapshotArn: snapshotArn("rds:app-2025-02-17-16-05"),
        });
      });
    }

    for (const name of [
      "before-the-migration",
      "app-2",
      "awsbackup:job-1",
      "rds:APP-2025-02-17-16-05",
      "rds:app-green-1a2b3c-2025-02-17-16-05",
      "rds:another-2025-02-17-16-05",
      "rds:",
    ]) {
      it(`takes the snapshot ${name}: whose it is, RDS says`, () => {
        assert.equal(parse(event(COMPLETED, name)).kind, "exportEnded");
      });
    }

    const refused: [payload: unknown, what: string][] = [
      [
        { ...event(COMPLETED), source: "aws.s3" },
        'it is an event of "aws.s3" with the type "RDS DB Cluster Snapshot Event"',
      ],
      [{ ...event(COMPLETED), "detail-type": "x" }, 'it is an event of "aws.rds" with the type "x"'],
      [{ source: "aws.rds" }, 'it is an event of "aws.rds" with the type undefined'],
      [event("RDS-EVENT-0169"), 'its `detail.EventID` is "RDS-EVENT-0169"'],
      [event("toString"), 'its `detail.EventID` is "toString"'],
      [{ ...event(COMPLETED), detail: undefined }, "its `detail.EventID` is undefined"],
      [{ ...event(COMPLETED), detail: [] }, "its `detail.EventID` is undefined"],
      [withDetail({ EventID: 164 }), "its `detail.EventID` is 164"],
      ...[
        undefined,
        7,
        "rds:app-2025-02-17-16-05",
        `arn:aws:rds:us-east-1:${ACCOUNT}:cluster-snapshot:rds:app-2025-02-17-16-05`,
        `arn:aws:rds:${REGION}:210987654321:cluster-snapshot:rds:app-2025-02-17-16-05`,
        `arn:aws:rds:${REGION}:${ACCOUNT}:snapshot:rds:app-2025-02-17-16-05`,
        `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:app`,
        `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:`,
      ].map((arn): [unknown, string] => [
        withDetail({ SourceArn: arn }),
        `its \`detail.SourceArn\` is ${JSON.stringify(arn)}, which is no cluster snapshot of account ${ACCOUNT} in ${REGION}`,
      ]),
    ];
    for (const [payload, what] of refused) {
      it(`refuses one where ${what}`, () => assertRefused(payload, what));
    }
  });

  describe("with the clock's payload", () => {
    for (const scheduledTime of [
      "2025-02-17T20:50:00Z",
      "2025-02-17T20:50:00.000Z",
      "2025-02-16T20:50:04Z",
      "2025-02-17T20:55:03Z",
    ]) {
      it(`takes ${scheduledTime}`, () => {
        assert.deepEqual(parse({ scheduledTime }), {
          kind: "clock",
          scheduledTime: new Date(scheduledTime),
        });
      });
    }

    const notUtc = "which is no instant in UTC";
    const limits = "not within the last 24 hours, nor the next 5 minutes";
    const refused: [value: unknown, what: string][] = [
      [
        "<aws.scheduler.scheduled-time>",
        '`scheduledTime` is still the placeholder "<aws.scheduler.scheduled-time>", which only EventBridge Scheduler fills in',
      ],
      [1739825400, `\`scheduledTime\` is 1739825400, ${notUtc}`],
      [null, `\`scheduledTime\` is null, ${notUtc}`],
      ["", `\`scheduledTime\` is "", ${notUtc}`],
      ["05:50", `\`scheduledTime\` is "05:50", ${notUtc}`],
      ["2025-02-17", `\`scheduledTime\` is "2025-02-17", ${notUtc}`],
      ["2025-02-17T20:50:00", `\`scheduledTime\` is "2025-02-17T20:50:00", ${notUtc}`],
      ["2025-02-18T05:50:00+09:00", `\`scheduledTime\` is "2025-02-18T05:50:00+09:00", ${notUtc}`],
      ["2025-02-30T20:50:00Z", `\`scheduledTime\` is "2025-02-30T20:50:00Z", ${notUtc}`],
      [
        "2025-02-16T20:50:03Z",
        `\`scheduledTime\` is "2025-02-16T20:50:03Z", at 2025-02-17T20:50:03.250Z: ${limits}`,
      ],
      [
        "2025-02-17T20:55:04Z",
        `\`scheduledTime\` is "2025-02-17T20:55:04Z", at 2025-02-17T20:50:03.250Z: ${limits}`,
      ],
    ];
    for (const [scheduledTime, what] of refused) {
      it(`refuses ${JSON.stringify(scheduledTime)}`, () => assertRefused({ scheduledTime }, what));
    }

    it("refuses other keys beside it", () => {
      assertRefused(
        { scheduledTime: "2025-02-17T20:50:00Z", slot: "2025021806" },
        "unknown key `slot` beside `scheduledTime`",
      );
    });
  });

  describe("with Lambda's record of a failure", () => {
    const functionArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${EXPORTER}:$LATEST`;
    const record = {
      version: "1.0",
      timestamp: "2025-02-17T20:50:00.000Z",
      requestContext: {
        requestId: "r",
        functionArn,
        condition: "RetriesExhausted",
        approximateInvokeCount: 3,
      },
      requestPayload: { scheduledTime: "2025-02-17T19:00:00Z" },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: { errorType: "NoSnapshotError", errorMessage: "No snapshot.", trace: ["at x"] },
    };

    it("takes one of the exporter, with the function's own words", () => {
      assert.deepEqual(parse(record), {
        kind: "startFailed",
        scheduledTime: new Date("2025-02-17T19:00:00Z"),
        cause: "NoSnapshotError: No snapshot.",
      });
    });

    it("says so where the function said nothing", () => {
      const requestContext = { ...record.requestContext, condition: "EventAgeExceeded" };
      const call = parse({ ...record, requestContext, responsePayload: undefined });
      assert.equal(
        call.kind === "startFailed" && call.cause,
        '"EventAgeExceeded", without a word of the function',
      );
    });

    it("refuses those of other functions, and those of no schedule", () => {
      for (const other of [
        `${functionArn.replace(":$LATEST", "")}-2`,
        functionArn.replace(EXPORTER, "prod__gate"),
        functionArn.replace(REGION, "eu-west-1"),
        undefined,
      ]) {
        const requestContext = { ...record.requestContext, functionArn: other };
        assert.throws(
          () => parse({ ...record, requestContext }),
          /^PayloadError: .* which is not arn:aws:lambda:/,
        );
      }
      assert.throws(() => parse({ ...record, requestPayload: {} }), /`scheduledTime` is undefined/);
    });
  });

  describe("with a person's payload", () => {
    it("takes a slot, and what is doubtful or older only when told to", () => {
      assert.deepEqual(parse({ slot: "2025021806" }), {
        kind: "byHand",
        slot: "2025021806",
        despiteFindings: false,
        evenIfOlder: false,
        ofThisCluster: false,
      });
      assert.deepEqual(parse({ slot: "2025021806", despiteFindings: true, evenIfOlder: true }), {
        kind: "byHand",
        slot: "2025021806",
        despiteFindings: true,
        evenIfOlder: true,
        ofThisCluster: false,
      });
    });

    it("takes tables by name", () => {
      const call = parse({ slot: "2025021806", tables: ["prod_shop.users"] });
      assert.deepEqual(call.kind === "byHand" && call.tables, ["prod_shop.users"]);
    });

    const noSlot = "which is no slot: a local hour as YYYYMMDDHH, in quotes";
    const refused: [payload: unknown, what: string][] = [
      [undefined, "it is undefined and should be an object"],
      [null, "it is null and should be an object"],
      ["2025021806", 'it is "2025021806" and should be an object'],
      [["2025021806"], 'it is ["2025021806"] and should be an object'],
      [{}, `\`slot\` is undefined, ${noSlot}`],
      [{ slot: 2025021806 }, `\`slot\` is 2025021806, ${noSlot}`],
      [{ slot: "prod-2025021806" }, `\`slot\` is "prod-2025021806", ${noSlot}`],
      [{ slot: "2025022906" }, `\`slot\` is "2025022906", ${noSlot}`],
      [{ slot: "2025021824" }, `\`slot\` is "2025021824", ${noSlot}`],
      [{ slot: "9".repeat(500) }, `\`slot\` is "${"9".repeat(199)}, ${noSlot}`],
      [{ slto: "2025021806" }, "unknown key `slto` in it"],
      [{ slot: "2025021806", force: true, all: 1 }, "unknown key `force`, `all` in it"],
      [{ slot: "2025021806", despiteFindings: "yes" }, '`despiteFindings` is "yes" and can only be true'],
      [{ slot: "2025021806", evenIfOlder: 1 }, "`evenIfOlder` is 1 and can only be true"],
      [{ slot: "2025021806", ofThisCluster: "yes" }, '`ofThisCluster` is "yes" and can only be true'],
      ...["prod_shop.users", [], [7], null].map((tables): [unknown, string] => [
        { slot: "2025021806", tables },
        `\`tables\` is ${JSON.stringify(tables)}, which is no list of tables in BigQuery`,
      ]),
    ];
    for (const [payload, what] of refused) {
      it(`refuses ${JSON.stringify(payload)?.slice(0, 60)}`, () => assertRefused(payload, what));
    }
  });

  it("either reads a payload or refuses it with its own error", () => {
    const known = {
      source: fc.constant("aws.rds"),
      "detail-type": fc.constant("RDS DB Cluster Snapshot Event"),
      detail: fc.jsonValue(),
      Records: fc.jsonValue(),
      scheduledTime: fc.jsonValue(),
      slot: fc.jsonValue(),
      despiteFindings: fc.jsonValue(),
    };
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record(known, { requiredKeys: [] })), (payload) => {
        try {
          assert.ok(["exportEnded", "clock", "byHand", "startFailed"].includes(parse(payload).kind));
        } catch (error) {
          assert.ok(isFault(error, "PayloadError"));
        }
      }),
    );
  });
});
