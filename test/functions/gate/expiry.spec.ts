import assert from "node:assert/strict";
import { isFault } from "../../../functions/errors";
import { COMPLETED, exportObjects, sidecarKey, TASK, task, WITH_LOADER, World } from "../world";

// S3 deletes an export object by object, in UTC days, and late. This one began on the 17th at 19:00 UTC and is kept for 3
// days: its first files may go at midnight before the 21st, those that were written behind midnight UTC a day later.

const BY_HAND = { slot: "2025021806" };
const DESPITE = { ...BY_HAND, despiteFindings: true };
const REFUSAL =
  `The files of export "${TASK}" are about to go: from 2025-02-21T00:00:00.000Z on S3 deletes them, one by one, and ` +
  "what is left would pass for a whole table, or for an empty one. Export again.";

function at(now: string): World {
  const world = new World({ ...WITH_LOADER, retentionDays: 3 });
  world.now = new Date(now);
  return world;
}

function assertRefused(promise: Promise<unknown>, message: string | RegExp): Promise<void> {
  return assert.rejects(promise, (error: Error) => {
    assert.ok(isFault(error, "RefusedError"), error.stack);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

describe("an export that S3 deletes", () => {
  it("is loaded by a person as long as its loads are through before", async () => {
    const world = at("2025-02-20T21:59:59.999Z");
    assert.equal((await world.invoke(BY_HAND)).outcome, "loading");
    await world.deliver();
    assert.deepEqual(world.started, ["orders", "users"]);
  });

  for (const now of [
    "2025-02-20T22:00:00Z",
    "2025-02-21T00:00:00Z",
    "2025-02-21T23:00:00Z",
    "2025-03-01T00:00:00Z",
  ]) {
    it(`is opened by nobody at ${now}, in spite of whatever`, async () => {
      const world = at(now);
      await assertRefused(world.invoke(BY_HAND), REFUSAL);
      await assertRefused(world.invoke({ ...DESPITE, evenIfOlder: true, ofThisCluster: true }), REFUSAL);
      assert.deepEqual([world.open(), world.sent, world.told()], [[], [], []]);
    });
  }

  it("is neither loaded nor emptied by a message that comes late", async () => {
    const world = at("2025-02-20T21:59:59Z");
    await world.invoke(BY_HAND);
    // All that is left of a table looks as if it had no rows.
    world.removeObjects(TASK);
    world.addObjects(exportObjects(TASK, world.environment.tables, { users: { files: 0 } }));
    world.now = new Date("2025-02-20T22:00:00Z");
    const result = await world.deliver();
    assert.deepEqual(result, {
      outcome: "notLoaded",
      slot: "2025021806",
      summary: result.summary,
    });
    assert.ok(result.summary.endsWith(REFUSAL), result.summary);
    assert.deepEqual([world.started, world.emptied], [[], []]);
  });

  it("is told of where it took so long that its first files go, without a command that would be refused", async () => {
    const world = at("2025-02-21T05:00:00Z");
    world.tasks = [task({ TaskEndTime: new Date("2025-02-21T04:59:00Z") })];
    const unreadable = {
      outcome: "unreadable",
      slot: "2025021806",
      summary: `${TASK} cannot be audited, as people were told`,
    };
    assert.deepEqual(await world.invoke(COMPLETED), unreadable);
    assert.deepEqual(await world.invoke(COMPLETED), unreadable);
    assert.deepEqual(world.told(), [`unreadable problem Export ${TASK} cannot be audited`]);
    assert.equal(world.published[0]?.text.split("\n")[1], REFUSAL);
    assert.doesNotMatch(world.published[0]?.text ?? "", /despiteFindings/);
    assert.deepEqual([world.open(), world.metrics], [[], []]);
  });

  it("is the owner's to watch where the bucket's rules are not the stack's", async () => {
    const world = new World(WITH_LOADER);
    world.now = new Date("2025-06-01T00:00:00Z");
    assert.equal((await world.invoke(BY_HAND)).outcome, "loading");
  });
});

describe("an export of which nothing is left", () => {
  const NOTHING =
    `Export "${TASK}" holds no file of a table that the stack loads: there is nothing to load. Nothing was opened. ` +
    "Export again.";

  function emptied(keep: (key: string) => boolean): World {
    const world = new World(WITH_LOADER);
    for (const key of [...world.objects.keys()]) if (!keep(key)) world.objects.delete(key);
    world.now = new Date("2025-02-17T22:00:00Z");
    return world;
  }

  const kept: [title: string, keep: (key: string) => boolean][] = [
    ["anything", () => false],
    ["a sidecar that says that all is COMPLETE", (key) => key === sidecarKey(TASK)],
    ["sidecars alone", (key) => key.endsWith(".json")],
  ];
  for (const [title, keep] of kept) {
    it(
      `is not opened despite findings where there is not even ${title}`.replace(
        "not even anything",
        "nothing",
      ),
      async () => {
        const world = emptied(keep);
        await assertRefused(world.invoke(DESPITE), NOTHING);
        assert.deepEqual([world.open(), world.sent, world.told()], [[], [], []]);
      },
    );
  }

  it("is not opened where a person trusts the audit either", async () => {
    await assertRefused(emptied((key) => key.endsWith(".json")).invoke(BY_HAND), NOTHING);
  });

  it("is none where a table is complete and has no rows, or where one file is left that nobody can audit", async () => {
    const empty = emptied((key) => !key.endsWith(".parquet"));
    assert.equal((await empty.invoke(BY_HAND)).outcome, "loading");
    const one = emptied((key) => key.endsWith(".parquet"));
    assert.equal((await one.invoke(DESPITE)).outcome, "loading");
  });
});
