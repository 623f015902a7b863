import { databaseFolders, type ExportFolders, type OpenExport } from "../../contract/completedExports";
import { reportFolder } from "../../contract/reportRecords";
import { isSlot, type Slot } from "../../contract/slot";
import { type Audit, isTrouble } from "./audit";
import type { GateEnvironment } from "./environment";
import { fitsPolicy } from "./opening";
import type { CompletedExports, GateInvocation, GatePorts } from "./ports";
import type { ReportContext } from "./reports";
import { isOwnTask, type KnownTask, slotOf, taskOf } from "./stack";

/** What an invocation returns. */
export interface GateResult {
  /**
   * What was done: `opened` an export, `audited` one that the gate cannot open, held one back (`heldBack`,
   * `tooLate`), reported that it `failed`, was `canceled`, is `late` or `absent`, started its loads (`loading`),
   * left it as it is (`unchanged`, `superseded`), or `refused` an event that is not about this stack. Where it failed
   * again for a cause that people know: that the export is `unreadable`, `notOpened` or `notLoaded`.
   */
  readonly outcome:
    | "opened"
    | "audited"
    | "heldBack"
    | "tooLate"
    | "failed"
    | "canceled"
    | "late"
    | "absent"
    | "loading"
    | "unchanged"
    | "superseded"
    | "refused"
    | "unreadable"
    | "notOpened"
    | "notLoaded";
  readonly slot?: Slot;
  /** The same in a sentence, with what to do next where a person asked. */
  readonly summary: string;
}

/** One invocation, with what is known from its beginning. */
export interface Gate {
  readonly environment: GateEnvironment;
  readonly invocation: GateInvocation;
  readonly ports: GatePorts;
  readonly context: ReportContext;
  readonly place: ExportFolders;
}

export const COMPLETE = "COMPLETE";
export const ACTIVE = "Active";
/** Completed exports that are looked at for a newer one. */
const NEWEST_COMPLETED = 5;
export const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

/** Slots whose export was reported as complete, newest first. */
async function completedSlots({ environment, ports }: Gate): Promise<Slot[]> {
  const folder = `${reportFolder(environment.taskPrefix)}/`;
  const slots: Slot[] = [];
  for await (const keys of ports.objects.listKeys(folder)) {
    for (const key of keys) {
      const [slot = "", name] = key.slice(folder.length).split("/");
      if (name === "completed.json" && isSlot(slot)) slots.push(slot);
    }
  }
  return slots.sort().reverse();
}

/** The task of a slot, if it is this stack's. */
export async function ownTask({ environment, ports }: Gate, slot: Slot): Promise<KnownTask | undefined> {
  const task = await ports.tasks.findTask(taskOf(environment, slot));
  return task !== undefined && isOwnTask(environment, task) ? task : undefined;
}

/** True if one export shows Aurora later than another: by its snapshot, and for the same one by its start. */
function isNewer(one: KnownTask, other: KnownTask): boolean {
  const [snapshot, otherSnapshot] = [one.SnapshotTime?.getTime(), other.SnapshotTime?.getTime()];
  if (snapshot !== undefined && otherSnapshot !== undefined && snapshot !== otherSnapshot) {
    return snapshot > otherSnapshot;
  }
  const [start, otherStart] = [one.TaskStartTime, other.TaskStartTime];
  return start !== undefined && otherStart !== undefined && start > otherStart;
}

/** True if a newer export is complete: its rows must not give way to older ones. */
export async function isSuperseded(gate: Gate, task: KnownTask): Promise<boolean> {
  const own = slotOf(gate.environment, task);
  const others = (await completedSlots(gate)).filter((slot) => slot !== own).slice(0, NEWEST_COMPLETED);
  for (const slot of others) {
    const other = await ownTask(gate, slot);
    if (other !== undefined && isNewer(other, task)) return true;
  }
  return false;
}

/** Age of the newest export that was completed and audited. */
export async function newestAge(gate: Gate): Promise<number | undefined> {
  for (const slot of (await completedSlots(gate)).slice(0, 1)) {
    const taken = (await ownTask(gate, slot))?.SnapshotTime;
    if (taken !== undefined) return (gate.ports.now().getTime() - taken.getTime()) / SECOND;
  }
  return undefined;
}

/** Status of the access key that the transfers carry, undefined if it is gone; the key's age is measured by the way. */
export async function keyStatus(
  { ports }: Gate,
  completedExports: CompletedExports,
): Promise<string | undefined> {
  const key = await completedExports.accessKey();
  if (key?.createdAt !== undefined) {
    ports.metrics.put({ readerKeyAgeDays: (ports.now().getTime() - key.createdAt.getTime()) / DAY });
  }
  return key?.status;
}

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
