import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import type { LoadOutcome } from "../../../contract/followedLoads";
import type { OpenedExport } from "../../../contract/openedExport";
import type { Slot } from "../../../contract/slot";
import { FOLLOWED_HOURS } from "../../../functions/loader/follow/endOfLoad";
import { nameOf } from "../../../functions/loader/start/loads";
import type { Session } from "../../session/session";
import { type Day, dayAt } from "./day";
import {
  type KnownLoad,
  type KnownLoads,
  readJournal,
  readNewestLoads,
  readOpened,
  type SlotLoads,
} from "./lastLoads";
import { isUnread, type Part, readPart } from "./part";
import { isScheduledOn, type LookedAt, lookAtRuns, readTransfers, type StackTransfer } from "./transfers";

/**
 * How a table stands: what its last load came to, or `loaded` where a run has succeeded that nobody has followed and
 * compared; `loading`; `stale` (not of the day's export, though that was due); `never` loaded; `paused` by the stack
 * file; `off`: somebody has switched its transfer off; `gone`: its transfer is.
 */
export type TableState = LoadOutcome | "loaded" | "loading" | "stale" | "never" | "paused" | "off" | "gone";

/** A table in BigQuery. */
export interface TableStatus {
  /** `prod_shop.users` */
  readonly table: string;
  readonly state: TableState;
  /** True if it is as an export had it, and of the newest one that is due. */
  readonly whole: boolean;
  /** True if somebody has to do something. */
  readonly trouble: boolean;
  /** Slot of the load that this is said of. */
  readonly slot?: Slot;
  /** When that load ended, ISO 8601 in UTC. */
  readonly ended?: string;
  /** In BigQuery, behind that load. */
  readonly rows?: number;
  readonly columns?: number;
  /** Why it is not whole, in a sentence's end. */
  readonly cause?: string;
}

/** The tables that the stack loads. */
export interface TablesStatus {
  /** Slot that the tables should show, or are about to; left out where nothing is due. */
  readonly slot?: Slot;
  readonly tables: readonly TableStatus[];
  /** True if the day's loads are over by BigQuery's word, and the stack's loader has followed none of them. */
  readonly notFollowed: boolean;
  /** What could not be read beside the tables, in a sentence each. */
  readonly gaps: readonly string[];
}

const MINUTE = 60_000;
/** Minutes after a load by the clock from which on its loader should have looked. */
const LOADER_LOOKS = 20;
/** Hours after which nobody follows a record any more that has no end. */
const GIVEN_UP_HOURS = FOLLOWED_HOURS + 1;

/** What is known when a table is judged. */
interface Known {
  readonly now: Date;
  readonly day?: Day;
  /** Slot that is to be loaded. */
  readonly slot?: Slot;
  readonly isDue: boolean;
  readonly loads: readonly SlotLoads[];
  readonly opened: readonly OpenedExport[];
  readonly journal: KnownLoads;
}

function openedTable({ opened }: Known, table: string, slot?: Slot) {
  const record = slot === undefined ? opened[0] : opened.find((it) => it.slot === slot);
  return record && { found: record.tables.find((it) => nameOf(it) === table) };
}

/** True for a table that should show the slot by now. */
function isExpected(known: Known, { table, config }: StackTransfer): boolean {
  const { isDue, day, slot } = known;
  if (!isDue || day === undefined || slot === undefined) return false;
  const opened = openedTable(known, table, slot);
  if (opened !== undefined) return opened.found?.due === true;
  if (openedTable(known, table)?.found === undefined && config?.disabled) return false;
  return config?.schedule === undefined || isScheduledOn(config.schedule, day.due);
}

/** True for a load that shows the day's export, or a later one. */
function isOfToday({ day, slot, opened }: Known, load: KnownLoad): boolean {
  if (slot === undefined || load.slot >= slot) return true;
  // A spot run can take an earlier hour that is free.
  const { startTime } = opened.find((it) => it.slot === load.slot) ?? {};
  return day !== undefined && startTime !== undefined && new Date(startTime) >= day.exportAt;
}

