import { sqlPath, sqlText } from "./googleSql";
import { JOURNAL_PARTITION } from "./journal";

/**
 * The newest row of each table in the journal's `loads`, of the days from one on: one query, however many tables there
 * are, which reads these days' partitions alone. Instants are milliseconds since 1970. Google's own engine runs it in
 * test/googlesql, the rehearsal's on DuckDB.
 * @param from local date, `2025-02-04`
 * @throws RangeError for a name that BigQuery takes nowhere
 */
export function lastLoadsQuery(project: string, journalDataset: string, from: string): string {
  return [
    "SELECT slot, dataset_id, table_id, outcome, cause, UNIX_MILLIS(ended) AS ended, UNIX_MILLIS(run_ended) AS run_ended, loaded_rows, loaded_columns",
    `FROM ${sqlPath(project, journalDataset, "loads")}`,
    `WHERE ${JOURNAL_PARTITION} >= DATE ${sqlText(from)}`,
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY dataset_id, table_id ORDER BY ended DESC, slot DESC) = 1",
  ].join("\n");
}
