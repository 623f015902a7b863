import {
  type ExportTimes,
  isNewer,
  type OpenedExport,
  openedExportKey,
  openedExportsFolder,
  slotOfOpenedExport,
} from "../../contract/openedExport";
import type { Slot } from "../../contract/slot";
import { FunctionError, isFault } from "../errors";
import type { ExportObjects } from "../ports";

/** Slots that are looked back over: a table that is in no record of these is a new one. */
const LOOK_BACK = 14;

/** What was written down of an export when it was opened; undefined of one that was not, or whose record has expired. */
export async function readOpenedExport(
  objects: ExportObjects,
  prefix: string,
  slot: Slot,
): Promise<OpenedExport | undefined> {
  const key = openedExportKey(prefix, slot);
  const text = await objects.read(key);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as OpenedExport;
  } catch {
    throw new FunctionError(
      "NoExportError",
      `${key} in the export bucket is no JSON: what was opened of slot ${slot} is not known, so nothing is loaded. Have ` +
        `the gate open it again: {"slot": "${slot}"}.`,
    );
  }
}

/** Writes down what was opened, over what was opened of the same slot before. */
export async function writeOpenedExport(
  objects: ExportObjects,
  prefix: string,
  opened: OpenedExport,
): Promise<void> {
  await objects.replace(openedExportKey(prefix, opened.slot), JSON.stringify(opened));
}

/** Slots of all opened exports, the newest first: it is most often the newest export. */
export async function openedSlots(
  objects: Pick<ExportObjects, "listObjects">,
  prefix: string,
): Promise<Slot[]> {
  const slots: Slot[] = [];
  for await (const page of objects.listObjects(openedExportsFolder(prefix))) {
    slots.push(...page.flatMap(({ key }) => slotOfOpenedExport(prefix, key) ?? []));
  }
  return slots.sort().reverse();
}

/** True if an export was opened that is newer: its rows must not give way to older ones. */
export async function isSuperseded(
  objects: ExportObjects,
  prefix: string,
  slot: Slot,
  times: ExportTimes,
): Promise<boolean> {
  for (const other of await openedSlots(objects, prefix)) {
    const opened = other === slot ? undefined : await readOpenedExport(objects, prefix, other);
    if (opened !== undefined && isNewer(opened, times)) return true;
  }
  return false;
}

/** What was written down of an export, and of those that show Aurora earlier than it, the latest of them first. */
export interface OpenedUntil {
  /** Undefined before it is opened. */
  readonly own?: OpenedExport;
  readonly earlier: readonly OpenedExport[];
}

/** What was opened of a slot, and before it in a few other slots; what cannot be understood is left out. */
export async function openedUntil(
  objects: ExportObjects,
  prefix: string,
  slot: Slot,
  times: ExportTimes,
): Promise<OpenedUntil> {
  const slots = await openedSlots(objects, prefix);
  const read = async (it: Slot) => {
    try {
      return await readOpenedExport(objects, prefix, it);
    } catch (error) {
      if (isFault(error, "NoExportError")) return undefined;
      throw error;
    }
  };
  const earlier: OpenedExport[] = [];
  for (const other of slots.filter((it) => it !== slot).slice(0, LOOK_BACK)) {
    const opened = await read(other);
    if (opened !== undefined && isNewer(times, opened)) earlier.push(opened);
  }
  // S3 says of a key that is not there that it may not be read.
  const own = slots.includes(slot) ? await read(slot) : undefined;
  return { own, earlier: earlier.sort((a, b) => Number(isNewer(b, a)) - Number(isNewer(a, b))) };
}
