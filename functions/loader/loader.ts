import type { LoadMessage } from "../../contract/loadMessage";
import type { OpenedExport } from "../../contract/openedExport";
import { expiryText, isExpiring } from "../../contract/retention";
import type { Slot } from "../../contract/slot";
import { taskId } from "../../contract/taskId";
import { FunctionError } from "../errors";
import type { Invocation } from "../ports";
import { isSuperseded, readOpenedExport } from "../reports/openedExports";
import { tellUnsent } from "../reports/tell";
import type { LoaderEnvironment } from "./environment";
import type { Loading } from "./loading";
import { parseLoadEvent } from "./message";
import type { LoaderPorts } from "./ports";
import { type LoadsOutcome, startLoads } from "./start/loadAttempts";
import type { LoadsResult } from "./start/loads";

/** What an invocation returns. */
export interface LoaderResult {
  /**
   * What became of a message: its loads were started (`loading`), wait for their run time (`early`), have given way to a
   * newer export (`superseded`), or could not all be started (`notLoaded`): they are tried again, or people know.
   */
  readonly outcome: LoadsOutcome["kind"] | "superseded";
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
 * Starts the loads of an opened export, and empties the tables that are empty in Aurora.
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
  const slot = message.load;
  ports.log.appendKeys({ environment: environment.environment, slot });
  const loading = { environment, invocation, ports, message };
  const outcome = await startLoads(loading, () => exportToLoad(loading, message));
  const id = taskId(environment.taskPrefix, slot);
  if (outcome?.kind !== "notLoaded") {
    // Loads that an attempt before this one has started again, and could not tell of, have not failed any more.
    await tellUnsent(loading, slot, "startedAgain");
  }
  return outcome === undefined
    ? { outcome: "superseded", slot, summary: `${id} has given way to a newer export` }
    : { outcome: outcome.kind, slot, summary: describe(id, outcome) };
}

function describe(id: string, outcome: LoadsOutcome): string {
  switch (outcome.kind) {
    case "loading":
      return describeLoads(id, outcome.result, outcome.goesOn);
    case "early":
      return `the loads of ${id} wait for their run time, ${outcome.runTime.toISOString()}`;
    case "notLoaded":
      return (
        `not all loads of ${id} could be started; ${outcome.triedAgain ? "tried again in minutes" : "people were told"}: ` +
        outcome.cause
      );
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
