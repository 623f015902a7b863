// The page in a real browser: Debian's Chromium, which `.ci/run` installs. Where it is missing and nobody asks for it,
// a line that cannot be missed. `UPDATE_PICTURES=1` writes docs/plan.png anew.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { pageOf } from "../../plan/page";
import { ROOT } from "../docs/markdown";
import { MYSQL, manyTables, tableOf } from "./catalogs";
import { planned } from "./plans";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PICTURE = path.join(ROOT, "docs", "plan.png");
const PICTURE_BYTES = 150 * 1024;

/** Contrast of a colour on another by WCAG 2, from the browser's own `rgb()`. */
const CONTRASTS = `(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((it) => it / 255).map((it) => (it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const colour = parse(getComputedStyle(it).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some((it) => it.nodeType === 3 && it.data.trim()) || element.closest("script,style")) continue;
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) poor.add(element.tagName + "." + element.className + " " + contrast.toFixed(1));
  }
  return [...poor];
})()`;

/** What people with a screen reader would miss. */
const MISSING = `[
  ...[...document.querySelectorAll("input")].filter((it) => !it.labels.length).map(() => "input without label"),
  ...[...document.querySelectorAll("button, a")].filter((it) => !it.textContent.trim()).map((it) => it.tagName + " without text"),
  ...[...document.querySelectorAll("[role=region]")].filter((it) => !it.ariaLabel).map(() => "region without label"),
  ...[...document.querySelectorAll("th")].filter((it) => !it.scope).map((it) => "th without scope: " + it.textContent),
  ...[...document.querySelectorAll("a[href^='#']")].filter((it) => !document.getElementById(it.hash.slice(1))).map((it) => "dead link " + it.hash),
  ...(new Set([...document.querySelectorAll("[id]")].map((it) => it.id)).size < document.querySelectorAll("[id]").length ? ["an id twice"] : []),
  ...(document.documentElement.lang ? [] : ["no language"]),
  ...(document.querySelectorAll("h1").length === 1 && document.querySelector("main") ? [] : ["no h1 or main"]),
]`;

