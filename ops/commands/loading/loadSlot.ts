import type { Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import type { KnownTask } from "../../../functions/gate/tasks";
import { readOpenedExport } from "../../../functions/reports/openedExports";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { askGate, type Wish } from "./askGate";
import { loadToCome } from "./exports";
import { followLoader, toldBefore } from "./followLoader";
import { allWhole, type LoadedTable, loadedText } from "./loadedTables";
import { runByHand } from "./runByHand";

/** What is to be loaded, and whatever the gate has doubts about. */
export interface LoadWish extends Wish {
  readonly slot: Slot;
  /** Tables in BigQuery, `prod_shop.users`; none for all. */
  readonly table: readonly string[];
}

/** Says what loads came to. @returns true if every table is whole */
export function tellLoaded(
  { stack, terminal }: Pick<Session, "stack" | "terminal">,
  tables: readonly LoadedTable[],
): boolean {
  terminal.print(`\n${loadedText(tables, stack.federation ? "whole" : "loaded")}`);
  return allWhole(tables);
}

/** The export's task, as RDS knows it. @throws OperatorError if it does not know it */
async function taskOf({ stack, exports }: Session, slot: Slot): Promise<KnownTask> {
  const id = taskId(stack.taskPrefix, slot);
  const task = await exports.findTask(id);
  if (task === undefined) {
    throw new OperatorError(`RDS knows no export "${id}" any more: export again by \`npm run ops -- sync\`.`);
  }
  return { ...task, ExportTaskIdentifier: id };
}

/**
 * Has the gate open an export, and follows its loads to their end.
 * @returns true if every table that was asked for is whole, or the transfers' own clock will load it
 * @throws OperatorError with the gate's words where it refuses
 */
export async function loadSlot(session: Session, { slot, table, ...wish }: LoadWish): Promise<boolean> {
  const { clock, objects, stack, terminal } = session;
  const told = await toldBefore(session, slot);
  const since = clock.now();
  const { outcome, summary } = await askGate(session, slot, wish, table);
  terminal.print(summary);
  if (outcome === "loading") {
    return tellLoaded(session, await followLoader(session, { slot, since, tables: table }, told));
  }
  const task = await taskOf(session, slot);
  if (loadToCome(stack, task, clock.now()) !== undefined) return true;
  const opened = await readOpenedExport(objects, stack.taskPrefix, slot);
  if (opened === undefined) {
    throw new OperatorError(`Nothing is written down of export "${task.ExportTaskIdentifier}": try again.`);
  }
  return tellLoaded(session, await runByHand(session, opened, table, task.TaskEndTime ?? since));
}
