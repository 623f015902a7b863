import { spawn } from "node:child_process";
import path from "node:path";
import { DEADLINE } from "./deadline";
import { findPulumi } from "./pulumiCli";

// `npm run test:engine`: finds or builds the CLI, and starts the tests with it. Without a CLI nothing can be proven, and
// without time not everything: each is said in a line that cannot be missed, and is a failure where `ENGINE_REQUIRED` is
// set. `ENGINE_SECONDS` is for how long tests may begin; `--prepare` finds or builds the CLI, and that is all.

const ROOT = path.join(__dirname, "..", "..");
const FILES = "test/engine/**/*.engine.ts";
/** Mocha loads these in this order, and before what `.mocharc.yaml` names. */
const REQUIRED = ["./ops/register.js", "test/engine/deadline.ts"];
/** Each test runs several commands, of some seconds each on a machine that does nothing else. */
const TIMEOUT_MILLISECONDS = 10 * 60 * 1000;

function sayAloud(what: string, why: string): void {
  console.error(`\n==== ${what} ====\n${why}\n`);
}

/** @returns milliseconds since 1970; infinite where nothing is said */
function deadlineAfter(seconds = ""): number {
  if (!/^(-?\d+)?$/.test(seconds)) {
    throw new Error(`ENGINE_SECONDS is "${seconds}"; expected a number of seconds`);
  }
  return seconds === "" ? Number.POSITIVE_INFINITY : Date.now() + 1000 * Number(seconds);
}

async function main(): Promise<void> {
  const { ENGINE_SECONDS, ENGINE_REQUIRED } = process.env;
  const deadline = deadlineAfter(ENGINE_SECONDS);
  const pulumi = await findPulumi((text) => process.stderr.write(`${text}\n`));
  if ("missing" in pulumi) {
    sayAloud("THE ENGINE TESTS WERE SKIPPED", pulumi.missing);
    process.exitCode = ENGINE_REQUIRED ? 1 : 0;
    return;
  }
  const asked = process.argv.slice(2);
  if (asked.includes("--prepare")) {
    console.log(pulumi.path);
    return;
  }
  const files = asked.some((it) => it.endsWith(".ts")) ? [] : [FILES];
  const mocha = require.resolve("mocha/bin/mocha.js");
  const settings = [
    "--timeout",
    String(TIMEOUT_MILLISECONDS),
    ...REQUIRED.flatMap((it) => ["--require", it]),
  ];
  const tests = spawn(process.execPath, [mocha, ...settings, ...asked, ...files], {
    cwd: ROOT,
    stdio: "inherit",
    env: {
      ...process.env,
      PULUMI_CLI: pulumi.path,
      ...(Number.isFinite(deadline) && { [DEADLINE]: String(deadline) }),
    },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tests.kill(signal));
  tests.once("close", (status) => {
    if (Date.now() >= deadline) {
      sayAloud(
        "THE TIME FOR THE ENGINE TESTS WAS UP",
        `After ENGINE_SECONDS=${ENGINE_SECONDS} no test has begun: those that are pending above were left out.`,
      );
    }
    process.exitCode = status ?? 1;
  });
}

void main();
