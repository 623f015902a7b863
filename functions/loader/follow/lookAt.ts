import type { FollowedLoads, FollowedTable } from "../../../contract/followedLoads";
import type { FollowMessage } from "../../../contract/loadMessage";
import type { OpenedExport } from "../../../contract/openedExport";
import { requestedRunTime } from "../../../contract/slot";
import { FunctionError, isFault } from "../../errors";
import { isSuperseded } from "../../reports/openedExports";
import { type Counts, isCounted } from "../compare/countRows";
import type { Loading } from "../loading";
import type { TransferConfig, TransferRun } from "../ports";
import { earlierRuns, hasEnded, visibleFrom } from "../start/earlierRuns";
import { configOf, nameOf } from "../start/loads";
import {
  endAtLast,
  endByLog,
  endByRun,
  endByTable,
  endOfEmpty,
  endWithoutRun,
  isReplaced,
  type LoadEnd,
  type LoadedFrom,
  movedObjects,
  repeatHelps,
  runOf,
} from "./endOfLoad";

/** Loads that are followed, by the message of one look. */
export type Following = Loading<FollowMessage>;

const DOUBTFUL: LoadEnd = {
  outcome: "doubtful",
  cause: "it was loaded by a person's word, and no audit of the export has found it good",
};

/** A look at all tables of a slot. */
export interface Look {
  readonly following: Following;
  readonly opened: OpenedExport;
  readonly loads: FollowedLoads;
  readonly own: ReadonlyMap<string, readonly TransferConfig[]>;
  /** Undefined where the stack has no counter. */
  readonly counts: Counts | undefined;
}

function factsOf({ following, opened, loads }: Look, { files }: FollowedTable): LoadedFrom {
  const { environment, ports } = following;
  return {
    runTime: requestedRunTime(loads.slot, environment.pathOffsetMinutes),
    visible: visibleFrom(opened),
    since: new Date(loads.since),
    files,
    now: ports.now(),
  };
}

function ended(table: FollowedTable, end: LoadEnd | undefined): FollowedTable {
  return end === undefined
    ? table
    : { ...table, outcome: end.outcome, ...(end.cause !== undefined && { cause: end.cause }) };
}

/** Starts a run once more that has failed, unless newer rows could give way to it. */
async function isStartedAgain(
  { following, opened }: Look,
  config: TransferConfig,
  runs: readonly TransferRun[],
  facts: LoadedFrom,
): Promise<boolean> {
  const { environment, message, ports } = following;
  // By the rule of all starts: none beside one that is under way.
  if (earlierRuns(runs, facts).kind !== "toStart") return false;
  if (await isSuperseded(ports.objects, environment.taskPrefix, message.follow, opened)) return false;
  await ports.transfers.startRun(config.name, facts.runTime);
  return true;
}

function isGood({ tables }: OpenedExport, table: FollowedTable): boolean {
  return tables.some((it) => nameOf(it) === nameOf(table) && it.good);
}

export async function look(it: Look, table: FollowedTable, config: TransferConfig, facts: LoadedFrom) {
  const { transfers } = it.following.ports;
  if (table.files === 0) {
    // A run of it, if there is one, finds no file and does nothing.
    const there = await transfers.describeTable(table.dataset, table.destination);
    return ended({ ...table, rows: there.rows, columns: there.columns }, endOfEmpty(there));
  }
  const runs = await transfers.listRuns(config.name);
  const run = runOf(runs, facts);
  if (run === undefined) return ended(table, endWithoutRun(facts));
  const seen: FollowedTable = {
    ...table,
    run: run.name,
    state: run.state,
    ...(run.startTime && { started: run.startTime.toISOString() }),
    ...(run.endTime && { ended: run.endTime.toISOString() }),
  };
  // The run that was started in the place of a failed one cannot be seen at once.
  if (!hasEnded(run) || table.failedRun === run.name) return seen;
  if (repeatHelps(run) && table.failedRun === undefined && !isReplaced(runs, run, facts)) {
    if (await isStartedAgain(it, config, runs, facts)) return { ...seen, failedRun: run.name };
  }
  const end = endByRun(runs, run, facts, table.failedRun !== undefined);
  if (end !== undefined) return ended(seen, end);
  const counted = it.counts?.get(table.folder);
  if (it.counts !== undefined && !isCounted(counted)) return seen;
  const there = await transfers.describeTable(table.dataset, table.destination);
  const byTable = await withLog(it, run, endByTable(run, there, counted, table.files), table);
  const isDoubtful = byTable.outcome === "whole" && !isGood(it.opened, table);
  const held = counted?.complete ? { exportedRows: counted.rows, bytes: counted.bytes } : {};
  return ended(
    { ...seen, ...held, rows: there.rows, columns: there.columns },
    isDoubtful ? DOUBTFUL : byTable,
  );
}

/** The one config that loads a table, or why there is none. */
function oneConfigOf({ own }: Look, table: FollowedTable): TransferConfig | FunctionError {
  try {
    return configOf(nameOf(table), own);
  } catch (error) {
    if (isFault(error, "LoadsNotStartedError")) return error;
    throw error;
  }
}

/** What a table without an end waits for. */
function waitsFor({ state = "not there" }: FollowedTable): string {
  return state === "SUCCEEDED" ? "the rows of its files are not all counted" : `its run is ${state}`;
}

/** What a run says of itself, where nobody has counted rows, or they are not right. */
async function withLog(
  { following, counts }: Look,
  { name }: TransferRun,
  end: LoadEnd,
  { files }: FollowedTable,
): Promise<LoadEnd> {
  if (end.outcome === "whole" && counts !== undefined) return end;
  return endByLog(end, movedObjects(await following.ports.transfers.logOf(name)), files);
}

/** Looks at one table; what cannot be looked at is over when the time is. */
export async function lookAt(it: Look, table: FollowedTable): Promise<FollowedTable> {
  const facts = factsOf(it, table);
  try {
    const config = oneConfigOf(it, table);
    // Without a transfer there is nothing to look at, and nothing to be tried again.
    if (config instanceof FunctionError) return ended(table, endWithoutRun(facts, config.message));
    const seen = await look(it, table, config, facts);
    return seen.outcome === undefined ? ended(seen, endAtLast(waitsFor(seen), facts)) : seen;
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    const end = endAtLast(`it cannot be seen (${error.message})`, facts);
    if (end === undefined) throw error;
    return ended(table, end);
  }
}
