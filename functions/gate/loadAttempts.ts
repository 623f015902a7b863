import { LOAD_ATTEMPTS } from "../../contract/environment";
import { logFailure } from "../log";
import { LoadsNotStartedError, NotToldError } from "./errors";
import { type Loading, type LoadsResult, loadTables } from "./loads";
import type { LoadMessage, LoadRest, ReportKind } from "./ports";
import { reported, type Telling } from "./records";
import { loadedReport, notLoadedReport, startedAgainReport } from "./reports";
import { type KnownTask, runTimeOf } from "./stack";
import { tell } from "./telling";

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
  const error = new LoadsNotStartedError(
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
async function sendOn({ queue }: Pick<Loading, "queue">, message: LoadMessage, mark = ""): Promise<void> {
  // The same once more, by an invocation that died behind it, is one.
  await queue.send(message, `${JSON.stringify(message)}${mark}`);
}

async function tellFailure(loading: Omit<Loading, "task">, { error }: Failure): Promise<Telling> {
  const { context, message } = loading;
  // Of what a person has asked for they are told each time that it fails, and of what the gate does by itself once.
  const name = message.asked === undefined ? NOT_LOADED : `${NOT_LOADED}-${message.asked.replace(/\D/g, "")}`;
  return tell(loading, notLoadedReport(context, message, error.message), message.load, name);
}

/** Tells people of what has failed, and sees to it that it is tried again; after the last try they must know. */
async function giveBack(loading: Omit<Loading, "task">, failure: Failure): Promise<LoadsOutcome> {
  const { ports, message } = loading;
  const { error, rest } = failure;
  const attempt = attemptOf(message);
  const isLast = attempt >= LOAD_ATTEMPTS;
  const isUntold = error instanceof NotToldError;
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
  const { environment, ports, context, message } = loading;
  if (startedAgain.length > 0) {
    await tell(loading, startedAgainReport(context, message.load, startedAgain), message.load);
  }
  if (!isOver) return;
  const told = await reported(ports.objects, environment.taskPrefix, message.load);
  if ([...told].some((name) => name.startsWith(NOT_LOADED))) {
    await tell(loading, loadedReport(context, message.load), message.load);
  }
}

async function loadAll(loading: Loading): Promise<LoadsOutcome | Failure> {
  const { ports, message } = loading;
  const result = await loadTables(loading);
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
 * @param findTask the slot's export, or undefined if it is not to be loaded any more
 * @throws what kept it from sending that message, or, after the last try, from telling people
 */
export async function startLoads(
  loading: Omit<Loading, "task">,
  findTask: () => Promise<KnownTask | undefined>,
): Promise<LoadsOutcome | undefined> {
  const outcome = await tryLoads(loading, findTask);
  return outcome !== undefined && "error" in outcome ? giveBack(loading, outcome) : outcome;
}

async function tryLoads(
  loading: Omit<Loading, "task">,
  findTask: () => Promise<KnownTask | undefined>,
): Promise<LoadsOutcome | Failure | undefined> {
  const { environment, ports, message } = loading;
  try {
    const task = await findTask();
    if (task === undefined) return undefined;
    const runTime = runTimeOf(environment, message.load);
    if (runTime <= ports.now()) return await loadAll({ ...loading, task });
    await sendOn(loading, message, ports.now().toISOString());
    return { kind: "early", runTime };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error, rest: message.rest };
  }
}
