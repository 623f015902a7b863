import assert from "node:assert/strict";
import { ratios, spread } from "../../bench/statistics";

describe("spread", () => {
  it("is the middle run and the range, whatever the order", () => {
    assert.deepEqual(spread([30, 9, 100]), { median: 30, least: 9, greatest: 100, runs: 3 });
  });

  it("takes the mean of the two in the middle", () => {
    assert.deepEqual(spread([4, 1, 2, 100]), { median: 3, least: 1, greatest: 100, runs: 4 });
  });

  it("refuses no runs at all", () => {
    assert.throws(() => spread([]), { name: "RangeError", message: "there is no run to take the median of" });
  });
});

describe("ratios", () => {
  it("compares round by round", () => {
    assert.deepEqual(ratios([10, 40, 9], [5, 10, 3]), { median: 3, least: 2, greatest: 4, runs: 3 });
  });

  it("refuses runs without a counterpart", () => {
    assert.throws(() => ratios([1, 2], [1]), {
      name: "RangeError",
      message: "2 runs cannot be compared with 1",
    });
  });
});
