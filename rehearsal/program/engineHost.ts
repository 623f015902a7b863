import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Readable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { type LogRequest, LogSeverity, SetRootResourceResponse } from "@pulumi/pulumi/proto/engine_pb";
import { CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  DeploymentInfo,
  type ReadResourceRequest,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
  ResourceInvokeResponse,
  ResourceMonitorFeature,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { own } from "../../contract/own";
import { createdResource, existingChannelName, type Place } from "./computedOutputs";
import { type Alias, EngineError, fromWire, type Registration, toWire } from "./registrations";
import type { StackConfig } from "./stackFile";

type Properties = Readonly<Record<string, unknown>>;

export interface EvaluateArgs {
  /** Folder of Pulumi.yaml. */
  readonly projectFolder: string;
  readonly stack: StackConfig;
  /** True evaluates as `pulumi preview` does: what only the cloud knows is unknown. @default false */
  readonly preview?: boolean;
  readonly accounts: Place;
  /** Answers to data look-ups by token (`gcp:bigquery/getTable:getTable`), before the built-in ones. */
  readonly invoke?: Readonly<Record<string, (args: Properties) => Properties>>;
  /** Display names of the notification channels that the Google project has beside the program's. @default none */
  readonly notificationChannels?: readonly string[];
  /** Resource operations that the program may have under way at once. @default 16 */
  readonly parallel?: number;
  /** True lets ts-node check types, as a deployment does. @default false */
  readonly typeCheck?: boolean;
  /** Options for Node. @default `nodeargs` of Pulumi.yaml */
  readonly nodeArguments?: readonly string[];
  /** @default 120 */
  readonly timeoutSeconds?: number;
  /** Stops the program and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Runs the program in this process, against the engine at an address; rejects if the program fails.
   * @default the program is a process of its own, as the CLI starts it
   */
  readonly runHere?: (engine: string) => Promise<void>;
}

export interface Message {
  readonly severity: "info" | "warning" | "error";
  readonly text: string;
}

/** What a program did, and what it registered. */
export interface Evaluation {
  /** True if the program ended well and reported no error. */
  readonly ok: boolean;
  /** Exit status of the program; undefined if it was stopped. 32: it told the user why in `messages`. */
  readonly exitCode?: number;
  readonly messages: readonly Message[];
  /** In order of arrival, which differs from run to run. */
  readonly registrations: readonly Registration[];
  /** Stack outputs. */
  readonly outputs: Properties;
  readonly seconds: number;
  /** Most memory that the program had in use. Known on Linux, and if the program ended well. */
  readonly peakMemoryBytes?: number;
}

const DEFAULT_PARALLEL = 16;
const DEFAULT_TIMEOUT_SECONDS = 120;
const STACK_TYPE = "pulumi:pulumi:Stack";
/** The name of the organization where no service knows one, as for self-managed backends. */
const ORGANIZATION = "organization";
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
const CHANNEL_OPTIONS: grpc.ServerOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.enable_channelz": 0,
};
/** Variables that would lead the program to other accounts, projects or settings than the stack's. */
export const FOREIGN_VARIABLES = /^(PULUMI_|AWS_|GOOGLE_|GCLOUD_|CLOUDSDK_|TRACEPARENT$)/;
const EMPTY = new Empty();

/**
 * Runs a project's program on this machine as the CLI would, against an engine that only records: no account,
 * no CLI, no state. The program is a child process, and none is left when the promise settles.
 * Protocol: `cmd/run` and `proto` of @pulumi/pulumi.
 * Faults of the program do not throw: see `Evaluation.ok`.
 * @throws the signal's reason if it was aborted, and whatever an answer of the caller's throws
 */
