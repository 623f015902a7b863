import type { LoadMessage } from "../../../contract/loadMessage";
import { taskId } from "../../../contract/taskId";
import { cut } from "../../excerpt";
import { invokeCommand } from "../../invokeCommand";
import { CAUSE_LENGTH, makeReport, type Report } from "../../reports/report";
import type { LoaderEnvironment } from "../environment";

/** What reports name of the stack. */
type Named = Pick<LoaderEnvironment, "taskPrefix" | "gateName" | "region">;

/** Report of loads that could not be started. */
export function notLoadedReport(
  { taskPrefix, gateName, region }: Named,
  { load: slot, despiteFindings, evenIfOlder }: LoadMessage,
  why: string,
): Report {
  const id = taskId(taskPrefix, slot);
  const payload = { slot, ...(despiteFindings && { despiteFindings }), ...(evenIfOlder && { evenIfOlder }) };
  const subject = `Export ${id} is open, but not loaded`;
  return makeReport({ kind: "notLoaded", severity: "problem", slot, subject }, [
    `The loads of export ${id} could not be started, or not all of them. Where they were not, BigQuery keeps the rows of the last load.`,
    cut(why, CAUSE_LENGTH),
    "",
    "When the cause is gone, start them again, those of the tables that are loaded as well:",
    `  ${invokeCommand(gateName, region, payload)}`,
  ]);
}
