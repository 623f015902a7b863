import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import { LOOK_EVERY_HOURS } from "../../contract/gateClock";
import { exporterName, gateName } from "../../contract/names";
import { requestedRunTime, type Slot } from "../../contract/slot";
import { slotOfTaskId } from "../../contract/taskId";
import type { Settings } from "../../settings";
import type { ExportTask } from "../aws/rds";
import { isScript } from "../bigquery/viewMaker";
import type { Clouds } from "../clouds";
import type { TransferRun } from "../google/transferService";
import type { ToldMessage } from "../report";
import type { Diary } from "./diary";

/** Minutes from the end of a spot run's export until its loads are through: event, delay, runs. */
const SPOT_LOADS_TAKE = 15;
/** Minutes in which the gate's clock has come once more. */
export const UNTIL_NEXT_LOOK = LOOK_EVERY_HOURS * 60;

/** A command in a report that invokes a function, with the function's name and the payload. */
const INVOCATION = /aws lambda invoke .*--function-name (\S+) .*--payload '(.*)' /g;
/** What a report says where there is no loader, with the run time. */
const RUN_BY_HAND = /^Run each transfer by hand for the run time (\S+)/m;

/** Who does by hand what the runbook and the reports say. */
export class Operator {
  constructor(
    private readonly settings: Settings,
    private readonly clouds: Clouds,
    private readonly diary: Diary,
  ) {}

  /** Exports now, and has the export loaded when it is finished. */
  async spotRun(): Promise<void> {
    const { lambda, rds } = this.clouds;
    const exporter = exporterName(this.settings.prefix);
    const ended = new Promise<ExportTask>((resolve) => {
      rds.taskEnded.push(resolve);
    });
    this.note("invokes the exporter by hand");
    let outcome = await lambda.invoke(exporter, {});
    if (!outcome.ok && rds.tasks.some((it) => it.status === "COMPLETE")) {
      this.note("exports the snapshot once more, knowing that it is billed again");
      outcome = await lambda.invoke(exporter, { exportAgain: true });
    }
    if (!outcome.ok) return;
    await this.diary.runMinutes(rds.course.minutes + 1);
    const task = await ended;
    if (task.status !== "COMPLETE") return;
    // An event that got lost leaves it to the next look of the gate's clock.
    if (rds.course.event === "lost") await this.diary.runMinutes(UNTIL_NEXT_LOOK);
    await this.diary.runMinutes(SPOT_LOADS_TAKE);
    const slot = slotOfTaskId(this.settings.prefix, task.identifier);
    if (slot === undefined) throw new Error(`${task.identifier} is no task of this stack`);
    if (this.settings.schedule.load !== ON_EXPORT_COMPLETE) await this.load(slot);
  }

  /** Runs the commands of a day's reports, report by report. */
  async followReports(told: readonly ToldMessage[]): Promise<void> {
    for (const { by, subject, text } of told) {
      if (by !== "gate") continue;
      for (const [, name = "", payload = ""] of text.matchAll(INVOCATION)) {
        this.note(`invokes ${name} with ${payload}, as "${subject}" says`);
        await this.clouds.lambda.invoke(name, JSON.parse(payload));
      }
      const [, runTime] = RUN_BY_HAND.exec(text) ?? [];
      if (runTime !== undefined) await this.runTransfers(new Date(runTime));
    }
    await this.diary.runMinutes(SPOT_LOADS_TAKE);
  }

  /** What follows a spot run where the clock starts the loads. */
  private async load(slot: Slot): Promise<void> {
    if (this.settings.federation) {
      this.note(`asks the gate to load slot ${slot}`);
      await this.clouds.lambda.invoke(gateName(this.settings.prefix), { slot });
      await this.diary.runMinutes(SPOT_LOADS_TAKE);
      return;
    }
    this.note(`starts the loads of slot ${slot} by hand`);
    await this.runTransfers(requestedRunTime(slot, this.settings.schedule.pathOffsetMinutes));
  }

  /** Runs every transfer as the runbook says, and then what makes the views. */
  private async runTransfers(runTime: Date): Promise<void> {
    const { project, transfers, scheduledQueries } = this.clouds;
    const runs: TransferRun[] = [];
    for (const config of project.transfers.filter(({ disabled }) => !disabled)) {
      runs.push(await transfers.startManualRun(config, runTime));
    }
    this.diary.tellRuns(runs);
    for (const config of scheduledQueries.configs.filter(({ query }) => isScript(query))) {
      this.diary.tellQuery(await scheduledQueries.startManualRun(config, runTime));
    }
  }

  private note(what: string): void {
    this.clouds.timeline.add("operator", what);
  }
}
