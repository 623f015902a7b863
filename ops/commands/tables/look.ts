import { type CountedRows, countedRowsKey, type RowsOfExport } from "../../../contract/countedRows";
import type { SourceTable } from "../../../contract/layout";
import { own } from "../../../contract/own";
import { nameInStackFile } from "../../../contract/stackFileLines";
import { type LoadedTable, tableListOf } from "../../../contract/tableList";
import { type AuditedTable, isTrouble } from "../../../functions/gate/audit/audit";
import { type Changes, isGone } from "../../../functions/gate/audit/changes";
import { auditWithGuard, type GuardedAudit } from "../../../functions/gate/audit/shrinkGuard";
import { compareColumns } from "../../../functions/gate/open/columns";
import { readStack } from "../../../rehearsal/program/stackFile";
import { settingsOf } from "../../../rehearsal/program/stackSettings";
import type { Settings } from "../../../settings";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { type ChosenExport, chosenExport } from "./chosenExport";
import { type NewTables, sortNewTables } from "./newTables";

/** An export, and what the stack loads. */
export interface Look extends ChosenExport {
  /** `Pulumi.prod.yaml`. */
  readonly file: string;
  readonly settings: Settings;
  readonly audit: GuardedAudit;
  /** Since the exports before. */
  readonly changes: Changes;
  readonly added: NewTables;
  /** Tables that Aurora does not have any more. */
  readonly gone: readonly AuditedTable[];
  /** Tables that cannot be loaded from it, or have shrunk. */
  readonly troubled: readonly AuditedTable[];
  /** Names of tables, `shop.users`, that the stack file lists and the deployed stack does not load. */
  readonly notDeployed: readonly string[];
  /** Names of tables that the deployed stack loads and the stack file does not list. */
  readonly notListed: readonly string[];
  /** Rows as far as they are counted, by the tables' folders. */
  readonly rows: Readonly<Record<string, CountedRows>>;
  /** True where nothing needs a person. */
  readonly ok: boolean;
}

/** `shop.users`, `shop.sales.orders`: the database, and the table as the stack file names it. */
export function tableName(table: SourceTable): string {
  return `${table.database}.${nameInStackFile(table)}`;
}

/** Tables of a stack file, each with its name. */
export function listedTables({ databases }: Pick<Settings, "databases">): Map<string, LoadedTable> {
  return new Map(databases.flatMap(({ tables }) => tables.map((it) => [tableName(it.source), it])));
}

async function countedRows({ stack, objects }: Session, slot: ChosenExport["slot"]): Promise<Look["rows"]> {
  if (!stack.federation) return {};
  const text = await objects.read(countedRowsKey(stack.taskPrefix, slot));
  try {
    return text === undefined ? {} : ((JSON.parse(text) as Partial<RowsOfExport>).tables ?? {});
  } catch {
    return {};
  }
}

/** Names that the deployed stack has in one of its transfers. */
function deployedTables({ stack }: Session): string[] {
  return Object.entries(stack.transfers).flatMap(([database, tables]) =>
    // The stack file may write the default schema.
    Object.keys(tables).map((name) => `${database}.${name.replace(/^public\./, "")}`),
  );
}

/** True for a table that an export need not have, because nobody had deployed its load. */
export function isAwaited(
  { notDeployed }: Pick<Look, "notDeployed">,
  { state, table }: AuditedTable,
): boolean {
  return state === "missing" && notDeployed.includes(tableName(table));
}

/**
 * Audits an export as the gate does, with the tables of the stack file.
 * @throws OperatorError, FunctionError, StackFileError or RunError: `operatorsWords` has the sentence
 */
export async function lookAt(session: Session, wanted: string | undefined): Promise<Look> {
  const { stackName, projectFolder, stack, objects } = session;
  const file = `Pulumi.${stackName}.yaml`;
  const config = readStack(projectFolder, stackName);
  const settings = settingsOf(config);
  if (settings.prefix !== stack.taskPrefix) {
    throw new OperatorError(
      `${file} is of "${settings.prefix}", and the outputs are of "${stack.taskPrefix}": name the stack of the outputs by \`--stack\`.`,
    );
  }
  const chosen = await chosenExport(session, wanted, settings.existing.bucket === undefined);
  const tables = tableListOf(settings.aurora.engine, settings.databases);
  const place = {
    environment: { taskPrefix: stack.taskPrefix, tables, shrinkGuard: settings.shrinkGuard },
    ports: { objects },
  };
  const audit = await auditWithGuard(place, chosen.task);
  const { changes } = await compareColumns(place, chosen.slot, audit);
  const [listed, deployed] = [[...listedTables(settings).keys()], deployedTables(session)];
  const notDeployed = listed.filter((name) => !deployed.includes(name));
  const gone = audit.tables.filter(isGone);
  const troubled = audit.tables.filter(
    (it) =>
      !gone.includes(it) && !isAwaited({ notDeployed }, it) && (isTrouble(it) || it.shrunk !== undefined),
  );
  return {
    ...chosen,
    file,
    settings,
    audit,
    changes,
    added: sortNewTables(config, audit.unknownTables),
    gone,
    troubled,
    notDeployed,
    notListed: deployed.filter((name) => !listed.includes(name)),
    rows: await countedRows(session, chosen.slot),
    ok: gone.length + troubled.length === 0,
  };
}

/** What is counted of a table; undefined where the count is not whole. */
export function rowsOf({ rows }: Look, folder: string): number | undefined {
  const counted = own(rows, folder);
  return counted?.complete === true ? counted.rows : undefined;
}
