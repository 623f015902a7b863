import assert from "node:assert/strict";
import type { FollowMessage } from "../../../../contract/loadMessage";
import { parseSlot } from "../../../../contract/slot";
import { FunctionError } from "../../../../functions/errors";
import { config, delivery, LOAD, World } from "../../world";

// What the views become is BigQuery's own matter: test/contract has the script that makes them.

const SLOT = parseSlot("2025021806");
const FOLLOW: FollowMessage = { follow: SLOT, from: LOAD.toISOString(), byClock: true };
const MAKER = "projects/1/locations/asia-northeast1/transferConfigs/views";
const MINUTE = 60_000;

function later(minutes: number): Date {
  return new Date(LOAD.getTime() + minutes * MINUTE);
}

/** A stack with typed views, whose tables' loads are in a state. */
async function world(state = "SUCCEEDED"): Promise<World> {
  const it = new World();
  it.viewMaker = MAKER;
  await it.writeDown(SLOT);
  for (const name of ["orders", "users"]) {
    const run = `${config(name).name}/runs/first`;
    const [startTime, endTime] = [later(1), state === "RUNNING" ? undefined : later(3)];
    it.runs.set(config(name).name, [
      { name: run, runTime: LOAD, scheduleTime: LOAD, startTime, ...(endTime && { endTime }), state },
    ]);
    it.landing.set(`prod_shop.${name}`, { rows: 12, columns: 3, lastModified: later(2) });
  }
  it.now = later(5);
  return it;
}

/** The calls that write the journal and make the views. */
function made({ calls }: World): string[] {
  return calls.filter((call) => call.startsWith("replaceDay") || call.endsWith(MAKER));
}

function refuse(it: World, call: string): void {
  it.step = (name, argument) => {
    if (name === call && argument === MAKER) {
      throw new FunctionError("GoogleCallError", "BigQuery says no.", false);
    }
  };
}

const REPORT = `viewsNotMade problem The views of prod-${SLOT} are not made anew`;

describe("the maker of the views", () => {
  it("is started once, for the slot's own instant, when the loads have ended and the journal is written", async () => {
    const it = await world();
    assert.equal((await it.invoke(delivery(FOLLOW))).outcome, "followed");
    assert.deepEqual(made(it), ["replaceDay loads 2025-02-18", `listRuns ${MAKER}`, `startRun ${MAKER}`]);
    assert.deepEqual([it.started, it.startedFor], [["views"], [LOAD]]);
    assert.deepEqual(it.told(), []);
  });

  it("is not started while loads go on, nor where the stack has none", async () => {
    const running = await world("RUNNING");
    assert.equal((await running.invoke(delivery(FOLLOW))).outcome, "following");
    assert.deepEqual(made(running), []);
    const without = await world();
    without.viewMaker = undefined;
    assert.equal((await without.invoke(delivery(FOLLOW))).outcome, "followed");
    assert.deepEqual(without.started, []);
  });

  it("is started again when a later run of the slot has ended", async () => {
    const it = await world();
    await it.invoke(delivery(FOLLOW));
    it.now = later(60);
    const again: FollowMessage = { follow: SLOT, from: it.now.toISOString() };
    for (const name of ["orders", "users"]) {
      const run = { runTime: LOAD, scheduleTime: it.now, startTime: later(61), endTime: later(62) };
      const before = it.runs.get(config(name).name) ?? [];
      it.runs.set(config(name).name, [
        ...before,
        { ...run, name: `${config(name).name}/runs/second`, state: "SUCCEEDED" },
      ]);
      it.landing.set(`prod_shop.${name}`, { rows: 13, columns: 4, lastModified: later(62) });
    }
    it.now = later(65);
    assert.equal((await it.invoke(delivery(again))).outcome, "followed");
    assert.deepEqual(
      [it.started, it.startedFor],
      [
        ["views", "views"],
        [LOAD, LOAD],
      ],
    );
  });

  for (const call of ["startRun", "listRuns"]) {
    it(`stops nothing where it cannot be started, and that is told with a command: ${call}`, async () => {
      const it = await world();
      refuse(it, call);
      assert.equal((await it.invoke(delivery(FOLLOW))).outcome, "followed");
      assert.equal(it.journal.size, 1);
      assert.deepEqual(it.told(), [REPORT]);
      assert.deepEqual(it.published[0]?.text.split("\n"), [
        `The loads of export prod-${SLOT} have ended, as other reports say, or well. The scheduled query ${MAKER}, which makes the typed views, could not be started after them. The old views stand and show the rows that are loaded; a column that is new is not in them, and a view of one that is gone fails.`,
        "BigQuery says no.",
        "",
        "The next copy that ends starts it again. When the cause is gone, you need not wait for that:",
        `  bq mk --transfer_run --run_time=2025-02-17T21:00:00Z ${MAKER}`,
      ]);
      assert.ok(it.lines.some(({ level, message }) => level === "ERROR" && message === "BigQuery says no."));
    });
  }

  it("is told of by the next look where nobody could be told", async () => {
    const it = await world();
    refuse(it, "startRun");
    const { step } = it;
    it.step = (call, argument) => {
      if (call === "publish") throw new FunctionError("AwsCallError", "SNS is away.", true);
      return step(call, argument);
    };
    assert.equal((await it.invoke(delivery(FOLLOW))).outcome, "notFollowed");
    it.step = step;
    it.now = later(10);
    const again = it.follows.at(-1);
    assert.ok(again);
    assert.equal((await it.invoke(delivery(again.message))).outcome, "followed");
    assert.deepEqual(it.told(), [REPORT]);
  });
});
