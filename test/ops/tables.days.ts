// `npm run ops -- tables` on the local clouds, with the rights of the operator's role and no more: an ordinary day of the
// shipped stack, and the days on which Aurora's tables are others. What RDS's lists look like is the rehearsal's idea of it.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackSettings } from "../../ops/session/stackSettings";
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
  async function after(fault: Fault | undefined, look: (operated: OperatedClouds) => Promise<void>) {
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
    await after(undefined, async (operated) => {
      const { status, printed, complaints } = await operated.run(["tables"], { world: world() });
      assert.deepEqual([status, complaints], [0, []]);
      assert.equal(printed, "");
    });
  });

  it("gives the line of a new table, and writes it", async () => {
    await after("table-added", async (operated) => {
      const { status, printed, complaints } = await operated.run(["tables", "--write", "--yes"], {
        world: world(),
      });
      assert.deepEqual([status, complaints], [0, []]);
      const text = readFileSync(join(folder, "Pulumi.prod.yaml"), "utf8");
      const before = readFileSync(join(PROJECT_FOLDER, "Pulumi.prod.yaml"), "utf8");
      assert.equal(
        text,
        before.replace("      - type_samples\n", "      - type_samples\n      - users_copy\n"),
      );
      const [shop] = stackSettings("prod", folder).databases;
      assert.equal(shop?.tables.at(-1)?.name, "users_copy");
      const again = await operated.run(["tables"], { world: world() });
      assert.equal(`${printed}\n----\n${again.printed}`, "");
    });
  });

  for (const fault of ["dropped-table", "skipped-table"] as const) {
    it(`needs a person with the fault ${fault}`, async () => {
      await after(fault, async (operated) => {
        const { status, printed, complaints } = await operated.run(["tables"], { world: world() });
        assert.deepEqual([status, complaints], [1, []]);
        assert.equal(printed, "");
      });
    });
  }

  it("says what has become of a column, and its types", async () => {
    await after("column-retyped", async (operated) => {
      const { printed, status } = await operated.run(["tables"], { world: world() });
      const one = await operated.run(["tables", "--table", "shop.users"], { world: world() });
      assert.equal(status, 0);
      assert.equal(`${printed}\n----\n${one.printed}`, "");
    });
  });
});
