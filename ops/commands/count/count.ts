import Table from "cli-table3";
import type { OpenedTable } from "../../../contract/openedExport";
import { openedExportKey } from "../../../contract/openedExport";
import type { RowCount } from "../../../contract/rowCount";
import { parseSlot, type Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { createCounter } from "../../../functions/aws/counter";
import { createTableFiles } from "../../../functions/aws/tableFiles";
import { countRows } from "../../../functions/counter/counter";
import { LandingTables } from "../../../functions/loader/google/landingTables";
import type { RowCounter } from "../../../functions/loader/ports";
import { nameOf } from "../../../functions/loader/start/loads";
import type { Log } from "../../../functions/log";
import { openedSlots, readOpenedExport } from "../../../functions/reports/openedExports";
import { PLAIN_TABLE } from "../../../rehearsal/terminal";
import { nearest } from "../../../settings/faults";
import type { DeployedStack } from "../../session/deployedStack";
import { forEach } from "../../session/forEach";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";

/** What is counted. */
export interface CountOptions {
  readonly slot: string;
  /** Tables in BigQuery, `prod_shop.users`; none for all of the export. */
  readonly table: readonly string[];
}

/** A table, in the export and in BigQuery. */
export interface ComparedTable {
  /** `prod_shop.users` */
  readonly table: string;
  readonly files: number;
  /** In the files. */
  readonly rows: number;
  readonly rowsInBigQuery: number;
  readonly equal: boolean;
  /** Why the export's load has left the table alone; left out where it has not. */
  readonly notLoaded?: "in doubt" | "not due";
}

/** The tables of an export. */
export interface CountReport {
  /** `prod-2025021806` */
  readonly export: string;
  readonly slot: Slot;
  readonly tables: readonly ComparedTable[];
  /** The latest slot that was opened, where it is later than this one. */
  readonly newerSlot?: Slot;
  /** True if every table is. */
  readonly equal: boolean;
}

/** What counting takes of a session. */
type Counting = Pick<Session, "stack" | "s3" | "lambda" | "objects" | "google">;

/** Files of a table, and the rows in them. */
type RowsOfFiles = Pick<RowCount, "files" | "rows">;

/** The counter logs for Lambda; here the table says it all. */
const NO_LOG: Log = { appendKeys: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function chosen(tables: readonly OpenedTable[], names: readonly string[], task: string): OpenedTable[] {
  const known = tables.map(nameOf);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, known) ?? known[0];
    throw new OperatorError(
      `Export "${task}" has no table that goes to \`--table ${unknown}\`; it takes a table in BigQuery, such as ${meant}.`,
    );
  }
  return tables.filter((it) => names.length === 0 || names.includes(nameOf(it)));
}

/** Asks the stack's counter, part by part, until no file of the table is left. */
async function askCounter(counter: RowCounter, slot: Slot, folder: string): Promise<RowsOfFiles> {
  let [files, rows] = [0, 0];
  for (;;) {
    const part = await counter.count({ slot, folder, skip: files });
    files += part.files;
    rows += part.rows;
    if (part.left === 0) return { files, rows };
  }
}

/** Who counts: the stack's counter, or, where it has none, this process, which then has to be able to read the files. */
function counting({ stack, s3, lambda }: Counting, slot: Slot): (folder: string) => Promise<RowsOfFiles> {
  const { bucketName, taskPrefix, counterFunctionName } = stack;
  if (counterFunctionName !== undefined) {
    const counter = createCounter(lambda, counterFunctionName);
    return (folder) => askCounter(counter, slot, folder);
  }
  return (folder) =>
    countRows(
      { slot, folder },
      { remainingMilliseconds: () => Number.POSITIVE_INFINITY },
      { environment: taskPrefix, bucketName, taskPrefix },
      { files: createTableFiles(s3, bucketName), log: NO_LOG },
    );
}

