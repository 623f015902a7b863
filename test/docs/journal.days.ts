// The picture in docs/journal.md is the journal of a rehearsed week, as `npm run query` shows it; UPDATE_JOURNAL=1 draws it anew.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { XMLValidator } from "fast-xml-parser";
import { openSources } from "../../rehearsal/databases/openSources";
import { readStack } from "../../rehearsal/program/stackFile";
import { rehearse } from "../../rehearsal/rehearsal";
import { type JournaledDay, journalPicture } from "./journalPicture";
import { ROOT, readText } from "./markdown";

const PICTURE = "docs/journal.svg";
/** A stack of its own, so that its tables are no other test's. */
const WEEK = "week";
const ASKED =
  "SELECT day, table_id, outcome, loaded_rows FROM prod_aurora_reports.loads ORDER BY day, table_id";

/** What `npm run query` prints, row by row. */
function query(sql: string): JournaledDay[] {
  const args = ["-r", "./ops/register.js", "ops/query.ts", "--stack", WEEK, sql];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const [, ...rows] = stdout.split("\n").filter((line) => line.startsWith("│"));
  return rows.map((line) => {
    const [, day = "", table = "", outcome = "", count] = line.split("│").map((cell) => cell.trim());
    return { day, table, outcome, rows: Number(count) };
  });
}

describe("the journal of a rehearsed week", () => {
  let rows: JournaledDay[];
  before(async function () {
    this.timeout(600_000);
    const { sources } = await openSources(ROOT, "prod");
    try {
      await rehearse({
        projectFolder: ROOT,
        stack: { ...readStack(ROOT, "prod", { environment: "prod" }), stack: WEEK },
        sources,
        days: 7,
        date: "2025-02-17",
        fault: "half-loaded",
        spotRuns: 0,
        port: 0,
      });
    } finally {
      for (const source of sources) await source.close();
    }
    rows = query(ASKED);
    if (process.env.UPDATE_JOURNAL) writeFileSync(path.join(ROOT, PICTURE), journalPicture(rows));
  });

  it("has every table of every day, and all but one whole", () => {
    const days = new Set(rows.map(({ day }) => day));
    const tables = new Set(rows.map(({ table }) => table));
    assert.deepEqual([days.size, tables.size, rows.length], [7, 13, 7 * 13]);
    assert.deepEqual(
      rows
        .filter(({ outcome }) => outcome !== "whole")
        .map(({ day, table, outcome }) => [day, table, outcome]),
      [["2025-02-23", "users", "rowsDiffer"]],
    );
  });

  it("is the picture of the documents, which fetches nothing", () => {
    const picture = readText(PICTURE);
    assert.equal(picture, journalPicture(rows));
    assert.equal(XMLValidator.validate(picture), true);
    assert.ok(readText("docs/journal.md").includes("](journal.svg)"));
  });
});
