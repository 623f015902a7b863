import { COPY_EVENT_VERSION, type CopiedTable, type CopyEvent } from "../../../contract/copyEvent";
import type { FollowedLoads, FollowedTable } from "../../../contract/followedLoads";
import type { OpenedExport } from "../../../contract/openedExport";
import { nameOf } from "../start/loads";
import { isWhole } from "./followed";

function copied(table: FollowedTable): CopiedTable {
  const { outcome = "unfinished", cause, rows } = table;
  return {
    table: nameOf(table),
    outcome,
    ...(cause !== undefined && { cause }),
    ...(rows !== undefined && { rows }),
  };
}

/** The event of loads that have ended. */
export function copyEventOf(
  stack: string,
  { snapshotTime }: Pick<OpenedExport, "snapshotTime">,
  loads: FollowedLoads,
  ended: Date,
): CopyEvent {
  return {
    version: COPY_EVENT_VERSION,
    stack,
    slot: loads.slot,
    outcome: isWhole(loads) ? "whole" : "notWhole",
    ...(snapshotTime !== undefined && { snapshotTime }),
    ended: ended.toISOString(),
    tables: loads.tables.map(copied),
  };
}
