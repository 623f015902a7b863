import { isNewer } from "../../../contract/openedExport";
import { parseSlot, type Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { COMPLETE, isOwnTask, type KnownTask, slotOf, timesOf } from "../../../functions/gate/tasks";
import { expiryOf } from "../../../functions/gate/times";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";

/** An export whose files are there. */
export interface ChosenExport {
  readonly task: KnownTask;
  readonly slot: Slot;
  /** A later export that is not complete, and what RDS says of it. */
  readonly later?: string;
}

type Place = Pick<Session, "stack" | "exports" | "objects" | "clock">;

/** `prod-2025021806 is IN_PROGRESS, 40 %`. */
function stateOf({ ExportTaskIdentifier, Status = "without status", PercentProgress }: KnownTask): string {
  const percent = Status === "IN_PROGRESS" && PercentProgress !== undefined ? `, ${PercentProgress} %` : "";
  return `${ExportTaskIdentifier} is ${Status}${percent}`;
}

async function exportOfSlot({ stack, exports }: Place, text: string): Promise<ChosenExport> {
  const slot = parseSlot(text);
  const id = taskId(stack.taskPrefix, slot);
  const task = await exports.findTask(id);
  if (task === undefined || !isOwnTask(stack, task)) {
    throw new OperatorError(
      `RDS knows no export "${id}" into bucket ${stack.bucketName}: take the hour in an export's name, or leave \`--slot\` out for the newest one.`,
    );
  }
  if (task.Status !== COMPLETE) {
    throw new OperatorError(
      `Export ${stateOf(task)}: what it holds is known when it is ${COMPLETE}; leave \`--slot\` out for the newest that is.`,
    );
  }
  return { task, slot };
}

async function newestExport({ stack, exports }: Place): Promise<ChosenExport> {
  const tasks = (await exports.listTasksInto(stack.bucketName)).filter((it): it is KnownTask =>
    isOwnTask(stack, it),
  );
  const [newest] = tasks
    .filter(({ Status }) => Status === COMPLETE)
    .sort((a, b) => Number(isNewer(timesOf(b), timesOf(a))) - Number(isNewer(timesOf(a), timesOf(b))));
  // Slots are hours of one clock: the greatest is the latest.
  const [last] = tasks.sort((a, b) => (slotOf(stack, a) < slotOf(stack, b) ? 1 : -1));
  if (newest === undefined) {
    const others = last === undefined ? "" : `; ${stateOf(last)}`;
    throw new OperatorError(
      `There is no complete export of this stack in bucket ${stack.bucketName}${others}: wait for the first one, or make one by a spot run.`,
    );
  }
  const slot = slotOf(stack, newest);
  const isLater = last !== undefined && last.Status !== COMPLETE && slotOf(stack, last) > slot;
  return { task: newest, slot, ...(isLater && { later: stateOf(last) }) };
}

async function holdsAnything({ objects }: Place, id: string): Promise<boolean> {
  for await (const page of objects.listObjects(`${id}/`)) if (page.length > 0) return true;
  return false;
}

/**
 * The export that is looked at.
 * @param slot the newest that is complete where it is left out
 * @param ownRules true where the bucket's rules are the stack's, so that it is known when exports expire
 * @throws OperatorError where there is none, or S3 may have deleted a part of it
 */
export async function chosenExport(place: Place, slot: string | undefined, ownRules: boolean) {
  const chosen = slot === undefined ? await newestExport(place) : await exportOfSlot(place, slot);
  const { ExportTaskIdentifier: id } = chosen.task;
  const { bucketName, retentionDays } = place.stack;
  const expires = ownRules ? expiryOf({ retentionDays }, chosen.task) : undefined;
  if (expires !== undefined && expires <= place.clock.now()) {
    throw new OperatorError(
      `Export ${id} has expired: S3 has deleted its files since ${expires.toISOString().slice(0, 10)}, after \`retentionDays\` (${retentionDays}), so look at a newer one, or make one by a spot run.`,
    );
  }
  if (!(await holdsAnything(place, id))) {
    throw new OperatorError(
      `Nothing of export ${id} is left in bucket ${bucketName}: it has expired, or somebody has deleted its files, so look at a newer one, or make one by a spot run.`,
    );
  }
  return chosen;
}
