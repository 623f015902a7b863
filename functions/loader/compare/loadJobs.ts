import type { FollowedJob, FollowedTable } from "../../../contract/followedLoads";
import type { FollowMessage } from "../../../contract/loadMessage";
import { FunctionError } from "../../errors";
import { logFailure } from "../../log";
import type { Loading } from "../loading";
import type { LoadJob, LoadJobs } from "../ports";
import { nameOf } from "../start/loads";

/** A table whose run has succeeded and was held against what BigQuery says of the table. */
interface LoadedTable {
  readonly table: FollowedTable;
  readonly began: Date;
  readonly ended: Date;
}

function loadedTable(table: FollowedTable, now: Date): LoadedTable | undefined {
  const { started, ended, rows, outcome } = table;
  if (outcome === undefined || rows === undefined || started === undefined) return undefined;
  return { table, began: new Date(started), ended: ended === undefined ? now : new Date(ended) };
}

/**
 * The one job that wrote a table during its run. No document says which job is a run's: where several say different
 * things, none is.
 */
function jobOf({ table, began, ended }: LoadedTable, jobs: readonly LoadJob[]): FollowedJob | undefined {
  const own = jobs.filter(
    (it) =>
      it.dataset === table.dataset &&
      it.table === table.destination &&
      it.created >= began &&
      it.created <= ended,
  );
  const said = new Set(
    own.map(({ files, bytes, rows, badRecords }) => JSON.stringify([files, bytes, rows, badRecords])),
  );
  const [newest] = own;
  if (newest === undefined || said.size > 1) return undefined;
  const { id, files, bytes, rows, badRecords } = newest;
  return { id, files, bytes, rows, badRecords };
}

/** The jobs of the time in which the tables were loaded; undefined where they cannot be listed. */
async function jobsOf(
  { ports: { log } }: Loading<FollowMessage>,
  loadJobs: LoadJobs,
  loaded: readonly LoadedTable[],
): Promise<LoadJob[] | undefined> {
  const from = Math.min(...loaded.map(({ began }) => began.getTime()));
  const until = Math.max(...loaded.map(({ ended }) => ended.getTime()));
  try {
    return await loadJobs.list(new Date(from), new Date(until));
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    // People are told of loads in trouble, and none is known to be: each was held against files and rows without its job.
    logFailure(log, error);
    return undefined;
  }
}

/**
 * The tables of a look, those whose loads have ended with their load jobs, where the stack may see jobs: one list for all. A
 * table whose job is not known stays as it is, and is named in the log.
 */
export async function withJobs(
  following: Loading<FollowMessage>,
  looked: readonly FollowedTable[],
): Promise<readonly FollowedTable[]> {
  const { message, ports } = following;
  const loaded = looked.flatMap((table) => loadedTable(table, ports.now()) ?? []);
  if (ports.loadJobs === undefined || loaded.length === 0) return looked;
  const jobs = await jobsOf(following, ports.loadJobs, loaded);
  const matched = new Map(loaded.map((it) => [it.table, jobs && jobOf(it, jobs)]));
  const unmatched = loaded.filter(({ table }) => matched.get(table) === undefined);
  if (unmatched.length > 0) {
    ports.log.info("No load job could be told to be that of these tables", {
      slot: message.follow,
      tables: unmatched.map(({ table }) => nameOf(table)),
    });
  }
  return looked.map((table) => {
    const job = matched.get(table);
    return job === undefined ? table : { ...table, job };
  });
}
