import { LOAD_ATTEMPTS } from "../../../contract/environment";
import type { LoadMessage, LoadRest } from "../../../contract/loadMessage";
import type { OpenedExport } from "../../../contract/openedExport";
import { requestedRunTime } from "../../../contract/slot";
import { FunctionError } from "../../errors";
import type { ReportKind } from "../../reports/report";
import { type GivenBack, giveBack, sendOn } from "../giveBack";
import type { Loading } from "../loading";
import { notLoadedReport } from "../tell/notLoaded";
import { type LoadsResult, loadTables } from "./loads";

/** What became of a message. */
export type LoadsOutcome =
  /** Its loads are started, as far as this invocation had time: `goesOn` says that another one has to follow. */
  | { readonly kind: "loading"; readonly result: LoadsResult; readonly goesOn: boolean }
  /** It waits for the run time, which the path's offset puts behind the export. */
  | { readonly kind: "early"; readonly runTime: Date }
  /** Loads could not be started, and are tried again, or left to people, who know. */
  | ({ readonly kind: "notLoaded" } & GivenBack);

/** What is to be told, and to be tried again. */
interface Failure {
  readonly error: Error;
  readonly rest?: LoadRest;
}

const SHOWN_FAULTS = 20;
const NOT_LOADED = "notLoaded" satisfies ReportKind;

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

async function giveLoadsBack(loading: Loading, { error, rest }: Failure): Promise<LoadsOutcome> {
  const { environment, message } = loading;
  const attempt = message.attempt ?? 1;
  // Of what a person has asked for they are told each time that it fails, and of what is done by itself once.
  const name = message.asked === undefined ? NOT_LOADED : `${NOT_LOADED}-${message.asked.replace(/\D/g, "")}`;
  const report = notLoadedReport(environment, message, error.message);
  const again = attempt < LOAD_ATTEMPTS ? { ...message, attempt: attempt + 1, rest } : undefined;
  return {
    kind: "notLoaded",
    ...(await giveBack(loading, { error, again, report, slot: message.load, name })),
  };
}

/** Has the loads followed to their end; also where an attempt before this one has started them, and died. */
async function askToFollow(loading: Loading): Promise<void> {
  const { ports, message } = loading;
  const { load: follow, asked, despiteFindings, tables } = message;
  const from = ports.now().toISOString();
  await sendOn(loading, {
    follow,
    from,
    ...(asked && { asked }),
    ...(despiteFindings && { despiteFindings }),
    ...(tables && { tables }),
  });
}

async function loadAll(loading: Loading, opened: OpenedExport): Promise<LoadsOutcome | Failure> {
  const { ports, message } = loading;
  const result = await loadTables(loading, opened);
  const failure = failureOf(message, result);
  const goesOn = result.untried > 0 && doneBy(result) > 0;
  if (doneBy(result) > 0) await askToFollow(loading);
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
  return outcome !== undefined && "error" in outcome ? giveLoadsBack(loading, outcome) : outcome;
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
