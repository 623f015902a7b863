import { columnTypeRule } from "../../../contract/columnTypes";
import type { ExportedColumn } from "../../../contract/exportColumns";
import type { LoadedTable } from "../../../contract/tableList";
import { type Mask, maskedType } from "../../../contract/typedViews";
import type { Settings } from "../../../settings";
import { landedType } from "../../landedType";

/** A column from Aurora to its view. What nobody says is left out. */
export interface ColumnOnItsWay extends ExportedColumn {
  /** Type of the landing table's column. */
  readonly landedType?: string;
  /** Type of the view's column; left out also where the view does not show it. */
  readonly viewType?: string;
  /** What the view shows in place of the value. */
  readonly mask?: Exclude<Mask, "show">;
}

/** What the types of all columns of a stack depend on. */
export type TypesContext = Pick<Settings, "aurora" | "federation" | "typedViews">;

/** Type in the view without a mask: without a journal nobody says what a column is in Aurora. */
function castType(
  { aurora, federation, typedViews }: TypesContext,
  sourceType: string | undefined,
  landed: string,
): string {
  if (!federation || sourceType === undefined) return landed;
  return columnTypeRule(aurora.engine, sourceType, landed, typedViews?.tinyintAsBool)?.type ?? landed;
}

/** What becomes of a table's columns, by the same rules by which it is loaded and its view is made. */
export function columnsOnTheirWay(
  context: TypesContext,
  { mask = {} }: Pick<LoadedTable, "mask">,
  columns: readonly ExportedColumn[],
): ColumnOnItsWay[] {
  // BigQuery's names of columns have no case.
  const masks = new Map(Object.entries(mask).map(([name, how]) => [name.toLowerCase(), how]));
  return columns.map((column) => {
    const landed = column.exportedType === undefined ? undefined : landedType(column.exportedType);
    if (context.typedViews === undefined) return { ...column, ...(landed && { landedType: landed }) };
    const how = masks.get(column.name.toLowerCase()) ?? "show";
    const viewType = landed && maskedType(castType(context, column.sourceType, landed), how);
    return {
      ...column,
      ...(landed && { landedType: landed }),
      ...(viewType && { viewType }),
      ...(how !== "show" && { mask: how }),
    };
  });
}

/** Columns that a mask names, and that are not there. */
export function missingMasks({ mask = {} }: Pick<LoadedTable, "mask">, columns: readonly ExportedColumn[]) {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  return Object.entries(mask)
    .filter(([name, how]) => how !== "show" && !names.has(name.toLowerCase()))
    .map(([name]) => name);
}