/** The load that says how a table is now. */
function currentLoad({ loads, journal }: Known, table: string): KnownLoad | undefined {
  const known = loads
    .flatMap((it) => it.tables.get(table) ?? [])
    .filter(({ outcome }) => outcome !== undefined);
  return known.find(({ outcome }) => outcome !== "replaced") ?? known[0] ?? journal.get(table);
}

/** The slot's loads in which a table is under way; undefined where it is not. */
function underWay({ loads }: Known, table: string): SlotLoads | undefined {
  return loads.find((it) => it.tables.get(table)?.outcome === undefined && it.tables.has(table) && !it.done);
}

function withLoad(
  table: string,
  state: TableState,
  { outcome: _outcome, ...load }: KnownLoad,
  more: Partial<TableStatus> = {},
): TableStatus {
  const whole = state === "whole" || state === "loaded";
  return { table, state, whole, trouble: !whole, ...load, ...more };
}

/** A table that does not show the day's export. */
function notOfToday(
  known: Known,
  { table, config }: StackTransfer,
  load: KnownLoad | undefined,
): TableStatus {
  const { slot = "" } = known;
  if (config?.disabled) {
    const cause = "its transfer is switched off";
    return {
      ...(load && withLoad(table, "off", load)),
      table,
      state: "off",
      whole: false,
      trouble: true,
      cause,
    };
  }
  if (load === undefined) {
    return {
      table,
      state: "never",
      whole: false,
      trouble: true,
      cause: `nothing of slot ${slot} was loaded`,
    };
  }
  const cause = `it still shows slot ${load.slot}, nothing of ${slot} was loaded`;
  return withLoad(table, "stale", load, { cause });
}

/** What a transfer's state alone says, where runs are too many to be looked at. */
function byState({ config }: StackTransfer, slot: Slot, byClock: boolean): LookedAt | undefined {
  if (config?.state === "RUNNING" || config?.state === "PENDING") return { slot, isUnderWay: true };
  // Where loads are started by hand or by the loader, its newest run may be of the day before.
  if (!byClock) return undefined;
  if (config?.state === "FAILED") return { slot, outcome: "failed", cause: "its last run failed" };
  return config?.state === "SUCCEEDED" ? { slot, outcome: "whole" } : undefined;
}

/** True if a table's own runs have to be looked at: nobody has followed what is due. */
function isUnfollowed(known: Known, it: StackTransfer): boolean {
  const load = currentLoad(known, it.table);
  return (
    it.config !== undefined &&
    !it.config.disabled &&
    isExpected(known, it) &&
    underWay(known, it.table) === undefined &&
    (load === undefined || !isOfToday(known, load))
  );
}

function judge(known: Known, it: StackTransfer, looked: LookedAt | undefined): TableStatus {
  const { table, config } = it;
  const load = currentLoad(known, table);
  if (config === undefined) {
    const cause = "there is no transfer of it any more";
    return { ...load, table, state: "gone", whole: false, trouble: true, cause };
  }
  const loading = underWay(known, table);
  if (loading !== undefined) {
    const isGivenUp = known.now.getTime() - Date.parse(loading.from) > GIVEN_UP_HOURS * 60 * MINUTE;
    const cause = isGivenUp ? "nobody follows its load any more" : undefined;
    return {
      table,
      state: "loading",
      whole: false,
      trouble: isGivenUp,
      slot: loading.slot,
      ...(cause && { cause }),
    };
  }
  const expected = isExpected(known, it);
  if (load?.outcome !== undefined && (!expected || isOfToday(known, load))) {
    const isPaused = config.disabled && openedTable(known, table)?.found === undefined;
    return withLoad(table, isPaused ? "paused" : load.outcome, load, isPaused ? { trouble: false } : {});
  }
  if (!expected) {
    return { table, state: config.disabled ? "paused" : "never", whole: false, trouble: false };
  }
  if (looked?.isUnderWay) return { table, state: "loading", whole: false, trouble: false, slot: looked.slot };
  if (looked?.outcome !== undefined) {
    return withLoad(table, looked.outcome === "whole" ? "loaded" : looked.outcome, looked);
  }
  return notOfToday(known, it, load);
}

