import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { buildSync } from "esbuild";
import { parse, parseDocument } from "yaml";
import { copyProject } from "../../bench/projectCopy";
import { deployerFiles, placeholders } from "../../ops/writeDeployerFiles";
import { evaluateProgram } from "../../rehearsal/program/engineHost";
import type { Registration } from "../../rehearsal/program/registrations";
import { readStack } from "../../rehearsal/program/stackFile";
import { CloudProcess } from "./cloudProcess";
import { type CloudEvent, type Disturbance, placeOf, type Thing } from "./provider/cloud";
import { loadsTable, TRANSFER } from "./provider/resourceTypes";
import { findPulumi } from "./pulumiCli";
import { type EventLog, isOf, readEventLog } from "./steps";

const PROJECT_FOLDER = path.join(__dirname, "..", "..");
const LANGUAGE_PLUGIN = path.join(__dirname, "languagePlugin", "languagePlugin.ts");
const PROJECT = "aurora-to-bigquery";
const PASSPHRASE = "a passphrase of the tests";
const DEFAULT_TIMEOUT_SECONDS = 300;
const KILL_AFTER_MILLISECONDS = 10_000;
/** Variables of the caller's that the CLI and the program need; the others could lead to real accounts. */
const INHERITED = ["PATH", "LANG", "TMPDIR", "NODE_COMPILE_CACHE", "SystemRoot", "ComSpec"];

/** Config by key, with or without the project's namespace; undefined takes a key out. */
export type Config = Readonly<Record<string, unknown>>;

/** How a command ended, and what it printed. */
export interface Printed {
  readonly status: number | null;
  /** Standard output and error, together. */
  readonly output: string;
  readonly seconds: number;
}

/** How a command of the engine ended, and what it did. */
export type Outcome = Printed & EventLog;

/** A state of both clouds and of the backend, to return to. */
export interface Saved {
  readonly clouds: number;
  readonly backend: string;
  readonly stackFiles: Readonly<Record<string, string>>;
}

export interface WorldOptions {
  /** Folder of the project to copy. @default this project's */
  readonly projectFolder?: string;
  /** Further variables for the CLI. */
  readonly environment?: Readonly<Record<string, string>>;
  /** For one command. @default 300 */
  readonly timeoutSeconds?: number;
}

/**
 * Pulumi's own CLI with a copy of the project, a backend of files, and two clouds in memory. Everything lies in one
 * temporary folder and in processes that `dispose` ends.
 */
export class World {
  readonly #root: string;
  readonly #cli: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #clouds: CloudProcess;
  readonly #stackFiles = new Map<string, string>();
  readonly #timeout: number;
  readonly #running = new Set<ChildProcess>();
  #saved = 0;
  /** Is told of the CLI's process when one starts. */
  onStart: (pid: number) => void = () => undefined;

  private constructor(parts: {
    readonly root: string;
    readonly cli: string;
    readonly environment: NodeJS.ProcessEnv;
    readonly clouds: CloudProcess;
    readonly timeout: number;
  }) {
    this.#root = parts.root;
    this.#cli = parts.cli;
    this.#environment = parts.environment;
    this.#clouds = parts.clouds;
    this.#timeout = parts.timeout;
  }

  /** @throws Error if there is no CLI */
  static async create(options: WorldOptions = {}): Promise<World> {
    const pulumi = await findPulumi(() => undefined);
    if ("missing" in pulumi) throw new Error(pulumi.missing);
    const root = mkdtempSync(path.join(tmpdir(), "engine-"));
    const clouds = CloudProcess.start();
    const world = new World({
      root,
      cli: pulumi.path,
      environment: environmentOf(root, options),
      clouds,
      timeout: 1000 * (options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS),
    });
    copyProject(options.projectFolder ?? PROJECT_FOLDER, world.projectFolder);
    for (const folder of ["backend", "home", "logs"]) mkdirSync(path.join(root, folder));
    writeLanguagePlugin(path.join(root, "bin"));
    const { aws, gcp } = await clouds.call("ports");
    world.#environment.PULUMI_DEBUG_PROVIDERS = `aws:${aws},gcp:${gcp}`;
    return world;
  }

