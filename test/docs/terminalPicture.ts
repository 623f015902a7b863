const COLUMN = 7.4;
const LINE = 18;
const LEFT = 18;
const TOP = 48;
/** Columns of the terminal: longer lines go on below. */
const COLUMNS = 116;
const STYLE = `
    text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 12px; white-space: pre; }
    .page { fill: #f6f8fa; stroke: #d1d9e0; }
    .button { fill: #d1d9e0; }
    .typed { fill: #0969da; font-weight: 600; }
    .said { fill: #1f2328; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; stroke: #3d444d; }
      .button { fill: #3d444d; }
      .typed { fill: #58a6ff; }
      .said { fill: #f0f6fc; }
    }
  `;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A command and what it has printed, as a picture of a terminal. */
export function terminalPicture(title: string, command: string, printed: string): string {
  const said = printed.split("\n").map((line) => line.trimEnd());
  const lines = [`$ ${command}`, ...said].flatMap(
    (line) => line.match(new RegExp(`.{1,${COLUMNS}}`, "g")) ?? [""],
  );
  const columns = Math.max(...lines.map((line) => line.length));
  const width = Math.ceil(LEFT * 2 + columns * COLUMN);
  const height = TOP + lines.length * LINE + 6;
  const text = (line: string, index: number) =>
    // Of the same length in every font, so that columns stand below each other.
    `<text class="${index === 0 ? "typed" : "said"}" xml:space="preserve" x="${LEFT}" y="${TOP + index * LINE}" textLength="${(line.length * COLUMN).toFixed(1)}" lengthAdjust="spacingAndGlyphs">${escaped(line)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">${escaped(title)}</title>
  <style>${STYLE}</style>
  <rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" />
  ${[0, 1, 2].map((index) => `<circle class="button" cx="${LEFT + 4 + index * 16}" cy="18" r="5" />`).join("\n  ")}
  ${lines.flatMap((line, index) => (line === "" ? [] : [text(line, index)])).join("\n  ")}
</svg>
`;
}
