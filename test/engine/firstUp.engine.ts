import assert from "node:assert/strict";
import type { Registration } from "../../rehearsal/program/registrations";
import { assertDone, assertNothing, assertSteps, LOADED, told, worstMoment } from "./expectations";
import { inWorld } from "./inWorld";
import { isOf } from "./steps";
import { World } from "./world";

// What this does not prove: what the real providers check, normalise or refuse, and what a real service returns.

/** Everything that the program registers, as steps. */
function creations(registered: readonly Registration[]): string[] {
  return registered.map(({ name }) => `create ${name}`);
}

for (const stack of ["prod", "stg"]) {
  describe(`the first update of ${stack}, on Pulumi's engine`, () => {
    let world: World;
    before(async () => {
      world = await World.create();
      await world.init(stack);
    });
    after(() => world.dispose());

    it("is previewed as what the program registers, and creates it in an order that the services take", async () => {
      const registered = await world.registrations(stack);
      const expected = creations(registered);
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
      assert.deepEqual((await world.things()).map(({ urn }) => urn).sort(), custom);
    });

    it("makes each landing table before its transfer, and one transfer after the other", async () => {
      const events = await world.events();
      const names = (...kinds: string[]) =>
        events.filter((it) => kinds.some((kind) => isOf(it, kind))).map(({ name }) => name);
      const order = names(LOADED.table, LOADED.transfer);
      const transfers = names(LOADED.transfer);
      assert.deepEqual(transfers, [...transfers].sort());
      for (const transfer of transfers) {
        assert.ok(order.indexOf(`${transfer}-table`) < order.indexOf(transfer), transfer);
      }
      assert.equal(worstMoment(events).transfersOnOneTable, 1);
    });
  });
}

describe("a stack that is up", () => {
  const scene = inWorld({ stack: "prod" }, { stack: "stg" });

  for (const stack of ["prod", "stg"]) {
    it(`${stack}: a second update changes nothing, nor does a preview`, async () => {
      const { world } = scene;
      assertNothing(await world.up(stack, "--expect-no-changes"));
      assertNothing(await world.preview(stack, "--expect-no-changes"));
      assert.deepEqual(await world.events(), []);
    });

    it(`${stack}: a refresh finds nothing changed, and leaves nothing to do`, async () => {
      const { world } = scene;
      assertDone(await world.refresh(stack, "--expect-no-changes"));
      assertNothing(await world.preview(stack, "--expect-no-changes", "--refresh"));
      const events = await world.events();
      assert.deepEqual([...new Set(events.map(({ operation }) => operation))], []);
    });
  }

  it("is the same from a clean checkout in another folder, and after the files there were built", async () => {
    const { world } = scene;
    const elsewhere = world.copyOfProject("somebody/else's checkout");
    for (const stack of ["prod", "stg", "prod"]) {
      assertNothing(await world.preview(stack, "--expect-no-changes", `--cwd=${elsewhere}`));
    }
  });
});