async function compare(
  { bucketName, taskPrefix }: DeployedStack,
  slot: Slot,
  table: OpenedTable,
  countFiles: (folder: string) => Promise<RowsOfFiles>,
  landingTables: LandingTables,
): Promise<ComparedTable> {
  const { folder, dataset, destination } = table;
  // First: a missing login is told before files are read for minutes.
  const { rows: rowsInBigQuery } = await landingTables.describeTable(dataset, destination);
  const { files, rows } = await countFiles(folder);
  // Of an export that nobody could audit one file a table is written down.
  if (files < table.files) {
    throw new OperatorError(
      `Of the ${table.files} files that s3://${bucketName}/${taskId(taskPrefix, slot)}/${folder}/ held when the export was ` +
        `opened it holds ${files}: the export has expired or somebody deletes its files, so make another one by a spot run.`,
    );
  }
  const notLoaded = !table.good ? "in doubt" : table.due ? undefined : "not due";
  return {
    table: nameOf(table),
    files,
    rows,
    rowsInBigQuery,
    equal: rows === rowsInBigQuery,
    ...(notLoaded && { notLoaded }),
  };
}

/**
 * Counts the rows of an export's tables by the footers of their files, and those that BigQuery has. The stack's counter
 * reads the files, so that whoever asks need not be able to.
 * @throws OperatorError, FunctionError or RangeError: `operatorsWords` has the sentence
 */
export async function count(session: Counting, options: CountOptions): Promise<CountReport> {
  const { stack, objects, google } = session;
  const slot = parseSlot(options.slot);
  const { bucketName, taskPrefix } = stack;
  const task = taskId(taskPrefix, slot);
  const opened = await readOpenedExport(objects, taskPrefix, slot);
  if (opened === undefined) {
    throw new OperatorError(
      `Export "${task}" was never opened, or has expired: ` +
        `s3://${bucketName}/${openedExportKey(taskPrefix, slot)} is not there, so take a slot whose file lies beside it, or ` +
        "have the gate open this one.",
    );
  }
  const tables = chosen(opened.tables, options.table, task);
  const landingTables = new LandingTables(google);
  const countFiles = counting(session, slot);
  const compared = await forEach(tables, (table) => compare(stack, slot, table, countFiles, landingTables));
  const [latest] = await openedSlots(objects, taskPrefix);
  return {
    export: task,
    slot,
    tables: compared,
    ...(latest !== undefined && latest > slot && { newerSlot: latest }),
    equal: compared.every(({ equal }) => equal),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, it) => total + it, 0);
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

function verdict({ equal, notLoaded }: ComparedTable): string {
  return [equal ? "equal" : "differs", ...(notLoaded ? [notLoaded] : [])].join(", ");
}

/** A report as people read it. */
export function countText({ tables, slot, newerSlot }: CountReport): string {
  const table = new Table({
    head: ["table", "files", "rows in the files", "rows in BigQuery", ""],
    colAligns: ["left", "right", "right", "right", "left"],
    ...PLAIN_TABLE,
  });
  const differing = tables.filter(({ equal }) => !equal).length;
  const row = (name: string, numbers: readonly number[], said: string) =>
    table.push([name, ...numbers.map(grouped), said]);
  for (const it of tables) row(it.table, [it.files, it.rows, it.rowsInBigQuery], verdict(it));
  row(
    `${tables.length} ${tables.length === 1 ? "table" : "tables"}`,
    [
      sum(tables.map(({ files }) => files)),
      sum(tables.map(({ rows }) => rows)),
      sum(tables.map(({ rowsInBigQuery }) => rowsInBigQuery)),
    ],
    differing === 0 ? "equal" : `${grouped(differing)} ${differing === 1 ? "differs" : "differ"}`,
  );
  const newer =
    newerSlot === undefined
      ? ""
      : ` Slot ${newerSlot} was opened too, which is newer: what it has loaded differs from slot ${slot} by right.`;
  // One long name must not make every line as long.
  return `${table.toString().replace(/ +$/gm, "")}\n\nBigQuery shows the newest load.${newer}`;
}
