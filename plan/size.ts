import type { CatalogTable } from "../rehearsal/servers/catalog";
import { GIGABYTE } from "./prices";
import { add, map, NOTHING, type Range } from "./range";

/** Bytes of Parquet for a byte of rows on the server's disk: an assumption, until an export has shown it. */
export const PARQUET_RATIO: Range = { low: 0.2, high: 0.6 };

/** BigQuery's logical bytes for a byte of rows on the server's disk: an assumption. Small numbers grow to 8 bytes, pages lose their free space. */
export const LOGICAL_RATIO: Range = { low: 0.7, high: 1.3 };

/** Bytes of a Parquet file that RDS writes. Source: Aurora User Guide, "Overview of exporting snapshot data". */
const FILE_BYTES: Range = { low: 2 ** 20, high: 10 * 2 ** 20 };

/** Minutes until RDS has restored a copy. Source: the same page, and three public reports. */
const STARTING_MINUTES: Range = { low: 10, high: 15 };
/** GB an hour. Source: AWS's own agent toolkit, "exporting-rds-to-s3", 2026-08. */
const GIGABYTES_AN_HOUR: Range = { low: 10, high: 20 };
const MINUTES_OF_HOUR = 60;

/** Where the minutes come from, and what contradicts them. */
export const DURATION_SOURCES: readonly string[] = [
  "10 to 15 minutes until RDS has restored a copy: Aurora User Guide, and public reports.",
  "10 to 20 GB an hour: AWS's agent toolkit (exporting-rds-to-s3), which nobody has confirmed; 1 TB in 30 minutes has been reported as well, and, with partitions, 1 TB in a day.",
];

/** Rows and large values of a table on the disk, by the server's estimate; of a partitioned one, of all its partitions. */
export function dataBytesOf(
  { dataBytes }: CatalogTable,
  partitions: readonly CatalogTable[],
): number | undefined {
  const ofPartitions = partitions.flatMap((it) => it.dataBytes ?? []);
  if (ofPartitions.length === 0) return dataBytes;
  // A server may say it of the parent as well.
  return Math.max(
    dataBytes ?? 0,
    ofPartitions.reduce((sum, it) => sum + it, 0),
  );
}

/** The same of its rows. */
export function rowsOf({ rows }: CatalogTable, partitions: readonly CatalogTable[]): number | undefined {
  const ofPartitions = partitions.flatMap((it) => it.rows ?? []);
  if (ofPartitions.length === 0) return rows;
  return Math.max(
    rows ?? 0,
    ofPartitions.reduce((sum, it) => sum + it, 0),
  );
}

/** Bytes of the Parquet files of so many bytes on the disk. */
export function parquetBytes(dataBytes: number, ratio: Range): Range {
  return { low: dataBytes * ratio.low, high: dataBytes * ratio.high };
}

/** Files that RDS writes of tables, one of each at least. */
export function filesOf(tables: readonly Range[]): Range {
  return add(
    NOTHING,
    ...tables.map(({ low, high }) => ({
      low: Math.max(1, Math.ceil(low / FILE_BYTES.high)),
      high: Math.max(1, Math.ceil(high / FILE_BYTES.low)),
    })),
  );
}

/** Minutes of an export that extracts so many bytes of rows. */
export function exportMinutes(dataBytes: number): Range {
  const gigabytes = dataBytes / GIGABYTE;
  const extraction = {
    low: (gigabytes / GIGABYTES_AN_HOUR.high) * MINUTES_OF_HOUR,
    high: (gigabytes / GIGABYTES_AN_HOUR.low) * MINUTES_OF_HOUR,
  };
  return map(add(STARTING_MINUTES, extraction), Math.round);
}
