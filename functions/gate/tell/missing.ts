import { COME_BACK_MINUTES, comesBack, lastLook } from "../../../contract/dailyExport";
import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import { LOOK_EVERY_HOURS } from "../../../contract/gateClock";
import type { Slot } from "../../../contract/slot";
import { formatTimeOfDay } from "../../../contract/timeOfDay";
import { cut, excerpt } from "../../excerpt";
import { CAUSE_LENGTH, KEPT, makeReport, type Report } from "../../reports/report";
import type { ReportContext } from "../gate";
import { type KnownTask, taskOf } from "../tasks";
import { isDailySlot } from "../times";
import type { CompletedFacts } from "./completed";
import { clockOfLoad, exportName, howToExport, howToLoad, nothingLoaded, staysClosed } from "./words";

/** Report of an export that ended without success. */
export function endedReport(
  context: ReportContext,
  { task, slot }: Pick<CompletedFacts, "task" | "slot">,
  kind: "failed" | "canceled",
): Report {
  const cause = task.FailureCause ? `: ${excerpt(task.FailureCause).replace(/\.$/, "")}` : "";
  const id = task.ExportTaskIdentifier;
  const ended = kind === "failed" ? "has failed" : "was canceled";
  return makeReport({ kind, severity: "problem", slot, subject: `Export ${id} ${ended}` }, [
    `${exportName(task)} ${ended}${cause}.`,
    `What it has written ${staysClosed(context)}.`,
    ...nothingLoaded(context),
    "",
    ...howToExport(context, false),
  ]);
}

/** Report of an export that should be there when the gate's clock comes, and is not. */
export function lateReport(context: ReportContext, slot: Slot, task: KnownTask | undefined): Report {
  return task === undefined ? absentReport(context, slot) : unfinishedReport(context, slot, task);
}

function absentReport(context: ReportContext, slot: Slot): Report {
  const { environment } = context;
  const id = taskOf(environment, slot);
  const subject = `Export ${id} is absent`;
  return makeReport({ kind: "late", severity: "problem", slot, subject }, [
    `There is no export ${id} of cluster ${environment.clusterIdentifier} in bucket ${environment.bucketName}: it was never started, or its start failed.`,
    nothingToLoad(context),
    "",
    `Why it was not started is in the log of ${environment.exporterName}.`,
    ...howToExport(context, false),
  ]);
}

/** Report of an export that the gate could not look at, or not open. */
export function notOpenedReport(context: ReportContext, slot: Slot, cause: string): Report {
  const id = taskOf(context.environment, slot);
  const clock = isDailySlot(context.environment, slot) ? clockOfLoad(context) : "";
  const subject = `Export ${id} could not be checked or opened`;
  return makeReport({ kind: "notOpened", severity: "problem", slot, subject }, [
    `${context.functionName} came upon an error when it looked at export ${id}:`,
    `  ${cut(cause, CAUSE_LENGTH)}`,
    `It tries again ${clock === "" ? `at the latest in ${LOOK_EVERY_HOURS} hours` : "within minutes"}, and reports if that succeeds. Otherwise ${clock === "" ? "nothing is loaded" : `the load at ${clock} finds the export closed, unless it was opened before`}. ${KEPT}`,
    "",
    "When the cause is gone:",
    ...howToLoad(context, slot, false),
  ]);
}

/** What a load without an export means. */
function nothingToLoad(context: ReportContext): string {
  const clock = clockOfLoad(context);
  return clock === "" ? KEPT : `At ${clock} BigQuery finds nothing to load. ${KEPT}`;
}

/**
 * Report of a day's export that could not be started.
 * @param failed the invocation of the exporter that failed
 * @param inTheWay what is in the day's slot in its place
 */
export function notStartedReport(
  context: ReportContext,
  slot: Slot,
  failed: { readonly cause: string; readonly scheduledTime: Date },
  inTheWay?: KnownTask,
): Report {
  const { environment, now } = context;
  const { exporterName, clockEnabled, timeZone } = environment;
  const id = taskOf(environment, slot);
  const subject = `Export ${id} was not started`;
  const what = inTheWay ? "the slot of its export is taken" : `there is no export ${id}`;
  const back = inTheWay === undefined && clockEnabled && comesBack(failed.scheduledTime, now, environment);
  return makeReport({ kind: "notStarted", severity: "problem", slot, subject }, [
    `${exporterName} has failed at every attempt, and ${what}. The last attempt said:`,
    `  ${cut(failed.cause, CAUSE_LENGTH)}`,
    ...(back
      ? [
          `It tries again every ${COME_BACK_MINUTES} minutes until ${formatTimeOfDay(lastLook(environment))} ${timeZone}, and the end of that export is reported. If that comes to nothing:`,
        ]
      : []),
    inTheWay ? "What is in the slot is loaded as its own report says." : nothingToLoad(context),
    "",
    ...howToExport(context, false),
  ]);
}

function unfinishedReport(context: ReportContext, slot: Slot, task: KnownTask): Report {
  const progress = task.PercentProgress === undefined ? "" : `, ${task.PercentProgress} % done`;
  const completion = context.environment.load === ON_EXPORT_COMPLETE;
  const subject = `Export ${task.ExportTaskIdentifier} is late`;
  return makeReport({ kind: "late", severity: "problem", slot, subject }, [
    `${exportName(task)} is not finished: ${task.Status ?? "without status"}${progress}.`,
    ...(completion
      ? [`Nothing is loaded so far. ${KEPT}`]
      : [
          `At ${clockOfLoad(context)} BigQuery finds it incomplete: it ${staysClosed(context)}.`,
          ...nothingLoaded(context),
        ]),
    "",
    completion
      ? "Its loads start by themselves when it is complete, and that is reported."
      : "When it is complete, that is reported, with what to run to load it.",
  ]);
}
