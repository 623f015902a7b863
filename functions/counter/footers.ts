import { parquetMetadataAsync } from "hyparquet";
import { FunctionError } from "../errors";
import type { TableFile, TableFiles } from "./ports";

/** Bytes of a file's end that are fetched at first: most footers are in them. */
const FIRST_FETCH = 64 * 1024;
/** Largest footer that is read into memory, in bytes: the length that a broken file states may be anything. */
const LARGEST_FOOTER = 16 * 1024 * 1024;
/** The format's mark at both ends, and the length of the footer between them. Source: Apache Parquet, "File format". */
const SMALLEST_FILE = 12;

/**
 * Rows of a Parquet file, as its footer states them: one request, or two for a large footer.
 * @throws FunctionError NoParquetError for a file without such a footer, and what `read` throws
 */
export async function rowsInFooter({ key, bytes }: TableFile, read: TableFiles["read"]): Promise<number> {
  const slice = async (start: number, end = bytes) => {
    if (end - start > LARGEST_FOOTER) throw noParquet(key);
    return new Uint8Array(await read(key, start, end)).buffer;
  };
  if (bytes < SMALLEST_FILE) throw noParquet(key);
  let rows: number;
  try {
    const options = { initialFetchSize: FIRST_FETCH, geoparquet: false };
    rows = Number((await parquetMetadataAsync({ byteLength: bytes, slice }, options)).num_rows);
  } catch (error) {
    // The library's own words are left out: they may quote what the file holds.
    throw error instanceof FunctionError ? error : noParquet(key);
  }
  if (!Number.isSafeInteger(rows) || rows < 0) throw noParquet(key);
  return rows;
}

function noParquet(key: string): FunctionError {
  return new FunctionError(
    "NoParquetError",
    `${key} in the export bucket does not end as a Parquet file does, so the rows of its table cannot be counted. RDS ` +
      "writes whole files: look at what lies there, and at who else writes to the bucket.",
  );
}
