import { type ChildProcess, fork } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { VirtualClock } from "../clock";
import type { Timeline } from "../timeline";
import type { AwsAccount, LambdaFunction, Principal } from "./account";
import type { AwsEndpoint } from "./endpoint";

/** Minutes after which Lambda repeats a failed asynchronous invocation: one, then two ("Asynchronous invocation"). */
const RETRY_MINUTES = [1, 2];
/** Real seconds that a function may take here: its own time limit is meant for the cloud. */
const PATIENCE_SECONDS = 60;

const NETWORK_ACTIONS = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/** How one attempt of an invocation ended. */
export type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

/** The local Lambda service: runs the bundles that would be uploaded, with the environment that was registered. */
export class LocalLambda {
  private readonly processes = new Map<string, ChildProcess>();
  /** What the functions wrote, line by line. */
  public readonly logs: string[] = [];
  /** What went wrong without failing an invocation. */
  public readonly problems: string[] = [];

  private lastReason: string | undefined;

  constructor(
    private readonly account: AwsAccount,
    private readonly endpoint: { readonly url: string; readonly server: AwsEndpoint },
    private readonly clock: VirtualClock,
    private readonly timeline: Timeline,
    private readonly projectFolder: string,
    private readonly folder: string,
  ) {}

  /** Asynchronous invocation: a failure is repeated as the function's settings say, then given up. */
  async invokeLater(arn: string, payload: unknown, attempt = 0): Promise<void> {
    const target = this.find(arn);
    const outcome = await this.invoke(arn, payload);
    if (outcome.ok) return;
    const minutes = RETRY_MINUTES[attempt];
    if (attempt < target.maximumRetryAttempts && minutes !== undefined) {
      this.clock.after(minutes, () => this.invokeLater(arn, payload, attempt + 1));
    } else {
      this.timeline.add("Lambda", `gives ${target.name} up after ${attempt + 1} attempts`, "bad");
    }
  }

  /** One attempt. */
  async invoke(arn: string, payload: unknown): Promise<Outcome> {
    const target = this.find(arn);
    try {
      const role = this.account.assume("lambda.amazonaws.com", target.roleArn);
      if (target.inVpc) for (const action of NETWORK_ACTIONS) this.account.authorize(role, action, "*");
      const outcome = await this.run(target, role, payload);
      this.report(target, outcome);
      return outcome;
    } catch (error) {
      const outcome: Outcome = {
        ok: false,
        error: error instanceof Error ? error : new Error(String(error)),
      };
      this.report(target, outcome);
      return outcome;
    }
  }

  stop(): void {
    for (const process of this.processes.values()) process.kill("SIGKILL");
    this.processes.clear();
  }

  private find(arn: string): LambdaFunction {
    const found = this.account.functions.get(arn);
    if (found === undefined) throw new Error(`${arn} is no function of this account`);
    return found;
  }

  private report(target: LambdaFunction, outcome: Outcome): void {
    const reason = outcome.ok ? undefined : outcome.error.name;
    const again = reason !== undefined && this.lastReason === reason;
    this.lastReason = reason;
    if (outcome.ok) this.timeline.add("exporter", describe(outcome.result));
    else if (again) this.timeline.add("exporter", `${target.name} fails again: ${reason}`, "bad");
    else
      this.timeline.add(
        "exporter",
        `${target.name} failed: ${outcome.error.name}: ${outcome.error.message}`,
        "bad",
      );
  }

  private async run(target: LambdaFunction, role: Principal, payload: unknown): Promise<Outcome> {
    const process = this.processes.get(target.arn) ?? this.start(target, role);
    const [file = "", exportName = ""] = target.handler.split(".");
    const outcome = await new Promise<Outcome>((done, fail) => {
      const patience = setTimeout(
        () => fail(new Error(`${target.name} did not answer in ${PATIENCE_SECONDS} seconds`)),
        PATIENCE_SECONDS * 1000,
      );
      const settle = (result: Outcome) => {
        clearTimeout(patience);
        process.removeAllListeners("exit");
        done(result);
      };
      process.once("message", (message) => settle(message as Outcome));
      process.once("exit", (code) => {
        this.processes.delete(target.arn);
        settle({
          ok: false,
          error: { name: "Runtime.ExitError", message: `the process ended with status ${code}` },
        });
      });
      process.send({
        module: pathToFileURL(join(this.codeFolder(target), `${file}.mjs`)).href,
        exportName,
        event: payload,
        context: { functionName: target.name, invokedFunctionArn: target.arn, awsRequestId: "local" },
        now: this.clock.now().getTime(),
      });
    });
    await this.writeLogs(target, role);
    return outcome;
  }

  private codeFolder(target: LambdaFunction): string {
    return join(this.folder, target.name);
  }

  private start(target: LambdaFunction, role: Principal): ChildProcess {
    const folder = this.codeFolder(target);
    mkdirSync(folder, { recursive: true });
    for (const [name, path] of Object.entries(target.files)) {
      copyFileSync(resolve(this.projectFolder, path), join(folder, name));
    }
    const credentials = this.endpoint.server.issueCredentials(role);
    const child = fork(join(__dirname, "functionProcess.mjs"), {
      cwd: folder,
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: {
        ...target.environment,
        AWS_REGION: this.account.region,
        AWS_LAMBDA_FUNCTION_NAME: target.name,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_ENDPOINT_URL: this.endpoint.url,
        LAMBDA_TASK_ROOT: folder,
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => this.logs.push(...chunk.toString().trimEnd().split("\n")));
    }
    this.processes.set(target.arn, child);
    return child;
  }

  /** Lambda writes the log with the function's role; without the right the lines are lost, and nothing else fails. */
  private async writeLogs(target: LambdaFunction, role: Principal): Promise<void> {
    const arn = this.account.logGroups.get(target.logGroupName ?? "");
    try {
      if (arn === undefined) throw new Error(`the log group ${target.logGroupName} does not exist`);
      for (const action of ["logs:CreateLogStream", "logs:PutLogEvents"]) {
        this.account.authorize(role, action, `${arn}:log-stream:local`);
      }
    } catch (error) {
      this.problems.push(
        `the log of ${target.name} is lost: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
}

function describe(result: unknown): string {
  const { taskId, snapshotArn, alreadyStarted } = result as Record<string, unknown>;
  const snapshot = String(snapshotArn).split(":cluster-snapshot:")[1];
  return alreadyStarted ? `${taskId} was started before; nothing to do` : `starts ${taskId} from ${snapshot}`;
}
