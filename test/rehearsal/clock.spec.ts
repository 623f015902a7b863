import assert from "node:assert/strict";
import { VirtualClock } from "../../rehearsal/clock";

const at = (minute: number) => new Date(Date.UTC(2025, 1, 18, 0, minute));

describe("the virtual clock", () => {
  it("keeps appointments in the order of their times, and of their making where the times are equal", async () => {
    const clock = new VirtualClock(at(0));
    const kept: string[] = [];
    const note = (what: string) => () => {
      kept.push(`${what} ${clock.now().getUTCMinutes()}`);
    };
    clock.at(at(5), note("b"));
    clock.at(at(3), note("a"));
    clock.at(at(5), note("c"));
    clock.after(4, note("d"));
    await clock.runUntil(at(10));
    assert.deepEqual(kept, ["a 3", "d 4", "b 5", "c 5"]);
    assert.deepEqual(clock.now(), at(10));
  });

  it("leaves what is later for later, and keeps what is just now", async () => {
    const clock = new VirtualClock(at(0));
    const kept: number[] = [];
    for (const minute of [10, 11]) clock.at(at(minute), () => void kept.push(minute));
    await clock.runUntil(at(10));
    assert.deepEqual(kept, [10]);
    await clock.runUntil(at(20));
    assert.deepEqual(kept, [10, 11]);
  });

  it("keeps appointments that are made while it runs, and never goes back", async () => {
    const clock = new VirtualClock(at(0));
    const kept: number[] = [];
    clock.at(at(5), () => {
      clock.at(at(2), () => void kept.push(clock.now().getUTCMinutes()));
      clock.after(1, () => void kept.push(clock.now().getUTCMinutes()));
    });
    await clock.runUntil(at(10));
    assert.deepEqual(kept, [5, 6]);
  });

  it("repeats what is to be repeated until there is no next time", async () => {
    const clock = new VirtualClock(at(0));
    const kept: number[] = [];
    const next = (after: Date) => (after < at(6) ? new Date(after.getTime() + 2 * 60_000) : undefined);
    clock.every(next, () => void kept.push(clock.now().getUTCMinutes()));
    await clock.runUntil(at(30));
    assert.deepEqual(kept, [2, 4, 6]);
  });

  it("stops where it is told to between appointments", async () => {
    const clock = new VirtualClock(at(0));
    const kept: number[] = [];
    for (const minute of [1, 2]) clock.at(at(minute), () => void kept.push(minute));
    const stop = () => {
      if (kept.length === 1) throw new Error("stopped");
    };
    await assert.rejects(clock.runUntil(at(10), stop), { message: "stopped" });
    assert.deepEqual(kept, [1]);
  });
});
