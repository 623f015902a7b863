import assert from "node:assert/strict";
import { assertDone, assertNothing, assertSteps, LOADED, told, worstMoment } from "./expectations";
import type { CloudEvent } from "./provider/cloud";
import { isOf, isOfStack } from "./steps";
import { World } from "./world";

// What this does not prove: what the real providers check, normalise or refuse, and what a real service returns.

/** Each landing table is there before its transfer, and transfers follow one another in the order of their names. */
function assertOneAfterTheOther(events: readonly CloudEvent[]): void {
  const names = (...kinds: string[]) =>
    events.filter((it) => kinds.some((kind) => isOf(it, kind))).map(({ name }) => name);
  const order = names(LOADED.table, LOADED.transfer);
  const transfers = names(LOADED.transfer);
  assert.notEqual(transfers.length, 0);
  assert.deepEqual(transfers, [...transfers].sort());
  for (const transfer of transfers) {
    assert.ok(order.indexOf(`${transfer}-table`) < order.indexOf(transfer), transfer);
  }
  assert.equal(worstMoment(events).transfersOnOneTable, 1);
}

describe("the first days of prod and stg, on Pulumi's engine", () => {
  const STACKS = ["prod", "stg"];
  let world: World;
  before(async () => {
    world = await World.create();
    for (const stack of STACKS) await world.init(stack);
  });
  beforeEach(() => world.forget());
  after(() => world.dispose());

  for (const stack of STACKS) {
    it(`${stack}: is previewed as what the program registers, and made in an order that the services take`, async () => {
      const registered = await world.registrations(stack);
      const expected = registered.map(({ name }) => `create ${name}`);
      assertSteps(await world.preview(stack), expected);
      assert.deepEqual(await world.events(), []);
      const up = await world.up(stack);
      assertSteps(up, expected);
      assert.deepEqual(told(up, "error"), []);

      const events = await world.events();
      assert.deepEqual(
        events.filter(({ refused, writtenOver }) => refused ?? writtenOver),
        [],
      );
      const custom = registered.filter((it) => it.custom).map(({ urn }) => urn);
      assert.deepEqual(events.map(({ urn }) => urn).sort(), custom.sort());
      const made = (await world.things()).map(({ urn }) => urn).filter((urn) => isOfStack(urn, stack));
      assert.deepEqual(made.sort(), custom);
      assertOneAfterTheOther(events);
    });
  }

  for (const stack of STACKS) {
    it(`${stack}: neither a second update nor a refresh changes anything`, async () => {
      assertNothing(await world.up(stack, "--expect-no-changes"));
      assertDone(await world.refresh(stack, "--expect-no-changes"));
      assertNothing(await world.preview(stack, "--expect-no-changes", "--refresh"));
      assert.deepEqual(await world.events(), []);
    });
  }

  it("previews of a clean checkout in another folder, and once the files there were built, change nothing", async () => {
    const elsewhere = world.copyOfProject("somebody/else's checkout");
    for (const stack of ["prod", "stg", "prod"]) {
      assertNothing(await world.preview(stack, "--expect-no-changes", `--cwd=${elsewhere}`));
    }
  });
});
