import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import type { DayResult, TableResult, ViewResult } from "../../rehearsal/report";
import { dayTable } from "../../rehearsal/terminal";

function table(name: string, view?: ViewResult): TableResult {
  return {
    ...{ database: "shop", table: name, destination: `prod_shop.${name}`, state: "equal" },
    aurora: { rows: 1200, checksum: "0123456789abcdef" },
    bigQuery: { rows: 1200, checksum: "0123456789abcdef" },
    loadedAt: new Date("2025-02-17T21:00:00Z"),
    ...(view && { view }),
  };
}

function linesOf(...tables: readonly TableResult[]): string[] {
  const day: DayResult = { date: "2025-02-18", tables, exportTasks: [], bytes: 0, told: [] };
  return stripVTControlCharacters(dayTable(day, "Asia/Tokyo")).split("\n");
}

describe("a morning's table", () => {
  it("says nothing of views where the stack has none", () => {
    assert.deepEqual(linesOf(table("users")), [
      " Aurora table   BigQuery table     rows   rows there   checksum   there      loaded",
      " shop.users     prod_shop.users   1,200        1,200   01234567   01234567   02-18 06:00   equal",
    ]);
  });

  it("shows how many columns a view has typed, and how many values did not cast", () => {
    const view = { name: "prod_shop_views.users", columns: 10, cast: 4, notCast: 1234 };
    const missing = { name: "prod_shop_views.orders", problem: "there is no view prod_shop_views.orders" };
    const lines = linesOf(table("users", view), table("orders", missing), table("coupons"));
    assert.deepEqual(
      lines.map((line) => line.slice(line.search(/loaded|02-18/))),
      [
        "loaded          typed   not cast",
        "02-18 06:00   4 of 10      1,234   equal",
        "02-18 06:00      none          –   equal",
        "02-18 06:00         –          –   equal",
      ],
    );
  });
});
