import type { FollowedLoads } from "../../contract/followedLoads";
import type { LoadMessage } from "../../contract/loadMessage";
import type { OpenedExport } from "../../contract/openedExport";
import { expiryText, isExpiring } from "../../contract/retention";
import type { Slot } from "../../contract/slot";
import { taskId } from "../../contract/taskId";
import { FunctionError } from "../errors";
import type { Invocation } from "../ports";
import { isSuperseded, readOpenedExport } from "../reports/openedExports";
import type { LoaderEnvironment } from "./environment";
import { type FollowOutcome, followLoads } from "./follow/followLoads";
import type { GivenBack } from "./giveBack";
import type { Loading } from "./loading";
import { parseLoadEvent } from "./message";
import type { LoaderPorts } from "./ports";
import { type LoadsOutcome, startLoads } from "./start/loadAttempts";
import type { LoadsResult } from "./start/loads";

/** What an invocation returns. */
export interface LoaderResult {
  /**
   * What became of a message to load: its loads were started (`loading`), wait for their run time (`early`), have given
   * way to a newer export (`superseded`), or could not all be started (`notLoaded`): they are tried again, or people
   * know. Of one to follow: its runs are still to begin (`waiting`), or to end (`following`), are followed by other
   * messages (`joined`), could not be looked at (`notFollowed`), or have ended (`followed`).
   */
  readonly outcome: LoadsOutcome["kind"] | "superseded" | FollowOutcome["kind"];
  readonly slot: Slot;
  readonly summary: string;
}

/** The export that a message means, or undefined if it is not to be loaded any more. */
async function exportToLoad(
  { environment, ports }: Loading,
  { load: slot, evenIfOlder }: LoadMessage,
): Promise<OpenedExport | undefined> {
  const { taskPrefix } = environment;
  const id = taskId(taskPrefix, slot);
  const opened = await readOpenedExport(ports.objects, taskPrefix, slot);
  if (opened === undefined) {
    throw new FunctionError("NoExportError", `Export "${id}" was not opened, so nothing is loaded from it.`);
  }
  const expires = opened.expires === undefined ? undefined : new Date(opened.expires);
  if (expires !== undefined && isExpiring(expires, ports.now())) {
    throw new FunctionError("RefusedError", expiryText(id, expires));
  }
  // Also what a person asked for: a newer one may have come while it was tried again.
  if (evenIfOlder !== true && (await isSuperseded(ports.objects, taskPrefix, slot, opened))) return undefined;
  return opened;
}

/**
 * Starts the loads of an opened export, empties the tables that are empty in Aurora, and follows runs to their end.
 * @param payload an event of the load queue
 * @throws FunctionError for a payload that is none, and for what could neither be tried again nor told
 */
export async function runLoader(
  payload: unknown,
  invocation: Invocation,
  environment: LoaderEnvironment,
  ports: LoaderPorts,
): Promise<LoaderResult> {
  const message = parseLoadEvent(payload);
  const slot = "follow" in message ? message.follow : message.load;
  const id = taskId(environment.taskPrefix, slot);
  ports.log.appendKeys({ environment: environment.environment, slot });
  if ("follow" in message) {
    const followed = await followLoads({ environment, invocation, ports, message });
    return { outcome: followed.kind, slot, summary: describeFollowed(id, followed) };
  }
  const loading = { environment, invocation, ports, message };
  const outcome = await startLoads(loading, () => exportToLoad(loading, message));
  return outcome === undefined
    ? { outcome: "superseded", slot, summary: `${id} has given way to a newer export` }
    : { outcome: outcome.kind, slot, summary: describe(id, outcome) };
}

function tried({ triedAgain }: GivenBack): string {
  return triedAgain ? "tried again in minutes" : "people were told";
}

function describeFollowed(id: string, outcome: FollowOutcome): string {
  switch (outcome.kind) {
    case "waiting":
      return `the loads of ${id} begin at ${outcome.from.toISOString()}`;
    case "following":
      return `loads of ${id} that have not ended: ${outcome.left}`;
    case "joined":
      return `the loads of ${id} are followed by another message`;
    case "notFollowed":
      return `the loads of ${id} could not be looked at; ${tried(outcome)}: ${outcome.cause}`;
    case "followed":
      return `the loads of ${id} have ended: ${countOutcomes(outcome.loads)}`;
  }
}

/** `whole 12, failed 1`. */
function countOutcomes({ tables }: FollowedLoads): string {
  const counts = new Map<string, number>();
  for (const { outcome = "?" } of tables) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${outcome} ${count}`).join(", ");
}

function describe(id: string, outcome: LoadsOutcome): string {
  switch (outcome.kind) {
    case "loading":
      return describeLoads(id, outcome.result, outcome.goesOn);
    case "early":
      return `the loads of ${id} wait for their run time, ${outcome.runTime.toISOString()}`;
    case "notLoaded":
      return `not all loads of ${id} could be started; ${tried(outcome)}: ${outcome.cause}`;
  }
}

function describeLoads(id: string, result: LoadsResult, goesOn: boolean): string {
  const { started, again, emptied, startedBefore, emptyBefore } = result;
  return [
    `loads of ${id} started: ${started}`,
    ...(again > 0 ? [`started once more after a failure: ${again}`] : []),
    ...(emptied > 0 ? [`tables emptied: ${emptied}`] : []),
    ...(startedBefore > 0 ? [`started before: ${startedBefore}`] : []),
    ...(emptyBefore > 0 ? [`empty before: ${emptyBefore}`] : []),
    ...(goesOn ? ["another invocation goes on"] : []),
  ].join(", ");
}
