import { columnTypeRules, type LengthRule } from "./columnTypes";
import { sqlPath, sqlText } from "./googleSql";
import type { Engine } from "./layout";

/** What types depend on. */
export interface ColumnTypesArgs {
  /** Google Cloud project of all datasets. */
  readonly project: string;
  readonly engine: Engine;
  /** Dataset of the journal, whose `columns` say what the columns are in Aurora; without it all stay as they land. */
  readonly journalDataset?: string;
  /** Whether TINYINT(1) of MySQL is a truth value. @default true */
  readonly tinyintAsBool?: boolean;
}

/** What a rule asks of a type's length, over the columns `digits` and `scale`. */
const LENGTHS: Readonly<Record<LengthRule, string>> = {
  one: "digits = 1",
  numeric: "scale <= 9 AND digits - scale <= 29",
  bignumeric: "scale <= 38 AND digits - scale <= 38",
  none: "digits IS NULL",
};

/** The type of a view's column. A text from AWS is compared here, and never written into a statement. */
function typeCase(args: ColumnTypesArgs): string {
  return [
    "CASE",
    ...columnTypeRules(args.engine, args.tinyintAsBool).map(
      ({ sourceTypes, length, landed, type }) =>
        `    WHEN source IN (${sourceTypes.map(sqlText).join(", ")}) AND data_type = ${sqlText(landed)}${length ? ` AND ${LENGTHS[length]}` : ""} THEN ${sqlText(type)}`,
    ),
    "    ELSE data_type",
    "  END",
  ].join("\n");
}

/**
 * Columns of landing tables, with the type that a view gives them and the cast to it: CTEs `landed`, `described`, `known`
 * and `typed`. A cast is one of a fixed list around a quoted name, in the place of `@`; a name that would end its quotes,
 * which BigQuery gives no column, has none, and so neither has the column a cast.
 */
export function typedColumns(args: ColumnTypesArgs, dataset: string, tables: readonly string[]): string {
  const { project, journalDataset } = args;
  const ids = tables.map(sqlText).sort().join(", ");
  return `landed AS (
  SELECT
    table_name, column_name, LOWER(column_name) AS column_key, ordinal_position, data_type,
    CASE
      WHEN REGEXP_CONTAINS(column_name, CONCAT('[[:cntrl:]', CHR(96), CHR(92), CHR(92), ']')) THEN NULL
      ELSE CONCAT(CHR(96), column_name, CHR(96))
    END AS quoted
  FROM ${sqlPath(project, dataset, "INFORMATION_SCHEMA", "COLUMNS")}
  WHERE table_name IN (${ids})
),
newest AS (
  ${
    journalDataset === undefined
      ? "SELECT table_name AS table_id, column_key, data_type AS source_type FROM landed WHERE FALSE"
      : `SELECT table_id, LOWER(column_name) AS column_key, LOWER(source_type) AS source_type
  FROM ${sqlPath(project, journalDataset, "columns")}
  WHERE dataset_id = ${sqlText(dataset)}
  QUALIFY slot = MAX(slot) OVER (PARTITION BY table_id)`
  }
),
described AS (
  SELECT table_id, column_key, MIN(source_type) AS source_type
  FROM newest
  GROUP BY table_id, column_key
),
known AS (
  SELECT
    landed.*,
    source_type,
    TRIM(REGEXP_REPLACE(source_type, '[(][^()]*[)]', '')) AS source,
    SAFE_CAST(REGEXP_EXTRACT(source_type, '[(] *([0-9]{1,4}) *[,)]', 1) AS INT64) AS digits,
    COALESCE(SAFE_CAST(REGEXP_EXTRACT(source_type, ', *(-?[0-9]{1,4}) *[)]', 1) AS INT64), 0) AS scale
  FROM landed
  LEFT JOIN described ON table_id = table_name AND described.column_key = landed.column_key
),
typed AS (
  SELECT *, ${typeCase(args)} AS type
  FROM known
),
cast_columns AS (
  SELECT
    *,
    REPLACE(
      CASE
        WHEN type = data_type THEN '@'
        WHEN type = 'JSON' THEN 'SAFE.PARSE_JSON(@)'
        WHEN type = 'DATETIME' AND data_type = 'TIMESTAMP' THEN CONCAT('DATETIME(@, ', CHR(39), 'UTC', CHR(39), ')')
        WHEN type = 'BOOL' AND data_type = 'BYTES'
        THEN REPLACE('CASE TO_HEX(@) WHEN ~01~ THEN TRUE WHEN ~00~ THEN FALSE END', '~', CHR(39))
        ELSE CONCAT('SAFE_CAST(@ AS ', type, ')')
      END,
      '@',
      quoted
    ) AS expression
  FROM typed
)`;
}

/** A row of `castsQuery`: a column whose values a view casts. */
export interface CastColumn {
  readonly column_name: string;
  /** Type in Aurora, in RDS's words. */
  readonly source_type: string;
  /** Type in the landing table, and in the view. */
  readonly data_type: string;
  readonly view_type: string;
  /** GoogleSQL that counts the column's values, and those among them that do not cast; NULL where its name cannot be quoted. */
  readonly counts_values: string;
  readonly counts_failed: string;
}

/**
 * The query whose rows are the columns of a table that its view casts, by their position (`CastColumn`). It reads
 * INFORMATION_SCHEMA and the journal alone; `countsStatement` reads the table.
 */
export function castsQuery(args: ColumnTypesArgs, dataset: string, table: string): string {
  return `WITH
${typedColumns(args, dataset, [table])}
SELECT
  column_name,
  source_type,
  data_type,
  type AS view_type,
  'COUNT(' || quoted || ')' AS counts_values,
  'COUNTIF(' || quoted || ' IS NOT NULL AND ' || expression || ' IS NULL)' AS counts_failed
FROM cast_columns
WHERE type <> data_type
ORDER BY ordinal_position`;
}

/** The query that counts: one row with `values_0`, `failed_0`, `values_1` and so on, in the order of the columns. It scans them. */
export function countsStatement(
  project: string,
  dataset: string,
  table: string,
  columns: readonly Pick<CastColumn, "counts_values" | "counts_failed">[],
): string {
  const counts = columns.map(
    (it, index) => `${it.counts_values} AS values_${index}, ${it.counts_failed} AS failed_${index}`,
  );
  return `SELECT ${counts.join(",\n  ")}\nFROM ${sqlPath(project, dataset, table)}`;
}
