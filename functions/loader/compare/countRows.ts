import { type CountedRows, countedRowsKey, type RowsOfExport } from "../../../contract/countedRows";
import { COUNTER_TIMEOUT_SECONDS } from "../../../contract/environment";
import type { QueueMessage } from "../../../contract/loadMessage";
import type { OpenedExport } from "../../../contract/openedExport";
import { FunctionError } from "../../errors";
import type { Loading } from "../loading";
import type { RowCounter } from "../ports";
import { readRecord } from "../readRecord";

/** Counted rows by folders of tables. */
export type Counts = ReadonlyMap<string, CountedRows>;

/** Counters that run at the same time: a new account may run ten functions. */
const AT_ONCE = 4;
/** Milliseconds that must remain for one more part: the counter's time, and a minute for what comes behind it. */
const RESERVE = (COUNTER_TIMEOUT_SECONDS + 60) * 1000;
/** Times that a table is asked for again whose rows could not be counted. */
const MOST_FAILURES = 3;

const NOTHING: CountedRows = { files: 0, rows: 0, bytes: 0, complete: false };

/** True if nothing more is to be learnt of a table's rows. */
export function isCounted(counted: CountedRows | undefined): boolean {
  return counted !== undefined && (counted.complete || (counted.failures ?? 0) >= MOST_FAILURES);
}

async function countOn(
  counter: RowCounter,
  { slot }: OpenedExport,
  folder: string,
  before: CountedRows,
): Promise<CountedRows> {
  try {
    const { files, rows, bytes, left } = await counter.count({ slot, folder, skip: before.files });
    return {
      files: before.files + files,
      rows: before.rows + rows,
      bytes: before.bytes + bytes,
      complete: left === 0,
    };
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    const failures = error.retryHelps ? (before.failures ?? 0) + 1 : MOST_FAILURES;
    return { ...before, failures, cause: error.message };
  }
}

/**
 * Has the rows of an export's files counted, as far as the time goes: a look later it is gone on with.
 * @returns undefined where the stack has no counter
 */
export async function countRows<Message extends QueueMessage>(
  { environment, invocation, message, ports }: Loading<Message>,
  opened: OpenedExport,
): Promise<Counts | undefined> {
  const { counter, objects } = ports;
  if (counter === undefined) return undefined;
  const key = countedRowsKey(environment.taskPrefix, opened.slot);
  const before = Object.entries((await readRecord<RowsOfExport>(objects, key))?.tables ?? {});
  // For a person, who may have removed the cause, what could not be counted is tried anew.
  const isAsked = message.asked !== undefined && "follow" in message && message.look === undefined;
  const counts = new Map(before.filter(([, { failures }]) => failures === undefined || !isAsked));
  // A table that failed in this look has the time until the next.
  const tried = new Set<string>();
  const next = () =>
    opened.tables.find(
      ({ folder, files }) => files > 0 && !tried.has(folder) && !isCounted(counts.get(folder)),
    )?.folder;
  let isChanged = false;
  const work = async () => {
    while (invocation.remainingMilliseconds() > RESERVE) {
      const folder = next();
      if (folder === undefined) return;
      tried.add(folder);
      isChanged = true;
      const counted = await countOn(counter, opened, folder, counts.get(folder) ?? NOTHING);
      counts.set(folder, counted);
      // What a part has left is the next part's.
      if (!counted.complete && counted.failures === undefined) tried.delete(folder);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (isChanged) {
    const record: RowsOfExport = { slot: opened.slot, tables: Object.fromEntries(counts) };
    await objects.replace(key, JSON.stringify(record));
  }
  return counts;
}
