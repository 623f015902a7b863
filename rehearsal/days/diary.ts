import { dailyCron } from "../../contract/cron";
import { dueTime } from "../../contract/schedule";
import { minutesUntil, shiftTime, type TimeOfDay } from "../../contract/timeOfDay";
import type { Settings } from "../../settings";
import type { Schedule } from "../aws/account";
import { nextScheduledTime } from "../aws/schedules";
import type { Clouds } from "../clouds";
import type { Alteration } from "../databases/alteredSnapshot";
import type { SourceDatabase } from "../databases/sourceDatabase";
import type { ScheduledQuery, TransferConfig } from "../google/project";
import type { QueryRun } from "../google/scheduledQueries";
import { nextTransferTime } from "../google/transferSchedules";
import type { TransferRun } from "../google/transferService";
import { groupBy } from "../groups";
import { freeze, type Night, type Truth } from "../sources";
import { SNAPSHOT_BEFORE_EXPORT, snapshotInUtc } from "./backups";
import { localInstant, shiftInstant } from "./dates";

/** Minutes before the snapshot at which a day's changes are made. */
const CHANGES_BEFORE_SNAPSHOT = 60;

/** Everything that a clock starts: changes in Aurora, snapshots, the stack's schedules, scheduled queries and transfers. */
export class Diary {
  /** What the newest snapshot's tables hold, or would hold where a fault keeps it from being taken. */
  public truth: Truth = new Map();
  /** The same of the nights before. */
  public readonly before: Truth[] = [];
  /** What becomes of a table before each snapshot. */
  public alteration: Alteration | undefined;
  /** What goes wrong with the snapshots to come. */
  public snapshotFault: "no-snapshot" | "old-snapshot" | undefined;
  /** Functions that no schedule invokes any more. */
  public readonly unscheduled = new Set<string>();
  /** True if schedules deliver each event twice. */
  public deliversTwice = false;

  private changeCount = 0;
  private readonly ended: TransferRun[] = [];

  constructor(
    private readonly sources: readonly SourceDatabase[],
    private readonly settings: Settings,
    private readonly clouds: Clouds,
    private readonly signal?: AbortSignal,
  ) {}

  /** Gives the clock its appointments, from what was registered. */
  arrange(): void {
    const { account, clock, project, s3, scheduledQueries, transfers } = this.clouds;
    const taken = snapshotInUtc(this.settings, clock.now());
    clock.every(dailyInUtc(shiftTime(taken, -CHANGES_BEFORE_SNAPSHOT)), () => this.change());
    clock.every(dailyInUtc(taken), () => this.night());
    clock.every(dailyInUtc({ hour: 0, minute: 0 }), () => {
      s3.expire();
    });
    for (const schedule of account.schedules.filter(({ enabled }) => enabled)) {
      const next = (after: Date) => nextScheduledTime(schedule.expression, schedule.timeZone, after);
      clock.every(next, () => this.deliver(schedule));
    }
    transfers.runEnded.push((run) => this.collect(run));
    scheduledQueries.runEnded.push((run) => this.tellQuery(run));
    for (const it of scheduledQueries.configs.filter(({ automatic }) => automatic)) {
      clock.every(
        (after) => nextTransferTime(it.schedule, after),
        () => this.runQuery(it),
      );
    }
    const automatic = project.transfers.filter((it) => it.automatic);
    for (const [schedule, configs] of groupBy(automatic, (it) => it.schedule)) {
      clock.every(
        (after) => nextTransferTime(schedule, after),
        () => this.runTransfers(configs),
      );
    }
  }

  /** Lives through everything up to an instant. @throws the signal's reason, where somebody gives up */
  async runUntil(end: Date): Promise<void> {
    await this.clouds.clock.runUntil(end, () => this.signal?.throwIfAborted());
  }

  async runMinutes(minutes: number): Promise<void> {
    await this.runUntil(shiftInstant(this.clouds.clock.now(), minutes));
  }

  /** Says in the timeline what transfers have read: a line for all, and one for each way in which some loaded nothing. */
  tellRuns(runs: readonly TransferRun[]): void {
    const { timeline } = this.clouds;
    const loaded = runs.filter((it) => it.rows !== undefined);
    const rows = loaded.reduce((sum, it) => sum + (it.rows ?? 0), 0);
    const empty = runs.filter((it) => it.state === "SUCCEEDED" && it.rows === undefined);
    const failed = runs.filter((it) => it.state === "FAILED");
    const folder = /^s3:\/\/[^/]+\/([^/]+)\//.exec(runs[0]?.path ?? "")?.[1];
    timeline.add(
      "BigQuery",
      `${runs.length} transfers read ${folder}: ${loaded.length} loaded ${rows.toLocaleString("en-US")} rows`,
      loaded.length > 0 ? "good" : "warning",
    );
    if (empty.length > 0) {
      timeline.add("BigQuery", `found no files, which counts as success: ${names(empty)}`, "warning");
    }
    for (const [message, group] of groupBy(failed, (it) => it.message)) {
      timeline.add("BigQuery", `failed, rows kept: ${names(group)}: ${message}`, "bad");
    }
  }

