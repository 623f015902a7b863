import Table from "cli-table3";
import type { FollowedTable, LoadOutcome } from "../../../contract/followedLoads";
import { PLAIN_TABLE } from "../../../rehearsal/terminal";

/** What the load of a table came to, as far as it is known. */
export type LoadedTable = Pick<
  FollowedTable,
  "dataset" | "destination" | "exportedRows" | "rows" | "outcome" | "cause"
>;

/** What people read for each outcome. */
const WORDS: Readonly<Record<LoadOutcome, string>> = {
  whole: "whole",
  failed: "failed",
  cancelled: "cancelled",
  notReplaced: "not replaced",
  tooEarly: "too early",
  rowsDiffer: "rows differ",
  notCounted: "not counted",
  filesDiffer: "files differ",
  notEmptied: "not emptied",
  replaced: "replaced",
  noRun: "no run",
  unfinished: "unfinished",
  heldBack: "held back",
  doubtful: "doubtful",
};

/** `13 tables`. */
export function tablesCount(count: number): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? "table" : "tables"}`;
}

function rowsText(rows: number | undefined): string {
  return rows === undefined ? "–" : rows.toLocaleString("en-US");
}

/**
 * What loads came to, as people read it: a line for each table.
 * @param good what a table is that has nothing wrong: `loaded` where nobody has compared its rows
 */
export function loadedText(tables: readonly LoadedTable[], good: "whole" | "loaded" = "whole"): string {
  const table = new Table({
    head: ["table", "rows in export", "rows in BigQuery", "outcome", "cause"],
    colAligns: ["left", "right", "right", "left", "left"],
    ...PLAIN_TABLE,
  });
  for (const { dataset, destination, exportedRows, rows, outcome, cause = "" } of tables) {
    const words = outcome === undefined ? "not ended" : outcome === "whole" ? good : WORDS[outcome];
    table.push([`${dataset}.${destination}`, rowsText(exportedRows), rowsText(rows), words, cause]);
  }
  const whole = tables.filter((it) => it.outcome === "whole").length;
  const sum =
    whole === tables.length
      ? `${tablesCount(whole)} ${good}.`
      : `${whole.toLocaleString("en-US")} of ${tablesCount(tables.length)} ${good}; the others keep the rows of an earlier load, or are as their cause says.`;
  // One long cause must not make every line as long.
  return `${table.toString().replace(/ +$/gm, "")}\n\n${sum}`;
}

/** True where every table is whole, and there is one. */
export function allWhole(tables: readonly LoadedTable[]): boolean {
  return tables.length > 0 && tables.every(({ outcome }) => outcome === "whole");
}
