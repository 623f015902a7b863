import { escaped, list, number, section, sentence, table, text, wide } from "./html";
import type { Plan } from "./plan";
import { bytesRange, dollarsRange, minutesRange } from "./words";

export function stackFilePart({ block, exportOnly, stack }: Plan): string {
  if (block.text === "") return "";
  const rows = exportOnly.scopes.map(({ scope, why, parquetBytes, exportMinutes }) => [
    { html: `<code>${scope}</code>` },
    number(parquetBytes === undefined ? "not known" : bytesRange(parquetBytes), parquetBytes?.high),
    number(exportMinutes === undefined ? "not known" : minutesRange(exportMinutes), exportMinutes?.high),
    wide(why === undefined ? "can be used" : `cannot be used: ${sentence(why)}`),
  ]);
  return section(
    "stack-file",
    "For the stack file",
    `<p>In <code>Pulumi.${escaped(stack.name)}.yaml</code>, below <code>config:</code>, in place of what stands there:</p>`,
    `<pre tabindex="0">${escaped(block.text.trimEnd())}</pre>`,
    list(block.faults.map((it) => `\`pulumi preview\` would still say: ${it}`)),
    `<p class="gap"><code>exportOnly: ${exportOnly.recommended}</code>, because ${sentence(exportOnly.why)}.</p>`,
    table({
      label: "exportOnly",
      heads: [
        { title: "exportOnly" },
        { title: "Parquet", isNumber: true },
        { title: "Time", isNumber: true },
        { title: "Whether" },
      ],
      rows,
      sortable: false,
    }),
  );
}

export function costsPart({ costs }: Plan): string {
  const rows = costs.items.map((it) => [
    text(it.name),
    text(it.price ?? "–"),
    text(it.quantity),
    number(dollarsRange(it.dollars), it.dollars?.high),
    text(it.source ?? ""),
  ]);
  const sum = (title: string, dollars: typeof costs.sums.logical) => [
    text(title),
    text(""),
    text(""),
    number(dollarsRange(dollars), dollars.high),
    text(""),
  ];
  const effects = costs.effects.map((it) => [
    text(it.name),
    number(it.saves === undefined ? "–" : dollarsRange(it.saves), it.saves?.high),
    wide(sentence(it.text)),
  ]);
  return section(
    "costs",
    `What a month of ${costs.days} days costs`,
    `<p>By prices of ${costs.pricesOf}, from the sources named; check before quoting. BigQuery bills storage by one of two models: by logical bytes, which is the default and bills neither time travel nor fail-safe, or by physical bytes, which bills both. A load replaces a table every day, so that they hold fourteen copies of it besides.</p>`,
    table({
      label: "Costs of a month",
      heads: [
        { title: "Item" },
        { title: "Price" },
        { title: "Quantity" },
        { title: "Month", isNumber: true },
        { title: "Source" },
      ],
      rows,
      foot: [
        sum("Sum, with logical billing", costs.sums.logical),
        sum("Sum, with physical billing", costs.sums.physical),
      ],
      sortable: false,
    }),
    `<div class="gap">${list(costs.unknown)}</div>`,
    "<h3>What changes it</h3>",
    table({
      label: "What changes it",
      heads: [
        { title: "Decision" },
        { title: "Saves egress of a month", isNumber: true },
        { title: "What it does" },
      ],
      rows: effects,
      sortable: false,
    }),
  );
}
