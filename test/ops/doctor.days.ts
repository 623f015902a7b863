// `npm run ops -- doctor` after an ordinary rehearsed day, with the rights of the operator's files and no others. Each
// thing is broken by hand and mended again: exactly its check says so. What AWS and Google answer is their stand-ins'.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { DoctorReport } from "../../ops/commands/doctor/doctor";
import type { Clouds } from "../../rehearsal/clouds";
import { openSources } from "../../rehearsal/databases/openSources";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { OperatedClouds } from "../support/operatedClouds";

const ROOT = resolve(__dirname, "..", "..");

describe("npm run ops -- doctor after a rehearsed day", () => {
  const folder = mkdtempSync(join(tmpdir(), "doctor-test-"));
  let clouds: Clouds;
  let operated: OperatedClouds;
  let release = () => {};
  let rehearsed: Promise<unknown>;

  before(async () => {
    const { stack, sources } = await openSources(ROOT, "prod");
    const evaluation = await evaluateStack(ROOT, stack);
    const released = new Promise<void>((done) => {
      release = done;
    });
    await new Promise<void>((ready, fail) => {
      rehearsed = rehearse({
        ...{ projectFolder: ROOT, stack, sources, evaluation, days: 1, date: "2025-02-18", spotRuns: 0, port: 0 },
        afterwards: async (it) => {
          clouds = it;
          operated = new OperatedClouds(it, settingsOf(stack), evaluation.outputs, folder);
          ready();
          await released;
        },
      }).catch(fail);
    });
    after(async () => {
      for (const source of sources) await source.close();
    });
  });

  after(async () => {
    operated?.close();
    release();
    await rehearsed;
    rmSync(folder, { recursive: true });
  });

  it("says that all is well", async () => {
    const { status, printed, complaints } = await operated.run(["doctor"]);
    console.log(printed, complaints);
    assert.equal(status, 0);
  });
});
