import { LAST_OPENING_MINUTES } from "../../../contract/environment";
import type { Slot } from "../../../contract/slot";
import { invokeCommand } from "../../invokeCommand";
import { lines, makeReport, type Report, tables } from "../../reports/report";
import { isTrouble } from "../audit/audit";
import type { ReportContext } from "../gate";
import type { KnownTask } from "../tasks";
import { endedTooLate, OPENED_BEFORE, scheduledLoad } from "../times";
import { type CompletedFacts, shrunkOf, warningsOf } from "./completed";
import {
  clockOfLoad,
  endOfRuns,
  exportName,
  howToExport,
  howToLoad,
  nothingLoaded,
  shrunkLine,
  staysClosed,
  tableLine,
} from "./words";

// Reports of exports that are complete, and that the gate leaves closed.

/** Report of a complete export that is held back, because `onIncompleteExport` is `block`, or cannot be guarded. */
export function incompleteReport(
  context: ReportContext,
  { task, slot, audit }: Pick<CompletedFacts, "task" | "slot" | "audit">,
  why: string,
): Report {
  const { environment, functionName } = context;
  const trouble = audit.tables.filter(isTrouble);
  const id = task.ExportTaskIdentifier;
  const held = context.guarded ? "is held back" : "is not whole";
  const what = `Export ${id} ${held}: ${tables(trouble.length)} of ${audit.tables.length} in trouble`;
  return makeReport({ kind: "incomplete", severity: "problem", slot, subject: what }, [
    `${exportName(task)} is complete, but not whole, and ${staysClosed(context)}. ${why}`,
    ...nothingLoaded(context),
    "",
    ...lines(trouble.map(tableLine)),
    ...lines(shrunkOf(audit).map(shrunkLine)),
    ...lines(warningsOf(audit).map((it) => `- RDS warns: ${it}`)),
    "",
    "To load it in spite of this, parts of tables included:",
    `  ${invokeCommand(functionName, environment.region, { slot, despiteFindings: true })}`,
    ...howToExport(context, true),
  ]);
}

/** Report of an export that is not opened because the day's one leaves no room for it. */
export function noRoomReport(
  context: ReportContext,
  { task, slot }: Pick<CompletedFacts, "task" | "slot">,
  why: string,
): Report {
  const { environment, functionName } = context;
  const subject = `Export ${task.ExportTaskIdentifier} is held back: no room for it yet`;
  return makeReport({ kind: "incomplete", severity: "problem", slot, subject }, [
    `${exportName(task)} is complete, and ${staysClosed(context)}. ${why}`,
    "",
    "The command for that:",
    `  ${invokeCommand(functionName, environment.region, { slot })}`,
  ]);
}

/**
 * Report of an export whose warning or sidecars nobody can read.
 * @param canBeOpened false where not even a person may have it loaded
 */
export function unreadableReport(
  context: ReportContext,
  { task, slot }: Pick<CompletedFacts, "task" | "slot">,
  why: string,
  canBeOpened = true,
): Report {
  const { environment, functionName } = context;
  const id = task.ExportTaskIdentifier;
  const subject = `Export ${id} cannot be audited`;
  return makeReport({ kind: "unreadable", severity: "problem", slot, subject }, [
    `${exportName(task)} is complete, but cannot be audited, and ${staysClosed(context)}.`,
    why,
    ...nothingLoaded(context),
    "",
    ...(canBeOpened
      ? [
          `Look into s3://${environment.bucketName}/${id}/. To load it in spite of this, without an audit:`,
          `  ${invokeCommand(functionName, environment.region, { slot, despiteFindings: true })}`,
        ]
      : []),
    ...howToExport(context, true),
  ]);
}

/** Report of an export whose snapshot RDS does not know any more, and whose name says nothing of its cluster. */
export function unknownSnapshotReport(
  context: ReportContext,
  { task, slot }: Pick<CompletedFacts, "task" | "slot">,
): Report {
  const { environment, functionName } = context;
  const subject = `Export ${task.ExportTaskIdentifier}: its snapshot is gone`;
  return makeReport({ kind: "unknownSnapshot", severity: "problem", slot, subject }, [
    `${exportName(task)} is complete, and ${staysClosed(context)}. RDS does not know the snapshot any more, and its name does not say of which cluster it was.`,
    ...nothingLoaded(context),
    "",
    `If you know that it was of cluster ${environment.clusterIdentifier}:`,
    `  ${invokeCommand(functionName, environment.region, { slot, ofThisCluster: true })}`,
  ]);
}

/** `later than 10 minutes before`: what an export was too late for. */
function howLate({ environment, now }: ReportContext, task: KnownTask, slot: Slot): string {
  const load = scheduledLoad(environment, slot);
  const hasEnded = load !== undefined && !endedTooLate(load, task, now);
  return hasEnded
    ? `was not open ${OPENED_BEFORE} minutes before`
    : `later than ${LAST_OPENING_MINUTES} minutes before`;
}

/** Report of an export that is complete and whole, but too late for the clock's load. */
export function tooLateReport(
  context: ReportContext,
  { task, slot, audit }: Pick<CompletedFacts, "task" | "slot" | "audit">,
): Report {
  const id = task.ExportTaskIdentifier;
  const trouble = audit.tables.filter(isTrouble);
  const closed = context.guarded
    ? `${staysClosed(context)}, because runs could be half way`
    : staysClosed(context);
  const subject = `Export ${id} is complete, too late for its load`;
  return makeReport({ kind: "tooLate", severity: "problem", slot, subject }, [
    `${exportName(task)} is complete, but ${howLate(context, task, slot)} its load at ${clockOfLoad(context)}.`,
    `It ${closed}.`,
    ...nothingLoaded(context),
    ...(trouble.length > 0 ? ["", "In trouble, besides:", ...lines(trouble.map(tableLine))] : []),
    "",
    `After ${endOfRuns(context)}, when the runs of that load have ended:`,
    ...howToLoad(context, slot, false),
  ]);
}
