import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTimeOfDay } from "../../../contract/timeOfDay";
import { transferSchedule, WEEKDAYS } from "../../../contract/transferSchedule";
import { nextTransferTime } from "../../../rehearsal/google/transferSchedules";

function next(schedule: string, after: string): string {
  return nextTransferTime(schedule, new Date(after)).toISOString();
}

describe("schedules of transfers", () => {
  it("come in UTC", () => {
    assert.equal(next("every day 21:00", "2025-02-17T20:59:59Z"), "2025-02-17T21:00:00.000Z");
    assert.equal(next("every day 21:00", "2025-02-17T21:00:00Z"), "2025-02-18T21:00:00.000Z");
    assert.equal(next("every sunday 21:00", "2025-02-17T00:00:00Z"), "2025-02-23T21:00:00.000Z");
    assert.equal(next("every wed,sun 21:00", "2025-02-17T00:00:00Z"), "2025-02-19T21:00:00.000Z");
  });

  for (const schedule of [
    "every 24 hours",
    "every someday 21:00",
    "every day 24:00",
    "1 of month 21:00",
    "",
  ]) {
    it(`are not guessed: "${schedule}"`, () => {
      assert.throws(() => next(schedule, "2025-02-17T00:00:00Z"), {
        name: "RangeError",
        message: `the rehearsal's transfer service does not know the schedule "${schedule}"`,
      });
    });
  }

  it("run on the local days that were asked for, at the local time", () => {
    const days = fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 });
    const offsets = fc.constantFrom(540, 330, 345, 0, -300, 840, -570);
    const minutes = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(days, offsets, minutes, (local, offset, minute) => {
        const load = { hour: Math.floor(minute / 60), minute: minute % 60 };
        const run = nextTransferTime(transferSchedule(load, offset, local), new Date("2025-02-17T00:00:00Z"));
        const clocks = new Date(run.getTime() + offset * 60_000);
        assert.equal(clocks.getUTCHours() * 60 + clocks.getUTCMinutes(), minute);
        assert.ok(local.includes(WEEKDAYS[(clocks.getUTCDay() + 6) % 7] ?? "monday"));
      }),
    );
    assert.equal(transferSchedule(parseTimeOfDay("06:00"), 540, ["monday"]), "every sunday 21:00");
  });
});
