import type { SourceTable } from "../../contract/layout";
import type { Calendar } from "./calendar";
import { type Dice, dice, pick, wholeBetween } from "./dice";
import type { DayPlan, YearFault } from "./faults";

/** A table of the stack, with where it goes. */
export interface YearTable {
  readonly source: SourceTable;
  /** Its folder in an export: `shop/shop.users`. */
  readonly folder: string;
  /** `prod_shop.users`. */
  readonly target: string;
}

/** What Aurora holds of a table on a day. */
export type AuroraState = "rows" | "empty" | "dropped";

const FILES = { least: 2, most: 3 };
/** Days between which one table is partitioned, and so gets a second batch folder. */
const PARTITIONED = { from: 30, until: 300 };

/** Everything that happens of itself in a year: each design lives through the same. */
export class Year {
  private readonly partitionedFrom: number;
  private readonly partitioned: string;

  constructor(
    readonly seed: number,
    readonly calendar: Calendar,
    readonly tables: readonly YearTable[],
    private readonly plans: (day: number) => DayPlan,
  ) {
    const throwOf = this.dice("partitioned");
    this.partitioned = pick(throwOf, tables).folder;
    this.partitionedFrom = wholeBetween(throwOf, PARTITIONED.from, PARTITIONED.until);
  }

  dice(...purpose: readonly (string | number)[]): Dice {
    return dice(this.seed, ...purpose);
  }

  plan(day: number): DayPlan {
    return this.plans(day);
  }

  has(day: number, fault: YearFault): boolean {
    return this.plans(day).faults.has(fault);
  }

  /** The table that a fault of a day is about. */
  tableOf(day: number, fault: YearFault): YearTable {
    return pick(this.dice(day, fault, "table"), this.tables);
  }

  /** What Aurora holds of a table. */
  stateOf(day: number, { folder }: YearTable): AuroraState {
    if (this.has(day, "droppedTable") && this.tableOf(day, "droppedTable").folder === folder)
      return "dropped";
    if (this.has(day, "emptyTable") && this.tableOf(day, "emptyTable").folder === folder) return "empty";
    return "rows";
  }

  /** Parquet files of a table in each of its batch folders: `{ "1": 3 }`. */
  filesOf(day: number, { folder }: YearTable): Readonly<Record<string, number>> {
    const files = wholeBetween(this.dice(folder, "files"), FILES.least, FILES.most);
    return folder === this.partitioned && day >= this.partitionedFrom ? { 1: files, 2: files } : { 1: files };
  }
}
