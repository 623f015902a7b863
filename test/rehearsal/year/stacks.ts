import { resolve } from "node:path";
import { readYearStacks, type YearStacks } from "../../../rehearsal/year/simulateYear";

export const ROOT = resolve(__dirname, "..", "..", "..");

/** The shipped stack in both modes; read once. */
let shipped: YearStacks | undefined;
export function prodStacks(): YearStacks {
  shipped ??= readYearStacks(ROOT, "prod");
  return shipped;
}
