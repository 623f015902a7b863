import type { ExportTask } from "@aws-sdk/client-rds";
import { type OpenExport, openExports } from "../../contract/completedExports";
import { COME_BACK_MINUTES, isLookTime } from "../../contract/dailyExport";
import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import { type FollowedLoads, followedLoadsFolder, type LoadOutcome } from "../../contract/followedLoads";
import { gateTime, lookHours } from "../../contract/gateClock";
import type { JournalColumn, JournalLoad } from "../../contract/journal";
import type { LoadMessage } from "../../contract/loadMessage";
import { type Slot, slotOfExport, wallClockOfSlot } from "../../contract/slot";
import { slotOfTaskId, taskId } from "../../contract/taskId";
import { minuteOfDay } from "../../contract/timeOfDay";
import { FunctionError } from "../../functions/errors";
import type { SnapshotExports } from "../../functions/exporter/ports";
import { startExport } from "../../functions/exporter/startExport";
import { runGate } from "../../functions/gate/call/runGate";
import type { GatePorts } from "../../functions/gate/ports";
import { runLoader } from "../../functions/loader/loader";
import type { LoaderPorts, Transfers } from "../../functions/loader/ports";
import type { Log } from "../../functions/log";
import type { Report } from "../../functions/reports/report";
import type { Command } from "./advice";
import type { Design, YearCloud } from "./cloud";
import { between, type Dice, pick, wholeBetween } from "./dice";
import { type Attempt, checkFault, FunctionHost } from "./functionHost";
import { YearLoadQueue } from "./loadQueue";
import { Operator } from "./operator";
import type { ExportEnd, YearTask } from "./rds";
import type { YearStack } from "./stack";
import { Told } from "./told";
import type { YearTable } from "./year";

/** The functions' own logic; a test may put another gate in its place. */
export interface Logic {
  readonly startExport: typeof startExport;
  readonly runGate: typeof runGate;
  readonly runLoader: typeof runLoader;
}

const OWN_LOGIC: Logic = { startExport, runGate, runLoader };

const NO_LOG: Log = { appendKeys() {}, info() {}, warn() {}, error() {} };
const END_EVENTS: Readonly<Record<ExportEnd, string>> = {
  FAILED: "RDS-EVENT-0162",
  CANCELED: "RDS-EVENT-0163",
  COMPLETE: "RDS-EVENT-0164",
};
/** Minutes after which an event of RDS comes. Source: Aurora User Guide, "Working with Amazon RDS event notification". */
const EVENT = { least: 0, most: 5 };
const LATE_EVENT = { least: 6, most: 240 };
/** Minutes after midnight until which Google refuses the loader's token. */
const TOKEN_REFUSED = { least: 0, most: 18 * 60 };
/** How often each of these happens to the event of an export that is not the day's own. */
const OTHER_EVENTS = 0.1;
/** Snapshots that one person exports one after the other, at most. */
const OLD_SPOT_RUNS = 7;
/** How often a person asks for an older export, or asks twice, and within how many minutes. */
const LOAD_AGAIN = { older: 0.5, twice: 0.3, within: 10 };
/** Minutes behind the load, or the deadline, at which a day is judged. */
const JUDGED_AFTER = 60;
const DAY_MINUTES = 24 * 60;

/** The stack of this project, in one mode: the real functions, on the clouds of the year. */
export class OurStack implements Design {
  readonly configs;
  readonly knowledge;
  readonly judgedAt: number;
  private readonly told: Told;
  private readonly gate: FunctionHost;
  private readonly loader: FunctionHost;
  private readonly exporter: FunctionHost;
  private readonly queue: YearLoadQueue;
  private readonly operator: Operator;
  private policy: unknown;
  private open: readonly OpenExport[] = [];
  /** Snapshots that a person has asked for in the place of newer rows. */
  private readonly wanted = new Set<number>();
  /** Where the loader keeps what it has followed, and what it has called whole there. */
  private readonly followed: string;
  private readonly claims = new Set<string>();

