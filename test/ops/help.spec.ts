// The command line before any command has begun: what it is called by, what it says of itself, and what it loads for that.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT, readText } from "../docs/markdown";

/** Says in the end which packages were loaded. */
const WITNESS = `process.on("exit", () => {
  const names = Object.keys(require.cache).flatMap((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(file)?.[1] ?? []);
  require("node:fs").writeFileSync(process.env.LOADED, JSON.stringify([...new Set(names)].sort()));
});`;

describe("npm run ops", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "help-test-"));
  const { bin, scripts } = JSON.parse(readText("package.json"));

  after(() => rmSync(folder, { recursive: true }));

  function ops(...args: readonly string[]) {
    const env = { ...process.env, LOADED: path.join(folder, "loaded.json") };
    writeFileSync(path.join(folder, "witness.js"), WITNESS);
    const script = ["-r", path.join(folder, "witness.js"), bin["aurora-to-bigquery"], ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, script, {
      cwd: ROOT,
      env,
      encoding: "utf8",
    });
    return { status, stdout, stderr, loaded: JSON.parse(readFileSync(env.LOADED, "utf8")) };
  }

  const { stdout: help, loaded } = ops("--help");
  const commands = [...help.matchAll(/^ {2}([a-z][\w-]*) (?:\[options\])?/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");

  it("is what `npx aurora-to-bigquery` runs", () => {
    assert.equal(scripts.ops, `node ${bin["aurora-to-bigquery"]}`);
    accessSync(path.join(ROOT, bin["aurora-to-bigquery"]), constants.X_OK);
    assert.match(readText(bin["aurora-to-bigquery"]), /^#!\/usr\/bin\/env node\n/);
  });

  it("says what it can do without loading what does it", () => {
    assert.deepEqual(loaded, ["commander", "esbuild"]);
    assert.ok(commands.includes("count"));
  });

  for (const command of commands) {
    it(`shows how ${command} is called`, () => {
      const { status, stdout, loaded } = ops(command, "--help");
      assert.deepEqual([status, loaded], [0, ["commander", "esbuild"]]);
      assert.match(stdout, new RegExp(`\nExamples?:\n {2}npm run (?:--silent )?ops -- ${command}`));
      assert.match(stdout, /--stack <name>/);
    });
  }

  it("refuses a command that there is none of, and says which was meant", () => {
    const { status, stderr } = ops("cuont");
    assert.deepEqual([status, stderr], [1, "error: unknown command 'cuont'\n(Did you mean count?)\n"]);
  });

  it("says so where the local clouds are not up", () => {
    const { status, stderr } = ops("count", "--local", "--stack", "none", "--slot", "2025021806");
    assert.deepEqual(
      [status, stderr],
      [
        1,
        "The local clouds of stack none are not up: bring them up in another terminal by `npm run rehearse -- --stay --stack none`.\n",
      ],
    );
  });
});
