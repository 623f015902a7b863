import Table from "cli-table3";
import { createColors } from "picocolors";
import { PLAIN_TABLE } from "../rehearsal/terminal";
import { assumptions } from "./assumptions";
import type { Plan } from "./plan";
import { decision, needsDecision, type PlannedTable } from "./tables";
import type { Severity } from "./warning";
import { bytes, bytesRange, count, counted, dollarsRange, minutesRange } from "./words";

// Not picocolors' own choice, which also paints the logs of CI services.
const pc = createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);

const PAINT: Readonly<Record<Severity, (text: string) => string>> = {
  refused: pc.red,
  skipped: pc.red,
  lossy: pc.yellow,
  changes: pc.yellow,
  note: pc.dim,
};

type Align = "left" | "right";

function table(
  head: readonly string[],
  aligns: readonly Align[],
  rows: readonly (readonly string[])[],
): string {
  const it = new Table({ head: [...head], colAligns: [...aligns], ...PLAIN_TABLE });
  it.push(...rows.map((row) => [...row]));
  // One long reason in the last column must not make every line as long.
  return it.toString().replace(/ +$/gm, "");
}

function section(title: string, ...texts: readonly string[]): string[] {
  const body = texts.filter((it) => it !== "");
  return body.length === 0 ? [] : [pc.bold(title), ...body, ""];
}

function summary({ source, stack, totals, size, costs }: Plan): string[] {
  const left = [
    ...(totals.refused > 0 ? [`${totals.refused} refused`] : []),
    ...(totals.skipped > 0 ? [`${totals.skipped} skipped by RDS`] : []),
    ...(totals.partition > 0 ? [`${counted(totals.partition, "partition")} within them`] : []),
  ];
  const known = totals.rows === undefined ? "not known before an ANALYZE" : `about ${count(totals.rows)}`;
  const unknown =
    totals.withoutSize > 0 ? `, without ${counted(totals.withoutSize, "table")} of unknown size` : "";
  const { warnings } = totals;
  const { logical, physical } = costs.sums;
  const rows = [
    ["Database", `${source.database}, ${source.server}`],
    ["Stack", `${stack.name}: ${stack.region} to ${stack.location}`],
    [
      "Tables",
      `${totals.loaded} of ${totals.tables} can be loaded${left.length > 0 ? `; ${left.join(", ")}` : ""}`,
    ],
    [
      "Columns",
      `${count(totals.columns)}; ${counted(warnings.lossy, "warning")} of lost values, ${warnings.changes} of changed meaning`,
    ],
    ["Rows", `${known}, ${bytes(totals.dataBytes)} on the server's disk${unknown}`],
    [
      "Parquet",
      `${bytesRange(size.parquetBytes)} an export, if a byte of rows becomes ${size.parquetRatio.low} to ${size.parquetRatio.high} bytes`,
    ],
    ["Export", `${minutesRange(size.exportMinutes)}, by a rule of thumb that nobody has confirmed`],
    [
      "Month",
      `${dollarsRange(logical)} with logical billing of BigQuery's storage, ${dollarsRange(physical)} with physical${costs.unknown.length > 1 ? ", as far as prices are known" : ""}`,
    ],
  ];
  return [table([], ["left", "left"], rows), ""];
}

function decisions({ tables }: Plan): string[] {
  const rows = tables
    .filter(needsDecision)
    .map((it) => [
      it.name,
      bytes(it.dataBytes),
      PAINT[it.fate === "loaded" ? "changes" : "refused"](wordOf(it)),
      decision(it),
    ]);
  return section(
    "Tables that need a decision",
    rows.length === 0 ? "" : table(["table", "size", "", ""], ["left", "right", "left", "left"], rows),
  );
}

const wordOf = ({ fate }: PlannedTable) => (fate === "loaded" ? "look" : fate);

function warningsOf({ warnings }: Plan): string[] {
  const rows = warnings.map((it) => [
    PAINT[it.severity](it.severity),
    it.columns > 0 ? counted(it.columns, "column") : counted(it.tables, "table"),
    it.code,
    it.text,
  ]);
  return section(
    "What is to be known",
    rows.length === 0 ? "" : table(["", "", "code", ""], ["left", "right", "left", "left"], rows),
  );
}

