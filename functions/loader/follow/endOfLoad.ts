import type { CountedRows } from "../../../contract/countedRows";
import type { FollowedJob, FollowedTable, LoadOutcome } from "../../../contract/followedLoads";
import type { LandingTable, TransferRun } from "../ports";

/** What is known of a load before its runs are looked at. */
export interface LoadedFrom {
  /** Run time that renders the slot. */
  readonly runTime: Date;
  /** From when on all files of the export can be seen. */
  readonly visible: Date;
  /** From when on its runs are awaited. */
  readonly since: Date;
  /** Parquet files of the table in the export. */
  readonly files: number;
  readonly now: Date;
}

/** An end, and why it is not a good one. */
export interface LoadEnd {
  readonly outcome: LoadOutcome;
  /** A sentence's end, behind the table's name. */
  readonly cause?: string;
}

const MINUTE = 60_000;
/** Minutes after which a run that has not begun is not waited for any more. */
export const RUN_BEGINS_MINUTES = 60;
/** Hours after which nobody waits for an end: as long as a load job may take ("Quotas and limits", load jobs). */
export const FOLLOWED_HOURS = 6;

/** gRPC's numbers of what is the same at the next try: wrong arguments, what is not there, what is not allowed. */
const SAME_AGAIN = [3, 5, 7, 16];

/** The newest run for a run time. */
export function runOf(
  runs: readonly TransferRun[],
  { runTime }: Pick<LoadedFrom, "runTime">,
): TransferRun | undefined {
  const ofSlot = runs.filter((run) => run.runTime.getTime() === runTime.getTime());
  return ofSlot.sort((one, other) => other.scheduleTime.getTime() - one.scheduleTime.getTime())[0];
}

/** True if a failed run can succeed when it is started once more. */
export function repeatHelps({ state, error }: TransferRun): boolean {
  return state === "FAILED" && !SAME_AGAIN.includes(error?.code ?? 0);
}

/** Minutes for which the runs have been awaited. */
function awaited({ since, now }: LoadedFrom): number {
  return (now.getTime() - since.getTime()) / MINUTE;
}

/** What time alone ends: a run that does not begin, or cannot. */
export function endWithoutRun(
  facts: LoadedFrom,
  why = `no run of it has begun in ${RUN_BEGINS_MINUTES} minutes`,
): LoadEnd | undefined {
  return awaited(facts) < RUN_BEGINS_MINUTES ? undefined : { outcome: "noRun", cause: why };
}

/** The end of what has none in time. */
export function endAtLast(why: string, facts: LoadedFrom): LoadEnd | undefined {
  return awaited(facts) < FOLLOWED_HOURS * 60
    ? undefined
    : { outcome: "unfinished", cause: `${why} after ${FOLLOWED_HOURS} hours` };
}

/** True if a load of another export has overwritten the table, or is about to. */
export function isReplaced(runs: readonly TransferRun[], run: TransferRun, { now }: LoadedFrom): boolean {
  const since = run.endTime ?? now;
  return runs.some(
    (it) =>
      it.runTime.getTime() !== run.runTime.getTime() &&
      (it.state === "RUNNING" || (it.state === "SUCCEEDED" && (it.endTime ?? now) > since)),
  );
}

/** What a run that is over has left, by its own word alone; undefined if the table has to be looked at. */
export function endByRun(
  runs: readonly TransferRun[],
  run: TransferRun,
  facts: LoadedFrom,
  failedBefore: boolean,
): LoadEnd | undefined {
  const { state, startTime, error } = run;
  if (isReplaced(runs, run, facts)) {
    return { outcome: "replaced", cause: "a load of another export has taken its place" };
  }
  if (state === "FAILED") {
    const why = error?.message || "Google gives no reason";
    return { outcome: "failed", cause: `its run failed${failedBefore ? ", twice" : ""}: ${why}` };
  }
  if (state === "CANCELLED") return { outcome: "cancelled", cause: "its run was cancelled" };
  if (startTime !== undefined && startTime < facts.visible) {
    const [began, seen] = [startTime, facts.visible].map((it) => it.toISOString());
    return {
      outcome: "tooEarly",
      cause: `its run began at ${began}, and all files of the export could be seen from ${seen} on alone`,
    };
  }
  return undefined;
}

