import type { ExportTask } from "@aws-sdk/client-rds";
import { COME_BACK_MINUTES, isLookTime } from "../../contract/dailyExport";
import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import { gateTime, lookHours } from "../../contract/gateClock";
import type { LoadMessage } from "../../contract/loadMessage";
import { type Slot, slotOfExport, wallClockOfSlot } from "../../contract/slot";
import { slotOfTaskId, taskId } from "../../contract/taskId";
import { minuteOfDay } from "../../contract/timeOfDay";
import { FunctionError } from "../../functions/errors";
import type { SnapshotExports } from "../../functions/exporter/ports";
import { startExport } from "../../functions/exporter/startExport";
import { runGate } from "../../functions/gate/call/runGate";
import { runLoader } from "../../functions/loader/loader";
import type { Report } from "../../functions/reports/report";
import type { Command } from "./advice";
import type { Design, YearCloud } from "./cloud";
import { between, type Dice, pick, wholeBetween } from "./dice";
import type { ExportEnd } from "./exportFiles";
import { checkFault, FunctionHost } from "./functionHost";
import { FunctionPorts, NO_LOG } from "./functionPorts";
import { YearLoadQueue } from "./loadQueue";
import { Operator } from "./operator";
import type { YearTask } from "./rds";
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

const END_EVENTS: Readonly<Record<ExportEnd, string>> = {
  FAILED: "RDS-EVENT-0162",
  CANCELED: "RDS-EVENT-0163",
  COMPLETE: "RDS-EVENT-0164",
};
/** Minutes after which an event of RDS comes. Source: Aurora User Guide, "Working with Amazon RDS event notification". */
const EVENT = { least: 0, most: 5 };
const LATE_EVENT = { least: 6, most: 240 };
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
  private readonly ports: FunctionPorts;
  /** Snapshots that a person has asked for in the place of newer rows. */
  private readonly wanted = new Set<number>();

  constructor(
    private readonly stack: YearStack,
    private readonly cloud: YearCloud,
    private readonly logic: Logic = OWN_LOGIC,
  ) {
    const { year, clock } = cloud;
    this.configs = stack.configs;
    this.judgedAt = stack.awaitedMinute + JUDGED_AFTER;
    this.gate = new FunctionHost(clock, year, stack.gateName, (payload, attempt) =>
      this.logic.runGate(payload, attempt.invocation, stack.gate, this.ports.ofGate(attempt)),
    );
    this.loader = new FunctionHost(clock, year, "loader", (payload, attempt) => {
      if (stack.loader === undefined) throw new RangeError("the stack has no loader");
      const ports = this.ports.ofLoader(attempt, loadedSlot(payload));
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
    this.ports = new FunctionPorts(stack, cloud, {
      queue: this.queue,
      publish: (report) => this.publish(report),
      checkStart: () => this.loader.faults.checkStart(),
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
    return this.ports.mayRead(key);
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

  private publish(report: Report): void {
    this.told.hear(report);
    this.operator.hear(report);
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
