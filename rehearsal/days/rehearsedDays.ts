import { dueTime } from "../../contract/schedule";
import { FOLLOWED_HOURS } from "../../functions/loader/follow/endOfLoad";
import type { Settings } from "../../settings";
import type { Clouds } from "../clouds";
import type { ScriptTables } from "../databases/scriptTables";
import type { SourceDatabase } from "../databases/sourceDatabase";
import { type Fault, FOLLOWED_FAULTS, FOUND_AT_LAST, FOUND_LATER } from "../faults";
import type { Evaluation } from "../program/evaluation";
import type { StackConfig } from "../program/stackFile";
import { type DayResult, isDue, type RehearsalReport } from "../report";
import type { Moment } from "../timeline";
import { alterationOf, bringAbout } from "./bringAbout";
import { DAY, localInstant, shiftDate, shiftInstant } from "./dates";
import { Diary } from "./diary";
import { Judge } from "./judge";
import { Operator, UNTIL_NEXT_LOOK } from "./operator";
import { toldSince } from "./told";

/** Minutes after the load, or the deadline, at which the morning is judged: when BigQuery's own check is through. */
const JUDGED_AFTER_DUE = 75;
/** Minutes in which the loader has looked at a load for the last time. */
const UNTIL_LAST_LOOK = FOLLOWED_HOURS * 60;

/** What to rehearse, and who is told. */
export interface RehearsalOptions {
  readonly projectFolder: string;
  readonly stack: StackConfig;
  /** The databases that play Aurora's part; closed by whoever opened them. */
  readonly sources: readonly SourceDatabase[];
  /** What became of the tables of a person's own script, where the databases are made of one. */
  readonly script?: ScriptTables;
  readonly days: number;
  /** Local date of the first load, `YYYY-MM-DD`. */
  readonly date: string;
  readonly fault?: Fault;
  /** Spot runs by hand on the last day, one after the other: export, and load when that is finished. */
  readonly spotRuns: number;
  /** Port for the local AWS endpoint; 0 is any free one. */
  readonly port: number;
  /** Told of each moment as it happens. */
  readonly onMoment?: (moment: Moment) => void;
  /** Told of each day when it has been judged. */
  readonly onDay?: (day: DayResult) => void;
  /** An evaluation of the stack that was made before; the program is run where there is none. */
  readonly evaluation?: Evaluation;
  readonly signal?: AbortSignal;
  /** What becomes of the clouds when the days are over, before they end. @default nothing */
  readonly afterwards?: (clouds: Clouds) => Promise<void>;
}

/** Two clouds, some days, and what became of every table. */
export class RehearsedDays {
  private readonly days: DayResult[] = [];
  private readonly diary: Diary;
  private readonly operator: Operator;
  private readonly judge: Judge;

  constructor(
    private readonly options: RehearsalOptions,
    private readonly settings: Settings,
    private readonly clouds: Clouds,
  ) {
    this.diary = new Diary(options.sources, settings, clouds, options.signal);
    this.operator = new Operator(settings, clouds, this.diary);
    this.judge = new Judge(options, settings, clouds, this.diary);
  }

  /** Lives through all days and judges each morning. */
  async live(): Promise<void> {
    const { days, fault } = this.options;
    this.diary.arrange();
    this.diary.alteration = alterationOf(fault, "before", this.settings);
    for (let day = 0; day < days; day++) {
      const date = shiftDate(this.options.date, day);
      const due = localInstant(date, dueTime(this.settings.schedule), this.settings.schedule.timeZone);
      const morning = shiftInstant(due, JUDGED_AFTER_DUE);
      if (day === days - 1) await this.lastDay(due, morning);
      else await this.diary.runUntil(morning);
      const result = await this.judge.judge({ date, morning });
      this.days.push(result);
      this.options.onDay?.(result);
    }
  }

  /** A day with the fault, with what comes of it later, and with what people do. */
  private async lastDay(due: Date, morning: Date): Promise<void> {
    const { settings, clouds, diary, operator } = this;
    const { fault, spotRuns } = this.options;
    if (fault !== undefined) bringAbout(fault, { settings, clouds, diary, due });
    await diary.runUntil(morning);
    await diary.runMinutes(minutesLonger(fault));
    if (FOLLOWED_FAULTS.includes(fault ?? "")) {
      await operator.followReports(toldSince(morning.getTime() - DAY, settings, clouds));
    }
    for (let run = 0; run < spotRuns; run++) await operator.spotRun();
  }

  /** What became of everything, once the days are over. */
  result(): Omit<RehearsalReport, "resources" | "bigQueryFile" | "seconds"> {
    const { stack, fault, spotRuns } = this.options;
    const { lambda, cloudWatch, monitoring } = this.clouds;
    const services = [lambda, cloudWatch, monitoring];
    const views = this.days.flatMap(({ date, tables }) =>
      tables.flatMap(({ view }) => (view?.problem === undefined ? [] : `${date}: ${view.problem}`)),
    );
    const problems = [...new Set([...services.flatMap((it) => it.problems), ...views])];
    const table = this.days.at(-1)?.tables.find((it) => it.bigQuery !== undefined && it.bigQuery.rows > 0);
    const due = this.days.flatMap((day) => day.tables.filter((it) => isDue(it)));
    return {
      stack: stack.stack,
      timeZone: this.settings.schedule.timeZone,
      clockOff: !this.settings.schedule.enabled && spotRuns === 0,
      fault,
      days: this.days,
      timeline: this.clouds.timeline.moments,
      problems,
      ok: problems.length === 0 && due.every(({ state }) => state === "equal"),
      query: `FROM ${table?.destination ?? "information_schema.tables"} LIMIT 10`,
    };
  }
}

/** How much longer a day lasts than until it is judged, so that what is found late is found. */
function minutesLonger(fault = ""): number {
  if (FOUND_AT_LAST.includes(fault)) return UNTIL_LAST_LOOK;
  return FOUND_LATER.includes(fault) ? UNTIL_NEXT_LOOK : 0;
}
