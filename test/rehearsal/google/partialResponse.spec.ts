import assert from "node:assert/strict";
import { partialResponse } from "../../../rehearsal/google/partialResponse";

const ANSWER = {
  kind: "list",
  next: "2",
  jobs: [{ id: "a", query: "SELECT 1", sizes: { rows: "1", bytes: "2", by: { day: 3 } } }, { id: "b" }, 7],
};

describe("a partial response", () => {
  for (const [fields, expected] of [
    [undefined, ANSWER],
    ["next", { next: "2" }],
    ["kind,next", { kind: "list", next: "2" }],
    ["jobs/id", { jobs: [{ id: "a" }, { id: "b" }, {}] }],
    [
      "next,jobs(id,sizes(rows,by/day)),kind",
      { next: "2", jobs: [{ id: "a", sizes: { rows: "1", by: { day: 3 } } }, { id: "b" }, {}], kind: "list" },
    ],
    ["jobs/sizes/by", { jobs: [{ sizes: { by: { day: 3 } } }, {}, {}] }],
    ["none,constructor", {}],
  ] as const) {
    it(`to ${fields} holds nothing else`, () => {
      assert.deepEqual(partialResponse(ANSWER, fields), expected);
    });
  }

  for (const fields of ["", "jobs(", "jobs()", "jobs/", "a b", "jobs(id", "id)", "*"]) {
    it(`is refused to "${fields}"`, () => {
      assert.throws(() => partialResponse(ANSWER, fields), { status: "INVALID_ARGUMENT" });
    });
  }
});
