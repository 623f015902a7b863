import type { LoadOutcome } from "./followedLoads";
import type { Slot } from "./slot";

/** Message of the line that the loader logs for each table when the loads of a slot have ended. */
export const LOAD_ENDED = "Load ended";

/** What that line says, which the dashboard's queries read. */
export interface LoggedLoad {
  readonly slot: Slot;
  /** `prod_shop.users` */
  readonly table: string;
  readonly outcome: LoadOutcome;
  /** Rows in BigQuery, and bytes of the Parquet files. */
  readonly rows?: number;
  readonly bytes?: number;
  /** From the snapshot to the end of the run, rounded. */
  readonly minutes?: number;
}
