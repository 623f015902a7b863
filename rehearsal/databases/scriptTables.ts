import { type Engine, type SourceTable, tableFolder } from "../../contract/layout";
import { defaultDestination, tableNameRule } from "../../settings/names";
import { columnNameFaults } from "../bigquery/columnNames";
import { groupBy } from "../groups";
import type { SourceTableInfo } from "./sourceDatabase";

/** A table of a script as a stack file lists it. */
export interface TakenTable {
  /** `users`, or `sales.orders` outside of the schema `public`. */
  readonly name: string;
  /** Table id in BigQuery, where it is another than the table's own. */
  readonly destination?: string;
  /** What a reader of the result has to know. */
  readonly remark?: string;
}

/** A table of a script that no stack can load. */
export interface LeftOutTable {
  readonly source: SourceTable;
  /** What would become of it in the clouds, and why. */
  readonly remark: string;
}

/** What becomes of a script's tables. */
export interface ScriptTables {
  readonly taken: readonly TakenTable[];
  readonly leftOut: readonly LeftOutTable[];
}

/** `users`, or `sales.orders` outside of the schema `public`. */
export function configName({ schema, table }: SourceTable): string {
  return schema === undefined || schema === "public" ? table : `${schema}.${table}`;
}

function fullName({ schema, table }: SourceTable): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

/** Why no stack can load a table. */
export interface Hindrance {
  /** Who leaves it out: a preview, RDS, every load of BigQuery, or nobody, so that rows of two tables would be mixed. */
  readonly by: "preview" | "rds" | "bigquery" | "folder";
  readonly remark: string;
}

/** Why a table cannot be loaded for what it is itself, or undefined. */
function ownHindrance(engine: Engine, { source, columns, skipped }: SourceTableInfo): Hindrance | undefined {
  const rule = tableNameRule(engine, fullName(source));
  if (rule !== undefined) return { by: "preview", remark: `\`pulumi preview\` refuses its name: it ${rule}` };
  if (skipped !== undefined) return { by: "rds", remark: `RDS skips it, ${skipped.code}: ${skipped.why}` };
  const faults = columnNameFaults(columns.filter(({ exported }) => exported).map(({ name }) => name));
  return faults.length === 0
    ? undefined
    : { by: "bigquery", remark: `BigQuery refuses every load of it: ${faults.join("; ")}` };
}

/** What keeps tables out of every stack, by the table; those that can be loaded are left out. */
export function hindrances(
  engine: Engine,
  tables: readonly SourceTableInfo[],
): ReadonlyMap<SourceTableInfo, Hindrance> {
  const folders = groupBy(tables, ({ source }) => tableFolder(engine, source));
  return new Map(
    tables.flatMap((table): [SourceTableInfo, Hindrance][] => {
      const hindrance =
        ownHindrance(engine, table) ??
        mixedWith(table.source, folders.get(tableFolder(engine, table.source)));
      return hindrance === undefined ? [] : [[table, hindrance]];
    }),
  );
}

/**
 * Sorts out what a stack can load of all tables that a script makes.
 * @param tables in the order in which they are listed
 */
export function sortOut(engine: Engine, tables: readonly SourceTableInfo[]): ScriptTables {
  const hindered = hindrances(engine, tables);
  const owners = new Map<string, SourceTable>();
  const taken: TakenTable[] = [];
  const leftOut: LeftOutTable[] = [];
  for (const table of tables) {
    const hindrance = hindered.get(table);
    if (hindrance === undefined) taken.push(take(table, owners));
    else leftOut.push({ source: table.source, remark: hindrance.remark });
  }
  return { taken, leftOut };
}

/** All of them are lost: a transfer reads whatever its folder holds. */
function mixedWith(source: SourceTable, sharing: readonly SourceTableInfo[] = []): Hindrance | undefined {
  const others = sharing.filter((it) => it.source !== source).map((it) => fullName(it.source));
  if (others.length === 0) return undefined;
  const remark = `RDS exports it to one folder with ${others.join(", ")}, whose rows would be mixed with its own; rename all but one`;
  return { by: "folder", remark };
}

/** @param owners tables by the table ids that they are loaded into, in lower case */
function take({ source, columns }: SourceTableInfo, owners: Map<string, SourceTable>): TakenTable {
  const name = configName(source);
  const own = defaultDestination(source);
  const remarks = columns.some(({ exported }) => !exported) ? [notExported(columns)] : [];
  const owner = owners.get(own.toLowerCase());
  let destination = own;
  for (let number = 2; owners.has(destination.toLowerCase()); number++) destination = `${own}_${number}`;
  owners.set(destination.toLowerCase(), source);
  if (owner !== undefined) remarks.push(keptApart(own, destination, owner));
  return {
    name,
    ...(destination !== own && { destination }),
    ...(remarks.length > 0 && { remark: remarks.join("; ") }),
  };
}

/** BigQuery's table ids know upper and lower case ("Create and use tables", table naming), DuckDB's do not. */
function keptApart(own: string, destination: string, owner: SourceTable): string {
  const other = configName(owner);
  const others = defaultDestination(owner);
  if (others === own)
    return `needs a \`destination\` of its own, here ${destination}, since ${other} is loaded into ${own}`;
  return others.toLowerCase() === own.toLowerCase()
    ? `loaded into ${destination} in this rehearsal alone: BigQuery keeps it apart from ${other}, DuckDB does not`
    : `loaded into ${destination} in this rehearsal, since ${own} is taken by ${other}`;
}

function notExported(columns: SourceTableInfo["columns"]): string {
  const left = columns.filter(({ exported }) => !exported).map(({ name, type }) => `${name} (${type})`);
  return `without ${left.join(", ")}, which RDS does not export`;
}
