import assert from "node:assert/strict";
import { parseSlot } from "../../../contract/slot";
import { FunctionError } from "../../../functions/errors";
import {
  addExport,
  COMPLETED,
  completedEvent,
  DAILY,
  exportObjects,
  FAILED,
  onCompletion,
  openSlots,
  SNAPSHOT,
  sidecarKey,
  snapshotArn,
  TASK,
  task,
  WITH_LOADER,
  World,
} from "../world";

// RDS sends its events without a promise: every export that has ended is found by a look of the clock, three hours later at
// most.

const NOTHING = {
  outcome: "unchanged",
  summary: "no export of this stack has ended that people do not know of",
};

/** A look of the clock that is not the day's own, at an hour in UTC of the 18th. */
function look(world: World, hour: number, requestId?: string) {
  const time = new Date(Date.UTC(2025, 1, 18, hour, 50));
  world.now = new Date(time.getTime() + 20_000);
  return world.invoke({ scheduledTime: time.toISOString() }, requestId);
}

/** The day's export is settled, as on a good night. */
async function settled(world: World): Promise<World> {
  await world.invoke(COMPLETED);
  return world;
}

describe("a look of the clock", () => {
  it("says and does nothing where all is known", async () => {
    const world = await settled(new World(WITH_LOADER));
    const before = JSON.stringify([world.policy, [...world.objects]]);
    assert.deepEqual(await look(world, 2), NOTHING);
    assert.equal(JSON.stringify([world.policy, [...world.objects]]), before);
    assert.deepEqual([world.told(), world.sent], [[], []]);
    const none = new World();
    none.tasks = [];
    // Nor is an export missed at any other look than the day's.
    assert.deepEqual(await look(none, 2), NOTHING);
    assert.deepEqual(none.told(), []);
  });

  it("waits for an export that is running, and settles it when it has ended, without an event", async () => {
    const world = await settled(onCompletion());
    addExport(world, "2025021810", 360, { Status: "IN_PROGRESS", TaskEndTime: undefined });
    assert.deepEqual(await look(world, 2), NOTHING);
    world.tasks[1] = { ...world.tasks[1], Status: "COMPLETE", TaskEndTime: new Date("2025-02-18T04:00:00Z") };
    assert.deepEqual(await look(world, 5), {
      outcome: "opened",
      slot: "2025021810",
      summary: "opens prod-2025021810: 2 tables",
    });
    assert.deepEqual(world.sent.at(-1)?.message, { load: "2025021810" });
    assert.deepEqual(world.told(), ["completed resolved Export prod-2025021810 is complete: 2 tables"]);
    assert.deepEqual(await look(world, 8), NOTHING);
    assert.equal(world.sent.length, 2);
  });

  it("finds a person's export where loads come by the clock, and says how to load it", async () => {
    const world = await settled(new World(WITH_LOADER));
    addExport(world, "2025021810", 360);
    assert.equal((await look(world, 5)).outcome, "opened");
    assert.deepEqual(world.told(), [
      "completed resolved Export prod-2025021810 is complete: load it by hand",
    ]);
  });

  it("loads a daily export that ended behind its deadline, as was promised", async () => {
    const world = onCompletion();
    world.tasks = [task({ ExportTaskIdentifier: DAILY, Status: "IN_PROGRESS", TaskEndTime: undefined })];
    world.now = new Date("2025-02-17T23:00:10Z");
    await world.invoke({ scheduledTime: "2025-02-17T23:00:00Z" });
    world.tasks = [task({ ExportTaskIdentifier: DAILY, TaskEndTime: new Date("2025-02-18T01:00:00Z") })];
    assert.equal((await look(world, 2)).outcome, "opened");
    assert.deepEqual(world.sent, [{ message: { load: "2025021804" }, once: "load-2025021804" }]);
    assert.deepEqual(world.told(), [
      `late problem Export ${DAILY} is late`,
      `completed resolved Export ${DAILY} is complete: 2 tables`,
    ]);
  });

  it("says of one that ended behind its last moment that it is too late, and how to load it", async () => {
    const world = new World(WITH_LOADER);
    world.tasks = [task({ TaskEndTime: new Date("2025-02-17T21:49:00Z") })];
    assert.equal((await look(world, -1)).outcome, "tooLate");
    assert.deepEqual(await look(world, 2), NOTHING);
    assert.deepEqual(world.told(), [`tooLate problem Export ${TASK} is complete, too late for its load`]);
  });

  for (const [Status, told] of [
    ["FAILED", "failed problem Export prod-2025021810 has failed"],
    ["CANCELED", "canceled problem Export prod-2025021810 was canceled"],
  ] as const) {
    it(`tells, once, of one that is ${Status}`, async () => {
      const world = await settled(new World());
      addExport(world, "2025021810", 360, { Status });
      await look(world, 2);
      await look(world, 5);
      assert.deepEqual(world.told(), [told]);
    });
  }

  it("is made at the day's own look as well", async () => {
    const world = new World(WITH_LOADER);
    addExport(world, "2025021803", 10, { Status: "FAILED" });
    assert.equal((await world.clock()).outcome, "opened");
    assert.deepEqual(world.told(), ["failed problem Export prod-2025021803 has failed"]);
  });

  it("opens the newest of several first, so that older rows give way", async () => {
    const world = onCompletion();
    addExport(world, "2025021805", 10, { SnapshotTime: new Date("2025-02-10T00:00:00Z") });
    addExport(world, "2025021810", 20, { SnapshotTime: new Date("2025-02-18T00:00:00Z") });
    await look(world, 2);
    assert.deepEqual(
      world.sent.map(({ message }) => message.load),
      ["2025021810"],
    );
    assert.deepEqual(openSlots(world), ["2025021810"]);
  });

  it("leaves alone what ended before the records of it are kept, and what is not of this stack", async () => {
    const world = new World();
    const old = {
      TaskStartTime: new Date("2025-02-10T19:00:00Z"),
      TaskEndTime: new Date("2025-02-10T20:00:00Z"),
    };
    world.tasks = [
      task({ ...old, ExportTaskIdentifier: "prod-2025021106" }),
      task({ ...old, ExportTaskIdentifier: "prod-2025021105", Status: "FAILED" }),
      task({ ExportTaskIdentifier: "prod-shop-2025021806", Status: "FAILED" }),
      task({ ExportTaskIdentifier: "by-hand", Status: "FAILED" }),
    ];
    world.removeObjects("");
    assert.deepEqual(await look(world, 2), NOTHING);
    assert.deepEqual(world.told(), []);
  });

  it("goes on to the others where one fails, tells of that once, fails itself, and comes back to it", async () => {
    const world = await settled(new World(WITH_LOADER));
    addExport(world, "2025021809", 300);
    addExport(world, "2025021810", 360);
    let away = true;
    world.step = (call, argument) => {
      if (away && call === "listObjects" && argument === "prod-2025021810/")
        throw new FunctionError("AwsCallError", "S3 is away.", true);
    };
    for (const hour of [2, 5]) await assert.rejects(look(world, hour), /^AwsCallError: S3 is away\.$/);
    assert.deepEqual(openSlots(world), ["2025021806", "2025021809"]);
    assert.deepEqual(world.told(), [
      "notOpened problem Export prod-2025021810 could not be checked or opened",
      "completed resolved Export prod-2025021809 is complete: load it by hand",
    ]);
    assert.match(
      world.published[0]?.text ?? "",
      /^It tries again at the latest in 3 hours, .* Otherwise nothing is loaded\. /m,
    );
    away = false;
    await look(world, 8);
    assert.deepEqual(world.told().slice(2), [
      "completed problem Export prod-2025021810 is complete: load it by hand",
    ]);
  });

  it("gives its sign of life before anything can fail, at each attempt, and no other invocation does", async () => {
    const world = new World();
    const measured: (readonly [string, number])[] = [];
    world.step = (call) => {
      measured.push([call, world.metrics.length]);
      throw new FunctionError("AwsCallError", "AWS is away.", true);
    };
    for (const attempt of [1, 2]) {
      await assert.rejects(look(world, -4, "a"), /^AwsCallError: AWS is away\.$/);
      assert.deepEqual(measured.splice(0)[0], ["findTask", attempt]);
      assert.deepEqual(
        world.metrics,
        Array.from({ length: attempt }, () => ({ clockLooks: 1 })),
      );
    }
    await assert.rejects(world.invoke(COMPLETED), { name: "AwsCallError" });
    await assert.rejects(world.invoke({ slot: "2025021806" }), { name: "AwsCallError" });
    assert.equal(world.metrics.length, 2);
  });

  it("looks at all, the day's own first, although some fail: tells of each, and throws the first error", async () => {
    const world = new World();
    const [day, second, third, fourth] = ["2025021806", "2025021808", "2025021809", "2025021810"] as const;
    addExport(world, third, 300);
    for (const slot of [second, fourth]) addExport(world, slot, 360, { Status: "FAILED" });
    const failing = [
      `findTask prod-${day}`,
      `listObjects prod-reports/${second}/`,
      `listObjects prod-${third}/`,
    ];
    world.step = (call, argument) => {
      const failed = failing.indexOf(`${call} ${argument}`);
      if (failed !== -1) throw new FunctionError("AwsCallError", `Failure ${failed + 1}.`, true);
    };
    const told = [day, second, third].map(
      (slot) => `notOpened problem Export prod-${slot} could not be checked or opened`,
    );
    for (const attempt of [1, 2]) {
      world.lines.length = 0;
      await assert.rejects(look(world, -4, "a"), /^AwsCallError: Failure 1\.$/, `attempt ${attempt}`);
      assert.deepEqual(
        world.told().sort(),
        [`failed problem Export prod-${fourth} has failed`, ...told],
        `attempt ${attempt}`,
      );
      // Each is logged under its own slot.
      const lines = world.lines.filter(({ error }) => error === "AwsCallError");
      assert.deepEqual(
        lines.map(({ slot, message }) => `${slot} ${message}`).sort(),
        [`${day} Failure 1.`, `${second} Failure 2.`, `${third} Failure 3.`],
        `attempt ${attempt}`,
      );
    }
  });

  it("throws what kept it from the day's own export, though RDS lists no others either", async () => {
    const world = new World();
    world.step = (call) => {
      if (call === "findTask") throw new FunctionError("AwsCallError", "The day's.", true);
      if (call === "listAll") throw new FunctionError("AwsCallError", "The others'.", true);
    };
    await assert.rejects(look(world, -4), /^AwsCallError: The day's\.$/);
    assert.equal(world.lines.at(-1)?.message, "The others'.");
    world.step = (call) => {
      if (call === "listAll") throw new FunctionError("AwsCallError", "The others'.", true);
    };
    await assert.rejects(look(world, 2), /^AwsCallError: The others'\.$/);
    assert.deepEqual(world.told(), [`notOpened problem Export ${TASK} could not be checked or opened`]);
  });

  it("tells of one that nobody can audit, once, and does not come back to it", async () => {
    const world = await settled(new World());
    addExport(world, "2025021810", 360);
    world.objects.set(sidecarKey("prod-2025021810"), "no JSON");
    await assert.rejects(look(world, 2), { name: "AuditError" });
    const audits = () => world.calls.filter((call) => call === "listObjects prod-2025021810/").length;
    assert.equal(audits(), 1);
    await look(world, 5);
    assert.equal(audits(), 1);
    assert.deepEqual(world.told(), ["unreadable problem Export prod-2025021810 cannot be audited"]);
  });

  it("fails, so that it is made again, where something could not be told", async () => {
    const world = await settled(new World());
    addExport(world, "2025021809", 300, { Status: "FAILED" });
    addExport(world, "2025021810", 360, { Status: "CANCELED" });
    let failures = 1;
    world.step = (call) => {
      if (call === "publish" && failures-- > 0) throw new FunctionError("AwsCallError", "SNS is away.", true);
    };
    await assert.rejects(look(world, 2, "a"), { name: "NotToldError" });
    await look(world, 2, "a");
    assert.deepEqual(world.told().sort(), [
      "canceled problem Export prod-2025021810 was canceled",
      "failed problem Export prod-2025021809 has failed",
    ]);
  });

  it("logs that nobody could be told of an error, and throws the error itself", async () => {
    const world = new World();
    world.step = (call) => {
      if (call === "findTask") throw new FunctionError("AwsCallError", "RDS is away.", true);
      if (call === "publish") throw new FunctionError("AwsCallError", "SNS is away.", true);
    };
    await assert.rejects(look(world, -4), /^AwsCallError: RDS is away\.$/);
    assert.deepEqual(
      world.lines.flatMap(({ error, message }) => (error === undefined ? [] : [`${error}: ${message}`])),
      [
        "AwsCallError: RDS is away.",
        `NotToldError: Nobody could be told this: Export ${TASK} could not be checked or opened. SNS is away.`,
      ],
    );
  });

  it("does not tell once more as too late what could not be opened in time", async () => {
    const world = new World(WITH_LOADER);
    world.step = (call) => {
      if (call === "writePolicy") throw new FunctionError("AwsCallError", "IAM is away.", true);
    };
    for (let attempt = 1; attempt <= 3; attempt++) await world.clock("a").catch(() => undefined);
    world.step = () => undefined;
    await look(world, 2);
    assert.deepEqual(world.told(), [`notOpened problem Export ${TASK} could not be checked or opened`]);
  });
});

describe("an event", () => {
  it("is about what has just ended: neither of an old export of the same snapshot, nor of an old failure", async () => {
    const SourceArn = snapshotArn(SNAPSHOT);
    const old = {
      TaskStartTime: new Date("2025-02-04T19:00:00Z"),
      TaskEndTime: new Date("2025-02-04T20:00:00Z"),
    };
    for (const Status of ["COMPLETE", "FAILED"]) {
      const world = new World(WITH_LOADER);
      // Nothing is left of the old one, its records neither.
      world.tasks = [task({ ...old, ExportTaskIdentifier: "prod-2025020506", SourceArn, Status })];
      addExport(world, "2025021805", 60, { SourceArn, Status });
      await world.invoke(Status === "COMPLETE" ? COMPLETED : FAILED);
      assert.deepEqual(world.recorded(), [
        Status === "COMPLETE"
          ? "completed resolved Export prod-2025021805 is complete: load it by hand"
          : "failed problem Export prod-2025021805 has failed",
      ]);
      world.tasks.pop();
      const again = await world.invoke(Status === "COMPLETE" ? COMPLETED : FAILED);
      assert.equal(again.outcome, "refused");
    }
  });

  it("does not tell once more of a failure of the same day", async () => {
    const world = new World(WITH_LOADER);
    world.tasks = [task({ Status: "FAILED" })];
    await world.invoke(FAILED);
    addExport(world, "2025021805", 60, { SourceArn: snapshotArn(SNAPSHOT), Status: "FAILED" });
    await world.invoke(FAILED);
    assert.deepEqual(world.told(), [
      `failed problem Export ${TASK} has failed`,
      "failed problem Export prod-2025021805 has failed",
    ]);
  });
});

describe("an export whose loads could not be started", () => {
  it("is no good news for being complete: only its loads are", async () => {
    for (const [records, told] of [
      [["notLoaded"], []],
      [["notLoaded-20250217200000000"], []],
      [
        ["notLoaded", "whole-0123456789ab"],
        ["completed resolved Export prod-2025021804 is complete: 2 tables"],
      ],
      [["late"], ["completed resolved Export prod-2025021804 is complete: 2 tables"]],
    ] as const) {
      const world = onCompletion();
      for (const name of records) {
        world.objects.set(`prod-reports/2025021804/${name}.json`, '{"publishedAt":"2025-02-17T19:33:00Z"}');
      }
      await world.invoke(COMPLETED);
      assert.deepEqual([world.told(), world.sent.length], [told, 1], records.join());
    }
  });
});

describe("an older export", () => {
  it("takes the place of no newer one, however many others were made since", async () => {
    const world = await settled(onCompletion());
    const load = { message: { load: "2025021804" }, once: "load-2025021804" };
    for (let run = 0; run < 12; run++) {
      const slot = `20250218${String(5 + run).padStart(2, "0")}`;
      const SnapshotTime = new Date(Date.UTC(2025, 0, 1 + run));
      addExport(world, slot, 60 * (run + 1), { SnapshotTime });
      world.now = new Date(world.now.getTime() + 3_600_000);
      assert.equal((await world.invoke(completedEvent(slot))).outcome, "superseded", slot);
      await assert.rejects(world.invoke({ slot }), /has given way to a newer one/);
    }
    assert.deepEqual([world.sent, openSlots(world)], [[load], ["2025021804"]]);
  });

  it("is not offered by the clock's stack either, nor are its empty tables to be emptied", async () => {
    const world = await settled(new World(WITH_LOADER));
    addExport(world, "2025021810", 300, { SnapshotTime: new Date("2025-01-01T00:00:00Z") });
    world.now = new Date("2025-02-18T03:00:00Z");
    assert.equal((await world.invoke(completedEvent("2025021810"))).outcome, "superseded");
    const [text = ""] = world.published.slice(-1).map((report) => report.text);
    assert.match(text, /It stays closed. It is not loaded: an export of a newer snapshot/);
    assert.match(text, /'\{"slot":"2025021810","evenIfOlder":true\}'/);
    assert.doesNotMatch(text, /Empty a table/);
  });

  it("is looked for among what was opened, without a call to RDS", async () => {
    const world = onCompletion();
    for (let hour = 0; hour < 24; hour++) {
      const slot = parseSlot(`20250201${String(hour).padStart(2, "0")}`);
      world.tasks.push(task({ ExportTaskIdentifier: `prod-${slot}`, SnapshotTime: new Date(hour) }));
      world.addObjects(exportObjects(`prod-${slot}`, world.environment.tables));
      await world.writeDown(slot);
    }
    await world.invoke(COMPLETED);
    const calls = world.calls.filter((call) => /^(listAll|findTask)/.test(call));
    assert.deepEqual([calls, openSlots(world)], [[], ["2025021804"]]);
  });
});
