import { COME_BACK_MINUTES, comesBack, lastLook } from "../../contract/dailyExport";
import { LAST_OPENING_MINUTES, ON_EXPORT_COMPLETE } from "../../contract/environment";
import { LOOK_EVERY_HOURS } from "../../contract/gateClock";
import type { Slot } from "../../contract/slot";
import { snapshotName } from "../../contract/snapshots";
import { formatTimeOfDay, MINUTES_PER_DAY, minuteOfDay } from "../../contract/timeOfDay";
import { cut, excerpt } from "../excerpt";
import { invokeCommand } from "../invokeCommand";
import { CAUSE_LENGTH, KEPT, lines, makeReport, type Report, tables } from "../reports/report";
import { type Audit, type AuditedTable, isPartial, isTrouble } from "./audit";
import type { GateEnvironment } from "./environment";
import {
  accountOf,
  duration,
  endedTooLate,
  isDailySlot,
  isDue,
  type KnownTask,
  LOAD_DELAY_MINUTES,
  OPENED_BEFORE,
  RUNS_TAKE,
  runTimeOf,
  scheduledLoad,
  taskOf,
} from "./stack";

/** What every report needs to give its commands. */
export interface ReportContext {
  readonly environment: GateEnvironment;
  /** The gate's own name. */
  readonly functionName: string;
  readonly now: Date;
  /** False where the stack does not know the reader: nothing can be held back from the transfers then. */
  readonly guarded: boolean;
}

const RUNBOOK = "docs/runbook.md";

const NOT_GUARDED = "is not guarded, because the stack does not know its reader (`readerUserName`)";

/** What each state means for the analysts. */
const STATES: Readonly<Record<Exclude<AuditedTable["state"], "whole">, string>> = {
  empty: "without a row in Aurora",
  missing:
    "not in the export: dropped or renamed in Aurora, newer than the snapshot, or a view, which RDS does not export",
  skipped: "left out by RDS",
  failed: "not exported completely",
  unfinished: "exported in part",
  unlisted: "has files that RDS's own list of tables does not know",
};

