import { LOAD_DELAY_SECONDS } from "../../../contract/environment";
import type { FollowedLoads, FollowedTable } from "../../../contract/followedLoads";
import { nameOf } from "../../../contract/openedExport";
import type { Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { FOLLOWED_HOURS, RUN_BEGINS_MINUTES } from "../../../functions/loader/follow/endOfLoad";
import { readFollowed } from "../../../functions/loader/record/followedLoads";
import { reported } from "../../../functions/reports/records";
import type { ReportKind } from "../../../functions/reports/report";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { runTimeOf } from "./exports";
import { tablesCount } from "./loadedTables";

/** Milliseconds between two looks. */
export const LOOK_EVERY = 30_000;
const MINUTE = 60_000;
/** By how much this machine's clock may be ahead of Lambda's. */
const CLOCKS_DIFFER = MINUTE;
const NOT_LOADED: ReportKind = "notLoaded";

/** Loads that somebody waits for. */
export interface AwaitedLoads {
  readonly slot: Slot;
  /** From when on they can have begun: what the loader follows from before is an earlier load of the slot. */
  readonly since: Date;
  /** `prod_shop.users` each; none for all. */
  readonly tables: readonly string[];
}

/** The tables of a record that somebody waits for. */
function awaited({ tables }: FollowedLoads, names: readonly string[]): FollowedTable[] {
  return tables.filter((it) => names.length === 0 || names.includes(nameOf(it)));
}

/** The record of these loads; undefined while there is none, or that of an earlier load of the slot. */
async function recordOf({ stack, objects }: Session, { slot, since, tables }: AwaitedLoads) {
  const loads = await readFollowed(objects, stack.taskPrefix, slot);
  if (loads === undefined || Date.parse(loads.from) < since.getTime() - CLOCKS_DIFFER) return undefined;
  // Somebody else may have asked for other tables at the same time.
  return awaited(loads, tables).length < tables.length ? undefined : loads;
}

/** @throws OperatorError where the loader has told people that it could not start the loads */
async function checkStarted(session: Session, slot: Slot, before: ReadonlySet<string>): Promise<void> {
  const { stack, objects } = session;
  const told = await reported(objects, stack.taskPrefix, slot);
  if (![...told].some((name) => name.startsWith(NOT_LOADED) && !before.has(name))) return;
  throw new OperatorError(
    `The loads of ${taskId(stack.taskPrefix, slot)} could not be started: topic ${stack.reportTopicArn} has told why, and the log ` +
      `/aws/lambda/${stack.loaderFunctionName} says it; when the cause is gone, run \`npm run ops -- reload --stack ` +
      `${session.stackName} --slot ${slot}\`.`,
  );
}

function progressOf(loads: FollowedLoads, tables: readonly FollowedTable[]) {
  const ended = tables.filter(({ outcome }) => outcome !== undefined).length;
  return {
    message: `loads: ${ended} of ${tablesCount(tables.length)} ended`,
    percent: (100 * ended) / Math.max(1, tables.length),
    isOver: loads.done !== undefined,
  };
}

/** Names of what was told of a slot before its loads were asked for. */
export function toldBefore({ stack, objects }: Session, slot: Slot): Promise<Set<string>> {
  return reported(objects, stack.taskPrefix, slot);
}

/**
 * Follows loads by what the loader writes down of them, every five minutes, until the last has ended.
 * @param told what people had been told of the slot before the loads were asked for
 * @throws OperatorError where they do not begin or end in time, or could not be started
 */
export async function followLoader(
  session: Session,
  loads: AwaitedLoads,
  told: ReadonlySet<string>,
): Promise<FollowedTable[]> {
  const { clock, stack, stackName, terminal } = session;
  const { slot, since, tables } = loads;
  const from = Math.max(since.getTime(), runTimeOf(stack, slot).getTime()) + LOAD_DELAY_SECONDS * 1000;
  // A look later than the loader's own last one.
  const deadlines = {
    begin: from + (RUN_BEGINS_MINUTES + LOAD_DELAY_SECONDS / 60) * MINUTE,
    end: from + (FOLLOWED_HOURS + 1) * 60 * MINUTE,
  };
  const progress = terminal.follow(
    "loads: they begin in some minutes, when the files of the export can be seen",
  );
  for (;;) {
    const record = await recordOf(session, loads);
    if (record !== undefined) {
      const known = awaited(record, tables);
      const { message, percent, isOver } = progressOf(record, known);
      if (isOver) {
        progress.done(message);
        return known;
      }
      progress.update(message, percent);
    } else {
      await checkStarted(session, slot, told);
    }
    const now = clock.now().getTime();
    const isLate = now > (record === undefined ? deadlines.begin : deadlines.end);
    if (isLate) {
      throw new OperatorError(
        `The loads of ${taskId(stack.taskPrefix, slot)} have not ${record === undefined ? "begun" : "ended"} in time, and nobody follows them ` +
          `any more: look into the log /aws/lambda/${stack.loaderFunctionName} and the dead letters of the load queue, then run ` +
          `\`npm run ops -- reload --stack ${stackName} --slot ${slot}\`.`,
      );
    }
    await clock.wait(LOOK_EVERY);
  }
}
