/** Script of the page: sorts, filters, opens. It holds nothing of the plan, and asks for nothing. */
export const PAGE_SCRIPT = `
"use strict";
const collator = new Intl.Collator("en", { numeric: true });
const valueOf = (row, index) => {
  const cell = row.cells[index];
  const value = cell.dataset.v;
  return value === undefined ? cell.textContent : Number(value);
};
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, index) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const isNumber = head.classList.contains("n");
      const before = head.getAttribute("aria-sort");
      const down = before === null ? isNumber : before === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => ({ row, value: valueOf(row, index) }));
      const sign = down ? -1 : 1;
      rows.sort((a, b) => sign * (isNumber ? a.value - b.value : collator.compare(a.value, b.value)));
      body.append(...rows.map(({ row }) => row));
    });
  });
}
const filter = document.getElementById("filter");
const shown = document.getElementById("shown");
const rows = [...document.querySelectorAll("#tables tbody tr")];
const details = [...document.querySelectorAll("details.table")];
const texts = details.map((it) => it.dataset.f.toLowerCase());
filter.addEventListener("input", () => {
  const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
  texts.forEach((text, index) => {
    const isHidden = !words.every((word) => text.includes(word));
    rows[index].hidden = isHidden;
    details[index].hidden = isHidden;
  });
  const count = rows.filter((row) => !row.hidden).length;
  shown.textContent = words.length === 0 ? "" : count + " of " + rows.length + " tables";
});
const open = (all) => { for (const it of details) it.open = all && !it.hidden; };
document.getElementById("open").addEventListener("click", () => open(true));
document.getElementById("close").addEventListener("click", () => open(false));
const follow = () => {
  const target = location.hash.startsWith("#t") && document.getElementById(location.hash.slice(1));
  if (target) target.open = true;
};
addEventListener("hashchange", follow);
follow();
`;
