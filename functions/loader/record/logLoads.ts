import type { FollowedLoads } from "../../../contract/followedLoads";
import type { JournalLoad } from "../../../contract/journal";
import { LOAD_ENDED, type LoggedLoad } from "../../../contract/loggedLoad";
import type { OpenedExport } from "../../../contract/openedExport";
import type { Log } from "../../log";
import { loadRows } from "./journalRows";

const MINUTE = 60_000;

/** What the log says of a row. */
export function loggedLoad(row: JournalLoad): LoggedLoad {
  const { slot, dataset_id, table_id, outcome, loaded_rows: rows, bytes, snapshot_time, run_ended } = row;
  const taken = Date.parse(run_ended ?? "") - Date.parse(snapshot_time ?? "");
  const minutes = Number.isNaN(taken) ? undefined : Math.round(taken / MINUTE);
  return { slot, table: `${dataset_id}.${table_id}`, outcome, rows, bytes, minutes };
}

/** Logs what became of each table, for the dashboard: also where the journal cannot be written. */
export function logLoads(log: Log, loads: FollowedLoads, opened: OpenedExport): void {
  for (const row of loadRows(loads, opened)) log.info(LOAD_ENDED, { ...loggedLoad(row) });
}
