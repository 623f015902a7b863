import { dailyCron } from "../contract/cron";
import { ON_EXPORT_COMPLETE } from "../contract/environment";
import { LOOK_EVERY_HOURS } from "../contract/gateClock";
import { journalDataset } from "../contract/journal";
import { exportOnlyName, type SourceTable } from "../contract/layout";
import { chatTopicName, exporterName, gateName, loaderName } from "../contract/names";
import { own } from "../contract/own";
import { dueTime } from "../contract/schedule";
import { requestedRunTime, type Slot } from "../contract/slot";
import { slotOfTaskId } from "../contract/taskId";
import { formatTimeOfDay, minuteOfDay, minutesUntil, shiftTime, type TimeOfDay } from "../contract/timeOfDay";
import { utcOffsetMinutes } from "../contract/timeZone";
import { WEEKDAYS } from "../contract/transferSchedule";
import { FOLLOWED_HOURS } from "../functions/loader/follow/endOfLoad";
import type { LoadedTable, Settings } from "../settings";
import type { Schedule } from "./aws/account";
import { accessDenied } from "./aws/errors";
import { CONCURRENT_EXPORTS, type ExportTask } from "./aws/rds";
import { nextScheduledTime } from "./aws/schedules";
import type { PublishedMessage } from "./aws/topics";
import type { Clouds } from "./clouds";
import type { Alteration } from "./databases/alteredSnapshot";
import { configName, type ScriptTables } from "./databases/scriptTables";
import type { SourceDatabase } from "./databases/sourceDatabase";
import { type Fault, FOLLOWED_FAULTS, FOUND_AT_LAST, FOUND_LATER } from "./faults";
import type { GoogleMessage } from "./google/monitoring";
import type { ScheduledQuery, TransferConfig } from "./google/project";
import { nextTransferTime } from "./google/transferSchedules";
import type { TransferRun } from "./google/transferService";
import { groupBy } from "./groups";
import type { Evaluation } from "./program/engineHost";
import type { StackConfig } from "./program/stackFile";
import {
  type DayResult,
  isDue,
  type RehearsalReport,
  type TableResult,
  type TableState,
  type ToldMessage,
} from "./report";
import { freeze, type Night, type Truth, truthOf } from "./sources";
import type { Moment } from "./timeline";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Minutes before the snapshot at which a day's changes are made. */
const CHANGES_BEFORE_SNAPSHOT = 60;
/** Minutes from snapshot to export where the stack file does not say when Aurora takes its snapshot. */
const SNAPSHOT_BEFORE_EXPORT = 180;
/** Minutes after the load, or the deadline, at which the morning is judged: when BigQuery's own check is through. */
const JUDGED_AFTER_DUE = 75;
/** Minutes between the gate's last look at the key and the load, by the clock and after opening. */
const REVOKED_BEFORE_LOAD = 5;
const REVOKED_AFTER_OPENING = 2;
/** Minutes from half an hour before the export's time until exports of others end. */
const OTHERS_END = 30 + 38;
/** Minutes from the end of a spot run's export until its loads are through: event, delay, runs. */
const SPOT_LOADS_TAKE = 15;
/** Minutes in which the gate's clock has come once more. */
const UNTIL_NEXT_LOOK = LOOK_EVERY_HOURS * 60;
/** Minutes in which the loader has looked at a load for the last time. */
const UNTIL_LAST_LOOK = FOLLOWED_HOURS * 60;
/** How much longer than the time until load or deadline a slow export takes. */
const SLOW = { load: 1.4, deadline: 1.1 };

/** Minutes before load or deadline at which an export ends that is just too late, and in which it was written. */
const JUST_BEFORE_DUE = 2;
const WRITTEN_WITHIN = 2;

/** A command in a report that invokes a function, with the function's name and the payload. */
const INVOCATION = /aws lambda invoke .*--function-name (\S+) .*--payload '(.*)' /g;
/** What a report says where there is no loader, with the run time. */
const RUN_BY_HAND = /^Run each transfer by hand for the run time (\S+)/m;
/** How a table is partitioned that loads without a word of partitions cannot replace. */
const PARTITIONING = "interval(type:day)";

