import assert from "node:assert/strict";
import { parseSlot, type Slot } from "../../../contract/slot";
import type { Report, ReportKind, Severity } from "../../../functions/reports/report";

import { Told } from "../../../rehearsal/year/told";

const TODAY = parseSlot("2025010206");
const SPOT = parseSlot("2025010209");
const table = (name: string) => ({
  source: { database: "shop", table: name },
  folder: `shop/shop.${name}`,
  target: `prod_shop.${name}`,
});

/** Reports by the minute; what is known of a table at a later minute. */
function told(
  at: number,
  name: string,
  ...reports: [number, Severity, ReportKind, string?, Slot?][]
): boolean {
  let minute = 0;
  const dayOf = (slot: Slot) => Number(slot.slice(6, 8));
  const knowledge = new Told(
    () => new Date(minute * 60_000),
    dayOf,
    () => TODAY,
  );
  for (const [time, severity, kind, text = "", slot = TODAY] of reports) {
    minute = time;
    knowledge.hear({ severity, kind, text, slot, subject: "" } satisfies Report);
  }
  minute = at;
  return knowledge.isTold(table(name), 2);
}

const STARTS = "The loads of 13 tables start in 5 minutes.";

describe("what people were told", () => {
  it("is trouble with the day's own export", () => {
    assert.equal(told(10, "users", [0, "problem", "late"]), true);
    assert.equal(told(10, "users"), false);
    assert.equal(told(10, "users", [0, "problem", "late", "", SPOT]), false);
    assert.equal(told(10, "users", [0, "problem", "late", "", parseSlot("2025010106")]), false);
  });

  it("is trouble with the loads of an export that took its place", () => {
    assert.equal(told(10, "users", [0, "problem", "notLoaded", "", SPOT]), true);
    assert.equal(told(10, "users", [0, "problem", "notLoaded", "", parseSlot("2025010109")]), false);
  });

  it("is trouble with the day's own export, though its load lies behind midnight", () => {
    const dayOf = (slot: Slot) => Number(slot.slice(6, 8));
    const knowledge = new Told(
      () => new Date(0),
      dayOf,
      (day) => parseSlot(`202501${String(day + 1).padStart(2, "0")}00`),
    );
    knowledge.hear({
      severity: "problem",
      kind: "failed",
      text: "",
      slot: parseSlot("2025010300"),
      subject: "",
    });
    assert.deepEqual(
      [knowledge.isTold(table("users"), 2), knowledge.isTold(table("users"), 3)],
      [true, false],
    );
  });

  it("is trouble with the tables that a complete export's report names, and no others", () => {
    const report = [
      0,
      "problem",
      "completed",
      "- shop.users, loaded into prod_shop.users: left out",
    ] as const;
    assert.equal(told(10, "users", [...report]), true);
    assert.equal(told(10, "orders", [...report]), false);
    assert.equal(told(10, "user", [...report]), false);
  });

  it("is over an hour after the loads were said to start", () => {
    const late = [0, "problem", "late"] as const;
    assert.equal(told(69, "users", [...late], [10, "resolved", "completed", STARTS]), true);
    assert.equal(told(71, "users", [...late], [10, "resolved", "completed", STARTS]), false);
    assert.equal(told(71, "users", [...late], [10, "resolved", "whole"]), false);
    assert.equal(told(71, "users", [...late], [10, "resolved", "completed", "No clock loads it."]), true);
    assert.equal(told(71, "users", [...late], [10, "resolved", "completed", STARTS, SPOT]), false);
  });

  it("is not over where there was trouble with those loads as well", () => {
    const reports: [number, Severity, ReportKind, string?][] = [
      [0, "problem", "late"],
      [10, "resolved", "completed", STARTS],
      [40, "problem", "notLoaded"],
    ];
    assert.equal(told(200, "users", ...reports), true);
  });

  it("is not over for a table that the export lacks, though the loads of all others were started", () => {
    const lacks = [
      0,
      "problem",
      "completed",
      "- shop.users, loaded into prod_shop.users: left out by RDS",
    ] as const;
    assert.equal(told(200, "users", [...lacks], [10, "resolved", "completed"]), true);
  });
});
