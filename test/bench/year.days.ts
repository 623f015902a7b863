import assert from "node:assert/strict";
import { resolve } from "node:path";
import { measureYears } from "../../bench/year";

const ROOT = resolve(__dirname, "..", "..");

describe("the bench of years", () => {
  it("counts the days of all seeds, and the seeds that failed", async () => {
    const { signal } = new AbortController();
    const { seeds, days, failed, found, daysPerSecond } = await measureYears(
      ROOT,
      "prod",
      1,
      signal,
      () => {},
      40,
    );
    assert.deepEqual([seeds, days, failed], [1, 40, []]);
    const { partial, mixed, staleUntold } = found.completion;
    assert.deepEqual([partial, mixed, staleUntold], [0, 0, 0]);
    assert.equal(found.original.right, 0);
    assert.equal(daysPerSecond.runs, 1);
  });

  it("stops between two years when it is interrupted", async () => {
    await assert.rejects(
      measureYears(ROOT, "prod", 1, AbortSignal.abort(new Error("enough"))),
      new Error("enough"),
    );
  });
});
