import { wallClockAt } from "../../contract/slot";
import type { SlotZone } from "../../contract/timeZone";

/** An instant as clocks in a time zone show it: `2025-02-18 04:26`. */
export function localTime(instant: Date | string, timeZone: SlotZone): string {
  const wallClock = new Date(wallClockAt(new Date(instant), timeZone));
  return wallClock.toISOString().slice(0, 16).replace("T", " ");
}