/** `2025-02-17 16:05 UTC`. */
function minute(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `Export prod-2025021806 of snapshot rds:example-prod-2025-02-17-16-05 (2025-02-17 16:05 UTC)`. */
function exportName(task: KnownTask): string {
  const taken = task.SnapshotTime === undefined ? "" : ` (${minute(task.SnapshotTime)})`;
  return `Export ${task.ExportTaskIdentifier} of snapshot ${task.SourceArn === undefined ? "an unknown snapshot" : snapshotName(task.SourceArn)}${taken}`;
}

/** Length of a finished export in milliseconds; undefined where RDS does not say when it began and ended. */
export function exportDuration({ TaskStartTime, TaskEndTime }: KnownTask): number | undefined {
  return TaskStartTime && TaskEndTime && TaskEndTime.getTime() - TaskStartTime.getTime();
}

function source({ database, schema, table }: AuditedTable["table"]): string {
  return [database, schema, table].filter((it) => it !== undefined).join(".");
}

function tableLine(it: AuditedTable): string {
  if (it.state === "whole") throw new RangeError(`${it.folder} is whole, so there is nothing to say of it`);
  const { dataset, destination } = it.table;
  // What RDS lists and did not write has a reason of its own.
  const isListed = it.state === "missing" && it.detail !== undefined;
  const detail = it.detail === undefined ? "" : ` (${it.detail})`;
  const state = isListed ? it.detail : `${STATES[it.state]}${detail}`;
  return `- ${source(it.table)}, loaded into ${dataset}.${destination}: ${state}`;
}

/** What a person does where there is no loader, once the export is open. */
export function runTransfers({ environment }: ReportContext, slot: Slot): string {
  const runTime = runTimeOf(environment, slot).toISOString();
  return `Run each transfer by hand for the run time ${runTime} (${RUNBOOK}, "Load an export by hand").`;
}

/**
 * How a person loads an export.
 * @param open true if the transfers may read it already
 */
function howToLoad(context: ReportContext, slot: Slot, open: boolean): string[] {
  const { environment, functionName, guarded } = context;
  const command = `  ${invokeCommand(functionName, environment.region, { slot })}`;
  if (environment.loadQueueUrl !== undefined) {
    return [`To load it, run this; the loads start ${LOAD_DELAY_MINUTES} minutes later:`, command];
  }
  const first = open || !guarded ? [] : ["To load it, first run this, which opens it:", command];
  return [...first, runTransfers(context, slot)];
}

/**
 * How a person makes another export.
 * @param complete true if this one is complete: another of the same snapshot cures only what RDS left undone
 */
function howToExport({ environment }: ReportContext, complete: boolean): string[] {
  const { exporterName, region, clusterIdentifier } = environment;
  const command = (payload: object) => `  ${invokeCommand(exporterName, region, payload)}`;
  if (!complete) {
    return [
      "When the cause is gone, export again; it takes a slot of its own, and its end is reported like this one:",
      command({}),
    ];
  }
  const snapshotArn = `arn:aws:rds:${region}:${accountOf(environment)}:cluster-snapshot:<name>`;
  return [
    "Another export takes a slot of its own, and its end is reported like this one. Where the cause was in Aurora and is",
    `gone, take a snapshot of cluster ${clusterIdentifier} first, and name it:`,
    command({ snapshotArn }),
    "Where RDS did not finish a table, the same snapshot will do; it is billed again:",
    command({ exportAgain: true }),
  ];
}

/** `stays closed` where the gate can hold an export back; what else to expect where it cannot. */
function staysClosed({ guarded }: ReportContext): string {
  return guarded ? "stays closed" : `${NOT_GUARDED}: transfers that run may load parts of it`;
}

/** `06:00 Asia/Tokyo`; nothing where no clock loads. */
export function clockOfLoad({ environment }: ReportContext): string {
  const { load, timeZone } = environment;
  return load === ON_EXPORT_COMPLETE ? "" : `${formatTimeOfDay(load)} ${timeZone}`;
}

/** `07:00 Asia/Tokyo`: when the runs of the clock's load must have ended. */
function endOfRuns({ environment: { load, timeZone } }: ReportContext): string {
  if (load === ON_EXPORT_COMPLETE) throw new RangeError("no clock loads where the loads follow the export");
  const minute = (minuteOfDay(load) + RUNS_TAKE) % MINUTES_PER_DAY;
  return `${formatTimeOfDay({ hour: Math.floor(minute / 60), minute: minute % 60 })} ${timeZone}`;
}

function nothingLoaded({ guarded }: ReportContext): string[] {
  return guarded ? [`No table is loaded from it. ${KEPT}`] : [];
}

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
function warningsOf({ tables: audited, warnings }: Audit): string[] {
  const whole = audited.filter(({ state, detail }) => state === "whole" && detail !== undefined);
  return [...whole.map(({ table, detail }) => `${source(table)}: ${detail}`), ...warnings];
}

function completedSubject(
  id: string,
  plan: LoadPlan,
  all: number,
  troubled: number,
  warnings: number,
): string {
  if (troubled > 0) return `Export ${id}: ${tables(troubled)} of ${all} in trouble`;
  if (plan === "person") return `Export ${id} is complete: load it by hand`;
  if (plan === "superseded") return `Export ${id} is complete, and not loaded: a newer one is`;
  return `Export ${id} is complete${warnings > 0 ? ", with warnings" : ""}: ${tables(all)}`;
}

/** Report of an export that is complete, audited and, where the gate may, open. */
export function completedReport(context: ReportContext, facts: CompletedFacts): Report {
  const { task, slot, audit, plan } = facts;
  const trouble = audit.tables.filter(isTrouble);
  const empty = audit.tables.filter(({ state }) => state === "empty");
  const stale = empty.filter((it) => isStaleEmpty(it, plan));
  const emptied = plan === "queue" ? dueTables(context, facts).filter(({ state }) => state === "empty") : [];
  const warnings = warningsOf(audit);
  const took = exportDuration(task);
  const troubled = trouble.length + stale.length;
  const ended = facts.troubleBefore || facts.byPerson;
  // What waits for a person is not over, and the day's own export should not wait for one.
  const waits = plan === "person" && (facts.troubleBefore || !facts.byPerson) && facts.byHand === undefined;
  const bad = waits || troubled + warnings.length > 0;
  const severity = bad ? "problem" : ended ? "resolved" : "information";
  const what = completedSubject(
    task.ExportTaskIdentifier,
    plan,
    audit.tables.length,
    troubled,
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
    ...(warnings.length > 0 ? ["", "RDS warns:", ...lines(warnings.map((it) => `- ${it}`))] : []),
    ...(audit.unknownTables.length > 0
      ? [
          "",
          "In the export, and not in `databases` of the stack file:",
          ...lines(audit.unknownTables.map((it) => `- ${it}`)),
        ]
      : []),
    ...(trouble.length > 0
      ? [
          "",
          `What each of these means and what to do: ${RUNBOOK}, "Tables in trouble".`,
          ...howToExport(context, true),
        ]
      : []),
  ]);
}

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

/** Report of an access key with which no transfer can read. */
export function readerKeyReport(context: ReportContext, slot: Slot, status: string | undefined): Report {
  const { environment } = context;
  const what = status === undefined ? "is gone" : `is ${status}`;
  const subject = "The transfers' access key cannot be used";
  return makeReport({ kind: "readerKey", severity: "problem", slot, subject }, [
    `Access key ${environment.readerAccessKeyId} of IAM user ${environment.readerUserName}, which every transfer carries, ${what}.`,
    `All loads of export ${taskOf(environment, slot)} fail. ${KEPT}`,
    "",
    `Find out who did this, and why. To make a new key: ${RUNBOOK}, "Rotate the access key".`,
    ...(clockOfLoad(context) === ""
      ? ["After that:"]
      : [`A key that works again before ${clockOfLoad(context)} serves that load. After it:`]),
    ...howToLoad(context, slot, true),
  ]);
}
