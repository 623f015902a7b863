import type { Slot } from "./slot";

/** What the loader asks the counter: the rows of one table of an export. */
export interface RowCountRequest {
  readonly slot: Slot;
  /** The table's folder in the export, as `tableFolder` gives it: `shop/shop.users`. */
  readonly folder: string;
  /** Files that earlier parts have counted. @default 0 */
  readonly skip?: number;
}

/**
 * What the counter answers: numbers alone. Whoever asks adds the parts up, and asks again with the files so far for
 * `skip` until none is left; a part that leaves some has counted at least one.
 */
export interface RowCount {
  /** Parquet files counted in this part. */
  readonly files: number;
  /** Their rows. */
  readonly rows: number;
  /** Their size. */
  readonly bytes: number;
  /** Files behind them that were not counted, because the time was over; 0 if this part was the last. */
  readonly left: number;
}
