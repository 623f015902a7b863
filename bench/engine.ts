import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { findPulumi } from "../test/engine/pulumiCli";
import { type Printed, World } from "../test/engine/world";
import { STACK, tableNames, type Variant } from "./evaluations";
import { type PeakMemory, watchMemory } from "./processMemory";

/** The runner of the program, below the CLI and its language plugin. */
const RUNNER = "cmd/run";

/** Switches that keep the engine from writing its whole state after every step. For tests: a crash loses the state. */
const WITHOUT_CHECKPOINTS = { PULUMI_EXPERIMENTAL: "1", PULUMI_SKIP_CHECKPOINTS: "true" };

export interface EngineSize {
  readonly tables: number;
  /** The naive copy as well. */
  readonly compared: boolean;
  /** False leaves out the engine's checkpoints, and with them most of the time of a large first update. */
  readonly checkpoints: boolean;
}

/** One command of the CLI. */
export interface EngineRun {
  readonly seconds: number;
  /** Undefined where the system does not tell: `command` is the CLI, `child` the program. */
  readonly peakMemory?: PeakMemory;
}

/** The first days of a stack on Pulumi's own engine, with providers in memory. */
export interface EngineRuns extends EngineSize {
  readonly naive: boolean;
  readonly resources: number;
  readonly preview: EngineRun;
  readonly firstUp: EngineRun;
  /** Without any change. */
  readonly secondUp: EngineRun;
}

/** Takes the lines out of Pulumi.yaml that a program has which knows something of speed. */
function forgetSpeed(projectFolder: string): void {
  const file = join(projectFolder, "Pulumi.yaml");
  const document = parseDocument(readFileSync(file, "utf8"));
  for (const option of ["nodeargs", "tsconfig"]) document.deleteIn(["runtime", "options", option]);
  writeFileSync(file, document.toString());
}

async function run(
  world: World,
  command: (world: World) => Promise<Printed>,
  signal: AbortSignal,
): Promise<EngineRun> {
  signal.throwIfAborted();
  let peak: () => PeakMemory | undefined = () => undefined;
  world.onStart = (pid) => {
    peak = watchMemory(pid, RUNNER);
  };
  const { status, seconds, output } = await command(world);
  const peakMemory = peak();
  if (status !== 0) throw new Error(`the engine did not end well:\n${output}`);
  return { seconds, peakMemory };
}

async function measureSize(
  { folder, naive }: Variant,
  size: EngineSize,
  signal: AbortSignal,
): Promise<EngineRuns> {
  const world = await World.create({
    projectFolder: folder,
    environment: size.checkpoints ? {} : WITHOUT_CHECKPOINTS,
    timeoutSeconds: 3600,
  });
  try {
    if (naive) forgetSpeed(world.projectFolder);
    await world.init(STACK, { config: { databases: { shop: tableNames(size.tables) } } });
    const up = (it: World) => it.up(STACK, "--suppress-outputs");
    const preview = await run(world, (it) => it.preview(STACK, "--suppress-outputs"), signal);
    const firstUp = await run(world, up, signal);
    const secondUp = await run(world, up, signal);
    return { ...size, naive, resources: (await world.things()).length, preview, firstUp, secondUp };
  } finally {
    await world.dispose();
  }
}

/**
 * Takes stacks of several sizes through preview, first and second update on Pulumi's own engine.
 * @returns undefined where there is no CLI
 */
export async function measureEngine(args: {
  readonly ours: Variant;
  readonly naive: Variant;
  readonly sizes: readonly EngineSize[];
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}): Promise<EngineRuns[] | undefined> {
  const cli = await findPulumi(args.onProgress);
  if ("missing" in cli) {
    args.onProgress(`not measured: ${cli.missing}`);
    return undefined;
  }
  const runs: EngineRuns[] = [];
  for (const size of args.sizes) {
    for (const variant of size.compared ? [args.ours, args.naive] : [args.ours]) {
      args.onProgress(`${size.tables} tables${variant.naive ? ", naive" : ""}`);
      runs.push(await measureSize(variant, size, args.signal));
    }
  }
  return runs;
}
