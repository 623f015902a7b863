import { sqlPath, sqlText } from "./googleSql";
import { type ColumnTypesArgs, typedColumns } from "./typedColumns";

/** What a view shows of a column: the SHA-256 of its value in hexadecimal digits, NULL, nothing at all, or the value. */
export type Mask = "sha256" | "none" | "hide" | "show";

/** A table as its view is made. */
export interface ViewedTable {
  /** Table id in BigQuery, and the view's. */
  readonly destination: string;
  /** Masks by the columns' names; case does not count. */
  readonly mask?: Readonly<Record<string, Mask>>;
  /** Whether a column shows that the view has not had before and no mask names. @default "show" */
  readonly newColumns?: "show" | "hide";
}

/**
 * Type of a view's column under a mask, as `viewStatementsQuery` makes it; undefined where it is not shown.
 * @param type the one that it has without a mask
 */
export function maskedType(type: string, mask: Mask = "show"): string | undefined {
  if (mask === "hide") return undefined;
  return mask === "sha256" ? "STRING" : type;
}

/** A dataset of landing tables, and the one of their views. */
export interface ViewedDataset {
  readonly dataset: string;
  readonly viewsDataset: string;
  readonly tables: readonly ViewedTable[];
}

export interface ViewMakerArgs extends ColumnTypesArgs {
  readonly datasets: readonly ViewedDataset[];
}

/** What the dataset of views is named behind the one of landing tables, unless the stack file says otherwise. */
export const VIEWS_SUFFIX = "_views";

/** A query's longest text. Source: "Quotas and limits", query jobs. */
const SCRIPT_MAX_BYTES = 1_000_000;

/** Problems that the message names; of the others it says how many they are. */
const NAMED_PROBLEMS = 20;

/** `users/email/sha256`: slashes, which no id and no column's name has; nor has one a tilde, which stands for a single quote. */
function maskEntries({ destination, mask = {} }: ViewedTable): string[] {
  return Object.entries(mask).map(([column, how]) =>
    sqlText([destination, column.replaceAll("'", "~"), how].join("/")),
  );
}

/** A condition that holds for these tables alone. */
function isOneOf(tables: readonly ViewedTable[]): string {
  const ids = tables.map(({ destination }) => sqlText(destination)).sort();
  return ids.length === 0 ? "FALSE" : `wanted.table_name IN (${ids.join(", ")})`;
}

/**
 * The query whose rows are the views of a dataset that are to be made: `table_name`, `statement` (NULL where the view is
 * as it shall be, or cannot be made) and `problem` (why it cannot, or what is wrong with its masks). It reads
 * INFORMATION_SCHEMA and the journal, and no row of a table.
 *
 * Where a masked column is gone, whoever renamed it must not show it by that: no column is added to a view then, and a
 * view that is not there is not made. Written for the rehearsal's engine too: no escapes in literals, and signs by CHR.
 * Time zones are said, since a project can have a default of its own.
 */
