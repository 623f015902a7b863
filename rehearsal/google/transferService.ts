import { renderTemplate } from "../../contract/runTime";
import type { AwsAccount, Principal } from "../aws/account";
import { accessDenied } from "../aws/errors";
import { uuidOf } from "../aws/identifiers";
import type { LocalS3, StoredObject } from "../aws/s3";
import type { BigQuery } from "../bigquery/bigQuery";
import { parseDecimalTargetTypes } from "../bigquery/decimalTypes";
import type { VirtualClock } from "../clock";
import { GoogleError } from "./errors";
import type { GoogleProject, TransferConfig } from "./project";

/** Minutes until a new object of S3 is visible to the service ("Amazon S3 transfers", limitations). */
const VISIBLE_AFTER_MINUTES = 5;
/** Objects that one run may take where its path holds one wildcard, and where it holds more. */
const MOST_OBJECTS = { one: 10_000_000, more: 10_000 } as const;
/** Parameters of the data source `amazon_s3` that a Parquet transfer may carry. */
const PARAMETERS = new Set([
  "destination_table_name_template",
  "data_path",
  "access_key_id",
  "file_format",
  "write_disposition",
  "max_bad_records",
  "decimal_target_types",
]);

/** One run of a transfer. */
export interface TransferRun {
  /** `projects/…/transferConfigs/…/runs/…`. */
  readonly name: string;
  readonly config: TransferConfig;
  readonly runTime: Date;
  /** Instant at which it was arranged; a pending run is executed as soon as the clock goes on. */
  readonly scheduleTime: Date;
  readonly endTime?: Date;
  readonly state: "PENDING" | "SUCCEEDED" | "FAILED";
  /** Path that the run reads. */
  readonly path: string;
  /** What the run's log says last. */
  readonly message: string;
  /** Rows that the table holds after a load; undefined if nothing was loaded. */
  readonly rows?: number;
  /** Bytes that left S3, matched or not: everything under the literal part of the path. */
  readonly bytes: number;
}

interface S3Path {
  readonly bucket: string;
  /** Everything behind the bucket, wildcards included. */
  readonly pattern: string;
}

