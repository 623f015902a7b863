import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import { type KnownTask, slotOf } from "../../../functions/gate/tasks";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { agreed } from "../agreed";
import { ownExports } from "../loading/exports";
import { checkTables } from "../loading/tables";
import { followExport } from "./followExport";
import { loadExport } from "./loadExport";
import type { SyncOptions } from "./options";
import { planOf } from "./plan";
import { deleteSnapshot, takeSnapshot, waitForSnapshot } from "./snapshot";
import { type StartedExport, startExport } from "./startExport";

/** How far a spot run has come, in words, for whoever gives up. */
interface Stage {
  words: string;
}

/** The export under the stack's name that was started last, whatever its snapshot. @throws OperatorError if there is none */
async function lastExport(session: Session): Promise<StartedExport> {
  // RDS knows no time yet of one that it has just taken.
  const startOf = ({ TaskStartTime }: KnownTask) => TaskStartTime?.getTime() ?? Number.MAX_SAFE_INTEGER;
  const [task] = (await ownExports(session)).sort((one, other) => startOf(other) - startOf(one));
  if (task !== undefined) {
    return { task: task.ExportTaskIdentifier, slot: slotOf(session.stack, task) };
  }
  throw new OperatorError(
    `There is nothing to go on with: RDS knows no export of stack ${session.stackName}. Leave \`--resume\` out.`,
  );
}

function checkOptions({ stack }: Session, { table }: SyncOptions): void {
  if (table.length === 0 || stack.schedule.load !== ON_EXPORT_COMPLETE) return;
  throw new OperatorError(
    "With `load: onExportComplete` the loads of all tables follow an export by themselves: leave `--table` out, or load " +
      "single tables of an export that is there by `reload`.",
  );
}

/** Starts an export, of a snapshot of its own where that is asked for. */
async function begin(
  session: Session,
  options: SyncOptions,
  stage: Stage,
): Promise<StartedExport & { readonly fresh?: string }> {
  const { exportAgain } = options;
  if (!options.fresh) return startExport(session, { snapshot: options.snapshot, exportAgain });
  const { identifier, arn } = await takeSnapshot(session, session.clock.now());
  stage.words = `snapshot ${identifier} stays, and nothing is exported yet: \`npm run ops -- sync --stack ${session.stackName} --snapshot ${arn}\` exports it`;
  await waitForSnapshot(session, identifier);
  return { ...(await startExport(session, { snapshot: arn, exportAgain })), fresh: identifier };
}

async function work(session: Session, options: SyncOptions, stage: Stage): Promise<boolean> {
  const { stackName, terminal } = session;
  const started = options.resume ? await lastExport(session) : await begin(session, options, stage);
  const { fresh } = started as { fresh?: string };
  const goOn = `\`npm run ops -- status --stack ${stackName}\` shows it, and \`npm run ops -- sync --stack ${stackName} --resume\` goes on`;
  const kept = fresh === undefined || !options.deleteSnapshot ? "" : `, snapshot ${fresh} stays`;
  stage.words = `export ${started.task} goes on in RDS${kept}: ${goOn}`;
  try {
    const ended = await followExport(session, started);
    stage.words = `export ${started.task} is complete, and its loads may be under way${kept}: ${goOn}`;
    return await loadExport(session, started, ended, options.table);
  } finally {
    // Not before the gate has seen whose snapshot it is: of one that is gone it cannot tell.
    if (fresh !== undefined && options.deleteSnapshot && !session.signal.aborted) {
      await deleteSnapshot(session, fresh);
      terminal.print(`snapshot ${fresh}: deleted`);
    }
  }
}

/**
 * Exports now, has the export loaded, follows all of it, and says what the loads came to.
 * @returns true if every table is whole
 * @throws OperatorError, FunctionError or RangeError: `operatorsWords` has the sentence
 */
export async function sync(session: Session, options: SyncOptions): Promise<boolean> {
  const { signal, terminal } = session;
  checkOptions(session, options);
  await checkTables(session, options.table);
  if (!options.resume) {
    terminal.print(await planOf(session, options));
    if (options.dryRun) return true;
    if (!(await agreed(terminal, options.yes, "Nothing was started"))) return false;
  }
  const stage: Stage = { words: "nothing was started" };
  try {
    return await work(session, options, stage);
  } catch (error) {
    if (signal.aborted) terminal.print(`Interrupted: ${stage.words}.`);
    throw error;
  }
}
