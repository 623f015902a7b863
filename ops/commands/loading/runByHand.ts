import { FILES_VISIBLE_MINUTES } from "../../../contract/environment";
import { nameOf, type OpenedExport, type OpenedTable } from "../../../contract/openedExport";
import {
  endAtLast,
  endByRun,
  endByTable,
  endOfEmpty,
  endWithoutRun,
  type LoadedFrom,
  runOf,
} from "../../../functions/loader/follow/endOfLoad";
import { LandingTables } from "../../../functions/loader/google/landingTables";
import { TransferRuns } from "../../../functions/loader/google/transferRuns";
import type { Session } from "../../session/session";
import { runTimeOf } from "./exports";
import { type LoadedTable, tablesCount } from "./loadedTables";
import { tableOf } from "./tables";

/** Milliseconds between two looks at runs. */
const LOOK_EVERY = 30_000;
const MINUTE = 60_000;

/** A table whose run somebody waits for. */
interface AwaitedTable {
  readonly table: OpenedTable;
  readonly transfer: string;
  /** Names of the runs that were there before: the awaited one is none of them. */
  readonly before: ReadonlySet<string>;
}

/** What a table's load has come to; undefined while it goes on. */
async function lookAt(
  runs: TransferRuns,
  landingTables: LandingTables,
  { table, transfer, before }: AwaitedTable,
  facts: LoadedFrom,
): Promise<LoadedTable | undefined> {
  const { dataset, destination, files } = table;
  const all = await runs.listRuns(transfer);
  const run = runOf(
    all.filter(({ name }) => !before.has(name)),
    facts,
  );
  if (run === undefined) {
    const end = endWithoutRun(facts);
    return end && { dataset, destination, ...end };
  }
  if (["PENDING", "RUNNING"].includes(run.state)) {
    const end = endAtLast(`its run is ${run.state}`, facts);
    return end && { dataset, destination, ...end };
  }
  const ended = endByRun(all, run, facts, false);
  if (ended !== undefined) return { dataset, destination, ...ended };
  const landed = await landingTables.describeTable(dataset, destination);
  return { dataset, destination, rows: landed.rows, ...endByTable(run, landed, undefined, files) };
}

/**
 * Runs the transfers of an open export's tables, and follows their runs: what a person does where the stack has no loader.
 * Nobody counts the rows of the files here: `count` does.
 * @param names `prod_shop.users` each; none for all
 * @param ended when RDS had finished the export
 */
export async function runByHand(
  session: Session,
  { slot, tables: opened }: OpenedExport,
  names: readonly string[],
  ended: Date,
): Promise<LoadedTable[]> {
  const { clock, google, stack, terminal } = session;
  const [runs, landingTables] = [new TransferRuns(google), new LandingTables(google)];
  const asked = opened.filter((it) => names.length === 0 || names.includes(nameOf(it)));
  const transfers = new Map((await runs.list()).map((it) => [tableOf(it), it]));
  const results: LoadedTable[] = [];
  const toStart: Omit<AwaitedTable, "before">[] = [];
  for (const table of asked) {
    const { dataset, destination } = table;
    const transfer = transfers.get(nameOf(table));
    if (table.files === 0) {
      const landed = await landingTables.describeTable(dataset, destination);
      results.push({ dataset, destination, rows: landed.rows, ...endOfEmpty(landed) });
    } else if (transfer === undefined || transfer.disabled) {
      const cause =
        transfer === undefined ? "it has no transfer: deploy the stack" : "its transfer is disabled";
      results.push({ dataset, destination, outcome: "noRun", cause });
    } else {
      toStart.push({ table, transfer: transfer.name });
    }
  }
  const visible = new Date(ended.getTime() + FILES_VISIBLE_MINUTES * MINUTE);
  const progress = terminal.follow(`loads: ${tablesCount(toStart.length)} to start`);
  const early = visible.getTime() - clock.now().getTime();
  if (early > 0) {
    progress.update("loads: they begin in some minutes, when the files of the export can be seen");
    await clock.wait(early);
  }
  const since = clock.now();
  const runTime = runTimeOf(stack, slot);
  const waiting: AwaitedTable[] = [];
  for (const { table, transfer } of toStart) {
    const before = new Set((await runs.listRuns(transfer)).map(({ name }) => name));
    await runs.startRun(transfer, runTime);
    waiting.push({ table, transfer, before });
  }
  const total = asked.length;
  while (waiting.length > 0) {
    progress.update(
      `loads: ${total - waiting.length} of ${tablesCount(total)} ended`,
      (100 * (total - waiting.length)) / total,
    );
    await clock.wait(LOOK_EVERY);
    for (const awaited of [...waiting]) {
      const facts = { runTime, visible, since, files: awaited.table.files, now: clock.now() };
      const end = await lookAt(runs, landingTables, awaited, facts);
      if (end === undefined) continue;
      results.push(end);
      waiting.splice(waiting.indexOf(awaited), 1);
    }
  }
  progress.done(`loads: ${total} of ${tablesCount(total)} ended`);
  return results.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}
