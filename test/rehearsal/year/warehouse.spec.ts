import assert from "node:assert/strict";
import { Warehouse } from "../../../rehearsal/year/warehouse";

const TODAY = 200;
const WRITTEN = new Date("2025-02-17T21:03:00Z");
const file = { task: "prod-2025010206", version: 210, of: 2 };
const older = { task: "prod-2025010106", version: 110, of: 2 };
const rows = { state: "rows", version: TODAY } as const;

function verdict(files: (typeof file)[], expected: Parameters<Warehouse["verdict"]>[1] = rows): string {
  const warehouse = new Warehouse();
  warehouse.load("shop.users", files, WRITTEN);
  return warehouse.verdict("shop.users", expected);
}

describe("the verdict on a table", () => {
  it("is right for all files of today's export", () => assert.equal(verdict([file, file]), "right"));
  it("is stale for all files of an older one", () => assert.equal(verdict([older, older]), "stale"));
  it("is partial where files are missing, of whatever day", () => {
    assert.equal(verdict([file]), "partial");
    assert.equal(verdict([older]), "partial");
  });
  it("is mixed for rows of two exports, whole or not, and for none at all", () => {
    assert.equal(verdict([file, file, older, older]), "mixed");
    assert.equal(verdict([file, older]), "mixed");
    assert.equal(verdict([file, { ...file, task: "spot" }]), "mixed");
    assert.equal(verdict([]), "mixed");
  });
  it("is stale for a table that Aurora has without rows, or has no longer", () => {
    assert.equal(verdict([older, older], { state: "empty", version: TODAY }), "stale");
    assert.equal(verdict([older, older], { state: "dropped", version: TODAY }), "stale");
  });
  it("is stale for a table that was never loaded", () => {
    assert.equal(new Warehouse().verdict("shop.users", rows), "stale");
  });

  it("goes by the day for a table that was emptied", () => {
    const warehouse = new Warehouse();
    warehouse.load("shop.users", [older, older], WRITTEN);
    assert.equal(warehouse.hasRows("shop.users"), true);
    assert.deepEqual(warehouse.describe("shop.users"), { rows: 2, columns: 1, lastModified: WRITTEN });
    warehouse.empty("shop.users", TODAY, WRITTEN);
    assert.equal(warehouse.hasRows("shop.users"), false);
    assert.deepEqual(warehouse.describe("shop.users"), { rows: 0, columns: 1, lastModified: WRITTEN });
    assert.deepEqual(warehouse.describe("shop.orders"), { rows: 0, columns: 0 });
    assert.equal(warehouse.verdict("shop.users", { state: "empty", version: TODAY }), "right");
    assert.equal(warehouse.verdict("shop.users", { state: "rows", version: 300 }), "stale");
    // Nobody's snapshot has it without rows: half a table is not less wrong for being none.
    warehouse.empty("shop.users", undefined, WRITTEN);
    assert.equal(warehouse.verdict("shop.users", rows), "partial");
  });
});
