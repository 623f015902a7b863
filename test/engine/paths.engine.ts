import assert from "node:assert/strict";
import { assertDone, assertNothing, done, LOADED, ofKind, told, worstMoment } from "./expectations";
import { inWorld } from "./inWorld";
import { World } from "./world";

const REFUSAL = "googleapi: Error 400: Precondition check failed.";

describe("a change of the transfers' paths, on Pulumi's engine", () => {
  const scene = inWorld({ stack: "prod" });

  /** Another offset from UTC is another day's folder at some hour: the path changes, which replaces a transfer. */
  function changePaths(): void {
    const { world } = scene;
    const { schedule } = world.config("prod");
    world.configure("prod", { schedule: { ...(schedule as object), timeZone: "Asia/Kolkata" } });
  }

  async function tablesOfTransfers(): Promise<string[]> {
    return (await scene.world.transfers()).map(({ name }) => name).sort();
  }

  it("deletes and makes one transfer after the other: no table ever has two, and one at most has none", async () => {
    const { world } = scene;
    const names = await tablesOfTransfers();
    changePaths();
    const up = await world.up("prod");
    assertDone(up);
    const events = await world.events();
    assert.deepEqual(
      done(events, LOADED.transfer),
      names.flatMap((name) => [`delete ${name}`, `create ${name}`]),
    );
    assert.deepEqual(worstMoment(events), { transfersOnOneTable: 1, tablesWithoutTransfer: 1 });
    assert.deepEqual(ofKind(up.steps, LOADED.table), []);
    assert.deepEqual(await tablesOfTransfers(), names);
    assertNothing(await world.preview("prod", "--expect-no-changes"));
  });

  it("leaves one table without its transfer when it fails in the middle, and goes on from there", async () => {
    const { world } = scene;
    const names = await tablesOfTransfers();
    const middle = names[Math.floor(names.length / 2)] ?? "";
    changePaths();
    await world.disturb({ operation: "create", name: middle, message: REFUSAL });
    const failed = await world.up("prod");
    assert.notEqual(failed.status, 0);
    assert.ok(told(failed, "error").some((text) => text.includes(REFUSAL)));
    const before = names.slice(0, names.indexOf(middle));
    const behind = names.slice(names.indexOf(middle) + 1);
    const replaced = (name: string) => [`delete ${name}`, `create ${name}`];
    assert.deepEqual(done(await world.events(), LOADED.transfer), [
      ...before.flatMap(replaced),
      `delete ${middle}`,
    ]);
    assert.deepEqual(worstMoment(await world.events()), { transfersOnOneTable: 1, tablesWithoutTransfer: 1 });

    await world.disturb();
    await world.forget();
    assertDone(await world.up("prod"));
    assert.deepEqual(done(await world.events(), LOADED.transfer), [
      `create ${middle}`,
      ...behind.flatMap(replaced),
    ]);
    assert.deepEqual(worstMoment(await world.events()), { transfersOnOneTable: 1, tablesWithoutTransfer: 1 });
    assertNothing(await world.preview("prod", "--expect-no-changes"));
  });

  it("leaves every transfer where it was when the first deletion fails", async () => {
    const { world } = scene;
    const names = await tablesOfTransfers();
    changePaths();
    await world.disturb({ operation: "delete", name: names[0] ?? "", message: "Error 503: backend error" });
    assert.notEqual((await world.up("prod")).status, 0);
    assert.deepEqual(done(await world.events(), LOADED.transfer), []);
    assert.deepEqual(await tablesOfTransfers(), names);
  });
});

describe("a first update of 50 tables, on Pulumi's engine", () => {
  const TABLES = Array.from({ length: 50 }, (_, index) => `table_${String(index + 1).padStart(2, "0")}`);
  const FAILING = "shop/table_25";
  let world: World;
  before(async () => {
    world = await World.create();
    await world.init("prod", { config: { databases: { shop: TABLES } } });
  });
  after(() => world.dispose());

  it("that fails in the middle says where, and the next one makes the rest and nothing twice", async () => {
    await world.disturb({ operation: "create", name: FAILING, message: REFUSAL });
    const failed = await world.up("prod");
    assert.notEqual(failed.status, 0);
    assert.ok(failed.told.some(({ urn, text }) => urn.endsWith(`::${FAILING}`) && text.includes(REFUSAL)));
    const made = done(await world.events(), LOADED.transfer);
    assert.deepEqual(
      made,
      TABLES.slice(0, 24).map((name) => `create shop/${name}`),
    );

    await world.disturb();
    assertDone(await world.up("prod"));
    const events = await world.events();
    assert.deepEqual(
      done(events, LOADED.transfer),
      TABLES.map((name) => `create shop/${name}`),
    );
    const urns = events.filter(({ refused }) => refused === undefined).map(({ urn }) => urn);
    assert.equal(new Set(urns).size, urns.length);
    assert.equal(worstMoment(events).transfersOnOneTable, 1);
    assertNothing(await world.up("prod", "--expect-no-changes"));
  });
});