export async function evaluateProgram(args: EvaluateArgs): Promise<Evaluation> {
  const { signal, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = args;
  signal?.throwIfAborted();
  const start = performance.now();
  const refusal = new AbortController();
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
  const stop = AbortSignal.any([refusal.signal, timeout, ...(signal ? [signal] : [])]);
  const engine = new RecordingEngine(args);
  const server = new grpc.Server(CHANNEL_OPTIONS);
  try {
    const address = await listen(server, engine, refusal);
    const end = args.runHere
      ? await args.runHere(address).then(() => ENDED_WELL)
      : await runProcess(args, address, engine, stop);
    signal?.throwIfAborted();
    const messages = [...engine.messages, ...lines("info", end.stdout)];
    if (refusal.signal.aborted) {
      messages.push({ severity: "error", text: refusalText(refusal.signal.reason) });
    } else if (timeout.aborted) {
      const text = `the program did not end within ${timeoutSeconds} seconds and was stopped`;
      messages.push({ severity: "error", text });
    }
    const hasFailed = hasError(messages) || end.exitCode !== 0;
    // Node itself and the search for the entry point report on stderr alone.
    messages.push(...lines(hasFailed && !hasError(messages) ? "error" : "warning", end.stderr));
    if (hasFailed && !hasError(messages)) messages.push({ severity: "error", text: unexplained(end) });
    return {
      ok: !hasFailed,
      exitCode: end.exitCode,
      messages,
      registrations: [...engine.registrations.values()],
      outputs: engine.stackOutputs,
      seconds: (performance.now() - start) / 1000,
      peakMemoryBytes: engine.peakMemoryBytes,
    };
  } finally {
    server.forceShutdown();
  }
}

/** Runs the program as the CLI does. */
function runProcess(
  args: EvaluateArgs,
  address: string,
  engine: RecordingEngine,
  stop: AbortSignal,
): Promise<Ending> {
  const program = startProgram(args, address, stop);
  engine.onProgramDone = () => peakMemoryBytes(program.pid);
  return ending(program, stop);
}

/** @throws what is no refusal but a fault of this host or of a caller's answer */
function refusalText(reason: unknown): string {
  if (reason instanceof EngineError) return reason.message;
  throw reason;
}

function lines(severity: Message["severity"], text: string): Message[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => ({ severity, text: line }));
}

function hasError(messages: readonly Message[]): boolean {
  return messages.some(({ severity }) => severity === "error");
}

function unexplained({ exitCode, killedBy }: Ending): string {
  return exitCode === undefined
    ? `the program was killed (${killedBy})`
    : `the program ended with exit status ${exitCode} and did not say why`;
}

