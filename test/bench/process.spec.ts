import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../bench/process";

const node = (code: string, signal = new AbortController().signal, env = process.env) =>
  run(process.execPath, ["--eval", code], { env, signal });

describe("run", () => {
  it("gives what the command printed, and its time", async () => {
    const { stdout, milliseconds } = await node("console.log(6 * 7)");
    assert.equal(stdout, "42\n");
    assert.ok(milliseconds > 0);
  });

  it("says what a failing command said", async () => {
    const code = 'console.error("no rows"); process.exitCode = 3';
    await assert.rejects(node(code), {
      message: `${process.execPath} --eval ${code} ended with status 3:\nno rows\n`,
    });
  });

  it("says that there is no such command", async () => {
    const { signal } = new AbortController();
    await assert.rejects(run("no-such-command", [], { signal }), { code: "ENOENT" });
  });

  it("starts nothing after an interruption", async () => {
    const reason = new Error("interrupted");
    await assert.rejects(node("console.log(1)", AbortSignal.abort(reason)), reason);
  });

  it("lets an interrupted command end in its own way, and waits for it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "process-"));
    const [ready, done] = [join(folder, "ready"), join(folder, "done")];
    const interruption = new AbortController();
    const reason = new Error("interrupted");
    const code = `
      const { writeFileSync } = require("node:fs");
      process.once("SIGTERM", () => { writeFileSync(process.env.DONE, ""); clearInterval(alive); });
      const alive = setInterval(() => {}, 1000);
      writeFileSync(process.env.READY, "");`;
    try {
      const command = node(code, interruption.signal, { ...process.env, READY: ready, DONE: done });
      let ended = false;
      const outcome = assert.rejects(command, reason).finally(() => {
        ended = true;
      });
      while (!existsSync(ready) && !ended) await new Promise(setImmediate);
      interruption.abort(reason);
      await outcome;
      assert.ok(existsSync(done));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
