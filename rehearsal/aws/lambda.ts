import { type ChildProcess, fork } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { VirtualClock } from "../clock";
import type { Timeline } from "../timeline";
import type { AwsAccount, LambdaFunction, Principal } from "./account";
import type { AwsEndpoint } from "./endpoint";
import { uuidOf } from "./identifiers";

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

/** Where a function's process finds the clouds. */
export interface CloudAddresses {
  readonly aws: { readonly url: string; readonly server: AwsEndpoint };
  /** Undefined: the functions reach nothing of Google's. */
  readonly googleUrl?: string;
}

/** Folders of this machine. */
export interface LambdaFolders {
  /** Where the program's paths start. */
  readonly project: string;
  /** Where the functions' code is unpacked. */
  readonly code: string;
}

/** How one attempt of an invocation ended. */
export type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

/** What a function's process says: something that it wrote, or how an invocation ended. */
type ProcessMessage = { readonly output: string } | Outcome;

/** A function's process, and the end of a line that it has not written yet. */
interface Running {
  readonly process: ChildProcess;
  unfinishedLine: string;
}

/** The local Lambda service: runs the bundles that would be uploaded, with the environment that was registered. */
export class LocalLambda {
  private readonly processes = new Map<string, Running>();
  /** What each function wrote, line by line, by the function's name: its log, and its metrics. */
  public readonly logs = new Map<string, string[]>();
  /** What went wrong without failing an invocation. */
  public readonly problems: string[] = [];

  private readonly lastReasons = new Map<string, string>();
  private requestCount = 0;

  constructor(
    private readonly account: AwsAccount,
    private readonly clouds: CloudAddresses,
    private readonly clock: VirtualClock,
    private readonly timeline: Timeline,
    private readonly folders: LambdaFolders,
  ) {}

  /** Asynchronous invocation: a failure is repeated as the function's settings say, then given up. */
  async invokeLater(arn: string, payload: unknown): Promise<void> {
    await this.attempt(arn, payload, this.newRequestId(), 0);
  }

  private async attempt(arn: string, payload: unknown, requestId: string, attempt: number): Promise<void> {
    const target = this.account.findFunction(arn);
    const outcome = await this.invoke(arn, payload, requestId);
    if (outcome.ok) return;
    const minutes = RETRY_MINUTES[attempt];
    if (attempt < target.maximumRetryAttempts && minutes !== undefined) {
      this.clock.after(minutes, () => this.attempt(arn, payload, requestId, attempt + 1));
    } else {
      this.timeline.add("Lambda", `gives ${target.name} up after ${attempt + 1} attempts`, "bad");
      this.problems.push(`${target.name} failed at every attempt: ${outcome.error.name}`);
      await this.tellOfFailure(target, { payload, requestId, attempts: attempt + 1, error: outcome.error });
    }
  }

  /** Hands the record of an event that was given up to the function's destination, with the function's role. */
  private async tellOfFailure(
    target: LambdaFunction,
    failure: {
      payload: unknown;
      requestId: string;
      attempts: number;
      error: { name: string; message: string };
    },
  ): Promise<void> {
    if (target.failuresTo === undefined) return;
    try {
      const role = this.account.assume("lambda.amazonaws.com", target.roleArn);
      this.account.authorize(role, "lambda:InvokeFunction", target.failuresTo);
    } catch (error) {
      this.problems.push(
        `${target.name} cannot tell of its failure: ${error instanceof Error ? error.message : error}`,
      );
      return;
    }
    const { name, message } = failure.error;
    await this.invokeLater(target.failuresTo, {
      version: "1.0",
      timestamp: this.clock.now().toISOString(),
      requestContext: {
        requestId: failure.requestId,
        functionArn: `${target.arn}:$LATEST`,
        condition: "RetriesExhausted",
        approximateInvokeCount: failure.attempts,
      },
      requestPayload: failure.payload,
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: { errorType: name, errorMessage: message, trace: [] },
    });
  }

  private newRequestId(): string {
    return uuidOf("request", ++this.requestCount);
  }