export function viewStatementsQuery(args: ViewMakerArgs, dataset: ViewedDataset): string {
  const { project } = args;
  const { tables, viewsDataset } = dataset;
  const ids = tables.map(({ destination }) => sqlText(destination)).sort();
  const masks = tables.flatMap(maskEntries).sort();
  const closed = tables.filter(({ newColumns }) => newColumns === "hide");
  const schema = (view: string) => sqlPath(project, viewsDataset, "INFORMATION_SCHEMA", view);
  const text = (folder: string) => sqlText(`${project}.${folder}.`);
  return `WITH
${typedColumns(
  args,
  dataset.dataset,
  tables.map(({ destination }) => destination),
)},
wanted AS (
  SELECT DISTINCT table_name FROM landed
),
masks AS (
  SELECT
    REGEXP_EXTRACT(entry, '^([^/]*)/', 1) AS table_name,
    LOWER(REPLACE(REGEXP_EXTRACT(entry, '/([^/]*)/', 1), '~', CHR(39))) AS column_key,
    REGEXP_EXTRACT(entry, '/([^/]*)$', 1) AS mask
  FROM UNNEST([${masks.length === 0 ? "''" : masks.join(", ")}]) AS entry
  WHERE entry <> ''
),
gone AS (
  SELECT masks.table_name, STRING_AGG(masks.column_key, ', ' ORDER BY masks.column_key) AS column_keys
  FROM masks
  LEFT JOIN landed ON landed.table_name = masks.table_name AND landed.column_key = masks.column_key
  WHERE landed.column_key IS NULL AND mask <> 'show'
  GROUP BY masks.table_name
),
present AS (
  SELECT table_name, TRIM(view_definition) AS query
  FROM ${schema("VIEWS")}
  WHERE table_name IN (${ids.join(", ")})
),
shown AS (
  SELECT table_name, LOWER(column_name) AS column_key, REGEXP_REPLACE(data_type, '[(].*[)]', '') AS data_type
  FROM ${schema("COLUMNS")}
  WHERE table_name IN (${ids.join(", ")})
),
kept_options AS (
  SELECT table_name, STRING_AGG(CONCAT(option_name, '=', option_value), ', ' ORDER BY option_name) AS options
  FROM ${schema("TABLE_OPTIONS")}
  WHERE table_name IN (${ids.join(", ")}) AND option_name IN ('description', 'friendly_name', 'labels')
  GROUP BY table_name
),
states AS (
  SELECT
    wanted.table_name,
    gone.column_keys AS gone_columns,
    present.query AS present_query,
    gone.column_keys IS NOT NULL OR ${isOneOf(closed)} AS is_closed
  FROM wanted
  LEFT JOIN gone ON gone.table_name = wanted.table_name
  LEFT JOIN present ON present.table_name = wanted.table_name
),
visible AS (
  SELECT
    cast_columns.table_name,
    cast_columns.ordinal_position,
    cast_columns.quoted,
    CASE mask
      WHEN 'sha256' THEN REPLACE(
        CASE
          WHEN cast_columns.data_type IN ('STRING', 'BYTES') THEN 'TO_HEX(SHA256(@))'
          ELSE 'TO_HEX(SHA256(CAST(@ AS STRING)))'
        END,
        '@',
        cast_columns.quoted
      )
      WHEN 'none' THEN CONCAT('CAST(NULL AS ', type, ')')
      ELSE expression
    END AS expression,
    CASE mask WHEN 'sha256' THEN 'STRING' ELSE REGEXP_REPLACE(type, '[(].*[)]', '') END AS view_type,
    shown.data_type AS shown_type
  FROM cast_columns
  JOIN states ON states.table_name = cast_columns.table_name
  LEFT JOIN masks ON masks.table_name = cast_columns.table_name AND masks.column_key = cast_columns.column_key
  LEFT JOIN shown ON shown.table_name = cast_columns.table_name AND shown.column_key = cast_columns.column_key
  WHERE COALESCE(mask, 'show') <> 'hide'
    AND (mask IS NOT NULL OR shown.column_key IS NOT NULL OR present_query IS NULL OR NOT is_closed)
),
lists AS (
  SELECT
    table_name,
    STRING_AGG(
      CONCAT(CHR(10), '  ', CASE WHEN expression = quoted THEN quoted ELSE CONCAT(expression, ' AS ', quoted) END),
      ',' ORDER BY ordinal_position
    ) AS select_list,
    MAX(CASE WHEN COALESCE(shown_type, '') = view_type THEN 0 ELSE 1 END) AS is_retyped
  FROM visible
  GROUP BY table_name
),
unquotable AS (
  SELECT table_name
  FROM landed
  WHERE quoted IS NULL
  GROUP BY table_name
),
queries AS (
  SELECT
    states.table_name,
    gone_columns,
    present_query,
    COALESCE(is_retyped, 0) AS is_retyped,
    unquotable.table_name IS NOT NULL AS is_unquotable,
    CONCAT(
      'SELECT',
      COALESCE(select_list, CONCAT(' NULL AS ', CHR(96), 'every column is hidden', CHR(96))),
      CHR(10), 'FROM ', CHR(96), ${text(dataset.dataset)}, states.table_name, CHR(96)
    ) AS query
  FROM states
  LEFT JOIN lists ON lists.table_name = states.table_name
  LEFT JOIN unquotable ON unquotable.table_name = states.table_name
)
SELECT
  queries.table_name,
  CASE
    WHEN is_unquotable OR (gone_columns IS NOT NULL AND present_query IS NULL) THEN NULL
    WHEN query = present_query AND is_retyped = 0 THEN NULL
    ELSE CONCAT(
      'CREATE OR REPLACE VIEW ', CHR(96), ${text(viewsDataset)}, queries.table_name, CHR(96),
      CASE WHEN options IS NULL THEN '' ELSE CONCAT(' OPTIONS(', options, ')') END,
      ' AS', CHR(10), query
    )
  END AS statement,
  CASE
    WHEN is_unquotable THEN 'a column has a name that cannot be quoted'
    WHEN gone_columns IS NULL THEN NULL
    ELSE CONCAT(
      'columns that are masked are not in the table: ', gone_columns,
      CASE WHEN present_query IS NULL THEN '; it gets no view' ELSE '; its view shows no new column' END,
      ' until the mask in the stack file names the column as it is called now, or is taken out'
    )
  END AS problem
FROM queries
LEFT JOIN kept_options ON kept_options.table_name = queries.table_name
ORDER BY queries.table_name`;
}

