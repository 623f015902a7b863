import assert from "node:assert/strict";
import type { CopyEvent } from "../../../../contract/copyEvent";
import type { FollowedLoads, FollowedTable } from "../../../../contract/followedLoads";
import { parseSlot } from "../../../../contract/slot";
import { copyEventOf } from "../../../../functions/loader/tell/copyEvent";
import { blocks, readText, sectionOf } from "../../../docs/markdown";

function table(destination: string, changes: Partial<FollowedTable>): FollowedTable {
  return { dataset: "prod_shop", destination, folder: `shop/shop.${destination}`, files: 1, ...changes };
}

const ENDED = new Date("2025-02-17T21:17:00Z");
const LOADS: FollowedLoads = {
  slot: parseSlot("2025021806"),
  from: "2025-02-17T21:00:00.000Z",
  since: "2025-02-17T21:00:00.000Z",
  byClock: true,
  looks: 4,
  tables: [
    table("orders", { run: "r", state: "SUCCEEDED", rows: 12_000, columns: 3, outcome: "whole" }),
    table("users", { run: "r", outcome: "failed", cause: "its run failed, twice: Access Denied." }),
  ],
};

describe("the event of a copy", () => {
  it("is what docs/configuration.md says", () => {
    const section = sectionOf(readText("docs/configuration.md"), "The event of a copy");
    const [shown = ""] = blocks(section, "json");
    const event = copyEventOf("prod", { snapshotTime: "2025-02-17T16:05:42.000Z" }, LOADS, ENDED);
    assert.deepEqual(event, JSON.parse(shown) as CopyEvent);
  });

  it("is whole where every table is, and there is one", () => {
    const [orders] = LOADS.tables;
    assert.ok(orders);
    assert.equal(copyEventOf("prod", {}, { ...LOADS, tables: [orders] }, ENDED).outcome, "whole");
    assert.equal(copyEventOf("prod", {}, { ...LOADS, tables: [] }, ENDED).outcome, "notWhole");
    assert.equal("snapshotTime" in copyEventOf("prod", {}, LOADS, ENDED), false);
  });
});
