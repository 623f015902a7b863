import {
  DESIGNS,
  type DesignName,
  readYearStacks,
  simulateYear,
  YEAR_DAYS,
} from "../rehearsal/year/simulateYear";
import { FINDINGS, type Finding, NO_DAYS } from "../rehearsal/year/tally";
import { type Spread, spread } from "./statistics";

/** A seed in whose year a table of ours was partial, mixed, called whole though it was not, or stale with nobody told. */
export interface FailedSeed {
  readonly seed: number;
  readonly examples: readonly string[];
}

export interface YearMeasurements {
  readonly seeds: number;
  /** Days of each year. */
  readonly days: number;
  readonly failed: readonly FailedSeed[];
  /** Days of all years together, by what was found. */
  readonly found: Readonly<Record<DesignName, Readonly<Record<Finding, number>>>>;
  /** Days of one design that are walked through in a second, by the seed. */
  readonly daysPerSecond: Spread;
}

/**
 * Walks through the years of the seeds from 1, with both modes and the original design.
 * @param projectFolder where the stack file lies
 * @param days of each year
 */
export async function measureYears(
  projectFolder: string,
  stack: string,
  seeds: number,
  signal: AbortSignal,
  onProgress: (text: string) => void = () => {},
  days: number = YEAR_DAYS,
): Promise<YearMeasurements> {
  const stacks = readYearStacks(projectFolder, stack);
  const found = Object.fromEntries(DESIGNS.map((name) => [name, { ...NO_DAYS }])) as Record<
    DesignName,
    Record<Finding, number>
  >;
  const failed: FailedSeed[] = [];
  const daysPerSecond: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    signal.throwIfAborted();
    const begin = performance.now();
    const { designs, ok } = await simulateYear(stacks, { seed, days });
    daysPerSecond.push((DESIGNS.length * days * 1000) / (performance.now() - begin));
    for (const name of DESIGNS)
      for (const finding of FINDINGS) found[name][finding] += designs[name].days[finding];
    if (!ok) failed.push({ seed, examples: [...designs.schedule.examples, ...designs.completion.examples] });
    if (seed % 10 === 0) onProgress(`${seed} of ${seeds}`);
    // Lets an interruption come through: the year itself never waits for anything.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { seeds, days, failed, found, daysPerSecond: spread(daysPerSecond) };
}
