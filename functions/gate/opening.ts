import {
  COMPLETED_EXPORTS_MAX_LENGTH,
  completedExportsPolicy,
  type ExportFolders,
  type OpenExport,
  openExports,
} from "../../contract/completedExports";
import { AwsCallError } from "./errors";
import type { CompletedExports } from "./ports";

/** Exports that the reader may read beside the one that is being opened. */
const OTHERS = 1;
/** Times that the policy is written, if another invocation writes it at the same time. */
const ATTEMPTS = 3;

/** The export to be opened and the newest of those that are open. */
function withOthers(opening: OpenExport, open: readonly OpenExport[]): OpenExport[] {
  const others = open
    .filter(({ slot }) => slot !== opening.slot)
    .sort((a, b) => (a.slot < b.slot ? 1 : -1))
    .slice(0, OTHERS);
  return [opening, ...others];
}

/**
 * Names that a policy can hold as they are: it takes no characters beyond Latin-1, and wildcards and variables in it
 * mean something else. Source: IAM API Reference, "PutUserPolicy"; IAM User Guide, "IAM JSON policy elements".
 */
const CLOSABLE = /^(?:(?!\$\{)[ -~])*$/;
const WILDCARD = /[*?]/;

/** True if the closed folders of an export can be named in the policy, and leave room in it. */
export function fitsPolicy(place: ExportFolders, opening: OpenExport): boolean {
  const closable = opening.closedFolders.every((it) => CLOSABLE.test(it) && !WILDCARD.test(it));
  return (
    closable &&
    JSON.stringify(completedExportsPolicy(place, [opening])).length <= COMPLETED_EXPORTS_MAX_LENGTH
  );
}

/** What to write: the others' closed folders count too, and an export that no longer fits is closed again. */
function policyFor(place: ExportFolders, opening: OpenExport, open: readonly OpenExport[]) {
  const policy = completedExportsPolicy(place, withOthers(opening, open));
  const fits = JSON.stringify(policy).length <= COMPLETED_EXPORTS_MAX_LENGTH;
  return fits ? policy : completedExportsPolicy(place, [opening]);
}

/**
 * Opens an export to the reader, and closes all but the newest other one.
 * @throws AwsCallError if the policy does not hold it in the end
 */
export async function openExport(
  place: ExportFolders,
  opening: OpenExport,
  completedExports: CompletedExports,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const open = openExports(place, await completedExports.read());
    await completedExports.write(policyFor(place, opening, open));
    // Another invocation may have written its own between the two.
    if (openExports(place, await completedExports.read()).some(({ slot }) => slot === opening.slot)) return;
  }
  throw new AwsCallError(
    `The reader's policy does not hold export ${place.prefix}-${opening.slot}, though it was written ${ATTEMPTS} ` +
      "times: something else writes it, or IAM is slow today. Nothing is lost; the gate's clock tries again.",
    true,
  );
}
