import assert from "node:assert/strict";
import fc from "fast-check";
import { dailyCron, repeatedCron } from "../../contract/cron";
import { dueTime, parseTimes, slotTime, timeVariables } from "../../contract/schedule";

const timeOfDay = fc
  .integer({ min: 0, max: 1439 })
  .map((minutes) => ({ hour: Math.floor(minutes / 60), minute: minutes % 60 }));

describe("the schedule", () => {
  const common = { timeZone: "Asia/Tokyo", pathOffsetMinutes: 540, exportTime: { hour: 4, minute: 0 } };
  const byClock = { ...common, load: { hour: 6, minute: 0 } };
  const onCompletion = { ...common, load: "onExportComplete", deadline: { hour: 8, minute: 5 } } as const;

  it("waits for the load, or for the deadline, and names slots by the load or by the export", () => {
    assert.deepEqual([dueTime(byClock), slotTime(byClock)], [byClock.load, byClock.load]);
    assert.deepEqual(
      [dueTime(onCompletion), slotTime(onCompletion)],
      [onCompletion.deadline, common.exportTime],
    );
  });

  it("is written into the functions' variables", () => {
    const variables = { TIME_ZONE: "Asia/Tokyo", PATH_OFFSET_MINUTES: "540", EXPORT_TIME: "04:00" };
    assert.deepEqual(timeVariables(byClock), { ...variables, LOAD: "06:00" });
    const completion = { ...variables, LOAD: "onExportComplete", DEADLINE: "08:05" };
    assert.deepEqual(timeVariables(onCompletion), completion);
  });

  it("is read as it was written", () => {
    const modes = fc.oneof(
      fc.record({ load: timeOfDay }),
      fc.record({ load: fc.constant("onExportComplete" as const), deadline: timeOfDay }),
    );
    const offset = fc.integer({ min: -720, max: 840 });
    fc.assert(
      fc.property(timeOfDay, offset, modes, (exportTime, pathOffsetMinutes, mode) => {
        const times = { timeZone: "Asia/Tokyo", pathOffsetMinutes, exportTime, ...mode };
        const variables = timeVariables(times);
        assert.deepEqual(
          parseTimes((name) => variables[name] ?? ""),
          times,
        );
      }),
    );
  });
});

describe("EventBridge Scheduler's expressions", () => {
  it("come at one minute of some hours", () => {
    assert.equal(dailyCron({ hour: 4, minute: 5 }), "cron(5 4 * * ? *)");
    assert.equal(dailyCron({ hour: 5, minute: 50 }, [2, 5, 8]), "cron(50 2,5,8 * * ? *)");
  });

  it("come every few minutes until a time, across midnight too", () => {
    const until = { hour: 1, minute: 10 };
    assert.equal(repeatedCron({ hour: 23, minute: 27 }, until, 20), "cron(7,27,47 23,0,1 * * ? *)");
    assert.equal(repeatedCron({ hour: 1, minute: 0 }, until, 30), "cron(0,30 1 * * ? *)");
  });
});
