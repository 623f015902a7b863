import { isKeptForDaily } from "../../contract/dailyExport";
import { previousSlot, slotAt, slotZone } from "../../contract/slot";
import { taskId } from "../../contract/taskId";
import { FunctionError } from "../errors";
import { invokeCommand } from "../invokeCommand";
import type { Run } from "./run";
import {
  alreadyStartedExport,
  findTaskInTheWay,
  isSameExport,
  refuseSecondExport,
  type StartedExport,
  startTask,
} from "./startedExport";

/** How far a run by hand goes back to find an hour that no export has taken. */
const MAX_STEPS_BACK = 24;

/**
 * Starts an export in the newest hour that has none.
 * @param exportAgain true starts one of a snapshot that has an export already, which is paid once more
 * @throws SnapshotAlreadyExportedError, NoFreeSlotError
 */
export async function startByHand(run: Run, exportAgain: boolean): Promise<StartedExport> {
  const { environment, rds, log, snapshot } = run;
  if (!exportAgain) refuseSecondExport(run, await rds.listTasks(snapshot.arn));
  const newest = slotAt(run.now, slotZone(environment));
  let slot = newest;
  for (let step = 0; step <= MAX_STEPS_BACK; step++, slot = previousSlot(slot)) {
    if (isKeptForDaily(slot, run.now, environment)) continue;
    const id = taskId(environment.taskPrefix, slot);
    log.appendKeys({ slot, taskId: id });
    if ((await rds.findTask(id)) !== undefined) continue;
    try {
      return await startTask(run, slot);
    } catch (error) {
      const task = await findTaskInTheWay(run, id, error);
      // An answer that got lost makes the SDK ask twice: the task in the way is then this run's own.
      if (task !== undefined && isSameExport(run, task)) return alreadyStartedExport(run, slot, task);
    }
  }
  const named = run.snapshotArn === undefined ? {} : { snapshotArn: run.snapshotArn };
  const same = { ...named, ...(exportAgain && { exportAgain }) };
  throw new FunctionError(
    "NoFreeSlotError",
    `Each of the ${MAX_STEPS_BACK + 1} hours back from slot ${newest} has an export task already or is the daily ` +
      `export's, and RDS takes no task id twice. Try again in the next hour: ${invokeCommand(run.functionName, environment.region, same)}`,
  );
}
