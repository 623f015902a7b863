import assert from "node:assert/strict";
import { parseSlot } from "../../../contract/slot";
import { FunctionError } from "../../../functions/errors";
import { VirtualClock } from "../../../rehearsal/clock";
import { Calendar } from "../../../rehearsal/year/calendar";
import type { YearFault } from "../../../rehearsal/year/faults";
import { YearLoadQueue } from "../../../rehearsal/year/loadQueue";
import { Year } from "../../../rehearsal/year/year";

const SLOT = parseSlot("2025010104");
const OTHER = parseSlot("2025010103");

/** A queue, and the minutes at which it delivered what, for the how many-eth time. */
function queueThat(fails: (body: string, receives: number) => boolean, ...faults: YearFault[]) {
  const calendar = new Calendar("2025-01-01", 540);
  const clock = new VirtualClock(calendar.minute(0, 0));
  const table = {
    source: { database: "shop", table: "users" },
    folder: "shop/shop.users",
    target: "shop.users",
  };
  const year = new Year(1, calendar, [table], () => ({ faults: new Set(faults), exportMinutes: 30 }));
  const delivered: string[] = [];
  const queue = new YearLoadQueue(year, clock, async (event) => {
    const [record] = (event as { Records: { body: string; attributes: Record<string, string> }[] }).Records;
    const { load } = JSON.parse(record?.body ?? "") as { load: string };
    const receives = Number(record?.attributes.ApproximateReceiveCount);
    delivered.push(`${calendar.minuteOf(clock.now())}: ${load} (${receives})`);
    if (fails(load, receives)) throw new FunctionError("AwsCallError", "no", true);
  });
  return { queue, clock, delivered, until: (minute: number) => clock.runUntil(calendar.minute(0, minute)) };
}

describe("the load queue of the year", () => {
  it("delivers after five minutes, once for each text within five minutes", async () => {
    const { queue, delivered, until } = queueThat(() => false);
    queue.send({ load: SLOT }, "a");
    queue.send({ load: SLOT }, "a");
    await until(5);
    queue.send({ load: SLOT }, "a");
    await until(60);
    assert.deepEqual(delivered, ["5: 2025010104 (1)", "10: 2025010104 (1)"]);
  });

  it("tries five times, 24 minutes apart, holding up what is behind, and then gives up", async () => {
    const { queue, delivered, until } = queueThat((load) => load === SLOT);
    queue.send({ load: SLOT }, "a");
    queue.send({ load: OTHER }, "b");
    await until(180);
    assert.deepEqual(delivered, [
      "5: 2025010104 (1)",
      "29: 2025010104 (2)",
      "53: 2025010104 (3)",
      "77: 2025010104 (4)",
      "101: 2025010104 (5)",
      "125: 2025010103 (1)",
    ]);
    assert.deepEqual(queue.deadLetters, ['{"load":"2025010104"}']);
  });

  it("delivers a message again where SQS loses its deletion", async () => {
    const { queue, delivered, until } = queueThat(() => false, "messageTwice");
    queue.send({ load: SLOT }, "a");
    await until(60);
    assert.deepEqual(delivered, ["5: 2025010104 (1)", "6: 2025010104 (2)"]);
  });

  it("lets faults of the simulation through", async () => {
    const { queue, until } = queueThat(() => {
      throw new TypeError("a slip");
    });
    queue.send({ load: SLOT }, "a");
    await assert.rejects(until(10), new TypeError("a slip"));
  });
});
