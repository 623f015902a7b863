import { FunctionError, isFault } from "../../errors";
import type { TransferConfig, TransferRun, Transfers } from "../ports";
import type { GoogleCall, GoogleClient } from "./client";
import { at, tidy } from "./failures";

const ROOT = "https://bigquerydatatransfer.googleapis.com/v1/";
const DATA_SOURCE = "amazon_s3";
/** The largest page that the service gives. */
const PAGE_SIZE = "1000";
/** What is asked for of runs: their params hold the text of a scheduled query, and with it which columns its views mask. */
const RUN_FIELDS = ["name", "runTime", "scheduleTime", "startTime", "endTime", "state", "errorStatus"];
const CONFIG_NAME = /^projects\/[\w.:-]+\/locations\/[\w-]+\/transferConfigs\/[\w-]+$/;

function withQuery(path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(`${ROOT}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** The settings of a config are strings, but the API's type for them is any JSON. */
function readParams(params: unknown): Record<string, string> {
  const entries = typeof params === "object" && params !== null ? Object.entries(params) : [];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function readTime(value: unknown): Date | undefined {
  const time = new Date(textOf(value));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** A status as gRPC has it; undefined where there is none, or that of a success. */
function readError(status: unknown): TransferRun["error"] {
  const code = Number(at(status, "code") ?? 0);
  const message = tidy(textOf(at(status, "message")));
  return code === 0 && message === "" ? undefined : { code, message };
}

/**
 * Transfers and their runs. Source: "BigQuery Data Transfer API", REST reference v1: projects.locations.transferConfigs
 * and its runs.
 */
export class TransferRuns implements Pick<Transfers, "list" | "listRuns" | "logOf" | "startRun"> {
  /** Names of the runs that were there when a config's runs were last listed by the loader. */
  private readonly knownRuns = new Map<string, ReadonlySet<string>>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly client: GoogleClient) {}

  async list(): Promise<TransferConfig[]> {
    const { project, location } = this.client.place;
    const parent = `projects/${project}/locations/${location}`;
    const call: GoogleCall = {
      operation: "transferConfigs.list",
      subject: `the transfers of ${parent}`,
      permission: `bigquery.transfers.get on project ${project}`,
      absent:
        `There is no project ${project}, or its transfers have no location ${location}. Correct the stack file, and ` +
        "deploy.",
      url: withQuery(`${parent}/transferConfigs`, { dataSourceIds: DATA_SOURCE, pageSize: PAGE_SIZE }),
    };
    const configs = await this.client.list(call, "transferConfigs");
    // A transfer that the stack did not make may be of any form.
    return configs.flatMap((config) => this.readConfig(config) ?? []);
  }

  async listRuns(name: string): Promise<TransferRun[]> {
    const runs = await this.runsOf(name);
    this.knownRuns.set(name, new Set(runs.map((run) => run.name)));
    return runs;
  }

  async logOf(run: string): Promise<string[]> {
    const [, config = ""] = /^(.+)\/runs\/[\w-]+$/.exec(run) ?? [];
    const call: GoogleCall = {
      ...this.callFor(config, "runs.transferLogs.list"),
      subject: `the log of run ${run}`,
      url: withQuery(`${run}/transferLogs`, { pageSize: PAGE_SIZE }),
    };
    const messages = await this.client.list(call, "transferLogs");
    return messages.map((it) => tidy(textOf(at(it, "messageText"))));
  }

  /** A run whose answer is lost counts as started if there is one of its time that `listRuns` did not see before. */
  async startRun(name: string, runTime: Date): Promise<void> {
    const requestedRunTime = runTime.toISOString();
    const call: GoogleCall = {
      ...this.callFor(name, "startManualRuns"),
      subject: `run ${requestedRunTime} of transfer ${name}`,
      permission: `bigquery.transfers.update on project ${this.client.place.project}`,
      url: withQuery(`${name}:startManualRuns`, { fields: "runs(name)" }),
      body: { requestedRunTime },
    };
    // Google was seen to start such a run at once, which loads a folder that is not there.
    if (runTime.getTime() > this.client.now()) {
      throw new FunctionError(
        "GoogleCallError",
        `Run time ${requestedRunTime} of transfer ${name} is still to come: nothing was started. Invoke the function ` +
          "again when it has come.",
        true,
      );
    }
    await this.client.call(call, {
      turn: () => this.nextTurn(),
      wasDone: () => this.wasStarted(name, runTime),
    });
  }

  /** Starts go one after another, whoever asks for them: each when the pace since the one before is over. */
  private async nextTurn(): Promise<void> {
    const mine = this.turn;
    this.turn = mine.then(() => this.client.wait(this.client.pace));
    await mine;
  }

  private async wasStarted(name: string, runTime: Date): Promise<boolean> {
    const known = this.knownRuns.get(name);
    try {
      const runs = await this.runsOf(name);
      return runs.some((run) => run.runTime.getTime() === runTime.getTime() && !known?.has(run.name));
    } catch (error) {
      if (!isFault(error, "GoogleCallError")) throw error;
      throw new FunctionError(
        "GoogleCallError",
        `Google's answer to the start of run ${runTime.toISOString()} of transfer ${name} was lost, and then it could ` +
          `not be seen whether the run was started. The next invocation looks before it starts. ${error.message}`,
        true,
      );
    }
  }

  private async runsOf(name: string): Promise<TransferRun[]> {
    const call = {
      ...this.callFor(name, "runs.list"),
      // Without `runAttempt` all runs come; with it only the latest of each day.
      url: withQuery(`${name}/runs`, {
        pageSize: PAGE_SIZE,
        fields: `nextPageToken,transferRuns(${RUN_FIELDS.join(",")})`,
      }),
    };
    const runs = await this.client.list(call, "transferRuns");
    return runs.flatMap((run) => this.readRun(run) ?? []);
  }

  private callFor(name: string, method: string): Omit<GoogleCall, "url"> {
    if (!CONFIG_NAME.test(name)) {
      throw new FunctionError(
        "GoogleCallError",
        `"${name}" is no name of a transfer; expected projects/…/locations/…/transferConfigs/….`,
        false,
      );
    }
    return {
      operation: `transferConfigs.${method}`,
      subject: `transfer ${name}`,
      permission: `bigquery.transfers.get on project ${this.client.place.project}`,
      absent:
        `There is no transfer ${name} any more: it was deleted or replaced since it was listed. Invoke the function ` +
        "again: it lists them anew. If its table is then without a transfer, deploy the stack again.",
      absentPasses: true,
    };
  }

  /** A config; undefined if its name is none that a call could be made with. */
  private readConfig(config: unknown): TransferConfig | undefined {
    const name = textOf(at(config, "name"));
    if (!CONFIG_NAME.test(name)) return undefined;
    const [state, schedule] = [textOf(at(config, "state")), textOf(at(config, "schedule"))];
    return {
      name,
      displayName: textOf(at(config, "displayName")),
      datasetId: textOf(at(config, "destinationDatasetId")),
      disabled: at(config, "disabled") === true,
      ...(state && { state }),
      ...(schedule && { schedule }),
      params: readParams(at(config, "params")),
    };
  }

  /** A run; undefined if it has no run time, so that it is of no slot. */
  private readRun(run: unknown): TransferRun | undefined {
    const name = textOf(at(run, "name"));
    const runTime = new Date(textOf(at(run, "runTime")));
    if (Number.isNaN(runTime.getTime())) return undefined;
    const startTime = readTime(at(run, "startTime"));
    const endTime = readTime(at(run, "endTime"));
    const error = readError(at(run, "errorStatus"));
    return {
      name,
      runTime,
      // The service names it for every run; a run without it is the oldest of its time.
      scheduleTime: readTime(at(run, "scheduleTime")) ?? new Date(0),
      ...(startTime && { startTime }),
      ...(endTime && { endTime }),
      state: textOf(at(run, "state")),
      ...(error && { error }),
    };
  }
}
