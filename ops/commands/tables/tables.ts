import type { SourceTable } from "../../../contract/layout";
import { type AuditedTable, isTrouble } from "../../../functions/gate/audit/audit";
import { source } from "../../../functions/gate/tell/words";
import { nearest } from "../../../settings/faults";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { lookJson } from "./json";
import { type Look, listedTables, lookAt, tableName } from "./look";
import { columnsText, lookText } from "./text";
import { writeTables } from "./write";

export interface TablesOptions {
  /** The newest complete export where it is left out. */
  readonly slot?: string;
  /** `shop.users`: this one alone. */
  readonly table?: string;
  readonly columns: boolean;
  readonly all: boolean;
  readonly write: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** The look with one table alone. */
function narrowed(look: Look, name: string): Look {
  const is = (table: SourceTable) => tableName(table) === name || source(table) === name;
  const { audit, changes, added } = look;
  const known = [
    ...audit.tables.map(({ table }) => table),
    ...added.taken,
    ...added.refused.map(({ table }) => table),
  ];
  if (!known.some(is)) {
    if (listedTables(look.settings).has(name)) {
      throw new OperatorError(
        `Table \`${name}\` is paused by \`enabled: false\` in ${look.file}: no export is looked at for it.`,
      );
    }
    const names = known.map(tableName);
    const meant = nearest(name, names) ?? names[0];
    throw new OperatorError(
      `Neither ${look.file} nor the export has a table \`${name}\`; it takes database and table, such as ${meant}.`,
    );
  }
  return {
    ...look,
    audit: { ...audit, tables: audit.tables.filter(({ table }) => is(table)) },
    changes: { ...changes, changed: changes.changed.filter(({ table }) => is(table)) },
    added: {
      taken: added.taken.filter(is),
      refused: added.refused.filter(({ table }) => is(table)),
    },
    gone: look.gone.filter(({ table }) => is(table)),
    troubled: look.troubled.filter(({ table }) => is(table)),
  };
}

/** Of one table: what is said of it, and its columns. */
function oneText(look: Look): string {
  const { added, file } = look;
  const refused = added.refused.map(
    ({ table, reason }) => `${tableName(table)} is new, and refused by the rules of ${file}: ${reason}`,
  );
  const taken = added.taken.map((it) => `${tableName(it)} is new: ${file} does not load it.`);
  const listed = look.audit.tables.flatMap((it) => [
    ...columnsText(look, it),
    `It is ${look.gone.includes(it) ? "gone from Aurora" : it.state}${it.detail === undefined ? "" : ` (${it.detail})`}.`,
  ]);
  return [...listed, ...taken, ...refused].join("\n");
}

/**
 * Says what an export holds against what the stack file loads.
 * @returns true where nothing needs a person
 */
export async function tables(session: Session, options: TablesOptions): Promise<boolean> {
  const { terminal } = session;
  const whole = await lookAt(session, options.slot);
  const look = options.table === undefined ? whole : narrowed(whole, options.table);
  const isOne = options.table !== undefined;
  if (options.json) {
    const json = lookJson(look, look.audit.tables, options.columns || isOne);
    terminal.print(JSON.stringify(json, undefined, 2));
  } else {
    terminal.print(isOne ? oneText(look) : lookText(look, options));
  }
  if (options.write) await writeTables(session, look.added.taken, options.yes);
  // A table that has shrunk is loaded, unless the stack file says that it is held.
  const isHeld = (it: AuditedTable) => isTrouble(it) || look.settings.shrinkGuard.action === "hold";
  return look.gone.length + look.troubled.filter(isHeld).length === 0;
}