  /** Says in the timeline what a scheduled query has ended with. */
  tellQuery({ config, message, state }: QueryRun): void {
    const weight = state === "FAILED" ? "bad" : "good";
    this.clouds.timeline.add("BigQuery", `${config.displayName}: ${message}`, weight);
  }

  private async change(): Promise<void> {
    const day = this.changeCount++;
    if (day === 0) return;
    for (const source of this.sources) {
      for (const sentence of await source.liveThrough(day)) this.clouds.timeline.add("Aurora", sentence);
    }
  }

  private async night(): Promise<void> {
    const night = await freeze(this.sources, this.alteration);
    if (this.alteration !== undefined) {
      const { kind, table } = this.alteration;
      this.clouds.timeline.add("Aurora", `table ${table.table} was ${kind}`, "warning");
    }
    this.before.push(this.truth);
    this.truth = night.truth;
    if (this.snapshotFault === undefined) await this.takeSnapshot(night);
    else await this.skipSnapshot(night, this.snapshotFault);
  }

  private async takeSnapshot({ contents }: Night): Promise<void> {
    const { clusterIdentifier } = this.settings.aurora;
    this.clouds.timeline.add("Aurora", `takes the snapshot of ${clusterIdentifier}`);
    await this.clouds.rds.takeSnapshot(contents);
  }

  private async skipSnapshot({ contents }: Night, fault: "no-snapshot" | "old-snapshot"): Promise<void> {
    for (const content of contents.values()) await content.drop();
    if (fault === "no-snapshot") await this.clouds.rds.loseSnapshots();
    const what =
      fault === "no-snapshot" ? "all automated snapshots are gone" : "takes no snapshot this night";
    this.clouds.timeline.add("Aurora", what, "warning");
  }

  private async deliver(schedule: Schedule): Promise<void> {
    const { account, clock, lambda, timeline } = this.clouds;
    if (this.unscheduled.has(account.findFunction(schedule.targetArn).name)) return;
    const scheduledTime = `${clock.now().toISOString().slice(0, 19)}Z`;
    const payload: unknown = JSON.parse(
      schedule.input.replaceAll("<aws.scheduler.scheduled-time>", scheduledTime),
    );
    // One that comes often is worth a line for what comes of it alone.
    const isDaily = !schedule.expression.includes(",");
    if (isDaily) timeline.add("Scheduler", `invokes ${schedule.name}`);
    try {
      const role = account.assume("scheduler.amazonaws.com", schedule.roleArn);
      account.authorize(role, "lambda:InvokeFunction", schedule.targetArn);
    } catch (error) {
      timeline.add("Scheduler", `cannot invoke ${schedule.name}: ${messageOf(error)}`, "bad");
      return;
    }
    await lambda.invokeLater(schedule.targetArn, payload);
    if (this.deliversTwice) {
      timeline.add("Scheduler", "delivers the same event again", "warning");
      await lambda.invokeLater(schedule.targetArn, payload);
    }
  }

  /** Runs that were asked for end one by one; they are told of together. */
  private collect(run: TransferRun): void {
    if (this.ended.length === 0) this.clouds.clock.after(1, () => this.tellRuns(this.ended.splice(0)));
    this.ended.push(run);
  }

  private async runTransfers(configs: readonly TransferConfig[]): Promise<void> {
    const runTime = this.clouds.clock.now();
    const runs: TransferRun[] = [];
    for (const config of configs.filter(({ disabled }) => !disabled)) {
      this.signal?.throwIfAborted();
      runs.push(await this.clouds.transfers.run(config, runTime));
    }
    if (runs.length > 0) this.tellRuns(runs);
  }

  private async runQuery(config: ScheduledQuery): Promise<void> {
    if (config.disabled) return;
    this.tellQuery(await this.clouds.scheduledQueries.run(config, this.clouds.clock.now()));
  }
}

/** Where the first day starts: before the changes that the first snapshot has. */
export function beginning({ schedule }: Settings, date: string): Date {
  const { timeZone, exportTime, snapshotTime } = schedule;
  const firstDue = localInstant(date, dueTime(schedule), timeZone);
  const beforeExport = snapshotTime ? minutesUntil(snapshotTime, exportTime) : SNAPSHOT_BEFORE_EXPORT;
  const minutes = minutesUntil(exportTime, dueTime(schedule)) + beforeExport + CHANGES_BEFORE_SNAPSHOT + 1;
  return shiftInstant(firstDue, -minutes);
}

function dailyInUtc(time: TimeOfDay): (after: Date) => Date | undefined {
  return (after) => nextScheduledTime(dailyCron(time), "UTC", after);
}

function names(runs: readonly TransferRun[]): string {
  return runs.map((it) => it.config.displayName).join(", ");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