  constructor(
    private readonly stack: YearStack,
    private readonly cloud: YearCloud,
    private readonly logic: Logic = OWN_LOGIC,
  ) {
    const { year, clock } = cloud;
    this.configs = stack.configs;
    this.followed = followedLoadsFolder(stack.folders.prefix);
    this.judgedAt = stack.awaitedMinute + JUDGED_AFTER;
    this.gate = new FunctionHost(clock, year, stack.gateName, (payload, attempt) =>
      this.logic.runGate(payload, attempt.invocation, stack.gate, this.gatePorts(attempt)),
    );
    this.loader = new FunctionHost(clock, year, "loader", (payload, attempt) => {
      if (stack.loader === undefined) throw new RangeError("the stack has no loader");
      const ports = this.loaderPorts(attempt, loadedSlot(payload));
      return this.logic.runLoader(payload, attempt.invocation, stack.loader, ports);
    });
    this.exporter = new FunctionHost(clock, year, stack.gate.exporterName, (payload) => this.export(payload));
    this.queue = new YearLoadQueue(year, clock, (event) => this.loader.invoke(event));
    const dayOfSlot = (slot: Slot) => year.calendar.dayOf(year.calendar.ofWallClock(wallClockOfSlot(slot)));
    this.told = new Told(
      () => clock.now(),
      dayOfSlot,
      (day) => this.dailySlot(day),
    );
    const hosts = new Map([
      [stack.gateName, this.gate],
      [stack.gate.exporterName, this.exporter],
    ]);
    this.operator = new Operator(cloud, stack, async ({ functionName, payload }) => {
      const host = hosts.get(functionName);
      if (host === undefined) throw new RangeError(`a report names ${functionName}, which is no function`);
      return host.invoke(payload);
    });
    this.knowledge = {
      isTold: (table: YearTable, day: number) => this.told.isTold(table, day),
      isWanted: (version: number) => this.wanted.has(version),
      hasFollowed: (from: Date, until: Date) => this.operator.hasFollowed(from, until),
    };
  }

  /** The slot of the daily export. */
  private dailySlot(day: number): Slot {
    const { gate } = this.stack;
    return slotOfExport(this.cloud.year.calendar.at(day, gate.exportTime), gate);
  }

  mayRead(key: string): boolean {
    return this.open.some(({ slot, folders, closedFolders }) => {
      const folder = `${taskId(this.stack.folders.prefix, slot)}/`;
      // No name of the year's holds a wildcard, so that each pattern has one, at its end.
      if (!folders.some((open) => key.startsWith(`${folder}${open.slice(0, -1)}`))) return false;
      return !closedFolders.some((closed) => key.startsWith(`${folder}${closed}/`));
    });
  }

  planDay(day: number): void {
    const { cloud, stack } = this;
    const { clock, year } = cloud;
    const scheduled = (host: FunctionHost, time: Date) =>
      host.invokeLater({ scheduledTime: time.toISOString() });
    cloud.planExporter(day, (time) => scheduled(this.exporter, time));
    this.planLook(day, year.calendar.at(day, stack.exporter.exportTime));
    const { hour, minute } = gateTime(stack.gate);
    for (const look of lookHours({ hour, minute })) {
      const time = year.calendar.at(day, { hour: look, minute });
      clock.at(time, () => scheduled(this.gate, time));
    }
    if (stack.gate.load !== ON_EXPORT_COMPLETE) {
      const loadAt = year.calendar.minute(day, stack.awaitedMinute);
      clock.at(loadAt, () => {
        for (const config of this.configs) cloud.transfers.start(config, loadAt, "clock");
      });
    }
    cloud.planSpotRuns(day, () => this.spotRun());
    this.planOldSpotRuns(day);
    this.planLoadAgain(day);
  }

  /** The exporter comes back every few minutes; once the day's export is there, further looks would find the same. */
  private planLook(day: number, before: Date): void {
    const { exporter, folders } = this.stack;
    const time = new Date(before.getTime() + COME_BACK_MINUTES * 60_000);
    if (!isLookTime(time, exporter)) return;
    this.cloud.clock.at(time, async () => {
      await this.exporter.invokeLater({ scheduledTime: time.toISOString(), again: true });
      const task = await this.cloud.rds.findTask(taskId(folders.prefix, this.dailySlot(day)));
      if (task === undefined) this.planLook(day, time);
    });
  }

