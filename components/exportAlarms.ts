import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import {
  ALARM_TEXTS,
  type AlarmName,
  type AlarmText,
  alarmName,
  FAILING_HOURS,
  SILENT_HOURS,
} from "./alarmTexts";
import { gateMetric, lambdaMetric, type Metric, waitingMessages } from "./exportMetrics";

const MINUTES = 60;
const HOURS = 60 * MINUTES;
const DAYS = 24 * HOURS;
const MINUTES_PER_HOUR = 60;

/** How urgent the alarms of a stack are: they page, or they inform. */
export type AlarmSeverity = "page" | "inform";

const SEVERITY_WORDS: Readonly<Record<AlarmSeverity, string>> = {
  page: "Page",
  inform: "For information",
};

/** The description of an alarm: how urgent it is, what it means, and where to read on. */
export function alarmDescription(severity: AlarmSeverity, { heading, text }: AlarmText): string {
  return `${SEVERITY_WORDS[severity]}: ${text} docs/runbook.md, "${heading}"`;
}

export interface ExportAlarmsArgs {
  /** Begins the names of the alarms, which are unique in account and Region. */
  prefix: string;
  /** False where exports are made by hand alone: then the gate's clock is off, and its silence is no alarm. */
  clockEnabled: boolean;
  /** Topics that are told when an alarm begins and when it ends. */
  topicArns: pulumi.Input<string>[];
  /** Names of the functions. */
  exporterName: pulumi.Input<string>;
  gateName: pulumi.Input<string>;
  /** Name of the load queue's dead letters; undefined where there is no such queue. */
  deadLetterQueueName?: pulumi.Input<string>;
  /** Days from which on the reader's key is old; undefined where the gate does not know the reader. */
  readerKeyMaxAgeDays?: number;
  severity: AlarmSeverity;
  tags?: Record<string, string>;
}

/** What is measured in one period, and from when on it is too much, or too little. */
interface Measure {
  /** One, or those that are added up, with 0 for what was not sent. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /**
   * True to put 0 in the place of what was not sent. CloudWatch would otherwise judge points of earlier periods, where
   * a metric is silent between two nights.
   * Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", evaluation range.
   */
  readonly filled: boolean;
  readonly statistic: "Sum" | "Maximum";
  /** Seconds. */
  readonly period: number;
  readonly comparison?: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly threshold: number;
  /** Minutes for which a new alarm keeps still. */
  readonly warmUpMinutes?: number;
}

/**
 * The alarms that say what the gate cannot: that it failed, that its clock is silent, that loads were given up, and that
 * the reader's key is old. None knows what the gate or BigQuery's check has told.
 *
 * @example
 * ```ts
 * const { topicArn } = reports;
 * new ExportAlarms("alarms", { prefix: "prod", clockEnabled: true, topicArns: [topicArn], exporterName, gateName, severity: "page" });
 * ```
 */
export class ExportAlarms extends pulumi.ComponentResource {
  /** Names of the alarms. */
  public readonly alarmNames: pulumi.Output<string[]>;
  /** Their ARNs, in the same order. */
  public readonly alarmArns: pulumi.Output<string[]>;

  constructor(name: string, args: ExportAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportAlarms", name, {}, opts);
    const alarms = measuresOf(args).map(([key, measure]) => this.createAlarm(name, args, key, measure));
    this.alarmNames = pulumi.all(alarms.map((it) => it.name));
    this.alarmArns = pulumi.all(alarms.map((it) => it.arn));
    this.registerOutputs({ alarmNames: this.alarmNames });
  }

