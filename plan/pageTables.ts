import { type Cell, escaped, list, mark, number, section, sentence, table, text, wide } from "./html";
import type { Plan } from "./plan";
import { decision, needsDecision, type PlannedTable } from "./tables";
import { bytes, bytesRange, count, counted } from "./words";

/** A table's name, which leads to its columns. */
function named(it: PlannedTable, index: number): Cell {
  return { html: `<a href="#t${index}">${escaped(it.name)}</a>` };
}

export function decisionsPart({ tables }: Plan): string {
  const rows = tables.flatMap((it, index) =>
    needsDecision(it)
      ? [
          [
            named(it, index),
            { html: it.fate === "loaded" ? mark("changes", "look") : mark(it.fate) },
            number(bytes(it.dataBytes), it.dataBytes),
            wide(sentence(decision(it))),
          ],
        ]
      : [],
  );
  const body =
    rows.length === 0
      ? "<p>None: every table can be moved as it is.</p>"
      : table({
          label: "Tables that need a decision",
          heads: [{ title: "Table" }, { title: "What" }, { title: "Size", isNumber: true }, { title: "Why" }],
          rows,
        });
  return section("decisions", "Tables that need a decision", body);
}

export function warningsPart({ warnings, notes, leftOut }: Plan): string {
  const rows = warnings.map((it) => [
    { html: `<code id="w-${it.code}">${it.code}</code>` },
    { html: mark(it.severity) },
    number(count(it.tables), it.tables),
    number(it.columns === 0 ? "–" : count(it.columns), it.columns),
    wide(sentence(it.text)),
  ]);
  const heads = [
    { title: "Code" },
    { title: "What" },
    { title: "Tables", isNumber: true as const },
    { title: "Columns", isNumber: true as const },
    { title: "In words" },
  ];
  return section(
    "warnings",
    "What is to be known",
    list([...notes.map((it) => it.text), ...leftOut]),
    rows.length === 0 ? "" : table({ label: "What is to be known", heads, rows }),
  );
}

export function tablesPart({ tables }: Plan): string {
  const rows = tables.map((it, index) => [
    named(it, index),
    text(it.destination ?? "–"),
    { html: mark(it.fate) },
    number(count(it.rows), it.rows),
    number(bytes(it.dataBytes), it.dataBytes),
    it.fate === "loaded" ? number(bytesRange(it.parquetBytes), it.parquetBytes?.high) : number("–", -1),
    number(String(it.columns.length), it.columns.length),
    { html: it.severity === undefined ? "" : mark(it.severity) },
  ]);
  return section(
    "all-tables",
    "Tables",
    '<div class="tools"><label for="filter">Filter</label><input id="filter" type="search" autocomplete="off" placeholder="name, column, code"><output id="shown" for="filter"></output></div>',
    table({
      label: "Tables",
      id: "tables",
      heads: [
        { title: "Table" },
        { title: "In BigQuery" },
        { title: "What" },
        { title: "Rows", isNumber: true },
        { title: "Size", isNumber: true },
        { title: "Parquet", isNumber: true },
        { title: "Columns", isNumber: true },
        { title: "Gravest" },
      ],
      rows,
    }),
  );
}

const COLUMN_HEADS = [
  { title: "Column" },
  { title: "Type" },
  { title: "Parquet" },
  { title: "Landing table" },
  { title: "View" },
  { title: "To know" },
];

export function columnsPart({ tables }: Plan): string {
  const link = (code: string) => `<a href="#w-${code}">${code}</a>`;
  const all = tables.map((it, index) => {
    const rows = it.columns.map((column) => [
      text(column.name),
      text(column.sourceType),
      text(column.parquetType ?? "–"),
      text(column.landingType ?? "–"),
      text(column.viewType ?? "–"),
      {
        html: [
          ...column.warnings.map(link),
          ...(column.remark === undefined ? [] : [sentence(`it ${column.remark}`)]),
        ].join(", "),
      },
    ]);
    const ofTable = [...(it.why === undefined ? [] : [sentence(it.why)]), ...it.warnings.map(link)];
    const about = ofTable.length === 0 ? "" : `<p>${ofTable.join(", ")}</p>`;
    const label = `Columns of ${it.name}`;
    const found = [
      it.name,
      it.destination,
      it.fate,
      it.severity,
      ...it.warnings,
      ...it.columns.flatMap((column) => [column.name, ...column.warnings]),
    ];
    const grave = it.severity === undefined ? "" : ` ${mark(it.severity)}`;
    return `<details class="table" id="t${index}" data-f="${escaped(found.join(" "))}"><summary>${escaped(it.name)} <span class="soft">${counted(it.columns.length, "column")}</span>${grave}</summary>${about}${table({ label, heads: COLUMN_HEADS, rows, sortable: false })}</details>`;
  });
  return section(
    "columns",
    "Columns",
    '<div class="tools"><button type="button" id="open">Open all</button><button type="button" id="close">Close all</button></div>',
    ...all,
  );
}
