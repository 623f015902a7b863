import assert from "node:assert/strict";
import { parseSlot } from "../../../contract/slot";
import { TOLD_NOTE_MAX_LENGTH } from "../../../contract/toldNote";
import { AuditError, AwsCallError, GoogleCallError } from "../../../functions/gate/errors";
import type { Report, ReportKind, Severity } from "../../../functions/gate/ports";
import type { Telling } from "../../../functions/gate/records";
import { tell } from "../../../functions/gate/telling";
import {
  ALARM_ARN,
  alarmEvent,
  COMPLETED,
  exportObjects,
  FAILED,
  NOTING,
  ON_COMPLETION,
  sidecarKey,
  TASK,
  task,
  World,
} from "./world";

const SLOT = parseSlot("2025021806");
const ALL = "slot 2025021806: ,*,";
const NOTHING = "slot 2025021806: ,";
const USERS = "slot 2025021806: ,prod_shop.users,";

type Told = readonly [ReportKind, Severity, Report["stale"]?];

const LATE: Told = ["late", "problem", "all"];
const LACKS_USERS: Told = ["completed", "problem", ["prod_shop.users"]];
const ORDERS_AGAIN: Told = ["startedAgain", "problem", ["prod_shop.orders"]];
const NOT_LOADED: Told = ["notLoaded", "problem", "all"];
const LOADED: Told = ["loaded", "resolved"];
const COMPLETE: Told = ["completed", "resolved", []];

function noting(): World {
  return new World(NOTING);
}

function tellOf(world: World, [kind, severity, stale]: Told, slot = SLOT, name?: string): Promise<Telling> {
  // Each a minute behind the one before.
  world.now = new Date(world.now.getTime() + 60_000);
  const invocation = { functionName: "prod__gate", requestId: "a", remainingMilliseconds: () => 900_000 };
  const teller = { environment: world.environment, invocation, ports: world.ports() };
  const report: Report = { kind, severity, subject: "Subject", text: "Text.", stale };
  return tell(teller, report, slot, name);
}

async function notesOf(...told: readonly Told[]): Promise<string[]> {
  const world = noting();
  for (const each of told) await tellOf(world, each);
  return world.notes;
}

