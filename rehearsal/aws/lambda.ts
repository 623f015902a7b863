import { type ChildProcess, fork } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { VirtualClock } from "../clock";
import type { Timeline } from "../timeline";
import type { AwsAccount, LambdaFunction, Principal } from "./account";
import type { AwsEndpoint } from "./endpoint";
import { AwsError } from "./errors";
import { uuidOf } from "./identifiers";
import type { Invoker, Outcome } from "./lambdaCalls";

/** Minutes after which Lambda repeats a failed asynchronous invocation: one, then two ("Asynchronous invocation"). */
const RETRY_MINUTES = [1, 2];
/** Longest pause between two tries of an event that is throttled; the first is a second, each of the next twice the last. */
const LONGEST_PAUSE_SECONDS = 300;
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

/** What Lambda counts of each function, as far as alarms look at it ("Lambda metrics"). */
export const LAMBDA_METRICS = ["AsyncEventsDropped", "DestinationDeliveryFailures"] as const;
export type LambdaMetric = (typeof LAMBDA_METRICS)[number];

/** An event that is invoked with until it succeeds or is given up. */
interface AsyncEvent {
  readonly payload: unknown;
  readonly requestId: string;
  readonly taken: Date;
  /** How often the function was run with it. */
  readonly attempts: number;
  /** How often there was no room to run the function. */
  readonly throttles: number;
}

/** Why an event was given up, as its record says. */
type GivenUp =
  | {
      readonly condition: "RetriesExhausted";
      readonly error: { readonly name: string; readonly message: string };
    }
  | { readonly condition: "EventAgeExceeded" };

/** How an attempt ends that is not made, and one whose code is not what it should be. */
/** Outcomes behind which a function looks again in minutes. */
const LOOKS: readonly string[] = ["notStarted", "waiting", "following"];
const NO_ROOM: Outcome = {
  ok: false,
  error: { name: "TooManyRequestsException", message: "Rate Exceeded." },
};
const NOT_LOADED: Outcome = {
  ok: false,
  error: { name: "Runtime.ImportModuleError", message: "Error: Cannot find module 'index'" },
};
/** What a function's process says: something that it wrote, or how an invocation ended. */
type ProcessMessage = { readonly output: string } | Outcome;

/** A function's process, and the end of a line that it has not written yet. */
interface Running {
  readonly process: ChildProcess;
  unfinishedLine: string;
}

/** The local Lambda service: runs the bundles that would be uploaded, with the environment that was registered. */
export class LocalLambda implements Invoker {
  private readonly processes = new Map<string, Running>();
  /** What each function wrote, line by line, by the function's name: its log, and its metrics. */
  public readonly logs = new Map<string, string[]>();
  /** What went wrong without failing an invocation. */
  public readonly problems: string[] = [];
  /** Hear of each thing that Lambda counts. */
  public readonly metricSinks: ((functionName: string, metric: LambdaMetric) => void)[] = [];
  /** Hear of the lines that came into a function's log; of those that its role may not write nobody does. */
  public readonly logSinks: ((functionName: string, lines: readonly string[]) => void)[] = [];
  /** Names of functions whose code cannot be loaded. */
  public readonly dies = new Set<string>();
  /** Names of functions that may not run for now. */
  public readonly throttled = new Set<string>();