  /** Ends every process, also a command that a test did not wait for, and removes every file. */
  async dispose(): Promise<void> {
    const ended = [...this.#running].map(async (child) => {
      child.kill("SIGKILL");
      await once(child, "close");
    });
    await Promise.all(ended);
    await this.#clouds.stop();
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  get projectFolder(): string {
    return path.join(this.#root, "project");
  }

  /** A new folder in the world's own. */
  folder(name: string): string {
    const folder = path.join(this.#root, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Copies the project, as a clone elsewhere would be, with the stack files as they are now. */
  copyOfProject(name: string): string {
    const folder = path.join(this.#root, "elsewhere", name);
    copyProject(this.projectFolder, folder);
    return folder;
  }

  stackFile(stack: string): string {
    return path.join(this.projectFolder, `Pulumi.${stack}.yaml`);
  }

  /** Makes a stack, from a shipped stack's file with changes. */
  async init(
    stack: string,
    { like = stack, config = {} }: { like?: string; config?: Config } = {},
  ): Promise<void> {
    const shipped = readFileSync(path.join(PROJECT_FOLDER, `Pulumi.${like}.yaml`), "utf8");
    writeFileSync(this.stackFile(stack), changed(shipped, config));
    const { status, output } = await this.cli(["stack", "init", stack]);
    if (status !== 0) throw new Error(output);
    this.#stackFiles.set(stack, readFileSync(this.stackFile(stack), "utf8"));
  }

  /** Writes a stack's file anew: as it was at `init`, with changes. */
  configure(stack: string, config: Config = {}): void {
    this.write(stack, changed(this.#stackFiles.get(stack) ?? "", config));
  }

  write(stack: string, file: string): void {
    writeFileSync(this.stackFile(stack), file);
  }

  /** Config of a stack as it was at `init`, by key without the project's namespace. */
  config(stack: string): Record<string, unknown> {
    const { config } = parse(this.#stackFiles.get(stack) ?? "") as { config: Record<string, unknown> };
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.replace(`${PROJECT}:`, ""), value]),
    );
  }

  preview(stack: string, ...args: readonly string[]): Promise<Outcome> {
    return this.#engine("preview", stack, args);
  }

  up(stack: string, ...args: readonly string[]): Promise<Outcome> {
    return this.#engine("up", stack, ["--yes", "--skip-preview", ...args]);
  }

  refresh(stack: string, ...args: readonly string[]): Promise<Outcome> {
    return this.#engine("refresh", stack, ["--yes", "--skip-preview", ...args]);
  }

  destroy(stack: string, ...args: readonly string[]): Promise<Outcome> {
    return this.#engine("destroy", stack, ["--yes", ...args]);
  }

  /** Runs any command of the CLI. */
  async cli(args: readonly string[], cwd = this.projectFolder): Promise<Printed> {
    const begin = performance.now();
    const child = spawn(this.#cli, [...args, "--non-interactive", "--color", "never"], {
      cwd,
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#running.add(child);
    if (child.pid !== undefined) this.onStart(child.pid);
    const stop = setTimeout(() => child.kill("SIGINT"), this.#timeout);
    const kill = setTimeout(() => child.kill("SIGKILL"), this.#timeout + KILL_AFTER_MILLISECONDS);
    try {
      const ended = new Promise<number | null>((resolve, reject) => {
        child.once("close", resolve);
        child.once("error", reject);
      });
      const [status, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
      return { status, output: out + err, seconds: (performance.now() - begin) / 1000 };
    } finally {
      this.#running.delete(child);
      clearTimeout(stop);
      clearTimeout(kill);
    }
  }

  async #engine(command: string, stack: string, args: readonly string[]): Promise<Outcome> {
    const log = path.join(this.#root, "logs", `${randomUUID()}.jsonl`);
    const cwd = args.find((it) => it.startsWith("--cwd="))?.slice("--cwd=".length);
    const others = args.filter((it) => !it.startsWith("--cwd="));
    writeFileSync(log, "");
    const printed = await this.cli([command, "--stack", stack, "--event-log", log, ...others], cwd);
    return { ...printed, ...readEventLog(log) };
  }

  /** The same world, for somebody with another passphrase. */
  withPassphrase(passphrase: string): World {
    const environment = { ...this.#environment, PULUMI_CONFIG_PASSPHRASE: passphrase };
    return new World({
      root: this.#root,
      cli: this.#cli,
      environment,
      clouds: this.#clouds,
      timeout: this.#timeout,
    });
  }

  /** What the program registers now for a stack, by the engine host that only records. */
  async registrations(stack: string): Promise<readonly Registration[]> {
    const read = readStack(this.projectFolder, stack);
    const { ok, messages, registrations } = await evaluateProgram({
      projectFolder: this.projectFolder,
      stack: read,
      accounts: placeOf({ googleProject: read.config["gcp:project"] }),
    });
    if (!ok) throw new Error(messages.map(({ text }) => text).join("\n"));
    return registrations;
  }

  /** What the backend's file of a stack holds. */
  stateFile(stack: string): string {
    return readFileSync(path.join(this.#backend, ".pulumi", "stacks", PROJECT, `${stack}.json`), "utf8");
  }

  get #backend(): string {
    return path.join(this.#root, "backend");
  }

  get backendFolder(): string {
    return this.#backend;
  }

  /** What exists, of one kind or of all. */
  async things(kind?: string): Promise<readonly Thing[]> {
    const things = await this.#clouds.call("things");
    return kind === undefined ? things : things.filter((it) => isOf(it, kind));
  }

  /** The transfers that load tables. */
  async transfers(): Promise<readonly Thing[]> {
    return (await this.things(TRANSFER)).filter(({ plain }) => loadsTable(plain));
  }

  /** What the clouds did since the world was made, restored or told to forget. */
  events(): Promise<readonly CloudEvent[]> {
    return this.#clouds.call("events");
  }

  forget(): Promise<void> {
    return this.#clouds.call("forget");
  }

  /** Makes operations fail or take longer, until the next call. */
  disturb(...disturbances: readonly Disturbance[]): Promise<void> {
    return this.#clouds.call("disturb", disturbances);
  }

  /** Lets AWS judge each call by what `npm run deployer` writes for a stack; until the next call, or a restored world. */
  actAs(stack: string, who: "deployer" | "preview"): Promise<void> {
    const files = deployerFiles(this.projectFolder, stack, placeholders(stack));
    const policies = Object.entries(files).filter(
      ([name]) => name.startsWith(`aws-${who}-`) && !name.endsWith("-trust.json"),
    );
    const region = String(this.config(stack)["aws:region"]);
    return this.#clouds.call("actAs", { policies: Object.fromEntries(policies), region });
  }

  get clouds(): CloudProcess {
    return this.#clouds;
  }

  async save(): Promise<Saved> {
    this.#saved += 1;
    const backend = path.join(this.#root, `saved-${this.#saved}`);
    cpSync(this.#backend, backend, { recursive: true });
    return {
      clouds: await this.#clouds.call("save"),
      backend,
      stackFiles: Object.fromEntries(this.#stackFiles),
    };
  }

  async restore({ clouds, backend, stackFiles }: Saved): Promise<void> {
    rmSync(this.#backend, { recursive: true, force: true });
    cpSync(backend, this.#backend, { recursive: true });
    await this.#clouds.call("restore", clouds);
    for (const [stack, file] of Object.entries(stackFiles)) {
      this.#stackFiles.set(stack, file);
      this.write(stack, file);
    }
  }
}

function environmentOf(root: string, { environment = {} }: WorldOptions): NodeJS.ProcessEnv {
  const inherited = INHERITED.map((name) => [name, process.env[name]]);
  return {
    ...Object.fromEntries(inherited),
    HOME: path.join(root, "home"),
    PATH: [path.join(root, "bin"), process.env.PATH].join(path.delimiter),
    PULUMI_HOME: path.join(root, "home"),
    PULUMI_BACKEND_URL: `file://${path.join(root, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Makes `--event-log` known.
    PULUMI_DEBUG_COMMANDS: "true",
    PULUMI_ERROR_OUTPUT_STRING: "1",
    ...environment,
  };
}

/** A program of the name that the CLI looks for on the PATH, before the one that it may bring itself. */
function writeLanguagePlugin(folder: string): void {
  // Every command starts it: in one file it takes a fifth of the time.
  const file = path.join(folder, "languagePlugin.js");
  buildSync({
    entryPoints: [LANGUAGE_PLUGIN],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    tsconfigRaw: {},
    logLevel: "error",
  });
  const command = [process.execPath, file].map((it) => `'${it}'`).join(" ");
  writeFileSync(path.join(folder, "pulumi-language-nodejs"), `#!/bin/sh\nexec ${command} "$@"\n`, {
    mode: 0o755,
  });
}

/** A stack file with other config, its comments kept. */
function changed(file: string, config: Config): string {
  const document = parseDocument(file);
  for (const [key, value] of Object.entries(config)) {
    const at = ["config", key.includes(":") ? key : `${PROJECT}:${key}`];
    if (value === undefined) document.deleteIn(at);
    else document.setIn(at, value);
  }
  return document.toString({ lineWidth: 0 });
}
