import {
  type CompletedExportsDocument,
  completedExportsPolicy,
  type ExportFolders,
  type OpenExport,
  type OpenFolders,
  openExports,
  policyInRoom,
} from "../../../contract/completedExports";
import type { Slot } from "../../../contract/slot";
import { FunctionError } from "../../errors";
import type { CompletedExports } from "../ports";

/** Times that the policy is written, if another invocation writes it at the same time. */
const ATTEMPTS = 3;

/**
 * Milliseconds between the looks at a policy that was written: IAM is eventually consistent.
 * Source: IAM User Guide, "Changes that I make are not always immediately visible".
 */
const PAUSES = [0, 1000, 2000, 4000, 8000];

/** Tells of an open export whose load is near or under way, and which must not be closed for another one. */
export type KeepsPlace = (slot: Slot) => Promise<boolean>;

/**
 * Names that a policy can hold as they are: it takes no characters beyond Latin-1, and wildcards and variables in it
 * mean something else. Source: IAM API Reference, "PutUserPolicy"; IAM User Guide, "IAM JSON policy elements".
 */
const CLOSABLE = /^(?:(?!\$\{)[ -~])*$/;
const WILDCARD = /[*?]/;

/** True if the closed folders of an export can be named in the policy, and leave room in it. */
export function fitsPolicy(place: ExportFolders, opening: OpenExport): boolean {
  const closable = opening.closedFolders.every((it) => CLOSABLE.test(it) && !WILDCARD.test(it));
  return closable && policyInRoom(place, [opening]) !== undefined;
}

/** The one export that stays open beside another: one that keeps its place, or else the newest. */
async function otherThan(
  opening: OpenExport,
  open: readonly OpenExport[],
  keepsPlace: KeepsPlace,
): Promise<{ readonly other?: OpenExport; readonly keeps: boolean }> {
  const others = open.filter(({ slot }) => slot !== opening.slot).sort((a, b) => (a.slot < b.slot ? 1 : -1));
  for (const other of others) if (await keepsPlace(other.slot)) return { other, keeps: true };
  return { other: others[0], keeps: false };
}

/**
 * What the policy says with an export opened: it, and the other one with what is closed in that, as far as there is
 * room for both.
 * @returns the slot of the other one where there is not, and it keeps its place
 */
async function policyFor(
  place: ExportFolders,
  opening: OpenExport,
  open: readonly OpenExport[],
  keepsPlace: KeepsPlace,
): Promise<CompletedExportsDocument | Slot> {
  const { other, keeps } = await otherThan(opening, open, keepsPlace);
  const both = policyInRoom(place, other === undefined ? [opening] : [opening, other]);
  if (both !== undefined) return both;
  if (other !== undefined && keeps && !(await keepsPlace(opening.slot))) return other.slot;
  // Nothing has to be closed in it that `fitsPolicy` has not found room for.
  return policyInRoom(place, [opening]) ?? completedExportsPolicy(place, [opening]);
}

/** The slot of the open export that leaves no room for another one, and keeps its place; undefined where there is room. */
export async function inTheWay(
  place: ExportFolders,
  opening: OpenExport,
  completedExports: CompletedExports,
  keepsPlace: KeepsPlace,
): Promise<Slot | undefined> {
  const open = openExports(place, await completedExports.read());
  const policy = await policyFor(place, opening, open, keepsPlace);
  return typeof policy === "string" ? policy : undefined;
}

/** Writes a policy, and looks until IAM no longer shows the one before; returns the exports that are open then. */
async function writePolicy(
  place: ExportFolders,
  before: unknown,
  policy: CompletedExportsDocument,
  completedExports: CompletedExports,
): Promise<readonly OpenExport[]> {
  const [written, old] = [JSON.stringify(policy), JSON.stringify(before)];
  await completedExports.write(policy);
  let seen: unknown;
  for (const pause of PAUSES) {
    if (pause > 0) await completedExports.pause(pause);
    seen = await completedExports.read();
    const text = JSON.stringify(seen);
    if (text === written || text !== old) break;
  }
  return openExports(place, seen);
}

/**
 * Opens an export to the reader, and closes all but one other: one that keeps its place, or else the newest.
 * @returns what is open of it
 * @throws RefusedError if one that keeps its place leaves no room; AwsCallError if the policy does not hold the export
 *   in the end
 */
export async function openExport(
  place: ExportFolders,
  opening: OpenExport,
  completedExports: CompletedExports,
  keepsPlace: KeepsPlace,
): Promise<OpenFolders> {
  const id = `${place.prefix}-${opening.slot}`;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = await completedExports.read();
    const policy = await policyFor(place, opening, openExports(place, before), keepsPlace);
    if (typeof policy === "string") {
      throw new FunctionError("RefusedError", `Export "${id}" is not opened. ${noRoomBeside(place, policy)}`);
    }
    const open = await writePolicy(place, before, policy, completedExports);
    // Another invocation may have written its own between the two.
    const found = open.find(({ slot }) => slot === opening.slot);
    if (found !== undefined) return found.folders;
  }
  throw new FunctionError(
    "AwsCallError",
    `The reader's policy does not hold export ${id}, though it was written ${ATTEMPTS} ` +
      "times: something else writes it, or IAM is slow today. Nothing is lost; the gate's clock tries again.",
    true,
  );
}

/** Why an export waits for another one, and what to do. */
export function noRoomBeside({ prefix }: ExportFolders, slot: Slot): string {
  return (
    `"${prefix}-${slot}", whose load is near or under way, keeps its place, and the reader's policy has no room to ` +
    "close the tables of both that are there in part. Open this one when that load has ended, an hour after it began."
  );
}
