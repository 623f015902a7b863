import type { ExportWish } from "./startExport";

/** What a spot run does. */
export interface SyncOptions extends ExportWish {
  /** True takes a snapshot first. */
  readonly fresh?: boolean;
  /** True deletes that snapshot in the end, whatever became of export and loads. */
  readonly deleteSnapshot?: boolean;
  /** Tables in BigQuery, `prod_shop.users`; none for all. */
  readonly table: readonly string[];
  /** True says what would be done and what it costs, and does nothing. */
  readonly dryRun?: boolean;
  /** Whether it is done without a question. */
  readonly yes: boolean;
  /** True goes on with the newest export, whoever has started it. */
  readonly resume?: boolean;
}
