import assert from "node:assert/strict";
import { between, dice, pick, wholeBetween } from "../../../rehearsal/year/dice";

describe("dice", () => {
  const throws = (...purpose: (string | number)[]) => {
    const throwOf = dice(...purpose);
    return [throwOf(), throwOf(), throwOf()];
  };

  it("fall the same for the same purpose, and otherwise for any other", () => {
    assert.deepEqual(throws(1, "event"), throws(1, "event"));
    assert.notDeepEqual(throws(1, "event"), throws(2, "event"));
    assert.notDeepEqual(throws(1, "event"), throws(1, "load"));
  });

  it("show every part of their range about as often", () => {
    const throwOf = dice("range");
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) {
      const face = wholeBetween(throwOf, 0, 3);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    assert.equal(counts.length, 4);
    for (const count of counts) assert.ok(count > 850 && count < 1150, String(counts));
  });

  it("stay within their bounds", () => {
    const throwOf = dice("bounds");
    for (let i = 0; i < 1000; i++) {
      const value = between(throwOf, 5, 6);
      assert.ok(value >= 5 && value < 6);
      assert.ok([2, 3].includes(wholeBetween(throwOf, 2, 3)));
      assert.ok(["a", "b"].includes(pick(throwOf, ["a", "b"])));
    }
  });

  it("cannot pick from nothing", () => {
    assert.throws(() => pick(dice("nothing"), []), new RangeError("there is nothing to pick from"));
  });
});
