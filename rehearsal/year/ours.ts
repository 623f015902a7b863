import { type OpenExport, openExports } from "../../contract/completedExports";
import { COME_BACK_MINUTES, isLookTime } from "../../contract/dailyExport";
import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import { gateTime, lookHours } from "../../contract/gateClock";
import { renderTemplate } from "../../contract/runTime";
import { type Slot, slotOfExport, wallClockOfSlot } from "../../contract/slot";
import { taskId } from "../../contract/taskId";
import { minuteOfDay } from "../../contract/timeOfDay";
import { RdsUnreachableError } from "../../functions/exporter/errors";
import { startExport } from "../../functions/exporter/startExport";
import { GoogleCallError } from "../../functions/gate/errors";
import { runGate } from "../../functions/gate/gate";
import type { GatePorts, Report, Transfers } from "../../functions/gate/ports";
import type { Log } from "../../functions/log";
import type { Design, YearCloud } from "./cloud";
import { between, wholeBetween } from "./dice";
import { type Attempt, FunctionHost } from "./functionHost";
import { YearLoadQueue } from "./loadQueue";
import { Operator } from "./operator";
import type { ExportEnd, YearTask } from "./rds";
import type { YearStack } from "./stack";
import { Told } from "./told";
import { targetOf } from "./transferService";
import type { YearTable } from "./year";

/** The functions' own logic; a test may put another gate in its place. */
export interface Logic {
  readonly startExport: typeof startExport;
  readonly runGate: typeof runGate;
}

const OWN_LOGIC: Logic = { startExport, runGate };

const NO_LOG: Log = { appendKeys() {}, info() {}, warn() {}, error() {} };
const END_EVENTS: Readonly<Record<ExportEnd, string>> = {
  FAILED: "RDS-EVENT-0162",
  CANCELED: "RDS-EVENT-0163",
  COMPLETE: "RDS-EVENT-0164",
};
/** Minutes after which an event of RDS comes. Source: Aurora User Guide, "Working with Amazon RDS event notification". */
const EVENT = { least: 0, most: 5 };
const LATE_EVENT = { least: 6, most: 240 };
/** Minutes after midnight until which Google refuses the gate's token. */
const TOKEN_REFUSED = { least: 0, most: 18 * 60 };
/** Minutes behind the load, or the deadline, at which a day is judged. */
const JUDGED_AFTER = 60;
const DAY_MINUTES = 24 * 60;

/** The stack of this project, in one mode: the real functions, on the clouds of the year. */
export class OurStack implements Design {
  readonly configs;
  readonly knowledge;
  readonly judgedAt: number;
  /** What the gate noted for BigQuery's check; the year has no such check. */
  readonly notes: string[] = [];
  private readonly told: Told;
  private readonly gate: FunctionHost;
  private readonly exporter: FunctionHost;
  private readonly queue: YearLoadQueue;
  private readonly operator: Operator;
  private policy: unknown;
  private open: readonly OpenExport[] = [];

  constructor(
    private readonly stack: YearStack,
    private readonly cloud: YearCloud,
    private readonly logic: Logic = OWN_LOGIC,
  ) {
    const { year, clock } = cloud;
    this.configs = stack.configs;
    this.judgedAt = stack.awaitedMinute + JUDGED_AFTER;
    this.gate = new FunctionHost(clock, year, stack.gateName, (payload, attempt) =>
      this.logic.runGate(payload, attempt.invocation, stack.gate, this.gatePorts(attempt)),
    );
    this.exporter = new FunctionHost(clock, year, stack.gate.exporterName, (payload) => this.export(payload));
    this.queue = new YearLoadQueue(year, clock, (event) => this.gate.invoke(event));
    const dayOfSlot = (slot: Slot) => year.calendar.dayOf(year.calendar.ofWallClock(wallClockOfSlot(slot)));
    this.told = new Told(
      () => clock.now(),
      dayOfSlot,
      (day) => this.dailySlot(day),
    );
    this.operator = new Operator(cloud, stack, {
      export: (payload) => this.exporter.invoke(payload),
      gate: (payload) => this.gate.invoke(payload),
    });
    this.knowledge = {
      isTold: (table: YearTable, day: number) => this.told.isTold(table, day),
      isKeyToBlame: (table: YearTable, day: number) => this.isKeyToBlame(table, day),
    };
  }

  /** The slot of the daily export. */
  private dailySlot(day: number): Slot {
    const { gate } = this.stack;
    return slotOfExport(this.cloud.year.calendar.at(day, gate.exportTime), gate);
  }

