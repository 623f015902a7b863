/** Style of the page: sober, in light and dark, on paper, and from 380 px on. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c2330; --soft: #5b6577; --line: #dde2ea; --panel: #f6f8fb; --link: #1a56b8;
  --red: #a61b1b; --red-back: #fdecec; --amber: #7a4b00; --amber-back: #fdf3dc;
  --grey: #4a5365; --grey-back: #eceff4; --green: #17663a; --green-back: #e4f5eb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181f; --ink: #e6eaf1; --soft: #a2acbd; --line: #2e3643; --panel: #1b212b; --link: #8ab6ff;
    --red: #ffb0aa; --red-back: #44201f; --amber: #f3cd85; --amber-back: #3d3016;
    --grey: #c1cad8; --grey-back: #2a323e; --green: #93dbb0; --green-back: #1a3627;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif;
  overflow-wrap: break-word;
}
main, header, footer { max-width: 1280px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 44px 0 12px; }
p { margin: 0 0 10px; max-width: 78ch; }
a { color: var(--link); text-underline-offset: 2px; }
header p { max-width: none; }
.gap { margin-top: 14px; }
h3 { font-size: 16px; margin: 24px 0 10px; }
.soft { color: var(--soft); }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; }
pre { margin: 0; padding: 14px 16px; overflow: auto; max-height: 460px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
nav { margin: 18px 0 0; display: flex; flex-wrap: wrap; gap: 4px 18px; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 12px; margin: 24px 0 0; }
dl.facts div { padding: 12px 16px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
dl.facts dt { color: var(--soft); font-size: 13px; }
dl.facts dd { margin: 0; }
dl.facts dd.value { font-size: 20px; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums; }
dl.facts dd.more { color: var(--soft); font-size: 13px; margin-top: 2px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
.scroll:focus-visible, button:focus-visible, summary:focus-visible, input:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 12px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child > *, tfoot tr:last-child > * { border-bottom: 0; }
thead th { background: var(--panel); font-size: 13px; font-weight: 600; color: var(--soft); white-space: nowrap; }
tbody th { font-weight: 500; overflow-wrap: break-word; max-width: 340px; }
tbody th code { white-space: nowrap; }
tfoot th, tfoot td { font-weight: 600; background: var(--panel); }
.n { text-align: right; white-space: nowrap; }
.wide { min-width: 260px; }
th button { all: unset; cursor: pointer; }
th button::after { content: "\\2195"; opacity: .45; padding-left: 5px; }
th[aria-sort="ascending"] button::after { content: "\\2191"; opacity: 1; }
th[aria-sort="descending"] button::after { content: "\\2193"; opacity: 1; }
.mark { display: inline-block; padding: 0 8px; border-radius: 9px; font-size: 12.5px; line-height: 1.6; white-space: nowrap; color: var(--grey); background: var(--grey-back); }
.refused, .skipped { color: var(--red); background: var(--red-back); }
.lossy, .changes { color: var(--amber); background: var(--amber-back); }
.loaded { color: var(--green); background: var(--green-back); }
.tools { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin: 0 0 10px; }
.tools label { color: var(--soft); }
.tools input { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: 6px; padding: 5px 10px; width: 260px; max-width: 100%; }
.tools button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--soft); border-radius: 6px; padding: 5px 12px; cursor: pointer; }
details { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 6px; }
summary { cursor: pointer; padding: 7px 12px; overflow-wrap: anywhere; }
summary .soft { font-size: 13px; }
details .scroll { border-width: 1px 0 0; border-radius: 0; }
details p { margin: 0; padding: 0 12px 8px; }
details td:nth-child(n+2):nth-child(-n+5) { font: 12.5px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
details td:nth-child(2) { overflow-wrap: anywhere; min-width: 110px; max-width: 300px; }
ul { margin: 0 0 10px; padding-left: 20px; max-width: 84ch; }
li { margin: 0 0 4px; overflow-wrap: anywhere; }
footer { margin-top: 48px; padding-bottom: 40px; color: var(--soft); font-size: 13px; }
[hidden] { display: none; }
@media (max-width: 600px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 22px; }
  h1 { font-size: 23px; }
  dl.facts { grid-template-columns: 1fr; gap: 8px; }
  th, td { padding: 6px 9px; }
  .scroll table { min-width: 620px; }
  tbody th { max-width: 200px; }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --ink: #000; --soft: #444; --line: #ccc; --panel: #fff; --link: #000;
    --red: #a61b1b; --red-back: #fff; --amber: #7a4b00; --amber-back: #fff; --grey: #333; --grey-back: #fff; --green: #17663a; --green-back: #fff;
  }
  body { font-size: 10px; }
  main, header, footer { max-width: none; padding: 0; }
  nav, .tools, th button::after { display: none; }
  th button::after { content: "" !important; }
  code, pre { font-size: 9px; white-space: pre-wrap; }
  pre { max-height: none; }
  .scroll { overflow: visible; }
  .wide { min-width: 0; }
  th, td { padding: 3px 6px; }
  tr, details summary { break-inside: avoid; }
  h2 { break-after: avoid; margin-top: 24px; }
  details:not([open]) { border: 0; margin: 0; }
}
`;
