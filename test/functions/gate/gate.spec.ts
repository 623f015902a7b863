import assert from "node:assert/strict";
import * as fc from "fast-check";
import { completedExportsPolicy, type OpenExport, openExports } from "../../../contract/completedExports";
import { isSlot, parseSlot } from "../../../contract/slot";
import { FunctionError, isFault } from "../../../functions/errors";
import { auditExport } from "../../../functions/gate/audit/audit";
import { runTimeOf } from "../../../functions/gate/times";
import {
  ACCOUNT,
  addExport,
  BUCKET,
  CANCELED,
  CLOCK,
  COMPLETED,
  completedEvent,
  DAILY,
  delivery,
  ENVIRONMENT,
  event,
  exportObjects,
  FAILED,
  LOAD,
  ON_COMPLETION,
  onCompletion,
  openSlots,
  REGION,
  SNAPSHOT,
  sidecarKey,
  snapshotArn,
  TASK,
  table,
  task,
  WITH_LOADER,
  World,
} from "../world";

const PLACE = { bucketName: BUCKET, prefix: "prod" };
const OPEN = [`arn:aws:s3:::${BUCKET}/${TASK}/shop/*`];
const INFORMED = "completed information Export prod-2025021806 is complete: 2 tables";
const RESOLVED = "completed resolved Export prod-2025021806 is complete: 2 tables";
const WARNED = "completed problem Export prod-2025021806 is complete, with warnings: 2 tables";
const BY_PERSON = "completed resolved Export prod-2025021806 is complete: load it by hand";
const TOO_LATE = "tooLate problem Export prod-2025021806 is complete, too late for its load";
const BY_HAND = { slot: "2025021806" };
const DESPITE = { slot: "2025021806", despiteFindings: true };

/** Damages the export: `users` has files, and RDS calls it failed. */
function damage(world: World, id = TASK): void {
  world.addObjects(exportObjects(id, world.environment.tables, { users: { status: "FAILED" } }));
}

/** Has RDS warn of the one export, so that people are told of its end. */
function addWarning(world: World): void {
  world.tasks = world.tasks.map((it) => ({ ...it, WarningMessage: '{"general":["odd"]}' }));
}

async function assertRejects(
  promise: Promise<unknown>,
  { name }: { name: string },
  message: string,
): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.equal(error.name, name);
    assert.equal(error.message, message);
    return true;
  });
}

