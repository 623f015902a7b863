// `npm run ops -- tables` on the local clouds, with the rights of the operator's role and no more: an ordinary day of the
// shipped stack. What RDS's lists look like is the rehearsal's idea of it.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSources } from "../../rehearsal/databases/openSources";
import type { Fault } from "../../rehearsal/faults";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { PROJECT_FOLDER } from "../support/evaluations";
import { OperatedClouds } from "../support/operatedClouds";

describe("npm run ops -- tables on local clouds", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tables-test-"));
    for (const file of ["Pulumi.yaml", "Pulumi.prod.yaml"])
      cpSync(join(PROJECT_FOLDER, file), join(folder, file));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Lives through two days, and has somebody look. */
  async function live(fault: Fault | undefined, look: (operated: OperatedClouds) => Promise<void>) {
    const { stack, sources } = await openSources(PROJECT_FOLDER, "prod");
    const evaluation = await evaluateStack(PROJECT_FOLDER, stack);
    try {
      await rehearse({
        ...{ projectFolder: PROJECT_FOLDER, stack, sources, evaluation, fault },
        ...{ days: fault === undefined ? 1 : 2, date: "2025-02-17", spotRuns: 0, port: 0 },
        afterwards: async (clouds) => {
          const operated = new OperatedClouds(clouds, settingsOf(stack), evaluation.outputs, folder);
          try {
            await look(operated);
          } finally {
            operated.close();
          }
        },
      });
    } finally {
      for (const source of sources) await source.close();
    }
  }

  const world = () => ({ projectFolder: folder });

  it("has nothing to say of an ordinary day", async () => {
    await live(undefined, async (operated) => {
      const { status, printed, complaints } = await operated.run(["tables"], { world: world() });
      assert.deepEqual([status, complaints], [0, []]);
      assert.deepEqual(printed.split("\n"), [
        "Export prod-2025021706 of snapshot rds:example-prod-2025-02-16-16-00 (2025-02-16 16:00 UTC)",
        "13 tables that Pulumi.prod.yaml loads: 12 whole, 1 empty.",
        "0 tables with rows that it does not load.",
        "No export before it is known, so that nothing can be said of changes.",
      ]);
    });
  });
});
