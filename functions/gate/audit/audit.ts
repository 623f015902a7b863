import type { ExportTask } from "@aws-sdk/client-rds";
import type { ExportedColumn } from "../../../contract/exportColumns";
import { exportOnlyName, type SourceTable, tableFolder } from "../../../contract/layout";
import type { LastGood } from "../../../contract/openedExport";
import type { ListedTable, TableList } from "../../../contract/tableList";
import { FunctionError } from "../../errors";
import { excerpt } from "../../excerpt";
import type { ExportObjects } from "../../ports";
import { parseTablesInfo, parseWarnings, type TableStatus, type TaskWarnings } from "./sidecars";

/**
 * What an export holds of a table: `whole`; `empty` (complete, and without a row); `missing` (nothing of it is
 * there); `skipped` (RDS says that it left it out); `failed` (RDS says that it is not complete); `unfinished` (a
 * folder of files without its `_SUCCESS`); `unlisted` (files that RDS's own list does not know); `shrunk` (complete, and
 * held by the shrink guard, which alone finds it).
 */
export type TableState =
  | "whole"
  | "empty"
  | "missing"
  | "skipped"
  | "failed"
  | "unfinished"
  | "unlisted"
  | "shrunk";

/** One configured table, and what the export holds of it. */
export interface AuditedTable {
  readonly table: ListedTable;
  /** Its folder in the export: `shop/shop.users`. */
  readonly folder: string;
  readonly state: TableState;
  /** Why, in RDS's words or ours, where the state does not say it; RDS's warning about a table that is whole. */
  readonly detail?: string;
  /** Parquet files of it. */
  readonly files: number;
  /** Bytes of these. */
  readonly bytes: number;
  /** What it was in the last good export before this one, where a record says so. */
  readonly lastGood?: LastGood;
  /** How far it has shrunk since then, in words, where that is worth speaking of. */
  readonly shrunk?: string;
  /** Its columns, where RDS says anything of them. */
  readonly columns?: readonly ExportedColumn[];
}

/** What a finished export holds. */
export interface Audit {
  /** Tables whose transfer is not paused. */
  readonly tables: readonly AuditedTable[];
  /** Folders that may not be read, because their files are not the whole table; those of paused tables too. */
  readonly partialFolders: readonly string[];
  /** Warnings of RDS that name none of the configured tables. */
  readonly warnings: readonly string[];
  /** Tables with rows that the config does not know, as their folders name them. */
  readonly unknownTables: readonly SourceTable[];
}

/** States in which a table can be loaded or emptied: anything else is trouble. */
const GOOD_STATES: readonly TableState[] = ["whole", "empty"];

const COMPLETE = "COMPLETE";

const SUCCESS = "_SUCCESS";

const PARQUET = ".parquet";

/** Objects of one table's folder. */
interface Folder {
  files: number;
  bytes: number;
  /** Batch folders that hold Parquet files, and those that hold `_SUCCESS`; "" for files right in the folder. */
  readonly batches: Set<string>;
  readonly finished: Set<string>;
}

interface Contents {
  readonly folders: ReadonlyMap<string, Folder>;
  /** Keys of `export_tables_info_…json`. */
  readonly tablesInfo: readonly string[];
}

export function isTrouble({ state }: Pick<AuditedTable, "state">): boolean {
  return !GOOD_STATES.includes(state);
}

/** True for a table with files that are not the whole table. */
export function isPartial(table: AuditedTable): boolean {
  return isTrouble(table) && table.files > 0;
}

async function listContents(objects: ExportObjects, taskId: string): Promise<Contents> {
  const folders = new Map<string, Folder>();
  const tablesInfo: string[] = [];
  const start = `${taskId}/`;
  for await (const page of objects.listObjects(start)) {
    for (const { key, bytes } of page) {
      const [first = "", second, ...rest] = key.slice(start.length).split("/");
      const name = rest.pop();
      if (second === undefined) {
        if (first.startsWith(`export_tables_info_${taskId}_from_`)) tablesInfo.push(key);
      } else if (name !== undefined) {
        const path = `${first}/${second}`;
        const folder = folders.get(path) ?? { files: 0, bytes: 0, batches: new Set(), finished: new Set() };
        folders.set(path, folder);
        const batch = rest.join("/");
        if (name === SUCCESS) folder.finished.add(batch);
        if (!name.endsWith(PARQUET)) continue;
        folder.files++;
        folder.bytes += bytes;
        folder.batches.add(batch);
      }
    }
  }
  return { folders, tablesInfo };
}

/** True if anything is left of an export that a load could read. */
export async function holdsFiles(taskId: string, objects: ExportObjects): Promise<boolean> {
  for await (const page of objects.listObjects(`${taskId}/`)) {
    if (page.some(({ key }) => key.endsWith(PARQUET))) return true;
  }
  return false;
}

async function readStatuses(
  objects: ExportObjects,
  taskId: string,
  keys: readonly string[],
): Promise<Map<string, TableStatus[]>> {
  if (keys.length === 0) {
    throw new FunctionError(
      "AuditError",
      `Export "${taskId}" holds no export_tables_info_${taskId}_from_….json, in which RDS says what became of each ` +
        "table. What the export holds is not known.",
    );
  }
  const statuses = new Map<string, TableStatus[]>();
  for (const key of keys) {
    const text = await objects.read(key);
    if (text === undefined) throw new FunctionError("AuditError", `${key} was listed, and then it was gone.`);
    for (const status of parseTablesInfo(text, key)) {
      statuses.set(status.target, [...(statuses.get(status.target) ?? []), status]);
    }
  }
  return statuses;
}

