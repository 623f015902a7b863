const SIGNS = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** A text as HTML shows it, whatever it holds. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => SIGNS.get(sign) ?? "");
}

/** A sentence, whose code between backticks is marked. */
export function sentence(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

/** A column of a table. */
export interface Head {
  readonly title: string;
  /** Numbers, on the right. */
  readonly isNumber?: true;
}

/** A cell: HTML, and what it is sorted by where that is no text. */
export interface Cell {
  readonly html: string;
  readonly value?: number;
  /** Named after what it holds in the style. */
  readonly kind?: "wide";
}

export const text = (words: string): Cell => ({ html: escaped(words) });

export const number = (words: string, value: number | undefined): Cell => ({
  html: escaped(words),
  value: value ?? -1,
});

/** What names a row, in the first cell of it. */
function cellOf({ html, value, kind }: Cell, index: number, { isNumber }: Head): string {
  const tag = index === 0 ? "th" : "td";
  const scope = index === 0 ? ' scope="row"' : "";
  const kinds = [isNumber && "n", kind].filter(Boolean).join(" ");
  const sorted = value === undefined ? "" : ` data-v="${value}"`;
  return `<${tag}${scope}${kinds ? ` class="${kinds}"` : ""}${sorted}>${html}</${tag}>`;
}

/** A table that scrolls by itself where the page is narrow, with buttons that sort it. */
export function table(args: {
  readonly label: string;
  readonly id?: string;
  readonly heads: readonly Head[];
  readonly rows: readonly (readonly Cell[])[];
  readonly foot?: readonly (readonly Cell[])[];
  readonly sortable?: false;
}): string {
  const { label, id, heads, rows, foot = [], sortable = true } = args;
  const head = heads.map(({ title, isNumber }) => {
    const words = escaped(title);
    const inner = sortable ? `<button type="button">${words}</button>` : words;
    return `<th scope="col"${isNumber ? ' class="n"' : ""}>${inner}</th>`;
  });
  const lineOf = (cells: readonly Cell[]) =>
    cells.map((it, index) => cellOf(it, index, heads[index] ?? { title: "" })).join("");
  const body = rows.map((cells) => `<tr>${lineOf(cells)}</tr>`);
  const foots = foot.map((cells) => `<tr>${lineOf(cells)}</tr>`);
  return [
    `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(label)}">`,
    `<table${id === undefined ? "" : ` id="${id}"`}${sortable ? ' class="sortable"' : ""}>`,
    `<thead><tr>${head.join("")}</tr></thead>`,
    `<tbody>${body.join("\n")}</tbody>`,
    ...(foots.length === 0 ? [] : [`<tfoot>${foots.join("")}</tfoot>`]),
    "</table></div>",
  ].join("\n");
}

/** A cell of many words. */
export const wide = (html: string): Cell => ({ html, kind: "wide" });

/** A word in the colours of a fate or a severity. */
export const mark = (kind: string, word = kind): string => `<span class="mark ${kind}">${word}</span>`;

/** A part of the page, under a heading that can be jumped to. */
export function section(id: string, title: string, ...parts: readonly string[]): string {
  return `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(title)}</h2>\n${parts.join("\n")}</section>`;
}

/** Sentences, one below the other. */
export function list(items: readonly string[]): string {
  return items.length === 0 ? "" : `<ul>${items.map((it) => `<li>${sentence(it)}</li>`).join("")}</ul>`;
}
