import assert from "node:assert/strict";
import { FunctionError, isFault } from "../../../functions/errors";
import {
  CANCELED,
  COMPLETED,
  DAILY,
  event,
  FAILED,
  onCompletion,
  openSlots,
  SNAPSHOT,
  snapshotArn,
  TASK,
  task,
  WITH_LOADER,
  World,
} from "../world";

// Whose a snapshot is: one rule for the exporter and the gate (contract/snapshots.ts).

const SLOT = "2025021806";
const OTHER = "example-prod-2024-restore";

/** A world whose daily export is of another snapshot, and of the cluster that RDS names; undefined: RDS knows it no more. */
function of(name: string, cluster: string | undefined, Status = "COMPLETE"): World {
  const world = new World(WITH_LOADER);
  world.clusters.set(name, cluster);
  world.tasks = [task({ SourceArn: snapshotArn(name), Status })];
  return world;
}

describe("an export whose snapshot", () => {
  for (const name of [
    "rds:example-prod-green-1a2b3c-2026-11-22-16-00",
    "rds:renamed-since-2026-11-22-16-00",
    "before-the-migration",
    "awsbackup:job-1",
  ]) {
    it(`is of the cluster, as RDS says, is opened, though its name is ${name}`, async () => {
      const world = of(name, "example-prod");
      assert.equal((await world.invoke(event("RDS-EVENT-0164", name))).outcome, "opened");
      assert.deepEqual(openSlots(world), [SLOT]);
      const byHand = of(name, "example-prod");
      assert.equal((await byHand.invoke({ slot: SLOT })).outcome, "opened");
    });
  }

  for (const name of [SNAPSHOT, "rds:example-prod-2024-restore-2025-02-17-16-05", "before-the-migration"]) {
    describe(`is of another cluster, as RDS says, under this stack's name (${name})`, () => {
      it("is refused quietly, whatever its end", async () => {
        for (const [id, status] of [
          ["RDS-EVENT-0164", "COMPLETE"],
          ["RDS-EVENT-0162", "FAILED"],
          ["RDS-EVENT-0163", "CANCELED"],
          ["RDS-EVENT-0164", "IN_PROGRESS"],
        ] as const) {
          const world = of(name, OTHER, status);
          const summary = `refuses ${TASK}: it exports ${snapshotArn(name)}, which is not of cluster "example-prod"`;
          assert.deepEqual(await world.invoke(event(id, name)), { outcome: "refused", summary });
          assert.deepEqual([world.told(), world.recorded(), world.open(), world.sent], [[], [], [], []]);
          assert.deepEqual(
            world.lines.map(({ level, message }) => [level, message]),
            [["WARN", summary]],
          );
        }
      });

      it("is not the day's export, and no person has it opened", async () => {
        const world = of(name, OTHER);
        assert.equal((await world.clock()).outcome, "absent");
        assert.deepEqual(world.told(), [`late problem Export ${TASK} is absent`]);
        for (const flags of [{}, { despiteFindings: true, ofThisCluster: true, evenIfOlder: true }]) {
          await assert.rejects(world.invoke({ slot: SLOT, ...flags }), { name: "NoExportError" });
        }
        assert.deepEqual([world.open(), world.sent], [[], []]);
      });

      it("keeps no export of the cluster from being loaded, however new it is", async () => {
        const world = onCompletion();
        world.clusters.set(name, OTHER);
        const SnapshotTime = new Date("2025-02-18T00:00:00Z");
        world.tasks = [
          task({ ExportTaskIdentifier: DAILY, SourceArn: snapshotArn("rds:example-prod-2025-02-17-16-06") }),
          task({ SourceArn: snapshotArn(name), SnapshotTime }),
        ];
        await world.invoke(event("RDS-EVENT-0164", name));
        world.now = new Date("2025-02-17T23:00:10Z");
        assert.equal((await world.invoke({ scheduledTime: "2025-02-17T23:00:00Z" })).outcome, "opened");
        assert.deepEqual(openSlots(world), ["2025021804"]);
      });
    });
  }

  for (const name of [SNAPSHOT, "rds:example-prod-green-1a2b3c-2025-02-17-16-05"]) {
    it(`is gone is judged by its name where that is an automated one's: ${name}`, async () => {
      const world = of(name, undefined);
      assert.equal((await world.invoke(event("RDS-EVENT-0164", name))).outcome, "opened");
    });
  }

  it("is gone and was another cluster's by its name is refused quietly", async () => {
    const name = "rds:example-prod-2024-restore-2025-02-17-16-05";
    const world = of(name, undefined);
    assert.equal((await world.invoke(event("RDS-EVENT-0164", name))).outcome, "refused");
    assert.deepEqual([world.told(), world.open()], [[], []]);
  });

  describe("is gone, and has a name that says nothing", () => {
    const name = "before-the-migration";
    const completed = event("RDS-EVENT-0164", name);

    it("is told once, and not opened by itself", async () => {
      const world = of(name, undefined);
      const held = {
        outcome: "heldBack",
        slot: SLOT,
        summary: `holds ${TASK} back: nobody knows whose snapshot it is of`,
      };
      assert.deepEqual(await world.invoke(completed), held);
      assert.deepEqual(await world.invoke(completed), held);
      assert.deepEqual(await world.clock(), held);
      assert.deepEqual(world.told(), [`unknownSnapshot problem Export ${TASK}: its snapshot is gone`]);
      assert.deepEqual([world.open(), world.sent, world.metrics.length], [[], [], 1]);
    });

    it("is opened by a person who knows it, and only by such a one", async () => {
      const world = of(name, undefined);
      world.now = new Date("2025-02-17T22:00:00Z");
      await assert.rejects(
        world.invoke({ slot: SLOT, despiteFindings: true, evenIfOlder: true }),
        (error: Error) => {
          assert.ok(isFault(error, "RefusedError"));
          assert.equal(
            error.message,
            `Export "${TASK}" is of snapshot before-the-migration, which RDS does not know any more: it may be another ` +
              'cluster\'s. If you know that it is of cluster "example-prod", add "ofThisCluster": true.',
          );
          return true;
        },
      );
      assert.deepEqual([world.open(), world.sent], [[], []]);
      assert.equal((await world.invoke({ slot: SLOT, ofThisCluster: true })).outcome, "loading");
      assert.deepEqual(openSlots(world), [SLOT]);
      assert.equal((await world.deliver()).outcome, "loading");
      assert.deepEqual(world.started, ["orders", "users"]);
      assert.equal((await world.invoke(completed)).outcome, "unchanged");
    });

    it("is told of where it has ended in vain, like any other", async () => {
      for (const [payload, status] of [
        [FAILED, "FAILED"],
        [CANCELED, "CANCELED"],
      ] as const) {
        const world = of(SNAPSHOT, undefined, status);
        assert.equal((await world.invoke(payload)).outcome, status.toLowerCase());
      }
    });
  });

  it("cannot be looked up is left to the next attempt", async () => {
    const world = new World();
    world.step = (call) => {
      if (call === "findSnapshot") throw new FunctionError("AwsCallError", "RDS is away.", true);
    };
    await assert.rejects(world.invoke(COMPLETED), /^AwsCallError: RDS is away\.$/);
    assert.deepEqual([world.open(), world.told()], [[], []]);
    world.step = () => undefined;
    assert.equal((await world.invoke(COMPLETED)).outcome, "opened");
    assert.equal(world.calls.filter((call) => call === `findSnapshot ${SNAPSHOT}`).length, 2);
  });
});
