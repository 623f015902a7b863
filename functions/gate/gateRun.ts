import { databaseFolders, type ExportFolders, type OpenExport } from "../../contract/completedExports";
import { reportFolder } from "../../contract/reportRecords";
import { expiresFrom } from "../../contract/retention";
import { isSlot, type Slot } from "../../contract/slot";
import {
  ownerOfSnapshot,
  type SnapshotOwner,
  snapshotArnStart,
  snapshotName,
} from "../../contract/snapshots";
import { type Audit, isTrouble } from "./audit";
import type { GateEnvironment } from "./environment";
import { fitsPolicy } from "./opening";
import type { CompletedExports, GateInvocation, GatePorts } from "./ports";
import type { ReportContext } from "./reports";
import { clusterPlaceOf, isExpiring, isOwnTask, type KnownTask, slotOf, taskOf } from "./stack";

/** What an invocation returns. */
export interface GateResult {
  /**
   * What was done: `opened` an export, `audited` one that the gate cannot open, held one back (`heldBack`,
   * `tooLate`), reported that it `failed`, was `canceled`, is `late` or `absent`, started its loads (`loading`) or left
   * them to their time (`early`), left it as it is (`unchanged`, `superseded`), or `refused` an event that is not about
   * this stack. Where it failed, and tries again or people know: that the export is `unreadable` or `notLoaded`.
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
    | "early"
    | "unchanged"
    | "superseded"
    | "refused"
    | "unreadable"
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
  /** Whose the snapshots are that were looked up, by their ARNs. */
  readonly owners: Map<string, SnapshotOwner>;
}

export const COMPLETE = "COMPLETE";
export const ACTIVE = "Active";
export const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

/** Slots whose export was reported as complete, in no order. */
async function completedSlots({ environment, ports }: Gate): Promise<Set<Slot>> {
  const folder = `${reportFolder(environment.taskPrefix)}/`;
  const slots = new Set<Slot>();
  for await (const keys of ports.objects.listKeys(folder)) {
    for (const key of keys) {
      const [slot = "", name] = key.slice(folder.length).split("/");
      if (name === "completed.json" && isSlot(slot)) slots.add(slot);
    }
  }
  return slots;
}

/** Every export of this stack that was reported as complete, as far as its records are kept. */
async function completedTasks(gate: Gate): Promise<KnownTask[]> {
  const slots = await completedSlots(gate);
  if (slots.size === 0) return [];
  return (await ownTasks(gate)).filter((task) => slots.has(slotOf(gate.environment, task)));
}

/** All tasks under this stack's name, in no order. */
export async function ownTasks({ environment, ports }: Gate): Promise<KnownTask[]> {
  return (await ports.tasks.listAll()).filter((task): task is KnownTask => isOwnTask(environment, task));
}

/** Whose snapshot a task exports: what RDS says of it. */
export async function ownerOf({ environment, ports, owners }: Gate, task: KnownTask): Promise<SnapshotOwner> {
  const { SourceArn: arn = "" } = task;
  const place = clusterPlaceOf(environment);
  const isSnapshot = arn.startsWith(snapshotArnStart(place));
  const owner =
    owners.get(arn) ??
    ownerOfSnapshot(place, arn, isSnapshot ? await ports.tasks.findSnapshot(snapshotName(arn)) : undefined);
  owners.set(arn, owner);
  return owner;
}

/** The task of a slot, if it is under this stack's name, and not of another cluster. */
export async function ownTask(gate: Gate, slot: Slot): Promise<KnownTask | undefined> {
  const { environment, ports } = gate;
  const task = await ports.tasks.findTask(taskOf(environment, slot));
  if (task === undefined || !isOwnTask(environment, task)) return undefined;
  return (await ownerOf(gate, task)) === "other" ? undefined : task;
}

/** True if one export shows Aurora later than another: by its snapshot, and for the same one by its start. */
export function isNewer(one: KnownTask, other: KnownTask): boolean {
  const [snapshot, otherSnapshot] = [one.SnapshotTime?.getTime(), other.SnapshotTime?.getTime()];
  if (snapshot !== undefined && otherSnapshot !== undefined && snapshot !== otherSnapshot) {
    return snapshot > otherSnapshot;
  }
  const [start, otherStart] = [one.TaskStartTime, other.TaskStartTime];
  return start !== undefined && otherStart !== undefined && start > otherStart;
}

/** True if a newer export is complete: its rows must not give way to older ones. */
export async function isSuperseded(gate: Gate, task: KnownTask): Promise<boolean> {
  const others = await completedTasks(gate);
  return others.some(
    (other) => other.ExportTaskIdentifier !== task.ExportTaskIdentifier && isNewer(other, task),
  );
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

/** Why an export is loaded no more, in words, or undefined if S3 keeps all of it until its loads are through. */
export function expiryFault({ environment, ports }: Gate, task: KnownTask): string | undefined {
  const { retentionDays = 0 } = environment;
  if (!isExpiring(environment, task, ports.now())) return undefined;
  const { ExportTaskIdentifier: id, TaskStartTime: start = task.SnapshotTime ?? ports.now() } = task;
  return (
    `The files of export "${id}" are kept for ${retentionDays} days: from ${expiresFrom(start, retentionDays).toISOString()} on S3 ` +
    "deletes them, one by one, and what is left would pass for a whole table, or for an empty one. Export again."
  );
}
