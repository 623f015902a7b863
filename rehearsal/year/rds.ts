import type { DBClusterSnapshot, ExportTask, StartExportTaskCommandInput } from "@aws-sdk/client-rds";
import type { Engine } from "../../contract/layout";
import { FunctionError } from "../../functions/errors";
import type { SnapshotExports } from "../../functions/exporter/ports";
import type { VirtualClock } from "../clock";
import type { YearBucket } from "./bucket";
import { between } from "./dice";
import { type ExportEnd, ExportFiles, type Snapshot, type TaskCourse } from "./exportFiles";
import { commonExportMinutes } from "./faults";
import type { Year } from "./year";

/** An export that was started. */
export interface YearTask {
  readonly id: string;
  readonly snapshot: Snapshot;
  readonly startTime: Date;
  readonly endTime: Date;
  readonly end: ExportEnd;
  readonly daily: boolean;
  readonly bucketName: string;
  readonly warning?: string;
}

/** Place of the cluster, as ARNs and answers carry it. */
export interface ClusterPlace {
  readonly region: string;
  readonly accountId: string;
  readonly clusterIdentifier: string;
  readonly engine: Engine;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Minutes until a snapshot is available, and days for which RDS keeps it. */
const SNAPSHOT_MINUTES = 8;
const SNAPSHOT_DAYS = 7;
/** Exports that may run at once in the account. */
const CONCURRENT_EXPORTS = 5;
/** Days for which snapshots that people took, and tasks, are kept here: longer than exports are. */
const MANUAL_DAYS = 40;
/** Others' exports: how often they go on all day, or until how many minutes behind the export's time. */
const OTHERS = { allDay: 0.4, before: 30, least: 4, most: 200 };
/** An export that does not succeed ends at a part of its time. */
const BROKEN_OFF = { least: 0.35, most: 0.95 };
/** Exports by hand go wrong as well, if more rarely. */
const BY_HAND_FAILS = 0.05;

/** The cluster's snapshots, and the exports of them. */
export class YearRds implements SnapshotExports {
  private snapshots: Snapshot[] = [];
  private readonly tasks = new Map<string, YearTask>();
  private readonly files: ExportFiles;

  constructor(
    private readonly year: Year,
    private readonly clock: VirtualClock,
    bucket: YearBucket,
    private readonly place: ClusterPlace,
    private readonly exportMinute: number,
    private readonly onEnd: (task: YearTask) => void,
  ) {
    this.files = new ExportFiles(year, bucket, place.engine);
  }

  /** Takes a snapshot now. */
  takeSnapshot(manual: boolean, minutes = SNAPSHOT_MINUTES): Snapshot {
    const { region, accountId, clusterIdentifier } = this.place;
    const now = this.clock.now();
    const stamp = now.toISOString().slice(0, 16).replace(/[T:]/g, "-");
    const id = `${manual ? "by-hand-" : "rds:"}${clusterIdentifier}-${stamp}`;
    const snapshot = {
      id,
      arn: `arn:aws:rds:${region}:${accountId}:cluster-snapshot:${id}`,
      manual,
      createTime: now,
      availableFrom: new Date(now.getTime() + minutes * MINUTE),
    };
    const kept = ({ createTime, manual }: Snapshot) =>
      now.getTime() - createTime.getTime() < (manual ? MANUAL_DAYS : SNAPSHOT_DAYS) * DAY;
    this.snapshots = [...this.snapshots.filter(kept), snapshot];
    return snapshot;
  }

  private describeSnapshot({ id, arn, createTime, availableFrom }: Snapshot): DBClusterSnapshot {
    return {
      DBClusterSnapshotIdentifier: id,
      DBClusterSnapshotArn: arn,
      DBClusterIdentifier: this.place.clusterIdentifier,
      SnapshotCreateTime: createTime,
      Status: this.clock.now() < availableFrom ? "creating" : "available",
    };
  }

  /** All snapshots, those taken by hand too. */
  allSnapshots(): DBClusterSnapshot[] {
    return this.snapshots.map((it) => this.describeSnapshot(it));
  }

  async listSnapshots(): Promise<DBClusterSnapshot[]> {
    return this.snapshots.filter(({ manual }) => !manual).map((it) => this.describeSnapshot(it));
  }

  async findSnapshot(id: string): Promise<DBClusterSnapshot | undefined> {
    const found = this.snapshots.find((it) => it.id === id);
    return found && this.describeSnapshot(found);
  }

  private describeTask(task: YearTask): ExportTask {
    const ended = this.clock.now() >= task.endTime;
    return {
      ExportTaskIdentifier: task.id,
      SourceArn: task.snapshot.arn,
      SnapshotTime: task.snapshot.createTime,
      TaskStartTime: task.startTime,
      S3Bucket: task.bucketName,
      Status: ended ? task.end : "IN_PROGRESS",
      ...(ended && {
        TaskEndTime: task.endTime,
        WarningMessage: task.warning,
        ...(task.end === "FAILED" && { FailureCause: "An unknown internal error occurred." }),
      }),
    };
  }

