import type { Engine, SourceTable } from "./layout";
import { WEEKDAYS, type Weekday } from "./transferSchedule";
import type { ViewedTable } from "./typedViews";

/** One table of a database: where it comes from, where it goes, when, and what its view shows. */
export interface LoadedTable extends Pick<ViewedTable, "mask" | "newColumns"> {
  /** The table's name as the stack file gives it: `users`, or `sales.orders` (PostgreSQL). Names the resources. */
  readonly name: string;
  readonly source: SourceTable;
  /** Table id in BigQuery. */
  readonly destination: string;
  /** False pauses the transfer: it runs neither by the clock nor by hand, and the rows stay. @default true */
  readonly enabled?: boolean;
  /** Local days on which the table is loaded. @default every day */
  readonly days?: readonly Weekday[];
  /**
   * True takes over a table that exists already, such as one that was removed from the config before, and its dataset:
   * access list, labels and description become the stack's. @default false
   */
  readonly adopt?: boolean;
  /** True where no rows in Aurora are nothing to report. @default false */
  readonly mayBeEmpty?: boolean;
  /** True where the shrink guard leaves the table alone. @default false */
  readonly mayShrink?: boolean;
}

/** One source database and the dataset that it feeds. */
export interface LoadedDatabase {
  readonly name: string;
  readonly dataset: string;
  /** Dataset of the typed views of its tables. @default there are none */
  readonly viewsDataset?: string;
  readonly tables: readonly LoadedTable[];
}

/** A table as the gate knows it: where it comes from, and what loads it. */
export interface ListedTable
  extends SourceTable,
    Pick<LoadedTable, "destination" | "days" | "mayBeEmpty" | "mayShrink"> {
  readonly dataset: string;
  readonly enabled: boolean;
}

/** What the stack loads: content of the file beside the gate's bundle. */
export interface TableList {
  readonly engine: Engine;
  readonly tables: readonly ListedTable[];
}

/** What is loaded, as the gate knows it: what views show of a table stays out of AWS. */
export function tableListOf(engine: Engine, databases: readonly LoadedDatabase[]): TableList {
  const tables = databases.flatMap(({ dataset, tables }) =>
    tables.map(
      ({
        name: _name,
        adopt: _adopt,
        mask: _mask,
        newColumns: _newColumns,
        source,
        enabled = true,
        ...table
      }) => ({
        ...source,
        dataset,
        enabled,
        ...table,
      }),
    ),
  );
  return { engine, tables };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isOptional(value: unknown, holds: (value: unknown) => boolean): boolean {
  return value === undefined || holds(value);
}

function isListedTable(value: unknown): value is ListedTable {
  if (typeof value !== "object" || value === null) return false;
  const it = value as Partial<Record<keyof ListedTable, unknown>>;
  const isWeekdays = (days: unknown) =>
    Array.isArray(days) && days.every((day) => WEEKDAYS.some((known) => known === day));
  return (
    [it.database, it.table, it.dataset, it.destination].every(isText) &&
    isOptional(it.schema, isText) &&
    typeof it.enabled === "boolean" &&
    isOptional(it.days, isWeekdays) &&
    [it.mayBeEmpty, it.mayShrink].every((flag) => isOptional(flag, (it) => typeof it === "boolean"))
  );
}

/** The list as text: the same for the same tables, whatever order the stack file has. */
export function formatTableList({ engine, tables }: TableList): string {
  const sorted = [...tables].sort((a, b) =>
    `${a.dataset}.${a.destination}` < `${b.dataset}.${b.destination}` ? -1 : 1,
  );
  return JSON.stringify({ engine, tables: sorted });
}

/**
 * Reads the list.
 * @throws TypeError if the text is no such list
 */
export function parseTableList(text: string): TableList {
  const list = JSON.parse(text) as Partial<TableList> | null;
  const isEngine = list?.engine === "mysql" || list?.engine === "postgresql";
  if (!isEngine || !Array.isArray(list?.tables) || !list.tables.every(isListedTable)) {
    throw new TypeError("it is no list of tables with their engine");
  }
  return list as TableList;
}
