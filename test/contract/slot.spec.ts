import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isSlot,
  parseSlot,
  previousSlot,
  requestedRunTime,
  slotAt,
  slotOfLastExport,
  slotOfNextLoad,
} from "../../contract/slot";
import { parseTimeOfDay } from "../../contract/timeOfDay";

describe("slots", () => {
  it("are the hour that the zone's clocks show", () => {
    assert.equal(slotAt(new Date("2025-02-17T21:00:00Z"), "Asia/Tokyo"), "2025021806");
    assert.equal(slotAt(new Date("2025-02-17T21:59:59.999Z"), "Asia/Tokyo"), "2025021806");
    assert.equal(slotAt(new Date("2025-02-17T21:00:00Z"), "America/Bogota"), "2025021716");
    assert.equal(slotAt(new Date("2025-02-17T21:00:00Z"), "Asia/Kolkata"), "2025021802");
  });

  it("name the next load after the export's scheduled time, across midnight too", () => {
    const tokyo = (scheduled: string, exportAt: string, load: string) =>
      slotOfNextLoad(new Date(scheduled), {
        timeZone: "Asia/Tokyo",
        export: parseTimeOfDay(exportAt),
        load: parseTimeOfDay(load),
      });
    assert.equal(tokyo("2025-02-17T19:00:00Z", "04:00", "06:00"), "2025021806");
    assert.equal(tokyo("2025-02-17T19:00:00Z", "04:00", "06:30"), "2025021806");
    assert.equal(tokyo("2025-02-18T14:00:00Z", "23:00", "02:00"), "2025021902");
    assert.equal(tokyo("2024-12-31T14:00:00Z", "23:00", "01:00"), "2025010101");
  });

  it("are those of the last export before a time of day, across midnight too", () => {
    const last = (timeZone: string, at: string, exportAt: string, now: string) =>
      slotOfLastExport(new Date(at), {
        timeZone,
        export: parseTimeOfDay(exportAt),
        now: parseTimeOfDay(now),
      });
    assert.equal(last("Asia/Tokyo", "2025-02-17T23:00:00Z", "04:00", "08:00"), "2025021804");
    assert.equal(last("Asia/Tokyo", "2025-02-17T23:00:00Z", "04:59", "08:00"), "2025021804");
    assert.equal(last("Asia/Tokyo", "2025-02-17T18:00:00Z", "22:30", "03:00"), "2025021722");
    assert.equal(last("Asia/Tokyo", "2024-12-31T15:30:00Z", "23:30", "00:30"), "2024123123");
    assert.equal(last("Asia/Kolkata", "2025-02-18T02:30:00Z", "04:00", "08:00"), "2025021804");
    // A whole day back where both are the same time.
    assert.equal(last("Asia/Tokyo", "2025-02-17T23:00:00Z", "08:00", "08:00"), "2025021708");
  });

  it("keep the hour of an export before the clocks change", () => {
    const berlin = (at: string, exportAt: string, now: string) =>
      slotOfLastExport(new Date(at), {
        timeZone: "Europe/Berlin",
        export: parseTimeOfDay(exportAt),
        now: parseTimeOfDay(now),
      });
    // 02:00 becomes 03:00 on 30 March; 03:00 becomes 02:00 on 26 October.
    assert.equal(berlin("2025-03-30T04:00:00Z", "01:00", "06:00"), "2025033001");
    assert.equal(berlin("2025-10-26T05:00:00Z", "01:00", "06:00"), "2025102601");
    assert.equal(berlin("2025-03-30T01:30:00Z", "23:30", "03:30"), "2025032923");
    assert.equal(berlin("2025-10-26T02:30:00Z", "23:30", "03:30"), "2025102523");
    // Both times that clocks show 02:30 on that night.
    assert.equal(berlin("2025-10-26T00:30:00Z", "01:30", "02:30"), "2025102601");
    assert.equal(berlin("2025-10-26T01:30:00Z", "01:30", "02:30"), "2025102601");
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
