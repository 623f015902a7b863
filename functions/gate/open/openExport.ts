import { openExports, opensAll } from "../../../contract/completedExports";
import { LOAD_DELAY_SECONDS } from "../../../contract/environment";
import type { Slot } from "../../../contract/slot";
import { reported } from "../../reports/records";
import type { Audit } from "../audit/audit";
import { auditWithGuard } from "../audit/shrinkGuard";
import { type Gate, SECOND } from "../gate";
import type { CompletedExports } from "../ports";
import { ownTask } from "../tasks";
import { awaitedSlot, isDailySlot, loadFedBy, RUNS_TAKE } from "../times";
import { isSuperseded } from "./openedExport";
import type { KeepsPlace } from "./readerPolicy";
import { inTheWay, noRoomBeside, openExport } from "./readerPolicy";
import { openingOf } from "./refusals";

const MINUTE = 60 * SECOND;

/** True if the reader may read what the stack loads of an export; undefined where the gate does not know the reader. */
export async function isOpen({ environment, place, ports }: Gate, slot: Slot): Promise<boolean | undefined> {
  if (ports.completedExports === undefined) return undefined;
  const open = openExports(place, await ports.completedExports.read());
  const { folders } = openingOf(environment, slot, []);
  return open.some((it) => it.slot === slot && opensAll(it, folders));
}

/** The day's export keeps its place until its load can be thought to have ended. */
function keepsPlaceIn(gate: Gate): KeepsPlace {
  const { environment, ports } = gate;
  return async (slot) => {
    if (!isDailySlot(environment, slot) || slot !== awaitedSlot(environment, ports.now())) return false;
    const task = await ownTask(gate, slot);
    const end = task?.TaskEndTime?.getTime();
    const load =
      (task && loadFedBy(environment, task)?.getTime()) ?? (end && end + LOAD_DELAY_SECONDS * SECOND);
    return load !== undefined && ports.now().getTime() < load + RUNS_TAKE * MINUTE;
  };
}

/** Why an export cannot be opened beside the day's one for now, in words, or undefined if it can. */
export async function waitsForRoom(gate: Gate, slot: Slot, audited: Audit): Promise<string | undefined> {
  const { completedExports } = gate.ports;
  if (completedExports === undefined) return undefined;
  const opening = openingOf(gate.environment, slot, audited.partialFolders);
  const daily = await inTheWay(gate.place, opening, completedExports, keepsPlaceIn(gate));
  return daily && noRoomBeside(gate.place, daily);
}

/** The time for opening has passed while other calls were made. */
class TimeHasPassed extends Error {
  override readonly name = "TimeHasPassed";
}

/**
 * Opens an export to the reader, but for folders of tables that are not whole.
 * @param isTime looked at again right before each write, because what comes before it may take minutes
 * @returns false if it was not time any more, so that nothing was opened
 * @throws RefusedError if the day's export leaves no room; AwsCallError
 */
export async function open(
  gate: Gate,
  slot: Slot,
  audited: Audit | undefined,
  isTime: () => boolean,
): Promise<boolean> {
  if (gate.ports.completedExports === undefined) return true;
  try {
    await openOne(gate, slot, audited, isTime);
  } catch (error) {
    if (error instanceof TimeHasPassed) return false;
    throw error;
  }
  await openDailyAgain(gate, slot);
  return true;
}

async function openOne(
  gate: Gate,
  slot: Slot,
  audited: Audit | undefined,
  isTime: () => boolean = () => true,
): Promise<void> {
  const { environment, place, ports } = gate;
  const { completedExports } = ports;
  if (completedExports === undefined) return;
  const closedFolders = audited?.partialFolders ?? [];
  const opening = openingOf(environment, slot, closedFolders);
  const inTime: CompletedExports = {
    ...completedExports,
    write: async (document) => {
      if (!isTime()) throw new TimeHasPassed();
      await completedExports.write(document);
    },
  };
  const folders = await openExport(place, opening, inTime, keepsPlaceIn(gate));
  ports.log.info("Export opened", { slot, folders, closedFolders });
  if (folders.length < opening.folders.length) {
    ports.log.warn(
      "The export is open whole, whatever lies in it: the reader's policy has no room for the name of each database",
    );
  }
}

/**
 * Opens the day's export again where this opening has closed it behind the back of the invocation that had opened it:
 * two that read the policy at the same time write over one another.
 */
async function openDailyAgain(gate: Gate, opened: Slot): Promise<void> {
  const { environment, ports } = gate;
  const daily = awaitedSlot(environment, ports.now());
  if (daily === opened || !(await keepsPlaceIn(gate)(daily)) || (await isOpen(gate, daily)) !== false) return;
  if (!(await reported(ports.objects, environment.taskPrefix, daily)).has("completed")) return;
  const task = await ownTask(gate, daily);
  if (task === undefined || (await isSuperseded(gate, task))) return;
  await openOne(gate, daily, await auditWithGuard(gate, task));
}
