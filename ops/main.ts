import { Command } from "commander";
import { refuseLostOptions } from "../rehearsal/lostOptions";
import { CommandLine, type Definition, INTERRUPTED } from "./commandLine";
import { defineCasts } from "./commands/casts/command";
import { defineCount } from "./commands/count/command";
import { defineDbtSources } from "./commands/dbtSources/command";
import { defineDoctor } from "./commands/doctor/command";
import { defineFirstNight } from "./commands/firstNight/command";
import { defineReload } from "./commands/reload/command";
import { defineStatus } from "./commands/status/command";
import { defineSync } from "./commands/sync/command";
import { defineTables } from "./commands/tables/command";
import type { World } from "./session/session";
import { processTerminal, type Terminal } from "./session/terminal";

// The operator's command line: what the person on call does with a deployed stack, with credentials of their own.

/** The commands, in the order of `--help`. */
const COMMANDS: readonly Definition[] = [
  defineStatus,
  defineSync,
  defineReload,
  defineTables,
  defineDoctor,
  defineFirstNight,
  defineCount,
  defineCasts,
  defineDbtSources,
];

/**
 * Runs a command.
 * @param args what stands behind `npm run ops --`
 * @param signal aborted by Ctrl-C
 * @param world what tests replace
 * @returns the exit status
 */
export async function main(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
  world?: World,
): Promise<number> {
  const ops = new Command("npm run ops --").description("Works on a deployed stack by hand.");
  const line = new CommandLine(terminal, signal, world);
  for (const define of COMMANDS) define(ops, line);
  for (const command of ops.commands) refuseLostOptions(command, process.env);
  await ops.parseAsync(args, { from: "user" });
  return line.status;
}

/** Runs a command in this process. The first Ctrl-C lets it say how things stand, the second ends it. */
export async function run(args: readonly string[]): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interruption.abort());
  // Whoever reads the output has gone: `npm run ops -- status | head`.
  process.stdout.on("error", () => process.exit(INTERRUPTED));
  process.exitCode = await main(args, processTerminal(), interruption.signal);
}
