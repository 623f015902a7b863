import type { FailedLoads, LoadMessage, LoadRest } from "../../../contract/loadMessage";
import { nameOf, type OpenedExport, type OpenedTable } from "../../../contract/openedExport";
import { slotTemplate } from "../../../contract/runTime";
import { requestedRunTime } from "../../../contract/slot";
import { FunctionError } from "../../errors";
import type { Loading } from "../loading";
import type { TransferConfig } from "../ports";
import { earlierRuns, type LoadFacts, visibleFrom } from "./earlierRuns";
import { isLeft, withFailed } from "./loadRest";

/** How many tables came to which end. */
export interface LoadCounts {
  readonly started: number;
  /** Tables whose load had failed before, and was started by itself. */
  readonly again: number;
  readonly emptied: number;
  /** Tables whose load was started before: for a person's request, by it or within minutes before it. */
  readonly startedBefore: number;
  /** Tables to be emptied that had no rows. */
  readonly emptyBefore: number;
}

/** What an invocation has made of a slot's loads. */
export interface LoadsResult extends LoadCounts {
  /** Why loads could not be started in this invocation, table by table. */
  readonly faults: readonly string[];
  /** Those of this invocation, and of the ones before it that it goes on from. */
  readonly failed?: FailedLoads;
  /** Tables that the message is about. */
  readonly wanted: number;
  /** Tables that this invocation has not come to. */
  readonly untried: number;
  /** What a further invocation goes on with: the tables behind the last one, or those that failed. */
  readonly rest: LoadRest;
}

export { nameOf };

/** Milliseconds that must remain for one more table; with less, another invocation goes on. */
const RESERVE = 60_000;

/** True for a table that has no row in Aurora. */
function isEmpty({ good, files }: OpenedTable): boolean {
  return good && files === 0;
}

/** True for a table that a message is about: each where a person has asked, but for those that were not named. */
export function isMeant(
  { asked, tables }: Pick<LoadMessage, "asked" | "tables">,
  table: OpenedTable,
): boolean {
  return asked === undefined ? table.due : (tables?.includes(nameOf(table)) ?? true);
}

/** The tables that a message asks for, in the order of their names. */
function wanted({ message }: Loading, { tables }: OpenedExport): OpenedTable[] {
  return tables
    .filter((it) => isMeant(message, it))
    .filter((it) => it.good || (message.despiteFindings === true && it.files > 0))
    .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

/** The transfer configs of this stack by what they load; another stack's may feed the same dataset. */
export function ownConfigs(
  {
    environment,
  }: {
    readonly environment: Pick<Loading["environment"], "bucketName" | "taskPrefix" | "pathOffsetMinutes">;
  },
  configs: readonly TransferConfig[],
) {
  const { bucketName, taskPrefix, pathOffsetMinutes } = environment;
  const start = `s3://${bucketName}/${taskPrefix}-${slotTemplate(pathOffsetMinutes)}/`;
  const own = new Map<string, TransferConfig[]>();
  for (const config of configs.filter(({ params }) => params.data_path?.startsWith(start))) {
    const target = `${config.datasetId}.${config.params.destination_table_name_template}`;
    own.set(target, [...(own.get(target) ?? []), config]);
  }
  return own;
}

/**
 * The one config that loads a table.
 * @throws LoadsNotStartedError if there is none, or more than one
 */
export function configOf(table: string, own: ReadonlyMap<string, readonly TransferConfig[]>): TransferConfig {
  const configs = own.get(table) ?? [];
  const [config, second] = configs.filter(({ disabled }) => !disabled);
  if (config !== undefined && second !== undefined) {
    throw new FunctionError(
      "LoadsNotStartedError",
      `${config.name} and ${second.name} both load it, which would mix their rows; delete the one that the stack does not name`,
    );
  }
  if (config !== undefined) return config;
  const [disabled] = configs;
  throw new FunctionError(
    "LoadsNotStartedError",
    disabled === undefined
      ? "the project has no transfer of this stack for it; deploy the stack"
      : `transfer "${disabled.displayName}" is disabled; deploy the stack, or enable it`,
  );
}

async function doLoad(
  { ports: { transfers } }: Loading,
  table: OpenedTable,
  config: TransferConfig,
  facts: LoadFacts,
): Promise<keyof LoadCounts> {
  const earlier = earlierRuns(await transfers.listRuns(config.name), facts);
  if (earlier.kind === "ofOther") {
    throw new FunctionError(
      "LoadsNotStartedError",
      `run ${earlier.run.name} of another export is ${earlier.run.state}; this one is loaded when that is over`,
    );
  }
  if (isEmpty(table)) {
    const became = await transfers.emptyTable(table.dataset, table.destination);
    return became === "emptied" ? "emptied" : "emptyBefore";
  }
  if (earlier.kind === "started") return "startedBefore";
  if (earlier.kind === "tooEarly") {
    const { state, startTime } = earlier.run;
    throw new FunctionError(
      "LoadsNotStartedError",
      `a run that began at ${startTime?.toISOString()}, before all files of the export could be seen, is ${state}; ` +
        "a second one is started when it is over",
    );
  }
  await transfers.startRun(config.name, facts.runTime);
  // What a person asks for is no repetition.
  const isAgain = facts.asked === undefined && earlier.failed.length > 0;
  return isAgain ? "again" : "started";
}

/**
 * Starts the loads that are left of a message, table by table as far as the time goes: one that fails costs no other.
 * @throws whatever keeps it from looking at any table
 */
export async function loadTables(loading: Loading, opened: OpenedExport): Promise<LoadsResult> {
  const { environment, invocation, ports, message } = loading;
  const all = wanted(loading, opened);
  const own = ownConfigs(loading, await ports.transfers.list());
  const facts: LoadFacts = {
    runTime: requestedRunTime(message.load, environment.pathOffsetMinutes),
    visible: visibleFrom(opened),
    asked: message.asked === undefined ? undefined : new Date(message.asked),
  };
  const { rest: begin = {} } = message;
  const todo = all.filter((table) => isLeft(nameOf(table), begin));
  const counts = { started: 0, again: 0, emptied: 0, startedBefore: 0, emptyBefore: 0 };
  const faults: string[] = [];
  let { after, failed } = begin;
  const result = () => ({ ...counts, faults, failed, wanted: all.length });
  for (const [index, table] of todo.entries()) {
    if (invocation.remainingMilliseconds() < RESERVE) {
      return { ...result(), untried: todo.length - index, rest: { ...begin, after, failed } };
    }
    const name = nameOf(table);
    after = name;
    try {
      counts[await doLoad(loading, table, configOf(name, own), facts)]++;
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      failed = withFailed(failed, name);
      faults.push(`${name}: ${error.message}`);
    }
  }
  return { ...result(), untried: 0, rest: { only: failed?.names } };
}
