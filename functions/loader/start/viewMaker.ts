import type { FollowMessage } from "../../../contract/loadMessage";
import { requestedRunTime } from "../../../contract/slot";
import { FunctionError } from "../../errors";
import { logFailure } from "../../log";
import { tell } from "../../reports/tell";
import type { Loading } from "../loading";
import { viewsNotMadeReport } from "../tell/viewsNotMade";

/**
 * Starts the scheduled query that makes the typed views, where the stack has one, for a slot whose loads have ended. What
 * keeps it from that is told: the views stand as they were.
 * @throws NotToldError if people could not be told
 */
export async function startViewMaker(loading: Loading<FollowMessage>): Promise<void> {
  const { environment, message, ports } = loading;
  const { viewMaker } = environment;
  const { follow: slot } = message;
  if (viewMaker === undefined) return;
  const runTime = requestedRunTime(slot, environment.pathOffsetMinutes);
  try {
    // After a lost answer only a run that was not there before counts as started: loads of a slot can end more than once.
    await ports.transfers.listRuns(viewMaker);
    await ports.transfers.startRun(viewMaker, runTime);
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    logFailure(ports.log, error);
    const report = viewsNotMadeReport(environment, { slot, viewMaker, runTime }, error.message);
    await tell(loading, report, slot);
  }
}
