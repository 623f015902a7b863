import type { FollowedLoads, FollowedTable } from "../../../contract/followedLoads";
import type { FollowMessage } from "../../../contract/loadMessage";
import type { OpenedExport } from "../../../contract/openedExport";
import { requestedRunTime, type Slot } from "../../../contract/slot";
import { FunctionError, isFault } from "../../errors";
import { isSuperseded, readOpenedExport } from "../../reports/openedExports";
import { type Counts, countRows, isCounted } from "../compare/countRows";
import { withJobs } from "../compare/loadJobs";
import { type GivenBack, giveBack, sendOn } from "../giveBack";
import type { Loading } from "../loading";
import type { TransferConfig, TransferRun } from "../ports";
import { keepFollowed, readFollowed } from "../record/followedLoads";
import { logLoads } from "../record/logLoads";
import { writeJournal } from "../record/writeJournal";
import { earlierRuns, hasEnded, visibleFrom } from "../start/earlierRuns";
import { configOf, nameOf, ownConfigs } from "../start/loads";
import { startViewMaker } from "../start/viewMaker";
import { copyEventOf } from "../tell/copyEvent";
import { notFollowedReport, tellEnd } from "../tell/followed";
import {
  endAtLast,
  endByJob,
  endByLog,
  endByRun,
  endByTable,
  endOfEmpty,
  endWithoutRun,
  FOLLOWED_HOURS,
  isReplaced,
  type LoadEnd,
  type LoadedFrom,
  movedObjects,
  repeatHelps,
  runOf,
} from "./endOfLoad";
import { beginToFollow, unfinished } from "./progress";

type Following = Loading<FollowMessage>;

/** What became of a look. */
export type FollowOutcome =
  /** Its runs are still to begin. */
  | { readonly kind: "waiting"; readonly from: Date }
  /** Not all of its runs have ended: another look comes. */
  | { readonly kind: "following"; readonly left: number }
  /** Other messages follow the same slot: this one does not go on. */
  | { readonly kind: "joined" }
  /** The last run has ended, and people know what they have to. */
  | { readonly kind: "followed"; readonly loads: FollowedLoads }
  /** It could not be looked at. */
  | ({ readonly kind: "notFollowed" } & GivenBack);

const HOUR = 3_600_000;
/** Milliseconds that must remain for one more table; with less, the next look goes on. */
const RESERVE = 60_000;
const SHOWN_FAULTS = 20;
const DOUBTFUL: LoadEnd = {
  outcome: "doubtful",
  cause: "it was loaded by a person's word, and no audit of the export has found it good",
};

/** The loads that a message is about; undefined if other messages follow them, or have done. */
async function loadsOf(following: Following, opened: OpenedExport): Promise<FollowedLoads | undefined> {
  const { environment, ports, message } = following;
  const before = await readFollowed(ports.objects, environment.taskPrefix, message.follow);
  const since = before === undefined ? Number.NaN : Date.parse(message.from) - Date.parse(before.from);
  // Loads that were started later are followed by messages of their own; those of one start come once for each look.
  if (since < 0 || (since === 0 && lookOf(message) <= (before?.looks ?? 0))) return undefined;
  return since === 0 ? before : beginToFollow(message, opened.tables, before);
}

function lookOf({ look = 1 }: FollowMessage): number {
  return look;
}

