// The pictures of the operator's command line in README.md are what the commands print on the local clouds after one night;
// UPDATE_TERMINAL=1 draws them anew.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { XMLValidator } from "fast-xml-parser";
import { openSources } from "../../rehearsal/databases/openSources";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { OperatedClouds } from "../support/operatedClouds";
import { ROOT, readText } from "./markdown";
import { terminalPicture } from "./terminalPicture";

const PICTURES = [
  { file: "docs/status.svg", title: "How a stack stands", args: ["status"] },
  { file: "docs/sync.svg", title: "A spot run", args: ["sync", "--fresh", "--yes"] },
] as const;

describe("the pictures of npm run ops", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "terminal-test-"));
  const drawn = new Map<string, string>();

  before(async function () {
    this.timeout(600_000);
    const { stack: shipped, sources } = await openSources(ROOT, "prod");
    const alerts = JSON.stringify({ emails: ["oncall@example.com"] });
    const stack = { ...shipped, config: { ...shipped.config, "aurora-to-bigquery:alerts": alerts } };
    const settings = settingsOf(stack);
    const evaluation = await evaluateStack(ROOT, stack);
    try {
      await rehearse({
        projectFolder: ROOT,
        stack: { ...stack, stack: "terminal" },
        evaluation,
        sources,
        days: 1,
        date: "2025-02-18",
        spotRuns: 0,
        port: 0,
        afterwards: async (clouds) => {
          const operated = new OperatedClouds(clouds, settings, evaluation.outputs, folder);
          try {
            for (const { file, title, args } of PICTURES) {
              const { status, printed, complaints } = await operated.run(args);
              assert.deepEqual([status, complaints], [0, []]);
              const picture = terminalPicture(title, `npm run ops -- ${args.join(" ")}`, printed);
              drawn.set(file, picture);
              if (process.env.UPDATE_TERMINAL) writeFileSync(path.join(ROOT, file), picture);
            }
          } finally {
            operated.close();
          }
        },
      });
    } finally {
      for (const source of sources) await source.close();
      rmSync(folder, { recursive: true });
    }
  });

  for (const { file } of PICTURES) {
    it(`is what ${file} shows, which fetches nothing`, () => {
      const picture = readText(file);
      assert.equal(picture, drawn.get(file));
      assert.equal(XMLValidator.validate(picture), true);
      assert.ok(readText("README.md").includes(`](${file})`));
    });
  }
});
