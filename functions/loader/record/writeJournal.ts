import { type ColumnsOfExport, exportColumnsKey } from "../../../contract/exportColumns";
import {
  type FollowedLoads,
  followedLoadsFolder,
  slotOfFollowedLoads,
} from "../../../contract/followedLoads";
import {
  dayOfSlot,
  type JournalColumn,
  type JournalLoad,
  type UnwrittenDays,
  unwrittenDaysKey,
} from "../../../contract/journal";
import type { FollowMessage } from "../../../contract/loadMessage";
import { type OpenedExport, openedExportKey } from "../../../contract/openedExport";
import type { Slot } from "../../../contract/slot";
import { FunctionError } from "../../errors";
import { logFailure } from "../../log";
import { tell } from "../../reports/tell";
import type { Loading } from "../loading";
import { readRecord } from "../readRecord";
import { notJournaledReport } from "../tell/notJournaled";
import { readFollowed } from "./followedLoads";
import { columnRows, loadRows } from "./journalRows";

type Writing = Loading<FollowMessage>;

/** Milliseconds that must remain for one more day; with less, it is left to the next copy. */
const RESERVE = 60_000;

/** Slots of a day whose loads are written down. */
async function slotsOf({ environment, ports }: Writing, day: string): Promise<Slot[]> {
  const start = `${followedLoadsFolder(environment.taskPrefix)}${day.replaceAll("-", "")}`;
  const slots: Slot[] = [];
  for await (const page of ports.objects.listObjects(start)) {
    slots.push(...page.flatMap(({ key }) => slotOfFollowedLoads(environment.taskPrefix, key) ?? []));
  }
  return slots;
}

/** Replaces what the journal says of a day by what the records say of it. */
async function writeDay(writing: Writing, day: string, ended: FollowedLoads): Promise<void> {
  const { environment, ports } = writing;
  const { taskPrefix } = environment;
  const loads: JournalLoad[] = [];
  // Of the day's newest export alone: those of 2,000 tables are a hundred megabytes in memory.
  let columns: JournalColumn[] = [];
  const slots = new Set(await slotsOf(writing, day));
  if (dayOfSlot(ended.slot) === day) slots.add(ended.slot);
  for (const slot of [...slots].sort()) {
    const followed = slot === ended.slot ? ended : await readFollowed(ports.objects, taskPrefix, slot);
    if (followed?.done === undefined) continue;
    const opened = await readRecord<OpenedExport>(ports.objects, openedExportKey(taskPrefix, slot));
    loads.push(...loadRows(followed, opened));
    const known = await readRecord<ColumnsOfExport>(ports.objects, exportColumnsKey(taskPrefix, slot));
    if (known !== undefined && opened !== undefined) columns = columnRows(known, opened);
  }
  // Of what nobody has kept nothing is wiped.
  if (loads.length > 0) await ports.journal.replaceDay("loads", day, loads);
  if (columns.length > 0) await ports.journal.replaceDay("columns", day, columns);
}

/**
 * Writes the day of a slot whose loads have ended into the journal, and the days before that could not be written. What
 * fails is told and left to the next copy: it stands in the records, and no load waits for it.
 * @throws NotToldError if people could not be told
 */
export async function writeJournal(writing: Writing, ended: FollowedLoads): Promise<void> {
  const { environment, invocation, ports } = writing;
  const { taskPrefix } = environment;
  const key = unwrittenDaysKey(taskPrefix);
  const before = (await readRecord<UnwrittenDays>(ports.objects, key))?.days ?? [];
  const left: string[] = [];
  let failure: FunctionError | undefined;
  for (const day of [...new Set([dayOfSlot(ended.slot), ...before])]) {
    try {
      if (invocation.remainingMilliseconds() < RESERVE) left.push(day);
      else await writeDay(writing, day, ended);
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      left.push(day);
      failure = error;
    }
  }
  if (left.length > 0 || before.length > 0) {
    await ports.objects.replace(key, JSON.stringify({ days: left.sort() } satisfies UnwrittenDays));
  }
  if (failure === undefined) return;
  logFailure(ports.log, failure);
  await tell(writing, notJournaledReport(environment, ended.slot, left, failure.message), ended.slot);
}
