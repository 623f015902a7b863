import assert from "node:assert/strict";
import { checkColumnNames, columnNameFaults } from "../../../rehearsal/bigquery/columnNames";

describe("columnNames", () => {
  it("takes letters of any script, digits and the signs of flexible names", () => {
    checkColumnNames([
      "id",
      "_x",
      "1st",
      "価格",
      "e\u0301",
      "a b",
      "a-b",
      "R&D",
      "50%",
      "a=b+c:d'<e>#f|g",
      "n".repeat(300),
    ]);
    checkColumnNames(Array.from({ length: 10_000 }, (_, index) => `c${index}`));
  });

  it("names everything that is wrong, and refuses the first", () => {
    const names = ["a.b", "id", "ID", "_FILE_x"];
    const faults = [
      'Invalid field name "a.b": it holds a period, and such a column cannot be loaded',
      'Duplicate field name "ID": "id" is there already, and case does not count',
      'Invalid field name "_FILE_x": it begins with the reserved prefix _FILE_',
    ];
    assert.deepEqual(columnNameFaults(names), faults);
    assert.throws(() => checkColumnNames(names), { message: faults[0] });
  });

  const FAULTS: [string[], string][] = [
    [["a.b"], 'Invalid field name "a.b": it holds a period, and such a column cannot be loaded'],
    [
      ["id", "_partition_of"],
      'Invalid field name "_partition_of": it begins with the reserved prefix _PARTITION',
    ],
    [["_TABLE_x"], 'Invalid field name "_TABLE_x": it begins with the reserved prefix _TABLE_'],
    [["x".repeat(301)], `Invalid field name "${"x".repeat(301)}": it is longer than 300 characters`],
    [["Id", "name", "ID"], 'Duplicate field name "ID": "Id" is there already, and case does not count'],
    [
      Array.from({ length: 10_001 }, (_, index) => `c${index}`),
      "Too many columns: 10001; a table has at most 10000",
    ],
  ];
  for (const sign of '!"$()*,/;?@[\\]^`{}~\t\n🎉') {
    FAULTS.push([
      [`a${sign}`],
      `Invalid field name "a${sign}": it holds characters that a column name may not have`,
    ]);
  }
  for (const [names, message] of FAULTS) {
    it(`refuses ${JSON.stringify(names.slice(0, 3)).slice(0, 60)}`, () => {
      assert.throws(() => checkColumnNames(names), { name: "BigQueryError", reason: "invalid", message });
    });
  }
});
