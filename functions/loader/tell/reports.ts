import type { LoadMessage } from "../../../contract/loadMessage";
import type { Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { cut } from "../../excerpt";
import { invokeCommand } from "../../invokeCommand";
import { CAUSE_LENGTH, lines, makeReport, type Report, tables } from "../../reports/report";
import type { LoaderEnvironment } from "../environment";
import type { StartedAgain } from "../start/loads";

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

/** Report that the loads of a slot were started after all. */
export function loadedReport({ taskPrefix }: Named, slot: Slot): Report {
  const id = taskId(taskPrefix, slot);
  const subject = `The loads of export ${id} are started`;
  return makeReport({ kind: "loaded", severity: "resolved", slot, subject }, [
    `All loads of export ${id} have been started, after they could not be before.`,
  ]);
}

/** The command that shows the errors of a run. Source: bq command-line tool reference, "bq ls". */
function errorsOf(run: string): string {
  return `bq ls --transfer_log --message_type=messageTypes:ERROR ${run}`;
}

/** Report of loads that had failed in BigQuery, and were started once more. */
export function startedAgainReport(
  { taskPrefix }: Named,
  slot: Slot,
  startedAgain: readonly StartedAgain[],
): Report {
  const id = taskId(taskPrefix, slot);
  const subject = `Export ${id}: ${tables(startedAgain.length)} failed to load`;
  // One run of each, the last that failed: the list has the newest first.
  const commands = startedAgain.flatMap(({ failedRuns: [run] }) =>
    run === undefined ? [] : [errorsOf(run)],
  );
  return makeReport({ kind: "startedAgain", severity: "problem", slot, subject }, [
    `Loads of export ${id} failed in BigQuery, and have been started once more. Until they succeed, BigQuery keeps the rows of the last load:`,
    ...lines(startedAgain.map(({ table }) => `- ${table}`)),
    "",
    "What BigQuery says of each failed run, in the same order:",
    ...lines(commands.map((it) => `  ${it}`)),
  ]);
}
