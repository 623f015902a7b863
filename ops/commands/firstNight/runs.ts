import { previousSlot, requestedRunTime, type Slot, slotAt, slotZone } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { LandingTables } from "../../../functions/loader/google/landingTables";
import { TransferRuns } from "../../../functions/loader/google/transferRuns";
import type { LandingTable, TransferRun } from "../../../functions/loader/ports";
import { hasEnded } from "../../../functions/loader/start/earlierRuns";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import type { Place } from "./place";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Between two looks at a run. */
const PAUSE = 10 * SECOND;
/** Longest wait for a run's end. */
const LONGEST_RUN = 30 * MINUTE;
/** Hours before now of which one is free of exports. */
const HOURS_BACK = 48;

/** A run that was started here, and has ended. */
export interface EndedRun {
  readonly run: TransferRun;
  readonly asked: Date;
  readonly ended: Date;
  readonly log: readonly string[];
  /** The table before it and after it. */
  readonly before: LandingTable;
  readonly after: LandingTable;
}

/** True if a run has left the table as it was. */
export function isUnchanged({ before, after }: EndedRun): boolean {
  return before.rows === after.rows && before.lastModified?.getTime() === after.lastModified?.getTime();
}

/** Run `bqts_…` of BigQuery's jobs is named after. */
export function runId({ name }: TransferRun): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** The latest hour that is over, and of which the bucket holds no object; undefined where all are taken. */
export async function slotWithoutExport({ stack, objects, clock }: Session): Promise<Slot | undefined> {
  let slot = slotAt(clock.now(), slotZone(stack.schedule));
  for (let hour = 0; hour < HOURS_BACK; hour++) {
    slot = previousSlot(slot);
    const isPast = requestedRunTime(slot, stack.schedule.pathOffsetMinutes) <= clock.now();
    if (isPast && !(await hasObjects(objects, `${taskId(stack.taskPrefix, slot)}/`))) return slot;
  }
  return undefined;
}

/** True if there is an object under a prefix. */
export async function hasObjects(objects: Session["objects"], prefix: string): Promise<boolean> {
  for await (const page of objects.listObjects(prefix)) if (page.length > 0) return true;
  return false;
}

/**
 * Starts a run of the table's transfer and waits for its end.
 * @throws OperatorError where it does not come; FunctionError of a call
 */
export async function runOnce(
  session: Session,
  { table }: Place,
  slot: Slot,
  what: string,
): Promise<EndedRun> {
  const { google, clock, stack, terminal } = session;
  const transfers = new TransferRuns(google);
  const tables = new LandingTables(google);
  const { name } = table.transfer;
  const look = () => tables.describeTable(table.dataset, table.destination);
  const known = await transfers.listRuns(name);
  if (known.some((it) => !hasEnded(it))) {
    throw new OperatorError(
      "Another run of this transfer is under way, and two would mix: try again when it has ended.",
    );
  }
  const before = await look();
  const runTime = requestedRunTime(slot, stack.schedule.pathOffsetMinutes);
  const asked = clock.now();
  await transfers.startRun(name, runTime);
  const progress = terminal.follow(`Waiting for ${what}`);
  for (;;) {
    await clock.wait(PAUSE);
    const run = (await transfers.listRuns(name)).find(
      (it) => it.runTime.getTime() === runTime.getTime() && known.every((other) => other.name !== it.name),
    );
    if (run !== undefined && hasEnded(run)) {
      progress.done(`Ended: ${what}, ${run.state}`);
      return {
        run,
        asked,
        ended: clock.now(),
        log: await transfers.logOf(run.name),
        before,
        after: await look(),
      };
    }
    if (clock.now().getTime() - asked.getTime() > LONGEST_RUN) {
      progress.done(`Not ended: ${what}`);
      throw new OperatorError(
        `The run that was started here is ${run?.state ?? "not to be seen"} after ${LONGEST_RUN / MINUTE} minutes: look at it in BigQuery, Data transfers.`,
      );
    }
  }
}