describe("the page of a plan in Chromium", function () {
  this.timeout(120_000);
  let browser: Browser;
  const folder = mkdtempSync(path.join(tmpdir(), "plan-page-"));
  const trouble: string[] = [];

  before(async function () {
    if (!existsSync(CHROMIUM)) {
      if (process.env.CI) assert.fail(`${CHROMIUM} is not there: apt-get install chromium`);
      console.error(`NOT RUN: ${CHROMIUM} is not there, so nobody has looked at the page of a plan.`);
      this.skip();
    }
    // Its sandbox cannot be had by root, and in most containers.
    const args = ["--no-sandbox", "--force-color-profile=srgb"];
    browser = await puppeteer.launch({
      executablePath: CHROMIUM,
      args,
      userDataDir: path.join(folder, "user"),
    });
  });

  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  afterEach(() => assert.deepEqual(trouble.splice(0), [], "requests, errors and messages of the page"));

  /** Opens the page of a catalog from a file. */
  async function opened(
    catalog: typeof MYSQL,
    { width = 1400, height = 1000, scheme = "light" } = {},
  ): Promise<Page> {
    const file = path.join(folder, "plan.html");
    writeFileSync(file, pageOf(planned(catalog)));
    const url = pathToFileURL(file).href;
    const page = await browser.newPage();
    page.on("console", (message) => trouble.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => trouble.push(`error: ${String(error)}`));
    page.on("request", (request) => {
      if (request.url().split("#")[0] !== url && !request.url().startsWith("data:"))
        trouble.push(`request: ${request.url()}`);
    });
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(url);
    return page;
  }

  const firstCells = (page: Page, table = "#tables") =>
    page.$$eval(`${table} tbody tr`, (rows) =>
      rows.flatMap((it) => (it.checkVisibility() ? [it.querySelector("th")?.textContent ?? ""] : [])),
    );

  const clickHead = (page: Page, title: string) =>
    page.evaluate(
      `[...document.querySelectorAll("#tables th button")].find((it) => it.textContent === ${JSON.stringify(title)}).click()`,
    );

  const style = (page: Page, selector: string, name: string) =>
    page.evaluate(`getComputedStyle(document.querySelector("${selector}")).${name}`);

  const sorted = (page: Page) =>
    page.$$eval("#tables th[aria-sort]", (heads) =>
      heads.map((it) => [it.textContent, it.getAttribute("aria-sort")]),
    );

  it("sorts by a click: numbers the greatest first, names by the alphabet, and back", async () => {
    const page = await opened(MYSQL);
    await clickHead(page, "Size");
    assert.deepEqual((await firstCells(page)).slice(0, 3), ["orders", "page_views", "users"]);
    assert.deepEqual(await sorted(page), [["Size", "descending"]]);
    await clickHead(page, "Size");
    assert.deepEqual((await firstCells(page)).slice(-3), ["users", "page_views", "orders"]);
    await clickHead(page, "Table");
    assert.deepEqual(await firstCells(page), [
      "a/b",
      "audit log",
      "imports",
      "orders",
      "page_views",
      "secrets",
      "users",
    ]);
    assert.deepEqual(await sorted(page), [["Table", "ascending"]]);
    await page.close();
  });

  it("sorts by the keyboard alone", async () => {
    const page = await opened(MYSQL);
    await page.focus("#tables th button");
    await page.keyboard.press("Enter");
    assert.deepEqual(await sorted(page), [["Table", "ascending"]]);
    await page.close();
  });

  it("finds tables by names, columns and codes, also when they are sorted", async () => {
    const page = await opened(MYSQL);
    await clickHead(page, "Rows");
    await page.type("#filter", "SEEN_at");
    assert.deepEqual(await firstCells(page), ["page_views"]);
    assert.equal(await page.$eval("#shown", (it) => it.textContent), "1 of 7 tables");
    assert.equal(
      await page.$$eval("details.table", (all) => all.filter((it) => it.checkVisibility()).length),
      1,
    );
    await page.close();
  });

  it("opens a table's columns from its name, and all at once", async () => {
    const page = await opened(MYSQL);
    const openOnes = () =>
      page.$$eval("details.table[open] > summary", (all) =>
        all.map((it) => it.firstChild?.textContent?.trim()),
      );
    await page.click("#tables tbody tr:nth-child(2) a");
    await page.waitForSelector("details[open]");
    assert.deepEqual(await openOnes(), ["users"]);
    await page.click("#open");
    assert.equal((await openOnes()).length, 7);
    await page.click("#close");
    assert.deepEqual(await openOnes(), []);
    await page.close();
  });

  for (const scheme of ["light", "dark"]) {
    it(`can be read and heard, ${scheme}`, async () => {
      const page = await opened(MYSQL, { scheme });
      await page.click("#open");
      const paper = await style(page, "body", "backgroundColor");
      assert.equal(paper, scheme === "light" ? "rgb(255, 255, 255)" : "rgb(20, 24, 31)");
      assert.deepEqual(await page.evaluate(CONTRASTS), []);
      assert.deepEqual(await page.evaluate(MISSING), []);
      await page.close();
    });
  }

  for (const width of [380, 1400]) {
    it(`needs no sideways scrolling at ${width} px`, async () => {
      const long = tableOf("t".repeat(64), { ["c".repeat(64)]: `ENUM('${"v".repeat(200)}')` });
      const page = await opened(
        { ...MYSQL, database: "d".repeat(64), tables: [...MYSQL.tables, long] },
        { width },
      );
      await page.click("#open");
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
      await page.close();
    });
  }

  it("can be printed, from a dark screen as well", async () => {
    const page = await opened(MYSQL, { scheme: "dark" });
    const pdf = Buffer.from(
      await page.pdf({ format: "A4", margin: { top: "12mm", bottom: "12mm", left: "12mm", right: "12mm" } }),
    );
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    const pages = pdf.toString("latin1").match(/\/Type \/Page\b/g)?.length ?? 0;
    assert.ok(pages >= 2 && pages <= 6, `${pages} pages`);
    await page.emulateMediaType("print");
    assert.equal(await style(page, "body", "backgroundColor"), "rgb(255, 255, 255)");
    assert.equal(await style(page, "nav", "display"), "none");
    await page.close();
  });

  it("runs nothing that a name holds", async () => {
    const evil = `</script><script>document.title='taken'</script><img src="https://example.com/x" onerror="document.title='taken'">`;
    const page = await opened({ ...MYSQL, database: evil, leftOut: [evil] });
    assert.equal(await page.title(), `${evil} in BigQuery: the plan`);
    assert.equal(await page.$$eval("img, script", (all) => all.length), 1);
    await page.close();
  });

  it("is quick with 1,000 tables", async () => {
    const page = await opened(manyTables(1000));
    const start = performance.now();
    await clickHead(page, "Size");
    await page.type("#filter", "0999");
    assert.deepEqual(await firstCells(page), ["table_0999"]);
    assert.ok(performance.now() - start < 3000);
    await page.close();
  });

  it("is what docs/plan.png shows", async () => {
    const page = await opened(MYSQL, { width: 1100, height: 860 });
    if (process.env.UPDATE_PICTURES === "1") writeFileSync(PICTURE, await page.screenshot());
    const { size } = statSync(PICTURE);
    assert.ok(size <= PICTURE_BYTES, `${size} bytes`);
    // Fonts differ between machines: what it shows is held by its words.
    assert.deepEqual(
      await page.$$eval("h1, dl.facts dt, dl.facts dd.value, #decisions, #warnings", (all) =>
        all.map((it) => it.textContent),
      ),
      [
        "shop in BigQuery: the plan",
        ...["Tables that can be loaded", "4 of 7", "Columns", "20", "Rows", "422,000,000"],
        ...["Parquet of an export", "14–43 GB", "Time of an export", "3.8–7.5 h"],
        ...["A month in ap-northeast-1", "$89.26–$214"],
        ...["Tables that need a decision", "What is to be known"],
      ],
      "after a change of the page: UPDATE_PICTURES=1, and look at docs/plan.png",
    );
    await page.close();
  });
});
