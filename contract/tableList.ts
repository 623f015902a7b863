import type { Engine } from "./layout";
import { WEEKDAYS, type Weekday } from "./transferSchedule";

/** A table as the gate knows it: where it comes from, and what loads it. */
export interface ListedTable {
  readonly database: string;
  /** PostgreSQL alone. */
  readonly schema?: string;
  readonly table: string;
  readonly dataset: string;
  /** Table id in BigQuery. */
  readonly destination: string;
  /** False: its transfer is paused, so nothing about it is missed and nothing is started. */
  readonly enabled: boolean;
  /** Local days on which it is loaded; every day where left out. */
  readonly days?: readonly Weekday[];
  /** True where no rows are nothing to worry about. */
  readonly mayBeEmpty?: boolean;
}

/** What the stack loads: content of the file beside the gate's bundle. */
export interface TableList {
  readonly engine: Engine;
  readonly tables: readonly ListedTable[];
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
    isOptional(it.mayBeEmpty, (flag) => typeof flag === "boolean")
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
