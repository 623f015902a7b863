import { GATE_VARIABLES } from "../../contract/environment";
import { GATE_METRICS, METRIC_DIMENSION, METRIC_NAMESPACE } from "../../contract/metrics";
import { own } from "../../contract/own";
import type { VirtualClock } from "../clock";
import type { Timeline } from "../timeline";
import type { AwsAccount } from "./account";
import type { AlarmState } from "./alarms";
import { parseEmbeddedMetrics } from "./embeddedMetrics";
import { AwsError } from "./errors";
import { LAMBDA_METRICS, type LocalLambda } from "./lambda";
import {
  EVALUATION_MINUTES,
  type Judgement,
  type MetricAlarm,
  MetricAlarmEvaluation,
  type WatchedMetric,
} from "./metricAlarms";
import { MetricStore, minuteOf } from "./metricStore";
import type { LocalSqs } from "./queues";
import { regionName } from "./regionNames";
import type { LocalSns } from "./topics";

/** Whom alarms publish as. */
const SERVICE = "cloudwatch.amazonaws.com";
const LAMBDA_NAMESPACE = "AWS/Lambda";
const QUEUE_NAMESPACE = "AWS/SQS";
const VISIBLE_MESSAGES = "ApproximateNumberOfMessagesVisible";
/** "Subjects must be … less than 100 characters long" (API reference, Publish). */
const LONGEST_SUBJECT = 99;

/** What CloudWatch reads, and whom it tells. */
export interface WatchedServices {
  readonly lambda: LocalLambda;
  readonly sqs: LocalSqs;
  readonly sns: LocalSns;
}

/** An alarm, and the state that it is in. */
interface Running {
  readonly alarm: MetricAlarm;
  readonly evaluation: MetricAlarmEvaluation;
  state: AlarmState;
  /** When it went into that state. */
  since?: Date;
}

/** The local CloudWatch: what the functions and queues measure, and the alarms that the program registered. */
export class LocalCloudWatch {
  public readonly metrics = new MetricStore();
  /** What went wrong without failing anything else: alarms that could tell nobody, metrics that were lost. */
  public readonly problems: string[] = [];

  /** By name. */
  private readonly running = new Map<string, Running>();

  /** @throws Error for an alarm on a metric that nothing sends, or that tells a topic that does not exist */
  constructor(
    private readonly account: AwsAccount,
    private readonly services: WatchedServices,
    private readonly clock: VirtualClock,
    private readonly timeline: Timeline,
  ) {
    for (const alarm of account.metricAlarms) this.addMetricAlarm(alarm);
    services.lambda.metricSinks.push((functionName, metric) => {
      const dimensions = { FunctionName: functionName };
      this.metrics.series({ namespace: LAMBDA_NAMESPACE, name: metric, dimensions }).put(clock.now(), 1);
    });
    services.lambda.logSinks.push((_, lines) => this.readLog(lines));
  }

  /** Puts the evaluations into the diary, if there is anything to evaluate. */
  start(): void {
    if (this.running.size === 0) return;
    const grain = EVALUATION_MINUTES * 60_000;
    const next = (after: Date) => new Date((Math.floor(after.getTime() / grain) + 1) * grain);
    this.clock.every(next, () => this.evaluate());
  }

  /** @throws Error if there is no such alarm */
  stateOf(name: string): AlarmState {
    const found = this.running.get(name);
    if (found === undefined) throw new Error(`${name} is no alarm of this account`);
    return found.state;
  }

  /** Every alarm, as it stands. */
  alarms(): (Pick<Running, "state" | "since"> & Pick<MetricAlarm, "name" | "arn">)[] {
    return [...this.running.values()].map(({ alarm: { name, arn }, state, since }) => ({
      name,
      arn,
      state,
      since,
    }));
  }

  /** One evaluation of everything: metrics of the queues, alarms. */
  evaluate(): void {
    const now = this.clock.now();
    for (const { arn, name } of this.account.queues.values()) {
      const metric = { namespace: QUEUE_NAMESPACE, name: VISIBLE_MESSAGES, dimensions: { QueueName: name } };
      this.metrics.series(metric).put(now, this.services.sqs.visibleCount(arn));
    }
    const minute = minuteOf(now);
    for (const it of this.running.values()) {
      const judgement = it.evaluation.judge(minute);
      if (this.goesInto(it, judgement.state)) this.tell(it.alarm, judgement);
    }
  }

