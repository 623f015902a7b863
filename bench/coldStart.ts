import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { type FunctionName, writeBundle } from "../components/functionBundle";
import { run } from "./process";
import { ratios, type Spread, spread } from "./statistics";

/** From nothing to a client that can be called. */
export interface ColdStart {
  /** Milliseconds from the first line of the code to the client: what is added to the start of the runtime. */
  readonly load: Spread;
  /** Milliseconds from the start of the process to its end. */
  readonly process: Spread;
}

export interface ExporterMeasurements {
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Milliseconds of esbuild, its start included. */
  readonly bundling: Spread;
  readonly coldStart: ColdStart;
  /** The gate, started in turn with the exporter. */
  readonly gate: {
    readonly bytes: number;
    readonly gzipBytes: number;
    readonly coldStart: ColdStart;
    /** How many times as long as the exporter its code and clients take. */
    readonly loadRatio: Spread;
  };
  /** The client that the Python original makes; undefined where Python with boto3 is not installed. */
  readonly boto3?: ColdStart & { readonly loadRatio: Spread; readonly processRatio: Spread };
}

const REGION = "ap-northeast-1";

// The handler's module makes its clients when it is loaded.
const LOAD_BUNDLE = `
  const begin = performance.now();
  const { handler } = await import(process.env.BUNDLE);
  if (typeof handler !== "function") throw new Error("the bundle has no handler");
  console.log(performance.now() - begin);`;

/** The original's lines, with its `Config`. */
const LOAD_BOTO3 = [
  "import time",
  "begin = time.perf_counter()",
  "import boto3",
  "from botocore.config import Config",
  `boto3.client("rds", region_name="${REGION}", config=Config(retries=dict(max_attempts=3)))`,
  "print((time.perf_counter() - begin) * 1000)",
].join("\n");

interface Sample {
  readonly load: number;
  readonly process: number;
}

type Start = () => Promise<Sample>;

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Start {
  return async () => {
    const { stdout, milliseconds } = await run(command, args, { env: { ...process.env, ...env }, signal });
    const load = Number(stdout);
    if (Number.isNaN(load)) throw new Error(`${command} printed no time but ${stdout}`);
    return { load, process: milliseconds };
  };
}

/** True where boto3 can be loaded; a first load also leaves its compiled modules for the next ones. */
async function hasBoto3(startBoto3: Start, signal: AbortSignal): Promise<boolean> {
  try {
    await startBoto3();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (/ENOENT|ModuleNotFoundError/.test(String(error))) return false;
    throw error;
  }
}

function coldStart(samples: readonly Sample[]): ColdStart {
  return { load: spread(samples.map((it) => it.load)), process: spread(samples.map((it) => it.process)) };
}

/** A function's bundle, and how to start it. */
function bundled(name: FunctionName, projectFolder: string, signal: AbortSignal) {
  const file = join(projectFolder, writeBundle(name, projectFolder));
  const content = readFileSync(file);
  const environment = { BUNDLE: pathToFileURL(file).href, AWS_REGION: REGION };
  return {
    bytes: content.length,
    gzipBytes: gzipSync(content).length,
    start: start(process.execPath, ["--input-type=module", "--eval", LOAD_BUNDLE], environment, signal),
  };
}

/**
 * Bundles the functions and starts them in fresh processes, in turn with the original's client.
 * @param projectFolder a copy of the project, whose `dist/` is written
 */
export async function measureExporter(
  projectFolder: string,
  rounds: number,
  signal: AbortSignal,
): Promise<ExporterMeasurements> {
  const bundling = Array.from({ length: rounds }, () => {
    const begin = performance.now();
    writeBundle("exporter", projectFolder);
    return performance.now() - begin;
  });
  const exporter = bundled("exporter", projectFolder, signal);
  const gate = bundled("gate", projectFolder, signal);
  const startBoto3 = start("python3", ["-c", LOAD_BOTO3], {}, signal);

  const compared = await hasBoto3(startBoto3, signal);
  for (const { start: first } of [exporter, gate]) await first();
  const ours: Sample[] = [];
  const gates: Sample[] = [];
  const theirs: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await exporter.start());
    gates.push(await gate.start());
    if (compared) theirs.push(await startBoto3());
  }
  const ratio = (of: keyof Sample, others: readonly Sample[]) =>
    ratios(
      others.map((it) => it[of]),
      ours.map((it) => it[of]),
    );
  return {
    bytes: exporter.bytes,
    gzipBytes: exporter.gzipBytes,
    bundling: spread(bundling),
    coldStart: coldStart(ours),
    gate: {
      bytes: gate.bytes,
      gzipBytes: gate.gzipBytes,
      coldStart: coldStart(gates),
      loadRatio: ratio("load", gates),
    },
    ...(compared && {
      boto3: {
        ...coldStart(theirs),
        loadRatio: ratio("load", theirs),
        processRatio: ratio("process", theirs),
      },
    }),
  };
}
