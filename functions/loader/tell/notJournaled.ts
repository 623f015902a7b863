import type { Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { cut } from "../../excerpt";
import { CAUSE_LENGTH, makeReport, type Report } from "../../reports/report";
import type { LoaderEnvironment } from "../environment";

/** Report of days that the journal in BigQuery does not show. */
export function notJournaledReport(
  { taskPrefix, journalDataset }: Pick<LoaderEnvironment, "taskPrefix" | "journalDataset">,
  slot: Slot,
  days: readonly string[],
  why: string,
): Report {
  const id = taskId(taskPrefix, slot);
  const subject = `The loads of ${id} are not written into the journal`;
  return makeReport({ kind: "notJournaled", severity: "problem", slot, subject }, [
    `The journal in dataset ${journalDataset} does not show what became of these days: ${days.join(", ")}. The loads themselves are as other reports say, or well.`,
    cut(why, CAUSE_LENGTH),
    "",
    "Nothing is lost: it is kept beside the exports, and written with the next copy that ends, these days too.",
  ]);
}
