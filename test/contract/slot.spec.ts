import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isSlot,
  parseSlot,
  previousSlot,
  requestedRunTime,
  slotAt,
  slotOfLatestExport,
  slotOfNextLoad,
} from "../../contract/slot";
import { parseTimeOfDay, type TimeOfDay } from "../../contract/timeOfDay";
import { utcOffsetMinutes, utcOffsetsAhead } from "../../contract/timeZone";

describe("slots", () => {
  it("are the hour that the zone's clocks show", () => {
    assert.equal(slotAt(new Date("2025-02-17T21:00:00Z"), "Asia/Tokyo"), "2025021806");
    assert.equal(slotAt(new Date("2025-02-17T21:59:59.999Z"), "Asia/Tokyo"), "2025021806");
    assert.equal(slotAt(new Date("2025-02-17T21:00:00Z"), "America/Bogota"), "2025021716");
    assert.equal(slotAt(new Date("2025-02-17T21:00:00Z"), "Asia/Kolkata"), "2025021802");
  });

  it("name the next load after the export's scheduled time, across midnight too", () => {
    const tokyo = (scheduled: string, load: string) =>
      slotOfNextLoad(new Date(scheduled), { timeZone: "Asia/Tokyo", load: parseTimeOfDay(load) });
    assert.equal(tokyo("2025-02-17T19:00:00Z", "06:00"), "2025021806");
    assert.equal(tokyo("2025-02-17T19:00:00Z", "06:30"), "2025021806");
    assert.equal(tokyo("2025-02-18T14:00:00Z", "02:00"), "2025021902");
    assert.equal(tokyo("2024-12-31T14:00:00Z", "01:00"), "2025010101");
  });

  describe("of the export that was due last", () => {
    const latest = (timeZone: string, at: string, exportAt: string, load?: string) =>
      slotOfLatestExport(new Date(at), {
        timeZone,
        export: parseTimeOfDay(exportAt),
        ...(load !== undefined && { load: parseTimeOfDay(load) }),
      });

    it("begin at its very minute, by the load's hour or by its own", () => {
      assert.equal(latest("Asia/Tokyo", "2025-02-17T18:59:59Z", "04:00", "06:00"), "2025021706");
      assert.equal(latest("Asia/Tokyo", "2025-02-17T19:00:00Z", "04:00", "06:00"), "2025021806");
      assert.equal(latest("Asia/Tokyo", "2025-02-18T18:59:59.999Z", "04:00", "06:00"), "2025021806");
      assert.equal(latest("Asia/Tokyo", "2025-02-17T18:59:59Z", "04:00"), "2025021704");
      assert.equal(latest("Asia/Tokyo", "2025-02-17T19:00:00Z", "04:00"), "2025021804");
    });

    it("lie on the next day where the load does, or on the day before where midnight is between", () => {
      assert.equal(latest("Asia/Tokyo", "2024-12-31T14:00:00Z", "23:00", "01:00"), "2025010101");
      assert.equal(latest("Asia/Tokyo", "2024-12-31T15:30:00Z", "23:00", "01:00"), "2025010101");
      assert.equal(latest("Asia/Tokyo", "2024-12-31T15:30:00Z", "23:30"), "2024123123");
    });

    it("keep the hour of an export before the clocks change", () => {
      assert.equal(latest("Europe/Berlin", "2025-03-30T20:00:00Z", "01:00"), "2025033001");
      assert.equal(latest("Europe/Berlin", "2025-10-26T20:00:00Z", "01:00"), "2025102601");
      // 02:00 becomes 03:00 on 30 March; 03:00 becomes 02:00 on 26 October.
      assert.equal(latest("Europe/Berlin", "2025-03-30T01:30:00Z", "23:30"), "2025032923");
      assert.equal(latest("Europe/Berlin", "2025-10-26T02:30:00Z", "23:30"), "2025102523");
      // Both times that clocks show 02:30 on that night.
      assert.equal(latest("Europe/Berlin", "2025-10-26T00:30:00Z", "01:30"), "2025102601");
      assert.equal(latest("Europe/Berlin", "2025-10-26T01:30:00Z", "01:30"), "2025102601");
    });

    const time = fc.record({
      hour: fc.integer({ min: 0, max: 23 }),
      minute: fc.integer({ min: 0, max: 59 }),
    });
    const instants = fc.date({
      min: new Date("2025-01-03"),
      max: new Date("2027-01-01"),
      noInvalidDate: true,
    });

    /** The last instant at or before another at which clocks in a zone showed a time. */
    function lastInstant(timeZone: string, { hour, minute }: TimeOfDay, before: Date): Date {
      const midnight = Math.floor(before.getTime() / 86_400_000) * 86_400_000;
      const shown = [-2, -1, 0, 1].flatMap((day) => {
        const wallClock = midnight + (day * 1440 + hour * 60 + minute) * 60_000;
        return utcOffsetsAhead(timeZone, new Date("2025-01-01"))
          .map((offset) => new Date(wallClock - offset * 60_000))
          .filter((it) => it.getTime() + utcOffsetMinutes(timeZone, it) * 60_000 === wallClock);
      });
      const past = shown.filter((it) => it <= before).map((it) => it.getTime());
      return new Date(Math.max(...past));
    }

    it("are those that the exporter gave it, at any instant, where the clock loads", () => {
      const zones = fc.constantFrom("Asia/Tokyo", "Asia/Kolkata", "America/Bogota", "UTC");
      fc.assert(
        fc.property(instants, zones, time, time, (instant, timeZone, exportTime, load) => {
          const times = { timeZone, export: exportTime, load };
          const started = lastInstant(timeZone, exportTime, instant);
          assert.equal(slotOfLatestExport(instant, times), slotOfNextLoad(started, times));
        }),
        { numRuns: 250 },
      );
    });

    it("are those that the exporter gave it, at any instant, where loads follow it", () => {
      const zones = fc.constantFrom("Europe/Berlin", "Asia/Tokyo", "America/New_York");
      // Between one and three clocks show times twice or never.
      const steady = time.filter(({ hour }) => hour === 0 || hour > 2);
      fc.assert(
        fc.property(instants, zones, steady, (instant, timeZone, exportTime) => {
          const started = lastInstant(timeZone, exportTime, instant);
          const slot = slotOfLatestExport(instant, { timeZone, export: exportTime });
          assert.equal(slot, slotAt(started, timeZone));
        }),
        { numRuns: 250 },
      );
    });
  });

  it("go back hour by hour, over days, months and years", () => {
    assert.equal(previousSlot(parseSlot("2025021806")), "2025021805");
    assert.equal(previousSlot(parseSlot("2025030100")), "2025022823");
    assert.equal(previousSlot(parseSlot("2024030100")), "2024022923");
    assert.equal(previousSlot(parseSlot("2025010100")), "2024123123");
  });

  it("refuse what no calendar shows", () => {
    for (const text of [
      "2025021824",
      "2025023000",
      "2025130100",
      "202502180",
      "20250218060",
      "1999010100",
      "latest",
    ]) {
      assert.equal(isSlot(text), false, text);
    }
    assert.throws(() => parseSlot("20250218"), {
      message: '"20250218" is no slot; expected a local hour as YYYYMMDDHH, such as 2025021806',
    });
  });

  it("give a run time that is never later than the slot itself", () => {
    assert.equal(requestedRunTime(parseSlot("2025021806"), 540).toISOString(), "2025-02-17T21:00:00.000Z");
    const instants = fc.date({
      min: new Date("2025-01-01"),
      max: new Date("2027-01-01"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, fc.constantFrom(-60, 0, 60, 120), (instant, winter) => {
        // A zone whose summer is an hour ahead: the path carries the summer's offset.
        const slot = slotAt(instant, "Etc/GMT");
        assert.ok(requestedRunTime(slot, winter + 60) <= requestedRunTime(slot, winter));
      }),
    );
  });
});
