import type { OpenedExport, OpenedTable } from "../../../contract/openedExport";
import { isExpiring } from "../../../contract/retention";
import type { Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { TransferRuns } from "../../../functions/loader/google/transferRuns";
import type { TransferConfig } from "../../../functions/loader/ports";
import { openedSlots, readOpenedExport } from "../../../functions/reports/openedExports";
import { nearest } from "../../../settings/faults";
import type { DeployedStack } from "../../session/deployedStack";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import type { Names } from "./names";

/** A loaded table of the newest opened export. */
export interface LookedAtTable extends OpenedTable {
  /** `shop.users`, as the stack file has it. */
  readonly name: string;
  readonly database: string;
  /** Of its files; left out where they are not known. */
  readonly bytes?: number;
  readonly transfer: TransferConfig;
}

/** What is looked at. */
export interface Place {
  readonly slot: Slot;
  /** `prod-2025021806` */
  readonly task: string;
  readonly opened: OpenedExport;
  readonly table: LookedAtTable;
  /** All tables of the export that the stack loads. */
  readonly tables: readonly LookedAtTable[];
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Tables of an export with the transfers that load them, in the export's order. */
function loadedTables(
  { transfers }: DeployedStack,
  { slot, tables }: OpenedExport,
  configs: readonly TransferConfig[],
): LookedAtTable[] {
  // Google names the project in them by its number, or by its id.
  const byId = new Map(configs.map((it) => [lastPart(it.name), it]));
  const named = Object.entries(transfers).flatMap(([database, names]) =>
    Object.entries(names).flatMap(([table, name]) => {
      const transfer = byId.get(lastPart(name));
      return transfer === undefined ? [] : [{ database, name: `${database}.${table}`, transfer }];
    }),
  );
  return tables.flatMap((table) => {
    const found = named.find(
      ({ transfer: { datasetId, params } }) =>
        datasetId === table.dataset && params.destination_table_name_template === table.destination,
    );
    if (found === undefined) return [];
    const bytes = table.lastGood?.slot === slot ? table.lastGood.bytes : undefined;
    return [{ ...table, ...found, ...(bytes !== undefined && { bytes }) }];
  });
}

/** Why nothing is tried on a table; undefined of one that is fit for it. */
function unfit({ good, files, transfer }: LookedAtTable): string | undefined {
  if (!good) return "was not called good when that export was opened";
  if (files === 0) return "has no file in that export, and so no row";
  return transfer.disabled ? "has a transfer that is disabled" : undefined;
}

function choose(tables: readonly LookedAtTable[], task: string, name: string | undefined): LookedAtTable {
  if (name === undefined) {
    const size = ({ bytes = Number.POSITIVE_INFINITY }: LookedAtTable) => bytes;
    const [smallest] = tables
      .filter((it) => unfit(it) === undefined)
      .sort((one, other) => (size(one) < size(other) ? -1 : Number(size(one) > size(other))));
    if (smallest !== undefined) return smallest;
    throw new OperatorError(
      `No table of export "${task}" is loaded, good and with rows, so that there is nothing to look at: see \`npm run ops -- status\`.`,
    );
  }
  const found = tables.find((it) => it.name === name);
  const names = tables.map((it) => it.name);
  if (found === undefined) {
    throw new OperatorError(
      `Export "${task}" has no loaded table for \`--table ${name}\`; it takes a database and a table of the stack file, such as ${nearest(name, names) ?? names[0]}.`,
    );
  }
  const why = unfit(found);
  if (why === undefined) return found;
  throw new OperatorError(`Nothing is tried on \`--table ${name}\`, which ${why}: take another one.`);
}

/**
 * The newest opened export, and the table to look at.
 * @param name `shop.users`; the smallest with rows where it is left out
 * @throws OperatorError or FunctionError: `operatorsWords` has the sentence
 */
export async function findPlace(session: Session, name?: string): Promise<Place> {
  const { stack, stackName, objects, google, clock } = session;
  const { taskPrefix } = stack;
  const sync = `npm run ops -- sync --stack ${stackName}`;
  const [slot] = await openedSlots(objects, taskPrefix);
  const opened = slot && (await readOpenedExport(objects, taskPrefix, slot));
  if (slot === undefined || opened === undefined) {
    throw new OperatorError(
      `No export of this stack is complete and open yet, and without one there is nothing to look at. Make one first: ${sync}.`,
    );
  }
  const task = taskId(taskPrefix, slot);
  if (opened.expires !== undefined && isExpiring(new Date(opened.expires), clock.now())) {
    throw new OperatorError(
      `Export "${task}", the newest that is open, is about to expire (${opened.expires}). Make one first: ${sync}.`,
    );
  }
  const tables = loadedTables(stack, opened, await new TransferRuns(google).list());
  return { slot, task, opened, tables, table: choose(tables, task, name) };
}

/** Takes in what stack and export have names for; the table that is looked at first. */
export function learnNames(
  names: Names,
  { stack, stackName }: Session,
  { table, tables, opened }: Place,
): void {
  const learn = ({ dataset, destination, folder }: OpenedTable, name?: string) => {
    const inExport = folder.slice(folder.indexOf("/") + 1);
    const bare = inExport.slice(inExport.indexOf(".") + 1);
    const whole = name?.slice(name.indexOf(".") + 1);
    names.add("table", `${dataset}.${destination}`, folder, name, inExport, whole, bare, destination);
    names.add("dataset", dataset);
    names.add("database", folder.slice(0, folder.indexOf("/")));
  };
  learn(table, table.name);
  for (const it of tables) learn(it, it.name);
  for (const it of opened.tables) learn(it);
  for (const it of tables) {
    const { name, displayName, params } = it.transfer;
    names.add("transfer", name, lastPart(name), displayName);
    names.add("project", /^projects\/([^/]+)/.exec(name)?.[1]);
    names.add("key", params.access_key_id);
  }
  for (const [database, byTable] of Object.entries(stack.transfers)) {
    names.add("database", database);
    for (const [it, transfer] of Object.entries(byTable)) {
      names.add("table", `${database}.${it}`, it);
      names.add("transfer", transfer, lastPart(transfer));
      names.add("project", /^projects\/([^/]+)/.exec(transfer)?.[1]);
    }
  }
  for (const [database, dataset] of Object.entries(stack.datasets)) {
    names.add("database", database);
    names.add("dataset", dataset);
  }
  names.add("dataset", stack.journalDataset);
  names.add("bucket", stack.bucketName);
  names.add("project", stack.project);
  names.add("account", stack.accountId);
  names.add("cluster", stack.clusterIdentifier);
  names.add("stack", stack.taskPrefix, stackName);
  for (const it of [stack.exporterFunctionName, stack.gateFunctionName, stack.loaderFunctionName]) {
    names.add("function", it);
  }
  names.add("function", stack.exporterScheduleName);
  names.add("role", stack.exportRoleArn, lastPart(stack.exportRoleArn));
  names.add("topic", stack.reportTopicArn, stack.reportTopicArn.split(":").at(-1));
  names.add("key", stack.kmsKeyArn, lastPart(stack.kmsKeyArn));
  names.add("user", stack.readerUserName);
}
