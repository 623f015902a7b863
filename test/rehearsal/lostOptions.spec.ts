import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { refuseLostOptions } from "../../rehearsal/lostOptions";
import { command } from "../../rehearsal/options";

const ROOT = resolve(__dirname, "..", "..");

function refusal(variables: NodeJS.ProcessEnv): string {
  let said = "";
  const quiet = command()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (said += text) });
  try {
    refuseLostOptions(quiet, variables);
    return said;
  } catch {
    return said.split("\n")[0] ?? "";
  }
}

describe("options before which `--` was missing", () => {
  it("are refused, with how to give them", () => {
    assert.equal(
      refusal({ npm_config_stack: "true", npm_config_run_now: "true" }),
      "error: npm took --stack and --run-now for itself; put `--` before the options: npm run rehearse -- --stack … --run-now …",
    );
  });

  it("are told from npm's own settings", () => {
    assert.equal(refusal({ npm_config_json: "true", npm_config_cache: "x", PATH: "" }), "");
  });

  it("are what npm makes of them", function () {
    this.timeout(300_000);
    const { npm_execpath: npm = "npm" } = process.env;
    const [program, first] = npm.endsWith("js") ? [process.execPath, [npm]] : [npm, []];
    const { status, stdout, stderr } = spawnSync(
      program,
      [...first, "run", "--silent", "rehearse", "--year"],
      {
        cwd: ROOT,
        encoding: "utf8",
      },
    );
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /^error: npm took --year for itself; put `--` before the options: npm run rehearse -- --year …$/m,
    );
  });
});
