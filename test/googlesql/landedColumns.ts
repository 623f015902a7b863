import {
  type Mask,
  type ViewedTable,
  type ViewMakerArgs,
  viewStatementsQuery,
} from "../../contract/typedViews";
import type { GoogleSql, Row } from "./googleSql";

/** A column of a landing table, and what RDS has said of it. */
export interface LandedColumn {
  readonly name: string;
  /** Type in the landing table. */
  readonly landed: string;
  /** Type in Aurora; undefined where RDS has not said it. */
  readonly source?: string;
}

/** What there is in BigQuery when the views are made. */
export interface LandedTable extends Omit<ViewedTable, "destination"> {
  readonly columns: readonly LandedColumn[];
  readonly mask?: Readonly<Record<string, Mask>>;
  /** The view that is there: its query, its columns with their types, and what people have set. */
  readonly view?: {
    readonly query: string;
    readonly columns: Readonly<Record<string, string>>;
    readonly options?: Readonly<Record<string, string>>;
  };
  /** Columns of another slot's export, which RDS has described before or behind that of `columns`. */
  readonly described?: { readonly slot: string; readonly columns: readonly LandedColumn[] };
}

/** The slot whose export `columns` come from. */
const SLOT = "2025021806";
const PROJECT = "example-prod";
export const LANDING = `${PROJECT}.prod_shop`;
export const VIEWS = `${PROJECT}.prod_shop_views`;

/** A text as an expression of GoogleSQL, whatever stands in it. */
function expression(text: string | undefined): string {
  return text === undefined
    ? "CAST(NULL AS STRING)"
    : `FROM_BASE64('${Buffer.from(text).toString("base64")}')`;
}

function textExpression(text: string | undefined): string {
  return text === undefined ? "CAST(NULL AS STRING)" : `SAFE_CONVERT_BYTES_TO_STRING(${expression(text)})`;
}

/** A query whose rows are these. */
function table(fields: Readonly<Record<string, "STRING" | "INT64">>, rows: readonly Row[]): string {
  const names = Object.keys(fields);
  const struct = names.map((name) => `${name} ${fields[name]}`).join(", ");
  const values = rows.map((row) => {
    const cells = names.map((name) => {
      const value = row[name];
      return typeof value === "number"
        ? String(value)
        : textExpression(value === undefined || value === null ? undefined : String(value));
    });
    return `STRUCT<${struct}>(${cells.join(", ")})`;
  });
  return `SELECT * FROM UNNEST(ARRAY<STRUCT<${struct}>>[${values.join(", ")}])`;
}

/** The tables that the maker's query reads, by their names. */
export function metadataOf(tables: Readonly<Record<string, LandedTable>>): Record<string, string> {
  const all = Object.entries(tables);
  const names = { table_name: "STRING", column_name: "STRING", data_type: "STRING" } as const;
  const described = (table_id: string, slot: string, columns: readonly LandedColumn[]) =>
    columns
      .filter(({ source }) => source !== undefined)
      .map(({ name, source = null }) => ({
        ...{ dataset_id: "prod_shop", table_id, slot },
        ...{ column_name: name, source_type: source },
      }));
  return {
    [`${LANDING}.INFORMATION_SCHEMA.COLUMNS`]: table(
      { ...names, ordinal_position: "INT64" },
      all.flatMap(([table_name, { columns }]) =>
        columns.map(({ name, landed }, index) => ({
          ...{ table_name, column_name: name, data_type: landed },
          ordinal_position: index + 1,
        })),
      ),
    ),
    [`${PROJECT}.prod_aurora_reports.columns`]: table(
      {
        ...{ dataset_id: "STRING", table_id: "STRING", slot: "STRING" },
        ...{ column_name: "STRING", source_type: "STRING" },
      },
      all.flatMap(([name, it]) => [
        ...described(name, SLOT, it.columns),
        ...(it.described ? described(name, it.described.slot, it.described.columns) : []),
      ]),
    ),
    [`${VIEWS}.INFORMATION_SCHEMA.VIEWS`]: table(
      { table_name: "STRING", view_definition: "STRING" },
      all.flatMap(([table_name, { view }]) => (view ? [{ table_name, view_definition: view.query }] : [])),
    ),
    [`${VIEWS}.INFORMATION_SCHEMA.COLUMNS`]: table(
      names,
      all.flatMap(([table_name, { view }]) =>
        Object.entries(view?.columns ?? {}).map(([column_name, data_type]) => ({
          ...{ table_name, column_name, data_type },
        })),
      ),
    ),
    [`${VIEWS}.INFORMATION_SCHEMA.TABLE_OPTIONS`]: table(
      { table_name: "STRING", option_name: "STRING", option_value: "STRING" },
      all.flatMap(([table_name, { view }]) =>
        Object.entries(view?.options ?? {}).map(([option_name, option_value]) => ({
          ...{ table_name, option_name, option_value },
        })),
      ),
    ),
  };
}

/** The arguments that make the views of these tables. */
export function makerArgs(
  tables: Readonly<Record<string, LandedTable>>,
  args: Pick<ViewMakerArgs, "engine"> & Partial<ViewMakerArgs>,
): ViewMakerArgs {
  return {
    project: PROJECT,
    journalDataset: "prod_aurora_reports",
    datasets: [
      {
        ...{ dataset: "prod_shop", viewsDataset: "prod_shop_views" },
        tables: Object.entries(tables).map(([destination, { mask, newColumns }]) => ({
          destination,
          ...(mask && { mask }),
          ...(newColumns && { newColumns }),
        })),
      },
    ],
    ...args,
  };
}

/** A row of the maker's query. */
export interface MadeView {
  readonly statement?: string;
  readonly problem?: string;
}

/** What the maker does about each table: Google's engine runs its query. */
export async function madeViews(
  engine: GoogleSql,
  tables: Readonly<Record<string, LandedTable>>,
  given: Pick<ViewMakerArgs, "engine"> & Partial<ViewMakerArgs>,
): Promise<Record<string, MadeView>> {
  const args = makerArgs(tables, given);
  const [dataset] = args.datasets;
  if (dataset === undefined) return {};
  const rows = await engine.evaluate(viewStatementsQuery(args, dataset), { tables: metadataOf(tables) });
  return Object.fromEntries(
    rows.map(({ table_name, statement, problem }) => [
      String(table_name),
      {
        ...(typeof statement === "string" && { statement }),
        ...(typeof problem === "string" && { problem }),
      },
    ]),
  );
}

/** The query behind the head of a `CREATE OR REPLACE VIEW`. */
export function queryOf(statement = ""): string {
  return statement.slice(statement.indexOf("AS\nSELECT") + "AS\n".length);
}
