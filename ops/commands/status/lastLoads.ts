import {
  type FollowedLoads,
  type FollowedTable,
  followedLoadsFolder,
  type LoadOutcome,
  slotOfFollowedLoads,
} from "../../../contract/followedLoads";
import { lastLoadsQuery } from "../../../contract/lastLoads";
import type { OpenedExport } from "../../../contract/openedExport";
import { isSlot, type Slot } from "../../../contract/slot";
import { excerpt } from "../../../functions/excerpt";
import { readFollowed } from "../../../functions/loader/record/followedLoads";
import { nameOf } from "../../../functions/loader/start/loads";
import { openedSlots, readOpenedExport } from "../../../functions/reports/openedExports";
import { DAY } from "../../../rehearsal/days/dates";
import { type QueriedRow, rowsOf } from "../../session/queries";
import type { Session } from "../../session/session";
import { localDate } from "./day";

/** The load of a table from one slot, as far as it is known. Instants are ISO 8601 in UTC. */
export interface KnownLoad {
  readonly slot: Slot;
  /** Left out while it is followed. */
  readonly outcome?: LoadOutcome;
  readonly cause?: string;
  readonly ended?: string;
  readonly rows?: number;
  readonly columns?: number;
}

/** Loads by the names of their tables, `prod_shop.users`. */
export type KnownLoads = ReadonlyMap<string, KnownLoad>;

/** The loads of a slot, as the loader follows them. */
export interface SlotLoads {
  readonly slot: Slot;
  /** When they began. */
  readonly from: string;
  /** Left out while somebody follows them. */
  readonly done?: string;
  readonly tables: KnownLoads;
}

/** Slots whose records are read: the day's, and spot runs beside it. */
const NEWEST = 3;
/** Days of the journal that are looked back over: a table that is loaded on one day of the week or month is in them. */
const JOURNAL_LOOK_BACK = 35;

/** What is said of a failure is Google's, and may hold the value of a row. */
function causeOf(outcome: string | undefined, cause: string | undefined): string | undefined {
  return outcome === "failed" && cause !== undefined ? excerpt(cause) : cause;
}

function loadOf(slot: Slot, it: FollowedTable): KnownLoad {
  const cause = causeOf(it.outcome, it.cause);
  return {
    slot,
    ...(it.outcome && { outcome: it.outcome }),
    ...(cause && { cause }),
    ...(it.ended && { ended: it.ended }),
    ...(it.rows !== undefined && { rows: it.rows }),
    ...(it.columns !== undefined && { columns: it.columns }),
  };
}

function slotLoads({ slot, from, done, tables }: FollowedLoads): SlotLoads {
  return {
    slot,
    from,
    ...(done && { done }),
    tables: new Map(tables.map((it) => [nameOf(it), loadOf(slot, it)])),
  };
}

/**
 * The loads of the newest slots by the loader's own records, which it renews while runs are under way; those that began
 * last come first.
 * @throws AwsCallError
 */
export async function readNewestLoads({
  stack: { taskPrefix },
  objects,
}: Pick<Session, "stack" | "objects">): Promise<SlotLoads[]> {
  const slots: Slot[] = [];
  for await (const page of objects.listObjects(followedLoadsFolder(taskPrefix))) {
    slots.push(...page.flatMap(({ key }) => slotOfFollowedLoads(taskPrefix, key) ?? []));
  }
  const newest = slots.sort().slice(-NEWEST);
  const records = await Promise.all(newest.map((slot) => readFollowed(objects, taskPrefix, slot)));
  return records
    .flatMap((it) => (it === undefined ? [] : [slotLoads(it)]))
    .sort((one, other) => (one.from < other.from ? 1 : -1));
}

/**
 * What was opened lately, the newest slots first.
 * @throws AwsCallError
 */
export async function readOpened({
  stack: { taskPrefix },
  objects,
}: Pick<Session, "stack" | "objects">): Promise<OpenedExport[]> {
  const slots = (await openedSlots(objects, taskPrefix)).slice(0, NEWEST);
  const records = await Promise.all(slots.map((slot) => readOpenedExport(objects, taskPrefix, slot)));
  return records.flatMap((it) => it ?? []);
}

function journaled(row: QueriedRow): [string, KnownLoad] | undefined {
  const { slot, dataset_id, table_id, outcome, cause, ended, run_ended, loaded_rows, loaded_columns } = row;
  if (typeof slot !== "string" || !isSlot(slot) || !outcome) return undefined;
  const said = causeOf(outcome, cause ?? undefined);
  const at = run_ended ?? ended;
  return [
    `${dataset_id}.${table_id}`,
    {
      slot,
      outcome: outcome as LoadOutcome,
      ...(said && { cause: said }),
      ...(at && { ended: new Date(Number(at)).toISOString() }),
      ...(loaded_rows && { rows: Number(loaded_rows) }),
      ...(loaded_columns && { columns: Number(loaded_columns) }),
    },
  ];
}

/**
 * The newest load of each table by the journal.
 * @throws GoogleCallError
 */
export async function readJournal(
  { stack, google, clock }: Pick<Session, "stack" | "google" | "clock">,
  journalDataset: string,
): Promise<KnownLoads> {
  const { project, schedule } = stack;
  const from = localDate(new Date(clock.now().getTime() - JOURNAL_LOOK_BACK * DAY), schedule.timeZone);
  const thing = {
    subject: `table ${journalDataset}.loads`,
    permission: `bigquery.jobs.create on project ${project}, and bigquery.tables.getData on dataset ${journalDataset}`,
  };
  const rows = await rowsOf(google, thing, lastLoadsQuery(project, journalDataset, from));
  return new Map(rows.map(journaled).filter((it) => it !== undefined));
}
