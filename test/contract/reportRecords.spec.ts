import assert from "node:assert/strict";
import { exportFolderPattern } from "../../contract/layout";
import { reportFolder, slotReports } from "../../contract/reportRecords";
import { parseSlot } from "../../contract/slot";
import { slotOfTaskId } from "../../contract/taskId";

describe("report records", () => {
  it("lie beside the exports, a folder for each slot", () => {
    assert.equal(reportFolder("prod"), "prod-reports");
    assert.equal(slotReports("prod-shop", parseSlot("2025021806")), "prod-shop-reports/2025021806/");
  });

  it("are no export, neither by name nor by the pattern that the reader may list", () => {
    assert.equal(slotOfTaskId("prod", reportFolder("prod")), undefined);
    const pattern = new RegExp(`^${exportFolderPattern("prod").replaceAll("?", ".")}$`);
    assert.equal(pattern.test("prod-2025021806"), true);
    assert.equal(pattern.test(reportFolder("prod")), false);
  });
});
