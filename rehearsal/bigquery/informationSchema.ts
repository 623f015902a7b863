import type { BigQuery } from "./bigQuery";
import { BigQueryError } from "./errors";
import type { Relation } from "./queriedRelations";

/** A relation that a script reads: a table's rows, or a view of a dataset's metadata. */
export type ReadRelation =
  | { readonly is: "metadata"; readonly project: string; readonly dataset: string; readonly view: string }
  | { readonly is: "table"; readonly project: string; readonly dataset: string; readonly table: string };

/** @throws BigQueryError for a path that is neither */
export function relationAt(path: string): ReadRelation {
  const [project, dataset, second, third, ...others] = path.split(".");
  if (project !== undefined && dataset !== undefined && second !== undefined && others.length === 0) {
    if (third === undefined) return { is: "table", project, dataset, table: second };
    if (second === "INFORMATION_SCHEMA") return { is: "metadata", project, dataset, view: third };
  }
  throw new BigQueryError("invalid", `The local BigQuery knows nothing of the name ${path}`);
}

/**
 * Rows of a view of a dataset's metadata, in those of its columns that somebody here reads.
 * Sources: "COLUMNS view", "VIEWS view", "TABLE_OPTIONS view".
 * @throws BigQueryError for another view
 */
export async function metadataRows(
  bigQuery: Pick<BigQuery, "views" | "tableColumns">,
  dataset: string,
  view: string,
): Promise<Relation> {
  switch (view) {
    case "COLUMNS": {
      const ofTables = await bigQuery.tableColumns(dataset);
      const ofViews = await bigQuery.views.of(dataset);
      const rows = [...ofTables, ...ofViews].flatMap(({ name, columns }) =>
        columns.map((it, index) => ({
          table_name: name,
          column_name: it.name,
          ordinal_position: index + 1,
          data_type: it.type,
        })),
      );
      return { columns: texts("table_name", "column_name", "data_type", "ordinal_position BIGINT"), rows };
    }
    case "VIEWS": {
      const views = await bigQuery.views.of(dataset);
      const rows = views.map(({ name, definition }) => ({ table_name: name, view_definition: definition }));
      return { columns: texts("table_name", "view_definition"), rows };
    }
    case "TABLE_OPTIONS": {
      const views = await bigQuery.views.of(dataset);
      const rows = views.flatMap(({ name, options }) =>
        Object.entries(options).map(([option_name, option_value]) => ({
          table_name: name,
          option_name,
          option_value,
        })),
      );
      return { columns: texts("table_name", "option_name", "option_value"), rows };
    }
    default:
      throw new BigQueryError("invalid", `The local BigQuery has no INFORMATION_SCHEMA.${view} for scripts`);
  }
}

/** Columns by their types; without one a text. */
function texts(...columns: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map((it) => [it.split(" ")[0] ?? "", it.split(" ")[1] ?? "VARCHAR"]));
}
