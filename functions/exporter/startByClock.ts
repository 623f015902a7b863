import { comesBack, isLookTime, lastLook, slotOfDaily } from "../../contract/dailyExport";
import { type Slot, slotOfExport } from "../../contract/slot";
import { taskId } from "../../contract/taskId";
import { formatTimeOfDay } from "../../contract/timeOfDay";
import { FunctionError, isFault } from "../errors";
import type { Night } from "./chooseSnapshot";
import type { ExporterEnvironment } from "./environment";
import { findNewestSnapshot } from "./findSnapshot";
import type { Invocation } from "./invocation";
import type { Begun, Run } from "./run";
import {
  alreadyStartedExport,
  findTaskInTheWay,
  refuseSecondExport,
  type StartedExport,
  startTask,
} from "./startedExport";

/** What an invocation of the clock returns that leaves the day's export to another one. */
export interface NothingStarted {
  readonly taskId: string;
  readonly slot: string;
  /** `notStarted`: it could not be, which is no failure of this invocation; `nothingToDo`: there was no need. */
  readonly outcome: "notStarted" | "nothingToDo";
  /** The same in a sentence. */
  readonly summary: string;
}

type ScheduledCall = Extract<Invocation, { kind: "scheduled" }>;

async function startScheduled(run: Run, slot: Slot): Promise<StartedExport> {
  const { environment, rds, snapshot } = run;
  const id = taskId(environment.taskPrefix, slot);
  const own = await rds.findTask(id);
  if (own !== undefined) return alreadyStartedExport(run, slot, own);
  const tasks = await rds.listTasks(snapshot.arn);
  // A duplicate of this invocation may have started it since the look-up.
  const twin = tasks.find((task) => task.ExportTaskIdentifier === id);
  if (twin !== undefined) return alreadyStartedExport(run, slot, twin);
  refuseSecondExport(run, tasks);
  try {
    return await startTask(run, slot);
  } catch (error) {
    const task = await findTaskInTheWay(run, id, error);
    if (task === undefined) throw error;
    return alreadyStartedExport(run, slot, task);
  }
}

/** True where an export has to wait for another one to end. */
function isWantOfRoom(error: unknown): error is FunctionError {
  return isFault(error, "ExportLimitError", "SnapshotStateError");
}

/**
 * What becomes of the day's export when it could not be started. The clock comes back for whatever cause. Of want of
 * room people hear when it is given up; of any other cause by the first invocation, so that it is no news later.
 * @throws the error where it is news
 */
function notStarted(run: Begun, call: ScheduledCall, slot: Slot, error: unknown): NothingStarted {
  const { environment, log, now } = run;
  const last = `${formatTimeOfDay(lastLook(environment))} ${environment.timeZone}`;
  const back = comesBack(call.scheduledTime, now, environment);
  if (isWantOfRoom(error) && !back) {
    const why = `The export of slot ${slot} is given up: RDS took none until ${last}, and a later one could not be finished in time.`;
    throw new FunctionError(error.name, `${why} ${error.message}`, undefined, { cause: error.cause });
  }
  const isNews = !isWantOfRoom(error) && !call.again;
  if (!(error instanceof FunctionError) || isNews) throw error;
  const id = taskId(environment.taskPrefix, slot);
  const next = back ? `It is tried again every few minutes until ${last}.` : "It is tried no more.";
  log[isWantOfRoom(error) ? "info" : "warn"](`Export not started. ${next}`, {
    error: error.name,
    reason: error.message,
  });
  return { taskId: id, slot, outcome: "notStarted", summary: `${id} is not started: ${error.name}. ${next}` };
}

/**
 * Starts the day's export, unless it is there or has to wait.
 * @throws FunctionError for what keeps it from being started, and is news
 */
export async function startByClock(run: Begun, call: ScheduledCall): Promise<StartedExport | NothingStarted> {
  const { environment, rds, log } = run;
  const { again, scheduledTime } = call;
  const slot = again ? slotOfDaily(scheduledTime, environment) : slotOfExport(scheduledTime, environment);
  const id = taskId(environment.taskPrefix, slot);
  log.appendKeys({ slot, taskId: id });
  if (call.again && !isLookTime(call.scheduledTime, environment)) {
    return { taskId: id, slot, outcome: "nothingToDo", summary: `it is no time to look for ${id}` };
  }
  try {
    const task = call.again ? await rds.findTask(id) : undefined;
    if (task !== undefined) {
      return { taskId: id, slot, outcome: "nothingToDo", summary: `${id} is ${task.Status}` };
    }
    const snapshot = await findNewestSnapshot(run, nightOf(scheduledTime, environment));
    return await startScheduled({ ...run, snapshot }, slot);
  } catch (error) {
    return notStarted(run, call, slot, error);
  }
}

/** The night whose snapshot a call of the clock is about; undefined where the stack does not say when it is due. */
function nightOf(scheduledTime: Date, environment: ExporterEnvironment): Night | undefined {
  const { timeZone, snapshotTime, exportTime } = environment;
  return snapshotTime && { timeZone, snapshotTime, exportTime, scheduledTime };
}
