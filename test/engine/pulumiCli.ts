import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** The CLI that is built where none is installed. Not every version can be had from its Go module. */
const BUILT_VERSION = "3.259.0";
const MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
/** Nothing for a debugger, which the linker would drop, and no C: a sixth off the time of the build. */
const BUILD_ENVIRONMENT = { CGO_ENABLED: "0" };
const COMPILER_FLAGS = "-dwarf=false";
/** What no test runs is compiled without optimization: another fifth. */
const NEVER_RUN = [
  "github.com/pb33f/...",
  "github.com/aws/...",
  "github.com/Azure/...",
  "github.com/envoyproxy/...",
  "github.com/alecthomas/...",
];
/** On two cores, with nothing in Go's caches, it takes some minutes. */
const BUILD_TIMEOUT_MILLISECONDS = 20 * 60 * 1000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const TOLD_LINES = 5;

/** Where the CLI is, or in a sentence why there is none. */
export type FoundCli = { readonly path: string } | { readonly missing: string };

const execute = promisify(execFile);

/**
 * Path of Pulumi's CLI: the one that `PULUMI_CLI` names, the one on the `PATH`, or one built from its Go module and kept
 * in `ENGINE_CACHE` (by default the user's cache folder), outside of the checkout.
 * @param tell is told of a build, which takes minutes
 * @throws Error if `PULUMI_CLI` names no program
 */
export async function findPulumi(tell: (text: string) => void): Promise<FoundCli> {
  const { PULUMI_CLI: named, PATH = "" } = process.env;
  if (named) {
    if (!isExecutable(named)) throw new Error(`PULUMI_CLI is ${named}, and that is no program`);
    return { path: path.resolve(named) };
  }
  const installed = PATH.split(path.delimiter).map((folder) => path.join(folder, "pulumi"));
  const found = installed.find(isExecutable);
  if (found !== undefined) return { path: found };
  const built = path.join(cacheFolder(), `pulumi-${BUILT_VERSION}`, "pulumi");
  return isExecutable(built) ? { path: built } : build(built, tell);
}

function isExecutable(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function cacheFolder(): string {
  const { ENGINE_CACHE: own, XDG_CACHE_HOME: users } = process.env;
  return own ? path.resolve(own) : path.join(users || path.join(homedir(), ".cache"), "aurora-to-bigquery");
}

async function build(target: string, tell: (text: string) => void): Promise<FoundCli> {
  if (!(await hasGo())) {
    return { missing: "neither `pulumi` nor `go` is on the PATH, and PULUMI_CLI names no CLI" };
  }
  tell(`building Pulumi ${BUILT_VERSION} once, into ${path.dirname(target)}: some minutes`);
  mkdirSync(path.dirname(target), { recursive: true });
  // Beside the target, so that it can be moved there in one step: others may build at the same time.
  const folder = mkdtempSync(path.join(path.dirname(target), "build-"));
  try {
    await go(folder, "mod", "init", "build");
    await go(folder, "get", `${MODULE}@v${BUILT_VERSION}`);
    // Without its version the CLI is refused by the SDK's Automation API.
    await go(
      folder,
      "build",
      `-gcflags=all=${COMPILER_FLAGS}`,
      // The last pattern that a package matches counts.
      ...NEVER_RUN.map((packages) => `-gcflags=${packages}=-N -l ${COMPILER_FLAGS}`),
      "-ldflags",
      `-s -w -X ${VERSION_VARIABLE}=v${BUILT_VERSION}`,
      "-o",
      "pulumi",
      MODULE,
    );
    renameSync(path.join(folder, "pulumi"), target);
    return { path: target };
  } catch (error) {
    return { missing: `Pulumi ${BUILT_VERSION} could not be built:\n${lastLines(error)}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function hasGo(): Promise<boolean> {
  try {
    await execute("go", ["version"]);
    return true;
  } catch {
    return false;
  }
}

async function go(cwd: string, ...args: readonly string[]): Promise<void> {
  await execute("go", args, {
    cwd,
    env: { ...process.env, ...BUILD_ENVIRONMENT },
    timeout: BUILD_TIMEOUT_MILLISECONDS,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
}

/** The end of what a command said, where its reason stands. */
function lastLines(error: unknown): string {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  return (said.trim() || String(error)).split("\n").slice(-TOLD_LINES).join("\n");
}