  /** A person exports again: the newest automated snapshot, or one that they take for it. */
  private async spotRun(): Promise<void> {
    const throwOf = this.cloud.year.dice(this.cloud.clock.now().getTime(), "spot run");
    if (throwOf() < 0.5) return this.exportByHand({ exportAgain: true });
    this.cloud.snapshotByHand(({ arn }) => this.exportByHand({ snapshotArn: arn }));
  }

  private async exportByHand(payload: Command["payload"]): Promise<void> {
    await this.operator.run({ functionName: this.stack.gate.exporterName, payload });
  }

  /** A person looks for something in older rows, and exports snapshot by snapshot. */
  private planOldSpotRuns(day: number): void {
    const { clock, rds, year } = this.cloud;
    if (!year.has(day, "oldSpotRuns")) return;
    const throwOf = year.dice(day, "old spot runs");
    const first = wholeBetween(throwOf, 0, DAY_MINUTES - 1);
    const runs = wholeBetween(throwOf, 1, OLD_SPOT_RUNS);
    for (let run = 0; run < runs; run++) {
      clock.at(year.calendar.minute(day, first + run * 60), async () => {
        const arns = rds.allSnapshots().flatMap(({ DBClusterSnapshotArn: arn }) => arn ?? []);
        const snapshotArn = pick(year.dice(day, "old spot run", run), arns);
        await this.exportByHand({ snapshotArn, exportAgain: true });
      });
    }
  }

  /** A person has an export loaded that is there, whatever was loaded from it before. */
  private planLoadAgain(day: number): void {
    const { clock, year } = this.cloud;
    if (!year.has(day, "loadAgain")) return;
    const throwOf = year.dice(day, "load again");
    const minute = wholeBetween(throwOf, 0, DAY_MINUTES - 1);
    const times = throwOf() < LOAD_AGAIN.twice ? [minute, minute + LOAD_AGAIN.within * throwOf()] : [minute];
    const isAnyOther = throwOf() < LOAD_AGAIN.older;
    for (const time of times) {
      clock.at(year.calendar.minute(day, time), () =>
        this.loadAgain(isAnyOther, year.dice(day, "which export")),
      );
    }
  }

  private async loadAgain(isAnyOther: boolean, throwOf: Dice): Promise<void> {
    const tasks = await this.cloud.rds.listAllTasks();
    const complete = tasks
      .filter(({ Status }) => Status === "COMPLETE")
      .sort((a, b) => startOf(b) - startOf(a));
    if (complete.length === 0) return;
    const { ExportTaskIdentifier: id = "", SnapshotTime } = isAnyOther
      ? pick(throwOf, complete)
      : (complete[0] ?? {});
    const slot = slotOfTaskId(this.stack.folders.prefix, id);
    const payload = { slot, ...(isAnyOther && { evenIfOlder: true }) };
    try {
      await this.gate.invoke(payload);
    } catch (error) {
      // The function has told this person why not.
      checkFault(error);
      return;
    }
    if (isAnyOther && SnapshotTime !== undefined) this.wanted.add(SnapshotTime.getTime());
  }

  private async export(payload: unknown): ReturnType<typeof startExport> {
    const { clock, rds, year } = this.cloud;
    const day = this.cloud.today();
    const minute = year.calendar.minuteOf(clock.now());
    const { exporter, awaitedMinute } = this.stack;
    const sinceExport = minute - minuteOfDay(exporter.exportTime);
    const fails =
      (year.has(day, "exporterFailsAtFirst") && sinceExport === 0) ||
      (year.has(day, "exporterFails") && sinceExport >= 0 && minute < awaitedMinute);
    if (fails) throw new FunctionError("RdsUnreachableError", "RDS did not answer.");
    const daily = payload !== null && typeof payload === "object" && "scheduledTime" in payload;
    const exports: SnapshotExports = {
      listSnapshots: () => rds.listSnapshots(),
      findSnapshot: (id) => rds.findSnapshot(id),
      findTask: (id) => rds.findTask(id),
      listTasks: (arn) => rds.listTasks(arn),
      startTask: (request) => rds.startTask(request, daily),
    };
    const ports = { rds: exports, log: NO_LOG, now: () => clock.now() };
    return this.logic.startExport(payload, this.stack.gate.exporterName, this.stack.exporter, ports);
  }

