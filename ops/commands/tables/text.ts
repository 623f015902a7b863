import Table from "cli-table3";
import type { SourceTable } from "../../../contract/layout";
import { stackFileLines } from "../../../contract/stackFileLines";
import { type AuditedTable, isTrouble } from "../../../functions/gate/audit/audit";
import { changedLine, changesInWords, GONE_TABLES, NEW_TABLES } from "../../../functions/gate/tell/changed";
import { exportName, shrunkLine, source, tableLine } from "../../../functions/gate/tell/words";
import { lines, SHOWN_TABLES, tables as tablesInWords } from "../../../functions/reports/report";
import { PLAIN_TABLE } from "../../../rehearsal/terminal";
import { columnsOnTheirWay, missingMasks } from "./columnTypes";
import { isAwaited, type Look, listedTables, rowsOf, tableName } from "./look";

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

function table(head: readonly string[], rights: number, rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index >= head.length - rights ? "right" : "left")),
    ...PLAIN_TABLE,
  });
  for (const row of rows) made.push([...row]);
  return made.toString().replace(/ +$/gm, "");
}

function stateOf(look: Look, it: AuditedTable): string {
  if (look.gone.includes(it)) return "gone";
  if (isAwaited(look, it)) return "not deployed yet";
  return it.shrunk !== undefined && !isTrouble(it) ? "shrunk" : it.state;
}

/** `13 tables that Pulumi.prod.yaml loads: 12 whole, 1 empty.` */
function counts(look: Look): string[] {
  const { audit, settings, file, added, later, changes } = look;
  const states = new Map<string, number>();
  for (const it of audit.tables) states.set(stateOf(look, it), (states.get(stateOf(look, it)) ?? 0) + 1);
  const paused = listedTables(settings).size - audit.tables.length;
  const parts = [...states, ...(paused > 0 ? ([["paused", paused]] as const) : [])];
  const more = added.taken.length + added.refused.length;
  const [before] = audit.earlier;
  const changed = changesInWords(changes);
  // Names in a partial export are those of the tables themselves.
  const isPartialExport = settings.exportOnly.some((name) => name.includes("."));
  return [
    `${exportName(look.task)}`,
    `${tablesInWords(listedTables(settings).size)} that ${file} loads: ${parts.map(([state, count]) => `${count} ${state}`).join(", ")}.`,
    isPartialExport
      ? "New tables cannot be seen: by `exportOnly: tables` the export holds the listed ones alone."
      : `${more === 0 ? "No table" : tablesInWords(more)} with rows that it does not load.`,
    before === undefined
      ? "No export before it is known, so that nothing can be said of changes."
      : `Since export ${look.settings.prefix}-${before}: ${changed === "" ? "nothing has changed" : changed}.`,
    ...(later === undefined ? [] : [`A later export is not complete: ${later}.`]),
  ];
}

function section(heading: string, all: readonly string[], ...behind: readonly string[]): string[] {
  return all.length === 0 ? [] : ["", heading, ...all, ...behind];
}

/** Lines for the stack file, all of them or the first ones. */
function forStackFile(all: readonly SourceTable[], whole: boolean): string[] {
  const shown = whole ? all : all.slice(0, SHOWN_TABLES);
  const rest = all.length - shown.length;
  return [...stackFileLines(shown), ...(rest > 0 ? [`… and ${rest} more, see \`--all\``] : [])];
}

function every(look: Look): string {
  const rows = look.audit.tables.map((it) => {
    const counted = rowsOf(look, it.folder);
    const into = `${it.table.dataset}.${it.table.destination}`;
    const numbers = [grouped(it.files), grouped(it.bytes), counted === undefined ? "–" : grouped(counted)];
    return [tableName(it.table), into, stateOf(look, it), ...numbers];
  });
  return table(["table", "loaded into", "state", "files", "bytes", "rows"], 3, rows);
}

