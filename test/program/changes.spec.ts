import assert from "node:assert/strict";
import type { Evaluation } from "../../rehearsal/program/evaluation";
import { byUrn, type Registration } from "../../rehearsal/program/registrations";
import { evaluated, stackConfig } from "../support/evaluations";
import { landingTables, loadTransfers, named, nameOf, paramsOf, TYPES } from "../support/registrations";
import { ON_COMPLETION, UNCOUNTED, UNFEDERATED } from "../support/stackVariants";
import { VIEW_MAKER } from "../support/viewMaker";

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

/** A resource before a change and after it. */
type Pair = readonly [old: Registration, now: Registration];

/** Resources that are there before and after. */
function pairsOf(old: readonly Registration[], now: readonly Registration[]): Pair[] {
  const known = new Map(old.map((it) => [it.urn, it]));
  return now.flatMap((it) => {
    const before = known.get(it.urn);
    return before ? [[before, it] as const] : [];
  });
}

/** Names of the resources that a change updates, each with the inputs that change. */
function updatesOf(pairs: readonly Pair[]): (readonly [name: string, inputs: string[]])[] {
  return pairs
    .map(([old, now]) => [now.name, changedInputs(old, now)] as const)
    .filter(([, inputs]) => inputs.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
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
    // The gate's list of tables, the check's and the one of views.
    const lists = ["gate-function", "shop/freshness", "view-maker-query"];
    assert.deepEqual(updated.map(({ name }) => name).sort(), lists);
    const changedOf = (name: string) =>
      changedInputs(named(shipped.registrations, name), named(changed.registrations, name));
    assert.deepEqual(lists.map(changedOf), [["code"], ["params"], ["params"]]);
    assert.equal(named(changed.registrations, "shop/members").inputs.displayName, "prod_members");
  });
});

describe("a change from loads by the clock to loads that follow the export", () => {
  let byClock: readonly Registration[];
  let onCompletion: readonly Registration[];
  let pairs: Pair[];
  before(async () => {
    const [old, now] = await Promise.all([evaluated("prod"), evaluated("prod", ON_COMPLETION)]);
    [byClock, onCompletion] = [old.registrations, now.registrations];
    pairs = pairsOf(byClock, onCompletion);
  });

  it("takes nothing away, and adds nothing: the gate could start loads before", () => {
    assert.deepEqual(namesOfNew(byClock, onCompletion), []);
    assert.deepEqual(namesOfNew(onCompletion, byClock), []);
  });

  it("turns off the clock of every transfer, and changes nothing else of it", () => {
    const transfers = pairs.filter(([, now]) => loadTransfers(onCompletion).includes(now));
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
    const tables = pairs.filter(([, now]) => landingTables(onCompletion).includes(now));
    assert.equal(tables.length, shopTables().length);
    for (const [old, now] of tables) assert.deepEqual(now, old);
  });

  it("replaces nothing that holds rows or feeds them: path, destination and place stay", () => {
    for (const [old, now] of pairs) {
      for (const key of FORCING[now.type] ?? []) assert.deepEqual(now.inputs[key], old.inputs[key], now.name);
    }
    const forcing = (registrations: readonly Registration[]) =>
      loadTransfers(registrations).map((it) => FORCING_PARAMS.map((key) => paramsOf(it)[key]));
    assert.deepEqual(forcing(onCompletion), forcing(byClock));
  });

  it("updates in place what else knows of the mode", () => {
    const others = pairs.filter(([, now]) => !loadTransfers(onCompletion).includes(now));
    assert.deepEqual(updatesOf(others), [
      // It comes back for as long as the load could still be met.
      ["exporter-again-schedule", ["scheduleExpression"]],
      ["exporter-function", ["environment"]],
      ["gate-function", ["environment"]],
      ["gate-schedule", ["description", "scheduleExpression"]],
      // What it awaits begins with the export, and an hour after the deadline it looks.
      ["shop/freshness", ["params", "schedule"]],
    ]);
  });
});

describe("a change that has rows counted no more", () => {
  it("takes the counter away, and the loader's right to it and word of it", async () => {
    const [counted, uncounted] = await Promise.all([evaluated("prod"), evaluated("prod", UNCOUNTED)]);
    const [before, after] = [counted.registrations, uncounted.registrations];
    assert.deepEqual(namesOfNew(after, before), []);
    assert.deepEqual(namesOfNew(before, after), [
      "counter",
      "counter-function",
      "counter-logs",
      "counter-policy",
      "counter-retries",
      "counter-role",
    ]);
    assert.deepEqual(updatesOf(pairsOf(before, after)), [
      ["loader-function", ["environment"]],
      ["loader-policy", ["policy"]],
    ]);
  });
});

describe("a change that lets a loader start loads", () => {
  let without: readonly Registration[];
  let federated: readonly Registration[];
  before(async () => {
    const [old, now] = await Promise.all([evaluated("prod", UNFEDERATED), evaluated("prod")]);
    [without, federated] = [old.registrations, now.registrations];
  });

  it("takes nothing away, and adds the loader and whom it becomes", () => {
    assert.deepEqual(namesOfNew(without, federated), []);
    assert.deepEqual(namesOfNew(federated, without), [
      "copies",
      "copies-publisher",
      "copies-topic",
      "counter",
      "counter-function",
      "counter-logs",
      "counter-policy",
      "counter-retries",
      "counter-role",
      "google-api-iamcredentials",
      "google-api-sts",
      "journal",
      "journal-columns",
      "journal-dataset",
      "journal-loads",
      "journal-writer-role",
      "load-starter",
      "load-starter-account",
      "load-starter-emptier-role",
      "load-starter-federation",
      "load-starter-pool",
      "load-starter-provider",
      "load-starter-role",
      "load-starter-starter-role",
      "loader",
      "loader-dead-letters",
      "loader-function",
      "loader-loads",
      "loader-logs",
      "loader-mapping",
      "loader-policy",
      "loader-retries",
      "loader-role",
    ]);
  });

  it("updates in place what has to do with it, and neither transfers nor landing tables", () => {
    assert.deepEqual(updatesOf(pairsOf(without, federated)), [
      ["export-dashboard", ["dashboardBody"]],
      ["gate-function", ["environment"]],
      ["gate-policy", ["policy"]],
      // The loader may empty its tables.
      ["shop-dataset", ["accesses"]],
      // The loader starts it, and the journal knows types.
      ["view-maker-query", ["params", "schedule", "scheduleOptions"]],
    ]);
  });
});

describe("a change that makes views", () => {
  it("adds them and their maker, and lets it and them read the tables: no table or transfer changes", async () => {
    const [off, on] = await Promise.all([
      evaluated("prod", { config: { typedViews: false } }),
      evaluated("prod"),
    ]);
    const [before, after] = [off.registrations, on.registrations];
    assert.deepEqual(namesOfNew(before, after), []);
    assert.deepEqual(namesOfNew(after, before), [
      // The component beside the set of the same name.
      "shop",
      "shop-views-dataset",
      ...VIEW_MAKER,
    ]);
    assert.deepEqual(updatesOf(pairsOf(before, after)), [
      ["journal-dataset", ["accesses"]],
      ["loader-function", ["environment"]],
      ["shop-dataset", ["accesses"]],
    ]);
  });
});
