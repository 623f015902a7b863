import type { Expected, Warehouse } from "./warehouse";
import type { Year, YearTable } from "./year";

/** What a person who looks at a table on a day finds. */
export const FINDINGS = [
  "partial",
  "mixed",
  "older",
  "falselyWhole",
  "staleUntold",
  "staleTold",
  "right",
] as const;
export type Finding = (typeof FINDINGS)[number];

/** No day with any finding. */
export const NO_DAYS = Object.freeze(
  Object.fromEntries(FINDINGS.map((finding) => [finding, 0])) as Record<Finding, number>,
);

/** Whether somebody was told of trouble with a table. */
export interface Knowledge {
  isTold(table: YearTable, day: number): boolean;
  /** True for rows of a snapshot that a person has asked for in the place of newer ones. */
  isWanted(version: number): boolean;
  /** True if somebody did all that reports said in this time, and no trouble was told since. */
  hasFollowed(from: Date, until: Date): boolean;
}

/** Days of a year by what was found, for one design. */
export interface DesignCounts {
  /** Days on which some table was so; for `right`, days on which all were. */
  readonly days: Readonly<Record<Finding, number>>;
  /** Days on which right tables and stale ones of which nobody was told stood side by side. */
  readonly sideBySide: number;
  /** Days on which somebody did all that the reports said, and those of them on which that put every table right. */
  readonly followed: { readonly days: number; readonly right: number };
  /** First tables that were partial, mixed, or stale with nobody told. */
  readonly examples: readonly string[];
}

/** Local minutes by which somebody has done what the reports said, and at which it must have helped. */
export const FOLLOWED = { by: 21 * 60, lookedAt: 23 * 60 };

const EXAMPLES = 10;
const SILENT: readonly Finding[] = ["partial", "mixed", "older", "falselyWhole", "staleUntold"];

/** Counts the days of one design. */
export class Tally {
  private readonly found = new Map<number, Map<Finding, Set<string>>>();
  private readonly followed = { days: 0, right: 0 };

  constructor(
    private readonly year: Year,
    private readonly warehouse: Warehouse,
    private readonly knowledge: Knowledge,
  ) {}

  /** What a table should hold on a day: the rows of that night's snapshot. */
  private expected(table: YearTable, day: number): Expected {
    const version = this.year.calendar.minute(day, 0).getTime();
    return { state: this.year.stateOf(day, table), version };
  }

  private note(day: number, finding: Finding, table: YearTable): void {
    const findings = this.found.get(day) ?? new Map<Finding, Set<string>>();
    this.found.set(day, findings);
    findings.set(finding, (findings.get(finding) ?? new Set()).add(table.target));
  }

  private findingOf(table: YearTable, day: number): Finding {
    const verdict = this.warehouse.verdict(table.target, this.expected(table, day));
    if (verdict !== "stale") return verdict;
    return this.isWanted(table) || this.knowledge.isTold(table, day) ? "staleTold" : "staleUntold";
  }

  private isWanted({ target }: YearTable): boolean {
    const version = this.warehouse.versionOf(target);
    return version !== undefined && this.knowledge.isWanted(version);
  }

  /**
   * Changes a table, and looks at it at once: half a table for an hour is half a table on that day. One that was right
   * when the day was judged, and gets older rows then, is stale.
   * @param judged true once the day was judged: before, its rows are not due
   */
  change(target: string, day: number, judged: boolean, apply: () => void): void {
    const table = this.year.tables.find((it) => it.target === target);
    if (table === undefined) throw new RangeError(`${target} is no table of the stack`);
    const wasRight = judged && this.findingOf(table, day) === "right";
    const before = this.warehouse.versionOf(target);
    apply();
    const finding = this.findingOf(table, day);
    const after = this.warehouse.versionOf(target);
    const isOlder = before !== undefined && after !== undefined && after < before;
    if (isOlder && !this.isWanted(table)) this.note(day, "older", table);
    if (finding === "partial" || finding === "mixed" || wasRight) this.note(day, finding, table);
  }

  /** Looks at a table of which somebody says that it is a whole copy of an export. */
  callWhole(target: string, day: number, taskId: string): void {
    const table = this.year.tables.find((it) => it.target === target);
    if (table === undefined) throw new RangeError(`${target} is no table of the stack`);
    if (!this.warehouse.isCopyOf(target, taskId)) this.note(day, "falselyWhole", table);
  }

  /** Looks at all tables, once a day. */
  lookAtAll(day: number): void {
    for (const table of this.year.tables) this.note(day, this.findingOf(table, day), table);
  }

  /** Looks in the evening whether it helped to do what the reports said: a table that Aurora has not cannot be put right. */
  lookAtFollowed(day: number): void {
    const { calendar, tables } = this.year;
    if (!this.knowledge.hasFollowed(calendar.minute(day, 0), calendar.minute(day, FOLLOWED.by))) return;
    this.followed.days++;
    const isRight = (table: YearTable) =>
      this.year.stateOf(day, table) !== "rows" ||
      this.findingOf(table, day) === "right" ||
      this.isWanted(table);
    if (tables.every(isRight)) this.followed.right++;
  }

  counts(days: number): DesignCounts {
    const counts: Record<Finding, number> = { ...NO_DAYS };
    let sideBySide = 0;
    const examples: string[] = [];
    for (let day = 0; day < days; day++) {
      const findings: ReadonlyMap<Finding, ReadonlySet<string>> = this.found.get(day) ?? new Map();
      for (const finding of FINDINGS) {
        if (finding === "right" ? isOnly(findings, finding) : findings.has(finding)) counts[finding]++;
      }
      if (findings.has("right") && findings.has("staleUntold")) sideBySide++;
      for (const finding of SILENT) {
        for (const target of findings.get(finding) ?? []) {
          if (examples.length < EXAMPLES)
            examples.push(`${this.year.calendar.dateOf(day)} ${target}: ${finding}`);
        }
      }
    }
    return { days: counts, sideBySide, followed: { ...this.followed }, examples };
  }
}

function isOnly(findings: ReadonlyMap<Finding, unknown>, finding: Finding): boolean {
  return findings.size === 1 && findings.has(finding);
}
