import { isNewer } from "../../../contract/openedExport";
import { isExpiring } from "../../../contract/retention";
import { requestedRunTime, type Slot } from "../../../contract/slot";
import { COMPLETE, isOwnTask, type KnownTask, slotOf, timesOf } from "../../../functions/gate/tasks";
import { expiryOf, loadFedBy } from "../../../functions/gate/times";
import type { DeployedStack } from "../../session/deployedStack";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";

/** States of an export that has not ended. Source: Amazon RDS API Reference, "ExportTask". */
const RUNNING = ["STARTING", "IN_PROGRESS", "CANCELING"];

/** True until an export has ended, well or not. */
export function isRunning({ Status }: Pick<KnownTask, "Status">): boolean {
  return RUNNING.includes(Status ?? "");
}

/** Exports under the stack's name, of the newest rows first. */
export async function ownExports({
  stack,
  exports,
}: Pick<Session, "stack" | "exports">): Promise<KnownTask[]> {
  const tasks = await exports.listTasksInto(stack.bucketName);
  return tasks
    .filter((task): task is KnownTask => isOwnTask(stack, task))
    .sort((one, other) => {
      const [times, otherTimes] = [timesOf(one), timesOf(other)];
      return Number(isNewer(otherTimes, times)) - Number(isNewer(times, otherTimes));
    });
}

/**
 * Slot of the newest export that can be loaded.
 * @throws OperatorError if there is none
 */
export async function newestGoodSlot(
  session: Pick<Session, "stack" | "stackName" | "exports" | "clock">,
): Promise<Slot> {
  const { stack, stackName, clock } = session;
  const isKept = (task: KnownTask) => {
    const expires = expiryOf(stack, task);
    return expires === undefined || !isExpiring(expires, clock.now());
  };
  const task = (await ownExports(session)).find((it) => it.Status === COMPLETE && isKept(it));
  if (task !== undefined) return slotOf(stack, task);
  throw new OperatorError(
    `Stack ${stackName} has no complete export in bucket ${stack.bucketName} that has not expired: make one by ` +
      `\`npm run ops -- sync --stack ${stackName}\`.`,
  );
}

/** The transfers' own clock, as the gate knows it. */
export function gateTimes({ schedule, taskPrefix, bucketName }: DeployedStack) {
  return { ...schedule, clockEnabled: schedule.enabled, taskPrefix, bucketName };
}

/** When the transfers' own clock loads an export; undefined where it does not, or has done. */
export function loadToCome(stack: DeployedStack, task: KnownTask, now: Date): Date | undefined {
  const load = loadFedBy(gateTimes(stack), task);
  return load !== undefined && now < load ? load : undefined;
}

/** The run time of a slot's loads. */
export function runTimeOf({ schedule }: DeployedStack, slot: Slot): Date {
  return requestedRunTime(slot, schedule.pathOffsetMinutes);
}
