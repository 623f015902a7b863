import { minuteOfDay, type TimeOfDay } from "../../contract/timeOfDay";
import type { TransferConfig } from "../../functions/loader/ports";
import { VirtualClock } from "../clock";
import { YearBucket } from "./bucket";
import { between, wholeBetween } from "./dice";
import type { Snapshot } from "./exportFiles";
import { type ClusterPlace, YearRds, type YearTask } from "./rds";
import { FOLLOWED, type Knowledge, Tally } from "./tally";
import { type Reader, YearTransferService } from "./transferService";
import { Warehouse } from "./warehouse";
import type { Year } from "./year";

/** What a design adds to the clouds. */
export interface Design {
  /** The configs of its transfers. */
  readonly configs: readonly TransferConfig[];
  readonly knowledge: Knowledge;
  /** What the reader may read, as far as its key is valid. */
  mayRead(key: string): boolean;
  /** An export has ended. */
  onExportEnded(task: YearTask): void;
  /** Makes a day's appointments; called at its midnight. */
  planDay(day: number): void;
  /** Minutes behind midnight at which the day is judged. */
  readonly judgedAt: number;
}

const DAY_MINUTES = 24 * 60;
/**
 * Minutes before the export at which the snapshot is taken, where nothing goes wrong; not before midnight. The exporter
 * takes it for the night's whatever time a stack file gives for it: that is half an hour before the export at the latest,
 * and a snapshot may come two hours sooner.
 */
const SNAPSHOT_BEFORE_EXPORT = 145;
/** Days before the first one, with no fault, so that the year begins with right tables. */
const DAYS_BEFORE = 3;

/** Minutes between the export's time and the snapshot, where it is late, or just being made. */
const LATE_SNAPSHOT = { least: 60, most: 300 };
const CREATING_SNAPSHOT = { before: 5, least: 5.5, most: 10 };
const MANUAL_SNAPSHOT = { before: 1, minutes: 10 };
/** Minutes behind midnight at which a revoked key ceases to work. */
const KEY_REVOKED = { least: 0, most: 8 * 60 };
/** Milliseconds within which the exporter is invoked a second time. */
const INVOKED_TWICE_WITHIN = 90_000;
/** Milliseconds until a person sees that a snapshot is available. */
const SNAPSHOT_SEEN_AFTER = 60_000;
/** Minutes between two spot runs of one day. */
const SECOND_SPOT_RUN = { least: 5, most: 180 };

/** The two clouds of one design, as small as a year of them needs. */
export class YearCloud {
  readonly clock: VirtualClock;
  readonly bucket: YearBucket;
  readonly rds: YearRds;
  readonly warehouse = new Warehouse();
  readonly transfers: YearTransferService;
  private design?: Design;
  private tally?: Tally;

  constructor(
    readonly year: Year,
    place: ClusterPlace,
    private readonly exportTime: TimeOfDay,
    retentionDays: number,
  ) {
    this.clock = new VirtualClock(year.calendar.minute(-DAYS_BEFORE, 0));
    this.bucket = new YearBucket(this.clock, retentionDays);
    const exportMinute = minuteOfDay(exportTime);
    this.rds = new YearRds(year, this.clock, this.bucket, place, exportMinute, (task) =>
      this.design?.onExportEnded(task),
    );
    const reader: Reader = {
      isKeyValid: () => this.isKeyValid(),
      mayRead: (key) => this.design?.mayRead(key) === true,
    };
    this.transfers = new YearTransferService(
      year,
      this.clock,
      this.bucket,
      reader,
      (target, files, isHalfSeen) =>
        this.change(target, () => this.warehouse.load(target, files, this.clock.now(), isHalfSeen)),
    );
  }

  today(): number {
    return this.year.calendar.dayOf(this.clock.now());
  }

  /** True while the reader's access key is active. */
  isKeyValid(): boolean {
    const day = this.today();
    if (!this.year.has(day, "keyRevoked")) return true;
    const from = between(this.year.dice(day, "key revoked at"), KEY_REVOKED.least, KEY_REVOKED.most);
    return this.year.calendar.minuteOf(this.clock.now()) < from;
  }

  /** Somebody says that a table is a whole copy of an export. */
  callWhole(target: string, taskId: string): void {
    this.tally?.callWhole(target, this.today(), taskId);
  }

  private change(target: string, apply: () => void): void {
    const { tally, design } = this;
    if (tally === undefined || design === undefined) throw new RangeError("nobody lives in this cloud yet");
    const judged = this.year.calendar.minuteOf(this.clock.now()) > design.judgedAt;
    tally.change(target, this.today(), judged, apply);
  }

