// The year as people call it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { command, type Options } from "../../../rehearsal/options";
import { yearTable } from "../../../rehearsal/terminal";
import { YEAR_FAULTS } from "../../../rehearsal/year/faults";
import { DESIGNS, type YearReport } from "../../../rehearsal/year/simulateYear";
import { FINDINGS, NO_DAYS } from "../../../rehearsal/year/tally";
import { readText, tableRows } from "../../docs/markdown";
import { ROOT } from "./stacks";

function read(...argv: string[]): { options?: Options; error?: string } {
  let error = "";
  const quiet = command()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (error += text), writeOut: () => {} });
  try {
    return { options: quiet.parse(argv, { from: "user" }).opts<Options>() };
  } catch {
    return { error: error.split("\n")[0] };
  }
}

function rehearse(...options: string[]) {
  return spawnSync(process.execPath, ["-r", "./ops/register.js", "rehearsal/main.ts", ...options], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, CI: "true" },
  });
}

describe("the page on the year", () => {
  it("lists every fault with its chance", () => {
    const page = readFileSync(join(ROOT, "docs", "rehearsal.md"), "utf8");
    const listed = [...page.matchAll(/^\| `(\w+)` \| (\d+) % \| (.*) \|$/gm)].map((row) => row.slice(1));
    const faults = Object.entries(YEAR_FAULTS).map(([name, { chance, what }]) => [
      name,
      String(Math.round(chance * 100)),
      what,
    ]);
    assert.deepEqual(listed, faults);
  });
});

describe("the options of a year", () => {
  it("are a year and its seed; the seed alone asks for a year as well", () => {
    assert.deepEqual([read("--year").options?.year, read("--year").options?.seed], [true, undefined]);
    assert.deepEqual([read("--seed", "7").options?.year, read("--seed", "7").options?.seed], [true, 7]);
    assert.equal(read().options?.year, undefined);
  });

  const refused: [string, string][] = [
    ["--year --sql a.sql", "error: option '--year' cannot be used with option '--sql <file>'"],
    ["--year --fault slow-export", "error: option '--year' cannot be used with option '--fault <name>'"],
    ["--year --days 3", "error: option '--year' cannot be used with option '--days <number>'"],
    ["--year --run-now", "error: option '--year' cannot be used with option '--run-now [times]'"],
    ["--seed 3 --days 3", "error: option '--year' cannot be used with option '--days <number>'"],
    [
      "--year --seed -1",
      "error: option '--seed <number>' argument '-1' is invalid. Expected a whole number from 0 to 999999.",
    ],
  ];
  for (const [argv, error] of refused) {
    it(`refuse ${argv} in one sentence`, () => assert.deepEqual(read(...argv.split(" ")), { error }));
  }
});

describe("npm run rehearse -- --year", () => {
  it("prints the year that README has, and ends with status 0 where ours is clean", () => {
    const { status, stdout, stderr } = rehearse("--year", "--json");
    assert.deepEqual([status, stderr], [0, ""]);
    const { seed, designs } = JSON.parse(stdout) as YearReport;
    assert.equal(seed, 1);
    assert.deepEqual(
      tableRows(readText("README.md"), "Design").map(([, ...cells]) => cells.map(Number)),
      DESIGNS.map((name) => FINDINGS.map((finding) => designs[name].days[finding])),
    );
  });
});

describe("the table of a year", () => {
  const counts = (days: Partial<typeof NO_DAYS>, examples: string[] = []) => ({
    days: { ...NO_DAYS, ...days },
    sideBySide: 0,
    followed: { days: 20, right: 19 },
    examples,
  });
  const report = (examples: string[] = []): YearReport =>
    ({
      stack: "prod",
      seed: 3,
      firstDate: "2025-01-01",
      days: 365,
      tables: 13,
      faults: { eventLost: 20, spotRun: 4 } as YearReport["faults"],
      designs: {
        schedule: counts({ staleTold: 20, right: 345, partial: examples.length }, examples),
        completion: counts({ staleTold: 11, right: 354 }),
        original: counts({ staleUntold: 365 }),
        correctedOriginal: counts({ partial: 40, mixed: 3, staleUntold: 50, right: 280 }),
      },
      ok: examples.length === 0,
    }) satisfies YearReport;
  const lines = (text: string) => text.split("\n").map((line) => line.trim().replace(/ {2,}/g, " | "));

  it("has a line for each design", () => {
    assert.deepEqual(lines(yearTable(report())), [
      "Stack prod, 13 tables, 365 days from 2025-01-01, seed 3. Days on which some table was",
      "",
      "partial | mixed | older than before | called whole, and not | stale, nobody told | stale and told | all right",
      "this project, loads by the clock | 0 | 0 | 0 | 0 | 0 | 20 | 345",
      "this project, loads on completion | 0 | 0 | 0 | 0 | 0 | 11 | 354",
      "the original design, as published | 0 | 0 | 0 | 0 | 365 | 0 | 0",
      "the original design, its date corrected | 40 | 3 | 0 | 0 | 50 | 0 | 280",
      "",
      "Of this project, loads by the clock: somebody did all that the reports said on 20 days, and every table was right that night on 19 of them.",
      "Of this project, loads on completion: somebody did all that the reports said on 20 days, and every table was right that night on 19 of them.",
      "Faults, and the days on which they came: eventLost 20, spotRun 4.",
      "",
      "No table of this project was ever partial, mixed, older than before, called whole though it was not, or stale with nobody told.",
    ]);
  });

  it("names what went wrong with ours", () => {
    assert.deepEqual(lines(yearTable(report(["2025-03-01 prod_shop.users: partial"]))).slice(-3), [
      "problem: 2025-03-01 prod_shop.users: partial",
      "",
      "A table of this project was partial, mixed, older than before, called whole though it was not, or stale with nobody told.",
    ]);
  });
});
