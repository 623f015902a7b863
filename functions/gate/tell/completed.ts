import type { Slot } from "../../../contract/slot";
import { invokeCommand } from "../../invokeCommand";
import { KEPT, lines, makeReport, type Report, tables } from "../../reports/report";
import { type Audit, type AuditedTable, isPartial, isTrouble } from "../audit/audit";
import type { ReportContext } from "../gate";
import type { KnownTask } from "../tasks";
import { duration, isDue, LOAD_DELAY_MINUTES } from "../times";
import {
  clockOfLoad,
  exportDuration,
  exportName,
  howToExport,
  howToLoad,
  NOT_GUARDED,
  RUNBOOK,
  shrunkLine,
  source,
  tableLine,
} from "./words";

/** What happens to an export that has been audited and opened. */
export type LoadPlan =
  /** The clock loads it. */
  | "clock"
  /** The loader starts the loads in a few minutes. */
  | "queue"
  /** Nothing loads it without a person. */
  | "person"
  /** A newer export is complete already; this one would put older rows in its place. */
  | "superseded";

/** What is told of a completed export. */
export interface CompletedFacts {
  readonly task: KnownTask;
  readonly slot: Slot;
  readonly audit: Audit;
  readonly plan: LoadPlan;
  /** True if trouble with this export was reported before. */
  readonly troubleBefore: boolean;
  /** True if nobody's clock asked for this export. */
  readonly byPerson: boolean;
  /** Set where a person had the gate open it: every table is then loaded, whatever its days. */
  readonly byHand?: { readonly despiteFindings: boolean };
}

/** A table without rows that the loads leave as it is, though nobody said that it may be empty. */
function isStaleEmpty(it: AuditedTable, plan: LoadPlan): boolean {
  return it.state === "empty" && (plan === "clock" || plan === "person") && it.table.mayBeEmpty !== true;
}

/** The tables that are due: the clock keeps to their days, and so does the gate unless a person asks it. */
function dueTables(
  { environment }: ReportContext,
  { audit, slot, plan, byHand }: CompletedFacts,
): readonly AuditedTable[] {
  const everyDay = plan === "queue" && byHand !== undefined;
  return audit.tables.filter(({ table }) => everyDay || isDue(environment, table, slot));
}

function planLines(context: ReportContext, facts: CompletedFacts): string[] {
  const { plan, slot, byHand } = facts;
  const loaded = dueTables(context, facts).filter(
    (it) => it.files > 0 && (!isTrouble(it) || byHand?.despiteFindings === true),
  ).length;
  const open = context.guarded ? "is open to the transfers" : NOT_GUARDED;
  switch (plan) {
    case "clock":
      return [`It ${open}. BigQuery loads ${tables(loaded)} of it at ${clockOfLoad(context)}.`];
    case "queue":
      return [`It ${open}. The loads of ${tables(loaded)} start in ${LOAD_DELAY_MINUTES} minutes.`];
    case "superseded":
      return [
        `It ${context.guarded ? "stays closed" : NOT_GUARDED}. It is not loaded: an export of a newer ` +
          "snapshot, or a later one of this, is complete already. To load it in spite of that:",
        `  ${invokeCommand(context.functionName, context.environment.region, { slot, evenIfOlder: true })}`,
      ];
    case "person":
      return [`It ${open}. No clock loads it.`, ...howToLoad(context, slot, true)];
  }
}

/** What becomes of the tables in trouble. */
function troubleHeading({ guarded }: ReportContext, { byHand }: CompletedFacts, partial: boolean): string {
  if (byHand?.despiteFindings === true) {
    return "In trouble, and loaded as far as there are files of them, as `despiteFindings` asked for:";
  }
  return guarded || !partial
    ? `In trouble, and not loaded. ${KEPT}`
    : "In trouble. The gate cannot keep transfers from loading the parts that are there:";
}

/** RDS's warnings: about tables that are whole, and about none of them. */
export function warningsOf({ tables: audited, warnings }: Audit): string[] {
  const whole = audited.filter(({ state, detail }) => state === "whole" && detail !== undefined);
  return [...whole.map(({ table, detail }) => `${source(table)}: ${detail}`), ...warnings];
}

/** Tables of which the shrink guard tells, and which it does not hold. */
export function shrunkOf({ tables: audited }: Audit): AuditedTable[] {
  return audited.filter((it) => it.shrunk !== undefined && !isTrouble(it));
}