type Kinds = Readonly<Record<string, Alteration["kind"]>>;
/** What the first table is on the days before the last, so that it is another on that day. */
const DAY_BEFORE: Kinds = { "shrunk-table": "inflated", "column-added": "narrowed" };
/** What becomes of it on the last day. */
const LAST_DAY: Kinds = {
  "empty-table": "emptied",
  "dropped-table": "dropped",
  "table-added": "copied",
  "column-dropped": "narrowed",
  "column-retyped": "retyped",
};

/** How much longer a day lasts than until it is judged, so that what is found late is found. */
function minutesLonger(fault = ""): number {
  if (FOUND_AT_LAST.includes(fault)) return UNTIL_LAST_LOOK;
  return FOUND_LATER.includes(fault) ? UNTIL_NEXT_LOOK : 0;
}

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
}

/** Two clouds, some days, and what became of every table. */
export class RehearsedDays {
  private readonly days: DayResult[] = [];
  private truth: Truth = new Map();
  private before: Truth[] = [];
  private changeCount = 0;

  constructor(
    private readonly options: RehearsalOptions,
    private readonly settings: Settings,
    private readonly clouds: Clouds,
  ) {}

  /** Lives through all days and judges each morning. */
  async live(): Promise<void> {
    const { date, days, spotRuns } = this.options;
    this.arrange();
    this.alteration = this.altered(DAY_BEFORE);
    for (let day = 0; day < days; day++) {
      const due = localInstant(
        shiftDate(date, day),
        dueTime(this.settings.schedule),
        this.settings.schedule.timeZone,
      );
      const morning = new Date(due.getTime() + JUDGED_AFTER_DUE * MINUTE);
      const last = day === days - 1;
      if (last) this.spoil(due);
      await this.runUntil(morning);
      if (last) await this.runMinutes(minutesLonger(this.options.fault));
      if (last && FOLLOWED_FAULTS.includes(this.options.fault ?? "")) await this.followReports(morning);
      for (let run = 0; last && run < spotRuns; run++) await this.spotRun();
      const result = await this.judge(shiftDate(date, day), morning);
      this.days.push(result);
      this.options.onDay?.(result);
    }
  }