/** Holds the rows in BigQuery against those of the export's files; without a counter nobody knows these. */
function endByRows({ rows }: LandingTable, counted: CountedRows | undefined, files: number): LoadEnd {
  if (counted === undefined) return { outcome: "whole" };
  if (!counted.complete) {
    return { outcome: "notCounted", cause: `the rows of its files could not be counted: ${counted.cause}` };
  }
  // The same half of the files, counted and loaded, would have as many rows.
  if (counted.files < files) {
    return {
      outcome: "filesDiffer",
      cause: `the export had ${files} files of it when it was opened, and ${counted.files} when their rows were counted`,
    };
  }
  return rows === counted.rows
    ? { outcome: "whole" }
    : {
        outcome: "rowsDiffer",
        cause: `it has ${rows} rows in BigQuery, and ${counted.rows} in the ${counted.files} files of the export`,
      };
}

const MOVED = /\bMoved (\d+) object/;

/**
 * Objects that a run says it has moved to Google; undefined where its log says nothing of the kind. Source: "Amazon S3
 * transfers", troubleshooting; the text is no promise.
 */
export function movedObjects(log: readonly string[]): number | undefined {
  const counts = log.flatMap((text) => MOVED.exec(text)?.[1] ?? []);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + Number(count), 0);
}

/** Holds the objects that a run has moved against the files of the export: folders' marks may be among them. */
export function endByLog(end: LoadEnd, moved: number | undefined, files: number): LoadEnd {
  if (moved === undefined || moved >= files) return end;
  return withDifference(end, {
    outcome: "filesDiffer",
    cause: `its run says that it moved ${moved} objects, of ${files} files`,
  });
}

/** What else differs ends a load that was good, and is said behind what has ended one already. */
function withDifference(end: LoadEnd, difference: LoadEnd): LoadEnd {
  return end.outcome === "whole" ? difference : { ...end, cause: `${end.cause}; ${difference.cause}` };
}

/** What a load's job says of itself that does not fit; each figure counts that it says. */
function jobDifference(job: FollowedJob, { files, exportedRows, rows }: FollowedTable): LoadEnd | undefined {
  if (job.files !== undefined && job.files < files) {
    return {
      outcome: "filesDiffer",
      cause: `its load job says that it read ${job.files} files, of ${files}`,
    };
  }
  const wrote = `its load job says that it wrote ${job.rows ?? "some"} rows`;
  if (job.badRecords !== undefined && job.badRecords > 0) {
    return { outcome: "rowsDiffer", cause: `${wrote}, and left out ${job.badRecords} bad records` };
  }
  if (job.rows !== undefined && exportedRows !== undefined && job.rows !== exportedRows) {
    return { outcome: "rowsDiffer", cause: `${wrote}, and ${exportedRows} are in the files of the export` };
  }
  if (job.rows !== undefined && job.rows !== rows) {
    return { outcome: "rowsDiffer", cause: `${wrote}, and the table has ${rows} in BigQuery` };
  }
  return undefined;
}

/** Holds what the job of a load that has ended says of itself against the files, their rows and those of the table. */
export function endByJob(table: FollowedTable): FollowedTable {
  const { job, outcome, cause } = table;
  const difference = job && jobDifference(job, table);
  if (difference === undefined || outcome === undefined) return table;
  return { ...table, ...withDifference({ outcome, cause }, difference) };
}

/**
 * Holds what a run that succeeded has left against what was exported.
 * @param counted undefined where the stack has no counter
 * @param files Parquet files of the table, as the audit has found them
 */
export function endByTable(
  { startTime }: TransferRun,
  table: LandingTable,
  counted: CountedRows | undefined,
  files: number,
): LoadEnd {
  const { lastModified } = table;
  if (startTime === undefined || (lastModified !== undefined && lastModified >= startTime)) {
    return endByRows(table, counted, files);
  }
  const written = lastModified === undefined ? "never" : `at ${lastModified.toISOString()} for the last time`;
  return {
    outcome: "notReplaced",
    cause: `its run succeeded, but BigQuery wrote the table ${written}, and the run began at ${startTime.toISOString()}: it found no file`,
  };
}

/** Holds a table without a file in the export, which no run replaces, against what it should be. */
export function endOfEmpty({ rows }: LandingTable): LoadEnd {
  return rows === 0
    ? { outcome: "whole" }
    : { outcome: "notEmptied", cause: `it has no row in Aurora any more, and ${rows} in BigQuery` };
}
