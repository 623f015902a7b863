import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import type { KnownTask } from "../../../functions/gate/tasks";
import { readFollowed } from "../../../functions/loader/record/followedLoads";
import { readOpenedExport } from "../../../functions/reports/openedExports";
import type { Session } from "../../session/session";
import { followLoader, toldBefore } from "../loading/followLoader";
import { loadSlot, tellLoaded } from "../loading/loadSlot";
import type { StartedExport } from "./startExport";

/** Milliseconds between two looks. */
const LOOK_EVERY = 30_000;
/** Minutes in which RDS's event has reached the gate, and the gate has opened the export: seen are one or two. */
const GATE_TAKES = 10;
const MINUTE = 60_000;

/** True when the gate has opened an export by itself; false if it does not within minutes. */
async function isOpened(
  { clock, objects, stack, terminal }: Session,
  { slot, task }: StartedExport,
): Promise<boolean> {
  const end = clock.now().getTime() + GATE_TAKES * MINUTE;
  const progress = terminal.follow(`${task}: the gate audits it, and opens it`);
  for (;;) {
    const opened = await readOpenedExport(objects, stack.taskPrefix, slot);
    const isOver = clock.now().getTime() >= end;
    if (opened !== undefined || isOver) {
      progress.done(opened === undefined ? `${task}: is not open` : `${task}: is open`);
      return opened !== undefined;
    }
    await clock.wait(LOOK_EVERY);
  }
}

/**
 * Has a complete export loaded, and follows its loads. Where loads follow each export by themselves, they are followed; else,
 * or where the gate keeps still, the gate is asked.
 * @param table tables in BigQuery, `prod_shop.users`; none for all
 * @returns true if every table is whole
 * @throws OperatorError with the gate's words where it refuses
 */
export async function loadExport(
  session: Session,
  started: StartedExport,
  ended: KnownTask,
  table: readonly string[],
): Promise<boolean> {
  const { objects, stack } = session;
  const { slot } = started;
  const before = await readFollowed(objects, stack.taskPrefix, slot);
  if (before?.done !== undefined && table.length === 0) return tellLoaded(session, before.tables);
  const follows = stack.federation && stack.schedule.load === ON_EXPORT_COMPLETE;
  if (!follows || !(await isOpened(session, started))) return loadSlot(session, { slot, table });
  const since = ended.TaskEndTime ?? session.clock.now();
  const told = await toldBefore(session, slot);
  return tellLoaded(session, await followLoader(session, { slot, since, tables: table }, told));
}
