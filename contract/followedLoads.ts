import { reportFolder } from "./reportRecords";
import { isSlot, type Slot } from "./slot";

/**
 * What a load came to: `whole`, or in a word why nobody may call it so. `failed` and `cancelled` are the run's own ends;
 * `notReplaced` succeeded without writing the table; `tooEarly` began before all files could be seen; `rowsDiffer` left
 * other rows than the files hold, by its own word or the table's; of `notCounted` nobody could tell how many those are; `filesDiffer` took fewer files than there
 * are, by its own word, or of an export that has lost files since it was opened; `notEmptied` has rows of which Aurora has none any more; `replaced` was overwritten by
 * a load of another export before it could be looked at; `noRun` never began, and `unfinished` has not ended in time.
 * Of a table that the audit has doubts about nobody says that it is whole: it is `heldBack`, or `doubtful` where a person
 * had it loaded.
 */
export type LoadOutcome =
  | "whole"
  | "failed"
  | "cancelled"
  | "notReplaced"
  | "tooEarly"
  | "rowsDiffer"
  | "notCounted"
  | "filesDiffer"
  | "notEmptied"
  | "replaced"
  | "noRun"
  | "unfinished"
  | "heldBack"
  | "doubtful";

/** The load job behind a run, and what it says of itself; left out is what it does not say. Source: JobStatistics3 (REST reference). */
export interface FollowedJob {
  readonly id: string;
  /** Files that it read, and their bytes. */
  readonly files?: number;
  readonly bytes?: number;
  /** Rows that it wrote. */
  readonly rows?: number;
  /** Records that it left out. */
  readonly badRecords?: number;
}

/** The load of one table, as far as it was followed. Instants are ISO 8601 in UTC. */
export interface FollowedTable {
  readonly dataset: string;
  readonly destination: string;
  /** Its folder in the export. */
  readonly folder: string;
  /** Parquet files of it in the export, and their rows and bytes where they were counted. */
  readonly files: number;
  readonly exportedRows?: number;
  readonly bytes?: number;
  /** The run that was looked at last, its state, and when it began and ended. */
  readonly run?: string;
  readonly state?: string;
  readonly started?: string;
  readonly ended?: string;
  /** The run that had failed, where it was started once more. */
  readonly failedRun?: string;
  /** Rows and columns in BigQuery behind the load. */
  readonly rows?: number;
  readonly columns?: number;
  /** Left out where none was looked for, and where none could be told to be the run's. */
  readonly job?: FollowedJob;
  /** Left out until it is known. */
  readonly outcome?: LoadOutcome;
  /** Why it is not whole, in a sentence. */
  readonly cause?: string;
}

/** What the loader keeps of a slot's loads: its memory from look to look, and what the journal is made of. */
export interface FollowedLoads {
  readonly slot: Slot;
  /** Which messages follow it: those of the loads that were started last, by when these began. */
  readonly from: string;
  /** From when on its runs are awaited. */
  readonly since: string;
  /** True where the transfers' own clock started them, so that nobody empties a table. */
  readonly byClock: boolean;
  /** How many looks have been followed by another. */
  readonly looks: number;
  /** When the last run had ended and people were told; left out until then. */
  readonly done?: string;
  readonly tables: readonly FollowedTable[];
}

/** Folder of these records, with the slash behind. */
export function followedLoadsFolder(prefix: string): string {
  return `${reportFolder(prefix)}/loads/`;
}

export function followedLoadsKey(prefix: string, slot: Slot): string {
  return `${followedLoadsFolder(prefix)}${slot}.json`;
}

/** The slot of a record's key; undefined for any other key. */
export function slotOfFollowedLoads(prefix: string, key: string): Slot | undefined {
  const name = key.slice(followedLoadsFolder(prefix).length, -".json".length);
  return isSlot(name) && key === followedLoadsKey(prefix, name) ? name : undefined;
}