/** A look at all tables of a slot. */
interface Look {
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

async function look(it: Look, table: FollowedTable, config: TransferConfig, facts: LoadedFrom) {
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
async function lookAt(it: Look, table: FollowedTable): Promise<FollowedTable> {
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

/** What a look has seen. */
interface Seen {
  readonly loads: FollowedLoads;
  /** The last table that it came to. */
  readonly after?: string;
  readonly faults: readonly string[];
}

/** Looks at the tables whose end is not known, as far as the time goes. */
async function lookAtAll(
  following: Following,
  opened: OpenedExport,
  loads: FollowedLoads,
  counts: Counts | undefined,
): Promise<Seen> {
  const { invocation, message, ports } = following;
  const own = ownConfigs(following, await ports.transfers.list());
  const it: Look = { following, opened, loads, own, counts };
  const looked: FollowedTable[] = [];
  const faults: string[] = [];
  let after: string | undefined;
  for (const table of unfinished(loads, message)) {
    if (invocation.remainingMilliseconds() < RESERVE) break;
    after = nameOf(table);
    try {
      looked.push(await lookAt(it, table));
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      faults.push(`${after}: ${error.message}`);
    }
  }
  const compared = (await withJobs(following, looked)).map(endByJob);
  const seen = new Map(compared.map((table) => [nameOf(table), table]));
  const tables = loads.tables.map((table) => seen.get(nameOf(table)) ?? table);
  return { loads: { ...loads, tables }, after, faults };
}

/** Why not all tables could be looked at, and which was the last. */
interface Failure {
  readonly error: Error;
  readonly after?: string;
}

/** Follows the loads one look on. */
async function followOn(
  following: Following,
): Promise<Exclude<FollowOutcome, { kind: "notFollowed" }> | Failure> {
  const { environment, message, ports } = following;
  const { follow: slot } = message;
  const { taskPrefix } = environment;
  const { attempt: _, ...next } = { ...message, look: lookOf(message) + 1 };
  const opened = await readOpenedExport(ports.objects, taskPrefix, slot);
  if (opened === undefined) {
    throw new FunctionError("NoExportError", `What was opened of slot ${slot} is not written down any more.`);
  }
  const counts = await countRows(following, opened);
  if (ports.now() < new Date(message.from)) {
    await sendOn(following, next);
    return { kind: "waiting", from: new Date(message.from) };
  }
  const loads = await loadsOf(following, opened);
  if (loads === undefined) return { kind: "joined" };
  const seen = await lookAtAll(following, opened, loads, counts);
  const left = unfinished(seen.loads, message).length;
  if (seen.faults.length > 0) {
    await keepFollowed(ports.objects, taskPrefix, seen.loads);
    return { error: notSeen(slot, seen, left), after: seen.after };
  }
  if (left > 0) {
    // Sent before it is written down: a second message does no harm, and none would end it.
    await sendOn(following, { ...next, after: seen.after });
    await keepFollowed(ports.objects, taskPrefix, { ...seen.loads, looks: lookOf(message) });
    return { kind: "following", left };
  }
  await tellEnd(following, seen.loads);
  await ports.copies.publish(copyEventOf(taskPrefix, opened, seen.loads, ports.now()));
  const done = { ...seen.loads, looks: lookOf(message), done: ports.now().toISOString() };
  logLoads(ports.log, done, opened);
  await writeJournal(following, done);
  // After the journal, by whose columns it makes the views.
  await startViewMaker(following);
  await keepFollowed(ports.objects, taskPrefix, done);
  return { kind: "followed", loads: done };
}

function notSeen(slot: Slot, { faults }: Seen, left: number): FunctionError {
  const shown = faults.slice(0, SHOWN_FAULTS);
  const others = faults.length - shown.length;
  return new FunctionError(
    "LoadsNotFollowedError",
    [
      `Of ${left} tables of slot ${slot} whose loads have not ended, ${faults.length} could not be looked at:`,
      ...shown.map((it) => `- ${it}`),
      ...(others > 0 ? [`- … and ${others} more`] : []),
    ].join("\n"),
  );
}

/**
 * Looks at the runs of a slot, and has another look follow until the last run has ended: by a message to the queue, whose
 * delay is the time between two looks. Then people are told what is not whole.
 * @throws what kept it from sending that message, or, when the time is over, from telling people
 */
export async function followLoads(following: Following): Promise<FollowOutcome> {
  const { environment, message, ports } = following;
  const outcome = await followOn(following).catch((error: unknown): Failure => {
    if (!(error instanceof Error)) throw error;
    return { error, after: message.after };
  });
  if (!("error" in outcome)) return outcome;
  const { error, after } = outcome;
  const hours = (ports.now().getTime() - Date.parse(message.from)) / HOUR;
  // One look more than the tables get, so that what they came to is told.
  const isLast = hours > FOLLOWED_HOURS + 1;
  const report = notFollowedReport(environment, message.follow, error.message);
  const attempt = (message.attempt ?? 1) + 1;
  const given = await giveBack(following, {
    error,
    again: isLast ? undefined : { ...message, attempt, ...(after !== undefined && { after }) },
    report,
    slot: message.follow,
    name: `${report.kind}-${message.from.replace(/\D/g, "")}`,
  });
  return { kind: "notFollowed", ...given };
}
