import { LOAD_ATTEMPTS } from "../../../contract/environment";
import type { LoadMessage, LoadRest } from "../../../contract/loadMessage";
import type { OpenedExport } from "../../../contract/openedExport";
import { requestedRunTime } from "../../../contract/slot";
import { FunctionError, isFault } from "../../errors";
import { logFailure } from "../../log";
import { reported, type Telling } from "../../reports/records";
import type { ReportKind } from "../../reports/report";
import { tell } from "../../reports/tell";
import type { Loading } from "../loading";
import { loadedReport, notLoadedReport, startedAgainReport } from "../tell/reports";
import { type LoadsResult, loadTables } from "./loads";

/** What became of a message. */
export type LoadsOutcome =
  /** Its loads are started, as far as this invocation had time: `goesOn` says that another one has to follow. */
  | { readonly kind: "loading"; readonly result: LoadsResult; readonly goesOn: boolean }
  /** It waits for the run time, which the path's offset puts behind the export. */
  | { readonly kind: "early"; readonly runTime: Date }
  /** Loads could not be started, and are tried again, or left to people, who know. */
  | { readonly kind: "notLoaded"; readonly cause: string; readonly triedAgain: boolean };

/** What is to be told, and to be tried again. */
interface Failure {
  readonly error: Error;
  readonly rest?: LoadRest;
}

/** The try from which on people are told of what has failed, ten minutes behind the first. */
const TOLD_FROM = 3;
const SHOWN_FAULTS = 20;
const NOT_LOADED = "notLoaded" satisfies ReportKind;

function attemptOf({ attempt = 1 }: LoadMessage): number {
  return attempt;
}

/** What was done by an invocation, or found done. */
function doneBy({ started, emptied, startedBefore, emptyBefore, again }: LoadsResult): number {
  return started + again + emptied + startedBefore + emptyBefore;
}

/** One error for all tables that could not be loaded so far. */
function failureOf({ load: slot }: LoadMessage, result: LoadsResult): Failure | undefined {
  const { faults, failed, untried, wanted, rest } = result;
  const count = (failed?.count ?? 0) + untried;
  if (count === 0) return undefined;
  const late = untried > 0 ? ["- the time was over before the tables behind these could be tried"] : [];
  const shown = faults.slice(0, SHOWN_FAULTS);
  const others = count - untried - shown.length;
  const more = others > 0 ? [`- … and ${others} more`] : [];
  const error = new FunctionError(
    "LoadsNotStartedError",
    [
      `Of ${wanted} tables of slot ${slot}, ${count} are not loaded:`,
      ...shown.map((it) => `- ${it}`),
      ...more,
      ...late,
    ].join("\n"),
  );
  return { error, rest };
}

/** Sends a message that comes when the queue's delay is over. */
async function sendOn({ ports }: Loading, message: LoadMessage, mark = ""): Promise<void> {
  // The same once more, by an invocation that died behind it, is one.
  await ports.queue.send(message, `${JSON.stringify(message)}${mark}`);
}

async function tellFailure(loading: Loading, { error }: Failure): Promise<Telling> {
  const { environment, message } = loading;
  // Of what a person has asked for they are told each time that it fails, and of what is done by itself once.
  const name = message.asked === undefined ? NOT_LOADED : `${NOT_LOADED}-${message.asked.replace(/\D/g, "")}`;
  return tell(loading, notLoadedReport(environment, message, error.message), message.load, name);
}

/** Tells people of what has failed, and sees to it that it is tried again; after the last try they must know. */
async function giveBack(loading: Loading, failure: Failure): Promise<LoadsOutcome> {
  const { ports, message } = loading;
  const { error, rest } = failure;
  const attempt = attemptOf(message);
  const isLast = attempt >= LOAD_ATTEMPTS;
  const isUntold = isFault(error, "NotToldError");
  if (isLast && isUntold) throw error;
  if (attempt >= TOLD_FROM && !isUntold) {
    try {
      const telling = await tellFailure(loading, failure);
      // Whoever has begun to tell may yet fail.
      if (isLast && telling === "leftToOther") throw error;
    } catch (untold) {
      if (isLast) throw untold;
      logFailure(ports.log, untold);
    }
  }
  logFailure(ports.log, error);
  if (!isLast) await sendOn(loading, { ...message, attempt: attempt + 1, rest });
  return { kind: "notLoaded", cause: error.message, triedAgain: !isLast };
}

async function tellResult(loading: Loading, { startedAgain }: LoadsResult, isOver: boolean): Promise<void> {
  const { environment, ports, message } = loading;
  if (startedAgain.length > 0) {
    await tell(loading, startedAgainReport(environment, message.load, startedAgain), message.load);
  }
  if (!isOver) return;
  const told = await reported(ports.objects, environment.taskPrefix, message.load);
  if ([...told].some((name) => name.startsWith(NOT_LOADED))) {
    await tell(loading, loadedReport(environment, message.load), message.load);
  }
}

async function loadAll(loading: Loading, opened: OpenedExport): Promise<LoadsOutcome | Failure> {
  const { ports, message } = loading;
  const result = await loadTables(loading, opened);
  const failure = failureOf(message, result);
  const goesOn = result.untried > 0 && doneBy(result) > 0;
  await tellResult(loading, result, failure === undefined);
  if (failure !== undefined && !goesOn) return failure;
  if (!goesOn) return { kind: "loading", result, goesOn };
  if (result.faults.length > 0) {
    ports.log.warn("Some loads could not be started so far", { faults: result.faults });
  }
  await sendOn(loading, { ...message, rest: result.rest });
  return { kind: "loading", result, goesOn };
}

/**
 * Starts the loads of a slot, and empties the tables that the export says are empty: by itself once, for a person again.
 * What fails is tried again by a message of its own, which comes sooner than one whose receipt has failed.
 * @param findExport the slot's export, or undefined if it is not to be loaded any more
 * @throws what kept it from sending that message, or, after the last try, from telling people
 */
export async function startLoads(
  loading: Loading,
  findExport: () => Promise<OpenedExport | undefined>,
): Promise<LoadsOutcome | undefined> {
  const outcome = await tryLoads(loading, findExport);
  return outcome !== undefined && "error" in outcome ? giveBack(loading, outcome) : outcome;
}

async function tryLoads(
  loading: Loading,
  findExport: () => Promise<OpenedExport | undefined>,
): Promise<LoadsOutcome | Failure | undefined> {
  const { environment, ports, message } = loading;
  try {
    const opened = await findExport();
    if (opened === undefined) return undefined;
    const runTime = requestedRunTime(message.load, environment.pathOffsetMinutes);
    if (runTime <= ports.now()) return await loadAll(loading, opened);
    await sendOn(loading, message, ports.now().toISOString());
    return { kind: "early", runTime };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error, rest: message.rest };
  }
}
