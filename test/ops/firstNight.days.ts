// `npm run ops -- first-night` after rehearsed days of the stack `prod`. Proves that its looks say what the local clouds do,
// in both directions, and that the table is whole afterwards; what real clouds do is what the command is for.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Clouds } from "../../rehearsal/clouds";
import { openSources } from "../../rehearsal/databases/openSources";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { OperatedClouds } from "../support/operatedClouds";

const ROOT = resolve(__dirname, "..", "..");

interface Looked {
  readonly look: string;
  readonly verdict: string;
  readonly seen: string;
}

describe("npm run ops -- first-night after rehearsed days", () => {
  const folder = mkdtempSync(join(tmpdir(), "first-night-test-"));
  const report = join(folder, "report.json");
  let clouds: Clouds;
  let operated: OperatedClouds;
  let end = () => {};
  let rehearsal: Promise<unknown>;

  before(async () => {
    const { stack, sources } = await openSources(ROOT, "prod");
    const evaluation = await evaluateStack(ROOT, stack);
    const ended = new Promise<void>((done) => {
      end = done;
    });
    clouds = await new Promise<Clouds>((opened, failed) => {
      const afterwards = (it: Clouds) => {
        opened(it);
        return ended;
      };
      const options = { days: 3, date: "2025-02-18", spotRuns: 0, port: 0, projectFolder: ROOT };
      rehearsal = rehearse({ ...options, stack, sources, evaluation, afterwards }).finally(async () => {
        for (const it of sources) await it.close();
      });
      rehearsal.catch(failed);
    });
    operated = new OperatedClouds(clouds, settingsOf(stack), evaluation.outputs, folder, {
      firstNight: true,
    });
  });

  after(async () => {
    operated?.close();
    end();
    await rehearsal;
    rmSync(folder, { recursive: true });
  });

  async function look(...args: readonly string[]) {
    const said = await operated.run(["first-night", "--report", report, ...args]);
    const text = readFileSync(report, "utf8");
    const { looks } = JSON.parse(text) as { looks: readonly Looked[] };
    const verdicts = new Map(looks.map((it) => [it.look, it.verdict]));
    return { ...said, text, looks, verdicts };
  }

  it("finds everything as assumed, leaves the table as it was, and names nothing", async () => {
    const { status, complaints, looks, text, printed } = await look("--yes");
    const strange = looks.filter(
      ({ verdict, look: id }) => verdict !== "as assumed" && id !== "renderedPath",
    );
    assert.deepEqual([strange, status, complaints], [[], 0, []], printed);
    for (const name of ["shop", "example-prod", "123456789012", clouds.project.transfers[0]?.name ?? "?"]) {
      assert.ok(!text.includes(name), name);
    }
  });

  it("says that a run without files has emptied the table, and loads it again", async () => {
    clouds.transfers.emptiesWithoutFiles = () => true;
    const { status, complaints, verdicts } = await look("--yes");
    clouds.transfers.emptiesWithoutFiles = () => false;
    assert.deepEqual(
      [status, verdicts.get("zeroMatchRun"), verdicts.get("ordinaryRun")],
      [1, "otherwise", "as assumed"],
    );
    assert.match(String(complaints[0]), /^A run that should change nothing has changed shop\.\w+\. /);
  });

  it("starts nothing where it may not, and without a yes", async () => {
    const runs = clouds.transfers.runs.length;
    const { verdicts } = await look("--read-only");
    assert.equal(verdicts.get("zeroMatchRun"), "not seen");
    const { status, complaints } = await look();
    assert.deepEqual([status, clouds.transfers.runs.length], [1, runs]);
    assert.match(String(complaints[0]), /^Nobody can be asked here/);
  });
});
