import assert from "node:assert/strict";
import type { Evaluation } from "../../rehearsal/program/engineHost";
import { byUrn, type Registration } from "../../rehearsal/program/registrations";
import { evaluated, stackConfig } from "../support/evaluations";
import { named, nameOf } from "../support/registrations";

// What this does not prove: that the engine does in this order what the registrations ask for, and what the providers
// replace. The single steps are in test/components/transferSet.spec.ts.

function shopTables(): string[] {
  return JSON.parse(String(stackConfig("prod").config["aurora-to-bigquery:databases"])).shop;
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
      ...shopTables().filter((table) => !["coupons", "users"].includes(table)),
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
    assert.deepEqual(
      updated.map(({ name }) => name),
      [],
    );
    assert.equal(named(changed.registrations, "shop/members").inputs.displayName, "prod_members");
  });
});