  /** What became of everything, once the days are over. */
  result(): Omit<RehearsalReport, "resources" | "bigQueryFile" | "seconds"> {
    const { stack, fault, spotRuns } = this.options;
    const { lambda, cloudWatch, monitoring } = this.clouds;
    const services = [lambda, cloudWatch, monitoring];
    const problems = [...new Set(services.flatMap((it) => it.problems))];
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

  private async runUntil(end: Date): Promise<void> {
    await this.clouds.clock.runUntil(end, () => this.options.signal?.throwIfAborted());
  }

  /** Puts everything that a clock starts into the diary, from what was registered. */
  private arrange(): void {
    const { timeZone, exportTime, snapshotTime } = this.settings.schedule;
    // RDS keeps its backup window in UTC, whatever clocks do.
    const offset = utcOffsetMinutes(timeZone, this.clouds.clock.now());
    const taken = shiftTime(snapshotTime ?? shiftTime(exportTime, -SNAPSHOT_BEFORE_EXPORT), -offset);
    this.clouds.clock.every(daily(shiftTime(taken, -CHANGES_BEFORE_SNAPSHOT), "UTC"), () => this.change());
    this.clouds.clock.every(daily(taken, "UTC"), () => this.night());
    this.clouds.clock.every(daily({ hour: 0, minute: 0 }, "UTC"), () => {
      this.clouds.s3.expire();
    });
    for (const schedule of this.clouds.account.schedules.filter((it) => it.enabled)) {
      const next = (after: Date) => nextScheduledTime(schedule.expression, schedule.timeZone, after);
      this.clouds.clock.every(next, () => this.deliver(schedule));
    }
    this.clouds.transfers.runEnded.push((run) => this.collect(run));
    for (const check of this.clouds.scheduledQueries.configs.filter(({ automatic }) => automatic)) {
      this.clouds.clock.every(
        (after) => nextTransferTime(check.schedule, after),
        () => this.runCheck(check),
      );
    }
    for (const [schedule, configs] of this.automaticTransfers()) {
      this.clouds.clock.every(
        (after) => nextTransferTime(schedule, after),
        () => this.runTransfers(configs, this.clouds.clock.now()),
      );
    }
  }

  private automaticTransfers(): Map<string, TransferConfig[]> {
    const automatic = this.clouds.project.transfers.filter((it) => it.automatic);
    return groupBy(automatic, (it) => it.schedule ?? "");
  }

  private async change(): Promise<void> {
    const day = this.changeCount++;
    if (day === 0) return;
    for (const source of this.options.sources) {
      for (const sentence of await source.liveThrough(day)) this.clouds.timeline.add("Aurora", sentence);
    }
  }

  private snapshotFault: "no-snapshot" | "old-snapshot" | undefined;
  private alteration: Alteration | undefined;

  private async night(): Promise<void> {
    const night = await freeze(this.options.sources, this.alteration);
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

  /** Functions that no schedule invokes any more. */
  private readonly unscheduled = new Set<string>();

  private async deliver(schedule: Schedule): Promise<void> {
    if (this.unscheduled.has(this.clouds.account.findFunction(schedule.targetArn).name)) return;
    const scheduledTime = `${this.clouds.clock.now().toISOString().slice(0, 19)}Z`;
    const payload: unknown = JSON.parse(
      schedule.input.replaceAll("<aws.scheduler.scheduled-time>", scheduledTime),
    );
    // One that comes often is worth a line for what comes of it alone.
    const isDaily = !schedule.expression.includes(",");
    if (isDaily) this.clouds.timeline.add("Scheduler", `invokes ${schedule.name}`);
    try {
      const role = this.clouds.account.assume("scheduler.amazonaws.com", schedule.roleArn);
      this.clouds.account.authorize(role, "lambda:InvokeFunction", schedule.targetArn);
    } catch (error) {
      this.clouds.timeline.add("Scheduler", `cannot invoke ${schedule.name}: ${messageOf(error)}`, "bad");
      return;
    }
    await this.clouds.lambda.invokeLater(schedule.targetArn, payload);
    if (this.duplicate) {
      this.clouds.timeline.add("Scheduler", `delivers the same event again`, "warning");
      await this.clouds.lambda.invokeLater(schedule.targetArn, payload);
    }
  }

  private duplicate = false;

  /** Brings the fault about, in time for what is due on the last day. */
  private spoil(due: Date): void {
    const { rds, googleEndpoint } = this.clouds;
    const { schedule } = this.settings;
    const minutes = minutesUntil(schedule.exportTime, dueTime(schedule));
    const beforeExport = new Date(due.getTime() - (minutes + 30) * MINUTE);
    switch (this.options.fault) {
      case "slow-export":
      case "late-event-lost": {
        const factor = schedule.load === ON_EXPORT_COMPLETE ? SLOW.deadline : SLOW.load;
        const isLost = this.options.fault === "late-event-lost";
        rds.course = { minutes: Math.round(factor * minutes), ...(isLost && { event: "lost" }) };
        break;
      }
      case "export-just-too-late":
        rds.course = {
          ...rds.course,
          minutes: minutes - JUST_BEFORE_DUE,
          startingMinutes: minutes - JUST_BEFORE_DUE - WRITTEN_WITHIN,
        };
        break;
      case "export-failed":
        rds.course = { ...rds.course, fails: true };
        break;
      case "export-canceled":
        rds.course = { ...rds.course, canceled: true };
        break;
      case "skipped-table":
        rds.course = {
          ...rds.course,
          skippedTables: [exportOnlyName(this.settings.aurora.engine, this.firstTable())],
        };
        break;
      case "sidecar-unreadable":
        rds.course = { ...rds.course, sidecar: "malformed" };
        break;
      case "event-lost":
        rds.course = { ...rds.course, event: "lost" };
        break;
      case "event-twice":
        rds.course = { ...rds.course, event: "twice" };
        break;
      case "event-late":
        rds.course = { ...rds.course, event: { lateMinutes: minutes } };
        break;
      case "empty-table":
      case "shrunk-table":
      case "dropped-table":
      case "table-added":
      case "column-added":
      case "column-dropped":
      case "column-retyped":
        this.alteration = this.altered(LAST_DAY);
        break;
      case "key-revoked":
        this.clouds.clock.at(beforeExport, () => this.revokeKeys());
        break;
      case "google-token-refused":
        googleEndpoint.inject({ tokensRefused: true });
        break;
      case "quota-on-third-start":
        googleEndpoint.inject({ exhaustedStarts: [3] });
        break;
      case "gate-crash":
        this.crashGate();
        break;
      case "no-snapshot":
      case "old-snapshot":
        this.snapshotFault = this.options.fault;
        break;
      case "no-room":
      case "no-room-all-night":
      case "snapshot-busy":
        this.clouds.clock.at(beforeExport, () => this.runOtherExports());
        if (this.options.fault === "no-room-all-night") break;
        this.clouds.clock.at(new Date(beforeExport.getTime() + OTHERS_END * MINUTE), () => {
          rds.otherExports = [];
        });
        break;
      case "duplicate-invocation":
        this.duplicate = true;
        break;
      case "kms-denied":
        this.clouds.clock.at(beforeExport, () => this.disableKey());
        break;
      case "exporter-throttled":
        this.clouds.clock.at(beforeExport, () => void this.clouds.lambda.throttled.add(this.exporter));
        break;
      case "schedules-off":
        this.clouds.clock.at(beforeExport, () =>
          this.unschedule("switches the schedules of exporter and gate off", this.exporter, this.gate),
        );
        break;
      case "gate-clock-gone":
        this.clouds.clock.at(beforeExport, () =>
          this.unschedule("deletes the schedule of the gate's clock", this.gate),
        );
        break;
      case "gate-denied":
        this.clouds.clock.at(beforeExport, () => this.denyLookingUp());
        break;
      case "gate-broken":
        this.clouds.clock.at(beforeExport, () => void this.clouds.lambda.dies.add(this.gate));
        break;
      case "loader-broken":
        this.clouds.clock.at(
          beforeExport,
          () => void this.clouds.lambda.dies.add(loaderName(this.settings.prefix)),
        );
        break;
      case "key-revoked-late":
        this.revokeLate(due);
        break;
      case "key-old":
        this.clouds.clock.at(beforeExport, () => this.ageKeys());
        break;
      case "run-failed":
        this.clouds.clock.at(beforeExport, () => this.failFirstTable());
        break;
      case "half-loaded":
        this.clouds.clock.at(beforeExport, () => this.loseHalfOfFirstTable());
        break;
      case "run-endless":
        this.clouds.clock.at(beforeExport, () => this.holdUpFirstTable());
        break;
      case "journal-dropped":
        this.clouds.clock.at(beforeExport, () => this.dropJournal());
        break;
      case "table-partitioned":
        this.clouds.clock.at(beforeExport, () => this.partitionFirstTable());
        break;
      case "transfers-off":
        this.clouds.clock.at(beforeExport, () => this.switchTransfersOff());
        break;
      default:
        // No fault, or a permission that was taken away before the account was built.
        break;
    }
  }

  /** What becomes of the first table by the fault, on the day before or on the last one. */
  private altered(kinds: Kinds): Alteration | undefined {
    const kind = own(kinds, this.options.fault ?? "");
    return kind && { kind, table: this.firstTable() };
  }

  private firstTable(): SourceTable {
    return this.firstLoaded().source;
  }

  private firstLoaded(): LoadedTable & { readonly dataset: string } {
    const [table] = this.settings.databases.flatMap(({ dataset, tables }) =>
      tables.filter(({ enabled }) => enabled).map((it) => ({ ...it, dataset })),
    );
    if (table === undefined) throw new RangeError("the stack loads no table that a fault could befall");
    return table;
  }

  private get exporter(): string {
    return exporterName(this.settings.prefix);
  }

  private get gate(): string {
    return gateName(this.settings.prefix);
  }

  /** Exports of others, of snapshots of their own, or of the newest of the cluster. */
  private runOtherExports(): void {
    const { rds, timeline } = this.clouds;
    const newest = rds.snapshots.at(-1);
    const isBusy = this.options.fault === "snapshot-busy" && newest !== undefined;
    rds.otherExports = isBusy
      ? [newest.arn]
      : Array(CONCURRENT_EXPORTS).fill("a snapshot of another cluster");
    const what = isBusy ? `exports ${newest.identifier}` : `runs ${CONCURRENT_EXPORTS} exports`;
    timeline.add("somebody", `${what}, too`, "warning");
  }

  private unschedule(what: string, ...functions: string[]): void {
    for (const name of functions) this.unscheduled.add(name);
    this.clouds.timeline.add("somebody", what, "warning");
  }

  private denyLookingUp(): void {
    const { roleArn } = this.clouds.account.findFunction(this.gate);
    this.clouds.awsEndpoint.listeners.push(({ action, principal }) => {
      if (action !== "DescribeExportTasks" || principal.arn !== roleArn) return undefined;
      throw accessDenied(`${roleArn} is not authorized to perform rds:DescribeExportTasks`);
    });
    this.clouds.timeline.add("somebody", "takes the right to look up exports from the gate", "warning");
  }

  /** Between the gate's last look at the key and the runs that need it. */
  private revokeLate(due: Date): void {
    const { clock, awsEndpoint } = this.clouds;
    if (this.settings.schedule.load !== ON_EXPORT_COMPLETE) {
      clock.at(new Date(due.getTime() - REVOKED_BEFORE_LOAD * MINUTE), () => this.revokeKeys());
      return;
    }
    let revoked = false;
    awsEndpoint.listeners.push(({ action }) => {
      if (action === "PutUserPolicy" && !revoked) {
        revoked = true;
        clock.after(REVOKED_AFTER_OPENING, () => this.revokeKeys());
      }
      return undefined;
    });
  }

  private ageKeys(): void {
    const days = this.settings.readerKeyMaxAgeDays + 1;
    const created = new Date(this.clouds.clock.now().getTime() - days * DAY);
    for (const key of this.clouds.account.accessKeys.values()) key.created = created;
  }

  private isOfFirstTable({ datasetId, params }: TransferConfig): boolean {
    const { dataset, destination } = this.firstLoaded();
    return datasetId === dataset && params.destination_table_name_template === destination;
  }

  private failFirstTable(): void {
    this.clouds.transfers.fault = (config) =>
      this.isOfFirstTable(config)
        ? "Error code 11 : An internal error occurred and the request could not be completed."
        : undefined;
  }

  private loseHalfOfFirstTable(): void {
    this.clouds.transfers.losesHalf = (config) => this.isOfFirstTable(config);
  }

  private holdUpFirstTable(): void {
    this.clouds.transfers.isEndless = (config) => this.isOfFirstTable(config);
  }

  private async partitionFirstTable(): Promise<void> {
    const { dataset, destination } = this.firstLoaded();
    await this.clouds.bigQuery.partition(dataset, destination, PARTITIONING);
    this.clouds.timeline.add("somebody", `makes ${dataset}.${destination} anew, partitioned`, "warning");
  }

  private async dropJournal(): Promise<void> {
    const dataset = journalDataset(this.settings.prefix);
    await this.clouds.bigQuery.drop(dataset, "loads");
    this.clouds.timeline.add("somebody", `deletes the table ${dataset}.loads`, "warning");
  }

  private switchTransfersOff(): void {
    for (const config of this.clouds.project.transfers) config.disabled = true;
    this.clouds.timeline.add("somebody", "switches the transfers off", "warning");
  }

  private revokeKeys(): void {
    for (const key of this.clouds.account.accessKeys.values()) key.inactive = true;
    this.clouds.timeline.add("somebody", "disables the transfers' access key", "warning");
  }

  private disableKey(): void {
    for (const { kmsKeyArn } of this.clouds.account.buckets.values()) {
      const key = this.clouds.account.keys.get(kmsKeyArn ?? "");
      if (key !== undefined) key.enabled = false;
    }
    this.clouds.timeline.add("somebody", "disables the key of the exports", "warning");
  }

  /** Once: when the gate has written the reader's policy, and before it hears so. */
  private crashGate(): void {
    let crashed = false;
    this.clouds.awsEndpoint.listeners.push(({ action }) => {
      if (action !== "PutUserPolicy" || crashed) return undefined;
      crashed = true;
      this.clouds.lambda.crash(gateName(this.settings.prefix));
      return "lost";
    });
  }

  private readonly ended: TransferRun[] = [];

  /** Runs that were asked for end one by one; they are told of together. */
  private collect(run: TransferRun): void {
    if (this.ended.length === 0) this.clouds.clock.after(1, () => this.tellRuns(this.ended.splice(0)));
    this.ended.push(run);
  }

  private async runTransfers(configs: readonly TransferConfig[], runTime: Date): Promise<void> {
    const runs: TransferRun[] = [];
    for (const config of configs.filter(({ disabled }) => !disabled)) {
      this.options.signal?.throwIfAborted();
      runs.push(await this.clouds.transfers.run(config, runTime));
    }
    if (runs.length > 0) this.tellRuns(runs);
  }

  private tellRuns(runs: readonly TransferRun[]): void {
    const loaded = runs.filter((it) => it.rows !== undefined);
    const rows = loaded.reduce((sum, it) => sum + (it.rows ?? 0), 0);
    const empty = runs.filter((it) => it.state === "SUCCEEDED" && it.rows === undefined);
    const failed = runs.filter((it) => it.state === "FAILED");
    const folder = /^s3:\/\/[^/]+\/([^/]+)\//.exec(runs[0]?.path ?? "")?.[1];
    this.clouds.timeline.add(
      "BigQuery",
      `${runs.length} transfers read ${folder}: ${loaded.length} loaded ${rows.toLocaleString("en-US")} rows`,
      loaded.length > 0 ? "good" : "warning",
    );
    if (empty.length > 0) {
      this.clouds.timeline.add(
        "BigQuery",
        `found no files, which counts as success: ${names(empty)}`,
        "warning",
      );
    }
    for (const [message, group] of groupBy(failed, (it) => it.message)) {
      this.clouds.timeline.add("BigQuery", `failed, rows kept: ${names(group)}: ${message}`, "bad");
    }
  }

  private async runCheck(check: ScheduledQuery): Promise<void> {
    if (check.disabled) return;
    const { state, message } = await this.clouds.scheduledQueries.run(check, this.clouds.clock.now());
    this.clouds.timeline.add(
      "BigQuery",
      `${check.displayName}: ${message}`,
      state === "FAILED" ? "bad" : "good",
    );
  }

  /** Does by hand what the runbook says: export, and load the export when it is finished. */
  private async spotRun(): Promise<void> {
    const exporter = exporterName(this.settings.prefix);
    const ended = new Promise<ExportTask>((resolve) => {
      this.clouds.rds.taskEnded.push(resolve);
    });
    this.clouds.timeline.add("operator", "invokes the exporter by hand");
    let outcome = await this.clouds.lambda.invoke(exporter, {});
    if (!outcome.ok && this.clouds.rds.tasks.some((it) => it.status === "COMPLETE")) {
      this.clouds.timeline.add("operator", "exports the snapshot once more, knowing that it is billed again");
      outcome = await this.clouds.lambda.invoke(exporter, { exportAgain: true });
    }
    if (!outcome.ok) return;
    await this.runMinutes(this.clouds.rds.course.minutes + 1);
    const task = await ended;
    if (task.status !== "COMPLETE") return;
    // An event that got lost leaves it to the next look of the gate's clock.
    if (this.clouds.rds.course.event === "lost") await this.runMinutes(UNTIL_NEXT_LOOK);
    await this.runMinutes(SPOT_LOADS_TAKE);
    const slot = slotOfTaskId(this.settings.prefix, task.identifier);
    if (slot === undefined) throw new Error(`${task.identifier} is no task of this stack`);
    if (this.settings.schedule.load !== ON_EXPORT_COMPLETE) await this.loadByHand(slot);
  }

  /** What follows a spot run where the clock starts the loads. */
  private async loadByHand(slot: Slot): Promise<void> {
    if (this.settings.federation) {
      this.clouds.timeline.add("operator", `asks the gate to load slot ${slot}`);
      await this.clouds.lambda.invoke(gateName(this.settings.prefix), { slot });
      await this.runMinutes(SPOT_LOADS_TAKE);
      return;
    }
    this.clouds.timeline.add("operator", `starts the loads of slot ${slot} by hand`);
    await this.runByHand(requestedRunTime(slot, this.settings.schedule.pathOffsetMinutes));
  }

  /** Runs every transfer as the runbook says. */
  private async runByHand(runTime: Date): Promise<void> {
    const runs: TransferRun[] = [];
    for (const config of this.clouds.project.transfers.filter((it) => !it.disabled)) {
      runs.push(await this.clouds.transfers.startManualRun(config, runTime));
    }
    this.tellRuns(runs);
  }

  /** Does what the gate's reports of a day say, report by report. */
  private async followReports(morning: Date): Promise<void> {
    for (const { by, subject, text } of this.told(morning.getTime() - DAY)) {
      if (by !== "gate") continue;
      for (const [, name = "", payload = ""] of text.matchAll(INVOCATION)) {
        this.clouds.timeline.add("operator", `invokes ${name} with ${payload}, as "${subject}" says`);
        await this.clouds.lambda.invoke(name, JSON.parse(payload));
      }
      const [, runTime] = RUN_BY_HAND.exec(text) ?? [];
      if (runTime !== undefined) await this.runByHand(new Date(runTime));
    }
    await this.runMinutes(SPOT_LOADS_TAKE);
  }

  private async runMinutes(minutes: number): Promise<void> {
    await this.runUntil(new Date(this.clouds.clock.now().getTime() + minutes * MINUTE));
  }

  private async judge(date: string, morning: Date): Promise<DayResult> {
    const since = morning.getTime() - DAY;
    const spot = this.options.spotRuns > 0;
    const runs = this.clouds.transfers.runs.filter((it) => it.runTime.getTime() > since || spot);
    const tables: TableResult[] = [];
    for (const database of this.settings.databases) {
      for (const table of database.tables) {
        const id = { dataset: database.dataset, table: table.destination };
        const due = spot ? table.enabled !== false : this.isDue(table, id, date, since, morning);
        tables.push(await this.judgeTable(database.name, table, id, due));
      }
    }
    return {
      date,
      tables: [...tables, ...this.leftOut()],
      exportTasks: this.clouds.rds.tasks
        .filter((it) => it.startTime.getTime() > since)
        .map(({ identifier: taskId, status }) => ({ id: taskId, status })),
      bytes: runs.reduce((sum, it) => sum + it.bytes, 0),
      told: this.told(since),
    };
  }

  private leftOut(): TableResult[] {
    const { leftOut = [] } = this.options.script ?? {};
    return leftOut.map(({ source, remark }) => {
      const aurora = truthOf(this.truth, this.settings.aurora.engine, source);
      const table = configName(source);
      return { database: source.database, table, state: "left out", aurora, remark };
    });
  }

  private told(since: number): ToldMessage[] {
    // What chats are told besides is the same once more.
    const chatTopic = chatTopicName(this.settings.prefix);
    const onAws = this.clouds.sns.published
      .filter(({ topicArn }) => !topicArn.endsWith(`:${chatTopic}`))
      .map((it) => toldOnAws(it));
    const byGoogle = this.clouds.monitoring.told.map((it) => toldByGoogle(it));
    return [...onAws, ...byGoogle]
      .filter(({ time }) => time.getTime() > since)
      .sort((a, b) => a.time.getTime() - b.time.getTime());
  }

  /** True if the table had to be loaded since the morning before: by its transfer's schedule, or by the gate. */
  private isDue(
    { enabled = true, days }: LoadedTable,
    id: { dataset: string; table: string },
    date: string,
    since: number,
    morning: Date,
  ): boolean {
    const { schedule } = this.settings;
    if (schedule.load === ON_EXPORT_COMPLETE) {
      const exported = shiftDate(date, exportIsDayBefore(schedule) ? -1 : 0);
      const weekday = WEEKDAYS[(new Date(`${exported}T00:00:00Z`).getUTCDay() + 6) % 7];
      return schedule.enabled && enabled && (days === undefined || days.some((day) => day === weekday));
    }
    const config = this.clouds.project.transfers.find(
      (it) => it.datasetId === id.dataset && it.params.destination_table_name_template === id.table,
    );
    if (config === undefined || !enabled || !config.automatic) return false;
    return nextTransferTime(config.schedule ?? "", new Date(since)) <= morning;
  }

  private async judgeTable(
    database: string,
    table: Settings["databases"][number]["tables"][number],
    id: { dataset: string; table: string },
    due: boolean,
  ): Promise<TableResult> {
    const { engine } = this.settings.aurora;
    const aurora = truthOf(this.truth, engine, table.source);
    const bigQuery = await this.clouds.bigQuery.fingerprint(id.dataset, id.table);
    const { lastModified } = await this.clouds.bigQuery.describe(id.dataset, id.table);
    const same = (other?: { rows: number; checksum: string }) =>
      other !== undefined &&
      other.rows === bigQuery.rows &&
      (other.rows === 0 || other.checksum === bigQuery.checksum);
    const state = (): TableState => {
      if (!due) return "not due";
      if (same(aurora)) return "equal";
      if (lastModified === undefined) return "missing";
      return this.before.some((truth) => same(truthOf(truth, engine, table.source))) ? "stale" : "wrong";
    };
    const found = state();
    const remark = this.remark(table.name, id, found);
    return {
      database,
      table: table.name,
      destination: `${id.dataset}.${id.table}`,
      state: found,
      ...(remark !== undefined && { remark }),
      aurora,
      bigQuery: lastModified === undefined && bigQuery.rows === 0 ? undefined : bigQuery,
      loadedAt: lastModified,
    };
  }

  /** What a reader has to know of a table: of a script's, what became of it, and of one that is not right, its last run. */
  private remark(
    name: string,
    { dataset, table }: { dataset: string; table: string },
    state: TableState,
  ): string | undefined {
    const { remark } = this.options.script?.taken.find((it) => it.name === name) ?? {};
    if (state === "equal" || state === "not due") return remark;
    const run = this.clouds.transfers.runs.findLast(
      ({ config }) => config.datasetId === dataset && config.params.destination_table_name_template === table,
    );
    const texts = [remark, run?.message].filter((it) => it !== undefined && it !== "");
    return texts.length === 0 ? undefined : texts.join("; ");
  }
}

/** A message of the topic: a report of the gate, or an alarm. */
function toldOnAws({
  time,
  source,
  alarm,
  attributes,
  subject,
  text,
  recipients,
}: PublishedMessage): ToldMessage {
  const shared = { time, by: source, text, recipients };
  switch (source) {
    case "gate": {
      const { severity = "", kind = "" } = attributes;
      return { ...shared, severity, kind, subject };
    }
    case "alarm":
      return {
        ...shared,
        severity: alarm?.state === "OK" ? "resolved" : "problem",
        kind: alarm?.name ?? "",
        subject,
      };
  }
}

function toldByGoogle({ time, policy, subject, text, recipients }: GoogleMessage): ToldMessage {
  return { time, by: "google", severity: "problem", kind: policy, subject, text, recipients };
}

function names(runs: readonly TransferRun[]): string {
  return runs.map((it) => it.config.displayName).join(", ");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `2025-02-18` and a number of days → the date that many days later. */
function shiftDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The instant at which clocks in the zone show a date and a time. */
function localInstant(date: string, time: TimeOfDay, timeZone: string): Date {
  const wallClock = Date.parse(`${date}T${formatTimeOfDay(time)}:00Z`);
  return new Date(wallClock - utcOffsetMinutes(timeZone, new Date(wallClock)) * MINUTE);
}

function daily(time: TimeOfDay, timeZone: string): (after: Date) => Date | undefined {
  return (after) => nextScheduledTime(dailyCron(time), timeZone, after);
}

function exportIsDayBefore(schedule: Settings["schedule"]): boolean {
  return minuteOfDay(schedule.exportTime) >= minuteOfDay(dueTime(schedule));
}

/** Where the first day starts: before the changes that the first snapshot has. */
export function beginning({ schedule }: Settings, date: string): Date {
  const { timeZone, exportTime, snapshotTime } = schedule;
  const firstDue = localInstant(date, dueTime(schedule), timeZone);
  const beforeExport = snapshotTime ? minutesUntil(snapshotTime, exportTime) : SNAPSHOT_BEFORE_EXPORT;
  const minutes = minutesUntil(exportTime, dueTime(schedule)) + beforeExport + CHANGES_BEFORE_SNAPSHOT + 1;
  return new Date(firstDue.getTime() - minutes * MINUTE);
}
