import assert from "node:assert/strict";
import { millisecondsPerTable } from "../../bench/evaluations";

const size = (tables: number, seconds: number) => ({ tables, seconds });

describe("millisecondsPerTable", () => {
  it("is taken from each size to the one ten times as large", () => {
    const steps = millisecondsPerTable([size(10, 1), size(20, 7), size(100, 1.45), size(1000, 10.45)]);
    assert.deepEqual(
      steps.map((it) => ({ ...it, milliseconds: Number(it.milliseconds.toFixed(6)) })),
      [
        { from: 10, to: 100, milliseconds: 5 },
        { from: 100, to: 1000, milliseconds: 10 },
      ],
    );
  });

  it("is nothing where no size is ten times another", () => {
    assert.deepEqual(millisecondsPerTable([size(10, 1), size(30, 2)]), []);
  });
});
