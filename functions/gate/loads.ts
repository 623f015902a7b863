import { LOAD_ATTEMPTS } from "../../contract/environment";
import { slotTemplate } from "../../contract/runTime";
import type { Slot } from "../../contract/slot";
import { logFailure } from "../log";
import { type Audit, type AuditedTable, auditExport, isTrouble } from "./audit";
import { earlierRuns, type LoadFacts } from "./earlierRuns";
import type { GateEnvironment } from "./environment";
import { AuditError, GateError, LoadsNotStartedError, NotToldError } from "./errors";
import type {
  GateInvocation,
  GatePorts,
  LoadMessage,
  LoadQueue,
  ReportKind,
  TransferConfig,
  Transfers,
} from "./ports";
import { reported, type Telling } from "./records";
import { loadedReport, notLoadedReport, type ReportContext, startedAgainReport } from "./reports";
import { isDue, type KnownTask, runTimeOf } from "./stack";
import { tell } from "./telling";

/** One invocation that starts loads. */
interface Loading {
  readonly environment: GateEnvironment;
  readonly invocation: GateInvocation;
  readonly ports: GatePorts;
  readonly transfers: Transfers;
  readonly queue: LoadQueue;
  readonly context: ReportContext;
  readonly task: KnownTask;
  readonly message: LoadMessage;
}

/** What became of a slot's loads. */
export interface LoadsResult {
  readonly started: number;
  readonly emptied: number;
  /** Tables whose load was started before: for a person's request, by it or within minutes before it. */
  readonly startedBefore: number;
  /** Tables to be emptied that had no rows. */
  readonly emptyBefore: number;
  /** Tables whose load had failed, and was started once more. */
  readonly again: readonly string[];
  /** Table that a further invocation goes on with; undefined if all are done. */
  readonly goesOn?: number;
}

/** A table that gets a new state, and the transfer that does it. */
interface Load {
  readonly table: AuditedTable["table"];
  readonly empty: boolean;
  readonly config: TransferConfig;
}

/** Milliseconds that must remain for one more table; with less, another invocation goes on. */
const RESERVE = 90_000;
/** Failures in a row after which the rest is not tried: they have one cause. */
const SAME_CAUSE = 3;
const SHOWN_FAULTS = 20;
const NOT_LOADED = "notLoaded" satisfies ReportKind;