function tablesOf({ tables }: Plan): string[] {
  const rows = tables.map((it) => [
    it.name,
    it.destination ?? "–",
    count(it.rows),
    bytes(it.dataBytes),
    it.fate === "partition" ? "–" : bytesRange(it.parquetBytes),
    String(it.columns.length),
    it.fate === "loaded" ? (it.severity ?? "") : it.fate,
  ]);
  return section(
    "Tables",
    table(
      ["table", "in BigQuery", "rows", "size", "Parquet", "columns", ""],
      ["left", "left", "right", "right", "right", "right", "left"],
      rows,
    ),
  );
}

/** A table of each table's columns: one of all would take a minute to lay out where there are thousands. */
function columnsOf({ tables }: Plan): string[] {
  const aligns = ["left", "left", "left", "left", "left", "left"] as const;
  return tables
    .filter((it) => it.fate !== "partition")
    .flatMap((it) => {
      const rows = it.columns.map((column) => [
        column.name,
        column.sourceType,
        column.parquetType ?? "–",
        column.landingType ?? "–",
        column.viewType ?? "–",
        [...column.warnings, ...(column.remark === undefined ? [] : [`it ${column.remark}`])].join(", "),
      ]);
      const head = ["column", "type", "Parquet", "landing table", "view", ""];
      return section(`Columns of ${it.name}`, table(head, aligns, rows));
    });
}

function blockOf({ block, exportOnly, stack }: Plan): string[] {
  if (block.text === "") return [];
  const scopes = exportOnly.scopes.map(({ scope, why, parquetBytes }) =>
    why === undefined
      ? `exportOnly: ${scope} can be used, and writes ${parquetBytes === undefined ? "an amount that is not known" : bytesRange(parquetBytes)}.`
      : `exportOnly: ${scope} cannot be used: ${why}.`,
  );
  const faults = block.faults.map((it) => PAINT.refused(`\`pulumi preview\` would still say: ${it}`));
  return [
    ...section(
      `For Pulumi.${stack.name}.yaml, below config:, in place of what stands there`,
      block.text.trimEnd(),
    ),
    ...scopes,
    `\`${exportOnly.recommended}\` is in the lines above, because ${exportOnly.why}.`,
    ...faults,
    "",
  ];
}

function costsOf({ costs }: Plan): string[] {
  const rows = costs.items.map((it) => [
    it.name,
    it.price ?? "–",
    it.quantity,
    dollarsRange(it.dollars),
    it.source ?? "",
  ]);
  const sums = [
    ["Sum, with logical billing", "", "", dollarsRange(costs.sums.logical), ""],
    ["Sum, with physical billing", "", "", dollarsRange(costs.sums.physical), ""],
  ];
  const effects = costs.effects.map((it) => {
    const saves = it.saves === undefined ? "" : ` It saves ${dollarsRange(it.saves)} of egress a month.`;
    return `${it.name}: ${it.text}${saves}`;
  });
  return [
    ...section(
      `A month of ${costs.days} days, by prices of ${costs.pricesOf}; check before quoting`,
      table(
        ["", "price", "quantity", "month", "source"],
        ["left", "left", "left", "right", "left"],
        [...rows, ...sums],
      ),
      ...costs.unknown,
    ),
    ...section("What changes it", ...effects),
  ];
}

/** The plan for a terminal, the summary first. */
export function planText(plan: Plan, options: { readonly columns: boolean }): string {
  const notes = plan.notes.map((it) => PAINT[it.severity](it.text));
  return [
    ...summary(plan),
    ...decisions(plan),
    ...warningsOf(plan),
    ...section("Of the database as a whole", ...notes, ...plan.leftOut),
    ...tablesOf(plan),
    ...(options.columns ? columnsOf(plan) : []),
    ...blockOf(plan),
    ...costsOf(plan),
    ...section("What is assumed", ...assumptions(plan)),
  ]
    .join("\n")
    .trimEnd();
}
