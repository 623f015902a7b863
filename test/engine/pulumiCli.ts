import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { type Found, lastLines, madeOnce } from "../support/onDemand";

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

const execute = promisify(execFile);

/**
 * Path of Pulumi's CLI: the one that `PULUMI_CLI` names, the one on the `PATH`, or one built once from its Go
 * module.
 * @param tell is told of a build, which takes minutes
 * @throws Error if `PULUMI_CLI` names no program
 */
export async function findPulumi(tell: (text: string) => void): Promise<Found> {
  const { PULUMI_CLI: named, PATH = "" } = process.env;
  if (named) {
    if (!isExecutable(named)) throw new Error(`PULUMI_CLI is ${named}, and that is no program`);
    return { path: path.resolve(named) };
  }
  const installed = PATH.split(path.delimiter).map((folder) => path.join(folder, "pulumi"));
  const found = installed.find(isExecutable);
  if (found !== undefined) return { path: found };
  try {
    return { path: await madeOnce(`pulumi-${BUILT_VERSION}`, "pulumi", (folder) => build(folder, tell)) };
  } catch (error) {
    return { missing: `Pulumi ${BUILT_VERSION} could not be built:\n${lastLines(error)}` };
  }
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

async function build(folder: string, tell: (text: string) => void): Promise<void> {
  if (!(await hasGo()))
    throw new Error("neither `pulumi` nor `go` is on the PATH, and PULUMI_CLI names no CLI");
  tell(`building Pulumi ${BUILT_VERSION} once: some minutes`);
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
