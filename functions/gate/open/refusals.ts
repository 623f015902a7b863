import { databaseFolders, type OpenExport } from "../../../contract/completedExports";
import { expiryText, isExpiring } from "../../../contract/retention";
import type { Slot } from "../../../contract/slot";
import { type Audit, isTrouble } from "../audit/audit";
import type { GateEnvironment } from "../environment";
import type { Gate } from "../gate";
import type { KnownTask } from "../tasks";
import { expiryOf } from "../times";
import { fitsPolicy } from "./readerPolicy";

/** What is to be open of an export: the databases that the stack loads, but for folders of tables that are not whole. */
export function openingOf(
  { tables: { tables } }: GateEnvironment,
  slot: Slot,
  closedFolders: readonly string[],
): OpenExport {
  return { slot, folders: databaseFolders(tables.map(({ database }) => database)), closedFolders };
}

/** Why an export is held back as a whole, in words, or undefined if it can be opened but for some tables. */
export function holdsBack(
  { environment, place, context }: Gate,
  slot: Slot,
  audited: Audit,
): string | undefined {
  const troubles = audited.tables.filter(isTrouble);
  if (environment.onIncompleteExport === "block" && troubles.length > 0) {
    return "The stack's `onIncompleteExport` is `block`.";
  }
  const closedFolders = audited.partialFolders;
  return !context.guarded || fitsPolicy(place, openingOf(environment, slot, closedFolders))
    ? undefined
    : `Tables of it are there in part (${closedFolders.length}), and a policy cannot close them one by one: they are ` +
        "too many, or their names hold characters that a policy does not take.";
}

/** Why an export is loaded no more, in words, or undefined if S3 keeps all of it until its loads are through. */
export function expiryFault({ environment, ports }: Gate, task: KnownTask): string | undefined {
  const expires = expiryOf(environment, task);
  if (expires === undefined || !isExpiring(expires, ports.now())) return undefined;
  return expiryText(task.ExportTaskIdentifier, expires);
}
