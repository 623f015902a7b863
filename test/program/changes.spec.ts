import assert from "node:assert/strict";
import type { Evaluation } from "../../rehearsal/program/engineHost";
import { byUrn, type Registration } from "../../rehearsal/program/registrations";
import { evaluated, stackConfig } from "../support/evaluations";
import { named, nameOf, ofType, paramsOf, TYPES } from "../support/registrations";
import { ON_COMPLETION } from "../support/stackVariants";

// What this does not prove: that the engine does in this order what the registrations ask for, and what the providers
// replace. The single steps are in test/components/transferSet.spec.ts.

/** The shop's tables as the stack file has them: names, and tables with options. */
function shopTables(): (string | { name: string })[] {
  return JSON.parse(String(stackConfig("prod").config["aurora-to-bigquery:databases"])).shop;
}

/** Inputs that make the providers replace a transfer, a landing table or a dataset. Source: their "Forces replacement". */
const FORCING: Readonly<Record<string, readonly string[]>> = {
  [TYPES.transfer]: ["project", "location", "dataSourceId"],
  [TYPES.table]: ["project", "datasetId", "tableId"],
  [TYPES.dataset]: ["project", "datasetId", "location"],
};
/** Of a transfer's params. */
const FORCING_PARAMS = ["data_path", "destination_table_name_template"];

/** Inputs in which two registrations of one resource differ. */
function changedInputs(old: Registration, now: Registration): string[] {
  const keys = new Set([...Object.keys(old.inputs), ...Object.keys(now.inputs)]);
  return [...keys]
    .filter((key) => JSON.stringify(old.inputs[key]) !== JSON.stringify(now.inputs[key]))
    .sort();
}

function namesOfNew(registrations: readonly Registration[], than: readonly Registration[]): string[] {
  const known = new Set(than.map(({ urn }) => urn));
  return registrations
    .filter(({ urn }) => !known.has(urn))
    .map(({ urn }) => nameOf(urn))
    .sort();
}

describe("a change of the table list", () => {
  let shipped: Evaluation;
  let reordered: Evaluation;
  let changed: Evaluation;
  before(async () => {
    const shop = [
      // `coupons` is out, `members` is another name for the table of `users` in BigQuery, `refunds` is new.
      ...shopTables().filter(
        (table) => !["coupons", "users"].includes(typeof table === "string" ? table : table.name),
      ),
      { name: "users", destination: "members" },
      "refunds",
    ];
    [shipped, reordered, changed] = await Promise.all([
      evaluated("prod"),
      evaluated("prod", { config: { databases: { shop: shopTables().toReversed() } } }),
      evaluated("prod", { config: { databases: { shop } } }),
    ]);
  });

  it("of nothing but its order registers the same, outputs included", () => {
    assert.deepEqual(byUrn(reordered.registrations), byUrn(shipped.registrations));
  });

  it("that adds, removes and renames touches what it names, and no other name or path", () => {
    assert.deepEqual(namesOfNew(changed.registrations, shipped.registrations), [
      "shop/members",
      "shop/members-table",
      "shop/refunds",
      "shop/refunds-table",
    ]);
    assert.deepEqual(namesOfNew(shipped.registrations, changed.registrations), [
      "shop/coupons",
      "shop/coupons-table",
      "shop/users",
      "shop/users-table",
    ]);
    const updated = changed.registrations.filter(({ urn, inputs }) => {
      const old = shipped.registrations.find((it) => it.urn === urn);
      return old !== undefined && JSON.stringify(old.inputs) !== JSON.stringify(inputs);
    });
    // Its list of tables.
    assert.deepEqual(
      updated.map(({ name }) => name),
      ["gate-function"],
    );
    const gates = [shipped, changed].map((it) => named(it.registrations, "gate-function"));
    assert.deepEqual(changedInputs(gates[0] as Registration, gates[1] as Registration), ["code"]);
    assert.equal(named(changed.registrations, "shop/members").inputs.displayName, "prod_members");
  });
});

describe("a change from loads by the clock to loads that follow the export", () => {
  let byClock: readonly Registration[];
  let onCompletion: readonly Registration[];
  let pairs: [Registration, Registration][];
  before(async () => {
    const [old, now] = await Promise.all([evaluated("prod"), evaluated("prod", ON_COMPLETION)]);
    [byClock, onCompletion] = [old.registrations, now.registrations];
    const known = new Map(byClock.map((it) => [it.urn, it]));
    pairs = onCompletion.flatMap((it) => {
      const before = known.get(it.urn);
      return before ? [[before, it] as [Registration, Registration]] : [];
    });
  });

  it("takes nothing away, and adds what starts loads", () => {
    assert.deepEqual(namesOfNew(byClock, onCompletion), []);
    assert.deepEqual(namesOfNew(onCompletion, byClock), [
      "gate-dead-letters",
      "gate-loads",
      "gate-loads-mapping",
      "load-starter",
      "load-starter-account",
      "load-starter-api-iamcredentials",
      "load-starter-api-sts",
      "load-starter-emptier-role",
      "load-starter-federation",
      "load-starter-pool",
      "load-starter-provider",
      "load-starter-role",
      "load-starter-starter-role",
    ]);
  });

  it("turns off the clock of every transfer, and changes nothing else of it", () => {
    const transfers = pairs.filter(([{ type }]) => type === TYPES.transfer);
    assert.equal(transfers.length, shopTables().length);
    for (const [old, now] of transfers) {
      assert.deepEqual(changedInputs(old, now), ["schedule", "scheduleOptions"], now.name);
      assert.deepEqual(
        [now.inputs.schedule, now.inputs.scheduleOptions],
        [undefined, { disableAutoScheduling: true }],
      );
      assert.deepEqual(now.ignoreChanges, old.ignoreChanges);
    }
  });

  it("touches no landing table", () => {
    const tables = pairs.filter(([{ type }]) => type === TYPES.table);
    assert.equal(tables.length, shopTables().length);
    for (const [old, now] of tables) assert.deepEqual(now, old);
  });

  it("replaces nothing that holds rows or feeds them: path, destination and place stay", () => {
    for (const [old, now] of pairs) {
      for (const key of FORCING[now.type] ?? []) assert.deepEqual(now.inputs[key], old.inputs[key], now.name);
    }
    const forcing = (registrations: readonly Registration[]) =>
      ofType(registrations, TYPES.transfer).map((it) => FORCING_PARAMS.map((key) => paramsOf(it)[key]));
    assert.deepEqual(forcing(onCompletion), forcing(byClock));
  });

  it("updates in place what else knows of the mode", () => {
    const updated = pairs
      .filter(([{ type }]) => type !== TYPES.transfer)
      .map(([old, now]) => [now.name, changedInputs(old, now)] as const)
      .filter(([, inputs]) => inputs.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(updated, [
      ["exporter-function", ["environment"]],
      ["gate-function", ["environment"]],
      ["gate-policy", ["policy"]],
      ["gate-schedule", ["description", "scheduleExpression"]],
      // The gate may empty its tables.
      ["shop-dataset", ["accesses"]],
    ]);
  });
});
