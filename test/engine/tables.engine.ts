import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import {
  assertDone,
  assertNothing,
  assertSteps,
  done,
  LOADED,
  ofKind,
  replacement,
  told,
  worstMoment,
} from "./expectations";
import { inWorld, type ListedTable, shopTables } from "./inWorld";
import { TABLE } from "./provider/resourceTypes";
import { listed } from "./steps";

const ROWS = 17;
/** What knows where each table comes from: the gate that looks for it, and two alerts on the transfers' logs. */
const KNOW_THE_SOURCES = [
  "update gate-function",
  "update load-alerts-loadFailed",
  "update load-alerts-noFilesFound",
];
/** What knows the tables in BigQuery as well. */
const KNOW_THE_TABLES = [...KNOW_THE_SOURCES, "update shop/freshness", "update view-maker-query"];

function nameOf(table: ListedTable): string {
  return typeof table === "string" ? table : table.name;
}

function inLongForm(table: ListedTable): { readonly name: string } {
  return typeof table === "string" ? { name: table } : table;
}

describe("a change of the tables, on Pulumi's engine", () => {
  const scene = inWorld({ stack: "prod", config: { alerts: { emails: ["data@example.com"] } } });

  function tables(): ListedTable[] {
    return shopTables(scene.world, "prod");
  }

  function without(...names: readonly string[]): ListedTable[] {
    return tables().filter((it) => !names.includes(nameOf(it)));
  }

  /** Brings the stack to this list: exactly these steps, and never two transfers on one table. */
  async function upWith(databases: object, expected: readonly string[]): Promise<void> {
    const { world } = scene;
    world.configure("prod", { databases });
    assertSteps(await world.up("prod"), expected);
    assert.equal(worstMoment(await world.events()).transfersOnOneTable <= 1, true);
  }

  async function idOf(kind: string, name: string): Promise<string> {
    const thing = (await scene.world.things(kind)).find((it) => it.name === name);
    assert.ok(thing, name);
    return thing.id;
  }

  it("adds a table, first in the order of names, and touches no other table, transfer or dataset", async () => {
    await upWith({ shop: [...tables(), "accounts"] }, [
      "create shop/accounts-table",
      "create shop/accounts",
      ...KNOW_THE_TABLES,
    ]);
    assertNothing(await scene.world.preview("prod", "--expect-no-changes"));
  });

  it("adds a database with tables of the same names", async () => {
    await upWith({ shop: tables(), crm: ["users", "orders"] }, [
      "create crm",
      "create crm-dataset",
      "create crm/orders-table",
      "create crm/orders",
      "create crm/users-table",
      "create crm/users",
      "create crm/freshness",
      "create crm",
      // Its views: a component of the same name, too.
      "create crm",
      "create crm-views-dataset",
      "update view-maker-query",
      "update counter-policy",
      "update exporter-function",
      ...KNOW_THE_SOURCES,
      "update load-alerts-tablesNotOfToday",
      "update loads-page",
    ]);
  });

  it("removes a table: its transfer goes, its rows stay; put back, it must be adopted, and is, rows and all", async () => {
    const { world } = scene;
    const id = await idOf(LOADED.table, "shop/orders-table");
    await world.clouds.call("edit", TABLE, id, { contents: ROWS });
    const rows = async () => (await world.things(LOADED.table)).find((it) => it.id === id)?.contents;

    // To the engine the table is deleted; it is retained, and the cloud is not asked.
    await upWith({ shop: without("orders") }, [
      "delete shop/orders",
      "delete shop/orders-table",
      ...KNOW_THE_TABLES,
    ]);
    assert.deepEqual(done(await world.events(), LOADED.transfer), ["delete shop/orders"]);
    assert.deepEqual(done(await world.events(), LOADED.table), []);
    assert.equal(await rows(), ROWS);

    world.configure("prod");
    await world.forget();
    const refused = await world.up("prod");
    assert.notEqual(refused.status, 0);
    assert.match(told(refused, "error").join("\n"), /tables\/orders already exists/);
    assert.equal(await rows(), ROWS);
    // Nobody looks for the table, nor calls it late.
    assert.deepEqual(done(await world.events()), []);

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

  it("loads a table under another name: a new table and transfer, and the old table keeps its rows", async () => {
    await upWith({ shop: [...without("users"), { name: "users", destination: "members" }] }, [
      "create shop/members-table",
      "create shop/members",
      "delete shop/users",
      "delete shop/users-table",
      ...KNOW_THE_TABLES,
    ]);
    assert.deepEqual(done(await scene.world.events(), LOADED.table), ["create shop/members-table"]);
  });

  it("follows a table that was renamed in Aurora: its transfer is replaced, deleted first, and the table stays", async () => {
    await upWith({ shop: [...without("users"), { name: "members", destination: "users" }] }, [
      ...replacement("shop/users"),
      ...KNOW_THE_SOURCES,
    ]);
    assert.deepEqual(done(await scene.world.events(), LOADED.transfer), [
      "delete shop/users",
      "create shop/users",
    ]);
  });

  it("swaps the names of two: one transfer after the other, and both tables stay", async () => {
    const { world } = scene;
    const swapped = [
      { name: "users", destination: "orders" },
      { name: "orders", destination: "users" },
    ];
    await upWith({ shop: [...without("users", "orders"), ...swapped] }, [
      ...replacement("shop/orders"),
      ...replacement("shop/users"),
      ...KNOW_THE_SOURCES,
    ]);
    assert.deepEqual(done(await world.events(), LOADED.transfer), [
      "delete shop/orders",
      "create shop/orders",
      "delete shop/users",
      "create shop/users",
    ]);
    assert.equal(worstMoment(await world.events()).tablesWithoutTransfer, 1);
    assertNothing(await world.preview("prod", "--expect-no-changes"));
  });

  it("refuses to give a protected database up, before anything is deleted, and says what to do", async () => {
    const { world } = scene;
    world.configure("prod", { databases: { crm: ["users"] } });
    const refused = await world.preview("prod");
    assert.notEqual(refused.status, 0);
    assert.match(told(refused, "error").join("\n"), /pulumi state unprotect '.*::shop-dataset'/);
    assert.deepEqual(await world.events(), []);
  });

  it("is none where the list is only written otherwise: other order, long form, indentation, comments", async () => {
    const { world } = scene;
    world.configure("prod", {
      databases: {
        shop: tables()
          .toReversed()
          .map((it) => ({ destination: nameOf(it), ...inLongForm(it) })),
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
