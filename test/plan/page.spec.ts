// The page as text. What a browser makes of it, page.servers.ts sees.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { pageOf } from "../../plan/page";
import { planText } from "../../plan/terminal";
import { MYSQL, manyTables, POSTGRES, tableOf } from "./catalogs";
import { planned } from "./plans";

const EVIL = `</script><img src=x onerror="alert('1')">&amp;`;

describe("the page of a plan", () => {
  it("shows names as they are, whatever they hold", () => {
    const page = pageOf(
      planned({
        ...MYSQL,
        database: EVIL,
        server: EVIL,
        leftOut: [EVIL],
        tables: [
          {
            ...tableOf("t", { id: "INT" }),
            source: { database: EVIL, table: EVIL },
            columns: [{ ...tableOf("t", { id: "INT" }).columns[0], name: EVIL, type: `ENUM('${EVIL}')` }].map(
              (it) => ({ nullable: true, mapping: undefined, remark: EVIL, ...it }),
            ),
          },
        ],
      }),
    );
    assert.doesNotMatch(page, /<img|onerror="/);
    assert.equal(page.match(/<\/script>/g)?.length, 1);
    assert.ok(
      page.includes("&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;"),
    );
  });

  it("lets its own script and style be, and nothing else", () => {
    const page = pageOf(planned(MYSQL));
    const contentOf = (tag: string) =>
      new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? assert.fail(tag);
    const hash = (tag: string) => createHash("sha256").update(contentOf(tag)).digest("base64");
    assert.ok(
      page.includes(
        `content="default-src 'none'; script-src 'sha256-${hash("script")}'; style-src 'sha256-${hash("style")}'; img-src data:; base-uri 'none'; form-action 'none'"`,
      ),
    );
    assert.doesNotMatch(page, /https?:|\bstyle=|\bon\w+=/);
  });

  it("says what the terminal says", () => {
    for (const catalog of [MYSQL, POSTGRES]) {
      const plan = planned(catalog);
      const words = pageOf(plan)
        .replace(/<(style|script)>[\s\S]*?<\/\1>/g, "")
        .replace(/<[^>]+>/g, " ")
        .replaceAll("&quot;", '"')
        .replaceAll("&#39;", "'")
        .replace(/[\s`]+/g, " ");
      const isThere = (text: string) => assert.ok(words.includes(text.replace(/[\s`]+/g, " ")), text);
      const terminal = planText(plan, { columns: true });
      for (const { code, text } of plan.warnings) {
        assert.ok(terminal.includes(text));
        isThere(code);
      }
      for (const { name, fate, destination = "–" } of plan.tables) isThere(`${name} ${destination} ${fate}`);
      for (const { name, quantity } of plan.costs.items) {
        assert.ok(terminal.includes(quantity));
        isThere(name);
        isThere(quantity);
      }
      for (const line of plan.block.text.trim().split("\n")) {
        assert.ok(terminal.includes(line));
        isThere(line.trim());
      }
    }
  });

  it("of 1,000 tables is made in less than three seconds, and has less than 6 MB", () => {
    const plan = planned(manyTables(1000));
    const start = performance.now();
    const page = pageOf(plan);
    assert.ok(performance.now() - start < 3000);
    assert.ok(page.length < 6_000_000);
  });
});
