import { createHash } from "node:crypto";
import { assumptions } from "./assumptions";
import { escaped, list, section } from "./html";
import { costsPart, stackFilePart } from "./pageCosts";
import { PAGE_SCRIPT } from "./pageScript";
import { PAGE_STYLE } from "./pageStyle";
import { columnsPart, decisionsPart, tablesPart, warningsPart } from "./pageTables";
import type { Plan } from "./plan";
import { bytes, bytesRange, count, counted, dollarsRange, minutesRange } from "./words";

/** Source of a Content-Security-Policy that lets this text run, and no other. */
function hashOf(content: string): string {
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}

const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(PAGE_SCRIPT)}`,
  `style-src ${hashOf(PAGE_STYLE)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function fact(title: string, value: string, more: string): string {
  return `<div><dt>${escaped(title)}</dt><dd class="value">${escaped(value)}</dd><dd class="more">${escaped(more)}</dd></div>`;
}

function facts({ totals, size, costs, stack }: Plan): string {
  const left = [
    ...(totals.refused > 0 ? [`${totals.refused} refused`] : []),
    ...(totals.skipped > 0 ? [`${totals.skipped} skipped by RDS`] : []),
    ...(totals.partition > 0 ? [`${counted(totals.partition, "partition")} within them`] : []),
  ];
  const { lossy, changes } = totals.warnings;
  const isWhole = costs.unknown.length === 1;
  return `<dl class="facts">${[
    fact(
      "Tables that can be loaded",
      `${totals.loaded} of ${totals.tables}`,
      left.join(", ") || "all of them",
    ),
    fact(
      "Columns",
      count(totals.columns),
      `${counted(lossy, "warning")} of lost values, ${count(changes)} of changed meaning`,
    ),
    fact(
      "Rows",
      totals.rows === undefined ? "not known" : count(totals.rows),
      `${totals.rows === undefined ? "before an ANALYZE" : "by estimate"}; ${bytes(totals.dataBytes)} on the server's disk${totals.withoutSize > 0 ? `, without ${counted(totals.withoutSize, "table")} of unknown size` : ""}`,
    ),
    fact("Parquet of an export", bytesRange(size.parquetBytes), "moved to Google each day"),
    fact(
      "Time of an export",
      minutesRange(size.exportMinutes),
      "by a rule of thumb that nobody has confirmed",
    ),
    fact(
      `A month in ${stack.region}`,
      dollarsRange(costs.sums.logical),
      `${dollarsRange(costs.sums.physical)} with physical billing of storage${isWhole ? "" : "; as far as prices are known"}`,
    ),
  ].join("")}</dl>`;
}

/** The plan as one page that needs nothing else: no network, no host, no user name. */
export function pageOf(plan: Plan): string {
  const { source, stack, date, costs } = plan;
  const nav = [
    ["decisions", "Decisions"],
    ["warnings", "To know"],
    ["all-tables", "Tables"],
    ["columns", "Columns"],
    ...(plan.block.text === "" ? [] : [["stack-file", "Stack file"]]),
    ["costs", "Costs"],
    ["assumptions", "Assumptions"],
  ];
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">',
    `<title>${escaped(source.database)} in BigQuery: the plan</title>`,
    `<style>${PAGE_STYLE}</style></head><body>`,
    `<header><h1>${escaped(source.database)} in BigQuery: the plan</h1>`,
    `<p class="soft">${escaped(source.server)} · stack ${escaped(stack.name)} · ${escaped(stack.region)} to ${escaped(stack.location)} · ${date} · prices of ${costs.pricesOf}</p>`,
    facts(plan),
    `<nav aria-label="Sections">${nav.map(([id = "", title = ""]) => `<a href="#${id}">${title}</a>`).join("")}</nav></header>`,
    "<main>",
    decisionsPart(plan),
    warningsPart(plan),
    tablesPart(plan),
    columnsPart(plan),
    stackFilePart(plan),
    costsPart(plan),
    section("assumptions", "What is assumed", list(assumptions(plan))),
    "</main>",
    "<footer>Made by <code>npm run plan</code> of aurora-to-bigquery from the database's catalog; no row was read.</footer>",
    `<script>${PAGE_SCRIPT}</script></body></html>`,
    "",
  ].join("\n");
}
