import type { Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { cut } from "../../excerpt";
import { CAUSE_LENGTH, makeReport, type Report } from "../../reports/report";
import type { LoaderEnvironment } from "../environment";

/** The run that could not be started. */
interface MakerRun {
  readonly slot: Slot;
  /** Scheduled query that makes the views. */
  readonly viewMaker: string;
  readonly runTime: Date;
}

/** Instant in UTC without its milliseconds, as the manual of `bq` writes it. */
function instant(time: Date): string {
  return time.toISOString().replace(/\.\d+/, "");
}

/** Report that the typed views are not made anew. */
export function viewsNotMadeReport(
  { taskPrefix }: Pick<LoaderEnvironment, "taskPrefix">,
  { slot, viewMaker, runTime }: MakerRun,
  why: string,
): Report {
  const id = taskId(taskPrefix, slot);
  const subject = `The views of ${id} are not made anew`;
  return makeReport({ kind: "viewsNotMade", severity: "problem", slot, subject }, [
    `The loads of export ${id} have ended, as other reports say, or well. The scheduled query ${viewMaker}, which makes the typed views, could not be started after them. The old views stand and show the rows that are loaded; a column that is new is not in them, and a view of one that is gone fails.`,
    cut(why, CAUSE_LENGTH),
    "",
    "The next copy that ends starts it again. When the cause is gone, you need not wait for that:",
    `  bq mk --transfer_run --run_time=${instant(runTime)} ${viewMaker}`,
  ]);
}
