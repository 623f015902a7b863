// `npm run ops -- reload` on the local clouds after a rehearsed day, as the person on call: with a loader, by the clock and
// on completion, and without one.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Clouds } from "../../rehearsal/clouds";
import { openSources } from "../../rehearsal/databases/openSources";
import type { Fault } from "../../rehearsal/faults";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { ROOT } from "../docs/markdown";
import { OperatedClouds } from "../support/operatedClouds";

const TABLE = /^ (prod_shop\.\w+) +([\d,–]+) +([\d,–]+) +([a-z ]+?)(?: {2,}(.*))?$/;

/** Lives through a day, and lets the person on call work on what it leaves. */
async function afterDay(
  config: object,
  fault: Fault | undefined,
  work: (operated: OperatedClouds, clouds: Clouds) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "reload-test-"));
  const { stack: shipped, sources } = await openSources(ROOT, "prod");
  const keys = Object.entries(config).map(([key, value]) => [`aurora-to-bigquery:${key}`, value]);
  const stack = { ...shipped, stack: "reload", config: { ...shipped.config, ...Object.fromEntries(keys) } };
  try {
    const evaluation = await evaluateStack(ROOT, stack);
    await rehearse({
      projectFolder: ROOT,
      stack,
      evaluation,
      sources,
      days: 1,
      date: "2025-02-18",
      ...(fault && { fault }),
      spotRuns: 0,
      port: 0,
      afterwards: async (clouds) => {
        const operated = new OperatedClouds(clouds, settingsOf(stack), evaluation.outputs, folder);
        try {
          await work(operated, clouds);
        } finally {
          operated.close();
        }
      },
    });
  } finally {
    for (const source of sources) await source.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(path.join(ROOT, ".rehearsal", "reload"), { recursive: true, force: true });
  }
}

/** Outcomes by table, as the command prints them. */
function outcomes(printed: string): Map<string, string> {
  return new Map(
    printed.split("\n").flatMap((line) => {
      const [, table, , , outcome] = TABLE.exec(line) ?? [];
      return table === undefined || outcome === undefined ? [] : [[table, outcome.trim()]];
    }),
  );
}

describe("npm run ops -- reload", () => {
  it("loads the newest export again, or tables of it, where the clock loads", async () => {
    await afterDay({}, "run-failed", async (operated) => {
      const some = await operated.run(["reload", "--table", "prod_shop.users", "--yes"]);
      assert.equal(some.printed, "");
      const all = await operated.run(["reload", "--slot", "2025021806", "--yes"]);
      assert.deepEqual([all.status, all.complaints], [0, []]);
      assert.deepEqual([...new Set(outcomes(all.printed).values())], ["whole"]);
      assert.equal(outcomes(all.printed).size, 13);
    });
  });

  it("starts and follows the runs itself where there is no loader", async () => {
    await afterDay({ federation: false }, "run-failed", async (operated) => {
      const all = await operated.run(["reload", "--yes"]);
      assert.equal(all.printed, "");
    });
  });
});