  onExportEnded(task: YearTask): void {
    const { clock, year } = this.cloud;
    const day = year.calendar.dayOf(task.startTime);
    const throwOf = year.dice(day, "event", task.id);
    // Events of spot runs get lost as well, and are late.
    const has = (fault: "eventLost" | "eventLate" | "eventTwice" | "eventRepeated") =>
      task.daily ? year.has(day, fault) : year.dice(day, fault, task.id)() < OTHER_EVENTS;
    if (has("eventLost")) return;
    const event = this.endEvent(task);
    const { least, most } = has("eventLate") ? LATE_EVENT : EVENT;
    clock.after(between(throwOf, least, most), async () => {
      const deliveries = has("eventTwice") ? 2 : 1;
      // At the same time: the two invocations take turns at every call.
      await Promise.all(Array.from({ length: deliveries }, () => this.gate.invokeLater(event)));
    });
    if (has("eventRepeated")) {
      clock.after(wholeBetween(throwOf, DAY_MINUTES / 2, DAY_MINUTES), () => this.gate.invokeLater(event));
    }
  }

  private endEvent({ snapshot, end }: YearTask): object {
    return {
      source: "aws.rds",
      "detail-type": "RDS DB Cluster Snapshot Event",
      resources: [snapshot.arn],
      detail: { EventID: END_EVENTS[end], SourceType: "CLUSTER_SNAPSHOT", SourceArn: snapshot.arn },
    };
  }

  private gatePorts(attempt: Attempt): GatePorts {
    const { rds } = this.cloud;
    const { queue, ...ports } = this.ports(attempt);
    return {
      ...ports,
      ...(this.stack.loader && { queue }),
      tasks: {
        findTask: (id) => attempt.call("RDS", () => rds.findTask(id)),
        listTasks: (arn) => attempt.call("RDS", () => rds.listTasks(arn)),
        listAll: () => attempt.call("RDS", () => rds.listAllTasks()),
        findSnapshot: (id) => attempt.call("RDS", () => rds.findSnapshot(id)),
      },
      completedExports: {
        read: () => attempt.call("IAM", () => this.policy),
        write: (document) => attempt.call("IAM", () => this.writePolicy(document)),
        // The year's IAM shows at once what was written.
        pause: async () => undefined,
        accessKey: () =>
          attempt.call("IAM", () => ({ status: this.cloud.isKeyValid() ? "Active" : "Inactive" })),
      },
      metrics: { put() {} },
    };
  }

  private loaderPorts(attempt: Attempt, loaded: Slot | undefined): LoaderPorts {
    return {
      ...this.ports(attempt),
      transfers: this.transfersFor(attempt, loaded),
      counter: {
        count: ({ slot, folder }) =>
          attempt.call("Lambda", () => {
            const files = this.cloud.bucket
              .list(`${taskId(this.stack.folders.prefix, slot)}/${folder}/`)
              .filter(({ key }) => key.endsWith(".parquet"));
            // A file of the year is a row.
            return { files: files.length, rows: files.length, bytes: files.length, left: 0 };
          }),
      },
      copies: { publish: () => attempt.call("Google", () => this.asLoader(() => undefined)) },
      journal: {
        replaceDay: (_table, _day, rows) =>
          attempt.call("Google", () => this.asLoader(() => this.checkJournal(rows))),
      },
    };
  }

