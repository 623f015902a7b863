import { spawn } from "node:child_process";
import path from "node:path";
import { sayAloud } from "../support/onDemand";
import { findPulumi } from "./pulumiCli";

// `npm run test:engine`: finds or builds the CLI, and starts the tests with it. Without a CLI nothing can be proven, which
// is said in a line that cannot be missed, and is a failure where `ENGINE_REQUIRED` is set. `--prepare` finds or builds the
// CLI, and that is all.

const ROOT = path.join(__dirname, "..", "..");
const FILES = "test/engine/**/*.engine.ts";
/** Each test runs several commands, of some seconds each on a machine that does nothing else. */
const TIMEOUT_MILLISECONDS = 10 * 60 * 1000;

async function main(): Promise<void> {
  const pulumi = await findPulumi((text) => process.stderr.write(`${text}\n`));
  if ("missing" in pulumi) {
    sayAloud("THE ENGINE TESTS WERE SKIPPED", pulumi.missing);
    process.exitCode = process.env.ENGINE_REQUIRED ? 1 : 0;
    return;
  }
  const asked = process.argv.slice(2);
  if (asked.includes("--prepare")) {
    console.log(pulumi.path);
    return;
  }
  const files = asked.some((it) => it.endsWith(".ts")) ? [] : [FILES];
  const mocha = require.resolve("mocha/bin/mocha.js");
  const settings = ["--timeout", String(TIMEOUT_MILLISECONDS)];
  const tests = spawn(process.execPath, [mocha, ...settings, ...asked, ...files], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, PULUMI_CLI: pulumi.path },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tests.kill(signal));
  tests.once("close", (status) => {
    process.exitCode = status ?? 1;
  });
}

void main();
