import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import { dueTime } from "../../contract/schedule";
import { minuteOfDay } from "../../contract/timeOfDay";
import { WEEKDAYS } from "../../contract/transferSchedule";
import type { LoadedTable, Settings } from "../../settings";
import type { Clouds } from "../clouds";
import { configName, type ScriptTables } from "../databases/scriptTables";
import { loadsInto } from "../google/project";
import { nextTransferTime } from "../google/transferSchedules";
import type { DayResult, TableResult, TableState, ViewResult } from "../report";
import { truthOf } from "../sources";
import { DAY, shiftDate } from "./dates";
import type { Diary } from "./diary";
import { toldSince } from "./told";

/** A day whose tables are looked at. */
interface Day {
  /** Local date of the load. */
  readonly date: string;
  /** When they are looked at. */
  readonly morning: Date;
}

interface Destination {
  readonly dataset: string;
  readonly table: string;
}

/** Compares BigQuery's tables with Aurora's, and says what became of a day. */
export class Judge {
  constructor(
    private readonly options: { readonly spotRuns: number; readonly script?: ScriptTables },
    private readonly settings: Settings,
    private readonly clouds: Clouds,
    private readonly diary: Diary,
  ) {}

  async judge(day: Day): Promise<DayResult> {
    const since = day.morning.getTime() - DAY;
    const spot = this.options.spotRuns > 0;
    const runs = this.clouds.transfers.runs.filter((it) => it.runTime.getTime() > since || spot);
    const tables: TableResult[] = [];
    for (const database of this.settings.databases) {
      for (const table of database.tables) {
        const destination = { dataset: database.dataset, table: table.destination };
        const due = spot ? table.enabled !== false : this.isDue(table, destination, day);
        const result = await this.judgeTable(database.name, table, destination, due);
        const view = result.loadedAt && (await this.judgeView(database, table));
        tables.push({ ...result, ...(view && { view }) });
      }
    }
    return {
      date: day.date,
      tables: [...tables, ...this.leftOut()],
      exportTasks: this.clouds.rds.tasks
        .filter((it) => it.startTime.getTime() > since)
        .map(({ identifier: taskId, status }) => ({ id: taskId, status })),
      bytes: runs.reduce((sum, it) => sum + it.bytes, 0),
      told: toldSince(since, this.settings, this.clouds),
    };
  }

  private leftOut(): TableResult[] {
    const { leftOut = [] } = this.options.script ?? {};
    return leftOut.map(({ source, remark }) => {
      const aurora = truthOf(this.diary.truth, this.settings.aurora.engine, source);
      const table = configName(source);
      return { database: source.database, table, state: "left out", aurora, remark };
    });
  }

  /** True if the table had to be loaded since the morning before: by its transfer's schedule, or by the gate. */
  private isDue(
    { enabled = true, days }: LoadedTable,
    destination: Destination,
    { date, morning }: Day,
  ): boolean {
    const { schedule } = this.settings;
    if (schedule.load === ON_EXPORT_COMPLETE) {
      const exported = shiftDate(date, exportIsDayBefore(schedule) ? -1 : 0);
      const weekday = WEEKDAYS[(new Date(`${exported}T00:00:00Z`).getUTCDay() + 6) % 7];
      return schedule.enabled && enabled && (days === undefined || days.some((day) => day === weekday));
    }
    const config = this.clouds.project.transfers.find((it) => loadsInto(it, destination));
    if (config === undefined || !enabled || !config.automatic) return false;
    return nextTransferTime(config.schedule, new Date(morning.getTime() - DAY)) <= morning;
  }

  private async judgeTable(
    database: string,
    table: LoadedTable,
    destination: Destination,
    due: boolean,
  ): Promise<TableResult> {
    const { engine } = this.settings.aurora;
    const aurora = truthOf(this.diary.truth, engine, table.source);
    const bigQuery = await this.clouds.bigQuery.fingerprint(destination.dataset, destination.table);
    const { lastModified } = await this.clouds.bigQuery.describe(destination.dataset, destination.table);
    const same = (other?: { rows: number; checksum: string }) =>
      other !== undefined &&
      other.rows === bigQuery.rows &&
      (other.rows === 0 || other.checksum === bigQuery.checksum);
    const state = (): TableState => {
      if (!due) return "not due";
      if (same(aurora)) return "equal";
      if (lastModified === undefined) return "missing";
      return this.diary.before.some((truth) => same(truthOf(truth, engine, table.source)))
        ? "stale"
        : "wrong";
    };
    const found = state();
    const remark = this.remark(table.name, destination, found);
    return {
      database,
      table: table.name,
      destination: `${destination.dataset}.${destination.table}`,
      state: found,
      ...(remark !== undefined && { remark }),
      aurora,
      bigQuery: lastModified === undefined && bigQuery.rows === 0 ? undefined : bigQuery,
      loadedAt: lastModified,
    };
  }

  /** Looks at a table's typed view; undefined where the stack has none. */
  private async judgeView(
    { viewsDataset }: Settings["databases"][number],
    { destination, mask }: LoadedTable,
  ): Promise<ViewResult | undefined> {
    if (viewsDataset === undefined) return undefined;
    const name = `${viewsDataset}.${destination}`;
    try {
      const tally = await this.clouds.bigQuery.views.tally(viewsDataset, destination, mask);
      if (tally === undefined) return { name, problem: `there is no view ${name}` };
      const { bare, ...counts } = tally;
      if (bare.length === 0) return { name, ...counts };
      return { name, ...counts, problem: `the view ${name} shows what is masked: ${bare.join(", ")}` };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { name, problem: `the view ${name} cannot be asked: ${message}` };
    }
  }

  /** What a reader has to know of a table: of a script's, what became of it, and of one that is not right, its last run. */
  private remark(name: string, destination: Destination, state: TableState): string | undefined {
    const { remark } = this.options.script?.taken.find((it) => it.name === name) ?? {};
    if (state === "equal" || state === "not due") return remark;
    const run = this.clouds.transfers.runs.findLast(({ config }) => loadsInto(config, destination));
    const texts = [remark, run?.message].filter((it) => it !== undefined && it !== "");
    return texts.length === 0 ? undefined : texts.join("; ");
  }
}

function exportIsDayBefore(schedule: Settings["schedule"]): boolean {
  return minuteOfDay(schedule.exportTime) >= minuteOfDay(dueTime(schedule));
}