describe("the note of what people were told", () => {
  const courses: [title: string, told: Told[], notes: string[]][] = [
    ["says that no table is fed", [LATE], [ALL]],
    [
      "names tables, in the order of their names",
      [["completed", "problem", ["b.b", "a.a"]]],
      ["slot 2025021806: ,a.a,b.b,"],
    ],
    ["is not written again where it says the same", [LATE, ["readerKey", "problem", "all"]], [ALL]],
    ["is taken back when the trouble is over", [LATE, COMPLETE], [ALL, NOTHING]],
    ["shrinks to what a complete export lacks", [LATE, LACKS_USERS], [ALL, USERS]],
    [
      "adds what failed besides",
      [LACKS_USERS, ORDERS_AGAIN],
      [USERS, "slot 2025021806: ,prod_shop.orders,prod_shop.users,"],
    ],
    [
      "keeps what an export lacks when all others are loaded after all",
      [LACKS_USERS, NOT_LOADED, LOADED],
      [USERS, ALL, USERS],
    ],
    [
      "is taken back when the loads of a whole export are started after all",
      [NOT_LOADED, LOADED],
      [ALL, NOTHING],
    ],
    [
      "says so anew when loads fail once more",
      [NOT_LOADED, LOADED, ["readerKey", "problem", "all"]],
      [ALL, NOTHING, ALL],
    ],
    ["is not written where a trouble leaves no table late", [["completed", "problem", []]], []],
    ["is not written for what was no trouble", [["completed", "information", []]], []],
    ["is not written for an end without a beginning", [COMPLETE], []],
    [
      "names empty tables that nothing changes, though that is no trouble",
      [["completed", "information", ["prod_shop.users"]]],
      [USERS],
    ],
  ];
  for (const [title, told, notes] of courses) {
    it(title, async () => {
      assert.deepEqual(await notesOf(...told), notes);
    });
  }

  it("looks at nothing on a good night", async () => {
    const world = noting();
    await tellOf(world, ["completed", "information", []]);
    const key = "prod-reports/2025021806/completed.json";
    assert.deepEqual(world.calls, [`create ${key}`, `replace ${key}`]);
  });

  it("is written once the message is out and recorded", async () => {
    const world = noting();
    await tellOf(world, LATE);
    const key = "prod-reports/2025021806/late.json";
    assert.deepEqual(world.calls, [
      `create ${key}`,
      "publish late",
      `replace ${key}`,
      "listKeys prod-reports/2025021806/",
      `read ${key}`,
      "hasConfirmedRecipients",
      "writeNote",
    ]);
  });

  it("is not written for what was told before, or is left to another invocation", async () => {
    const world = noting();
    await tellOf(world, LATE);
    assert.equal(await tellOf(world, LATE), "toldByAttempt");
    assert.deepEqual(world.notes, [ALL]);
  });

  it("tells two records of one kind apart", async () => {
    const world = noting();
    await tellOf(world, ["notLoaded", "problem", ["a.a"]], SLOT, "notLoaded-1");
    await tellOf(world, ["notLoaded", "problem", ["b.b"]], SLOT, "notLoaded-2");
    assert.deepEqual(world.notes, ["slot 2025021806: ,a.a,", "slot 2025021806: ,a.a,b.b,"]);
  });

  it("is about the daily export alone", async () => {
    const world = noting();
    await tellOf(world, LATE, parseSlot("2025021805"));
    const byHand = new World({ ...NOTING, clockEnabled: false });
    await tellOf(byHand, LATE);
    assert.deepEqual([...world.notes, ...byHand.notes], []);
  });

  it("is about each day by itself", async () => {
    const world = noting();
    await tellOf(world, LATE, parseSlot("2025021706"));
    await tellOf(world, LATE);
    assert.deepEqual(world.notes, ["slot 2025021706: ,*,", ALL]);
  });

  it("is not written where nobody receives what the gate says, but taken back all the same", async () => {
    const world = noting();
    world.hasRecipients = false;
    await tellOf(world, LATE);
    assert.deepEqual(world.notes, []);
    world.hasRecipients = true;
    await tellOf(world, LACKS_USERS);
    world.hasRecipients = false;
    await tellOf(world, NOT_LOADED);
    assert.deepEqual(world.notes, [USERS]);
    const later = noting();
    await tellOf(later, LATE);
    later.hasRecipients = false;
    await tellOf(later, COMPLETE);
    assert.deepEqual(later.notes, [ALL, NOTHING]);
  });

  it("says nothing where the list would be too long to be kept", async () => {
    const length = TOLD_NOTE_MAX_LENGTH - USERS.length + "prod_shop.users".length;
    const fits = "x".repeat(length);
    assert.deepEqual(await notesOf(["completed", "problem", [fits]]), [`slot 2025021806: ,${fits},`]);
    assert.deepEqual(await notesOf(["completed", "problem", [`${fits}x`]]), []);
    assert.deepEqual(await notesOf(LATE, ["completed", "problem", [`${fits}x`]]), [ALL, NOTHING]);
  });

  it("is not written of what has no record: nothing would take it back", async () => {
    const world = noting();
    world.step = (call) => {
      if (call === "replace") throw new AwsCallError("S3 is away.", true);
    };
    assert.equal(await tellOf(world, LATE), "told");
    assert.deepEqual(world.notes, []);
    world.step = () => undefined;
    await tellOf(world, ["failed", "problem", "all"]);
    world.step = (call) => {
      if (call === "replace") throw new AwsCallError("S3 is away.", true);
    };
    await tellOf(world, COMPLETE);
    assert.deepEqual(world.notes, [ALL, NOTHING]);
  });

  for (const call of ["listKeys", "read", "hasConfirmedRecipients", "writeNote"]) {
    it(`fails no invocation (${call})`, async () => {
      const world = noting();
      world.step = (name) => {
        if (name === call) throw new GoogleCallError("No.", false);
      };
      assert.equal(await tellOf(world, LATE), "told");
      assert.equal(world.published.length, 1);
      assert.deepEqual(world.notes, []);
      assert.deepEqual(world.lines.at(-1), {
        level: "ERROR",
        message: "What was told could not be noted for BigQuery's check, which may tell it again",
        cause: "No.",
      });
    });
  }

  it("is not written where the message did not go out", async () => {
    const world = noting();
    world.step = (call) => {
      if (call === "publish") throw new AwsCallError("SNS is away.", true);
    };
    await assert.rejects(tellOf(world, LATE), { name: "NotToldError" });
    assert.equal(world.calls.includes("writeNote"), false);
  });

  it("is written by nobody where the stack has no such dataset", async () => {
    const world = new World();
    await tellOf(world, LATE);
    assert.deepEqual(world.calls.slice(1), ["publish late", "replace prod-reports/2025021806/late.json"]);
  });

  it("follows a day of the gate, from an export that nobody can read to loads that could not be started", async () => {
    const world = noting();
    world.objects.set(sidecarKey(TASK), "no JSON");
    await assert.rejects(world.invoke(COMPLETED), AuditError);
    assert.deepEqual(world.notes, [ALL]);
    world.addObjects(exportObjects(TASK, world.environment.tables, { users: { status: "FAILED" } }));
    world.now = new Date("2025-02-17T20:00:00Z");
    await world.invoke(COMPLETED);
    assert.deepEqual(world.notes, [ALL, USERS]);
    world.now = new Date("2025-02-17T22:10:00Z");
    await world.invoke({ slot: "2025021806" });
    world.step = (call) => {
      if (call === "list") throw new GoogleCallError("The token was refused.", false);
    };
    await world.deliver({ attempt: 3 });
    assert.deepEqual(world.notes, [ALL, USERS, ALL]);
    world.step = () => undefined;
    world.now = new Date("2025-02-17T22:30:00Z");
    await world.deliver();
    assert.deepEqual(world.notes, [ALL, USERS, ALL, USERS]);
  });

  describe("after an alarm", () => {
    /** In the hours before the load of SLOT. */
    function waiting(): World {
      const world = noting();
      world.now = new Date("2025-02-17T20:40:00Z");
      return world;
    }

    const SUMMARY = "slot 2025021806: an alarm has told of trouble, or that it is over";

    it("leaves BigQuery's check alone where the export is complete, but for loads that were given up", async () => {
      const worlds = [
        { world: waiting(), slot: SLOT, expected: [] },
        {
          world: new World({ ...ON_COMPLETION, ...NOTING }),
          slot: parseSlot("2025021804"),
          expected: ["slot 2025021804: ,*,"],
        },
      ];
      for (const { world, slot, expected } of worlds) {
        world.now = new Date("2025-02-17T20:40:00Z");
        await tellOf(world, ["completed", "information", []], slot);
        await world.invoke(alarmEvent("ALARM"));
        assert.deepEqual(world.notes, []);
        await world.invoke(alarmEvent("ALARM", ALARM_ARN.replace("gate-fails", "dead-letters")));
        assert.deepEqual(world.notes, expected);
      }
    });

    it("says that no table is fed, and is taken back when the alarm is over", async () => {
      const world = waiting();
      const result = { outcome: "unchanged", slot: "2025021806", summary: SUMMARY };
      assert.deepEqual(await world.invoke(alarmEvent("ALARM")), result);
      assert.deepEqual(world.notes, [ALL]);
      assert.deepEqual(await world.invoke(alarmEvent("OK")), result);
      assert.deepEqual([world.notes, world.published, world.sent], [[ALL, NOTHING], [], []]);
    });

    it("goes back to what the gate itself has told of the slot", async () => {
      const world = waiting();
      await tellOf(world, ["incomplete", "problem", ["prod_shop.users"]]);
      await world.invoke(alarmEvent("ALARM"));
      await world.invoke(alarmEvent("OK"));
      assert.deepEqual(world.notes, [USERS, ALL, USERS]);
    });

    it("is about the export that was due last, whenever the alarm comes", async () => {
      const world = noting();
      for (const time of ["2025-02-17T18:59:00Z", "2025-02-17T19:00:00Z", "2025-02-18T12:00:00Z"]) {
        world.now = new Date(time);
        await world.invoke(alarmEvent("ALARM"));
      }
      assert.deepEqual(world.notes, ["slot 2025021706: ,*,", ALL, ALL]);
      const completion = new World({ ...ON_COMPLETION, ...NOTING });
      completion.now = new Date("2025-02-17T20:40:00Z");
      await completion.invoke(alarmEvent("ALARM"));
      assert.deepEqual(completion.notes, ["slot 2025021804: ,*,"]);
    });

    it("is not written where nobody receives what alarms say, but taken back all the same", async () => {
      const world = waiting();
      world.hasRecipients = false;
      await world.invoke(alarmEvent("ALARM"));
      assert.deepEqual(world.notes, []);
      await world.invoke(alarmEvent("OK"));
      assert.deepEqual(world.notes, [NOTHING]);
    });

    it("is not written where no export is daily, nor where the stack has no such dataset", async () => {
      const byHand = new World({ ...NOTING, clockEnabled: false });
      const without = new World();
      for (const world of [byHand, without]) {
        for (const state of ["ALARM", "OK"] as const) {
          assert.equal((await world.invoke(alarmEvent(state))).outcome, "unchanged");
        }
        assert.deepEqual([world.notes, world.calls], [[], []]);
      }
    });

    for (const [state, call] of [
      ["ALARM", "listKeys"],
      ["ALARM", "hasConfirmedRecipients"],
      ["ALARM", "writeNote"],
      ["OK", "listKeys"],
      ["OK", "writeNote"],
    ] as const) {
      it(`fails no invocation (${state}, ${call})`, async () => {
        const world = waiting();
        world.step = (name) => {
          if (name === call) throw new GoogleCallError("No.", false);
        };
        assert.equal((await world.invoke(alarmEvent(state))).outcome, "unchanged");
        assert.deepEqual(world.notes, []);
        assert.deepEqual(world.lines.at(-1), {
          level: "ERROR",
          message: "What was told could not be noted for BigQuery's check, which may tell it again",
          environment: "prod",
          cause: "No.",
        });
      });
    }

    it("is left as it is by an alarm of another stack", async () => {
      const world = new World({ ...NOTING, taskPrefix: "stg" });
      await assert.rejects(world.invoke(alarmEvent("ALARM")), { name: "PayloadError" });
      assert.deepEqual(world.notes, []);
    });
  });

  it("is written for the export's own hour on completion", async () => {
    const world = new World({ ...ON_COMPLETION, ...NOTING });
    world.tasks = [task({ ExportTaskIdentifier: "prod-2025021804", Status: "FAILED" })];
    await world.invoke(FAILED);
    assert.deepEqual(world.notes, ["slot 2025021804: ,*,"]);
  });
});