/**
 * The scheduled query that makes the views of a stack anew where their text or their columns' types have changed, one
 * statement each, and fails in the end with all that could not be made: the old view stands then.
 * Sources: "Procedural language" (GoogleSQL); "Scheduling queries".
 * @throws RangeError for a name that BigQuery takes nowhere, and for more tables and masks than a query's text holds
 */
export function viewMakerScript(args: ViewMakerArgs): string {
  const datasets = [...args.datasets]
    .filter(({ tables }) => tables.length > 0)
    .sort((a, b) => (a.dataset < b.dataset ? -1 : 1));
  const script = `DECLARE problems ARRAY<STRING> DEFAULT [];
${datasets.map((it) => viewsOf(args, it)).join("")}IF ARRAY_LENGTH(problems) > 0 THEN
  RAISE USING MESSAGE = CONCAT(
    'Views that are not as they should be: ',
    ARRAY_TO_STRING(ARRAY(SELECT it FROM UNNEST(problems) AS it WITH OFFSET AS place WHERE place < ${NAMED_PROBLEMS} ORDER BY place), '; '),
    IF(ARRAY_LENGTH(problems) > ${NAMED_PROBLEMS}, CONCAT(' … and ', CAST(ARRAY_LENGTH(problems) - ${NAMED_PROBLEMS} AS STRING), ' more'), ''),
    '. What to do: docs/runbook.md, "A view could not be made"'
  );
END IF;
`;
  const bytes = Buffer.byteLength(script);
  if (bytes > SCRIPT_MAX_BYTES) {
    throw new RangeError(
      `the query that makes the views has ${bytes} bytes, more than the ${SCRIPT_MAX_BYTES} that BigQuery takes: move databases to a stack of their own`,
    );
  }
  return script;
}

function viewsOf(args: ViewMakerArgs, dataset: ViewedDataset): string {
  const problem = (what: string, message: string) =>
    `SET problems = ARRAY_CONCAT(problems, [CONCAT(${what}, ': ', ${message})]);`;
  const name = `${sqlText(`${dataset.viewsDataset}.`)}`;
  return `BEGIN
  FOR made IN (
${viewStatementsQuery(args, dataset)}
  )
  DO
    IF made.problem IS NOT NULL THEN
      ${problem(`CONCAT(${name}, made.table_name)`, "made.problem")}
    END IF;
    IF made.statement IS NOT NULL THEN
      BEGIN
        EXECUTE IMMEDIATE made.statement;
      EXCEPTION WHEN ERROR THEN
        ${problem(`CONCAT(${name}, made.table_name)`, "@@error.message")}
      END;
    END IF;
  END FOR;
EXCEPTION WHEN ERROR THEN
  ${problem(sqlText(dataset.viewsDataset), "@@error.message")}
END;
`;
}
