import { renderTemplate } from "../../contract/runTime";
import type { AwsAccount, Principal } from "../aws/account";
import { AwsError, accessDenied } from "../aws/errors";
import type { LocalS3, StoredObject } from "../aws/s3";
import type { BigQuery } from "../bigquery/bigQuery";
import { parseDecimalTargetTypes } from "../bigquery/decimalTypes";
import { transferJob } from "./loadJobs";
import type { TransferConfig } from "./project";
import { LocalRuns, type RunOf, type RunPlace, type RunResult } from "./runs";

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

/** What is known of a transfer's run beside what every run has. */
interface Loading {
  /** Path that the run reads. */
  readonly path: string;
  /** Rows that the table holds after a load; undefined if nothing was loaded. */
  readonly rows?: number;
  /** Bytes that left S3, matched or not: everything under the literal part of the path. */
  readonly bytes: number;
}

/** One run of a transfer; one that fails leaves the table as it was. */
export type TransferRun = RunOf<TransferConfig, Loading>;

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

/** What a run says of its end: S3's faults by their names, as its own errors have them. */
function wordsOf(error: unknown): string {
  if (error instanceof AwsError && !/^\w+: /.test(error.message)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** The local Data Transfer Service for Amazon S3. */
export class LocalTransferService extends LocalRuns<TransferConfig, Loading> {
  /** Whether a config's loads take half of their rows from now on, and succeed. */
  public losesHalf: (config: TransferConfig) => boolean = () => false;
  /** Whether a config's runs that find no file empty the table from now on: the opposite of what is assumed. */
  public emptiesWithoutFiles: (config: TransferConfig) => boolean = () => false;

  constructor(
    place: RunPlace,
    private readonly account: AwsAccount,
    private readonly s3: LocalS3,
    private readonly bigQuery: BigQuery,
  ) {
    super(place);
  }

  override get configs(): readonly TransferConfig[] {
    return this.place.project.transfers;
  }

  protected override detailsOf(config: TransferConfig, runTime: Date): Loading {
    return { path: renderTemplate(config.params.data_path ?? "", runTime), bytes: 0 };
  }

  protected override async execute(run: TransferRun): Promise<RunResult<Loading>> {
    const { config, path } = run;
    let bytes = 0;
    try {
      this.check(config);
      const moved = this.move(config, parsePath(path));
      bytes = moved.bytes;
      return { state: "SUCCEEDED", bytes, ...(await this.load(run, moved.matched, moved.count)) };
    } catch (error) {
      return { state: "FAILED", bytes, message: wordsOf(error) };
    }
  }

  private check(config: TransferConfig): void {
    const faults = this.place.project.faults(config);
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
    key.lastUsed = this.place.clock.now();
    return key.user;
  }

  /** Brings everything under the literal part of the path to Google, and finds what matches. */
  private move(config: TransferConfig, { bucket, pattern }: S3Path) {
    const reader = this.reader(config);
    this.s3.getBucketLocation(reader, bucket);
    const visible = this.place.clock.now().getTime() - VISIBLE_AFTER_MINUTES * 60_000;
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
    return { bytes, count: listed.length, matched };
  }

  private async load({ name, config }: TransferRun, objects: readonly StoredObject[], moved: number) {
    // Documented as a log line only, and taken as a run that succeeds: the table keeps its rows.
    const dataset = config.datasetId;
    const table = config.params.destination_table_name_template ?? "";
    if (objects.length === 0) {
      if (this.emptiesWithoutFiles(config))
        await this.bigQuery.truncate(dataset, table, this.place.clock.now());
      return { message: `Moved ${moved} object(s). No new files found matching Amazon_S3_URI.` };
    }
    const files = objects.map((it) => it.file);
    const decimalTargetTypes = parseDecimalTargetTypes(config.params.decimal_target_types);
    await this.bigQuery.load({ dataset, table, files, decimalTargetTypes, at: this.place.clock.now() });
    if (this.losesHalf(config)) await this.bigQuery.loseHalf(dataset, table);
    const { rows } = await this.bigQuery.describe(dataset, table);
    // A load that loses rows was given every file, and reports no bad record: what it wrote is all that shows it.
    const job = transferJob(name, config, this.place.clock.now(), {
      inputFiles: files.length,
      inputFileBytes: objects.reduce((sum, it) => sum + it.bytes, 0),
      outputRows: rows,
      badRecords: 0,
    });
    return { rows, message: `Loaded ${files.length} file(s).`, job };
  }
}