  private isKeyToBlame({ target }: YearTable, day: number): boolean {
    const { bucketName, prefix } = this.stack.folders;
    const folder = `s3://${bucketName}/${taskId(prefix, this.dailySlot(day))}/`;
    const config = this.configs.find((it) => targetOf(it) === target);
    const runs = config === undefined ? [] : this.cloud.transfers.runsOf(config.name);
    return runs.some(
      ({ fault, runTime }) =>
        fault === "key" && renderTemplate(config?.params.data_path ?? "", runTime).startsWith(folder),
    );
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
    if (throwOf() < 0.5) return this.operator.export({ exportAgain: true });
    this.cloud.snapshotByHand(({ arn }) => this.operator.export({ snapshotArn: arn }));
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
    if (fails) throw new RdsUnreachableError("RDS did not answer.");
    const ports = { rds, log: NO_LOG, now: () => clock.now() };
    return this.logic.startExport(payload, this.stack.gate.exporterName, this.stack.exporter, ports);
  }

  onExportEnded(task: YearTask): void {
    const { clock, year } = this.cloud;
    const day = year.calendar.dayOf(task.startTime);
    const throwOf = year.dice(day, "event", task.id);
    const has = (fault: Parameters<typeof year.has>[1]) => task.daily && year.has(day, fault);
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
    const { rds, bucket, clock } = this.cloud;
    const federated = this.stack.gate.federation !== undefined;
    return {
      tasks: {
        findTask: (id) => attempt.call("RDS", () => rds.findTask(id)),
        listTasks: (arn) => attempt.call("RDS", () => rds.listTasks(arn)),
        listAll: () => attempt.call("RDS", () => rds.listAllTasks()),
        findSnapshot: (id) => attempt.call("RDS", () => rds.findSnapshot(id)),
      },
      objects: {
        async *listKeys(prefix) {
          yield await attempt.call("S3", () => bucket.list(prefix).map(({ key }) => key));
        },
        read: (key) => attempt.call("S3", () => bucket.find(key)?.text),
        create: (key, text) =>
          attempt.call("S3", () => {
            if (bucket.find(key) !== undefined) return false;
            bucket.put({ key, text, lastModified: clock.now().getTime() });
            return true;
          }),
        replace: (key, text) =>
          attempt.call("S3", () => bucket.put({ key, text, lastModified: clock.now().getTime() })),
      },
      completedExports: {
        read: () => attempt.call("IAM", () => this.policy),
        write: (document) => attempt.call("IAM", () => this.writePolicy(document)),
        // The year's IAM shows at once what was written.
        pause: async () => undefined,
        accessKey: () =>
          attempt.call("IAM", () => ({ status: this.cloud.isKeyValid() ? "Active" : "Inactive" })),
      },
      reports: {
        publish: (report) => attempt.call("SNS", () => this.publish(report)),
        hasConfirmedRecipients: () => attempt.call("SNS", () => true),
      },
      ...(federated && {
        queue: { send: (message, once) => attempt.call("SQS", () => this.queue.send(message, once)) },
        transfers: this.transfersFor(attempt),
        toldNote: { write: (text) => attempt.call("Google", () => this.asGate(() => this.write(text))) },
      }),
      metrics: { put() {} },
      log: NO_LOG,
      now: () => clock.now(),
    };
  }

  private writePolicy(document: object): void {
    this.policy = document;
    this.open = openExports(this.stack.folders, document);
  }

  private publish(report: Report): void {
    this.told.hear(report);
    this.operator.hear(report);
  }

  private write(note: string): void {
    this.notes.push(note);
  }

  private transfersFor(attempt: Attempt): Transfers {
    const { transfers } = this.cloud;
    const call = <T>(ask: () => T) => attempt.call("Google", () => this.asGate(ask));
    return {
      list: () => call(() => [...this.configs]),
      listRuns: (name) => call(() => transfers.runsOf(name).map((run) => ({ ...run }))),
      startRun: (name, runTime) =>
        call(() => {
          this.gate.faults.checkStart();
          const config = this.configs.find((it) => it.name === name);
          if (config === undefined) throw new GoogleCallError(`There is no transfer ${name}.`, false);
          transfers.start(config, runTime, "manual");
        }),
      emptyTable: (dataset, table) => call(() => this.cloud.empty(`${dataset}.${table}`)),
    };
  }

  private asGate<T>(ask: () => T): T {
    const { year, clock } = this.cloud;
    const day = this.cloud.today();
    if (year.has(day, "tokenRefused")) {
      const until = between(year.dice(day, "token refused until"), TOKEN_REFUSED.least, TOKEN_REFUSED.most);
      if (year.calendar.minuteOf(clock.now()) < until) {
        throw new GoogleCallError("Google refuses the gate's token.", false);
      }
    }
    return ask();
  }
}