/**
 * Names under which RDS may speak of a table. AWS documents none: public readers saw the first two. A name with a space
 * stands in the list as in the database, or as in the folder's name.
 */
function namesOf(engine: TableList["engine"], table: ListedTable, folder: string): string[] {
  return [exportOnlyName(engine, table), folder.replace("/", "."), folder, ...mySqlName(engine, folder)];
}

/** MySQL's folder says the database twice: `shop/shop.users`. */
function mySqlName(engine: TableList["engine"], folder: string): string[] {
  return engine === "mysql" ? [folder.slice(folder.indexOf("/") + 1)] : [];
}

/** The table whose folder this is; of a name with spaces or quotes, as the folder has it. */
function tableOf(engine: TableList["engine"], folder: string): SourceTable {
  const [database = "", rest = ""] = folder.split("/");
  if (engine === "mysql") {
    return { database, table: rest.startsWith(`${database}.`) ? rest.slice(database.length + 1) : rest };
  }
  const [schema = "", ...names] = rest.split(".");
  return { database, schema, table: names.join(".") };
}

function stateOf(
  statuses: readonly TableStatus[],
  skipped: string | undefined,
  folder: Folder | undefined,
): Pick<AuditedTable, "state" | "detail"> {
  const bad = statuses.find(({ status }) => status !== COMPLETE);
  const warning = statuses.find((it) => it.warning !== undefined)?.warning;
  const files = folder?.files ?? 0;
  const anything = folder !== undefined && files + folder.finished.size > 0;
  if (skipped !== undefined) return { state: "skipped", detail: warning ?? skipped };
  if (bad !== undefined) {
    const state = /^skipped/i.test(bad.status) ? "skipped" : "failed";
    return { state, detail: bad.warning ?? `its status is ${bad.status}` };
  }
  // A warning about a table without rows is a reason to doubt that it has none: it would be emptied in BigQuery.
  if (files === 0 && warning !== undefined) return { state: "skipped", detail: warning };
  if (!anything) {
    return statuses.length === 0
      ? { state: "missing" }
      : { state: "missing", detail: `RDS lists it as ${COMPLETE}, but nothing of it is in the bucket` };
  }
  if (statuses.length === 0) return { state: "unlisted" };
  const unfinished = [...folder.batches].filter((batch) => !folder.finished.has(batch));
  if (unfinished.length > 0) {
    const where = unfinished.slice(0, 3).map((batch) => (batch === "" ? "its folder" : `folder ${batch}`));
    return { state: "unfinished", detail: `no ${SUCCESS} in ${where.join(", ")}` };
  }
  return { state: files > 0 ? "whole" : "empty", ...(warning !== undefined && { detail: warning }) };
}

/** What RDS says that it skipped: the warning's own names, and databases that the sidecars know as a whole. */
function skippedBy(
  warnings: TaskWarnings,
  statuses: ReadonlyMap<string, readonly TableStatus[]>,
  names: readonly string[],
  database: string,
): string | undefined {
  const named = warnings.skipped.find((it) => names.includes(it) || it === database);
  if (named !== undefined) return `RDS names ${named} among what it skipped`;
  const whole = statuses.get(database)?.find(({ status, warning }) => status !== COMPLETE || warning);
  return whole && (whole.warning ?? `the database's status is ${whole.status}`);
}

/**
 * Compares a COMPLETE export with the tables that the stack loads: a task can finish with tables skipped.
 * Sources: Aurora User Guide, "Considerations for DB cluster snapshot exports"; layout and sidecars as public
 * readers found them.
 * @throws AuditError if the warning or a sidecar cannot be understood
 */
export async function auditExport(
  task: ExportTask & { readonly ExportTaskIdentifier: string },
  { engine, tables }: TableList,
  objects: ExportObjects,
): Promise<Audit> {
  const taskId = task.ExportTaskIdentifier;
  const warnings = parseWarnings(task.WarningMessage, taskId);
  const { folders, tablesInfo } = await listContents(objects, taskId);
  const statuses = await readStatuses(objects, taskId, tablesInfo);
  const named = new Set<string>();
  const audited = tables.map((table): AuditedTable => {
    const folder = tableFolder(engine, table);
    const names = namesOf(engine, table, folder);
    for (const name of [...names, table.database]) named.add(name);
    const skipped = skippedBy(warnings, statuses, names, table.database);
    const own = [...new Set(names)].flatMap((name) => statuses.get(name) ?? []);
    const content = folders.get(folder);
    const { files = 0, bytes = 0 } = content ?? {};
    const columns = own.find((it) => it.columns !== undefined)?.columns;
    return { table, folder, files, bytes, ...stateOf(own, skipped, content), ...(columns && { columns }) };
  });
  const known = new Set(tables.map((table) => tableFolder(engine, table)));
  const unknown = [...folders].filter(([path, { files }]) => files > 0 && !known.has(path));
  return {
    tables: audited.filter(({ table }) => table.enabled),
    partialFolders: audited.filter(isPartial).map(({ folder }) => folder),
    warnings: [
      ...warnings.general,
      ...warnings.skipped.filter((it) => !named.has(it)).map((it) => excerpt(`skipped: ${it}`)),
    ],
    unknownTables: unknown
      .map(([path]) => path)
      .sort()
      .map((path) => tableOf(engine, path)),
  };
}
