import {
  type ExportTimes,
  isNewer,
  type OpenedExport,
  openedExportKey,
  openedExportsFolder,
  slotOfOpenedExport,
} from "../../contract/openedExport";
import type { Slot } from "../../contract/slot";
import { FunctionError } from "../errors";
import type { ExportObjects } from "../ports";

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

/** True if an export was opened that is newer: its rows must not give way to older ones. */
export async function isSuperseded(
  objects: ExportObjects,
  prefix: string,
  slot: Slot,
  times: ExportTimes,
): Promise<boolean> {
  const others: Slot[] = [];
  for await (const keys of objects.listKeys(openedExportsFolder(prefix))) {
    others.push(...keys.flatMap((key) => slotOfOpenedExport(prefix, key) ?? []).filter((it) => it !== slot));
  }
  // The newest slot is most often the newest export.
  for (const other of others.sort().reverse()) {
    const opened = await readOpenedExport(objects, prefix, other);
    if (opened !== undefined && isNewer(opened, times)) return true;
  }
  return false;
}
