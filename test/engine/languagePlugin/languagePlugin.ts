import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { GetRequiredPackagesResponse, type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { z } from "zod";

// The language plugin for Node that a CLI built from its Go module does not bring: it starts the runner of
// @pulumi/pulumi (`cmd/run`) as the original does, and nothing else. Protocol: `pulumi/language.proto`.

/** The program has told the user itself why it failed. */
const ALREADY_TOLD = 32;
const PARENT_CHECK_MILLISECONDS = 1000;

/** What the plugin takes from `runtime.options` in Pulumi.yaml. */
const runtimeOptions = z.looseObject({
  nodeargs: z.string().default(""),
  tsconfig: z.string().optional(),
  typescript: z.boolean().default(true),
});

function answer<Request, Response>(
  respond: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return async ({ request }, callback) => {
    try {
      callback(null, await respond(request));
    } catch (error) {
      callback({ code: grpc.status.UNKNOWN, details: String(error) });
    }
  };
}

async function run(engine: string, request: RunRequest): Promise<RunResponse> {
  const info = request.getInfo();
  const root = info?.getRootDirectory() ?? request.getPwd();
  const { nodeargs, tsconfig, typescript } = runtimeOptions.parse(info?.getOptions()?.toJavaScript() ?? {});
  const options: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    pwd: request.getPwd(),
    "root-directory": root,
    parallel: String(request.getParallel()),
  };
  const program = spawn(
    process.execPath,
    [
      ...nodeargs.split(/\s+/).filter((it) => it !== ""),
      createRequire(path.join(root, "package.json")).resolve("@pulumi/pulumi/cmd/run"),
      ...Object.entries(options).map(([option, value]) => `--${option}=${value}`),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      info?.getEntryPoint() ?? ".",
    ],
    {
      cwd: request.getPwd(),
      // The plugin's standard output is for its port alone.
      stdio: ["ignore", process.stderr, process.stderr],
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        PULUMI_NODEJS_TYPESCRIPT: String(typescript),
        ...(tsconfig !== undefined && { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
      },
    },
  );
  const kill = () => program.kill("SIGKILL");
  process.once("exit", kill);
  const status = await new Promise<number | null>((resolve, reject) => {
    program.once("close", resolve);
    program.once("error", reject);
  });
  process.off("exit", kill);
  const response = new RunResponse();
  if (status === ALREADY_TOLD) return response.setBail(true);
  return status === 0 ? response : response.setError(`the program ended with status ${status}`);
}

function main(): void {
  const engine = process.argv.at(-1) ?? "";
  const server = new grpc.Server();
  server.addService(LanguageRuntimeService, {
    getPluginInfo: answer(() => new PluginInfo().setVersion(version)),
    getRequiredPackages: answer(() => new GetRequiredPackagesResponse()),
    run: answer((request: RunRequest) => run(engine, request)),
  });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  // The engine kills its plugins when it ends, unless it was killed itself.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, PARENT_CHECK_MILLISECONDS);
}

main();
