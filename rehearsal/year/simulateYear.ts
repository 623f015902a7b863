import { minuteOfDay } from "../../contract/timeOfDay";
import { Calendar } from "./calendar";
import { type Design, YearCloud } from "./cloud";
import { type DayPlan, dayWith, planDay, YEAR_FAULT_NAMES, type YearFault } from "./faults";
import { OriginalStack } from "./original";
import { type Logic, OurStack } from "./ours";
import { type Mode, settingsIn, type YearStack, yearStack } from "./stack";
import { type DesignCounts, NO_DAYS } from "./tally";
import { Year } from "./year";

/** The designs that live through the year, ours first: the original as published, and with its date corrected. */
export const DESIGNS = ["schedule", "completion", "original", "correctedOriginal"] as const;
export type DesignName = (typeof DESIGNS)[number];

/** Both modes of one stack. */
export type YearStacks = Readonly<Record<Mode, YearStack>>;

/** A year of one seed. */
export interface YearReport {
  readonly stack: string;
  readonly seed: number;
  /** Local date of the first day. */
  readonly firstDate: string;
  readonly days: number;
  readonly tables: number;
  /** Days on which each fault came. */
  readonly faults: Readonly<Record<YearFault, number>>;
  readonly designs: Readonly<Record<DesignName, DesignCounts>>;
  /** True if no table of ours was ever partial, mixed, or stale with nobody told. */
  readonly ok: boolean;
}

export interface YearOptions {
  readonly seed: number;
  readonly days?: number;
  readonly firstDate?: string;
  /** Plans a day in place of the seed's dice. */
  readonly faultsOf?: (day: number) => readonly YearFault[];
  /** The functions in place of the project's own. */
  readonly logic?: Logic;
  /** The designs to live through; all where left out. */
  readonly designs?: readonly DesignName[];
}

export const YEAR_DAYS = 365;
export const FIRST_DATE = "2025-01-01";
export const OURS = ["schedule", "completion"] as const satisfies readonly DesignName[];

/** Both modes of a stack, from its file. @throws what `settingsIn` throws */
export function readYearStacks(projectFolder: string, stackName: string): YearStacks {
  return {
    schedule: yearStack(settingsIn(projectFolder, stackName, "schedule")),
    completion: yearStack(settingsIn(projectFolder, stackName, "completion")),
  };
}

const NO_COUNTS: DesignCounts = {
  days: NO_DAYS,
  sideBySide: 0,
  followed: { days: 0, right: 0 },
  examples: [],
};

/** True if no table was ever partial, mixed, of an older snapshot than before, or stale with nobody told. */
export function isClean({ days }: DesignCounts): boolean {
  return days.partial + days.mixed + days.older + days.falselyWhole + days.staleUntold === 0;
}

/** Lives through a year of one seed, with each design by itself. The same seed gives the same report. */
export async function simulateYear(stacks: YearStacks, options: YearOptions): Promise<YearReport> {
  const { seed, days = YEAR_DAYS, firstDate = FIRST_DATE, faultsOf, logic } = options;
  const { settings, tables } = stacks.schedule;
  const exportMinute = minuteOfDay(settings.schedule.exportTime);
  const borders = [stacks.schedule, stacks.completion].map(
    ({ awaitedMinute }) => awaitedMinute - exportMinute,
  );
  const plans = new Map<number, DayPlan>();
  const planOf = (day: number): DayPlan => {
    const plan =
      plans.get(day) ??
      (day < 0 || day >= days
        ? dayWith(seed, day, [], borders)
        : faultsOf === undefined
          ? planDay(seed, day, borders)
          : dayWith(seed, day, faultsOf(day), borders));
    plans.set(day, plan);
    return plan;
  };
  const calendar = new Calendar(firstDate, settings.schedule.pathOffsetMinutes);
  const year = new Year(seed, calendar, tables, planOf);
  const makers: Record<DesignName, (cloud: YearCloud) => Design> = {
    schedule: (cloud) => new OurStack(stacks.schedule, cloud, logic),
    completion: (cloud) => new OurStack(stacks.completion, cloud, logic),
    original: (cloud) => new OriginalStack(stacks.schedule, cloud, "published"),
    correctedOriginal: (cloud) => new OriginalStack(stacks.schedule, cloud, "corrected"),
  };
  const designs = Object.fromEntries(DESIGNS.map((name) => [name, NO_COUNTS])) as Record<
    DesignName,
    DesignCounts
  >;
  for (const name of options.designs ?? DESIGNS) {
    const cloud = new YearCloud(
      year,
      stacks.schedule.place,
      settings.schedule.exportTime,
      settings.retentionDays,
    );
    designs[name] = await cloud.live(makers[name](cloud), days);
  }
  const drawn = Array.from({ length: days }, (_, day) => planOf(day).faults);
  const faults = Object.fromEntries(
    YEAR_FAULT_NAMES.map((name) => [name, drawn.filter((it) => it.has(name)).length]),
  ) as Record<YearFault, number>;
  const ok = OURS.every((name) => isClean(designs[name]));
  return { stack: settings.environment, seed, firstDate, days, tables: tables.length, faults, designs, ok };
}
