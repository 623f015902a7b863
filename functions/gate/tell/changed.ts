import type { ExportedColumn } from "../../../contract/exportColumns";
import type { SourceTable } from "../../../contract/layout";
import type { Slot } from "../../../contract/slot";
import { stackFileLines } from "../../../contract/stackFileLines";
import type { ListedTable } from "../../../contract/tableList";
import { nameExcerpt } from "../../excerpt";
import { KEPT, lines, makeReport, type Report, SHOWN_TABLES, tables } from "../../reports/report";
import { tell } from "../../reports/tell";
import { type ChangedTable, type Changes, type ColumnChange, isOtherType } from "../audit/changes";
import type { Gate, ReportContext } from "../gate";
import { taskOf } from "../tasks";
import { RUNBOOK, source } from "./words";

/** Columns that are named of one table, at most. */
const SHOWN_COLUMNS = 10;

/** A name that looks like what it is. One that does not stands in quotes, so that it can be told from our own words. */
const PLAIN_NAME = /^[\p{L}\p{N}_$.-]+$/u;

/** What a person does with tables that the stack does not load, above their lines. */
export const NEW_TABLES =
  "New, and not loaded. To load a table, put its line under `databases` in the stack file:";
/** The same of tables that Aurora does not have any more. */
export const GONE_TABLES = `Gone: dropped or renamed. ${KEPT} If a table stays away, take its entry out of \`databases\` in the stack file:`;

function shown(name: string): string {
  const text = nameExcerpt(name);
  return text === name && PLAIN_NAME.test(text) ? text : JSON.stringify(text);
}

/** `fax (CHAR(12))`. */
function named({ name, sourceType, exportedType }: ExportedColumn): string {
  const type = sourceType ?? exportedType;
  return type === undefined ? shown(name) : `${shown(name)} (${nameExcerpt(type)})`;
}

/** `was INT and is BIGINT`; nothing where that has not changed, or is not known. */
function retyped(before: string | undefined, now: string | undefined): string[] {
  return isOtherType(before, now)
    ? [`was ${nameExcerpt(before ?? "")} and is ${nameExcerpt(now ?? "")}`]
    : [];
}

function columnWords({ before, now }: ColumnChange): string {
  if (before === undefined) return now === undefined ? "" : `${named(now)} is new`;
  if (now === undefined) return `${named(before)} is gone`;
  const inFiles = retyped(before.exportedType, now.exportedType).map((it) => `${it} in the files`);
  return `${shown(now.name)} ${[...retyped(before.sourceType, now.sourceType), ...inFiles].join(", ")}`;
}

function tableLine(table: ListedTable): string {
  return `- ${source(table)}, loaded into ${table.dataset}.${table.destination}`;
}

/** What has changed in a table's columns, on a line. */
export function changedLine({ table, columns }: ChangedTable): string {
  const rest = columns.length - SHOWN_COLUMNS;
  const words = columns.slice(0, SHOWN_COLUMNS).map(columnWords);
  const all = rest > 0 ? [...words, `and ${rest} more`] : words;
  return `${tableLine(table)}: ${all.join("; ")}`;
}

/** The first tables as they stand in the stack file, and how many more there are. */
function firstStackFileLines(all: readonly SourceTable[]): string[] {
  const rest = all.length - SHOWN_TABLES;
  return [...stackFileLines(all.slice(0, SHOWN_TABLES)), ...(rest > 0 ? [`… and ${rest} more`] : [])];
}

/** `columns of 2 tables, 1 table new`; nothing where nothing has changed. */
export function changesInWords({ changed, added, gone, undescribed }: Changes): string {
  const parts = [
    ...(changed.length > 0 ? [`columns of ${tables(changed.length)}`] : []),
    ...(added.length > 0 ? [`${tables(added.length)} new`] : []),
    ...(gone.length > 0 ? [`${tables(gone.length)} gone`] : []),
    ...(undescribed.length > 0 ? [`columns of ${tables(undescribed.length)} unknown`] : []),
  ];
  return parts.join(", ");
}

/** How many changes there are of tables and columns; what RDS does not say is none. */
function countOf({ changed, added, gone }: Changes): number {
  return changed.length + added.length + gone.length;
}

/** Report of what has changed in Aurora, or is not known of it; there is something. */
export function changedReport({ environment }: ReportContext, slot: Slot, changes: Changes): Report {
  const { changed, added, gone, undescribed } = changes;
  const breaks = changed.some(({ columns }) => columns.some(({ before }) => before !== undefined));
  const severity = environment.columnChanges === "tell" ? "notice" : "information";
  const paragraphs = [
    changed.length > 0 && [
      "Columns:",
      ...lines(changed.map(changedLine)),
      "BigQuery's table has them as they are now from its next load on.",
      ...(breaks
        ? ["Look at queries and views of your own that use what is gone, or has another type."]
        : []),
    ],
    added.length > 0 && [NEW_TABLES, ...firstStackFileLines(added)],
    gone.length > 0 && [GONE_TABLES, ...firstStackFileLines(gone)],
    undescribed.length > 0 && [
      "RDS says nothing of the columns of these tables:",
      ...lines(undescribed.map(tableLine)),
      "They are loaded all the same. Nobody sees what changes in their columns, and a typed view of them shows the columns as they land, but for its masks.",
    ],
    added.length + gone.length > 0 && [`More on both: ${RUNBOOK}, "Add or remove a table".`],
  ];
  const text = paragraphs.flatMap((it) => (it === false ? [] : ["", ...it]));
  const what =
    countOf(changes) > 0
      ? "shows what has changed in Aurora since the exports before it"
      : "does not say what columns all of its tables have";
  return makeReport(
    { kind: "changed", severity, slot, subject: `Changed in Aurora: ${changesInWords(changes)}` },
    [`Export ${taskOf(environment, slot)} ${what}. This is told once.`, ...text],
  );
}

/** Tells what has changed in Aurora, and what is not known of it, if there is anything. */
export async function tellChanges(gate: Gate, slot: Slot, changes: Changes): Promise<void> {
  if (countOf(changes) + changes.undescribed.length === 0) return;
  await tell(gate, changedReport(gate.context, slot, changes), slot);
}
