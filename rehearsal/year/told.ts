import type { Slot } from "../../contract/slot";
import type { Report, ReportKind } from "../../functions/reports/report";
import type { YearTable } from "./year";

interface Heard {
  readonly report: Report;
  readonly day: number;
  readonly time: number;
}

/** Minutes after "the loads start" in which nobody wonders why the rows are still old. */
const LOADS_TAKE = 60;
const MINUTE = 60_000;
/** Reports that are about the tables that they name; any other is about all. */
const NAMES_TABLES: readonly ReportKind[] = ["completed", "notWhole"];
/** What the loader tells of loads, of whatever export. */
const LOADERS: readonly ReportKind[] = ["notLoaded", "notFollowed", "notWhole"];

/** What the gate's reports have told people, by the day that they are about. */
export class Told {
  private heard: Heard[] = [];

  /**
   * @param now the clock
   * @param dayOf the day of a slot
   * @param dailySlot the slot of a day's own export
   */
  constructor(
    private readonly now: () => Date,
    private readonly dayOf: (slot: Slot) => number,
    private readonly dailySlot: (day: number) => Slot,
  ) {}

  hear(report: Report): void {
    if (report.slot === undefined) return;
    const time = this.now().getTime();
    const day = this.dayOf(report.slot);
    this.heard = [...this.heard.filter((it) => it.day >= day - 2), { report, day, time }];
  }

  /** True if people were told that a table is in trouble that day, and not since that it is over. */
  isTold({ target }: YearTable, day: number): boolean {
    const own = this.dailySlot(day);
    // A load behind midnight gives the day's own export the date of the next day.
    const ofDay = this.heard.filter((it) => it.day === day || it.report.slot === own);
    return ofDay
      .filter(({ report }) => isTrouble(report, target, own))
      .some((trouble) => !ofDay.some((it) => it.time > trouble.time && this.ends(trouble, it)));
  }

  /** True for the news that loads start, if they have had the time and nothing else was heard of them. */
  private ends(_trouble: Heard, { report, time }: Heard): boolean {
    if (!announcesLoads(report) || time >= this.now().getTime() - LOADS_TAKE * MINUTE) return false;
    return !this.heard.some(
      (it) => it.report.slot === report.slot && it.report.severity === "problem" && it.time > time,
    );
  }
}

function isTrouble({ slot, severity, kind, text }: Report, target: string, own: Slot): boolean {
  // The day's own export, or the loads of one that was exported later and took its place.
  const isOfDay = slot === own || LOADERS.includes(kind);
  return isOfDay && severity === "problem" && (!NAMES_TABLES.includes(kind) || names(text, target));
}

/** True if a text names a table, and not just one whose name begins like it. */
function names(text: string, target: string): boolean {
  return text.split(/[^\w.-]+/).includes(target);
}

function announcesLoads({ kind, text, severity }: Report): boolean {
  return severity === "resolved" && (kind === "whole" || /\bstart in \d+ minutes\b/.test(text));
}