/** How a person has a table loaded that the shrink guard holds. */
function howToRelease({ environment, functionName }: ReportContext, slot: Slot, audit: Audit): string[] {
  if (!audit.tables.some(({ state }) => state === "shrunk")) return [];
  return [
    "If what has shrunk is right, this loads all of the export, parts of other tables in trouble included:",
    `  ${invokeCommand(functionName, environment.region, { slot, despiteFindings: true })}`,
  ];
}

function completedSubject(
  id: string,
  plan: LoadPlan,
  all: number,
  troubled: number,
  shrunk: number,
  warnings: number,
): string {
  if (troubled > 0) return `Export ${id}: ${tables(troubled)} of ${all} in trouble`;
  if (plan === "person") return `Export ${id} is complete: load it by hand`;
  if (plan === "superseded") return `Export ${id} is complete, and not loaded: a newer one is`;
  if (shrunk > 0) return `Export ${id}: ${tables(shrunk)} of ${all} shrunk`;
  return `Export ${id} is complete${warnings > 0 ? ", with warnings" : ""}: ${tables(all)}`;
}

/** Report of an export that is complete, audited and, where the gate may, open. */
export function completedReport(context: ReportContext, facts: CompletedFacts): Report {
  const { task, slot, audit, plan } = facts;
  const trouble = audit.tables.filter(isTrouble);
  const empty = audit.tables.filter(({ state }) => state === "empty");
  const stale = empty.filter((it) => isStaleEmpty(it, plan));
  const emptied = plan === "queue" ? dueTables(context, facts).filter(({ state }) => state === "empty") : [];
  const shrunk = shrunkOf(audit);
  const warnings = warningsOf(audit);
  const took = exportDuration(task);
  const troubled = trouble.length + stale.length;
  const ended = facts.troubleBefore || facts.byPerson;
  // What waits for a person is not over, and the day's own export should not wait for one.
  const waits = plan === "person" && (facts.troubleBefore || !facts.byPerson) && facts.byHand === undefined;
  const bad = waits || troubled + shrunk.length + warnings.length > 0;
  const severity = bad ? "problem" : ended ? "resolved" : "information";
  const what = completedSubject(
    task.ExportTaskIdentifier,
    plan,
    audit.tables.length,
    troubled,
    shrunk.length,
    warnings.length,
  );
  return makeReport({ kind: "completed", severity, slot, subject: what }, [
    `${exportName(task)} is complete${took === undefined ? "" : `, after ${duration(took)}`}.`,
    ...planLines(context, facts),
    ...(trouble.length > 0
      ? ["", troubleHeading(context, facts, trouble.some(isPartial)), ...lines(trouble.map(tableLine))]
      : []),
    ...(stale.length > 0
      ? [
          "",
          `Without a row in Aurora, so that a transfer finds no files and changes nothing. ${KEPT}`,
          ...lines(stale.map(tableLine)),
          `If they shall be empty in BigQuery too: ${RUNBOOK}, "Empty a table". If that is nothing to report: \`mayBeEmpty: true\` in the stack file.`,
        ]
      : []),
    ...(emptied.length > 0
      ? ["", "Without a row in Aurora, and therefore emptied in BigQuery:", ...lines(emptied.map(tableLine))]
      : []),
    ...(shrunk.length > 0
      ? [
          "",
          "Since the last good export these have shrunk, which keeps no table from being loaded:",
          ...lines(shrunk.map(shrunkLine)),
          `What to do: ${RUNBOOK}, "Tables in trouble". If that is nothing to report of a table: \`mayShrink: true\` in the stack file.`,
        ]
      : []),
    ...(warnings.length > 0 ? ["", "RDS warns:", ...lines(warnings.map((it) => `- ${it}`))] : []),
    ...(audit.unknownTables.length > 0
      ? [
          "",
          "In the export, and not in `databases` of the stack file:",
          ...lines(audit.unknownTables.map((it) => `- ${source(it)}`)),
        ]
      : []),
    ...(trouble.length > 0
      ? [
          "",
          `What each of these means and what to do: ${RUNBOOK}, "Tables in trouble".`,
          ...howToRelease(context, slot, audit),
          ...howToExport(context, true),
        ]
      : []),
  ]);
}
