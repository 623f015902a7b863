import type { FollowedLoads, FollowedTable } from "../../../contract/followedLoads";
import type { FollowMessage } from "../../../contract/loadMessage";
import type { OpenedExport } from "../../../contract/openedExport";
import type { Slot } from "../../../contract/slot";
import { FunctionError } from "../../errors";
import { readOpenedExport } from "../../reports/openedExports";
import { type Counts, countRows } from "../compare/countRows";
import { withJobs } from "../compare/loadJobs";
import { type GivenBack, giveBack, sendOn } from "../giveBack";
import { keepFollowed, readFollowed } from "../record/followedLoads";
import { logLoads } from "../record/logLoads";
import { writeJournal } from "../record/writeJournal";
import { nameOf, ownConfigs } from "../start/loads";
import { startViewMaker } from "../start/viewMaker";
import { copyEventOf } from "../tell/copyEvent";
import { notFollowedReport, tellEnd } from "../tell/followed";
import { endByJob, FOLLOWED_HOURS } from "./endOfLoad";
import { type Following, type Look, lookAt } from "./lookAt";
import { beginToFollow, unfinished } from "./progress";

/** What became of a look. */
export type FollowOutcome =
  /** Its runs are still to begin. */
  | { readonly kind: "waiting"; readonly from: Date }
  /** Not all of its runs have ended: another look comes. */
  | { readonly kind: "following"; readonly left: number }
  /** Other messages follow the same slot: this one does not go on. */
  | { readonly kind: "joined" }
  /** The last run has ended, and people know what they have to. */
  | { readonly kind: "followed"; readonly loads: FollowedLoads }
  /** It could not be looked at. */
  | ({ readonly kind: "notFollowed" } & GivenBack);

const HOUR = 3_600_000;
/** Milliseconds that must remain for one more table; with less, the next look goes on. */
const RESERVE = 60_000;
const SHOWN_FAULTS = 20;

/** The loads that a message is about; undefined if other messages follow them, or have done. */
async function loadsOf(following: Following, opened: OpenedExport): Promise<FollowedLoads | undefined> {
  const { environment, ports, message } = following;
  const before = await readFollowed(ports.objects, environment.taskPrefix, message.follow);
  const since = before === undefined ? Number.NaN : Date.parse(message.from) - Date.parse(before.from);
  // Loads that were started later are followed by messages of their own; those of one start come once for each look.
  if (since < 0 || (since === 0 && lookOf(message) <= (before?.looks ?? 0))) return undefined;
  return since === 0 ? before : beginToFollow(message, opened.tables, before);
}

function lookOf({ look = 1 }: FollowMessage): number {
  return look;
}

/** What a look has seen. */
interface Seen {
  readonly loads: FollowedLoads;
  /** The last table that it came to. */
  readonly after?: string;
  readonly faults: readonly string[];
}

/** Looks at the tables whose end is not known, as far as the time goes. */
async function lookAtAll(
  following: Following,
  opened: OpenedExport,
  loads: FollowedLoads,
  counts: Counts | undefined,
): Promise<Seen> {
  const { invocation, message, ports } = following;
  const own = ownConfigs(following, await ports.transfers.list());
  const it: Look = { following, opened, loads, own, counts };
  const looked: FollowedTable[] = [];
  const faults: string[] = [];
  let after: string | undefined;
  for (const table of unfinished(loads, message)) {
    if (invocation.remainingMilliseconds() < RESERVE) break;
    after = nameOf(table);
    try {
      looked.push(await lookAt(it, table));
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      faults.push(`${after}: ${error.message}`);
    }
  }
  const compared = (await withJobs(following, looked)).map(endByJob);
  const seen = new Map(compared.map((table) => [nameOf(table), table]));
  const tables = loads.tables.map((table) => seen.get(nameOf(table)) ?? table);
  return { loads: { ...loads, tables }, after, faults };
}

/** Why not all tables could be looked at, and which was the last. */
interface Failure {
  readonly error: Error;
  readonly after?: string;
}

/** Follows the loads one look on. */
async function followOn(
  following: Following,
): Promise<Exclude<FollowOutcome, { kind: "notFollowed" }> | Failure> {
  const { environment, message, ports } = following;
  const { follow: slot } = message;
  const { taskPrefix } = environment;
  const { attempt: _, ...next } = { ...message, look: lookOf(message) + 1 };
  const opened = await readOpenedExport(ports.objects, taskPrefix, slot);
  if (opened === undefined) {
    throw new FunctionError("NoExportError", `What was opened of slot ${slot} is not written down any more.`);
  }
  const counts = await countRows(following, opened);
  if (ports.now() < new Date(message.from)) {
    await sendOn(following, next);
    return { kind: "waiting", from: new Date(message.from) };
  }
  const loads = await loadsOf(following, opened);
  if (loads === undefined) return { kind: "joined" };
  const seen = await lookAtAll(following, opened, loads, counts);
  const left = unfinished(seen.loads, message).length;
  if (seen.faults.length > 0) {
    await keepFollowed(ports.objects, taskPrefix, seen.loads);
    return { error: notSeen(slot, seen, left), after: seen.after };
  }
  if (left > 0) {
    // Sent before it is written down: a second message does no harm, and none would end it.
    await sendOn(following, { ...next, after: seen.after });
    await keepFollowed(ports.objects, taskPrefix, { ...seen.loads, looks: lookOf(message) });
    return { kind: "following", left };
  }
  await tellEnd(following, seen.loads);
  await ports.copies.publish(copyEventOf(taskPrefix, opened, seen.loads, ports.now()));
  const done = { ...seen.loads, looks: lookOf(message), done: ports.now().toISOString() };
  logLoads(ports.log, done, opened);
  await writeJournal(following, done);
  // After the journal, by whose columns it makes the views.
  await startViewMaker(following);
  await keepFollowed(ports.objects, taskPrefix, done);
  return { kind: "followed", loads: done };
}

function notSeen(slot: Slot, { faults }: Seen, left: number): FunctionError {
  const shown = faults.slice(0, SHOWN_FAULTS);
  const others = faults.length - shown.length;
  return new FunctionError(
    "LoadsNotFollowedError",
    [
      `Of ${left} tables of slot ${slot} whose loads have not ended, ${faults.length} could not be looked at:`,
      ...shown.map((it) => `- ${it}`),
      ...(others > 0 ? [`- … and ${others} more`] : []),
    ].join("\n"),
  );
}

/**
 * Looks at the runs of a slot, and has another look follow until the last run has ended: by a message to the queue, whose
 * delay is the time between two looks. Then people are told what is not whole.
 * @throws what kept it from sending that message, or, when the time is over, from telling people
 */
export async function followLoads(following: Following): Promise<FollowOutcome> {
  const { environment, message, ports } = following;
  const outcome = await followOn(following).catch((error: unknown): Failure => {
    if (!(error instanceof Error)) throw error;
    return { error, after: message.after };
  });
  if (!("error" in outcome)) return outcome;
  const { error, after } = outcome;
  const hours = (ports.now().getTime() - Date.parse(message.from)) / HOUR;
  // One look more than the tables get, so that what they came to is told.
  const isLast = hours > FOLLOWED_HOURS + 1;
  const report = notFollowedReport(environment, message.follow, error.message);
  const attempt = (message.attempt ?? 1) + 1;
  const given = await giveBack(following, {
    error,
    again: isLast ? undefined : { ...message, attempt, ...(after !== undefined && { after }) },
    report,
    slot: message.follow,
    name: `${report.kind}-${message.from.replace(/\D/g, "")}`,
  });
  return { kind: "notFollowed", ...given };
}
