import { databaseFolders, type ExportFolders, type OpenExport } from "../../contract/completedExports";
import type { ExportTimes } from "../../contract/openedExport";
import { expiryText, isExpiring } from "../../contract/retention";
import type { Slot } from "../../contract/slot";
import {
  ownerOfSnapshot,
  type SnapshotOwner,
  snapshotArnStart,
  snapshotName,
} from "../../contract/snapshots";
import type { Invocation } from "../ports";
import { isSuperseded as isSlotSuperseded, writeOpenedExport } from "../reports/openedExports";
import { type Audit, isTrouble } from "./audit";
import type { GateEnvironment } from "./environment";
import { fitsPolicy } from "./opening";
import type { CompletedExports, GatePorts } from "./ports";
import type { ReportContext } from "./reports";
import { clusterPlaceOf, expiryOf, isDue, isOwnTask, type KnownTask, slotOf, taskOf } from "./stack";

/** What an invocation returns. */
export interface GateResult {
  /**
   * What was done: `opened` an export, `audited` one that the gate cannot open, held one back (`heldBack`,
   * `tooLate`), reported that it `failed`, was `canceled`, is `late` or `absent`, had its loads started (`loading`),
   * left it as it is (`unchanged`, `superseded`), or `refused` an event that is not about this stack. Where people know
   * that it cannot be audited: `unreadable`.
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
    | "unreadable";
  readonly slot?: Slot;
  /** The same in a sentence, with what to do next where a person asked. */
  readonly summary: string;
}

/** One invocation, with what is known from its beginning. */
export interface Gate {
  readonly environment: GateEnvironment;
  readonly invocation: Invocation;
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

/** The times of a task, as records of opened exports have them. */
export function timesOf({ SnapshotTime, TaskStartTime }: KnownTask): ExportTimes {
  return { snapshotTime: SnapshotTime?.toISOString(), startTime: TaskStartTime?.toISOString() };
}

/** True if a newer export was opened: its rows must not give way to older ones. */
export async function isSuperseded({ environment, ports }: Gate, task: KnownTask): Promise<boolean> {
  const slot = slotOf(environment, task);
  return isSlotSuperseded(ports.objects, environment.taskPrefix, slot, timesOf(task));
}

/**
 * Writes down what the loader has to know of an export that is open.
 * @param audited undefined where a person has it loaded though nobody can audit it
 */
export async function writeDown(
  { environment, ports }: Pick<Gate, "environment"> & { readonly ports: Pick<GatePorts, "objects"> },
  task: KnownTask,
  audited: Audit | undefined,
): Promise<void> {
  const slot = slotOf(environment, task);
  const tables = environment.tables.tables.filter(({ enabled }) => enabled);
  const found = audited?.tables ?? tables.map((table) => ({ table, state: "whole" as const, files: 1 }));
  await writeOpenedExport(ports.objects, environment.taskPrefix, {
    slot,
    ...timesOf(task),
    endTime: task.TaskEndTime?.toISOString(),
    expires: expiryOf(environment, task)?.toISOString(),
    tables: found.map((it) => ({
      dataset: it.table.dataset,
      destination: it.table.destination,
      good: !isTrouble(it),
      files: it.files,
      due: isDue(environment, it.table, slot),
    })),
  });
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
  const expires = expiryOf(environment, task);
  if (expires === undefined || !isExpiring(expires, ports.now())) return undefined;
  return expiryText(task.ExportTaskIdentifier, expires);
}