  async findTask(id: string): Promise<ExportTask | undefined> {
    const task = this.tasks.get(id);
    return task && this.describeTask(task);
  }

  /** The snapshot of an export. */
  snapshotOf(id: string): Snapshot | undefined {
    return this.tasks.get(id)?.snapshot;
  }

  async listTasks(snapshotArn: string): Promise<ExportTask[]> {
    return this.tasksOf(snapshotArn).map((it) => this.describeTask(it));
  }

  /** Every task that is kept here, of whatever snapshot. */
  async listAllTasks(): Promise<ExportTask[]> {
    return [...this.tasks.values()].map((it) => this.describeTask(it));
  }

  private tasksOf(snapshotArn: string): YearTask[] {
    return [...this.tasks.values()].filter(({ snapshot }) => snapshot.arn === snapshotArn);
  }

  /** True while others do, on a day with such a fault: around the export's time, or all day. */
  private isTakenByOthers(fault: "accountFull" | "snapshotBusy", now: Date): boolean {
    const { calendar } = this.year;
    const day = calendar.dayOf(now);
    if (!this.year.has(day, fault)) return false;
    const throwOf = this.year.dice(day, fault);
    const since = calendar.minuteOf(now) - this.exportMinute;
    return (
      since >= -OTHERS.before &&
      (throwOf() < OTHERS.allDay || since < between(throwOf, OTHERS.least, OTHERS.most))
    );
  }

  /** @throws FunctionError if no other export may be started, of this snapshot or at all */
  private checkRoom({ arn, manual, createTime }: Snapshot, now: Date): void {
    const running = [...this.tasks.values()].filter(({ endTime }) => endTime > now);
    const isOfTonight = !manual && this.year.calendar.dayOf(createTime) === this.year.calendar.dayOf(now);
    if (
      running.some(({ snapshot }) => snapshot.arn === arn) ||
      (isOfTonight && this.isTakenByOthers("snapshotBusy", now))
    ) {
      throw new FunctionError(
        "SnapshotStateError",
        `Snapshot ${arn} is being exported: start this one when the other has ended.`,
      );
    }
    if (running.length >= CONCURRENT_EXPORTS || this.isTakenByOthers("accountFull", now)) {
      throw new FunctionError(
        "ExportLimitError",
        "The account runs five exports. Start this one when another has ended.",
      );
    }
  }

  /**
   * @param daily true for the export that the clock starts
   * @throws FunctionError as the real client's, for the faults that a start can meet
   */
  async startTask(request: StartExportTaskCommandInput, daily = false): Promise<ExportTask> {
    const { ExportTaskIdentifier: id = "", SourceArn: arn = "", S3BucketName: bucketName = "" } = request;
    const now = this.clock.now();
    const snapshot = this.snapshots.find((it) => it.arn === arn);
    if (snapshot === undefined || now < snapshot.availableFrom) {
      throw new FunctionError("SnapshotStateError", `Snapshot ${arn} is in no state to be exported.`);
    }
    if (this.tasks.has(id))
      throw new FunctionError("ExportTaskAlreadyExistsError", `Export task "${id}" exists already.`);
    this.checkRoom(snapshot, now);
    const course = this.courseOf(id, now, daily);
    const warning = this.files.write(id, snapshot, now, course);
    const endTime = new Date(now.getTime() + course.minutes * MINUTE);
    const task: YearTask = { ...course, id, snapshot, startTime: now, endTime, bucketName, warning };
    this.tasks.set(id, task);
    for (const [other, { startTime }] of this.tasks) {
      if (now.getTime() - startTime.getTime() > MANUAL_DAYS * DAY) this.tasks.delete(other);
    }
    this.clock.at(endTime, () => this.onEnd(task));
    return this.describeTask(task);
  }

  private courseOf(id: string, now: Date, daily: boolean): TaskCourse {
    const day = this.year.calendar.dayOf(now);
    const throwOf = this.year.dice(day, "course", daily ? "daily" : id);
    const { faults } = this.year.plan(day);
    const end = daily
      ? faults.has("exportFailed")
        ? "FAILED"
        : faults.has("exportCanceled")
          ? "CANCELED"
          : "COMPLETE"
      : throwOf() < BY_HAND_FAILS
        ? "FAILED"
        : "COMPLETE";
    const whole = daily ? this.year.plan(day).exportMinutes : commonExportMinutes(throwOf);
    const part = end === "COMPLETE" ? 1 : between(throwOf, BROKEN_OFF.least, BROKEN_OFF.most);
    return { minutes: whole * part, end, daily };
  }
}