/** The transfers, or where Google does not list them, the tables of which something else is known. */
function transfersOrTables(
  transfers: Part<StackTransfer[]>,
  { loads, journal }: Pick<Known, "loads" | "journal">,
): StackTransfer[] {
  if (!isUnread(transfers)) return transfers;
  const names = new Set([...loads.flatMap((it) => [...it.tables.keys()]), ...journal.keys()]);
  return [...names].sort().map((table) => {
    const [dataset = "", destination = ""] = table.split(".");
    // Of the transfer itself nobody knows anything: that it is there is the least that can be thought.
    const config = { name: "", displayName: "", datasetId: dataset, disabled: false, params: {} };
    return { table, dataset, destination, config };
  });
}

/**
 * Every table of the stack: by the loader's records of the newest slots, by the journal for what was loaded before, and by
 * the transfers themselves. A few calls, however many tables there are; what cannot be read is said.
 * @throws only what is no fault of a call
 */
export async function readTables(
  session: Pick<Session, "stack" | "google" | "objects" | "clock">,
): Promise<TablesStatus> {
  const { schedule, federation, journalDataset } = session.stack;
  const now = session.clock.now();
  const [transfers, loads, opened, journal] = await Promise.all([
    readPart(() => readTransfers(session)),
    readPart(() => (federation ? readNewestLoads(session) : Promise.resolve([]))),
    readPart(() => readOpened(session)),
    readPart(() =>
      journalDataset === undefined
        ? Promise.resolve<ReadonlyMap<string, KnownLoad>>(new Map())
        : readJournal(session, journalDataset),
    ),
  ] as const);
  const gaps = [transfers, loads, opened, journal].flatMap((it) => (isUnread(it) ? [it.unread] : []));
  const day = dayAt(now, schedule);
  const records = isUnread(opened) ? [] : opened;
  const slot = day?.slot ?? records[0]?.slot;
  const known: Known = {
    now,
    ...(day && { day }),
    ...(slot && { slot }),
    isDue: day !== undefined && now >= day.due,
    loads: isUnread(loads) ? [] : loads,
    opened: records,
    journal: isUnread(journal) ? new Map() : journal,
  };
  const all = transfersOrTables(transfers, known);
  const unfollowed = isUnread(transfers) ? [] : all.filter((it) => isUnfollowed(known, it));
  const inExport = records.find((it) => it.slot === slot)?.tables ?? [];
  const empty = new Set(inExport.filter(({ good, files }) => good && files === 0).map(nameOf));
  const looked = await readPart(async () => ({
    runs: slot === undefined ? new Map() : await lookAtRuns(session, unfollowed, slot, empty),
  }));
  if (isUnread(looked)) gaps.push(looked.unread);
  const runs: Map<string, LookedAt | undefined> = isUnread(looked) ? new Map() : looked.runs;
  const byClock = schedule.load !== ON_EXPORT_COMPLETE;
  const isOver = new Set(unfollowed.map((it) => it.table));
  const seenOf = (it: StackTransfer) => {
    if (runs.has(it.table)) return runs.get(it.table);
    return slot !== undefined && isOver.has(it.table) ? byState(it, slot, byClock) : undefined;
  };
  const tables = all.map((it) => judge(known, it, seenOf(it)));
  const isLate = day !== undefined && now.getTime() > day.due.getTime() + LOADER_LOOKS * MINUTE;
  return {
    ...(slot && { slot }),
    tables: tables.sort((one, other) => (one.table < other.table ? -1 : 1)),
    notFollowed: federation && isLate && tables.some(({ state }) => state === "loaded"),
    gaps: [...new Set(gaps)],
  };
}
