import type { CopyEvent } from "../../contract/copyEvent";
import type { FollowedJob } from "../../contract/followedLoads";
import type { JournalColumn, JournalLoad } from "../../contract/journal";
import type { RowCount, RowCountRequest } from "../../contract/rowCount";
import type { Log } from "../log";
import type { ExportObjects, LoadQueue, Reports } from "../ports";

/** A transfer config of the data source `amazon_s3`. */
export interface TransferConfig {
  /** `projects/…/locations/…/transferConfigs/…`. */
  readonly name: string;
  readonly displayName: string;
  readonly datasetId: string;
  readonly disabled: boolean;
  /** State of its newest run; left out before the first. */
  readonly state?: string;
  /** Its own schedule, in UTC; left out where it has none. */
  readonly schedule?: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A run of a transfer. */
export interface TransferRun {
  /** `projects/…/transferConfigs/…/runs/…`. */
  readonly name: string;
  readonly runTime: Date;
  /** When it was asked for, or was due. */
  readonly scheduleTime: Date;
  /** When the service began it; undefined while it waits. */
  readonly startTime?: Date;
  readonly endTime?: Date;
  /** `PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED`, `CANCELLED`, or what the service adds. */
  readonly state: string;
  /** Why it failed: gRPC's number of the status, and Google's words. */
  readonly error?: { readonly code: number; readonly message: string };
}

/** What BigQuery says of a landing table, without a look at its rows. */
export interface LandingTable {
  readonly rows: number;
  /** None before the first load. */
  readonly columns: number;
  readonly lastModified?: Date;
}

/** BigQuery, as the service account that the loader becomes. Every method throws a FunctionError that explains itself. */
export interface Transfers {
  /** All transfer configs of the data source in the stack's project and location, over all pages. */
  list(): Promise<TransferConfig[]>;
  /** All runs of a config that the service remembers (90 days), over all pages. */
  listRuns(name: string): Promise<TransferRun[]>;
  /** What a run has logged, message by message. */
  logOf(run: string): Promise<string[]>;
  /** Starts one run. Paced and repeated within the quota; looks for the run before it repeats after a lost answer. */
  startRun(name: string, runTime: Date): Promise<void>;
  /** Deletes all rows of a landing table. Does nothing to a table that has none. */
  emptyTable(dataset: string, table: string): Promise<"emptied" | "wasEmpty">;
  describeTable(dataset: string, table: string): Promise<LandingTable>;
}

/** A load job that Data Transfer Service has run, and that has succeeded. */
export interface LoadJob extends FollowedJob {
  /** The table that it wrote. */
  readonly dataset: string;
  readonly table: string;
  readonly created: Date;
}

/** The load jobs of the project, whoever runs transfers in it. */
export interface LoadJobs {
  /**
   * All that were created between two instants, these included, and are done, over all pages; newest first.
   * @throws FunctionError that explains itself
   */
  list(from: Date, until: Date): Promise<LoadJob[]>;
}

/** The topic of copies. */
export interface CopyEvents {
  publish(event: CopyEvent): Promise<void>;
}

/** The rows of each table of the journal. */
export interface JournalRows {
  readonly loads: JournalLoad;
  readonly columns: JournalColumn;
}

/** The journal in BigQuery. */
export interface Journal {
  /** Replaces a day's rows of a table. Throws a FunctionError that explains itself; the old rows stand then. */
  replaceDay<Table extends keyof JournalRows>(
    table: Table,
    day: string,
    rows: readonly JournalRows[Table][],
  ): Promise<void>;
}

/** The counter. */
export interface RowCounter {
  /**
   * Rows of a table's files.
   * @throws FunctionError with the counter's own words, or of the call to it
   */
  count(request: RowCountRequest): Promise<RowCount>;
}

/** What the loader needs of the world. */
export interface LoaderPorts {
  readonly objects: ExportObjects;
  readonly reports: Reports;
  /** Undefined where no chat is told. */
  readonly chat?: Reports;
  readonly queue: LoadQueue;
  readonly transfers: Transfers;
  readonly copies: CopyEvents;
  readonly journal: Journal;
  /** Undefined where the stack has none. */
  readonly counter?: RowCounter;
  /** Undefined where the stack gives no right to see them. */
  readonly loadJobs?: LoadJobs;
  readonly log: Log;
  now(): Date;
}
