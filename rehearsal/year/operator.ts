import { taskId } from "../../contract/taskId";
import type { Report } from "../../functions/reports/report";
import { type Advice, adviceOf, adviceOfError, type Command, isNothing } from "./advice";
import type { YearCloud } from "./cloud";
import { between, type Dice, pick } from "./dice";
import { checkFault } from "./functionHost";
import type { YearStack } from "./stack";

/** Local minutes between which somebody reads e-mail. */
const WORKING = { from: 9 * 60, until: 18 * 60 };
/** Minutes from reading to doing. */
const REACTION = { least: 10, most: 120 };
/** How often somebody does the same twice, and within how many minutes. */
const TWICE = { chance: 0.2, least: 0, most: 20 };
/** How often somebody empties a table that is empty in Aurora, as the runbook says. */
const EMPTIES = 0.5;
/** Minutes until somebody tries again what was to be tried later, and how often. */
const LATER = 60;
const ATTEMPTS = 6;
/** Exports that somebody makes in a day because reports say so. */
const EXPORTS_A_DAY = 2;
/** How often somebody loads the export that there is, in place of paying for another. */
const LOADS_THE_OTHER = 0.5;
const PLACEHOLDER = "<name>";

/** The person who reads the reports, and does what they say and nothing else, in working hours of the same day. */
export class Operator {
  private count = 0;
  /** What is still to be done. */
  private pending = 0;
  private lastDone = Number.NEGATIVE_INFINITY;
  private lastTrouble = Number.NEGATIVE_INFINITY;
  /** Exports made, by the day. */
  private readonly exports = new Map<number, number>();

  constructor(
    private readonly cloud: YearCloud,
    private readonly stack: YearStack,
    private readonly invoke: (command: Command) => Promise<unknown>,
  ) {}

  hear(report: Report): void {
    const { clock, year } = this.cloud;
    const { calendar } = year;
    const now = clock.now();
    if (report.severity === "problem") this.lastTrouble = now.getTime();
    const advice = adviceOf(report.text, this.stack.gate.exporterName);
    if (isNothing(advice)) return;
    const throwOf = year.dice("operator", ++this.count, now.getTime());
    const read = Math.max(calendar.minuteOf(now), WORKING.from, advice.notBefore ?? 0);
    const minute = read + between(throwOf, REACTION.least, REACTION.most);
    if (minute > WORKING.until) {
      // On the next day there is a newer export: nobody does it, and it is not over.
      this.lastTrouble = now.getTime();
      return;
    }
    const time = calendar.minute(calendar.dayOf(now), minute);
    this.arrange(time, () => this.follow(advice, report, throwOf));
    if (throwOf() >= TWICE.chance) return;
    const again = new Date(time.getTime() + between(throwOf, TWICE.least, TWICE.most) * 60_000);
    this.arrange(again, () => this.follow(advice, report, throwOf));
  }

  /** True if all was done that the reports said, before an instant, and no trouble was told since. */
  hasFollowed(from: Date, until: Date): boolean {
    const isOver = this.pending === 0 && this.lastTrouble < this.lastDone;
    return isOver && this.lastDone >= from.getTime() && this.lastDone <= until.getTime();
  }

  private arrange(time: Date, action: () => Promise<unknown>): void {
    this.pending++;
    this.cloud.clock.at(time, async () => {
      this.pending--;
      await action();
    });
  }

  private async follow(advice: Advice, report: Report, throwOf: Dice): Promise<void> {
    const { clock, transfers } = this.cloud;
    const refused: Command[] = [];
    for (const command of advice.commands) if (!(await this.run(command))) refused.push(command);
    // An export that gives way to a newer one is no reason to empty anything.
    if (refused.length > 0) return;
    if (advice.alternatives.length > 0 && this.exportsOnceMore()) {
      await this.run(pick(throwOf, advice.alternatives));
    }
    if (advice.runTime !== undefined && advice.runTime <= clock.now()) {
      for (const config of this.stack.configs) transfers.start(config, advice.runTime, "manual");
      this.lastDone = clock.now().getTime();
    }
    if (advice.emptiesTables) this.emptyTables(report);
  }

  /** True as long as it is not too often: what an export does not mend, the next one will not. */
  private exportsOnceMore(): boolean {
    const day = this.cloud.today();
    const before = this.exports.get(day) ?? 0;
    this.exports.set(day, before + 1);
    if (before >= EXPORTS_A_DAY) this.lastTrouble = this.cloud.clock.now().getTime();
    return before < EXPORTS_A_DAY;
  }

  /** Runs a command, and does what its error says where it fails. @returns true if it was done at once */
  async run(command: Command, attempt = 1): Promise<boolean> {
    const { cloud } = this;
    const { functionName, payload } = command;
    if (String(payload.snapshotArn ?? "").endsWith(PLACEHOLDER)) {
      this.pending++;
      cloud.snapshotByHand(async ({ arn: snapshotArn }) => {
        this.pending--;
        await this.run({ functionName, payload: { ...payload, snapshotArn } });
      });
      return true;
    }
    try {
      await this.invoke(command);
      this.lastDone = cloud.clock.now().getTime();
      return true;
    } catch (error) {
      checkFault(error);
      return this.goOn(command, attempt, error instanceof Error ? error.message : String(error));
    }
  }

  private async goOn(command: Command, attempt: number, message: string): Promise<boolean> {
    const { clock, year } = this.cloud;
    const now = clock.now();
    const { later, slot, command: other } = adviceOfError(message);
    if (slot !== undefined && year.dice("which export", now.getTime())() < LOADS_THE_OTHER) {
      return this.run({ functionName: this.stack.gateName, payload: { slot } });
    }
    const isSame = JSON.stringify(other) === JSON.stringify(command);
    if (other !== undefined && !isSame) {
      if (attempt > ATTEMPTS) throw new RangeError(`these commands lead in a circle: ${message}`);
      return this.run(other, attempt + 1);
    }
    if ((later || isSame) && attempt < ATTEMPTS) {
      this.arrange(new Date(now.getTime() + LATER * 60_000), () => this.run(command, attempt + 1));
      return false;
    }
    // The function has told this person why it cannot be done.
    this.lastTrouble = now.getTime();
    return false;
  }

  private emptyTables({ text, slot }: Report): void {
    if (slot === undefined) return;
    const throwOf = this.cloud.year.dice("empties", this.cloud.today());
    if (throwOf() >= EMPTIES) return;
    for (const { target } of this.stack.tables) {
      if (text.includes(`${target}: without a row`))
        this.cloud.empty(target, taskId(this.stack.folders.prefix, slot));
    }
  }
}
