// What documents say of rehearsals: the output shown is what a run shows, the rights asked for are enough, figures add up.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { parse } from "yaml";
import { openSources } from "../../rehearsal/databases/openSources";
import { readStack } from "../../rehearsal/program/stackFile";
import { rehearse } from "../../rehearsal/rehearsal";
import { blocks, ROOT, readText, sectionOf } from "./markdown";

const README = readText("README.md");

describe("README", () => {
  it("shows what a rehearsal prints", () => {
    const args = ["-r", "./ops/register.js", "rehearsal/main.ts", "--date", "2025-02-18"];
    const { status, stdout } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(status, 0);
    const printed = stdout.split("\n").map((line) => line.trimEnd());
    const [shown = ""] = blocks(sectionOf(README, "What you see"), "text");
    const lines = shown.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "…");
    // In this order, each behind the one before; one that is cut says how it begins.
    let from = 0;
    for (const line of lines) {
      const [, begin] = /^(.+)…$/.exec(line) ?? [];
      const at = printed.findIndex(
        (it, index) => index >= from && (begin === undefined ? it === line : it.startsWith(begin)),
      );
      assert.ok(at >= 0, `the rehearsal does not print, or not in this place: ${line}`);
      from = at + 1;
    }
    const [, rows] = /loaded ([\d,]+) rows/.exec(shown) ?? [];
    const [, tables] = /of (\d+) tables equal/.exec(shown) ?? [];
    assert.ok(readText("docs/rehearsal.md").includes(`with ${tables} tables and ${rows} rows`));
  });
});

describe("docs/permissions.md", () => {
  it("asks for enough: a rehearsal with existing bucket, key, role and reader loads every row", async () => {
    const [snippet = ""] = blocks(readText("docs/permissions.md"), "yaml");
    const given = parse(snippet) as Record<string, unknown>;
    const secret = "aurora-to-bigquery:readerSecretAccessKey";
    const overrides = Object.entries({ ...given, [secret]: "placeholder" }).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const config = readStack(ROOT, "prod", Object.fromEntries(overrides));
    const { sources } = await openSources(ROOT, "prod");
    try {
      const report = await rehearse({
        projectFolder: ROOT,
        stack: { ...config, secretKeys: [secret] },
        sources,
        days: 1,
        date: "2025-02-18",
        spotRuns: 0,
        port: 0,
      });
      const [day] = report.days;
      assert.deepEqual(report.problems, []);
      assert.deepEqual([...new Set(day?.tables.map(({ state }) => state))], ["equal"]);
      assert.equal(day?.tables.length, 13);
    } finally {
      for (const source of sources) await source.close();
    }
  });
});
