import assert from "node:assert/strict";
import * as fc from "fast-check";
import { expiresFrom } from "../../contract/retention";

const DAY = 24 * 60 * 60 * 1000;

describe("an export's expiry", () => {
  it("may begin at the midnight in UTC that comes so many days after its start", () => {
    const at = (start: string, days: number) => expiresFrom(new Date(start), days).toISOString();
    // AWS's own example: 10:30 on the 15th and three days make midnight before the 19th.
    assert.equal(at("2014-01-15T10:30:00Z", 3), "2014-01-19T00:00:00.000Z");
    assert.equal(at("2025-02-17T19:00:00Z", 14), "2025-03-04T00:00:00.000Z");
    assert.equal(at("2025-02-17T23:59:59.999Z", 1), "2025-02-19T00:00:00.000Z");
    // Whether midnight itself counts as the next one is not said: the earlier.
    assert.equal(at("2025-02-17T00:00:00Z", 1), "2025-02-18T00:00:00.000Z");
  });

  it("is never more than a day behind the days, and never before them", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), fc.integer({ min: 1, max: 3650 }), (start, days) => {
        fc.pre(Math.abs(start.getTime()) < 4e15);
        const more = expiresFrom(start, days).getTime() - start.getTime() - days * DAY;
        assert.ok(more >= 0 && more < DAY);
      }),
    );
  });
});
