import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import {
  assertDone,
  assertNothing,
  assertSteps,
  done,
  expectedSteps,
  LOADED,
  ofKind,
  told,
  worstMoment,
} from "./expectations";
import { inWorld, shopTables } from "./inWorld";
import { TABLE } from "./provider/resourceTypes";
import { listed } from "./steps";

const ROWS = 17;

function nameOf(table: string | { name: string }): string {
  return typeof table === "string" ? table : table.name;
}

describe("a change of the tables, on Pulumi's engine", () => {
  const scene = inWorld({ stack: "prod" });

  function tables(): (string | { name: string })[] {
    return shopTables(scene.world, "prod");
  }

  function without(name: string): (string | { name: string })[] {
    return tables().filter((it) => nameOf(it) !== name);
  }

  /** Brings the stack to this list, and checks it against what the program registers. */
  async function upWith(databases: object) {
    const { world } = scene;
    world.configure("prod", { databases });
    const outcome = await world.up("prod");
    assertSteps(outcome, expectedSteps(scene.registered("prod"), await world.registrations("prod")));
    assert.equal(worstMoment(await world.events()).transfersOnOneTable <= 1, true);
    return outcome;
  }

  async function idOf(type: string, name: string): Promise<string> {
    const thing = (await scene.world.things(type)).find((it) => it.name === name);
    assert.ok(thing, name);
    return thing.id;
  }

  it("adds a table, first in the order of names, and touches no other table, transfer or dataset", async () => {
    const { steps } = await upWith({ shop: [...tables(), "accounts"] });
    assert.deepEqual(ofKind(steps, LOADED.table), ["create shop/accounts-table"]);
    assert.deepEqual(ofKind(steps, LOADED.transfer), ["create shop/accounts"]);
    assert.deepEqual(ofKind(steps, LOADED.dataset), []);
    assert.deepEqual(
      steps.filter(({ op }) => op !== "create" && op !== "update"),
      [],
    );
    assertNothing(await scene.world.preview("prod", "--expect-no-changes"));
  });

  it("adds a database with tables of the same names", async () => {
    const { steps } = await upWith({ shop: tables(), crm: ["users", "orders"] });
    assert.deepEqual(ofKind(steps, LOADED.table), ["create crm/orders-table", "create crm/users-table"]);
    assert.deepEqual(ofKind(steps, LOADED.transfer), ["create crm/orders", "create crm/users"]);
    assert.deepEqual(ofKind(steps, LOADED.dataset), ["create crm-dataset"]);
    assertNothing(await scene.world.preview("prod", "--expect-no-changes"));
  });

  it("removes a table: its transfer goes, its rows stay; put back, it must be adopted, and is, rows and all", async () => {
    const { world } = scene;
    const id = await idOf(LOADED.table, "shop/orders-table");
    await world.clouds.call("edit", TABLE, id, { contents: ROWS });
    const rows = async () => (await world.things(LOADED.table)).find((it) => it.id === id)?.contents;

    const removed = await upWith({ shop: without("orders") });
    assert.deepEqual(ofKind(removed.steps, LOADED.transfer), ["delete shop/orders"]);
    assert.deepEqual(done(await world.events(), LOADED.transfer), ["delete shop/orders"]);
    assert.deepEqual(done(await world.events(), LOADED.table), []);
    assert.equal(await rows(), ROWS);

    world.configure("prod");
    const refused = await world.up("prod");
    assert.notEqual(refused.status, 0);
    assert.match(told(refused, "error").join("\n"), /tables\/orders already exists/);
    assert.equal(await rows(), ROWS);

    world.configure("prod", { databases: { shop: [...without("orders"), { name: "orders", adopt: true }] } });
    await world.forget();
    const adopted = await world.up("prod");
    assertDone(adopted);
    assert.deepEqual(ofKind(adopted.steps, LOADED.table), ["import shop/orders-table"]);
    assert.deepEqual(ofKind(adopted.steps, LOADED.transfer), ["create shop/orders"]);
    assert.deepEqual(ofKind(adopted.steps, LOADED.dataset), []);
    assert.equal(await rows(), ROWS);
    assert.equal(worstMoment(await world.events()).transfersOnOneTable, 1);

    assertNothing(await world.preview("prod", "--expect-no-changes"));
    world.configure("prod");
    assertNothing(await world.preview("prod", "--expect-no-changes"));
  });

  it("renames a table in BigQuery: a new table and transfer, and the old table keeps its rows", async () => {
    const { world } = scene;
    const { steps } = await upWith({
      shop: [...without("users"), { name: "users", destination: "members" }],
    });
    assert.deepEqual(ofKind(steps, LOADED.transfer), ["create shop/members", "delete shop/users"]);
    assert.deepEqual(done(await world.events(), LOADED.table), ["create shop/members-table"]);
    assert.deepEqual(ofKind(steps, LOADED.dataset), []);
  });

  it("is none where the list is only written otherwise: other order, long form, indentation, comments", async () => {
    const { world } = scene;
    world.configure("prod", {
      databases: {
        shop: tables()
          .toReversed()
          .map((it) => ({ destination: nameOf(it), ...named(it) })),
      },
    });
    assertNothing(await world.preview("prod", "--expect-no-changes"));

    const file = readFileSync(world.stackFile("prod"), "utf8");
    world.write("prod", stringify(parse(file), { indent: 6, indentSeq: false }));
    assertNothing(await world.preview("prod", "--expect-no-changes"));

    world.configure("prod");
    const shipped = readFileSync(world.stackFile("prod"), "utf8");
    world.write("prod", shipped.replaceAll(/^( *- \w+)$/gm, "$1 # a remark\n\n"));
    assertNothing(await world.up("prod", "--expect-no-changes"));
    assert.deepEqual(await world.events(), []);
  });

  it("says in its preview what the update then does", async () => {
    const { world } = scene;
    world.configure("prod", { databases: { shop: [...without("coupons"), "accounts"] } });
    const preview = await world.preview("prod");
    assertDone(preview);
    assert.deepEqual(await world.events(), []);
    assertSteps(await world.up("prod"), listed(preview.steps));
  });
});

function named(table: string | { name: string }): { name: string } {
  return typeof table === "string" ? { name: table } : table;
}
