import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Readable } from "node:stream";
import type { EvaluateArgs } from "./evaluation";

const DEFAULT_PARALLEL = 16;
/** The name of the organization where no service knows one, as for self-managed backends. */
const ORGANIZATION = "organization";
/** Variables that would lead the program to other accounts, projects or settings than the stack's. */
export const FOREIGN_VARIABLES = /^(PULUMI_|AWS_|GOOGLE_|GCLOUD_|CLOUDSDK_|TRACEPARENT$)/;

/** Peak of a process's resident memory, where the system tells (proc(5): VmHWM). */
export function peakMemoryBytes(pid: number | undefined): number | undefined {
  if (process.platform !== "linux" || pid === undefined) return undefined;
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

type Program = ChildProcessByStdio<null, Readable, Readable>;

/** Starts the runner that the CLI starts, with the CLI's arguments and variables. */
export function startProgram(args: EvaluateArgs, engine: string, stop: AbortSignal): Program {
  const { projectFolder, stack, preview = false, parallel = DEFAULT_PARALLEL } = args;
  const root = path.resolve(projectFolder);
  const { folder, entry } = entryPoint(root, stack.main);
  const nodeArguments = args.nodeArguments ?? words(stack.runtimeOptions.nodeargs ?? "");
  const runner = createRequire(path.join(root, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const options: Record<string, string> = {
    monitor: engine,
    engine,
    project: stack.project,
    stack: stack.stack,
    organization: ORGANIZATION,
    pwd: folder,
    "root-directory": root,
    parallel: String(parallel),
  };
  const flags = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  if (preview) flags.push("--dry-run");
  return spawn(process.execPath, [...nodeArguments, runner, ...flags, entry], {
    cwd: folder,
    env: environment(args),
    stdio: ["ignore", "pipe", "pipe"],
    signal: stop,
    killSignal: "SIGKILL",
  });
}

/** Where Pulumi.yaml names an entry point, the program runs in that one's folder. */
function entryPoint(root: string, main: string | undefined): { folder: string; entry: string } {
  if (main === undefined) return { folder: root, entry: "." };
  const target = path.resolve(root, main);
  const isFolder = statSync(target, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder
    ? { folder: target, entry: "." }
    : { folder: path.dirname(target), entry: path.basename(target) };
}

/** Splits `--a "b c"` as a shell would. */
function words(text: string): string[] {
  const parts = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return parts.map((part) => part.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

function environment({ projectFolder, stack, typeCheck = false }: EvaluateArgs): NodeJS.ProcessEnv {
  const { typescript = true, tsconfig } = stack.runtimeOptions;
  return {
    // Keeps compiled modules from run to run, a third of the time of a small program (Node 22 and later).
    NODE_COMPILE_CACHE: path.resolve(projectFolder, "node_modules", ".cache", "node-compile-cache"),
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN_VARIABLES.test(name))),
    PULUMI_CONFIG: JSON.stringify(stack.config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(stack.secretKeys),
    PULUMI_NODEJS_TYPESCRIPT: String(typescript),
    PULUMI_NODEJS_TRANSPILE_ONLY: String(!typeCheck),
    PULUMI_ERROR_OUTPUT_STRING: "1",
    ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

/** How a program has ended. */
export interface Ending {
  /** Undefined if a signal ended the program. */
  readonly exitCode?: number;
  readonly killedBy?: NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export const ENDED_WELL: Ending = { exitCode: 0, stdout: "", stderr: "" };

/** Waits until the program is gone and its output complete. */
export async function ending(program: Program, stop: AbortSignal): Promise<Ending> {
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    program[stream].setEncoding("utf8").on("data", (chunk: string) => {
      output[stream] += chunk;
    });
  }
  const kill = () => program.kill("SIGKILL");
  process.once("exit", kill);
  try {
    return await new Promise<Ending>((resolve, reject) => {
      program.on("close", (exitCode, killedBy) =>
        resolve({ exitCode: exitCode ?? undefined, killedBy: killedBy ?? undefined, ...output }),
      );
      program.on("error", (error) => {
        if (!stop.aborted) return reject(error);
        // A process that the program started may hold its end of the pipes for ever.
        program.stdout.destroy();
        program.stderr.destroy();
      });
    });
  } finally {
    process.off("exit", kill);
  }
}
