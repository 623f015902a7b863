import type { StartExportTaskCommandInput } from "@aws-sdk/client-rds";
import { escapeTemplateText } from "../../contract/runTime";
import { minuteOfDay } from "../../contract/timeOfDay";
import { FunctionError } from "../../functions/errors";
import type { TransferConfig } from "../../functions/loader/ports";
import type { Design, YearCloud } from "./cloud";
import { between, wholeBetween } from "./dice";
import type { YearTask } from "./rds";
import type { YearStack } from "./stack";
import { targetOf } from "./transferService";

/**
 * Which date a transfer's path renders: that of `run_time` in UTC, as published, so that 06:00 in Tokyo reads the
 * folder of the day before; or that of the stack's zone, with only this corrected.
 */
export type OriginalDate = "published" | "corrected";

/** Minutes behind the load at which a day is judged. */
const JUDGED_AFTER = 60;
const MINUTES_PER_HOUR = 60;
/** Minutes that a person takes to copy an export over the day's folder, and to go to the transfers then. */
const COPYING = { least: 2, most: 20 };
const TO_TRANSFERS = { least: 6, most: 15 };

/**
 * The design that this project started from (nextbeat, zenn.dev, 2025-02-18): its handler's rules, its paths, its two
 * clocks with a fixed distance, its manual procedure. Its handler is taken as corrected where it could not be imported.
 */
export class OriginalStack implements Design {
  readonly configs: readonly TransferConfig[];
  readonly judgedAt: number;
  /** Nobody is told of anything: errors are returned, and a transfer's mail goes to a service account. */
  readonly knowledge;

  constructor(
    private readonly stack: YearStack,
    private readonly cloud: YearCloud,
    date: OriginalDate,
  ) {
    this.configs = stack.configs.map((config) => this.withOriginalPath(config, date));
    this.judgedAt = stack.awaitedMinute + JUDGED_AFTER;
    this.knowledge = {
      isTold: () => false,
      isWanted: () => false,
      hasFollowed: () => false,
    };
  }

  private withOriginalPath(config: TransferConfig, date: OriginalDate): TransferConfig {
    const table = this.cloud.year.tables.find(({ target }) => target === targetOf(config));
    if (table === undefined) throw new RangeError(`${targetOf(config)} is no table of the stack`);
    const { settings, folders } = this.stack;
    const offset = date === "published" ? 0 : settings.schedule.pathOffsetMinutes / MINUTES_PER_HOUR;
    const shift = offset === 0 ? "" : `${offset < 0 ? "-" : "+"}${Math.abs(offset)}h`;
    const folder = `${settings.environment}-{run_time${shift}|"%Y%m%d"}`;
    const path = `s3://${folders.bucketName}/${folder}/${escapeTemplateText(table.folder)}/1/*.parquet`;
    return { ...config, params: { ...config.params, data_path: path } };
  }

  mayRead(): boolean {
    return true;
  }

  planDay(day: number): void {
    const { clock, year, transfers } = this.cloud;
    this.cloud.planExporter(day, () => this.handler());
    const loadAt = year.calendar.minute(day, this.stack.awaitedMinute);
    clock.at(loadAt, () => {
      for (const config of this.configs) transfers.start(config, loadAt, "clock");
    });
    this.cloud.planSpotRuns(day, () => this.spotRun());
  }

  /** The folder of a day, in the stack's zone: also the task's id. */
  private folderOf(instant: Date): string {
    const { calendar } = this.cloud.year;
    return `${this.stack.settings.environment}-${calendar.dateOf(calendar.dayOf(instant)).replaceAll("-", "")}`;
  }

  private request(id: string, arn: string): StartExportTaskCommandInput {
    const { exportRoleArn, kmsKeyId, bucketName } = this.stack.exporter;
    return {
      ExportTaskIdentifier: id,
      SourceArn: arn,
      IamRoleArn: exportRoleArn,
      KmsKeyId: kmsKeyId,
      S3BucketName: bucketName,
    };
  }

  /** The newest snapshot, of any kind, age and status; one id a day; errors are returned, so that nothing repeats. */
  private async handler(): Promise<void> {
    const { clock, rds, year } = this.cloud;
    const day = this.cloud.today();
    const minute = year.calendar.minuteOf(clock.now());
    const isFirst = minute === minuteOfDay(this.stack.exporter.exportTime);
    if (year.has(day, "exporterFails") || (isFirst && year.has(day, "exporterFailsAtFirst"))) return;
    const [newest] = rds
      .allSnapshots()
      .sort((a, b) => (b.SnapshotCreateTime?.getTime() ?? 0) - (a.SnapshotCreateTime?.getTime() ?? 0));
    if (newest?.DBClusterSnapshotArn === undefined) return;
    await this.tryToStart(this.folderOf(clock.now()), newest.DBClusterSnapshotArn, true);
  }

  private async tryToStart(id: string, arn: string, daily = false): Promise<void> {
    try {
      await this.cloud.rds.startTask(this.request(id, arn), daily);
    } catch (error) {
      // Returned as `{"statusCode": 500}`, which nobody reads.
      if (!(error instanceof FunctionError)) throw error;
    }
  }

  /** The manual procedure: a snapshot by hand, its export by hand; the rest when that is complete. */
  private spotRun(): void {
    this.cloud.snapshotByHand(({ arn, id }) => this.tryToStart(`spot-${id}`, arn));
  }

  /** Copies a complete export of a spot run over the day's folder, and starts the transfers by hand. */
  onExportEnded({ id, end }: YearTask): void {
    if (!id.startsWith("spot-") || end !== "COMPLETE") return;
    const { clock, year, bucket, transfers } = this.cloud;
    const throwOf = year.dice("copy", id);
    clock.after(between(throwOf, COPYING.least, COPYING.most), () => {
      const now = clock.now();
      for (const object of bucket.list(`${id}/`)) {
        // Names carry random parts: nothing is overwritten.
        bucket.put({
          ...object,
          key: object.key.replace(id, this.folderOf(now)),
          lastModified: now.getTime(),
        });
      }
      clock.after(wholeBetween(throwOf, TO_TRANSFERS.least, TO_TRANSFERS.most), () => {
        for (const config of this.configs) transfers.start(config, clock.now(), "manual");
      });
    });
  }
}