/** The engine's two services; `refusal` is aborted with the first error that an answer throws. */
async function listen(
  server: grpc.Server,
  engine: RecordingEngine,
  refusal: AbortController,
): Promise<string> {
  const answer =
    <Request, Response>(respond: (request: Request) => Response): grpc.handleUnaryCall<Request, Response> =>
    ({ request }, callback) => {
      try {
        callback(null, respond(request));
      } catch (error) {
        // The SDK would wrap an answer in a stack of its own and take up to a minute to print it
        // (nodejs/node issue 64011): the program is stopped instead.
        refusal.abort(error);
        callback({ code: grpc.status.ABORTED });
      }
    };
  server.addService(ResourceMonitorService, {
    getDeploymentInfo: answer(() => engine.deploymentInfo()),
    registerResource: answer((request: RegisterResourceRequest) => engine.register(request)),
    registerResourceOutputs: answer((request: RegisterResourceOutputsRequest) =>
      engine.registerOutputs(request),
    ),
    invoke: answer((request: ResourceInvokeRequest) => engine.invoke(request)),
    readResource: answer((request: ReadResourceRequest) => engine.read(request)),
    signalAndWaitForShutdown: answer(() => engine.programDone()),
  });
  server.addService(EngineService, {
    log: answer((request: LogRequest) => engine.log(request)),
    setRootResource: answer(() => new SetRootResourceResponse()),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return `127.0.0.1:${port}`;
}

/** The part of the engine that programs talk to. It creates nothing and remembers everything. */
class RecordingEngine {
  readonly messages: Message[] = [];
  readonly registrations = new Map<string, Registration>();
  stackOutputs: Properties = {};
  peakMemoryBytes: number | undefined;
  onProgramDone: () => number | undefined = () => undefined;

  readonly #args: EvaluateArgs;
  readonly #place: Place;

  constructor(args: EvaluateArgs) {
    this.#args = args;
    const { config } = args.stack;
    this.#place = {
      ...args.accounts,
      awsRegion: config["aws:region"] ?? args.accounts.awsRegion,
      googleProject: config["gcp:project"] ?? args.accounts.googleProject,
    };
  }

  deploymentInfo(): DeploymentInfo {
    return new DeploymentInfo().setSupportedfeaturesList([
      ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
      ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
      ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
      ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    ]);
  }

  log(request: LogRequest): Empty {
    const severity = request.getSeverity();
    // About three debug messages come for each resource.
    if (severity !== LogSeverity.DEBUG) {
      this.messages.push({ severity: SEVERITIES[severity], text: request.getMessage() });
    }
    return EMPTY;
  }

  register(request: RegisterResourceRequest): RegisterResourceResponse {
    const registration = this.#registrationOf(request);
    const { urn, id, custom, inputs, outputs } = registration;
    if (this.registrations.has(urn)) {
      throw new EngineError(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    this.registrations.set(urn, registration);
    // Components get no outputs from the engine. The message of the inputs is used again: most outputs are inputs.
    const object = (custom && request.getObject()) || new Struct();
    const fields = object.getFieldsMap();
    for (const [key, value] of Object.entries(outputs)) {
      if (value !== own(inputs, key)) fields.set(key, Value.fromJavaScript(toWire(value)));
    }
    return new RegisterResourceResponse().setUrn(urn).setId(id).setObject(object);
  }

  registerOutputs(request: RegisterResourceOutputsRequest): Empty {
    const registration = this.registrations.get(request.getUrn());
    if (registration === undefined) {
      throw new EngineError(`outputs were registered for an unknown resource: ${request.getUrn()}`);
    }
    registration.outputs = propertiesOf(request.getOutputs());
    if (registration.type === STACK_TYPE) this.stackOutputs = registration.outputs;
    return EMPTY;
  }

  invoke(request: ResourceInvokeRequest): ResourceInvokeResponse {
    const token = request.getTok();
    const answer = own(this.#args.invoke ?? {}, token) ?? own(LOOK_UPS, token);
    if (answer === undefined) {
      throw new EngineError(`the program looks up ${token}, which the rehearsal has no answer for`);
    }
    try {
      const result = answer(propertiesOf(request.getArgs()), this.#place, this.#args.notificationChannels);
      return new ResourceInvokeResponse().setReturn(structOf(result));
    } catch (error) {
      if (!(error instanceof LookUpFailure)) throw error;
      const failure = new CheckFailure().setProperty(error.property).setReason(error.message);
      return new ResourceInvokeResponse().setFailuresList([failure]);
    }
  }

  /** `Resource.get`, which the program has no use for. */
  read(request: ReadResourceRequest): never {
    throw new EngineError(
      `the program reads ${request.getType()} "${request.getId()}", which the rehearsal has no answer for`,
    );
  }

  programDone(): Empty {
    this.peakMemoryBytes = this.onProgramDone();
    return EMPTY;
  }

  #registrationOf(request: RegisterResourceRequest): Registration {
    const type = request.getType();
    const name = request.getName();
    const custom = request.getCustom();
    const urn = this.#urnOf(type, name, request.getParent());
    const inputs = propertiesOf(request.getObject());
    const additionalSecretOutputs = request.getAdditionalsecretoutputsList();
    const { preview = false } = this.#args;
    const created = custom
      ? createdResource({ urn, type, name, inputs, additionalSecretOutputs }, this.#place, preview)
      : undefined;
    const importId = request.getImportid() || undefined;
    return {
      urn,
      id: created && !preview ? (importId ?? created.id) : "",
      type,
      name,
      parent: request.getParent() || undefined,
      custom,
      inputs,
      outputs: created ? { ...inputs, ...created.outputs } : {},
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplace(),
      dependencies: request.getDependenciesList().sort(),
      propertyDependencies: propertyDependenciesOf(request),
      ignoreChanges: request.getIgnorechangesList(),
      aliases: request.getAliasesList().map(aliasOf),
      importId,
      additionalSecretOutputs,
      provider: request.getProvider() || undefined,
      version: request.getVersion() || undefined,
    };
  }

  /** The parents' types are part of a URN, the stack's is not. */
  #urnOf(type: string, name: string, parent: string): string {
    const parentTypes = parent.split("::")[2];
    const types = parentTypes === undefined || parentTypes === STACK_TYPE ? type : `${parentTypes}$${type}`;
    const { stack, project } = this.#args.stack;
    return `urn:pulumi:${stack}::${project}::${types}::${name}`;
  }
}

const SEVERITIES = {
  [LogSeverity.DEBUG]: "info",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
} as const satisfies Record<LogSeverity, Message["severity"]>;

/** What a provider answers where it finds nothing: the look-up fails, and the program may go on. */
export class LookUpFailure extends Error {
  override readonly name = "LookUpFailure";

  constructor(
    /** Argument that nothing was found by. */
    readonly property: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Data look-ups that need no more to be answered than the stack's place, and the display names of notification
 * channels that are there.
 */
export const LOOK_UPS: Readonly<
  Record<string, (args: Properties, place: Place, notificationChannels?: readonly string[]) => Properties>
> = {
  "aws:index/getCallerIdentity:getCallerIdentity": (_, { awsAccountId }) => ({
    id: awsAccountId,
    accountId: awsAccountId,
    arn: `arn:aws:iam::${awsAccountId}:user/rehearsal`,
    userId: "AIDAREHEARSAL",
  }),
  "gcp:organizations/getProject:getProject": ({ projectId: asked }, place) => {
    const projectId = asked ?? place.googleProject;
    return { id: `projects/${projectId}`, projectId, name: projectId, number: place.googleProjectNumber };
  },
  "gcp:bigquery/getDefaultServiceAccount:getDefaultServiceAccount": ({ project }, place) => ({
    id: `bq-${place.googleProjectNumber}@bigquery-encryption.iam.gserviceaccount.com`,
    email: `bq-${place.googleProjectNumber}@bigquery-encryption.iam.gserviceaccount.com`,
    project: project ?? place.googleProject,
  }),
  // What is taken over is as a stack leaves it behind: no expiration, no partitions, no clusters.
  "gcp:bigquery/getDataset:getDataset": ({ project, datasetId }, { googleProject }) => ({
    id: `projects/${project ?? googleProject}/datasets/${datasetId}`,
    project: project ?? googleProject,
    datasetId,
    defaultTableExpirationMs: 0,
  }),
  "gcp:bigquery/getTable:getTable": ({ project, datasetId, tableId }, { googleProject }) => ({
    id: `projects/${project ?? googleProject}/datasets/${datasetId}/tables/${tableId}`,
    project: project ?? googleProject,
    datasetId,
    tableId,
    type: "TABLE",
    clusterings: [],
    timePartitionings: [],
    rangePartitionings: [],
    expirationTime: 0,
  }),
  "gcp:monitoring/getNotificationChannel:getNotificationChannel": (
    { displayName, project: asked },
    { googleProject },
    notificationChannels = [],
  ) => {
    const project = String(asked ?? googleProject);
    const [found, ...others] = notificationChannels.filter((it) => it === displayName);
    if (found === undefined || others.length > 0) {
      const count = found === undefined ? "no" : "more than one";
      throw new LookUpFailure("displayName", `found ${count} notification channel "${displayName}"`);
    }
    const name = existingChannelName(project, found);
    return { id: name, name, displayName: found, project, type: "email", enabled: true, labels: {} };
  },
};

function propertiesOf(struct: Struct | undefined): Properties {
  return struct ? (fromWire(struct.toJavaScript()) as Properties) : {};
}

function structOf(properties: Properties): Struct {
  const struct = new Struct();
  for (const [key, value] of Object.entries(properties)) {
    struct.getFieldsMap().set(key, Value.fromJavaScript(toWire(value)));
  }
  return struct;
}

function propertyDependenciesOf(request: RegisterResourceRequest): Record<string, string[]> {
  const byInput: [string, string[]][] = [];
  request.getPropertydependenciesMap().forEach((dependencies, input) => {
    const urns = dependencies.getUrnsList();
    if (urns.length > 0) byInput.push([input, urns.sort()]);
  });
  return Object.fromEntries(byInput);
}

function aliasOf(message: AliasMessage): Alias {
  const spec = message.getSpec();
  if (spec === undefined) return message.getUrn();
  const parts = {
    name: spec.getName(),
    type: spec.getType(),
    stack: spec.getStack(),
    project: spec.getProject(),
    parentUrn: spec.getParenturn(),
    noParent: spec.getNoparent(),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value));
}

/** Peak of a process's resident memory, where the system tells (proc(5): VmHWM). */
function peakMemoryBytes(pid: number | undefined): number | undefined {
  if (process.platform !== "linux" || pid === undefined) return undefined;
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

type Program = ChildProcessByStdio<null, Readable, Readable>;

/** Starts the runner that the CLI starts, with the CLI's arguments and variables. */
function startProgram(args: EvaluateArgs, engine: string, stop: AbortSignal): Program {
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

interface Ending {
  /** Undefined if a signal ended the program. */
  readonly exitCode?: number;
  readonly killedBy?: NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

const ENDED_WELL: Ending = { exitCode: 0, stdout: "", stderr: "" };

/** Waits until the program is gone and its output complete. */
async function ending(program: Program, stop: AbortSignal): Promise<Ending> {
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