  /**
   * One attempt, and what came of it.
   * @param arn the function's ARN or its name
   * @param requestId the same for every attempt at one event
   */
  async invoke(arn: string, payload: unknown, requestId = this.newRequestId()): Promise<Outcome> {
    const target = this.account.findFunction(arn);
    try {
      const role = this.account.assume("lambda.amazonaws.com", target.roleArn);
      if (target.inVpc) for (const action of NETWORK_ACTIONS) this.account.authorize(role, action, "*");
      const outcome = await this.run(target, role, payload, requestId);
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

  /** Ends a function's process at once, as when its machine dies: what it was doing fails, what it did stays. */
  crash(arn: string): void {
    this.processes.get(this.account.findFunction(arn).arn)?.process.kill("SIGKILL");
  }

  stop(): void {
    for (const { process } of this.processes.values()) process.kill("SIGKILL");
    this.processes.clear();
  }

  private report(target: LambdaFunction, outcome: Outcome): void {
    const who = shortName(target);
    if (outcome.ok) {
      this.lastReasons.delete(target.arn);
      this.timeline.add(who, describe(outcome.result));
      return;
    }
    const { name, message } = outcome.error;
    const again = this.lastReasons.get(target.arn) === name;
    this.lastReasons.set(target.arn, name);
    const what = again ? `${target.name} fails again: ${name}` : `${target.name} failed: ${name}: ${message}`;
    this.timeline.add(who, what, "bad");
  }

  private async run(
    target: LambdaFunction,
    role: Principal,
    payload: unknown,
    requestId: string,
  ): Promise<Outcome> {
    const running = this.processes.get(target.arn) ?? this.start(target, role);
    const [file = "", exportName = ""] = target.handler.split(".");
    const outcome = this.outcomeOf(target, running);
    running.process.send({
      module: pathToFileURL(join(this.codeFolder(target), `${file}.mjs`)).href,
      exportName,
      event: payload,
      context: {
        functionName: target.name,
        invokedFunctionArn: target.arn,
        awsRequestId: requestId,
      },
      milliseconds: target.timeoutSeconds * 1000,
      now: this.clock.now().getTime(),
    });
    const result = await outcome;
    await this.writeLogs(target, role);
    return result;
  }

  private outcomeOf(target: LambdaFunction, { process }: Running): Promise<Outcome> {
    return new Promise((done) => {
      const settle = (result: Outcome) => {
        clearTimeout(patience);
        process.off("message", hear);
        process.off("exit", exit);
        done(result);
      };
      const hear = (message: ProcessMessage) => {
        if (!("output" in message)) settle(message);
      };
      const fail = (name: string, message: string) => settle({ ok: false, error: { name, message } });
      const exit = (code: number | null, signal: string | null) => {
        fail("Runtime.ExitError", `the process ended with ${signal ?? `status ${code}`}`);
      };
      const patience = setTimeout(() => {
        // An answer that comes later must not pass for the next one's.
        process.kill("SIGKILL");
        fail("Sandbox.Timedout", `${target.name} did not answer in ${PATIENCE_SECONDS} seconds`);
      }, PATIENCE_SECONDS * 1000);
      process.on("message", hear);
      process.once("exit", exit);
    });
  }

  private codeFolder(target: LambdaFunction): string {
    return join(this.folders.code, target.name);
  }

  private start(target: LambdaFunction, role: Principal): Running {
    const folder = this.codeFolder(target);
    mkdirSync(folder, { recursive: true });
    for (const [name, path] of Object.entries(target.files)) {
      copyFileSync(resolve(this.folders.project, path), join(folder, name));
    }
    const { aws, googleUrl } = this.clouds;
    const credentials = aws.server.issueCredentials(role);
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
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_ENDPOINT_URL: aws.url,
        LAMBDA_TASK_ROOT: folder,
        ...(googleUrl !== undefined && { REHEARSAL_GOOGLE_URL: googleUrl }),
      },
    });
    const running = { process: child, unfinishedLine: "" };
    const keep = (text: string) => this.keepOutput(target, running, text);
    child.on("message", (message: ProcessMessage) => {
      if ("output" in message) keep(message.output);
    });
    // What the runtime itself writes, such as warnings of Node before the process is ready.
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => keep(chunk.toString()));
    }
    child.once("exit", () => {
      if (this.processes.get(target.arn) === running) this.processes.delete(target.arn);
    });
    this.processes.set(target.arn, running);
    return running;
  }

  private keepOutput({ name }: LambdaFunction, running: Running, text: string): void {
    const lines = (running.unfinishedLine + text).split("\n");
    running.unfinishedLine = lines.pop() ?? "";
    this.logs.set(name, [...(this.logs.get(name) ?? []), ...lines]);
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

/** Who it is in the timeline: the last word of the function's name, `exporter` or `gate`. */
function shortName({ name }: LambdaFunction): string {
  return name.split("-").at(-1) ?? name;
}

function describe(result: unknown): string {
  const { outcome, summary, slot, taskId, snapshotArn, alreadyStarted } = result as Record<string, unknown>;
  if (summary !== undefined) return String(summary);
  if (outcome !== undefined) return slot === undefined ? String(outcome) : `${outcome}: slot ${slot}`;
  const snapshot = String(snapshotArn).split(":cluster-snapshot:")[1];
  return alreadyStarted ? `${taskId} was started before; nothing to do` : `starts ${taskId} from ${snapshot}`;
}
