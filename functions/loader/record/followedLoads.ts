import { type FollowedLoads, followedLoadsKey } from "../../../contract/followedLoads";
import type { Slot } from "../../../contract/slot";
import type { ExportObjects } from "../../ports";
import { readRecord } from "../readRecord";

/** What was kept of a slot's loads; undefined where nobody has followed them, or nobody can read it: they begin anew. */
export function readFollowed(
  objects: ExportObjects,
  prefix: string,
  slot: Slot,
): Promise<FollowedLoads | undefined> {
  return readRecord<FollowedLoads>(objects, followedLoadsKey(prefix, slot));
}

export async function keepFollowed(
  objects: ExportObjects,
  prefix: string,
  followed: FollowedLoads,
): Promise<void> {
  await objects.replace(followedLoadsKey(prefix, followed.slot), JSON.stringify(followed));
}