  /** What gate and loader both need. */
  private ports(attempt: Attempt): Omit<LoaderPorts, "transfers" | "copies" | "journal"> {
    const { bucket, clock } = this.cloud;
    return {
      objects: {
        async *listObjects(prefix) {
          yield await attempt.call("S3", () =>
            bucket.list(prefix).map(({ key, text = "" }) => ({ key, bytes: text.length })),
          );
        },
        read: (key) => attempt.call("S3", () => bucket.find(key)?.text),
        create: (key, text) =>
          attempt.call("S3", () => {
            if (bucket.find(key) !== undefined) return false;
            bucket.put({ key, text, lastModified: clock.now().getTime() });
            return true;
          }),
        replace: (key, text) =>
          attempt.call("S3", () => {
            bucket.put({ key, text, lastModified: clock.now().getTime() });
            if (key.startsWith(this.followed)) this.checkWhole(JSON.parse(text));
          }),
      },
      reports: {
        publish: (report) => attempt.call("SNS", () => this.publish(report)),
      },
      queue: { send: (message, once) => attempt.call("SQS", () => this.queue.send(message, once)) },
      log: NO_LOG,
      now: () => clock.now(),
    };
  }

  private checkWhole({ slot, from, tables }: FollowedLoads): void {
    for (const { dataset, destination, outcome, run } of tables) {
      this.checkClaim(slot, `${dataset}.${destination}`, outcome, run ?? from);
    }
  }

  private checkJournal(rows: readonly (JournalLoad | JournalColumn)[]): void {
    for (const row of rows) {
      if (!("outcome" in row)) continue;
      this.checkClaim(row.slot, `${row.dataset_id}.${row.table_id}`, row.outcome, row.run ?? row.ended);
    }
  }

  /** Holds a table of which it is said for the first time that it is whole against what it is. */
  private checkClaim(slot: Slot, target: string, outcome: LoadOutcome | undefined, load: string): void {
    const claim = `${slot} ${target} ${load}`;
    if (outcome !== "whole" || this.claims.has(claim)) return;
    this.claims.add(claim);
    this.cloud.callWhole(target, taskId(this.stack.folders.prefix, slot));
  }

  private writePolicy(document: object): void {
    this.policy = document;
    this.open = openExports(this.stack.folders, document);
  }

  private publish(report: Report): void {
    this.told.hear(report);
    this.operator.hear(report);
  }

  private transfersFor(attempt: Attempt, loaded: Slot | undefined): Transfers {
    const { transfers } = this.cloud;
    const call = <T>(ask: () => T) => attempt.call("Google", () => this.asLoader(ask));
    return {
      list: () => call(() => [...this.configs]),
      listRuns: (name) => call(() => transfers.runsOf(name).map((run) => ({ ...run }))),
      logOf: () => call(() => []),
      startRun: (name, runTime) =>
        call(() => {
          this.loader.faults.checkStart();
          const config = this.configs.find((it) => it.name === name);
          if (config === undefined)
            throw new FunctionError("GoogleCallError", `There is no transfer ${name}.`, false);
          transfers.start(config, runTime, "manual");
        }),
      describeTable: (dataset, table) => call(() => this.cloud.warehouse.describe(`${dataset}.${table}`)),
      emptyTable: (dataset, table) =>
        call(() => {
          if (loaded === undefined) throw new RangeError(`${table} is emptied by no load`);
          return this.cloud.empty(`${dataset}.${table}`, taskId(this.stack.folders.prefix, loaded));
        }),
    };
  }

  private asLoader<T>(ask: () => T): T {
    const { year, clock } = this.cloud;
    const day = this.cloud.today();
    if (year.has(day, "tokenRefused")) {
      const until = between(year.dice(day, "token refused until"), TOKEN_REFUSED.least, TOKEN_REFUSED.most);
      if (year.calendar.minuteOf(clock.now()) < until) {
        throw new FunctionError("GoogleCallError", "Google refuses the loader's token.", false);
      }
    }
    return ask();
  }
}

/** The slot that a message of the load queue asks to load. */
function loadedSlot(payload: unknown): Slot | undefined {
  const { Records: [{ body = "{}" } = {}] = [] } = payload as { Records?: { body?: string }[] };
  return (JSON.parse(body) as Partial<LoadMessage>).load;
}

function startOf({ TaskStartTime: start }: ExportTask): number {
  return start?.getTime() ?? 0;
}
