import type { ExporterEnvironment } from "./environment";
import { findNamedSnapshot, findNewestSnapshot } from "./findSnapshot";
import { parseInvocation } from "./invocation";
import type { ExporterPorts } from "./ports";
import { type NothingStarted, startByClock } from "./startByClock";
import { startByHand } from "./startByHand";
import type { StartedExport } from "./startedExport";

/**
 * Starts the export of the cluster's newest snapshot, or of one that a person names, once for each slot.
 * @param payload the invocation's payload: the schedule's, or a person's (see `parseInvocation`)
 * @param functionName the function's own name, for the commands in errors
 * @returns the export; where the clock called, also that it is left to a later call, or was not needed
 * @throws FunctionError for everything else that is not a started export
 */
export async function startExport(
  payload: unknown,
  functionName: string,
  environment: ExporterEnvironment,
  ports: ExporterPorts,
): Promise<StartedExport | NothingStarted> {
  const { rds, log } = ports;
  const now = ports.now();
  log.appendKeys({ environment: environment.environment });
  const invocation = parseInvocation(payload, now);
  const run = { environment, rds, log, now, functionName };
  if (invocation.kind === "scheduled") return startByClock(run, invocation);
  const { snapshotArn, exportAgain } = invocation;
  const snapshot = await (snapshotArn === undefined
    ? findNewestSnapshot(run)
    : findNamedSnapshot(run, snapshotArn));
  return startByHand({ ...run, snapshotArn, snapshot }, exportAgain);
}
