import { uuidOf } from "../aws/identifiers";
import type { VirtualClock } from "../clock";
import { GoogleError } from "./errors";
import type { JobResource } from "./loadJobs";
import { type LocalLogging, lastPart } from "./logs";
import type { GoogleProject, RunConfig } from "./project";

/** One run of a config. */
export interface Run {
  /** `projects/…/transferConfigs/…/runs/…`. */
  readonly name: string;
  readonly config: RunConfig;
  readonly runTime: Date;
  /** Instant at which it was arranged; a pending run is executed as soon as the clock goes on. */
  readonly scheduleTime: Date;
  readonly endTime?: Date;
  readonly state: "PENDING" | "RUNNING" | "SUCCEEDED" | "FAILED";
  /** What the run's log says last. */
  readonly message: string;
  /** The load job that it ran, as BigQuery shows it; none where it found no file, and of a scheduled query. */
  readonly job?: JobResource;
}

/** A run of one data source, with what that one knows of it. */
export type RunOf<Config extends RunConfig, Details extends object> = Omit<Run, "config"> & {
  readonly config: Config;
} & Details;

/** What became of a run. */
export type RunResult<Details extends object> = Pick<Run, "state" | "message" | "job"> & Partial<Details>;

/** Where runs happen, and who hears of them. */
export interface RunPlace {
  readonly project: GoogleProject;
  readonly clock: VirtualClock;
  readonly logging: LocalLogging;
}

/** The service of one data source, whichever it is. */
export interface RunService {
  readonly configs: readonly RunConfig[];
  readonly runs: readonly Run[];
  /** `requestRun` of the config of that name; undefined where it is another data source's. */
  requestRunOf(name: string, requestedRunTime: Date): Run | undefined;
}

const LOG = "bigquerydatatransfer.googleapis.com%2Ftransfer_config";

/** The part of Data Transfer Service that is the same for every data source. */
export abstract class LocalRuns<Config extends RunConfig, Details extends object> implements RunService {
  /** All runs, by schedule and by hand, in the order in which they were arranged. */
  public readonly runs: RunOf<Config, Details>[] = [];
  /** Who wants to hear of runs that were requested, when they have ended. */
  public readonly runEnded: ((run: RunOf<Config, Details>) => void)[] = [];
  /** Why a config's runs fail from now on for a reason of Google's; undefined lets them run. */
  public fault: (config: Config) => string | undefined = () => undefined;
  /** Whether a config's runs go on for ever from now on. */
  public isEndless: (config: Config) => boolean = () => false;

  constructor(protected readonly place: RunPlace) {}

  /** Configs of the data source. */
  abstract get configs(): readonly Config[];

  /** What is known of a run before it begins. */
  protected abstract detailsOf(config: Config, runTime: Date): Details;

  /** Does what the run is for; does not throw. */
  protected abstract execute(run: RunOf<Config, Details>): Promise<RunResult<Details>>;

  /**
   * startManualRuns, and at once the run.
   * @throws GoogleError for a disabled config and for a time that has not come
   */
  async startManualRun(config: Config, requestedRunTime: Date): Promise<RunOf<Config, Details>> {
    this.checkRequest(config, requestedRunTime);
    return this.run(config, requestedRunTime);
  }

  /**
   * startManualRuns: the run is pending until the clock goes on.
   * @throws GoogleError for a disabled config and for a time that has not come
   */
  requestRun(config: Config, requestedRunTime: Date): RunOf<Config, Details> {
    this.checkRequest(config, requestedRunTime);
    const pending = this.arrange(config, requestedRunTime);
    this.place.clock.at(this.place.clock.now(), async () => {
      const run = await this.end(pending);
      for (const tell of this.runEnded) tell(run);
    });
    return pending;
  }

  requestRunOf(name: string, requestedRunTime: Date): RunOf<Config, Details> | undefined {
    const config = this.configs.find((it) => it.name === name);
    return config && this.requestRun(config, requestedRunTime);
  }

  /** One run by the schedule; a failed one changes nothing but its log. */
  async run(config: Config, runTime: Date): Promise<RunOf<Config, Details>> {
    return this.end(this.arrange(config, runTime));
  }

  private checkRequest(config: Config, requestedRunTime: Date): void {
    if (config.disabled) {
      const message = `${config.displayName} is disabled: no runs can be started`;
      throw new GoogleError("FAILED_PRECONDITION", message);
    }
    if (requestedRunTime > this.place.clock.now()) {
      const message = `requested_run_time ${requestedRunTime.toISOString()} cannot include future time values`;
      throw new GoogleError("INVALID_ARGUMENT", message);
    }
  }

  private arrange(config: Config, runTime: Date): RunOf<Config, Details> {
    const run = {
      ...this.detailsOf(config, runTime),
      name: `${config.name}/runs/${uuidOf("run", this.runs.length + 1)}`,
      config,
      runTime,
      scheduleTime: this.place.clock.now(),
      state: "PENDING" as const,
      message: "",
    };
    this.runs.push(run);
    return run;
  }

  private async end(pending: RunOf<Config, Details>): Promise<RunOf<Config, Details>> {
    if (this.isEndless(pending.config)) return this.put(pending, { ...pending, state: "RUNNING" });
    const fault = this.fault(pending.config);
    const result =
      fault === undefined ? await this.execute(pending) : { state: "FAILED" as const, message: fault };
    const run = this.put(pending, { ...pending, ...result, endTime: this.place.clock.now() });
    this.log(run, this.place.clock.now());
    return run;
  }

  private put(before: RunOf<Config, Details>, run: RunOf<Config, Details>): RunOf<Config, Details> {
    this.runs[this.runs.indexOf(before)] = run;
    return run;
  }

  private log({ name, config, state, message }: Run, timestamp: Date): void {
    const { projectId, location } = config;
    const failed = state === "FAILED" ? 1 : 0;
    const summary = `Summary: succeeded ${1 - failed} jobs, failed ${failed} jobs.`;
    for (const line of [message, summary]) {
      this.place.logging.write({
        logName: `projects/${projectId}/logs/${LOG}`,
        timestamp,
        severity: failed ? "ERROR" : "INFO",
        resource: {
          type: "bigquery_dts_config",
          labels: {
            project_id: projectId,
            config_id: lastPart(config.name),
            location: location.toLowerCase(),
          },
        },
        labels: { run_id: lastPart(name) },
        jsonPayload: { message: line },
      });
    }
  }
}

/** The dataset that a config loads into; a scheduled query has none where it writes no rows. */
export function destination(it: RunConfig): Record<string, string> {
  return "datasetId" in it ? { destinationDatasetId: String(it.datasetId) } : {};
}

/** A run as the API and the notifications of ended runs show it. Source: TransferRun (REST reference). */
export function runJson(it: Run): Record<string, unknown> {
  return {
    name: it.name,
    dataSourceId: it.config.dataSource,
    ...destination(it.config),
    runTime: it.runTime.toISOString(),
    scheduleTime: it.scheduleTime.toISOString(),
    ...(it.state !== "PENDING" && { startTime: it.scheduleTime.toISOString() }),
    ...(it.endTime !== undefined && { endTime: it.endTime.toISOString() }),
    state: it.state,
    params: it.config.params,
    ...(it.state === "FAILED" && { errorStatus: { code: 9, message: it.message } }),
    emailPreferences: {},
  };
}