  /**
   * Empties a table: what the statement does, whoever runs it.
   * @param taskId the export for whose sake: if its snapshot has rows of the table, they are missing
   */
  empty(target: string, taskId: string): "emptied" | "wasEmpty" {
    if (!this.warehouse.hasRows(target)) return "wasEmpty";
    this.change(target, () =>
      this.warehouse.empty(target, this.emptinessOf(target, taskId), this.clock.now()),
    );
    return "emptied";
  }

  private emptinessOf(target: string, taskId: string): number | undefined {
    const { year } = this;
    const table = year.tables.find((it) => it.target === target);
    const taken = this.rds.snapshotOf(taskId)?.createTime;
    if (table === undefined || taken === undefined) return undefined;
    return year.stateOf(year.calendar.dayOf(taken), table) === "empty" ? taken.getTime() : undefined;
  }

  /** Lives through the year with a design, and counts its days. */
  async live(design: Design, days: number) {
    const { year, clock } = this;
    this.design = design;
    const tally = new Tally(year, this.warehouse, design.knowledge);
    this.tally = tally;
    for (let day = -DAYS_BEFORE; day < days; day++) {
      const minute = (behind: number) => year.calendar.minute(day, behind);
      this.bucket.sweep();
      this.planSnapshots(day);
      design.planDay(day);
      clock.at(minute(design.judgedAt), () => tally.lookAtAll(day));
      clock.at(minute(FOLLOWED.lookedAt), () => tally.lookAtFollowed(day));
      await clock.runUntil(new Date(minute(DAY_MINUTES).getTime() - 1));
    }
    // The last day may be judged behind its midnight.
    await clock.runUntil(year.calendar.minute(days + 1, 0));
    return tally.counts(days);
  }

  private planSnapshots(day: number): void {
    const { year, clock, rds } = this;
    const exportMinute = minuteOfDay(this.exportTime);
    const at = (minute: number, action: () => void) => clock.at(year.calendar.minute(day, minute), action);
    const throwOf = year.dice(day, "snapshot");
    if (year.has(day, "manualSnapshot")) {
      const { before, minutes } = MANUAL_SNAPSHOT;
      at(exportMinute - before, () => rds.takeSnapshot(true, minutes));
    }
    if (year.has(day, "snapshotMissing")) return;
    if (year.has(day, "snapshotLate")) {
      at(exportMinute + between(throwOf, LATE_SNAPSHOT.least, LATE_SNAPSHOT.most), () =>
        rds.takeSnapshot(false),
      );
    } else if (year.has(day, "snapshotCreating")) {
      const { before, least, most } = CREATING_SNAPSHOT;
      at(exportMinute - before, () => rds.takeSnapshot(false, between(throwOf, least, most)));
    } else {
      at(Math.max(0, exportMinute - SNAPSHOT_BEFORE_EXPORT), () => rds.takeSnapshot(false));
    }
  }

  /** Calls the exporter at its time, and once more where it is invoked twice. */
  planExporter(day: number, invoke: (scheduledTime: Date) => Promise<void>): void {
    const { year, clock } = this;
    const time = year.calendar.at(day, this.exportTime);
    clock.at(time, () => invoke(time));
    if (!year.has(day, "exporterTwice")) return;
    const later = between(year.dice(day, "exporter twice"), 0, INVOKED_TWICE_WITHIN);
    clock.at(new Date(time.getTime() + later), () => invoke(time));
  }

  /** Calls a person's action at the hours at which somebody wants newer rows than the clock brings. */
  planSpotRuns(day: number, spotRun: () => Promise<void> | void): void {
    const { year, clock } = this;
    const twice = year.has(day, "spotRunTwice");
    if (!twice && !year.has(day, "spotRun")) return;
    const throwOf = year.dice(day, "spot run");
    const first = wholeBetween(throwOf, 0, DAY_MINUTES - 1);
    const again = first + wholeBetween(throwOf, SECOND_SPOT_RUN.least, SECOND_SPOT_RUN.most);
    const minutes = twice ? [first, again] : [first];
    for (const minute of minutes) clock.at(year.calendar.minute(day, minute), spotRun);
  }

  /** A person takes a snapshot, and goes on when it can be exported. */
  snapshotByHand(goOn: (snapshot: Snapshot) => Promise<void>): void {
    const snapshot = this.rds.takeSnapshot(true);
    this.clock.at(new Date(snapshot.availableFrom.getTime() + SNAPSHOT_SEEN_AFTER), () => goOn(snapshot));
  }
}