  private createAlarm(
    name: string,
    { prefix, severity, topicArns, tags }: ExportAlarmsArgs,
    key: AlarmName,
    measure: Measure,
  ): cloudwatch.MetricAlarm {
    return new cloudwatch.MetricAlarm(
      `${name}-${key}`,
      {
        name: alarmName(prefix, key),
        ...measured(key, measure),
        comparisonOperator: measure.comparison ?? "GreaterThanOrEqualToThreshold",
        threshold: measure.threshold,
        evaluationPeriods: 1,
        treatMissingData: "notBreaching",
        warmUpConfiguration: warmUp(measure.warmUpMinutes),
        alarmDescription: alarmDescription(severity, ALARM_TEXTS[key]),
        alarmActions: topicArns,
        okActions: topicArns,
        tags,
      },
      { parent: this },
    );
  }
}

/** The alarms of a stack: those whose trouble it can have. */
function measuresOf(args: ExportAlarmsArgs): [AlarmName, Measure][] {
  const { prefix, exporterName, gateName, deadLetterQueueName, readerKeyMaxAgeDays } = args;
  const dropped = lambdaMetric("AsyncEventsDropped", gateName);
  const gateFails: Measure = {
    metrics: {
      dropped,
      // What the exporter fails at is the gate's to tell: this is what did not reach it.
      undelivered: lambdaMetric("DestinationDeliveryFailures", exporterName),
    },
    filled: true,
    statistic: "Sum",
    period: FAILING_HOURS * HOURS,
    threshold: 1,
  };
  const gateSilent: Measure = {
    // A gate that fails is no silent one: that has an alarm of its own.
    metrics: { looks: gateMetric("clockLooks", prefix), dropped },
    filled: true,
    statistic: "Sum",
    period: SILENT_HOURS * HOURS,
    comparison: "LessThanThreshold",
    threshold: 1,
    // A stack that is new, or whose clock was off, has that time for its first look.
    warmUpMinutes: SILENT_HOURS * MINUTES_PER_HOUR,
  };
  const deadLetters = (queueName: pulumi.Input<string>): Measure => ({
    metrics: { waiting: waitingMessages(queueName) },
    // SQS counts every minute while messages wait, so that a gap is no end.
    filled: false,
    statistic: "Maximum",
    period: 5 * MINUTES,
    threshold: 1,
  });
  const readerKeyOld = (days: number): Measure => ({
    metrics: { age: gateMetric("readerKeyAgeDays", prefix) },
    filled: false,
    statistic: "Maximum",
    // The gate looks at it once a night at least.
    period: DAYS,
    threshold: days,
  });
  return [
    ["gate-fails", gateFails],
    ...(args.clockEnabled ? [["gate-silent", gateSilent] satisfies [AlarmName, Measure]] : []),
    ...(deadLetterQueueName === undefined
      ? []
      : [["dead-letters", deadLetters(deadLetterQueueName)] satisfies [AlarmName, Measure]]),
    ...(readerKeyMaxAgeDays === undefined
      ? []
      : [["reader-key-old", readerKeyOld(readerKeyMaxAgeDays)] satisfies [AlarmName, Measure]]),
  ];
}

/** What an alarm watches: one metric, or a sum in the same periods. */
function measured(
  label: string,
  { metrics, filled, statistic, period }: Measure,
): Partial<cloudwatch.MetricAlarmArgs> {
  const named = Object.entries(metrics);
  const [only] = named;
  if (!filled && only !== undefined && named.length === 1) return { ...only[1], statistic, period };
  const expression = named.map(([id]) => `FILL(${id}, 0)`).join(" + ");
  return {
    metricQueries: [
      { id: "judged", expression, label, returnData: true },
      ...named.map(([id, { dimensions, ...metric }]) => ({
        id,
        metric: { ...metric, dimensions: { ...dimensions }, stat: statistic, period },
        returnData: false,
      })),
    ],
  };
}

/** The whole of it, since a filled expression has points from the first minute on. */
function warmUp(minutes: number | undefined): cloudwatch.MetricAlarmArgs["warmUpConfiguration"] {
  if (minutes === undefined) return undefined;
  return { warmUpPeriodDurationInMinutes: minutes, onlyStartEvaluatingAfterWarmUpPeriodEnds: true };
}
