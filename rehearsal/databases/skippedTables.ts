import type { SourceTable } from "../../contract/layout";
import type { Skipped, SourceColumn } from "./sourceDatabase";

/**
 * Why RDS skips a table for its names. The code of columns is seen in public reports, the other is worded after it.
 * Source: Aurora User Guide, "Considerations for DB cluster snapshot exports", Limitations.
 */
export function skippedForNames({
  source,
  columns,
}: {
  readonly source: SourceTable;
  readonly columns: readonly SourceColumn[];
}): Skipped | undefined {
  if (source.table.includes("/")) {
    return { code: "TABLE_WITH_UNSUPPORTED_CHARACTER_IN_NAME", why: 'its name holds "/"' };
  }
  const odd = columns.filter(({ name }) => /[,;{}()\n\t= ]/.test(name));
  if (odd.length === 0) return undefined;
  const names = odd.map(({ name }) => JSON.stringify(name)).join(", ");
  return {
    code: "COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME",
    why: `a column's name must hold no space and none of , ; { } ( ) = or tab and line break, unlike ${names}`,
  };
}
