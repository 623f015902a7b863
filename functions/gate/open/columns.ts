import { exportColumnsFolder, exportColumnsKey } from "../../../contract/exportColumns";
import type { Slot } from "../../../contract/slot";
import { FunctionError } from "../../errors";
import { isObject } from "../../payload";
import type { ExportObjects } from "../../ports";
import { type Changes, compareWithEarlier, type EarlierColumns } from "../audit/changes";
import type { AuditPlace, GuardedAudit } from "../audit/shrinkGuard";

/** A record; undefined for one that is none, or that nobody could read at another attempt either. */
async function readRecord(objects: ExportObjects, key: string): Promise<EarlierColumns | undefined> {
  try {
    const record: unknown = JSON.parse((await objects.read(key)) ?? "");
    return isObject(record) ? (record as EarlierColumns) : undefined;
  } catch (error) {
    if (error instanceof FunctionError && error.retryHelps) throw error;
    return undefined;
  }
}

/** Records of some slots, in their order, each read when it is asked for; those that cannot be understood are left out. */
async function* readRecords(
  objects: ExportObjects,
  prefix: string,
  slots: readonly Slot[],
): AsyncIterable<EarlierColumns> {
  const keys = new Set<string>();
  // S3 says of a key that is not there that it may not be read.
  for await (const page of objects.listObjects(exportColumnsFolder(prefix))) {
    for (const { key } of page) keys.add(key);
  }
  for (const key of slots.map((slot) => exportColumnsKey(prefix, slot)).filter((it) => keys.has(it))) {
    const record = await readRecord(objects, key);
    if (record !== undefined) yield record;
  }
}

/** Compares the columns of an export with those before; nothing is written. */
export function compareColumns(
  { environment, ports }: AuditPlace,
  slot: Slot,
  audited: GuardedAudit,
): ReturnType<typeof compareWithEarlier> {
  const { taskPrefix, tables } = environment;
  return compareWithEarlier(slot, tables, audited, readRecords(ports.objects, taskPrefix, audited.earlier));
}

/**
 * Writes down the columns of an export that was opened.
 * @returns what has changed since the exports before
 */
export async function keepColumns(place: AuditPlace, slot: Slot, audited: GuardedAudit): Promise<Changes> {
  const { changes, record } = await compareColumns(place, slot, audited);
  const key = exportColumnsKey(place.environment.taskPrefix, slot);
  await place.ports.objects.replace(key, JSON.stringify(record));
  return changes;
}