  /**
   * Returns true if actions follow. Those of a new alarm that is all right do not: in the cloud it would take them,
   * once, but here it stands for one that has been there for long.
   */
  private goesInto(it: Running, state: Judgement["state"]): boolean {
    const before = it.state;
    it.state = state;
    if (before !== state) it.since = this.clock.now();
    if (before === state || (before === "INSUFFICIENT_DATA" && state === "OK")) return false;
    const weight = state === "ALARM" ? "warning" : "plain";
    this.timeline.add("CloudWatch", `${it.alarm.name} goes from ${before} to ${state}`, weight);
    return true;
  }

  private tell(alarm: MetricAlarm, { state, reason }: Judgement): void {
    const where = regionName(this.account.region);
    const publication = {
      subject: `${state}: "${alarm.name}" in ${where}`.slice(0, LONGEST_SUBJECT),
      text: [alarm.description, reason].filter((it) => it !== "").join("\n\n"),
      attributes: {},
      source: "alarm",
      alarm: { name: alarm.name, state },
    } as const;
    for (const arn of alarm.actions[state]) {
      try {
        this.services.sns.publishAsService(SERVICE, alarm.arn, { ...publication, topicArn: arn });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        this.note(`${alarm.name} is in state ${state} and can tell nobody: ${error.message}`);
      }
    }
  }

  private readLog(lines: readonly string[]): void {
    for (const line of lines) {
      try {
        for (const { metric, time, value } of parseEmbeddedMetrics(line)) {
          this.metrics.series(metric).put(time, value);
        }
      } catch (error) {
        this.note(error instanceof Error ? error.message : String(error));
      }
    }
  }

  private note(problem: string): void {
    this.problems.push(problem);
    this.timeline.add("CloudWatch", problem, "bad");
  }

  private addMetricAlarm(alarm: MetricAlarm): void {
    for (const metric of alarm.metrics) checkIsSent(this.account, alarm, metric);
    const evaluation = new MetricAlarmEvaluation(alarm, this.metrics, minuteOf(this.clock.now()));
    if (this.running.has(alarm.name)) throw new Error(`two alarms are called ${alarm.name}`);
    const unknown = Object.values(alarm.actions)
      .flat()
      .find((arn) => !this.account.topics.has(arn));
    if (unknown !== undefined) {
      throw new Error(`alarm ${alarm.name} tells ${unknown}, which was not registered`);
    }
    this.running.set(alarm.name, { alarm, evaluation, state: "INSUFFICIENT_DATA" });
  }
}

/** @throws Error for a metric that nothing in the account sends: its alarm would be silent for ever */
function checkIsSent(account: AwsAccount, { name: alarm }: MetricAlarm, metric: WatchedMetric): void {
  const isKnown: Record<string, (name: string, of: string) => boolean> = {
    [LAMBDA_NAMESPACE]: (name, of) =>
      LAMBDA_METRICS.some((it) => it === name) &&
      [...account.functions.values()].some((it) => it.name === of),
    [QUEUE_NAMESPACE]: (name, of) =>
      name === VISIBLE_MESSAGES && [...account.queues.values()].some((it) => it.name === of),
    [METRIC_NAMESPACE]: (name, of) =>
      Object.values(GATE_METRICS).some((it) => it.Name === name) &&
      [...account.functions.values()].some((it) => it.environment[GATE_VARIABLES.taskPrefix] === of),
  };
  const dimensionNames: Record<string, string> = {
    [LAMBDA_NAMESPACE]: "FunctionName",
    [QUEUE_NAMESPACE]: "QueueName",
    [METRIC_NAMESPACE]: METRIC_DIMENSION,
  };
  const { namespace, name, dimensions } = metric;
  const { [own(dimensionNames, namespace) ?? ""]: of, ...others } = dimensions;
  const isSent = of !== undefined && Object.keys(others).length === 0 && own(isKnown, namespace)?.(name, of);
  if (isSent) return;
  throw new Error(
    `alarm ${alarm} watches ${namespace} ${name} of ${JSON.stringify(dimensions)}, which nothing here sends`,
  );
}
