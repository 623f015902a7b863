import { slotTemplate } from "../../contract/runTime";
import { type Audit, type AuditedTable, auditExport, isTrouble } from "./audit";
import { earlierRuns, type LoadFacts } from "./earlierRuns";
import type { GateEnvironment } from "./environment";
import { AuditError, GateError, LoadsNotStartedError } from "./errors";
import { isLeft, nameOf, restFor, withFailed } from "./loadRest";
import type {
  FailedLoads,
  GateInvocation,
  GatePorts,
  LoadMessage,
  LoadQueue,
  LoadRest,
  TransferConfig,
  TransferRun,
  Transfers,
} from "./ports";
import type { ReportContext, StartedAgain } from "./reports";
import { isDue, type KnownTask, runTimeOf } from "./stack";

/** One invocation that starts loads. */
export interface Loading {
  readonly environment: GateEnvironment;
  readonly invocation: GateInvocation;
  readonly ports: GatePorts;
  readonly transfers: Transfers;
  readonly queue: LoadQueue;
  readonly context: ReportContext;
  readonly task: KnownTask;
  readonly message: LoadMessage;
}

/** How many tables came to which end. */
export interface LoadCounts {
  readonly started: number;
  /** Tables whose load had failed before, and was started by the gate itself. */
  readonly again: number;
  readonly emptied: number;
  /** Tables whose load was started before: for a person's request, by it or within minutes before it. */
  readonly startedBefore: number;
  /** Tables to be emptied that had no rows. */
  readonly emptyBefore: number;
}

/** What an invocation has made of a slot's loads. */
export interface LoadsResult extends LoadCounts {
  /** Those of `again`, by name. */
  readonly startedAgain: readonly StartedAgain[];
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

/** A table that gets a new state, and the transfer that does it. */
interface Load {
  readonly table: AuditedTable["table"];
  readonly empty: boolean;
  readonly config: TransferConfig;
}

/** Milliseconds that must remain for one more table; with less, another invocation goes on. */
const RESERVE = 60_000;

/** The tables that a message asks for, in the order of their names. */
function wanted({ environment, message }: Loading, audit: Audit): AuditedTable[] {
  const all = audit.tables.filter((it) => {
    const due = message.asked !== undefined || isDue(environment, it.table, message.load);
    const loadable = message.despiteFindings === true ? it.files > 0 || it.state === "empty" : !isTrouble(it);
    return due && loadable;
  });
  return all.sort((one, other) => (nameOf(one.table) < nameOf(other.table) ? -1 : 1));
}

/** The transfer configs of this stack by what they load; another stack's may feed the same dataset. */
function ownConfigs({ environment }: Loading, configs: readonly TransferConfig[]) {
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
function configOf(table: string, own: ReadonlyMap<string, readonly TransferConfig[]>): TransferConfig {
  const configs = own.get(table) ?? [];
  const [config, second] = configs.filter(({ disabled }) => !disabled);
  if (config !== undefined && second !== undefined) {
    throw new LoadsNotStartedError(
      `${config.name} and ${second.name} both load it, which would mix their rows; delete the one that the stack does not name`,
    );
  }
  if (config !== undefined) return config;
  const [disabled] = configs;
  throw new LoadsNotStartedError(
    disabled === undefined
      ? "the project has no transfer of this stack for it; deploy the stack"
      : `transfer "${disabled.displayName}" is disabled; deploy the stack, or enable it`,
  );
}

interface Done {
  readonly end: keyof LoadCounts;
  /** Runs that failed before. */
  readonly failed?: readonly TransferRun[];
}

async function doLoad({ transfers }: Loading, load: Load, facts: LoadFacts): Promise<Done> {
  const { dataset, destination } = load.table;
  const earlier = earlierRuns(await transfers.listRuns(load.config.name), facts);
  if (earlier.kind === "ofOther") {
    throw new LoadsNotStartedError(
      `run ${earlier.run.name} of another export is ${earlier.run.state}; this one is loaded when that is over`,
    );
  }
  if (load.empty) {
    return {
      end: (await transfers.emptyTable(dataset, destination)) === "emptied" ? "emptied" : "emptyBefore",
    };
  }
  if (earlier.kind === "started") return { end: "startedBefore" };
  if (earlier.kind === "tooEarly") {
    const { state, startTime } = earlier.run;
    throw new LoadsNotStartedError(
      `a run that began at ${startTime?.toISOString()}, before all files of the export could be seen, is ${state}; ` +
        "a second one is started when it is over",
    );
  }
  await transfers.startRun(load.config.name, facts.runTime);
  // What a person asks for is no repetition.
  const isAgain = facts.asked === undefined && earlier.failed.length > 0;
  return isAgain ? { end: "again", failed: earlier.failed } : { end: "started" };
}

async function auditAgain({ environment, ports, task, message }: Loading): Promise<Audit> {
  try {
    return await auditExport(task, environment.tables, ports.objects);
  } catch (error) {
    if (!(error instanceof AuditError) || message.despiteFindings !== true) throw error;
    // A person has decided to load what nobody can audit.
    const tables = environment.tables.tables.filter(({ enabled }) => enabled);
    return {
      tables: tables.map((table) => ({ table, folder: "", state: "whole", files: 1 })),
      partialFolders: [],
      warnings: [],
      unknownTables: [],
    };
  }
}

/**
 * Starts the loads that are left of a message, table by table as far as the time goes: one that fails costs no other.
 * @throws whatever keeps it from looking at any table
 */
export async function loadTables(loading: Loading): Promise<LoadsResult> {
  const { environment, invocation, transfers, task, message } = loading;
  const all = wanted(loading, await auditAgain(loading));
  const own = ownConfigs(loading, await transfers.list());
  const facts: LoadFacts = {
    runTime: runTimeOf(environment, message.load),
    exportEnd: task.TaskEndTime,
    asked: message.asked === undefined ? undefined : new Date(message.asked),
  };
  const begin = restFor(environment.tables, message.rest);
  const todo = all.filter(({ table }) => isLeft(nameOf(table), begin));
  const counts = { started: 0, again: 0, emptied: 0, startedBefore: 0, emptyBefore: 0 };
  const startedAgain: StartedAgain[] = [];
  const faults: string[] = [];
  let { after, failed } = begin;
  const result = () => ({ ...counts, startedAgain, faults, failed, wanted: all.length });
  for (const [index, { table, state }] of todo.entries()) {
    if (invocation.remainingMilliseconds() < RESERVE) {
      return { ...result(), untried: todo.length - index, rest: { ...begin, after, failed } };
    }
    const name = nameOf(table);
    after = name;
    try {
      const config = configOf(name, own);
      const { end, failed: runs = [] } = await doLoad(
        loading,
        { table, empty: state === "empty", config },
        facts,
      );
      counts[end]++;
      if (runs.length > 0) startedAgain.push({ table: name, failedRuns: runs.map((run) => run.name) });
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      failed = withFailed(failed, name);
      faults.push(`${name}: ${error.message}`);
    }
  }
  return { ...result(), untried: 0, rest: { tables: begin.tables, only: failed?.names } };
}
