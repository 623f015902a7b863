import assert from "node:assert/strict";
import { nextScheduledTime } from "../../../rehearsal/aws/schedules";

function next(expression: string, timeZone: string, after: string): string | undefined {
  return nextScheduledTime(expression, timeZone, new Date(after))?.toISOString();
}

describe("schedules of EventBridge Scheduler", () => {
  it("come in the zone's local time", () => {
    assert.equal(next("cron(0 4 * * ? *)", "Asia/Tokyo", "2025-02-17T18:59:59Z"), "2025-02-17T19:00:00.000Z");
    assert.equal(next("cron(0 4 * * ? *)", "Asia/Tokyo", "2025-02-17T19:00:00Z"), "2025-02-18T19:00:00.000Z");
    assert.equal(
      next("cron(30 23 * * ? *)", "America/Bogota", "2025-02-17T00:00:00Z"),
      "2025-02-17T04:30:00.000Z",
    );
    assert.equal(next("cron(0 19 * * ? *)", "UTC", "2025-02-17T18:00:00Z"), "2025-02-17T19:00:00.000Z");
  });

  it("leave out a time that clocks skip, and take one that comes twice once", () => {
    const at = (after: string) => next("cron(30 2 * * ? *)", "America/New_York", after);
    assert.equal(at("2025-03-08T12:00:00Z"), "2025-03-10T06:30:00.000Z");
    const twice = (after: string) => next("cron(30 1 * * ? *)", "America/New_York", after);
    assert.equal(twice("2025-11-01T12:00:00Z"), "2025-11-02T05:30:00.000Z");
    assert.equal(twice("2025-11-02T05:30:00Z"), "2025-11-03T06:30:00.000Z");
  });

  it("come at each of several hours, and at none that clocks skip", () => {
    const at = (after: string) => next("cron(30 2,5,23 * * ? *)", "America/New_York", after);
    assert.equal(at("2025-03-07T12:00:00Z"), "2025-03-08T04:30:00.000Z");
    assert.equal(at("2025-03-08T04:30:00Z"), "2025-03-08T07:30:00.000Z");
    assert.equal(at("2025-03-08T12:00:00Z"), "2025-03-09T04:30:00.000Z");
    assert.equal(at("2025-03-09T04:30:00Z"), "2025-03-09T09:30:00.000Z");
  });

  it("come at each minute and hour of a list, but for those that clocks skip", () => {
    const list = "cron(0,30 1,2,3 * * ? *)";
    const times: (string | undefined)[] = ["2025-03-08T12:00:00Z"];
    while (times.length < 7) times.push(next(list, "America/New_York", times.at(-1) ?? ""));
    assert.deepEqual(times.slice(1), [
      "2025-03-09T06:00:00.000Z",
      "2025-03-09T06:30:00.000Z",
      "2025-03-09T07:00:00.000Z",
      "2025-03-09T07:30:00.000Z",
      "2025-03-10T05:00:00.000Z",
      "2025-03-10T05:30:00.000Z",
    ]);
  });

  for (const expression of [
    "cron(0 4 * * * *)",
    "cron(0 4 ? * ? *)",
    "cron(0 4 ? * 2 *)",
    "rate(1 day)",
    "0 4 * * *",
    "cron(0 4 * * ? 2025)",
  ]) {
    it(`are not guessed: ${expression}`, () => {
      assert.throws(() => next(expression, "UTC", "2025-02-17T00:00:00Z"), {
        name: "RangeError",
        message: `the rehearsal's scheduler does not know the expression "${expression}"`,
      });
    });
  }
});