/** A table's columns from Aurora to its view. */
export function columnsText({ settings, changes }: Look, it: AuditedTable): string[] {
  const listed = listedTables(settings).get(tableName(it.table));
  const heading = `${tableName(it.table)}, loaded into ${it.table.dataset}.${it.table.destination}:`;
  if (it.columns === undefined) return [heading, "RDS says nothing of its columns."];
  const columns = columnsOnTheirWay(settings, listed ?? {}, it.columns);
  const isNew = new Set(
    changes.changed
      .filter((other) => other.table === it.table)
      .flatMap((other) => other.columns.flatMap(({ before, now }) => (before || !now ? [] : [now.name]))),
  );
  const named = new Set(Object.keys(listed?.mask ?? {}).map((it) => it.toLowerCase()));
  const views = settings.typedViews !== undefined;
  const closed = listed?.newColumns === "hide";
  const rows = columns.map(({ name, sourceType = "?", exportedType = "?", landedType = "?", ...rest }) => {
    const isHidden = closed && isNew.has(name) && !named.has(name.toLowerCase());
    const shown = rest.mask === "hide" || isHidden ? "not shown" : (rest.viewType ?? "?");
    const mark = rest.mask === undefined ? (isHidden ? "newColumns: hide" : "") : `masked: ${rest.mask}`;
    return [name, sourceType, exportedType, landedType, ...(views ? [shown, mark] : [])];
  });
  const missing = missingMasks(listed ?? {}, it.columns);
  const head = ["column", "in Aurora", "in Parquet", "in BigQuery", ...(views ? ["in the view", ""] : [])];
  return [
    heading,
    ...table(head, 0, rows).split("\n"),
    ...(missing.length > 0 ? [`Masked, and not in the export: ${missing.join(", ")}.`] : []),
  ];
}

/** What a person reads: counts, then what needs somebody. */
export function lookText(look: Look, options: { readonly all: boolean; readonly columns: boolean }): string {
  const { audit, changes, gone, troubled, added, file, notDeployed, notListed } = look;
  const empty = audit.tables.filter((it) => it.state === "empty" && it.table.mayBeEmpty !== true);
  const undescribed = audit.tables.filter((it) => it.state === "whole" && it.columns === undefined);
  const whole = audit.tables.filter(({ state, detail }) => state === "whole" && detail !== undefined);
  const warnings = [...whole.map(({ table, detail }) => `${source(table)}: ${detail}`), ...audit.warnings];
  return [
    ...counts(look),
    ...section(
      'In trouble; what to do is in docs/runbook.md, "Tables in trouble":',
      lines(
        troubled.map((it) => (it.shrunk === undefined || isTrouble(it) ? tableLine(it) : shrunkLine(it))),
      ),
    ),
    ...section(
      GONE_TABLES,
      forStackFile(
        gone.map(({ table }) => table),
        options.all,
      ),
    ),
    ...section("Empty, and nobody has said by `mayBeEmpty` that it may be:", lines(empty.map(tableLine))),
    ...section("RDS warns:", lines(warnings.map((it) => `- ${it}`))),
    ...section(NEW_TABLES, forStackFile(added.taken, options.all)),
    ...section(
      `New, and refused by the rules of ${file}:`,
      lines(added.refused.map(({ table, reason }) => `- ${source(table)}: ${reason}`)),
    ),
    ...section(
      "Columns that have changed since the exports before:",
      lines(changes.changed.map(changedLine)),
    ),
    ...section(
      "RDS says nothing of the columns of:",
      lines(undescribed.map(({ table }) => `- ${tableName(table)}`)),
    ),
    ...section(
      `Not deployed yet, though ${file} lists them; \`pulumi up\` deploys them:`,
      lines(notDeployed.map((it) => `- ${it}`)),
    ),
    ...section(
      `Deployed, though ${file} does not list them; \`pulumi up\` takes their loads away, and keeps the rows:`,
      lines(notListed.map((it) => `- ${it}`)),
    ),
    ...(options.all ? ["", every(look)] : []),
    ...(options.columns ? audit.tables.flatMap((it) => ["", ...columnsText(look, it)]) : []),
  ].join("\n");
}
