import type { DuckDBConnection } from "@duckdb/node-api";
import { identifier, pathList, query, type Row } from "../databases/duckDb";
import { checkColumnNames } from "./columnNames";
import { type DecimalTargetType, decimalTarget } from "./decimalTypes";
import { BigQueryError } from "./errors";
import { type BigQueryType, typeOfParquet } from "./parquetTypes";

/** DuckDB's NUMERIC: the same 38 digits, 9 of them behind the point. */
const NUMERIC = "DECIMAL(38,9)";

/** DuckDB has no decimal of BIGNUMERIC's 76 digits; a value wider than this cannot be rehearsed. */
const MAX_PRECISION = 38;

/** A column as BigQuery takes it from the files. */
export interface LoadedColumn {
  readonly name: string;
  readonly type: BigQueryType;
  /** SQL of the file's value, in DuckDB's type for the BigQuery type. */
  readonly value: string;
  /** SQL that is true for values that the type cannot hold; undefined where it holds all. */
  readonly outOfRange?: string;
}

/** DuckDB's types for BigQuery's, where the value needs a cast. */
const DUCKDB_TYPES: Partial<Record<BigQueryType, string>> = {
  INT64: "BIGINT",
  FLOAT64: "DOUBLE",
  NUMERIC,
  STRING: "VARCHAR",
  TIMESTAMP: "TIMESTAMP",
};

/** A row of DuckDB's `parquet_schema`. */
interface ParquetColumn {
  readonly name: string;
  /** Physical type and annotation: `INT64 TIMESTAMP_MICROS`. */
  readonly type: string;
  /** DuckDB's reading of the type. */
  readonly readAs: string;
  /** `OPTIONAL` or `REQUIRED`. */
  readonly mode: string;
  readonly precision: number;
  readonly scale: number;
}

function parquetColumn(row: Row): ParquetColumn {
  const annotation = row.converted_type ?? row.logical_type;
  return {
    name: String(row.name),
    type: [row.type ?? "group", annotation].filter((it) => it !== null).join(" "),
    readAs: String(row.duckdb_type),
    mode: String(row.repetition_type),
    precision: Number(row.precision),
    scale: Number(row.scale),
  };
}

function decimalColumn(column: ParquetColumn, listed: readonly DecimalTargetType[]): LoadedColumn {
  const { name, precision, scale } = column;
  if (precision > MAX_PRECISION) {
    throw new RangeError(
      `Column "${name}" is DECIMAL(${precision},${scale}): DuckDB, which plays BigQuery here, holds ${MAX_PRECISION} digits`,
    );
  }
  const { type, fits } = decimalTarget(listed, column);
  const read = identifier(name);
  const value = type === "BIGNUMERIC" ? read : `CAST(${read} AS ${DUCKDB_TYPES[type]})`;
  if (fits) return { name, type, value };
  const thereAndBack = `TRY_CAST(TRY_CAST(${read} AS ${NUMERIC}) AS ${column.readAs})`;
  return { name, type, value, outOfRange: `${thereAndBack} IS DISTINCT FROM ${read}` };
}

function loadedColumn(column: ParquetColumn, listed: readonly DecimalTargetType[]): LoadedColumn {
  const { name } = column;
  if (column.type.endsWith(" DECIMAL")) return decimalColumn(column, listed);
  const type = typeOfParquet(column.type);
  if (type === undefined) {
    throw new BigQueryError("invalid", `Unsupported Parquet type of column "${name}": ${column.type}`);
  }
  const read = identifier(name);
  if (column.type === "BYTE_ARRAY ENUM") return { name, type, value: `encode(${read})` };
  if (column.readAs === "TIMESTAMP WITH TIME ZONE") return { name, type, value: `timezone('UTC', ${read})` };
  const duckDbType = DUCKDB_TYPES[type];
  return { name, type, value: duckDbType === undefined ? read : `CAST(${read} AS ${duckDbType})` };
}

/** How a file's schema differs from another's, in words. */
function difference(columns: readonly ParquetColumn[], others: readonly ParquetColumn[]): string | undefined {
  const words = (column: ParquetColumn | undefined) =>
    column === undefined ? "missing" : `"${column.name}" (${column.mode} ${column.readAs}, ${column.type})`;
  for (let index = 0; index < Math.max(columns.length, others.length); index++) {
    const [one, other] = [words(columns[index]), words(others[index])];
    if (one !== other) return `column ${index + 1} is ${one} there and ${other} here`;
  }
  return undefined;
}

async function readSchemas(
  connection: DuckDBConnection,
  files: readonly string[],
): Promise<Map<string, ParquetColumn[]>> {
  const schemas = new Map<string, ParquetColumn[]>(files.map((file) => [file, []]));
  // Column 0 is the root.
  const sql = `FROM parquet_schema(${pathList(files)}) WHERE column_id > 0 ORDER BY file_name, column_id`;
  for (const row of await query(connection, sql))
    schemas.get(String(row.file_name))?.push(parquetColumn(row));
  return schemas;
}

/**
 * The columns that a load of Parquet files gives: those of the alphabetically last file, which all others must share,
 * positions and modes included.
 * Source: "Loading Parquet data from Cloud Storage", Limitations and Parquet schemas.
 * @param files at least one
 * @throws BigQueryError for a file that is not Parquet, files that differ, and columns that BigQuery does not take
 */
export async function readColumns(
  connection: DuckDBConnection,
  files: readonly string[],
  decimalTargetTypes: readonly DecimalTargetType[],
): Promise<LoadedColumn[]> {
  const schemas = await readSchemas(connection, files);
  const [last = "", ...others] = files.toSorted().reverse();
  const columns = schemas.get(last) ?? [];
  for (const file of others) {
    const found = difference(columns, schemas.get(file) ?? []);
    if (found !== undefined) {
      throw new BigQueryError("invalid", `Files differ in their schema: ${last} and ${file}: ${found}`);
    }
  }
  const loaded = columns.map((it) => loadedColumn(it, decimalTargetTypes));
  checkColumnNames(loaded.map(({ name }) => name));
  return loaded;
}
