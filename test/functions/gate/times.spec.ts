import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isExpiring } from "../../../contract/retention";
import { parseSlot, slotAt } from "../../../contract/slot";
import type { ListedTable } from "../../../contract/tableList";
import { parseTimeOfDay } from "../../../contract/timeOfDay";
import type { GateEnvironment } from "../../../functions/gate/environment";
import { accountOf, isOwnTask, slotOf, taskOf } from "../../../functions/gate/tasks";
import {
  awaitedSlot,
  duration,
  expectedSlot,
  expiryOf,
  hasJustEnded,
  isDailySlot,
  isDue,
  isTooLate,
  lastTimes,
  loadFedBy,
  readingTime,
  runTimeOf,
  scheduledLoad,
} from "../../../functions/gate/times";
import { ENVIRONMENT, LOAD, ON_COMPLETION, table, task } from "../world";

const COMPLETION: GateEnvironment = { ...ENVIRONMENT, ...ON_COMPLETION };
const BERLIN: GateEnvironment = { ...COMPLETION, timeZone: "Europe/Berlin", pathOffsetMinutes: 120 };

describe("the times of an export", () => {
  it("takes the account from its topic", () => {
    assert.equal(accountOf(ENVIRONMENT), "123456789012");
  });

  it("owns the tasks with its prefix, a slot behind, and its bucket", () => {
    assert.equal(isOwnTask(ENVIRONMENT, task()), true);
    assert.equal(slotOf(ENVIRONMENT, task()), "2025021806");
    assert.equal(taskOf(ENVIRONMENT, parseSlot("2025021806")), "prod-2025021806");
    for (const foreign of [
      { ExportTaskIdentifier: "prod-shop-2025021806" },
      { ExportTaskIdentifier: "pro-2025021806" },
      { ExportTaskIdentifier: "prod2-2025021806" },
      { ExportTaskIdentifier: "prod-2025021806-r2" },
      { ExportTaskIdentifier: "prod-20250218" },
      { ExportTaskIdentifier: "prod-2025023006" },
      { ExportTaskIdentifier: undefined },
      { S3Bucket: "prod-export-bucket-2" },
      { S3Bucket: undefined },
    ]) {
      assert.equal(isOwnTask(ENVIRONMENT, { ...task(), ...foreign }), false, JSON.stringify(foreign));
    }
    const shop = { ...ENVIRONMENT, taskPrefix: "prod-shop" };
    assert.equal(isOwnTask(shop, task()), false);
    assert.equal(isOwnTask(shop, task({ ExportTaskIdentifier: "prod-shop-2025021806" })), true);
    assert.throws(() => slotOf(shop, task()), /"prod-2025021806" is no task of prod-shop/);
  });

  describe("and the clock's load", () => {
    it("is that of the slot's hour, in local time", () => {
      assert.deepEqual(scheduledLoad(ENVIRONMENT, parseSlot("2025021806")), LOAD);
      // Whatever the functions' own table says of the zone.
      const moved = { ...ENVIRONMENT, timeZone: "Asia/Kolkata" };
      assert.deepEqual(scheduledLoad(moved, parseSlot("2025021806")), LOAD);
      const half = {
        ...ENVIRONMENT,
        timeZone: "Asia/Kolkata",
        pathOffsetMinutes: 330,
        load: parseTimeOfDay("06:30"),
      };
      assert.deepEqual(scheduledLoad(half, parseSlot("2025021806")), new Date("2025-02-18T01:00:00Z"));
      assert.equal(scheduledLoad(ENVIRONMENT, parseSlot("2025021805")), undefined);
    });

    it("is none on completion, or where the clock is off", () => {
      assert.equal(scheduledLoad(COMPLETION, parseSlot("2025021804")), undefined);
      assert.equal(
        scheduledLoad({ ...ENVIRONMENT, clockEnabled: false }, parseSlot("2025021806")),
        undefined,
      );
    });

    it("is not fed by an export that was started when it was past", () => {
      const started = (time: string | undefined) =>
        loadFedBy(ENVIRONMENT, task({ TaskStartTime: time === undefined ? undefined : new Date(time) }));
      assert.deepEqual(started("2025-02-17T19:00:10Z"), LOAD);
      assert.deepEqual(started("2025-02-17T20:59:59.999Z"), LOAD);
      assert.equal(started("2025-02-17T21:00:00Z"), undefined);
      assert.deepEqual(started(undefined), LOAD);
    });

    it("has a moment by which exports have ended, one by which they are open, and a time of reading", () => {
      assert.deepEqual(lastTimes(LOAD), {
        ended: new Date("2025-02-17T20:50:00Z"),
        opened: new Date("2025-02-17T20:55:00Z"),
      });
      assert.deepEqual(readingTime(LOAD), {
        from: new Date("2025-02-17T20:50:00Z"),
        until: new Date("2025-02-17T22:00:00Z"),
      });
    });

    it("comes too early for what ended or would be opened after those moments", () => {
      const isLate = (ended: string | undefined, now: string, environment = ENVIRONMENT) => {
        const TaskEndTime = ended === undefined ? undefined : new Date(`2025-02-17T${ended}Z`);
        return isTooLate(environment, task({ TaskEndTime }), new Date(`2025-02-17T${now}Z`));
      };
      assert.equal(isLate("20:50:00.000", "20:55:00.000"), false);
      assert.equal(isLate("20:50:00.001", "20:50:00.001"), true);
      assert.equal(isLate("20:50:00.000", "20:55:00.001"), true);
      // Where RDS does not say when it ended, it may have been a moment ago.
      assert.equal(isLate(undefined, "20:50:00.000"), false);
      assert.equal(isLate(undefined, "20:50:00.001"), true);
      assert.equal(isLate("22:50:00.000", "22:55:00.000", COMPLETION), false);
      const byHand = { TaskStartTime: LOAD, TaskEndTime: new Date("2025-02-17T21:30:00Z") };
      const isLateByHand = (now: string) => isTooLate(ENVIRONMENT, task(byHand), new Date(now));
      assert.equal(isLateByHand("2025-02-17T21:59:59.999Z"), true);
      assert.equal(isLateByHand("2025-02-17T22:00:00.000Z"), false);
    });
  });

  it("expects an export to expire from the midnight in UTC on that comes so many days after its start", () => {
    const isGone = (expires: Date | undefined, now: string) =>
      expires !== undefined && isExpiring(expires, new Date(now));
    const at = (now: string, changes = {}, retentionDays: number | undefined = 3) =>
      isGone(expiryOf({ ...ENVIRONMENT, retentionDays }, task(changes)), now);
    // It began on the 17th at 19:00 UTC, so that its first files may go at midnight before the 21st; loads take two hours.
    assert.equal(at("2025-02-20T21:59:59.999Z"), false);
    assert.equal(at("2025-02-20T22:00:00.000Z"), true);
    assert.equal(at("2025-02-28T00:00:00Z"), true);
    assert.equal(at("2025-02-20T22:00:00Z", { TaskStartTime: new Date("2025-02-18T00:00:00.001Z") }), false);
    assert.equal(at("2025-02-20T22:00:00Z", { TaskStartTime: new Date("2025-02-18T00:00:00.000Z") }), true);
    assert.equal(at("2025-02-20T22:00:00Z", { TaskStartTime: undefined }), true);
    assert.equal(at("2025-02-20T22:00:00Z", { TaskStartTime: undefined, SnapshotTime: undefined }), false);
    assert.equal(expiryOf(ENVIRONMENT, task()), undefined);
  });

  it("takes for news what ended within two days, or as long as the records of a day are kept", () => {
    const isNews = (now: string, retentionDays?: number) =>
      hasJustEnded({ ...ENVIRONMENT, retentionDays }, task(), new Date(now));
    assert.equal(isNews("2025-02-19T19:26:10Z"), true);
    assert.equal(isNews("2025-02-19T19:26:10.001Z"), false);
    assert.equal(isNews("2025-02-19T19:26:10.001Z", 14), false);
    assert.equal(isNews("2025-02-18T19:26:10Z", 1), true);
    assert.equal(isNews("2025-02-18T19:26:10.001Z", 1), false);
    const endless = task({ TaskEndTime: undefined });
    assert.equal(hasJustEnded(ENVIRONMENT, endless, new Date("2026-01-01T00:00:00Z")), true);
  });

  describe("expects at its clock", () => {
    const at = (environment: GateEnvironment, time: string) => expectedSlot(environment, new Date(time));

    it("the export of the next load", () => {
      assert.equal(at(ENVIRONMENT, "2025-02-17T20:50:00Z"), "2025021806");
      // The zone was moved an hour after the deployment, and AWS's clock with it: not so the transfers'.
      assert.equal(at(ENVIRONMENT, "2025-02-17T19:50:00Z"), "2025021806");
      assert.equal(at(ENVIRONMENT, "2025-02-17T21:50:00Z"), "2025021806");
      const midnight = { ...ENVIRONMENT, load: parseTimeOfDay("00:05") };
      assert.equal(at(midnight, "2025-02-17T14:55:00Z"), "2025021800");
    });

    it("nothing at the other looks of the day", () => {
      const looks = Array.from({ length: 8 }, (_, i) =>
        at(ENVIRONMENT, new Date(Date.parse("2025-02-17T20:50:00Z") + i * 3 * 3_600_000).toISOString()),
      );
      assert.deepEqual(looks, ["2025021806", ...Array(7).fill(undefined)]);
      // Where the schedule is still that of another load, or the zone's clocks were changed by law: the nearest look.
      for (const [nearest, slot] of [
        ["19:20:00", undefined],
        ["19:21:00", "2025021806"],
        ["22:19:00", "2025021806"],
        ["22:20:00", undefined],
      ] as const) {
        assert.equal(at(ENVIRONMENT, `2025-02-17T${nearest}Z`), slot, nearest);
      }
      assert.equal(at(COMPLETION, "2025-02-17T22:30:00Z"), "2025021804");
      assert.equal(at(COMPLETION, "2025-02-18T00:00:00Z"), "2025021804");
    });

    it("the export before the deadline, across midnight too", () => {
      assert.equal(at(COMPLETION, "2025-02-17T23:00:00Z"), "2025021804");
      const late = { ...COMPLETION, exportTime: parseTimeOfDay("22:30"), deadline: parseTimeOfDay("03:00") };
      assert.equal(at(late, "2025-02-17T18:00:00Z"), "2025021722");
    });

    it("the export before the deadline, when the clocks change between the two", () => {
      const night = { ...BERLIN, exportTime: parseTimeOfDay("01:00"), deadline: parseTimeOfDay("06:00") };
      // 30 March 2025: 02:00 becomes 03:00. 26 October 2025: 03:00 becomes 02:00.
      assert.equal(at(night, "2025-03-30T04:00:00Z"), "2025033001");
      assert.equal(at(night, "2025-10-26T05:00:00Z"), "2025102601");
      const before = { ...BERLIN, exportTime: parseTimeOfDay("23:30"), deadline: parseTimeOfDay("03:30") };
      assert.equal(at(before, "2025-03-30T01:30:00Z"), "2025032923");
      assert.equal(at(before, "2025-10-26T02:30:00Z"), "2025102523");
    });

    it("the slot that the exporter took, on every day of two years", () => {
      const days = fc.integer({ min: 0, max: 730 });
      const minutes = fc.integer({ min: 0, max: 1439 });
      fc.assert(
        fc.property(days, minutes, fc.integer({ min: 60, max: 1200 }), (day, minute, gap) => {
          const time = (minuteOfDay: number) => ({
            hour: Math.floor(minuteOfDay / 60) % 24,
            minute: minuteOfDay % 60,
          });
          const exported = new Date(Date.UTC(2025, 0, 1 + day, 0, minute));
          const environment = {
            ...COMPLETION,
            timeZone: "UTC",
            exportTime: time(minute),
            deadline: time(minute + gap),
          };
          const deadline = new Date(exported.getTime() + gap * 60_000);
          assert.equal(expectedSlot(environment, deadline), slotAt(exported, "UTC"));
        }),
      );
    });

    it("nothing that it cannot know", () => {
      assert.throws(
        () => expectedSlot({ ...COMPLETION, deadline: undefined }, new Date("2025-02-17T23:00:00Z")),
        /^RangeError: `deadline` is missing: loads follow the export$/,
      );
    });
  });

  it("waits, at any instant, for the export that was due last", () => {
    const awaited = (environment: GateEnvironment, time: string) => awaitedSlot(environment, new Date(time));
    assert.equal(awaited(ENVIRONMENT, "2025-02-17T18:59:59Z"), "2025021706");
    assert.equal(awaited(ENVIRONMENT, "2025-02-17T19:00:00Z"), "2025021806");
    assert.equal(awaited(ENVIRONMENT, "2025-02-18T10:00:00Z"), "2025021806");
    assert.equal(awaited(COMPLETION, "2025-02-17T18:59:59Z"), "2025021704");
    assert.equal(awaited(COMPLETION, "2025-02-17T19:00:00Z"), "2025021804");
    // Each is the slot of a daily export, so that what is noted of it counts.
    assert.equal(isDailySlot(ENVIRONMENT, awaitedSlot(ENVIRONMENT, LOAD)), true);
    assert.equal(isDailySlot(COMPLETION, awaitedSlot(COMPLETION, LOAD)), true);
  });

  it("renders a slot by the offset that the path carries", () => {
    assert.deepEqual(runTimeOf(ENVIRONMENT, parseSlot("2025021806")), LOAD);
    assert.deepEqual(runTimeOf(BERLIN, parseSlot("2025021806")), new Date("2025-02-18T04:00:00Z"));
  });

  it("tells the daily export's slot from a person's", () => {
    assert.equal(isDailySlot(ENVIRONMENT, parseSlot("2025021806")), true);
    assert.equal(isDailySlot(ENVIRONMENT, parseSlot("2025021804")), false);
    assert.equal(isDailySlot(COMPLETION, parseSlot("2025021804")), true);
    assert.equal(isDailySlot(COMPLETION, parseSlot("2025021806")), false);
    assert.equal(isDailySlot({ ...ENVIRONMENT, clockEnabled: false }, parseSlot("2025021806")), false);
  });

  it("keeps to a table's days in the daily export's slot, and in no other", () => {
    const due = (changes: Partial<ListedTable>, slot: string, environment = ENVIRONMENT) =>
      isDue(environment, table("users", changes), parseSlot(slot));
    // A Tuesday.
    assert.equal(due({}, "2025021806"), true);
    assert.equal(due({ days: ["tuesday", "sunday"] }, "2025021806"), true);
    assert.equal(due({ days: ["monday"] }, "2025021806"), false);
    assert.equal(due({ days: ["monday"] }, "2025021807"), true);
    assert.equal(due({ days: ["monday"] }, "2025021804", COMPLETION), false);
    assert.equal(due({ days: ["monday"] }, "2025021806", COMPLETION), true);
    const midnight = { ...ENVIRONMENT, load: parseTimeOfDay("00:05") };
    assert.equal(due({ days: ["sunday"] }, "2025021600", midnight), true);
    assert.equal(due({ days: ["saturday"] }, "2025021600", midnight), false);
    // Where the clock is off every export is a person's.
    assert.equal(due({ days: ["monday"] }, "2025021806", { ...ENVIRONMENT, clockEnabled: false }), true);
  });

  it("writes durations in hours and minutes", () => {
    const minutes = (count: number) => duration(count * 60_000);
    assert.deepEqual([0, 0.4, 26, 59.6, 60, 185, 1500].map(minutes), [
      "0 min",
      "0 min",
      "26 min",
      "1 h",
      "1 h",
      "3 h 5 min",
      "25 h",
    ]);
  });
});
