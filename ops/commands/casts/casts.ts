import Table from "cli-table3";
import { journalDataset } from "../../../contract/journal";
import { own } from "../../../contract/own";
import type { LoadedDatabase, LoadedTable } from "../../../contract/tableList";
import { type CastColumn, castsQuery, countsStatement } from "../../../contract/typedColumns";
import type { GoogleOptions } from "../../../functions/loader/google/client";
import { LandingTables } from "../../../functions/loader/google/landingTables";
import { PLAIN_TABLE } from "../../../rehearsal/terminal";
import type { Settings } from "../../../settings";
import { nearest } from "../../../settings/faults";
import { OperatorError } from "../../session/operatorError";
import { operatorsGoogle } from "../../session/operatorsGoogle";
import { bytesOf, type QueriedRow, rowsOf } from "../../session/queries";
import type { Terminal } from "../../session/terminal";
import { agreed } from "../agreed";

/** What is counted. */
export interface CastsOptions {
  /** As the stack file names it, `shop.users`, or in BigQuery, `prod_shop.users`. */
  readonly table: string;
  /** Whether the table is read without a question. */
  readonly yes: boolean;
}

/** Tables that are named where one is not known. */
const SHOWN_TABLES = 20;

interface ViewedTable {
  readonly database: LoadedDatabase;
  readonly table: LoadedTable;
}

function findTable({ databases }: Settings, name: string): ViewedTable {
  const all = databases.flatMap((database) => database.tables.map((table) => ({ database, table })));
  const inStackFile = ({ database, table }: ViewedTable) => `${database.name}.${table.name}`;
  const found =
    all.find((it) => inStackFile(it) === name) ??
    all.find(({ database, table }) => `${database.dataset}.${table.destination}` === name);
  if (found !== undefined) return found;
  const known = all.map(inStackFile).sort();
  const meant = nearest(name, known);
  const shown = [...(meant ? [meant] : []), ...known.filter((it) => it !== meant)].slice(0, SHOWN_TABLES);
  const more = known.length > shown.length ? ` and ${known.length - shown.length} more` : "";
  throw new OperatorError(
    `The stack loads no table that \`--table ${name}\` names; its tables are ${shown.join(", ")}${more}.`,
  );
}

function readColumn(row: QueriedRow): CastColumn {
  const text = (name: keyof CastColumn) => row[name] ?? "";
  return {
    column_name: text("column_name"),
    source_type: text("source_type"),
    data_type: text("data_type"),
    view_type: text("view_type"),
    counts_values: text("counts_values"),
    counts_failed: text("counts_failed"),
  };
}

/** True where the view shows the column's own value. */
function isShown({ mask = {} }: LoadedTable, { column_name }: CastColumn): boolean {
  const [, how = "show"] =
    Object.entries(mask).find(([name]) => name.toLowerCase() === column_name.toLowerCase()) ?? [];
  return how === "show";
}

function grouped(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
}

function sizeOf(bytes: number): string {
  if (bytes < 1e6) return `${grouped(bytes)} bytes`;
  return bytes < 1e9 ? `${grouped(bytes / 1e6)} MB` : `${grouped(bytes / 1e9)} GB`;
}

function castsText(columns: readonly CastColumn[], counts: QueriedRow): string {
  const table = new Table({
    head: ["column", "in Aurora", "in BigQuery", "in the view", "values", "do not cast"],
    colAligns: ["left", "left", "left", "left", "right", "right"],
    ...PLAIN_TABLE,
  });
  columns.forEach((it, index) => {
    const [values, failed] = ["values", "failed"].map((count) =>
      grouped(Number(own(counts, `${count}_${index}`))),
    );
    table.push([it.column_name, it.source_type, it.data_type, it.view_type, values, failed]);
  });
  return table.toString().replace(/ +$/gm, "");
}

/** Why the view of a table casts nothing. */
function nothingCast({ federation }: Settings, { database, table }: ViewedTable): string {
  const view = `${database.viewsDataset}.${table.destination}`;
  return federation
    ? `View ${view} casts no column: each is as it lands, or masked.`
    : `View ${view} casts no column: without \`federation\` no journal says what the columns are in Aurora.`;
}

/**
 * Counts the values of a table that its typed view shows as NULL because they do not cast, column by column, with the
 * operator's own credentials. The table is read, which is billed: how much is said before, by a dry run.
 * @throws OperatorError, FunctionError or RangeError: `operatorsWords` has the sentence
 */
export async function casts(
  settings: Settings,
  options: CastsOptions,
  terminal: Pick<Terminal, "print" | "ask">,
  google?: GoogleOptions,
): Promise<void> {
  const { print } = terminal;
  const { typedViews, aurora, federation, prefix } = settings;
  const { project, location } = settings.google;
  if (typedViews === undefined) {
    throw new OperatorError(
      "The stack has no typed views: set `typedViews: true` in its stack file, and deploy.",
    );
  }
  const found = findTable(settings, options.table);
  const { dataset } = found.database;
  const { destination } = found.table;
  const name = `${dataset}.${destination}`;
  const client = operatorsGoogle({ project, location }, google);
  if ((await new LandingTables(client).describeTable(dataset, destination)).columns === 0) {
    throw new OperatorError(`Table ${name} has no columns yet: nothing was ever loaded into it.`);
  }
  const journal = federation ? journalDataset(prefix) : undefined;
  const types = {
    project,
    engine: aurora.engine,
    ...(journal !== undefined && { journalDataset: journal }),
    tinyintAsBool: typedViews.tinyintAsBool,
  };
  const described = {
    subject: journal === undefined ? `the columns of dataset ${dataset}` : `table ${journal}.columns`,
    permission: `bigquery.jobs.create on project ${project}, bigquery.tables.get and list on dataset ${dataset}${journal ? `, and bigquery.tables.getData on dataset ${journal}` : ""}`,
  };
  const rows = await rowsOf(client, described, castsQuery(types, dataset, destination));
  const unquotable = rows.find(({ counts_values }) => counts_values === null);
  if (unquotable !== undefined) {
    const shown = JSON.stringify(unquotable.column_name);
    throw new OperatorError(
      `Table ${name} has a column ${shown}, whose name cannot be quoted: nothing was counted.`,
    );
  }
  const columns = rows.map(readColumn).filter((it) => isShown(found.table, it));
  if (columns.length === 0) return print(nothingCast(settings, found));
  const counted = {
    subject: `table ${name}`,
    permission: `bigquery.jobs.create on project ${project} and bigquery.tables.getData on dataset ${dataset}`,
  };
  const statement = countsStatement(project, dataset, destination, columns);
  print(`To count, BigQuery reads ${sizeOf(await bytesOf(client, counted, statement))} of table ${name}.`);
  if (!(await agreed(terminal, options.yes, "Nothing was counted"))) return;
  const [counts = {}] = await rowsOf(client, counted, statement);
  print(castsText(columns, counts));
}
