import { excerpt } from "../../../functions/excerpt";
import { COMPLETE, type KnownTask } from "../../../functions/gate/tasks";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { isRunning } from "../loading/exports";
import type { StartedExport } from "./startExport";

/** Milliseconds between two looks. */
const LOOK_EVERY = 30_000;
const MINUTE = 60_000;
/** Exports of days are known; one that takes longer is nothing to wait for at a terminal. */
const LONGEST_HOURS = 48;

/**
 * Waits for the end of an export.
 * @throws OperatorError for one that has failed, was canceled, is gone, or does not end
 */
export async function followExport(session: Session, { task: id }: StartedExport): Promise<KnownTask> {
  const { clock, exports, stackName, terminal } = session;
  const begin = clock.now().getTime();
  const progress = terminal.follow(`export ${id}: starting`);
  for (;;) {
    const task = await exports.findTask(id);
    if (task === undefined) throw new OperatorError(`RDS knows no export "${id}" any more.`);
    const now = clock.now().getTime();
    const since = task.TaskStartTime?.getTime() ?? begin;
    const minutes = Math.max(0, Math.round(((task.TaskEndTime?.getTime() ?? now) - since) / MINUTE));
    const percent = task.PercentProgress ?? 0;
    if (!isRunning(task)) {
      progress.done(`export ${id}: ${task.Status}, after ${minutes} min`);
      if (task.Status === COMPLETE) return { ...task, ExportTaskIdentifier: id };
      const cause = task.FailureCause ? `: ${excerpt(task.FailureCause)}` : "";
      throw new OperatorError(
        `Export "${id}" is ${task.Status}${cause}. When the cause is gone, export again by \`npm run ops -- sync --stack ${stackName}\`, which takes an hour of its own.`,
      );
    }
    progress.update(
      `export ${id}: ${task.Status === "STARTING" ? "starting" : `${percent} %`}, ${minutes} min`,
      percent,
    );
    if (now - begin > LONGEST_HOURS * 60 * MINUTE) {
      throw new OperatorError(
        `Export "${id}" has not ended in ${LONGEST_HOURS} hours; it goes on in RDS: \`npm run ops -- sync --stack ${stackName} --resume\` follows it again.`,
      );
    }
    await clock.wait(LOOK_EVERY);
  }
}
