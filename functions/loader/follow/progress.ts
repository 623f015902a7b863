import type { FollowedLoads, FollowedTable } from "../../../contract/followedLoads";
import type { FollowMessage } from "../../../contract/loadMessage";
import { nameOf, type OpenedTable } from "../../../contract/openedExport";
import { isMeant } from "../start/loads";

/** A table of an export, from which nothing is known yet. */
function begin(
  { dataset, destination, folder, files }: OpenedTable,
  isLoaded: boolean,
  before: FollowedTable | undefined,
  { asked, byClock }: FollowMessage,
): FollowedTable {
  const table = { dataset, destination, folder, files };
  if (!isLoaded) {
    return { ...table, outcome: "heldBack", cause: "the audit of the export has found it in trouble" };
  }
  // A run of its own is expected where a person or the clock starts one.
  if (asked !== undefined || byClock === true) return table;
  if (before?.outcome === "whole") return before;
  return { ...table, ...(before?.failedRun !== undefined && { failedRun: before.failedRun }) };
}

/** What is to be followed from a message on that begins anew, with what is known from before. */
export function beginToFollow(
  message: FollowMessage,
  all: readonly OpenedTable[],
  before: FollowedLoads | undefined,
): FollowedLoads {
  const isLoaded = (it: OpenedTable) => it.good || (message.despiteFindings === true && it.files > 0);
  const known = new Map(before?.tables.map((it) => [nameOf(it), it]));
  for (const table of all.filter((it) => isMeant(message, it))) {
    known.set(nameOf(table), begin(table, isLoaded(table), known.get(nameOf(table)), message));
  }
  const tables = [...known.values()].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const { follow: slot, from, asked } = message;
  const byClock = message.byClock === true;
  // What is asked for by itself once more goes on waiting for the runs that are under way.
  const goesOn = before !== undefined && before.done === undefined && asked === undefined && !byClock;
  return { slot, from, since: goesOn ? before.since : from, byClock, looks: 0, tables };
}

/** The tables whose end is not known yet; first those behind the one that the look before came to last. */
export function unfinished({ tables }: FollowedLoads, { after = "" }: FollowMessage): FollowedTable[] {
  const left = tables.filter(({ outcome }) => outcome === undefined);
  const isBehind = (it: FollowedTable) => nameOf(it) > after;
  return [...left.filter(isBehind), ...left.filter((it) => !isBehind(it))];
}
