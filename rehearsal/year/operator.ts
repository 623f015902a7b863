import type { Slot } from "../../contract/slot";
import { SnapshotAlreadyExportedError } from "../../functions/exporter/errors";
import type { Report, ReportKind } from "../../functions/gate/ports";
import { runTimeOf } from "../../functions/gate/stack";
import type { YearCloud } from "./cloud";
import { between, type Dice } from "./dice";
import { checkFault } from "./functionHost";
import type { YearStack } from "./stack";

/** What a person can invoke, and wait for. */
export interface Commands {
  export(payload: object): Promise<unknown>;
  gate(payload: object): Promise<unknown>;
}

/** Local minutes between which somebody reads e-mail. */
const WORKING = { from: 9 * 60, until: 18 * 60 };
/** Minutes from reading to doing. */
const REACTION = { least: 10, most: 120 };
/** How often somebody does the same twice, and within how many minutes. */
const TWICE = { chance: 0.2, least: 0, most: 20 };
/** How often somebody empties a table that is empty in Aurora, as the runbook says. */
const EMPTIES = 0.5;

/** Reports that say to export again, and those that say to load what is there. */
const EXPORT_AGAIN: readonly ReportKind[] = ["failed", "canceled", "unreadable"];
const LOAD: readonly ReportKind[] = ["tooLate", "notLoaded"];

/** The person who reads the reports, and does what they say, in working hours of the same day. */
export class Operator {
  private count = 0;

  constructor(
    private readonly cloud: YearCloud,
    private readonly stack: YearStack,
    private readonly commands: Commands,
  ) {}

  hear(report: Report): void {
    const { slot } = report;
    const action = slot && this.actionFor(report, slot);
    if (action === undefined) return;
    const { clock, year } = this.cloud;
    const { calendar } = year;
    const now = clock.now();
    const throwOf = year.dice("operator", ++this.count, now.getTime());
    const read = Math.max(calendar.minuteOf(now), WORKING.from);
    const minute = read + between(throwOf, REACTION.least, REACTION.most);
    // On the next day there is a newer export.
    if (minute > WORKING.until) return;
    const time = calendar.minute(calendar.dayOf(now), minute);
    clock.at(time, action);
    if (throwOf() >= TWICE.chance) return;
    clock.at(new Date(time.getTime() + between(throwOf, TWICE.least, TWICE.most) * 60_000), action);
  }

  private actionFor({ kind, text }: Report, slot: Slot): (() => Promise<void>) | undefined {
    if (EXPORT_AGAIN.includes(kind)) return () => this.export({});
    if (kind === "late" && text.includes("There is no export")) return () => this.export({});
    if (LOAD.includes(kind)) return () => this.load(slot);
    if (kind === "completed" && text.includes("No clock loads it")) return () => this.load(slot);
    if (kind === "completed" && text.includes("Empty a table")) return () => this.emptyTables(text);
    return undefined;
  }

  /** Exports by hand; what the exporter refuses for its price is asked for once more. */
  async export(payload: object): Promise<void> {
    try {
      await this.commands.export(payload);
    } catch (error) {
      checkFault(error);
      if (error instanceof SnapshotAlreadyExportedError) await this.export({ ...payload, exportAgain: true });
    }
  }

  /** Has an export opened, and loads it: by the gate where it can, or else transfer by transfer. */
  private async load(slot: Slot): Promise<void> {
    const { transfers } = this.cloud;
    try {
      await this.commands.gate({ slot });
    } catch (error) {
      // The gate has told this person why.
      checkFault(error);
      return;
    }
    if (this.stack.gate.federation !== undefined) return;
    const runTime = runTimeOf(this.stack.gate, slot);
    for (const config of this.stack.configs) transfers.start(config, runTime, "manual");
  }

  private async emptyTables(text: string): Promise<void> {
    const throwOf: Dice = this.cloud.year.dice("empties", this.cloud.today());
    if (throwOf() >= EMPTIES) return;
    for (const { target } of this.stack.tables) {
      if (text.includes(`${target}: without a row`)) this.cloud.empty(target);
    }
  }
}