/** The tables that this message asks for. */
function wanted({ environment, message }: Loading, audit: Audit): AuditedTable[] {
  return audit.tables.filter((it) => {
    const due = message.asked !== undefined || isDue(environment, it.table, message.load);
    const loadable = message.despiteFindings === true ? it.files > 0 || it.state === "empty" : !isTrouble(it);
    return due && loadable;
  });
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

/** The one config that loads a table, or in words why there is none. */
function configOf(table: AuditedTable["table"], own: ReadonlyMap<string, readonly TransferConfig[]>) {
  const target = `${table.dataset}.${table.destination}`;
  const configs = own.get(target) ?? [];
  const [config, second] = configs.filter(({ disabled }) => !disabled);
  if (config !== undefined && second !== undefined) {
    return `${target}: ${config.name} and ${second.name} both load it, which would mix their rows; delete the one that the stack does not name`;
  }
  if (config !== undefined) return config;
  const [disabled] = configs;
  return disabled === undefined
    ? `${target}: the project has no transfer of this stack for it; deploy the stack`
    : `${target}: transfer "${disabled.displayName}" is disabled; deploy the stack, or enable it`;
}

type Done = "started" | "emptied" | "startedBefore" | "emptyBefore" | "again";

async function doLoad({ transfers }: Loading, load: Load, facts: LoadFacts): Promise<Done> {
  const { dataset, destination } = load.table;
  if (load.empty) {
    return (await transfers.emptyTable(dataset, destination)) === "emptied" ? "emptied" : "emptyBefore";
  }
  const earlier = earlierRuns(await transfers.listRuns(load.config.name), facts);
  if (earlier.kind === "started") return "startedBefore";
  if (earlier.kind === "tooEarly") {
    const { state, startTime } = earlier.run;
    throw new LoadsNotStartedError(
      `a run that began at ${startTime?.toISOString()}, before all files of the export could be seen, is ${state}; ` +
        "a second one is started when it is over",
    );
  }
  await transfers.startRun(load.config.name, facts.runTime);
  return earlier.failed.length > 0 && facts.asked === undefined ? "again" : "started";
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

async function loadTables(loading: Loading): Promise<LoadsResult & { faults: readonly string[] }> {
  const { environment, invocation, transfers, task, message } = loading;
  const audit = await auditAgain(loading);
  const own = ownConfigs(loading, await transfers.list());
  const facts: LoadFacts = {
    runTime: runTimeOf(environment, message.load),
    exportEnd: task.TaskEndTime,
    asked: message.asked === undefined ? undefined : new Date(message.asked),
  };
  const counts = { started: 0, emptied: 0, startedBefore: 0, emptyBefore: 0 };
  const again: string[] = [];
  const faults: string[] = [];
  let inARow = 0;
  const first = message.first ?? 0;
  let firstFault: number | undefined;
  for (const [index, { table, state }] of [...wanted(loading, audit).entries()].slice(first)) {
    if (inARow === SAME_CAUSE) {
      faults.push("the tables behind these were not tried");
      break;
    }
    if (invocation.remainingMilliseconds() < RESERVE) {
      // From the first that failed, so that none is lost.
      return { ...counts, again, goesOn: firstFault ?? index, faults };
    }
    const config = configOf(table, own);
    if (typeof config === "string") {
      firstFault ??= index;
      faults.push(config);
      continue;
    }
    try {
      const done = await doLoad(loading, { table, empty: state === "empty", config }, facts);
      if (done === "again") again.push(`${table.dataset}.${table.destination}`);
      else counts[done]++;
      inARow = 0;
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      firstFault ??= index;
      faults.push(`${table.dataset}.${table.destination}: ${error.message}`);
      inARow++;
    }
  }
  return { ...counts, again, faults };
}

/** One error for all tables that could not be loaded. */
function notStarted(
  slot: Slot,
  { started, emptied, startedBefore, emptyBefore, again }: LoadsResult,
  faults: readonly string[],
): LoadsNotStartedError {
  const done = started + emptied + startedBefore + emptyBefore + again.length;
  const shown = faults.slice(0, SHOWN_FAULTS).map((it) => `- ${it}`);
  const rest = faults.length > SHOWN_FAULTS ? [`- … and ${faults.length - SHOWN_FAULTS} more`] : [];
  return new LoadsNotStartedError(
    [`Of slot ${slot}, ${done} loads are done or under way, and these are not:`, ...shown, ...rest].join(
      "\n",
    ),
  );
}

async function tellFailure(loading: Omit<Loading, "task">, error: Error): Promise<Telling> {
  const { invocation, context, message } = loading;
  // What a person starts is told each time that it fails; what the clock starts, once.
  const name = message.asked === undefined ? NOT_LOADED : `${NOT_LOADED}-${invocation.requestId}`;
  return tell(loading, notLoadedReport(context, message, error.message), message.load, name);
}

/** Loads all that is wanted, or asks the queue to go on where this invocation's time ends. */
async function loadAll(loading: Loading): Promise<LoadsResult> {
  const { environment, invocation, ports, queue, context, message } = loading;
  const { faults, ...result } = await loadTables(loading);
  if (result.again.length > 0) {
    await tell(loading, startedAgainReport(context, message.load, result.again), message.load);
  }
  const progress =
    result.started + result.emptied + result.again.length > 0 || (result.goesOn ?? 0) > (message.first ?? 0);
  if (result.goesOn !== undefined && !progress) {
    const reason = "looking through the others took all the time, so the tables behind them were not tried";
    throw notStarted(message.load, result, [...faults, reason]);
  }
  // The next invocation begins with the first that failed, and so comes upon these faults again if they last.
  if (faults.length > 0 && result.goesOn === undefined) throw notStarted(message.load, result, faults);
  if (result.goesOn !== undefined) {
    if (faults.length > 0) ports.log.warn("Some loads could not be started so far", { faults });
    const next = { ...message, part: message.part + 1, first: result.goesOn };
    await queue.send(next, `${invocation.requestId}-${next.part}`);
    return result;
  }
  const told = await reported(ports.objects, environment.taskPrefix, message.load);
  if ([...told].some((name) => name.startsWith(NOT_LOADED))) {
    await tell(loading, loadedReport(context, message.load), message.load);
  }
  return result;
}

/** The attempt from which people are told: one before the last, because telling may fail as well. */
function toldFrom({ asked }: LoadMessage): number {
  return asked === undefined ? LOAD_ATTEMPTS - 1 : LOAD_ATTEMPTS;
}

/**
 * Starts the loads of a slot, and empties the tables that the export says are empty: by itself once, for a person again.
 * @param findTask the slot's export, or undefined if it is not to be loaded any more
 * @param attempt how often the message has been received; the last but one tells people of a failure
 * @returns `notLoaded` after the last attempt, once people know: the dead letters hold what nobody was told of
 * @throws LoadsNotStartedError, after all others were tried, if some cannot be started; whatever the ports throw
 */
export async function startLoads(
  loading: Omit<Loading, "task">,
  findTask: () => Promise<KnownTask | undefined>,
  attempt: number,
): Promise<LoadsResult | "notLoaded" | undefined> {
  try {
    const task = await findTask();
    return task && (await loadAll({ ...loading, task }));
  } catch (error) {
    const isToTell = error instanceof Error && !(error instanceof NotToldError);
    if (!isToTell || attempt < toldFrom(loading.message)) throw error;
    const telling = await tellFailure(loading, error);
    if (attempt < LOAD_ATTEMPTS || telling === "leftToOther") throw error;
    logFailure(loading.ports.log, error);
    return NOT_LOADED;
  }
}