describe("runGate", () => {
  describe("at the event of a completed export", () => {
    it("audits, opens, measures and reports it", async () => {
      const world = new World();
      assert.deepEqual(await world.invoke(COMPLETED), {
        outcome: "opened",
        slot: "2025021806",
        summary: "opens prod-2025021806: 2 tables",
      });
      assert.deepEqual(world.open(), OPEN);
      // A good night wakes nobody: it is logged and recorded.
      assert.deepEqual([world.told(), world.recorded()], [[], [INFORMED]]);
      assert.deepEqual(world.metrics, [{ completedExports: 1, exportMinutes: 26, missingTables: 0 }]);
      assert.deepEqual(world.lines[0], {
        level: "INFO",
        message: "Export opened",
        environment: "prod",
        slot: "2025021806",
        taskId: TASK,
        folders: ["shop/*"],
        closedFolders: [],
      });
    });

    it("has the runs followed that the clock starts", async () => {
      const world = new World(WITH_LOADER);
      await world.invoke(COMPLETED);
      const follow = { follow: "2025021806", from: "2025-02-17T21:00:00.000Z", byClock: true };
      assert.deepEqual(world.follows, [{ message: follow, once: "follow-2025021806" }]);
      assert.deepEqual(world.sent, []);
    });

    it("does nothing a second time, however the event comes", async () => {
      const world = new World();
      await world.invoke(COMPLETED);
      const { policy } = world;
      const writes = () => world.calls.filter((call) => call === "writePolicy").length;
      for (const payload of [COMPLETED, COMPLETED, CLOCK]) {
        assert.deepEqual(await (payload === CLOCK ? world.clock() : world.invoke(payload)), {
          outcome: "unchanged",
          slot: "2025021806",
          summary: "prod-2025021806 was settled before",
        });
      }
      assert.deepEqual(
        [world.policy, writes(), world.recorded(), world.metrics.slice(1)],
        [policy, 1, [INFORMED], [{ clockLooks: 1 }]],
      );
    });

    it("tells once where two invocations come at the same time", async () => {
      const world = new World();
      damage(world);
      await Promise.all([COMPLETED, COMPLETED, COMPLETED].map((payload) => world.invoke(payload)));
      assert.deepEqual(world.told(), ["completed problem Export prod-2025021806: 1 table of 2 in trouble"]);
      assert.deepEqual(world.open(), OPEN);
    });

    it("opens it but for the tables that are there in part, and counts those in trouble", async () => {
      const world = new World();
      damage(world);
      await world.invoke(COMPLETED);
      assert.deepEqual(
        world.policy,
        completedExportsPolicy(PLACE, [
          { slot: parseSlot("2025021806"), folders: ["shop/*"], closedFolders: ["shop/shop.users"] },
        ]),
      );
      assert.deepEqual(world.told(), ["completed problem Export prod-2025021806: 1 table of 2 in trouble"]);
      assert.equal(world.metrics[0]?.missingTables, 1);
    });

    it("keeps parts of a paused table closed", async () => {
      const tables = { ...ENVIRONMENT.tables, tables: [table("orders"), table("users", { enabled: false })] };
      const world = new World({ tables });
      damage(world);
      await world.invoke(COMPLETED);
      assert.deepEqual(openExports(PLACE, world.policy), [
        { slot: "2025021806", folders: ["shop/*"], closedFolders: ["shop/shop.users"] },
      ]);
      assert.deepEqual(world.recorded(), [
        "completed information Export prod-2025021806 is complete: 1 table",
      ]);
    });

    it("settles each export of the snapshot, though one of them cannot be read", async () => {
      const world = new World();
      addExport(world, "2025021805", 30, { SourceArn: snapshotArn(SNAPSHOT) });
      addExport(world, "2025021803", 40, { SourceArn: snapshotArn(SNAPSHOT) });
      world.objects.set(sidecarKey("prod-2025021805"), "no JSON");
      await assert.rejects(world.invoke(COMPLETED), { name: "AuditError" });
      assert.deepEqual(openSlots(world), ["2025021803", "2025021806"]);
      // The newest first.
      assert.deepEqual(world.recorded(), [
        "completed resolved Export prod-2025021803 is complete: load it by hand",
        "unreadable problem Export prod-2025021805 cannot be audited",
        INFORMED,
      ]);
    });

    it("holds an export back where the stack blocks incomplete ones", async () => {
      const world = new World({ onIncompleteExport: "block" });
      damage(world);
      const held = { outcome: "heldBack", slot: "2025021806" };
      assert.deepEqual(await world.invoke(COMPLETED), {
        ...held,
        summary: "holds prod-2025021806 back: The stack's `onIncompleteExport` is `block`.",
      });
      await world.invoke(COMPLETED);
      assert.equal((await world.clock()).outcome, "unchanged");
      assert.deepEqual(world.told(), [
        "incomplete problem Export prod-2025021806 is held back: 1 table of 2 in trouble",
      ]);
      assert.deepEqual([world.open(), world.sent], [[], []]);
      const whole = new World({ onIncompleteExport: "block" });
      assert.equal((await whole.invoke(COMPLETED)).outcome, "opened");
    });

    it("does not block for an empty table", async () => {
      const world = new World({ onIncompleteExport: "block" });
      world.removeObjects(TASK);
      world.addObjects(exportObjects(TASK, world.environment.tables, { users: { files: 0 } }));
      assert.equal((await world.invoke(COMPLETED)).outcome, "opened");
    });

    const unclosable =
      "and a policy cannot close them one by one: they are too many, or their names hold characters that a policy " +
      "does not take.";
    for (const [title, names] of [
      ["more parts of tables than a policy can close", Array.from({ length: 14 }, (_, i) => `table_${i}`)],
      ["a part of a table that a policy cannot name", ["ユーザー"]],
    ] as const) {
      it(`holds an export back that has ${title}`, async () => {
        const tables = { ...ENVIRONMENT.tables, tables: names.map((name) => table(name)) };
        const world = new World({ tables });
        world.addObjects(
          exportObjects(TASK, tables, Object.fromEntries(names.map((name) => [name, { finished: false }]))),
        );
        for (const name of names) world.objects.delete(`${TASK}/shop/shop.${name}/1/_SUCCESS`);
        assert.deepEqual(await world.invoke(COMPLETED), {
          outcome: "heldBack",
          slot: "2025021806",
          summary: `holds prod-2025021806 back: Tables of it are there in part (${names.length}), ${unclosable}`,
        });
        assert.deepEqual(world.open(), []);
      });
    }

    it("tells of one that cannot be audited, opens nothing, and fails, so that it is tried again", async () => {
      const world = new World();
      const text = world.objects.get(sidecarKey(TASK)) ?? "";
      world.objects.set(sidecarKey(TASK), '{"perTableStatus":[{"targ');
      // It fails at every attempt, and at the clock's, and people are told once.
      for (const attempt of ["first", "second", "third"]) {
        await assert.rejects(
          world.invoke(COMPLETED, "a"),
          /^AuditError: .* cannot be read: it is no JSON/,
          attempt,
        );
      }
      await assert.rejects(world.clock(), { name: "AuditError" });
      assert.deepEqual(world.told(), ["unreadable problem Export prod-2025021806 cannot be audited"]);
      assert.deepEqual([world.open(), world.metrics], [[], [{ clockLooks: 1 }]]);
      world.objects.set(sidecarKey(TASK), text);
      await world.clock();
      assert.deepEqual(world.told().slice(1), [RESOLVED]);
      assert.deepEqual(world.open(), OPEN);
    });

    it("tells, once, of an access key that cannot read", async () => {
      const world = new World();
      world.key = { status: "Inactive" };
      await world.invoke(COMPLETED);
      await world.clock();
      const told = "readerKey problem The transfers' access key cannot be used";
      assert.deepEqual(world.told(), [told]);
      // The export is open; when the key can be used again, the clock finishes what was begun.
      assert.deepEqual(world.open(), OPEN);
      world.key = { status: "Active" };
      await world.clock();
      assert.deepEqual(world.told(), [told, RESOLVED]);
      const later = new World();
      await later.invoke(COMPLETED);
      later.key = undefined;
      await later.invoke(COMPLETED);
      assert.deepEqual(later.told(), []);
      await later.clock();
      assert.deepEqual(later.told(), ["readerKey problem The transfers' access key cannot be used"]);
    });

    it("measures how old the access key is at each look at it", async () => {
      const world = new World();
      const createdAt = new Date("2025-02-05T19:27:00Z");
      world.key = { status: "Active", createdAt };
      await world.invoke(COMPLETED);
      world.key = { status: "Inactive", createdAt };
      world.now = new Date("2025-02-17T22:27:00Z");
      await assert.rejects(world.invoke(BY_HAND), { name: "RefusedError" });
      await world.clock();
      const ages = world.metrics.flatMap(({ readerKeyAgeDays }) => readerKeyAgeDays ?? []);
      assert.deepEqual(ages, [12, 12.125, 12.125]);
    });

    it("audits and reports alone where the stack does not know its reader", async () => {
      const world = new World({ readerUserName: undefined, readerAccessKeyId: undefined });
      assert.deepEqual(await world.invoke(COMPLETED), {
        outcome: "audited",
        slot: "2025021806",
        summary: "has audited prod-2025021806: 2 tables",
      });
      assert.equal((await world.clock()).outcome, "unchanged");
      assert.deepEqual(world.recorded(), [INFORMED]);
      const names = Array.from({ length: 50 }, (_, i) => `table_${i}`);
      const tables = { ...ENVIRONMENT.tables, tables: names.map((name) => table(name)) };
      const many = new World({ readerUserName: undefined, readerAccessKeyId: undefined, tables });
      many.addObjects(
        exportObjects(TASK, tables, Object.fromEntries(names.map((name) => [name, { status: "FAILED" }]))),
      );
      assert.equal((await many.invoke(COMPLETED)).outcome, "audited");
    });
  });

  describe("at an event that is not about this stack's exports", () => {
    const foreign = [
      task({ ExportTaskIdentifier: "prod-shop-2025021806" }),
      task({ ExportTaskIdentifier: "by-hand" }),
      task({ S3Bucket: "another-bucket" }),
      task({ ExportTaskIdentifier: undefined }),
    ];
    for (const [payload, status] of [
      [COMPLETED, "COMPLETE"],
      [FAILED, "FAILED"],
      [CANCELED, "CANCELED"],
    ] as const) {
      it(`refuses it (${status})`, async () => {
        const world = new World();
        world.tasks = foreign.map((it) => ({ ...it, Status: status }));
        const summary =
          `refuses the event of ${snapshotArn(SNAPSHOT)} (${status}): no export of this stack, "prod-<slot>" in bucket ` +
          "prod-export-bucket, has just ended so; exports of the snapshot: prod-shop-2025021806, by-hand, " +
          "prod-2025021806, ?";
        assert.deepEqual(await world.invoke(payload), { outcome: "refused", summary });
        assert.deepEqual(world.lines, [{ level: "INFO", message: summary, environment: "prod" }]);
        assert.deepEqual([world.told(), world.open(), world.metrics], [[], [], []]);
      });
    }

    it("refuses it where the snapshot was never exported", async () => {
      const world = new World();
      world.tasks = [];
      assert.match((await world.invoke(COMPLETED)).summary, /exports of the snapshot: none$/);
    });

    it("picks the stack's own task among foreign ones", async () => {
      const world = new World();
      world.tasks = [...foreign, task()];
      assert.equal((await world.invoke(COMPLETED)).outcome, "opened");
      assert.deepEqual(world.open(), OPEN);
    });

    it("refuses payloads that are not its own before it asks anything", async () => {
      const world = new World();
      for (const payload of [event("RDS-EVENT-0169"), {}, null, { slot: "today" }]) {
        await assert.rejects(world.invoke(payload), { name: "PayloadError" });
      }
      assert.deepEqual(world.calls, []);
    });

    for (const name of [
      "rds:example-prod-2024-restore-2025-02-17-16-05",
      "rds:example-prod-2-2025-02-17-16-05",
      "rds:another-2025-02-17-16-05",
      "example-prod-2025-02-17-16-05",
      "awsbackup:job-1",
    ]) {
      it(`refuses the event of ${name}, an export of which somebody has made for another cluster, and asks nobody`, async () => {
        const world = new World();
        world.clusters.set(name, "example-prod-2024-restore");
        world.tasks = [task(), task({ ExportTaskIdentifier: "restore-1", SourceArn: snapshotArn(name) })];
        const { outcome, summary } = await world.invoke(event("RDS-EVENT-0164", name));
        assert.equal(outcome, "refused");
        assert.match(summary, /no export of this stack.*exports of the snapshot: restore-1$/);
        assert.deepEqual(world.calls, [`listTasks ${snapshotArn(name)}`]);
        assert.deepEqual([world.told(), world.open(), world.metrics], [[], [], []]);
      });
    }

    for (const Status of ["STARTING", "IN_PROGRESS", "CANCELING"]) {
      it(`fails where RDS still shows the task as ${Status}, so that the event is tried again`, async () => {
        const world = new World();
        world.tasks = [task({ Status })];
        await assertRejects(
          world.invoke(COMPLETED),
          { name: "AuditError" },
          `RDS tells that an export of ${snapshotArn(SNAPSHOT)} is COMPLETE, but shows task "prod-2025021806" as ${Status}. ` +
            "Nothing was opened. The event is tried again; the gate's clock looks, too.",
        );
        assert.deepEqual([world.told(), world.open()], [[], []]);
      });
    }
  });

  describe("at the event of an export that ended in vain", () => {
    for (const [payload, Status, told] of [
      [FAILED, "FAILED", "failed problem Export prod-2025021806 has failed"],
      [CANCELED, "CANCELED", "canceled problem Export prod-2025021806 was canceled"],
    ] as const) {
      it(`tells once, opens nothing (${Status})`, async () => {
        const world = new World();
        world.tasks = [task({ Status, FailureCause: "KMS" })];
        const outcome = Status.toLowerCase();
        const expected = { outcome, slot: "2025021806", summary: `prod-2025021806 ${outcome}` };
        assert.deepEqual(await world.invoke(payload), expected);
        assert.deepEqual(await world.invoke(payload), expected);
        assert.deepEqual(await world.clock(), expected);
        assert.deepEqual([world.told(), world.open(), world.sent], [[told], [], []]);
        assert.deepEqual(world.metrics, [{ clockLooks: 1 }]);
      });
    }
  });

  describe("opens in schedule mode", () => {
    const at = async (time: string, payload: unknown, changes = {}): Promise<[string, World]> => {
      const world = new World();
      world.now = new Date(time);
      world.tasks = [task(changes)];
      return [(await world.invoke(payload)).outcome, world];
    };

    for (const [time, payload, outcome] of [
      ["2025-02-17T20:50:00.001Z", COMPLETED, "opened"],
      ["2025-02-17T20:55:00.000Z", COMPLETED, "opened"],
      ["2025-02-17T20:55:00.001Z", COMPLETED, "tooLate"],
      ["2025-02-17T20:50:20.000Z", CLOCK, "opened"],
      ["2025-02-17T20:55:00.000Z", CLOCK, "opened"],
      ["2025-02-17T20:55:00.001Z", CLOCK, "tooLate"],
      ["2025-02-17T20:56:00.000Z", CLOCK, "tooLate"],
      ["2025-02-17T21:00:00.000Z", COMPLETED, "tooLate"],
      ["2025-02-18T09:00:00.000Z", COMPLETED, "tooLate"],
      ["2025-02-18T19:27:00.000Z", COMPLETED, "tooLate"],
    ] as const) {
      it(`${outcome === "opened" ? "at" : "not at"} ${time} (${payload === CLOCK ? "clock" : "event"})`, async () => {
        const [found, world] = await at(time, payload);
        assert.equal(found, outcome);
        assert.deepEqual(world.open(), outcome === "opened" ? OPEN : []);
        assert.deepEqual(world.recorded(), [outcome === "opened" ? INFORMED : TOO_LATE]);
      });
    }

    for (const [TaskEndTime, outcome] of [
      ["2025-02-17T20:50:00.000Z", "opened"],
      ["2025-02-17T20:50:00.001Z", "tooLate"],
    ] as const) {
      it(`${outcome === "opened" ? "one" : "none"} that has ended at ${TaskEndTime}`, async () => {
        for (const payload of [COMPLETED, CLOCK]) {
          const [found] = await at("2025-02-17T20:50:30Z", payload, { TaskEndTime: new Date(TaskEndTime) });
          assert.equal(found, outcome);
        }
      });
    }

    it("one that was started after the load, when the runs of that load must have ended", async () => {
      const late = {
        TaskStartTime: new Date("2025-02-17T21:05:00Z"),
        TaskEndTime: new Date("2025-02-17T21:30:00Z"),
      };
      const [early, closed] = await at("2025-02-17T21:59:59Z", COMPLETED, late);
      assert.equal(early, "tooLate");
      assert.deepEqual(closed.open(), []);
      const [outcome, world] = await at("2025-02-17T22:00:00Z", COMPLETED, late);
      assert.equal(outcome, "opened");
      assert.match(world.published[0]?.text ?? "", /No clock loads it\./);
    });

    it("a person's, at any time, and says how to load it", async () => {
      const world = new World(WITH_LOADER);
      addExport(world, "2025021805", 100);
      world.now = new Date("2025-02-17T21:10:00Z");
      assert.equal((await world.invoke(completedEvent("2025021805"))).outcome, "opened");
      assert.deepEqual(world.told(), [
        "completed resolved Export prod-2025021805 is complete: load it by hand",
      ]);
      assert.match(
        world.published[0]?.text ?? "",
        /No clock loads it\.\nTo load it, run this; the loads start 5 /,
      );
      assert.deepEqual(world.sent, []);
    });

    it("a person's beside the daily one, and closes the day before", async () => {
      const world = new World();
      world.policy = completedExportsPolicy(PLACE, [
        { slot: parseSlot("2025021706"), folders: ["shop/*"], closedFolders: [] },
      ]);
      await world.invoke(COMPLETED);
      assert.deepEqual(openSlots(world), ["2025021706", "2025021806"]);
      addExport(world, "2025021805", 100);
      await world.invoke(completedEvent("2025021805"));
      assert.deepEqual(openSlots(world), ["2025021805", "2025021806"]);
    });

    it("by the same instants for event and clock, whoever comes first and whatever the minute", async () => {
      const instants = fc.integer({ min: 0, max: 15 * 60_000 });
      const from = Date.parse("2025-02-17T20:45:00Z");
      await fc.assert(
        fc.asyncProperty(instants, instants, instants, async (ended, one, other) => {
          const TaskEndTime = new Date(from + ended);
          const answers: [told: string[], open: string[]][] = [];
          for (const payloads of [
            [COMPLETED, CLOCK],
            [CLOCK, COMPLETED],
          ]) {
            const world = new World();
            world.tasks = [task({ TaskEndTime })];
            const [first, second] = [one, other].sort((a, b) => a - b);
            for (const [index, payload] of payloads.entries()) {
              world.now = new Date(Math.max(from + ended, from + ((index === 0 ? first : second) ?? 0)));
              await world.invoke(payload);
            }
            answers.push([world.recorded(), world.open()]);
          }
          assert.deepEqual(answers[0], answers[1]);
          const inTime = ended <= 5 * 60_000 && Math.max(ended, Math.min(one, other)) <= 10 * 60_000;
          assert.deepEqual(answers[0], inTime ? [[INFORMED], OPEN] : [[TOO_LATE], []]);
        }),
        { numRuns: 300 },
      );
    });

    it("what an event tells of while the clock is auditing it", async () => {
      const world = new World();
      world.now = new Date("2025-02-17T20:54:50Z");
      let events = 0;
      world.step = async (call) => {
        // In the middle of the clock's audit, and when it has just opened the export.
        if (call === "read" && events === 0) {
          events++;
          await world.invoke(COMPLETED);
        }
        if (call === "writePolicy" && events === 1) {
          events++;
          world.now = new Date("2025-02-17T20:55:10Z");
        }
      };
      await world.clock();
      world.step = () => undefined;
      assert.equal((await world.invoke(COMPLETED)).outcome, "unchanged");
      assert.deepEqual([world.recorded(), world.open()], [[INFORMED], OPEN]);
    });

    it("nothing at the end of an audit that took too long", async () => {
      for (const payload of [COMPLETED, CLOCK]) {
        const world = new World();
        world.now = new Date("2025-02-17T20:54:59Z");
        // The policy is read once more right before it is written.
        let reads = 0;
        world.step = (call) => {
          if (call === "readPolicy" && ++reads === 2) world.now = new Date("2025-02-17T20:55:01Z");
        };
        assert.equal((await world.invoke(payload)).outcome, "tooLate");
        assert.deepEqual([world.recorded(), world.open(), world.policy], [[TOO_LATE], [], undefined]);
      }
    });

    it("again, by the clock, what something else has closed", async () => {
      const world = new World();
      await world.invoke(COMPLETED);
      for (const policy of [undefined, completedExportsPolicy(PLACE, [])]) {
        world.policy = policy;
        world.now = new Date("2025-02-17T20:50:20Z");
        assert.equal((await world.clock()).outcome, "opened");
        assert.deepEqual(world.open(), OPEN);
      }
      world.policy = undefined;
      assert.equal((await world.invoke(COMPLETED)).outcome, "unchanged");
      assert.deepEqual([world.told(), world.recorded()], [[], [INFORMED]]);
    });
  });

  describe("where two openings write over one another", () => {
    /** Has the daily export opened, whole, between the other invocation's reading of the policy and its writing. */
    function raceWith(world: World, daily: () => Promise<unknown>): void {
      let raced = false;
      world.step = async (call) => {
        if (call !== "writePolicy" || raced) return;
        raced = true;
        await daily();
      };
    }

    it("opens the day's export again (schedule mode)", async () => {
      const world = new World();
      damage(world);
      addExport(world, "2025021805", -20);
      raceWith(world, () => world.invoke(COMPLETED));
      await world.invoke(completedEvent("2025021805"));
      assert.deepEqual(openExports(PLACE, world.policy), [
        { slot: "2025021805", folders: ["shop/*"], closedFolders: [] },
        { slot: "2025021806", folders: ["shop/*"], closedFolders: ["shop/shop.users"] },
      ]);
    });

    it("keeps closed what the shrink guard holds", async () => {
      const world = new World({ shrinkGuard: { percent: 50, action: "hold" } });
      const lastGood = { slot: "2025021706", bytes: 16 * 1024 * 1024 };
      const users = { dataset: "prod_shop", destination: "users", good: true, files: 1, due: true, lastGood };
      const before = { slot: "2025021706", snapshotTime: "2025-02-16T16:05:42Z", tables: [users] };
      world.addObjects([["prod-reports/opened/2025021706.json", JSON.stringify(before)]]);
      addExport(world, "2025021805", -20);
      raceWith(world, () => world.invoke(COMPLETED));
      await world.invoke(completedEvent("2025021805"));
      const held = { folders: ["shop/*"], closedFolders: ["shop/shop.users"] };
      assert.deepEqual(openExports(PLACE, world.policy), [
        { slot: "2025021805", ...held },
        { slot: "2025021806", ...held },
      ]);
    });

    it("opens the day's export again (completion mode)", async () => {
      const world = onCompletion();
      addExport(world, "2025021803", -20);
      raceWith(world, () => world.invoke(COMPLETED));
      await world.invoke(completedEvent("2025021803"));
      assert.deepEqual(openSlots(world), ["2025021803", "2025021804"]);
    });

    it("opens it again where it was not reported yet when it was closed", async () => {
      const world = new World();
      addExport(world, "2025021805", -20);
      world.policy = completedExportsPolicy(PLACE, []);
      const spot = completedExportsPolicy(PLACE, [
        { slot: parseSlot("2025021805"), folders: ["shop/*"], closedFolders: [] },
      ]);
      // The other invocation writes, and looks for what is open and reported, before this one has reported.
      world.step = (call) => {
        if (call === "create") world.policy = spot;
      };
      await world.invoke(COMPLETED);
      assert.deepEqual(openSlots(world), ["2025021805", "2025021806"]);
    });

    it("opens it again by the clock, whatever has closed it (completion mode), and asks for its loads", async () => {
      const world = onCompletion();
      await world.invoke(COMPLETED);
      world.now = new Date("2025-02-17T23:00:10Z");
      for (const policy of [undefined, completedExportsPolicy(PLACE, [])]) {
        world.policy = policy;
        await world.invoke({ scheduledTime: "2025-02-17T23:00:00Z" });
        assert.deepEqual(openSlots(world), ["2025021804"]);
      }
      assert.deepEqual([world.told(), world.sent.length], [[], 3]);
    });

    it("leaves closed what has given way to a newer one, or has been loaded", async () => {
      const world = onCompletion();
      await world.invoke(COMPLETED);
      for (const [slot, minutes] of [
        ["2025021803", 60],
        ["2025021802", 90],
      ] as const) {
        addExport(world, slot, minutes);
        world.policy = completedExportsPolicy(PLACE, []);
        await world.invoke(completedEvent(slot));
      }
      assert.deepEqual(openSlots(world), ["2025021802"]);
      const later = new World();
      await later.invoke(COMPLETED);
      later.policy = completedExportsPolicy(PLACE, []);
      later.now = new Date("2025-02-17T22:00:00Z");
      addExport(later, "2025021805", 100);
      await later.invoke(completedEvent("2025021805"));
      assert.deepEqual(openSlots(later), ["2025021805"]);
    });
  });

  describe("opens the databases that the stack loads, and nothing beside them", () => {
    const tables = {
      ...ENVIRONMENT.tables,
      tables: [table("users"), table("leads", { database: "crm", dataset: "prod_crm" })],
    };

    it("by name", async () => {
      const world = new World({ tables });
      await world.invoke(COMPLETED);
      const folder = `arn:aws:s3:::${BUCKET}/prod-2025021806`;
      assert.deepEqual(world.open(), [`${folder}/crm/*`, `${folder}/shop/*`]);
    });

    it("anew where a database was added since, once that is audited, and leaves the others as they were", async () => {
      const world = new World({ tables });
      const shop = { folders: ["shop/*"], closedFolders: [] };
      const before = ["2025021706", "2025021806"].map((slot) => ({ slot: parseSlot(slot), ...shop }));
      world.policy = completedExportsPolicy(PLACE, before);
      world.objects.set(
        "prod-reports/2025021806/completed.json",
        JSON.stringify({ publishedAt: "2025-02-17T19:27:01.000Z" }),
      );
      world.objects.delete(`${TASK}/crm/crm.leads/1/_SUCCESS`);
      assert.equal((await world.clock()).outcome, "opened");
      assert.deepEqual(openExports(PLACE, world.policy), [
        before[0],
        { slot: "2025021806", folders: ["crm/*", "shop/*"], closedFolders: ["crm/crm.leads"] },
      ]);
    });

    it("whole where they are too many to be named, and says so", async () => {
      const many = Array.from({ length: 20 }, (_, i) => table("t", { database: `database_${i}` }));
      const world = new World({ tables: { ...ENVIRONMENT.tables, tables: many } });
      await world.invoke(COMPLETED);
      assert.deepEqual(world.open(), [`arn:aws:s3:::${BUCKET}/prod-2025021806/*`]);
      assert.deepEqual((await world.clock()).outcome, "unchanged");
      const said = world.lines.filter(({ level }) => level === "WARN").map(({ message }) => message);
      assert.deepEqual(said, [
        "The export is open whole, whatever lies in it: the reader's policy has no room for the name of each database",
      ]);
    });
  });

  describe("where there is no room for two", () => {
    const names = Array.from({ length: 8 }, (_, i) => `table_${i}`);
    const tables = { ...ENVIRONMENT.tables, tables: names.map((name) => table(name)) };
    const parts = Object.fromEntries(names.map((name) => [name, { status: "FAILED" }]));
    const waits =
      '"prod-2025021806", whose load is near or under way, keeps its place, and the reader\'s policy has no room to ' +
      "close the tables of both that are there in part. Open this one when that load has ended, an hour after it began.";

    async function withDaily(): Promise<World> {
      const world = new World({ ...WITH_LOADER, tables });
      world.addObjects(exportObjects(TASK, tables, parts));
      await world.invoke(COMPLETED);
      addExport(world, "2025021805", 60);
      world.addObjects(exportObjects("prod-2025021805", tables, parts));
      return world;
    }

    it("holds a person's export back until the day's load has ended, and says so", async () => {
      const world = await withDaily();
      world.now = new Date("2025-02-17T20:40:00Z");
      assert.deepEqual(await world.invoke(completedEvent("2025021805")), {
        outcome: "heldBack",
        slot: "2025021805",
        summary: `holds prod-2025021805 back: ${waits}`,
      });
      assert.deepEqual(openSlots(world), ["2025021806"]);
      assert.equal(
        world.told().at(-1),
        "incomplete problem Export prod-2025021805 is held back: no room for it yet",
      );
      const text = world.published.at(-1)?.text.split("\n") ?? [];
      assert.equal(
        text[0],
        `Export prod-2025021805 of snapshot by-hand-2025021805 (2025-02-17 16:05 UTC) is complete, and stays closed. ${waits}`,
      );
      assert.match(text.at(-1) ?? "", /--payload '\{"slot":"2025021805"\}'/);
      const slot = { slot: "2025021805" };
      world.now = new Date("2025-02-17T21:59:59Z");
      await assertRejects(
        world.invoke(slot),
        { name: "RefusedError" },
        `Export "prod-2025021805" is not opened. ${waits}`,
      );
      assert.deepEqual(openSlots(world), ["2025021806"]);
      world.now = new Date("2025-02-17T22:00:00Z");
      assert.equal((await world.invoke(slot)).outcome, "loading");
      assert.deepEqual(openSlots(world), ["2025021805"]);
    });

    it("opens the day's export in the place of a person's", async () => {
      const world = await withDaily();
      world.policy = undefined;
      world.objects.delete("prod-reports/2025021806/completed.json");
      await world.invoke(completedEvent("2025021805"));
      assert.deepEqual(openSlots(world), ["2025021805"]);
      await world.invoke(COMPLETED);
      assert.deepEqual(openSlots(world), ["2025021806"]);
    });
  });

  describe("at its clock in schedule mode", () => {
    it("opens an export whose event was lost", async () => {
      const world = new World();
      assert.equal((await world.clock()).outcome, "opened");
      assert.deepEqual([world.open(), world.recorded()], [OPEN, [INFORMED]]);
    });

    it("tells once of an export that is absent, and that it has looked", async () => {
      const world = new World();
      world.tasks = [task({ ExportTaskIdentifier: "prod-2025021706" })];
      world.objects.set(
        "prod-reports/2025021706/completed.json",
        '{"publishedAt":"2025-02-16T19:27:00.000Z"}',
      );
      assert.deepEqual(await world.clock(), {
        outcome: "absent",
        slot: "2025021806",
        summary: "there is no export prod-2025021806",
      });
      await world.clock();
      assert.deepEqual(world.told(), ["late problem Export prod-2025021806 is absent"]);
      assert.deepEqual(world.metrics, [{ clockLooks: 1 }, { clockLooks: 1 }]);
    });

    it("tells of an export in another bucket that it is absent", async () => {
      const world = new World();
      world.tasks = [task({ S3Bucket: "another-bucket" })];
      assert.equal((await world.clock()).outcome, "absent");
      assert.deepEqual(world.open(), []);
    });

    for (const Status of ["STARTING", "IN_PROGRESS", "CANCELING"]) {
      it(`tells of one that is ${Status}, and later of its end`, async () => {
        const world = new World();
        world.tasks = [task({ Status })];
        assert.deepEqual(await world.clock(), {
          outcome: "late",
          slot: "2025021806",
          summary: `prod-2025021806 is ${Status}`,
        });
        world.tasks = [task()];
        world.now = new Date("2025-02-17T22:40:00Z");
        assert.equal((await world.invoke(COMPLETED)).outcome, "tooLate");
        assert.deepEqual(world.told(), ["late problem Export prod-2025021806 is late", TOO_LATE]);
        assert.equal((await world.invoke(BY_HAND)).outcome, "opened");
        assert.deepEqual(world.told().slice(2), [BY_PERSON]);
      });
    }
  });

  describe("in completion mode", () => {
    it("asks the queue for the loads of an opened export, once in five minutes", async () => {
      const world = onCompletion();
      assert.equal((await world.invoke(COMPLETED)).outcome, "opened");
      assert.deepEqual(world.sent, [{ message: { load: "2025021804" }, once: "load-2025021804" }]);
      assert.ok(world.calls.indexOf("writePolicy") < world.calls.indexOf("send load-2025021804"));
      await world.invoke(COMPLETED);
      assert.equal(world.sent.length, 1);
      assert.equal((await world.deliver()).outcome, "loading");
      assert.deepEqual(world.started, ["orders", "users"]);
    });

    it("opens at any hour, over midnight too", async () => {
      const world = onCompletion();
      world.now = new Date("2025-02-18T23:59:00Z");
      assert.equal((await world.invoke(COMPLETED)).outcome, "opened");
      assert.deepEqual(openSlots(world), ["2025021804"]);
    });

    it("asks again at the deadline: the message may have been lost", async () => {
      const world = onCompletion();
      await world.invoke(COMPLETED);
      world.now = new Date("2025-02-17T23:00:10Z");
      assert.equal((await world.invoke({ scheduledTime: "2025-02-17T23:00:00Z" })).outcome, "unchanged");
      assert.equal(world.sent.length, 2);
      await world.deliver();
      await world.deliver();
      assert.deepEqual(world.started, ["orders", "users"]);
    });

    it("opens and loads at the deadline what no event told of", async () => {
      const world = onCompletion();
      world.now = new Date("2025-02-17T23:00:10Z");
      assert.equal((await world.invoke({ scheduledTime: "2025-02-17T23:00:00Z" })).outcome, "opened");
      assert.equal(world.sent.length, 1);
    });

    it("tells at the deadline of what is late, and loads it when it is complete", async () => {
      const world = onCompletion();
      world.tasks = [task({ ExportTaskIdentifier: DAILY, Status: "IN_PROGRESS" })];
      world.now = new Date("2025-02-17T23:00:10Z");
      assert.equal((await world.invoke({ scheduledTime: "2025-02-17T23:00:00Z" })).outcome, "late");
      world.tasks = [task({ ExportTaskIdentifier: DAILY })];
      world.now = new Date("2025-02-18T05:00:00Z");
      assert.equal((await world.invoke(COMPLETED)).outcome, "opened");
      assert.equal(world.sent.length, 1);
      assert.deepEqual(world.told(), [
        "late problem Export prod-2025021804 is late",
        "completed resolved Export prod-2025021804 is complete: 2 tables",
      ]);
    });

    it("knows the deadline's export across midnight and when the clocks change", async () => {
      const berlin = {
        timeZone: "Europe/Berlin",
        exportTime: { hour: 23, minute: 30 },
        deadline: { hour: 3, minute: 30 },
      };
      for (const [scheduledTime, slot] of [
        ["2025-03-30T01:30:00Z", "2025032923"],
        ["2025-10-26T02:30:00Z", "2025102523"],
        ["2025-07-01T01:30:00Z", "2025063023"],
      ] as const) {
        const world = onCompletion(berlin);
        world.now = new Date(scheduledTime);
        assert.deepEqual(await world.invoke({ scheduledTime }), {
          outcome: "absent",
          slot,
          summary: `there is no export prod-${slot}`,
        });
      }
    });

    it("neither opens nor loads an export that one started later has overtaken", async () => {
      const world = onCompletion();
      addExport(world, "2025021810", 60);
      addExport(world, "2025021809", 90);
      await world.invoke(completedEvent("2025021810"));
      await world.invoke(completedEvent("2025021809"));
      assert.deepEqual(await world.invoke(COMPLETED), {
        outcome: "superseded",
        slot: "2025021804",
        summary: "prod-2025021804 has given way to a newer export",
      });
      assert.deepEqual(openSlots(world), ["2025021809", "2025021810"]);
      assert.deepEqual(
        world.sent.map(({ message }) => message.load),
        ["2025021810", "2025021809"],
      );
      const record = JSON.parse(world.objects.get("prod-reports/2025021804/completed.json") ?? "");
      assert.match(record.report.text, /It stays closed\. It is not loaded: an export of a newer /);
      world.now = new Date("2025-02-17T23:00:10Z");
      await world.invoke({ scheduledTime: "2025-02-17T23:00:00Z" });
      assert.equal(world.sent.length, 2);
      await assertRejects(
        world.invoke({ slot: "2025021804" }),
        { name: "RefusedError" },
        'Export "prod-2025021804" has given way to a newer one, which is complete: loading it would put ' +
          'older rows in the place of newer ones. To do so in spite of this, add "evenIfOlder": true.',
      );
      assert.equal(world.sent.length, 2);
      assert.equal((await world.invoke({ slot: "2025021804", evenIfOlder: true })).outcome, "loading");
      assert.deepEqual(world.sent.at(-1)?.message, {
        load: "2025021804",
        asked: world.now.toISOString(),
        evenIfOlder: true,
      });
    });

    it("loads a person's export by itself, where the clock is off too", async () => {
      const world = onCompletion({ clockEnabled: false });
      await world.invoke(COMPLETED);
      assert.equal(world.sent.length, 1);
      assert.deepEqual(world.told(), ["completed resolved Export prod-2025021804 is complete: 2 tables"]);
    });

    it("loads again by a person after the loads were lost", async () => {
      const world = onCompletion();
      await world.invoke(COMPLETED);
      world.configs = [];
      assert.equal((await world.deliver({ attempt: 3 })).outcome, "notLoaded");
      world.configs = new World().configs;
      assert.equal((await world.invoke({ slot: "2025021804" })).outcome, "loading");
      await world.deliver();
      assert.deepEqual(world.started, ["orders", "users"]);
      assert.deepEqual(
        world.published.map(({ kind, severity }) => `${kind} ${severity}`),
        ["notLoaded problem"],
      );
      assert.equal(world.follows.length, 1);
    });
  });

  it("passes on of RDS's own words an excerpt, without what may be data", async () => {
    const address = "jane.doe@example.com";
    const words = `text of ${address} in row 4711 'Jane Doe' was converted`;
    for (const warn of [
      (world: World) => {
        world.tasks = [
          task({ WarningMessage: JSON.stringify({ general: [words], skippedTables: [words] }) }),
        ];
      },
      (world: World) => {
        const users = { users: { status: { status: words, warningMessage: words } } };
        world.addObjects(exportObjects(TASK, world.environment.tables, users));
      },
      (world: World) => {
        const users = { users: { status: { warningMessage: words } } };
        world.addObjects(exportObjects(TASK, world.environment.tables, users));
      },
      (world: World) => world.objects.set(sidecarKey(TASK), words),
      (world: World) => {
        world.tasks = [task({ WarningMessage: words })];
      },
      (world: World) => {
        world.tasks = [task({ Status: "FAILED", FailureCause: words })];
      },
    ]) {
      const world = new World({ onIncompleteExport: "block" });
      warn(world);
      const errors: unknown[] = [];
      for (const payload of [COMPLETED, FAILED, BY_HAND]) {
        await world.invoke(payload).catch((error: Error) => errors.push(error.message));
      }
      assert.equal(world.told().length, 1);
      const records = [...world.objects].filter(([key]) => key.startsWith("prod-reports/"));
      const said = JSON.stringify([world.published, world.lines, records, errors]);
      assert.match(said, /text of … in row/);
      for (const value of [address, "4711", "Jane"]) assert.ok(!said.includes(value), `${value} in ${said}`);
    }
  });

  it("waits for a person where the stack's clock is off", async () => {
    const world = new World({ clockEnabled: false });
    world.now = new Date("2025-02-17T20:58:00Z");
    assert.equal((await world.invoke(COMPLETED)).outcome, "opened");
    assert.deepEqual(world.told(), [BY_PERSON]);
    assert.match(
      world.published[0]?.text ?? "",
      /No clock loads it\.\nRun each transfer by hand for the run time /,
    );
  });

  describe("by hand", () => {
    it("opens an export, and says how to load it", async () => {
      const world = new World();
      world.now = new Date("2025-02-17T22:00:00Z");
      assert.deepEqual(await world.invoke(BY_HAND), {
        outcome: "opened",
        slot: "2025021806",
        summary:
          "prod-2025021806 is open. Run each transfer by hand for the run time 2025-02-17T21:00:00.000Z " +
          '(docs/runbook.md, "Load an export by hand").',
      });
      assert.deepEqual([world.open(), world.told()], [OPEN, [BY_PERSON]]);
    });

    it("leaves the loads to the clock where that is still to come", async () => {
      const world = new World(WITH_LOADER);
      assert.deepEqual(await world.invoke(BY_HAND), {
        outcome: "opened",
        slot: "2025021806",
        summary: "prod-2025021806 is open. BigQuery loads it at 06:00 Asia/Tokyo.",
      });
      assert.deepEqual(world.sent, []);
    });

    it("starts the loads where the gate can, whatever the mode", async () => {
      const world = new World(WITH_LOADER);
      world.now = new Date("2025-02-17T22:00:00Z");
      assert.deepEqual(await world.invoke(BY_HAND, "request-7"), {
        outcome: "loading",
        slot: "2025021806",
        summary:
          "prod-2025021806 is open. Its loads start in 5 minutes, also those of tables that were loaded from it before. The same asked again within minutes starts nothing twice.",
      });
      assert.deepEqual(world.sent, [
        {
          message: { load: "2025021806", asked: "2025-02-17T22:00:00.000Z" },
          once: "by-hand 2025021806",
        },
      ]);
    });

    it("starts them each time that a person asks, and what is the same within five minutes once", async () => {
      const world = onCompletion();
      for (const flags of [{}, {}, { despiteFindings: true }, { evenIfOlder: true, despiteFindings: true }]) {
        await world.invoke({ slot: "2025021804", ...flags });
      }
      assert.deepEqual(
        world.sent.map(({ once }) => once),
        [
          "by-hand 2025021804",
          "by-hand 2025021804",
          "by-hand 2025021804 despiteFindings",
          "by-hand 2025021804 despiteFindings evenIfOlder",
        ],
      );
      assert.equal(world.recorded().length, 1);
    });

    it("starts those of the tables alone that a person names", async () => {
      const world = onCompletion();
      await world.invoke({ slot: "2025021804", tables: ["prod_shop.users"] });
      await world.invoke({ slot: "2025021804", tables: ["prod_shop.orders"] });
      assert.deepEqual(
        world.sent.map(({ message, once }) => [message.tables, once]),
        [
          [["prod_shop.users"], "by-hand 2025021804 tables prod_shop.users"],
          [["prod_shop.orders"], "by-hand 2025021804 tables prod_shop.orders"],
        ],
      );
    });

    it("opens nothing for a table that the stack does not load", async () => {
      const world = onCompletion();
      await assertRejects(
        world.invoke({ slot: "2025021804", tables: ["prod_shop.users", "prod_shop.user"] }),
        { name: "RefusedError" },
        'The stack loads no table "prod_shop.user", but prod_shop.orders, prod_shop.users. Nothing was opened.',
      );
      assert.deepEqual([world.open(), world.sent], [[], []]);
    });

    it("loads again what was loaded, dropped or not, without another word of the person's", async () => {
      const world = onCompletion();
      await world.invoke(COMPLETED);
      await world.deliver();
      const startTime = new Date("2025-02-17T19:35:00Z");
      for (const [name, runs] of world.runs) {
        world.runs.set(
          name,
          runs.map((run) => ({ ...run, startTime, state: "SUCCEEDED" })),
        );
      }
      world.now = new Date("2025-02-18T01:00:00Z");
      assert.equal((await world.invoke({ slot: "2025021804" })).outcome, "loading");
      assert.equal((await world.deliver()).summary, "loads of prod-2025021804 started: 2");
      assert.deepEqual(world.started, ["orders", "users", "orders", "users"]);
    });

    it("says that an export is audited where it cannot be opened", async () => {
      const world = new World({ readerUserName: undefined, readerAccessKeyId: undefined });
      const { outcome, summary } = await world.invoke(BY_HAND);
      assert.equal(outcome, "audited");
      assert.equal(summary, "prod-2025021806 is audited. BigQuery loads it at 06:00 Asia/Tokyo.");
    });

    it("opens while no run can be reading, and refuses otherwise", async () => {
      const refusal =
        'Export "prod-2025021806" is not opened between 2025-02-17T20:50:00.000Z and 2025-02-17T22:00:00.000Z: its ' +
        "transfers run then, and one that is half way would load half a table. Try again afterwards.";
      for (const [time, opens] of [
        ["2025-02-17T20:50:00.000Z", true],
        ["2025-02-17T20:50:00.001Z", false],
        ["2025-02-17T21:59:59.999Z", false],
        ["2025-02-17T22:00:00.000Z", true],
      ] as const) {
        const world = new World();
        world.now = new Date(time);
        if (opens) assert.equal((await world.invoke(BY_HAND)).outcome, "opened");
        else await assertRejects(world.invoke(DESPITE), { name: "RefusedError" }, refusal);
        assert.deepEqual(world.open(), opens ? OPEN : []);
      }
    });

    it("refuses where its audit ends in the time in which runs may be reading, and writes nothing", async () => {
      for (const TaskStartTime of [task().TaskStartTime, new Date("2025-02-17T20:40:00Z")]) {
        const world = new World(WITH_LOADER);
        world.tasks = [task({ TaskStartTime })];
        world.now = new Date("2025-02-17T20:49:59Z");
        world.step = (call) => {
          if (call === "read") world.now = new Date("2025-02-17T20:58:00Z");
        };
        for (const payload of [BY_HAND, DESPITE]) {
          await assert.rejects(world.invoke(payload), (error: Error) => {
            assert.ok(isFault(error, "RefusedError"));
            assert.match(
              error.message,
              /^Export "prod-2025021806" is not opened between 2025-02-17T20:50:00\.000Z /,
            );
            return true;
          });
        }
        assert.deepEqual([world.policy, world.sent, world.told()], [undefined, [], []]);
      }
    });

    it("opens one that was started after the load no sooner: a late run of that load could meet it", async () => {
      const world = new World();
      world.tasks = [task({ TaskStartTime: new Date("2025-02-17T21:05:00Z") })];
      world.now = new Date("2025-02-17T21:31:00Z");
      await assert.rejects(world.invoke(BY_HAND), { name: "RefusedError" });
      world.now = new Date("2025-02-17T22:00:00Z");
      assert.equal((await world.invoke(BY_HAND)).outcome, "opened");
    });

    it("opens none of another cluster's snapshot, whatever its id", async () => {
      const world = new World();
      world.clusters.set(SNAPSHOT, "example-prod-2024-restore");
      await assert.rejects(world.invoke({ ...DESPITE, ofThisCluster: true }), { name: "NoExportError" });
      assert.deepEqual(world.open(), []);
    });

    it("refuses a slot without an export of this stack", async () => {
      for (const tasks of [[], [task({ S3Bucket: "another-bucket" })]]) {
        const world = new World();
        world.tasks = tasks;
        await assertRejects(
          world.invoke(BY_HAND),
          { name: "NoExportError" },
          'There is no export "prod-2025021806" into bucket prod-export-bucket. See the exports in the RDS console under ' +
            "Exports in Amazon S3; the slot is what stands behind the prefix of their names.",
        );
      }
    });

    for (const [changes, words] of [
      [{ Status: "IN_PROGRESS" }, "IN_PROGRESS"],
      [{ Status: "FAILED", FailureCause: "KMS" }, "FAILED (KMS)"],
      [{ Status: undefined }, "without status"],
    ] as const) {
      it(`refuses one that is ${words}, whatever the person wants`, async () => {
        const world = new World();
        world.tasks = [task(changes)];
        await assertRejects(
          world.invoke(DESPITE),
          { name: "RefusedError" },
          `Export "prod-2025021806" is ${words}, and only a complete one is opened.`,
        );
        assert.deepEqual([world.open(), world.told()], [[], []]);
      });
    }

    it("opens what the stack blocks only when told to, and says what that means", async () => {
      const world = new World({ ...WITH_LOADER, onIncompleteExport: "block" });
      damage(world);
      await world.invoke(COMPLETED);
      world.now = new Date("2025-02-17T22:00:00Z");
      await assertRejects(
        world.invoke(BY_HAND),
        { name: "RefusedError" },
        'Export "prod-2025021806" is not opened. The stack\'s `onIncompleteExport` is `block`. In trouble: shop/shop.users ' +
          '(failed). To open it in spite of this, add "despiteFindings": true.',
      );
      assert.deepEqual([world.open(), world.sent], [[], []]);
      assert.equal((await world.invoke(DESPITE)).outcome, "loading");
      assert.deepEqual(openExports(PLACE, world.policy), [
        { slot: "2025021806", folders: ["shop/*"], closedFolders: [] },
      ]);
      assert.deepEqual(world.sent[0]?.message, {
        load: "2025021806",
        asked: "2025-02-17T22:00:00.000Z",
        despiteFindings: true,
      });
      assert.match(
        world.published.at(-1)?.text ?? "",
        /^In trouble, and loaded as far as there are files of them, /m,
      );
      await world.deliver();
      assert.deepEqual(world.started, ["orders", "users"]);
    });

    it("keeps parts of tables closed unless told otherwise", async () => {
      const world = new World();
      damage(world);
      await world.invoke(BY_HAND);
      assert.deepEqual(openExports(PLACE, world.policy), [
        { slot: "2025021806", folders: ["shop/*"], closedFolders: ["shop/shop.users"] },
      ]);
    });

    it("opens what nobody can audit only when told to", async () => {
      const world = new World();
      world.objects.set(sidecarKey(TASK), "no JSON");
      await assert.rejects(world.invoke(BY_HAND), { name: "AuditError" });
      assert.deepEqual([world.open(), world.told()], [[], []]);
      assert.equal((await world.invoke(DESPITE)).outcome, "opened");
      assert.deepEqual(world.open(), OPEN);
    });

    it("passes on what is no doubt of the audit", async () => {
      const world = new World();
      world.step = (call) => {
        if (call === "listObjects") throw new FunctionError("AwsCallError", "S3 is away.", true);
      };
      await assertRejects(world.invoke(DESPITE), { name: "AwsCallError" }, "S3 is away.");
      assert.deepEqual(world.open(), []);
    });
  });

  describe("when the clock meets an error", () => {
    for (const call of ["findTask", "writePolicy"]) {
      it(`fails at every attempt, tells once, and goes on at the next (${call})`, async () => {
        const world = new World();
        world.step = (name) => {
          if (name === call) throw new FunctionError("AwsCallError", "IAM says no.", false);
        };
        for (let attempt = 1; attempt <= 3; attempt++) {
          await assert.rejects(world.clock("a"), /^AwsCallError: IAM says no\.$/);
          // The heartbeat comes before what fails.
          assert.equal(world.metrics.filter((it) => it.clockLooks === 1).length, attempt);
        }
        const told = "notOpened problem Export prod-2025021806 could not be checked or opened";
        assert.deepEqual(world.told(), [told]);
        assert.match(world.published[0]?.text ?? "", /^ {2}AwsCallError: IAM says no\.$/m);
        world.step = () => undefined;
        await world.clock("b");
        assert.deepEqual(world.told(), [told, RESOLVED]);
      });
    }

    /** A world whose SNS takes nothing until it is told otherwise. */
    function silenced(changes: Parameters<typeof task>[0] = {}): World {
      const world = new World();
      world.tasks = [task(changes)];
      world.step = (call) => {
        if (call === "publish") throw new FunctionError("AwsCallError", "SNS is away.", true);
      };
      return world;
    }

    it("fails until people know, whatever it was that they could not be told", async () => {
      const world = silenced({ Status: "IN_PROGRESS" });
      for (let attempt = 0; attempt < 3; attempt++) {
        await assertRejects(
          world.clock("a"),
          { name: "NotToldError" },
          "Nobody could be told this: Export prod-2025021806 is late. SNS is away.",
        );
      }
      assert.deepEqual(world.recorded(), []);
      // What could not be told is no error of the look itself.
      assert.equal(world.objects.has("prod-reports/2025021806/notOpened.json"), false);
      world.step = () => undefined;
      assert.equal((await world.clock("a")).outcome, "late");
      assert.deepEqual(world.told(), ["late problem Export prod-2025021806 is late"]);
    });

    for (const [title, fail] of [
      ["RDS", "findTask"],
      ["IAM", "writePolicy"],
    ] as const) {
      it(`opens at its third attempt where ${title} has failed twice`, async () => {
        const world = new World();
        let failures = 2;
        world.step = (call) => {
          if (call === fail && failures-- > 0) throw new FunctionError("AwsCallError", "away", true);
        };
        for (const minute of [0, 1]) {
          world.now = new Date(Date.parse("2025-02-17T20:50:20Z") + minute * 60_000);
          await assert.rejects(world.clock("a"), { name: "AwsCallError" });
        }
        world.now = new Date("2025-02-17T20:53:20Z");
        assert.equal((await world.clock("a")).outcome, "opened");
        assert.deepEqual(world.told(), [
          "notOpened problem Export prod-2025021806 could not be checked or opened",
          RESOLVED,
        ]);
      });
    }

    it("tells what another invocation could not, a second later", async () => {
      const world = silenced();
      world.objects.set(sidecarKey(TASK), "no JSON");
      await assert.rejects(world.invoke(COMPLETED, "a"), { name: "NotToldError" });
      world.step = () => undefined;
      world.now = new Date(world.now.getTime() + 1000);
      await assert.rejects(world.invoke(COMPLETED, "b"), { name: "AuditError" });
      assert.deepEqual(world.told(), ["unreadable problem Export prod-2025021806 cannot be audited"]);
    });

    it("fails where another invocation has begun to tell, and may not have come to it", async () => {
      // The process ends with its first call to SNS: nothing of it comes behind.
      const dying = (world: World, before?: string) => {
        let dead = false;
        world.step = (call) => {
          if (call === before) throw new FunctionError("AwsCallError", "RDS is away.", true);
          if (call === "publish") dead = true;
          if (dead) throw new Error("the process has ended");
        };
      };
      const world = new World();
      world.objects.set(sidecarKey(TASK), "no JSON");
      dying(world);
      await assert.rejects(world.invoke(COMPLETED, "dies"), /the process has ended/);
      world.step = () => undefined;
      world.now = new Date("2025-02-17T19:30:00Z");
      await assert.rejects(world.invoke(COMPLETED, "b"), { name: "AuditError" });
      const clock = new World();
      dying(clock, "findTask");
      await assert.rejects(clock.clock("dies"), /^AwsCallError: RDS is away\.$/);
      assert.equal(clock.lines.at(-1)?.message, "the process has ended");
      dying(clock, "findTask");
      await assert.rejects(clock.clock("b"), /^AwsCallError: RDS is away\.$/);
      assert.deepEqual([...world.told(), ...clock.told()], []);
    });
  });

  it("compares exports by their snapshots, and by their starts only where these are the same", async () => {
    const world = onCompletion();
    await world.invoke(COMPLETED);
    addExport(world, "2025021805", 10);
    const [older] = world.tasks.filter(({ ExportTaskIdentifier: id }) => id === "prod-2025021805");
    assert.ok(older);
    world.tasks = world.tasks.map((it) =>
      it === older ? { ...it, SnapshotTime: new Date("2025-01-01T00:00:00Z") } : it,
    );
    assert.equal((await world.invoke(completedEvent("2025021805"))).outcome, "superseded");
    assert.equal(
      world.told().at(-1),
      "completed resolved Export prod-2025021805 is complete, and not loaded: a newer one is",
    );
  });

  it("calls an export that has given way neither open nor in trouble where the key cannot be used", async () => {
    const world = onCompletion();
    await world.invoke(COMPLETED);
    addExport(world, "2025021805", 10);
    world.tasks = world.tasks.map((it) =>
      it.ExportTaskIdentifier === "prod-2025021805"
        ? { ...it, SnapshotTime: new Date("2025-01-01T00:00:00Z") }
        : it,
    );
    world.key = { status: "Inactive" };
    assert.equal((await world.invoke(completedEvent("2025021805"))).outcome, "superseded");
    assert.equal(
      world.told().some((it) => it.startsWith("readerKey")),
      false,
    );
  });

  it("refuses a person whose transfers cannot read, and says nothing of an end", async () => {
    const world = new World();
    world.key = { status: "Inactive" };
    await assertRejects(
      world.invoke(BY_HAND),
      { name: "RefusedError" },
      "The transfers' access key AKIAIOSFODNN7EXAMPLE is Inactive: every load would fail. Nothing was done. To make a " +
        'new key: docs/runbook.md, "Rotate the access key".',
    );
    assert.deepEqual([world.told(), world.open()], [[], []]);
  });

  describe("when the exporter has failed at every attempt", () => {
    const failure = {
      requestContext: {
        functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${ENVIRONMENT.exporterName}:$LATEST`,
      },
      requestPayload: { scheduledTime: "2025-02-17T19:00:00Z" },
      responsePayload: { errorType: "NoSnapshotError", errorMessage: "No snapshot." },
    };

    it("tells why, at once, and the clock does not tell again", async () => {
      const world = new World();
      world.tasks = [];
      world.now = new Date("2025-02-17T19:03:05Z");
      assert.deepEqual(await world.invoke(failure), {
        outcome: "absent",
        slot: "2025021806",
        summary: "prod-2025021806 was not started",
      });
      await world.invoke(failure);
      assert.equal((await world.clock()).outcome, "absent");
      assert.deepEqual(world.told(), ["notStarted problem Export prod-2025021806 was not started"]);
      assert.deepEqual(world.published[0]?.text.split("\n").slice(0, 4), [
        `${ENVIRONMENT.exporterName} has failed at every attempt, and there is no export prod-2025021806. The last attempt said:`,
        "  NoSnapshotError: No snapshot.",
        "It tries again every 5 minutes until 05:35 Asia/Tokyo, and the end of that export is reported. If that comes to nothing:",
        "At 06:00 Asia/Tokyo BigQuery finds nothing to load. BigQuery keeps the rows of its last load.",
      ]);
    });

    it("is silent where the export was started all the same", async () => {
      const world = new World();
      world.tasks = [task({ Status: "IN_PROGRESS" })];
      world.now = new Date("2025-02-17T19:03:05Z");
      assert.equal((await world.invoke(failure)).outcome, "unchanged");
      assert.deepEqual(world.told(), []);
      // Not finished ten minutes before its load, it is told of all the same.
      await world.clock();
      assert.deepEqual(world.told(), ["late problem Export prod-2025021806 is late"]);
    });

    it("tells once while it fails on", async () => {
      const world = new World();
      world.tasks = [];
      world.now = new Date("2025-02-17T19:03:05Z");
      await world.invoke(failure);
      await world.invoke({
        ...failure,
        requestPayload: { scheduledTime: "2025-02-17T19:05:00Z", again: true },
      });
      assert.equal(world.published.length, 1);
    });

    for (const [mode, environment, slot, last] of [
      ["by the clock", {}, "2025021806", "2025-02-17T20:35:00Z"],
      ["on completion", ON_COMPLETION, "2025021804", "2025-02-17T22:45:00Z"],
    ] as const) {
      it(`means the day's export at the last look for room, and promises no other: ${mode}`, async () => {
        const world = new World(environment);
        world.tasks = [];
        world.now = new Date(Date.parse(last) + 185_000);
        const requestPayload = { scheduledTime: last, again: true };
        assert.equal((await world.invoke({ ...failure, requestPayload })).slot, slot);
        const [report] = world.published;
        assert.equal(report?.subject, `Export prod-${slot} was not started`);
        assert.doesNotMatch(report?.text ?? "", /tries again/);
      });
    }

    it("promises nothing where the clock is off", async () => {
      const world = new World({ clockEnabled: false });
      world.tasks = [];
      world.now = new Date("2025-02-17T19:03:05Z");
      await world.invoke(failure);
      assert.doesNotMatch(world.published[0]?.text ?? "", /tries again/);
    });

    describe("for its slot", () => {
      const refused = {
        ...failure,
        responsePayload: { errorType: "SlotSpentError", errorMessage: "It is spent." },
      };
      const before = new Date("2025-02-17T18:50:00Z");

      for (const status of ["STARTING", "IN_PROGRESS", "COMPLETE", "FAILED", "CANCELED"]) {
        it(`tells that the day's export was not started, whatever another has become: ${status}`, async () => {
          const world = new World();
          // RDS gives no time before the export has begun.
          world.tasks = [task({ Status: status, TaskStartTime: status === "STARTING" ? undefined : before })];
          world.now = new Date("2025-02-17T19:03:05Z");
          assert.equal((await world.invoke(refused)).outcome, "absent");
          assert.deepEqual(world.told(), ["notStarted problem Export prod-2025021806 was not started"]);
          assert.deepEqual(world.published[0]?.text.split("\n").slice(0, 4), [
            `${ENVIRONMENT.exporterName} has failed at every attempt, and the slot of its export is taken. The last attempt said:`,
            "  SlotSpentError: It is spent.",
            "What is in the slot is loaded as its own report says.",
            "",
          ]);
        });
      }

      it("is silent where the slot is taken by the day's own, which a duplicate finds failed", async () => {
        const world = new World();
        world.tasks = [task({ Status: "FAILED", TaskStartTime: new Date("2025-02-17T19:00:10Z") })];
        world.now = new Date("2025-02-17T19:23:05Z");
        assert.equal((await world.invoke(refused)).outcome, "unchanged");
        assert.deepEqual(world.told(), []);
      });
    });

    it("means the export's own hour on completion", async () => {
      const world = onCompletion();
      world.tasks = [];
      world.now = new Date("2025-02-17T19:03:05Z");
      assert.equal((await world.invoke(failure)).slot, "2025021804");
    });
  });

  describe("where an invocation ends half way", () => {
    /** Ends the first invocation at a call, and makes its next attempt. */
    async function retryAfter(world: World, failing: string, payload: unknown = COMPLETED, later?: string) {
      world.step = (call) => {
        if (call === failing) throw new FunctionError("AwsCallError", `${failing} fails.`, true);
      };
      const invoke = () => (payload === CLOCK ? world.clock("same") : world.invoke(payload, "same"));
      await assert.rejects(
        invoke(),
        failing === "publish" ? { name: "NotToldError" } : { name: "AwsCallError" },
      );
      world.step = () => undefined;
      if (later !== undefined) world.now = new Date(later);
      return invoke();
    }

    for (const failing of [
      "listTasks",
      "listObjects",
      "read",
      "readPolicy",
      "writePolicy",
      "send",
      "publish",
      "accessKey",
    ]) {
      it(`does the rest at its next attempt (${failing})`, async () => {
        const world = onCompletion();
        addWarning(world);
        await retryAfter(world, failing);
        assert.deepEqual(world.told(), [
          "completed problem Export prod-2025021804 is complete, with warnings: 2 tables",
        ]);
        assert.deepEqual(openSlots(world), ["2025021804"]);
        assert.ok(world.sent.length > 0);
        await world.deliver();
        assert.deepEqual(world.started, ["orders", "users"]);
      });
    }

    for (const failing of ["create", "replace"]) {
      it(`tells all the same, and does not try again (${failing})`, async () => {
        const world = new World();
        addWarning(world);
        world.step = (call, key) => {
          if (call !== failing || /\/(?:opened|columns)\//.test(key)) return;
          throw new FunctionError("AwsCallError", `${failing} fails.`, true);
        };
        assert.equal((await world.invoke(COMPLETED)).outcome, "opened");
        assert.deepEqual(world.told(), [WARNED]);
        assert.deepEqual(world.open(), OPEN);
      });
    }

    it("asks for no loads of what it could not write down, and does so at its next attempt", async () => {
      const world = onCompletion();
      world.step = (call, key) => {
        if (key.includes("/opened/") && call === "replace") {
          throw new FunctionError("AwsCallError", "S3 is away.", true);
        }
      };
      await assert.rejects(world.invoke(COMPLETED, "a"), /^AwsCallError: S3 is away\.$/);
      assert.deepEqual([world.sent, world.recorded()], [[], []]);
      world.step = () => undefined;
      await world.invoke(COMPLETED, "a");
      assert.equal(world.sent.length, 1);
      await world.deliver();
      assert.deepEqual(world.started, ["orders", "users"]);
    });

    for (const [payload, Status] of [
      [FAILED, "FAILED"],
      [CANCELED, "CANCELED"],
      [CLOCK, "IN_PROGRESS"],
    ] as const) {
      it(`tells at its next attempt of an export that is ${Status}`, async () => {
        const world = new World();
        world.tasks = [task({ Status })];
        await retryAfter(world, "publish", payload);
        assert.equal(world.told().length, 1);
      });
    }

    it("does not call an export too late that it had opened in time", async () => {
      const world = new World();
      addWarning(world);
      world.now = new Date("2025-02-17T20:54:59Z");
      const { outcome } = await retryAfter(world, "publish", COMPLETED, "2025-02-17T20:56:00Z");
      assert.equal(outcome, "opened");
      assert.deepEqual([world.told(), world.open()], [[WARNED], OPEN]);
      // Nor does it write the policy again: a run could be half way.
      assert.equal(world.calls.filter((call) => call === "writePolicy").length, 1);
    });

    it("calls it too late where it had not", async () => {
      const world = new World();
      world.now = new Date("2025-02-17T20:54:59Z");
      const { outcome } = await retryAfter(world, "writePolicy", COMPLETED, "2025-02-17T20:56:00Z");
      assert.equal(outcome, "tooLate");
      assert.deepEqual([world.told(), world.open()], [[TOO_LATE], []]);
    });

    it("leaves the rest to the clock where no attempt succeeds", async () => {
      const world = new World();
      addWarning(world);
      world.step = (call) => {
        if (call === "publish") throw new FunctionError("AwsCallError", "SNS is away.", true);
      };
      for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(world.invoke(COMPLETED, "same"));
      world.step = () => undefined;
      world.now = new Date("2025-02-17T20:50:20Z");
      await world.clock();
      assert.deepEqual(world.told(), [WARNED]);
    });
  });

  describe("for any course of a day", () => {
    const SLOTS = ["2025021806", "2025021805", "2025021804", "2025021803"];
    const ENDS = ["COMPLETE", "COMPLETE", "COMPLETE", "FAILED", "CANCELED", "IN_PROGRESS"];
    const STATES = ["COMPLETE", "FAILED", undefined];
    /** What keeps a report that is out from being recorded, so that it is told again rather than not at all. */
    const RECORDS = ["create", "read"];

    const days = fc.record({
      completion: fc.boolean(),
      block: fc.boolean(),
      exports: fc.array(
        fc.record({
          status: fc.constantFrom(...ENDS),
          users: fc.constantFrom(...STATES),
          readable: fc.constantFrom(true, true, true, false),
          start: fc.integer({ min: -10, max: 150 }),
        }),
        { minLength: SLOTS.length, maxLength: SLOTS.length },
      ),
      steps: fc.array(
        fc.record({
          what: fc.constantFrom("event", "event", "clock", "hand", "despite", "deliver", "complete"),
          which: fc.integer({ min: 0, max: SLOTS.length - 1 }),
          minutes: fc.integer({ min: 0, max: 60 }),
          fails: fc.option(
            fc.constantFrom("publish", "create", "writePolicy", "readPolicy", "read", "send", "startRun"),
            { nil: undefined, freq: 4 },
          ),
        }),
        { maxLength: 14 },
      ),
    });

    it("opens only exports that are complete and audited, never more than two, and tells each thing once", async () => {
      await fc.assert(
        fc.asyncProperty(days, async ({ completion, block, exports, steps }) => {
          const world = new World({
            ...(completion ? ON_COMPLETION : WITH_LOADER),
            onIncompleteExport: block ? "block" : "load",
          });
          world.tasks = [];
          world.removeObjects(TASK);
          exports.forEach(({ status, users, readable, start }, i) => {
            const slot = SLOTS[i] ?? "";
            addExport(world, slot, start, { Status: status });
            const id = `prod-${slot}`;
            world.addObjects(exportObjects(id, world.environment.tables, { users: { status: users } }));
            if (!readable) world.objects.set(sidecarKey(id), "no JSON");
          });
          const despite = new Set<string>();
          let unrecorded = 0;
          for (const { what, which, minutes, fails } of steps) {
            const slot = SLOTS[which] ?? "";
            world.now = new Date(world.now.getTime() + minutes * 60_000);
            if (what === "complete") {
              for (const it of world.tasks) if (it.Status === "IN_PROGRESS") it.Status = "COMPLETE";
              continue;
            }
            if (what === "despite") despite.add(slot);
            const payload = {
              event: completedEvent(slot),
              clock: completion ? { scheduledTime: world.now.toISOString() } : CLOCK,
              hand: { slot },
              despite: { slot, despiteFindings: true },
              deliver: undefined,
            }[what];
            const before = openExports(PLACE, world.policy);
            let left = 1;
            world.step = (call) => {
              if (call === "startRun")
                assert.ok(openSlots(world).includes(world.sent.at(-1)?.message.load ?? ""));
              if (call !== fails || left-- === 0) return;
              if (RECORDS.includes(call)) unrecorded++;
              throw new FunctionError("AwsCallError", "away", true);
            };
            await (what === "deliver" ? world.deliver() : world.invoke(payload)).catch((error: Error) => {
              assert.ok(!(error instanceof TypeError || error instanceof RangeError), error.stack);
            });
            world.step = () => undefined;
            await check(world, despite);
            if (!completion) checkReadingTime(world, before);
          }
          const kinds = world.published.map(({ slot, kind }) => `${slot} ${kind}`);
          assert.ok(kinds.length - new Set(kinds).size <= unrecorded, kinds.join(", "));
        }),
        { numRuns: 300 },
      );
    });

    /** While runs by the clock may be reading, what they may read of their export stays as it is, or is closed. */
    function checkReadingTime(world: World, before: readonly OpenExport[]): void {
      const isReading =
        world.now > new Date("2025-02-17T20:55:00Z") && world.now < new Date("2025-02-17T22:00:00Z");
      const daily = world.tasks.find(({ ExportTaskIdentifier: id }) => id === TASK);
      if (!isReading || (daily?.TaskStartTime ?? LOAD) >= LOAD) return;
      const isDaily = ({ slot }: OpenExport) => slot === BY_HAND.slot;
      const now = openExports(PLACE, world.policy).find(isDaily);
      if (now !== undefined) assert.deepEqual(now, before.find(isDaily));
    }

    async function check(world: World, despite: ReadonlySet<string>): Promise<void> {
      const open = openExports(PLACE, world.policy);
      assert.ok(open.length <= 2);
      for (const { slot, closedFolders } of open) {
        assert.ok(isSlot(slot));
        const own = world.tasks.find(({ ExportTaskIdentifier: id }) => id === `prod-${slot}`);
        assert.ok(own !== undefined);
        assert.equal(own.Status, "COMPLETE");
        if (despite.has(slot)) continue;
        const ports = world.ports();
        const id = `prod-${slot}`;
        const audit = await auditExport(
          { ...own, ExportTaskIdentifier: id },
          world.environment.tables,
          ports.objects,
        );
        assert.deepEqual(closedFolders, audit.partialFolders);
        assert.ok(world.environment.onIncompleteExport === "load" || audit.partialFolders.length === 0);
      }
    }

    it("loads the export that was started last, once, and nothing older after it", async () => {
      const starts = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 4, maxLength: 4 });
      // An event of an export, or the delivery of the oldest message.
      const order = fc.array(fc.integer({ min: 0, max: SLOTS.length }), { maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(starts, order, async (minutes, drawn) => {
          const world = onCompletion();
          world.tasks = [];
          minutes.forEach((start, i) => {
            addExport(world, SLOTS[i] ?? "", start, { TaskEndTime: new Date("2025-02-17T19:00:00Z") });
          });
          world.now = new Date("2025-02-18T06:00:00Z");
          let delivered = 0;
          const deliver = async () => {
            const next = world.sent[delivered];
            if (next === undefined) return;
            delivered++;
            // A message comes five minutes behind the one that the last loads were started by.
            for (const [name, runs] of world.runs) {
              world.runs.set(
                name,
                runs.map((run) => ({ ...run, state: "SUCCEEDED" })),
              );
            }
            await world.invoke(delivery(next.message));
          };
          for (const which of drawn) {
            const slot = SLOTS[which];
            await (slot === undefined ? deliver() : world.invoke(completedEvent(slot)));
          }
          for (const slot of SLOTS) await world.invoke(completedEvent(slot));
          while (delivered < world.sent.length) await deliver();
          const newest = SLOTS[minutes.indexOf(Math.max(...minutes))] ?? "";
          const runTime = runTimeOf(world.environment, parseSlot(newest));
          assert.deepEqual(world.startedFor.slice(-2), [runTime, runTime]);
          assert.equal(world.startedFor.filter((it) => it.getTime() === runTime.getTime()).length, 2);
          assert.ok(openSlots(world).includes(newest));
          assert.equal(world.recorded().length, SLOTS.length);
        }),
        { numRuns: 300 },
      );
    });

    it("tells each kind once for a slot where nothing fails", async () => {
      await fc.assert(
        fc.asyncProperty(days, async ({ completion, exports, steps }) => {
          const world = new World(completion ? ON_COMPLETION : WITH_LOADER);
          world.tasks = [];
          exports.forEach(({ status, start }, i) => {
            addExport(world, SLOTS[i] ?? "", start, { Status: status });
          });
          for (const { what, which, minutes } of steps) {
            const slot = SLOTS[which] ?? "";
            world.now = new Date(world.now.getTime() + minutes * 60_000);
            const status = world.tasks[which]?.Status;
            const id = { COMPLETE: "RDS-EVENT-0164", FAILED: "RDS-EVENT-0162", CANCELED: "RDS-EVENT-0163" }[
              status ?? ""
            ];
            const clock = completion ? { scheduledTime: world.now.toISOString() } : CLOCK;
            const payloads: unknown[] =
              what === "event" ? [event(id ?? "RDS-EVENT-0164", `by-hand-${slot}`)] : [clock];
            const both = [...payloads, ...payloads].map((payload) =>
              world.invoke(payload).catch(() => undefined),
            );
            await Promise.all(both);
          }
          const kinds = world.published.map(({ slot, kind }) => `${slot} ${kind}`);
          assert.equal(kinds.length, new Set(kinds).size, kinds.join(", "));
        }),
        { numRuns: 300 },
      );
    });
  });
});
