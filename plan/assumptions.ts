import type { Plan } from "./plan";
import { bytes } from "./words";

/** What all figures rest on, a sentence each. */
export function assumptions({ size, costs }: Plan): string[] {
  return [
    `A byte of rows on the server's disk becomes ${size.parquetRatio.low} to ${size.parquetRatio.high} bytes of Parquet; \`--parquet-ratio\` sets it.`,
    `A byte of rows becomes ${size.logicalRatio.low} to ${size.logicalRatio.high} logical bytes in BigQuery, and its physical bytes are those of Parquet.`,
    `A snapshot is as large as ${size.snapshotIs} on the disk${size.snapshotBytes === undefined ? ", which the server does not say" : `: ${bytes(size.snapshotBytes)}`}. Aurora's own figure is the one that is billed.`,
    "Rows and sizes are the server's estimates.",
    ...size.exportMinutesFrom,
    `Every table is loaded every day of a month of ${costs.days} days.`,
  ];
}
