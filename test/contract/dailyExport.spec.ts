import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  COME_BACK_MINUTES,
  comesBack,
  isKeptForDaily,
  isLookTime,
  lastLook,
  slotOfDaily,
} from "../../contract/dailyExport";
import { gateTime } from "../../contract/gateClock";
import type { DailyTimes } from "../../contract/schedule";
import { slotAt } from "../../contract/slot";
import { formatTimeOfDay, minutesUntil, parseTimeOfDay, shiftTime } from "../../contract/timeOfDay";
import { pathOffsetMinutes } from "../../contract/timeZone";

const MINUTE = 60_000;

function times(exportTime: string, load: string, deadline?: string, timeZone = "Asia/Tokyo"): DailyTimes {
  return {
    timeZone,
    pathOffsetMinutes: pathOffsetMinutes(timeZone, new Date("2025-01-15T00:00:00Z")),
    exportTime: parseTimeOfDay(exportTime),
    load: load === "onExportComplete" ? load : parseTimeOfDay(load),
    ...(deadline !== undefined && { deadline: parseTimeOfDay(deadline) }),
  };
}

const timeOfDay = fc.record({
  hour: fc.integer({ min: 0, max: 23 }),
  minute: fc.integer({ min: 0, max: 59 }),
});

describe("the daily export", () => {
  for (const [exportTime, load, deadline, last] of [
    ["04:00", "06:00", undefined, "05:35"],
    ["04:00", "05:00", undefined, "04:35"],
    ["04:02", "06:00", undefined, "05:32"],
    ["23:30", "00:30", undefined, "00:05"],
    ["04:00", "onExportComplete", "08:00", "07:45"],
    ["20:00", "onExportComplete", "16:00", "15:45"],
  ] as const) {
    it(`of ${exportTime} is given up at ${last} for ${deadline ?? load}`, () => {
      assert.equal(formatTimeOfDay(lastLook(times(exportTime, load, deadline))), last);
    });
  }

  it("has its last look a quarter of an hour before the gate's at the latest, on one of its own minutes", () => {
    fc.assert(
      fc.property(timeOfDay, fc.integer({ min: 60, max: 1200 }), (exportTime, gap) => {
        const deadline = shiftTime(exportTime, gap);
        const schedule = { exportTime, load: "onExportComplete", deadline } as const;
        const last = lastLook(schedule);
        const until = minutesUntil(last, gateTime(schedule));
        assert.ok(until >= 15 && until < 15 + COME_BACK_MINUTES);
        assert.equal(minutesUntil(exportTime, last) % COME_BACK_MINUTES, 0);
      }),
    );
  });

  it("is looked for after its own time, and until the last look, every day of the year", () => {
    const berlin = times("01:30", "onExportComplete", "05:30", "Europe/Berlin");
    for (const [instant, expected] of [
      ["2025-01-15T00:30:00Z", false],
      ["2025-01-15T00:35:00Z", true],
      ["2025-01-15T04:15:00Z", true],
      ["2025-01-15T04:20:00Z", false],
      ["2025-07-15T03:15:00Z", true],
      ["2025-07-15T03:20:00Z", false],
      // Clocks have gone from 02:00 to 03:00 since.
      ["2025-03-30T01:05:00Z", true],
    ] as const) {
      assert.equal(isLookTime(new Date(instant), berlin), expected, instant);
    }
  });

  it("has one slot for its call and for every look behind it", () => {
    const looks = (times: DailyTimes, at: string) =>
      [0, 5, 90].map((minutes) => slotOfDaily(new Date(Date.parse(at) + minutes * MINUTE), times));
    const same = (slot: string) => [slot, slot, slot];
    assert.deepEqual(looks(times("04:00", "06:00"), "2025-02-17T19:00:00Z"), same("2025021806"));
    assert.deepEqual(looks(times("23:00", "01:00"), "2025-02-17T14:00:00Z"), same("2025021801"));
    const berlin = times("01:30", "onExportComplete", "05:30", "Europe/Berlin");
    assert.deepEqual(looks(berlin, "2025-02-18T00:30:00Z"), same("2025021801"));
    // The night on which clocks go from 02:00 to 03:00.
    assert.deepEqual(looks(berlin, "2025-03-30T00:30:00Z"), same("2025033001"));
    // A law has moved the zone's clocks by an hour since the path was deployed, and the load runs in UTC as before.
    const moved = { ...times("04:00", "06:00"), pathOffsetMinutes: 480 };
    assert.deepEqual(looks(moved, "2025-02-17T19:00:00Z"), same("2025021806"));
  });

  it("is come back for as long as a look is left, by the time at which a call runs", () => {
    const tokyo = times("04:00", "06:00");
    const four = new Date("2025-02-17T19:00:00Z");
    const later = (minutes: number) => new Date(four.getTime() + minutes * MINUTE);
    assert.equal(comesBack(four, four, tokyo), true);
    assert.equal(comesBack(four, later(94.9), tokyo), true);
    assert.equal(comesBack(four, later(95), tokyo), false);
    assert.equal(comesBack(later(90), later(90), tokyo), true);
    assert.equal(comesBack(later(95), later(95), tokyo), false);
    // A clock of the function that goes behind changes nothing.
    assert.equal(comesBack(later(95), later(94), tokyo), false);
  });

  it("keeps its slot from its hour's beginning until the gate's deadline, and no other slot", () => {
    const tokyo = times("23:45", "onExportComplete", "02:00");
    const slot = slotAt(new Date("2025-02-17T14:45:00Z"), "Asia/Tokyo");
    assert.equal(slot, "2025021723");
    for (const [instant, expected] of [
      ["2025-02-17T14:00:00Z", true],
      ["2025-02-17T17:00:00Z", true],
      ["2025-02-17T17:01:00Z", false],
    ] as const) {
      assert.equal(isKeptForDaily(slot, new Date(instant), tokyo), expected, instant);
    }
    const other = slotAt(new Date("2025-02-17T15:00:00Z"), "Asia/Tokyo");
    assert.equal(isKeptForDaily(other, new Date("2025-02-17T15:00:00Z"), tokyo), false);
  });

  it("needs a deadline where loads follow it", () => {
    assert.throws(() => lastLook(times("04:00", "onExportComplete")), {
      name: "RangeError",
      message: "`deadline` is missing: loads follow the export",
    });
  });
});
