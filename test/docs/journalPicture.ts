/** What the journal says of a table on a day. */
export interface JournaledDay {
  readonly day: string;
  readonly table: string;
  readonly outcome: string;
  readonly rows: number;
}

const LEFT = 150;
const TOP = 74;
const CELL = { width: 92, height: 26 };
const STYLE = `
    text { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 13px; }
    .page { fill: #ffffff; }
    .name { fill: #1f2328; text-anchor: end; }
    .day { fill: #59636e; text-anchor: middle; }
    .title { fill: #1f2328; font-weight: 600; }
    .whole { fill: #dafbe1; stroke: #4ac26b; }
    .other { fill: #ffebe9; stroke: #cf222e; stroke-width: 2; }
    .rows { fill: #1f2328; text-anchor: middle; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; }
      .name { fill: #f0f6fc; }
      .day { fill: #9198a1; }
      .title { fill: #f0f6fc; }
      .whole { fill: #12261e; stroke: #238636; }
      .other { fill: #25171c; stroke: #f85149; }
      .rows { fill: #f0f6fc; }
    }
  `;

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

/** The journal of some days as a picture: a row for each table, a column for each day. Names have no sign of XML's. */
export function journalPicture(rows: readonly JournaledDay[]): string {
  const [days, tables] = [unique(rows.map((it) => it.day)), unique(rows.map((it) => it.table))];
  const width = LEFT + days.length * CELL.width + 16;
  const height = TOP + tables.length * CELL.height + 16;
  const middle = (index: number) => LEFT + (index + 0.5) * CELL.width;
  const base = (index: number) => TOP + index * CELL.height + 17;
  const notWhole = rows.filter(({ outcome }) => outcome !== "whole");
  const cells = rows.flatMap(({ day, table, outcome, rows: count }) => {
    const [column, row] = [days.indexOf(day), tables.indexOf(table)];
    const [x, y] = [LEFT + column * CELL.width + 2, TOP + row * CELL.height + 1];
    const words = outcome === "whole" ? count.toLocaleString("en-US") : outcome;
    return [
      `<rect class="${outcome === "whole" ? "whole" : "other"}" x="${x}" y="${y}" width="${CELL.width - 4}" height="${CELL.height - 3}" rx="4" />`,
      `<text class="rows" x="${middle(column)}" y="${base(row)}">${words}</text>`,
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title what">
  <title id="title">A week in the journal</title>
  <desc id="what">${days.length} days of ${tables.length} tables, each with the rows that its load left. Not whole: ${notWhole.map(({ day, table, outcome }) => `${table} on ${day}, ${outcome}`).join("; ") || "none"}.</desc>
  <style>${STYLE}</style>
  <rect class="page" width="${width}" height="${height}" rx="8" />
  <text class="title" x="16" y="30">Rows that each load left, by day</text>
  ${days.map((day, index) => `<text class="day" x="${middle(index)}" y="${TOP - 10}">${day}</text>`).join("\n  ")}
  ${tables.map((table, index) => `<text class="name" x="${LEFT - 10}" y="${base(index)}">${table}</text>`).join("\n  ")}
  ${cells.join("\n  ")}
</svg>
`;
}