  /** The latest run of each function that a caller waits for, by ARN. */
  private readonly turns = new Map<string, Promise<unknown>>();
  /** Lines that have not come into the log yet. */
  private readonly unwritten = new Map<string, string[]>();
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
    await this.attempt(arn, {
      payload,
      requestId: this.newRequestId(),
      taken: this.clock.now(),
      attempts: 0,
      throttles: 0,
    });
  }

  private async attempt(arn: string, event: AsyncEvent): Promise<void> {
    const target = this.account.findFunction(arn);
    if (this.throttled.has(target.name)) {
      await this.waitForRoom(target, event);
      return;
    }
    const outcome = await this.invoke(arn, event.payload, event.requestId);
    if (outcome.ok) return;
    const minutes = RETRY_MINUTES[event.attempts];
    const attempted = { ...event, attempts: event.attempts + 1 };
    if (event.attempts < target.maximumRetryAttempts && minutes !== undefined) {
      this.clock.after(minutes, () => this.attempt(arn, attempted));
    } else {
      this.timeline.add("Lambda", `gives ${target.name} up after ${attempted.attempts} attempts`, "bad");
      this.problems.push(`${target.name} failed at every attempt: ${outcome.error.name}`);
      await this.giveUp(target, attempted, { condition: "RetriesExhausted", error: outcome.error });
    }
  }

  /** A throttled event waits in Lambda's own queue until it is too old ("How Lambda handles errors and retries"). */
  private async waitForRoom(target: LambdaFunction, event: AsyncEvent): Promise<void> {
    if (event.throttles === 0) this.timeline.add("Lambda", `has no room to run ${target.name}`, "bad");
    const pause = Math.min(2 ** event.throttles, LONGEST_PAUSE_SECONDS);
    const age = (this.clock.now().getTime() - event.taken.getTime()) / 1000;
    if (age + pause <= target.maximumEventAgeSeconds) {
      const again = { ...event, throttles: event.throttles + 1 };
      this.clock.after(pause / 60, () => this.attempt(target.arn, again));
      return;
    }
    this.timeline.add("Lambda", `gives ${target.name} up: its event is too old`, "bad");
    this.problems.push(`${target.name} was throttled until its event was too old`);
    await this.giveUp(target, event, { condition: "EventAgeExceeded" });
  }

  /** Hands the record of an event that was given up to the function's destination, with the function's role. */
  private async giveUp(target: LambdaFunction, event: AsyncEvent, why: GivenUp): Promise<void> {
    this.count(target, "AsyncEventsDropped");
    const { failuresTo } = target;
    if (failuresTo === undefined) return;
    const record = this.recordOf(target, event, why);
    try {
      const role = this.account.assume("lambda.amazonaws.com", target.roleArn);
      this.account.authorize(role, "lambda:InvokeFunction", failuresTo);
    } catch (error) {
      this.count(target, "DestinationDeliveryFailures");
      this.problems.push(
        `${target.name} cannot tell of its failure: ${error instanceof Error ? error.message : error}`,
      );
      return;
    }
    await this.invokeLater(failuresTo, record);
  }

  /** Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations". */
  private recordOf(target: LambdaFunction, { payload, requestId, attempts }: AsyncEvent, why: GivenUp) {
    return {
      version: "1.0",
      timestamp: this.clock.now().toISOString(),
      requestContext: {
        requestId,
        functionArn: `${target.arn}:$LATEST`,
        condition: why.condition,
        approximateInvokeCount: attempts,
      },
      requestPayload: payload,
      // An event that never ran has no answer.
      ...(why.condition === "RetriesExhausted" && {
        responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
        responsePayload: { errorType: why.error.name, errorMessage: why.error.message, trace: [] },
      }),
    };
  }

  private count({ name }: LambdaFunction, metric: LambdaMetric): void {
    for (const sink of this.metricSinks) sink(name, metric);
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
    const outcome = this.throttled.has(target.name)
      ? NO_ROOM
      : await this.runOnce(target, payload, requestId);
    this.report(target, outcome);
    return outcome;
  }

  /** Runs a function for a caller that waits, and that tells of it where there is something to tell. */
  async invokeAs(principal: Principal, name: string, payload: unknown): Promise<Outcome> {
    const arn = `arn:aws:lambda:${this.account.region}:${this.account.accountId}:function:${name}`;
    this.account.authorize(principal, "lambda:InvokeFunction", arn);
    const target = this.account.functions.get(arn);
    if (target === undefined) {
      throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
    }
    if (this.throttled.has(name)) throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    // Lambda would take a second process; the one that is here does one thing after the other.
    const turn = (this.turns.get(arn) ?? Promise.resolve()).then(() =>
      this.runOnce(target, payload, this.newRequestId()),
    );
    this.turns.set(arn, turn);
    return turn;
  }

  private async runOnce(target: LambdaFunction, payload: unknown, requestId: string): Promise<Outcome> {
    if (this.dies.has(target.name)) return NOT_LOADED;
    try {
      const role = this.account.assume("lambda.amazonaws.com", target.roleArn);
      if (target.inVpc) for (const action of NETWORK_ACTIONS) this.account.authorize(role, action, "*");
      return await this.run(target, role, payload, requestId);
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
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
      const kind = outcomeOf(outcome.result);
      const what = describe(outcome.result);
      // Who comes back every few minutes finds the same.
      const isLook = LOOKS.includes(String(kind));
      const isKnown = isLook && this.lastReasons.get(target.arn) === what;
      if (isLook) this.lastReasons.set(target.arn, what);
      else this.lastReasons.delete(target.arn);
      if (!isKnown && !isNothing(outcome.result)) this.timeline.add(who, what);
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
    this.unwritten.set(name, [...(this.unwritten.get(name) ?? []), ...lines]);
  }

  /** Lambda writes the log with the function's role; without the right the lines are lost, and nothing else fails. */
  private async writeLogs(target: LambdaFunction, role: Principal): Promise<void> {
    const arn = this.account.logGroups.get(target.logGroupName ?? "");
    const lines = this.unwritten.get(target.name) ?? [];
    this.unwritten.delete(target.name);
    try {
      if (arn === undefined) throw new Error(`the log group ${target.logGroupName} does not exist`);
      for (const action of ["logs:CreateLogStream", "logs:PutLogEvents"]) {
        this.account.authorize(role, action, `${arn}:log-stream:local`);
      }
    } catch (error) {
      this.problems.push(
        `the log of ${target.name} is lost: ${error instanceof Error ? error.message : error}`,
      );
      return;
    }
    for (const sink of this.logSinks) sink(target.name, lines);
  }
}

/** Who it is in the timeline: the last word of the function's name, `exporter` or `gate`. */
function shortName({ name }: LambdaFunction): string {
  return name.split("-").at(-1) ?? name;
}

function outcomeOf(result: unknown): unknown {
  return (result as Record<string, unknown> | null)?.outcome;
}

/** True for a look of a clock that found nothing to do. */
function isNothing(result: unknown): boolean {
  const { outcome, slot } = result as Record<string, unknown>;
  return outcome === "nothingToDo" || (outcome === "unchanged" && slot === undefined);
}

function describe(result: unknown): string {
  const { outcome, summary, slot, taskId, snapshotArn, alreadyStarted } = result as Record<string, unknown>;
  if (summary !== undefined) return String(summary);
  if (outcome !== undefined) return slot === undefined ? String(outcome) : `${outcome}: slot ${slot}`;
  const snapshot = String(snapshotArn).split(":cluster-snapshot:")[1];
  return alreadyStarted ? `${taskId} was started before; nothing to do` : `starts ${taskId} from ${snapshot}`;
}