function parsePath(path: string): S3Path {
  const match = /^s3:\/\/([^/*]+)\/(.+)$/.exec(path);
  if (match === null) throw new Error(`Invalid Amazon_S3_URI: ${path}`);
  return { bucket: match[1] ?? "", pattern: match[2] ?? "" };
}

/** One `*` spans folders; of several each stays in one ("Amazon S3 transfers", wildcard support). */
function matcher(pattern: string): (key: string) => boolean {
  const parts = pattern.split("*").map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(parts.length === 2 ? ".*" : "[^/]*")}$`, "s");
  return (key) => expression.test(key);
}

/** What became of a run. */
type RunResult = Pick<TransferRun, "state" | "message" | "rows" | "bytes">;

/** The local Data Transfer Service for Amazon S3. */
export class LocalTransferService {
  /** All runs, by schedule and by hand, in the order in which they were arranged. */
  public readonly runs: TransferRun[] = [];
  /** Who wants to hear of runs that were requested, when they have ended. */
  public readonly runEnded: ((run: TransferRun) => void)[] = [];

  constructor(
    private readonly project: GoogleProject,
    private readonly account: AwsAccount,
    private readonly s3: LocalS3,
    private readonly bigQuery: BigQuery,
    private readonly clock: VirtualClock,
  ) {}

  /**
   * startManualRuns, and at once the run.
   * @throws GoogleError for a disabled config and for a time that has not come
   */
  async startManualRun(config: TransferConfig, requestedRunTime: Date): Promise<TransferRun> {
    this.checkRequest(config, requestedRunTime);
    return this.run(config, requestedRunTime);
  }

  /**
   * startManualRuns: the run is pending until the clock goes on.
   * @throws GoogleError for a disabled config and for a time that has not come
   */
  requestRun(config: TransferConfig, requestedRunTime: Date): TransferRun {
    this.checkRequest(config, requestedRunTime);
    const pending = this.arrange(config, requestedRunTime);
    this.clock.at(this.clock.now(), async () => {
      const run = await this.execute(pending);
      for (const tell of this.runEnded) tell(run);
    });
    return pending;
  }

  /** One run by the schedule; a failed one leaves the table as it was. */
  async run(config: TransferConfig, runTime: Date): Promise<TransferRun> {
    return this.execute(this.arrange(config, runTime));
  }

  private checkRequest(config: TransferConfig, requestedRunTime: Date): void {
    if (config.disabled) {
      const message = `${config.displayName} is disabled: no runs can be started`;
      throw new GoogleError("FAILED_PRECONDITION", message);
    }
    if (requestedRunTime > this.clock.now()) {
      const message = `requested_run_time ${requestedRunTime.toISOString()} cannot include future time values`;
      throw new GoogleError("INVALID_ARGUMENT", message);
    }
  }

  private arrange(config: TransferConfig, runTime: Date): TransferRun {
    const path = renderTemplate(config.params.data_path ?? "", runTime);
    const name = `${config.name}/runs/${uuidOf("run", this.runs.length + 1)}`;
    const scheduleTime = this.clock.now();
    const run: TransferRun = {
      name,
      config,
      runTime,
      scheduleTime,
      path,
      state: "PENDING",
      message: "",
      bytes: 0,
    };
    this.runs.push(run);
    return run;
  }

  private async execute(pending: TransferRun): Promise<TransferRun> {
    const run = { ...pending, ...(await this.resultOf(pending)), endTime: this.clock.now() };
    this.runs[this.runs.indexOf(pending)] = run;
    return run;
  }

  private async resultOf({ config, path }: TransferRun): Promise<RunResult> {
    let bytes = 0;
    try {
      this.check(config);
      const moved = this.move(config, parsePath(path));
      bytes = moved.bytes;
      return { state: "SUCCEEDED", bytes, ...(await this.load(config, moved.files, moved.count)) };
    } catch (error) {
      return { state: "FAILED", bytes, message: error instanceof Error ? error.message : String(error) };
    }
  }

  private check(config: TransferConfig): void {
    const faults = this.project.faults(config);
    const unknown = Object.keys(config.params).filter((key) => !PARAMETERS.has(key));
    if (unknown.length > 0) faults.push(`unknown parameters: ${unknown.join(", ")}`);
    if (config.params.file_format !== "PARQUET") faults.push("file_format is not PARQUET");
    if (config.params.write_disposition !== "WRITE_TRUNCATE")
      faults.push("rows would be appended, not replaced");
    if (faults.length > 0) throw new Error(faults.join("; "));
  }

  private reader(config: TransferConfig): Principal {
    const key = this.account.accessKeys.get(config.params.access_key_id ?? "");
    if (key === undefined || key.inactive)
      throw accessDenied("InvalidAccessKeyId: the access key does not exist");
    if (key.secret !== config.secretAccessKey)
      throw accessDenied("SignatureDoesNotMatch: the secret is not the key's");
    return key.user;
  }

  /** Brings everything under the literal part of the path to Google, and finds what matches. */
  private move(config: TransferConfig, { bucket, pattern }: S3Path) {
    const reader = this.reader(config);
    this.s3.getBucketLocation(reader, bucket);
    const visible = this.clock.now().getTime() - VISIBLE_AFTER_MINUTES * 60_000;
    const literal = pattern.split("*")[0] ?? "";
    const listed = this.s3
      .listObjects(reader, bucket, literal)
      .filter((it) => it.lastModified.getTime() <= visible)
      .map((it) => this.s3.getObject(reader, bucket, it.key));
    const matches = matcher(pattern);
    const matched = listed.filter((it) => matches(it.key));
    const limit = pattern.split("*").length === 2 ? MOST_OBJECTS.one : MOST_OBJECTS.more;
    if (matched.length > limit) throw new Error(`Number of files in transfer exceeds limit of ${limit}.`);
    const bytes = listed.reduce((sum, it) => sum + it.bytes, 0);
    return { bytes, count: listed.length, files: matched.map((it: StoredObject) => it.file) };
  }

  private async load(config: TransferConfig, files: string[], moved: number) {
    // Documented as a log line only, and taken as a run that succeeds: the table keeps its rows.
    if (files.length === 0)
      return { message: `Moved ${moved} object(s). No new files found matching Amazon_S3_URI.` };
    const dataset = config.datasetId;
    const table = config.params.destination_table_name_template ?? "";
    const decimalTargetTypes = parseDecimalTargetTypes(config.params.decimal_target_types);
    await this.bigQuery.load({ dataset, table, files, decimalTargetTypes, at: this.clock.now() });
    const { rows } = await this.bigQuery.describe(dataset, table);
    return { rows, message: `Loaded ${files.length} file(s).` };
  }
}
