import type { ColumnsOfExport } from "../../../contract/exportColumns";
import type { FollowedLoads } from "../../../contract/followedLoads";
import { dayOfSlot, type JournalColumn, type JournalLoad } from "../../../contract/journal";
import type { OpenedExport } from "../../../contract/openedExport";
import { excerpt } from "../../excerpt";
import { nameOf } from "../start/loads";

/** What the journal says of the loads of a slot that have ended; where its export is not written down any more, less. */
export function loadRows(loads: FollowedLoads, opened: OpenedExport | undefined): JournalLoad[] {
  const { slot } = loads;
  const lastGoods = new Map(opened?.tables.map((it) => [nameOf(it), it.lastGood]));
  return loads.tables.map((table) => {
    const lastGood = lastGoods.get(nameOf(table));
    // Where nobody counts rows, the audit has seen how large the files are.
    const audited = lastGood?.slot === slot ? lastGood.bytes : undefined;
    return {
      day: dayOfSlot(slot),
      slot,
      dataset_id: table.dataset,
      table_id: table.destination,
      outcome: table.outcome ?? "unfinished",
      // Google's words of a failure can hold a value of a row: the report has them, which is read by fewer, and not for years.
      cause: table.outcome === "failed" ? excerpt(table.cause ?? "") : table.cause,
      ended: loads.done ?? loads.from,
      snapshot_time: opened?.snapshotTime,
      export_started: opened?.startTime,
      export_ended: opened?.endTime,
      files: table.files,
      bytes: table.bytes ?? audited,
      exported_rows: table.exportedRows,
      loaded_rows: table.rows,
      loaded_columns: table.columns,
      run: table.run,
      run_state: table.state,
      run_started: table.started,
      run_ended: table.ended,
      job_id: table.job?.id,
      job_files: table.job?.files,
      job_bytes: table.job?.bytes,
      job_rows: table.job?.rows,
      bad_records: table.job?.badRecords,
    };
  });
}

/** What the journal says of the columns of an export, table by table as it was opened. */
export function columnRows({ slot, tables }: ColumnsOfExport, opened: OpenedExport): JournalColumn[] {
  const columns = new Map(Object.entries(tables));
  return opened.tables.flatMap(({ dataset, destination, folder }) =>
    (columns.get(folder) ?? []).map(({ name, sourceType, exportedType }, index) => ({
      day: dayOfSlot(slot),
      slot,
      dataset_id: dataset,
      table_id: destination,
      position: index + 1,
      column_name: name,
      source_type: sourceType,
      exported_type: exportedType,
    })),
  );
}
