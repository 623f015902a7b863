import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { type LogRequest, SetRootResourceResponse } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import type {
  ReadResourceRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import type { EvaluateArgs, Evaluation, Message } from "./evaluation";
import { ENDED_WELL, type Ending, ending, peakMemoryBytes, startProgram } from "./programProcess";
import { RecordingEngine } from "./recordingEngine";
import { EngineError } from "./registrations";

const DEFAULT_TIMEOUT_SECONDS = 120;
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
const CHANNEL_OPTIONS: grpc.ServerOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.enable_channelz": 0,
};

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
