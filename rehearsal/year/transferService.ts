import { renderTemplate } from "../../contract/runTime";
import type { TransferConfig, TransferRun } from "../../functions/loader/ports";
import type { VirtualClock } from "../clock";
import type { ExportedFile, StoredObject, YearBucket } from "./bucket";
import { between } from "./dice";
import type { Year } from "./year";

/** The access key that the transfers carry, and what it may read now. */
export interface Reader {
  isKeyValid(): boolean;
  mayRead(key: string): boolean;
}

/** A run, as far as it has come. */
export interface YearRun extends TransferRun {
  readonly config: TransferConfig;
  startTime?: Date;
  endTime?: Date;
  state: "PENDING" | "RUNNING" | "SUCCEEDED" | "FAILED";
  error?: TransferRun["error"];
}

const MINUTE = 60_000;
/** A run sees objects of this age. Source: "Amazon S3 transfers", limitations. */
const VISIBLE_AFTER_MINUTES = 5;
const PROMPT = { least: 0, most: 1.5 };
const LATE = { least: 5, most: { clock: 30, manual: 10 } };
const QUICK_READ = { least: 0.5, most: 4 };
const SLOW_READ = { least: 5, most: 15 };
const REMEMBERED_DAYS = 90;
/** gRPC's number of the status. */
const FAILED_PRECONDITION = 9;

/** The table that a config loads: `prod_shop.users`. */
export function targetOf({ datasetId, params }: TransferConfig): string {
  return `${datasetId}.${params.destination_table_name_template}`;
}

/** Data Transfer Service: lists when a run starts, reads file by file, and replaces the table's rows at the end. */
export class YearTransferService {
  private readonly runs = new Map<string, YearRun[]>();
  private count = 0;

  constructor(
    private readonly year: Year,
    private readonly clock: VirtualClock,
    private readonly bucket: YearBucket,
    private readonly reader: Reader,
    private readonly replace: (target: string, files: readonly ExportedFile[], isHalfSeen: boolean) => void,
  ) {}

  runsOf(name: string): readonly YearRun[] {
    return this.runs.get(name) ?? [];
  }

  /** Makes a run for a run time that has come; it starts when the service gets round to it. */
  start(config: TransferConfig, runTime: Date, by: "clock" | "manual"): void {
    const now = this.clock.now();
    if (runTime > now) throw new RangeError(`run time ${runTime.toISOString()} is still to come`);
    const name = `${config.name}/runs/${++this.count}`;
    const run: YearRun = { name, config, runTime, scheduleTime: now, state: "PENDING" };
    const oldest = now.getTime() - REMEMBERED_DAYS * 24 * 60 * MINUTE;
    const kept = this.runsOf(config.name).filter((it) => it.runTime.getTime() > oldest);
    this.runs.set(config.name, [...kept, run]);
    const day = this.year.calendar.dayOf(now);
    const throwOf = this.year.dice(now.getTime(), "run", targetOf(config));
    const late = this.year.has(day, "transfersLate");
    const delay = late
      ? between(throwOf, LATE.least, LATE.most[by])
      : between(throwOf, PROMPT.least, PROMPT.most);
    const { least, most } = this.year.has(day, "slowTransfers") ? SLOW_READ : QUICK_READ;
    const minutes = between(throwOf, least, most);
    this.clock.after(delay, () => this.begin(run, minutes));
  }

  private begin(run: YearRun, minutes: number): void {
    run.startTime = this.clock.now();
    run.state = "RUNNING";
    const path = renderTemplate(run.config.params.data_path ?? "", run.runTime);
    const [literal = "", ending = ""] = path.replace(/^s3:\/\/[^/]+\//, "").split("*");
    if (!this.reader.isKeyValid()) {
      this.fail(run, "InvalidAccessKeyId");
      return;
    }
    const visible = run.startTime.getTime() - VISIBLE_AFTER_MINUTES * MINUTE;
    const files = this.bucket
      .list(literal)
      .filter(({ key, lastModified }) => lastModified <= visible && key.endsWith(ending));
    // Documented as a line of the log: the run succeeds, and the table keeps its rows.
    if (files.length === 0) this.end(run, "SUCCEEDED");
    else this.read(run, files, 0, minutes / files.length);
  }

  /** Reads one file, then the next one some time later. */
  private read(run: YearRun, files: readonly StoredObject[], index: number, pause: number): void {
    this.clock.after(pause, () => {
      const file = files[index];
      if (file === undefined) this.finish(run, files);
      else if (!this.reader.isKeyValid()) this.fail(run, "InvalidAccessKeyId");
      else if (!this.reader.mayRead(file.key)) this.fail(run, "AccessDenied");
      else this.read(run, files, index + 1, pause);
    });
  }

  private finish(run: YearRun, objects: readonly StoredObject[]): void {
    this.end(run, "SUCCEEDED");
    const files = objects.flatMap(({ file }) => file ?? []);
    const isHalfSeen = this.isHalfSeen(run);
    const taken = isHalfSeen ? files.slice(0, Math.ceil(files.length / 2)) : files;
    this.replace(targetOf(run.config), taken, isHalfSeen);
  }

  /** True where a load takes half of its files, as it does of one table on some days. */
  private isHalfSeen({ config }: YearRun): boolean {
    const day = this.year.calendar.dayOf(this.clock.now());
    return this.year.has(day, "halfSeen") && this.year.tableOf(day, "halfSeen").target === targetOf(config);
  }

  private fail(run: YearRun, message: string): void {
    this.end(run, "FAILED");
    run.error = { code: FAILED_PRECONDITION, message };
  }

  private end(run: YearRun, state: YearRun["state"]): void {
    run.state = state;
    run.endTime = this.clock.now();
  }
}
