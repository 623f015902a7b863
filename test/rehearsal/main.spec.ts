// The command as people call it: what it prints, and with which status it ends.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { RehearsalReport } from "../../rehearsal/report";

const ROOT = resolve(__dirname, "..", "..");

function start(...options: string[]): ChildProcess {
  return spawn(process.execPath, ["-r", "./ops/register.js", join("rehearsal", "main.ts"), ...options], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CI: "true" },
  });
}

async function ending(child: ChildProcess) {
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  const [out, errors] = await Promise.all([text(stdout), text(stderr), once(child, "close")]);
  return { status: child.exitCode, out, errors };
}

describe("npm run rehearse", () => {
  it("refuses an unknown stack in one sentence", async () => {
    const { status, out, errors } = await ending(start("--stack", "nope"));
    assert.deepEqual([status, out], [1, ""]);
    assert.match(
      errors,
      /^no stack "nope": there is no Pulumi\.nope\.yaml in .*; the stacks here are prod, stg\n$/,
    );
  });

  it("refuses a port that is taken, by its number", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { status, errors } = await ending(start("--port", String(port)));
    server.close();
    assert.equal(status, 1);
    assert.equal(
      errors,
      `\`--port ${port}\`: port ${port} is taken on this machine; choose another, or leave it out for any free one\n`,
    );
  });

  it("prints a report for machines, without colour, and ends with status 0 where all is equal", async () => {
    const { status, out, errors } = await ending(start("--date", "2025-02-18", "--json"));
    assert.deepEqual([status, errors], [0, ""]);
    const report = JSON.parse(out) as RehearsalReport;
    assert.deepEqual([report.stack, report.ok, report.days.length, report.resources], ["prod", true, 1, 125]);
    const tables = report.days[0]?.tables ?? [];
    assert.equal(tables.length, 13);
    assert.ok(tables.reduce((sum, it) => sum + (it.bigQuery?.rows ?? 0), 0) > 100_000);
  });

  it("leaves no process behind when it is interrupted, and says so", async () => {
    const child = start("--date", "2025-02-18", "--days", "200");
    assert.ok(child.stdout);
    // The first day's line: both clouds are at work.
    await once(child.stdout, "data");
    child.kill("SIGINT");
    const { status, errors } = await ending(child);
    assert.deepEqual([status, errors], [1, "Interrupted. Nothing is left running, and nothing was kept.\n"]);
  });
});
