import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import type { SourceTable } from "../../../contract/layout";
import type { Slot } from "../../../contract/slot";
import { snapshotName } from "../../../contract/snapshots";
import { formatTimeOfDay, MINUTES_PER_DAY, minuteOfDay } from "../../../contract/timeOfDay";
import { invokeCommand } from "../../invokeCommand";
import { KEPT } from "../../reports/report";
import type { AuditedTable } from "../audit/audit";
import type { ReportContext } from "../gate";
import { accountOf, type KnownTask } from "../tasks";
import { LOAD_DELAY_MINUTES, RUNS_TAKE, runTimeOf } from "../times";

export const RUNBOOK = "docs/runbook.md";

export const NOT_GUARDED = "is not guarded, because the stack does not know its reader (`readerUserName`)";

/** What each state means for the analysts. */
const STATES: Readonly<Record<Exclude<AuditedTable["state"], "whole">, string>> = {
  empty: "without a row in Aurora",
  missing:
    "not in the export: dropped or renamed in Aurora, newer than the snapshot, or a view, which RDS does not export",
  skipped: "left out by RDS",
  failed: "not exported completely",
  unfinished: "exported in part",
  unlisted: "has files that RDS's own list of tables does not know",
  shrunk: "has shrunk",
};

/** `2025-02-17 16:05 UTC`. */
function minute(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `Export prod-2025021806 of snapshot rds:example-prod-2025-02-17-16-05 (2025-02-17 16:05 UTC)`. */
export function exportName(task: KnownTask): string {
  const taken = task.SnapshotTime === undefined ? "" : ` (${minute(task.SnapshotTime)})`;
  return `Export ${task.ExportTaskIdentifier} of snapshot ${task.SourceArn === undefined ? "an unknown snapshot" : snapshotName(task.SourceArn)}${taken}`;
}

/** Length of a finished export in milliseconds; undefined where RDS does not say when it began and ended. */
export function exportDuration({ TaskStartTime, TaskEndTime }: KnownTask): number | undefined {
  return TaskStartTime && TaskEndTime && TaskEndTime.getTime() - TaskStartTime.getTime();
}

export function source({ database, schema, table }: SourceTable): string {
  return [database, schema, table].filter((it) => it !== undefined).join(".");
}

/** How far a table has shrunk. */
export function shrunkLine(it: AuditedTable): string {
  return lineOf(it, `${STATES.shrunk} (${it.shrunk})`);
}

function lineOf({ table }: AuditedTable, what: string): string {
  return `- ${source(table)}, loaded into ${table.dataset}.${table.destination}: ${what}`;
}

export function tableLine(it: AuditedTable): string {
  if (it.state === "whole") throw new RangeError(`${it.folder} is whole, so there is nothing to say of it`);
  if (it.state === "shrunk") return shrunkLine(it);
  // What RDS lists and did not write has a reason of its own.
  const isListed = it.state === "missing" && it.detail !== undefined;
  const detail = it.detail === undefined ? "" : ` (${it.detail})`;
  return lineOf(it, isListed ? (it.detail ?? "") : `${STATES[it.state]}${detail}`);
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
export function howToLoad(context: ReportContext, slot: Slot, open: boolean): string[] {
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
export function howToExport({ environment }: ReportContext, complete: boolean): string[] {
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
export function staysClosed({ guarded }: ReportContext): string {
  return guarded ? "stays closed" : `${NOT_GUARDED}: transfers that run may load parts of it`;
}

/** `06:00 Asia/Tokyo`; nothing where no clock loads. */
export function clockOfLoad({ environment }: ReportContext): string {
  const { load, timeZone } = environment;
  return load === ON_EXPORT_COMPLETE ? "" : `${formatTimeOfDay(load)} ${timeZone}`;
}

/** `07:00 Asia/Tokyo`: when the runs of the clock's load must have ended. */
export function endOfRuns({ environment: { load, timeZone } }: ReportContext): string {
  if (load === ON_EXPORT_COMPLETE) throw new RangeError("no clock loads where the loads follow the export");
  const minute = (minuteOfDay(load) + RUNS_TAKE) % MINUTES_PER_DAY;
  return `${formatTimeOfDay({ hour: Math.floor(minute / 60), minute: minute % 60 })} ${timeZone}`;
}

export function nothingLoaded({ guarded }: ReportContext): string[] {
  return guarded ? [`No table is loaded from it. ${KEPT}`] : [];
}
