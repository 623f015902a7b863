import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import { MINUTES_PER_DAY, minuteOfDay } from "../contract/timeOfDay";
import { type ExportGateArgs, gateTime } from "./exportGate";
import { gateMetric, lambdaMetric, type Metric, waitingMessages } from "./exportMetrics";

const MINUTES = 60;
const HOURS = 60 * MINUTES;

/** A day, and two hours for what takes longer than yesterday. */
const DAY_AND_MORE = 26;
const HOURS_PER_DAY = 24;
const MINUTES_PER_HOUR = 60;

/** Every attempt at one event: Lambda tries it again twice. */
const EVERY_ATTEMPT = 3;
/**
 * Attempts at one event that was throttled for the whole hour that Lambda keeps it: they are five minutes apart at most.
 * Source: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
 */
const THROTTLED_ATTEMPTS = 12;
/** Time in which all attempts at one event come to an end, retries and timeouts included. */
const FAILING = 2 * HOURS;
/** Longer than any pause between two attempts, and than the gate needs to tell of them. */
const PAUSE = 30 * MINUTES;
/** Hours that what people were told holds alarms back: longer than the failures themselves hold alarms up. */
const HOURS_KNOWN = 3;

/** How urgent the alarms of a stack are: they page, or they inform. */
export type AlarmSeverity = "page" | "inform";

const SEVERITY_WORDS: Readonly<Record<AlarmSeverity, string>> = {
  page: "Page",
  inform: "For information",
};

/** What an alarm says to whoever it wakes. */
export interface AlarmText {
  /** Heading of the alarm's section in docs/runbook.md. */
  readonly heading: string;
  /** What is wrong, what analysts see of it, and what to do first. */
  readonly text: string;
}

/** Every alarm that tells people something, by its name after `<prefix>-aurora-`. */
export const ALARM_TEXTS = {
  "exporter-fails": {
    heading: "The exporter fails",
    text: "The function that starts exports failed at every attempt, or found no room to run, and the gate has told nobody. No table is loaded until an export is made: analysts see the rows of the last load. First read the last error in the exporter's log; when its cause is gone, make a spot run. OK says only that it is not failing right now: it is over when an export is complete.",
  },
  "gate-fails": {
    heading: "The gate fails",
    text: "The function that checks and opens exports failed again and again, or found no room to run, and could tell nobody. The export may be whole and closed: then no table is loaded, and analysts see the rows of the last load. First read the last error in the gate's log; when its cause is gone, open and load the export by hand. OK says only that it is not failing right now: it is over when an export is complete.",
  },
  "dead-letters": {
    heading: "Messages wait among the dead letters",
    text: "The gate gave up starting the loads of an export, and could tell nobody why. Some tables or all hold the rows of the last load. First read the last error in the gate's log; when its cause is gone, invoke the gate with the slot that stands in the message, and delete the message. It is over when the queue is empty.",
  },
  "no-export": {
    heading: "No completed export",
    text: "For more than a day no export was completed, and nobody was told of any trouble: schedules may be off, or whatever tells of trouble is itself broken. Analysts see the rows of the last load. First look whether the schedules of exporter and gate are enabled, then read both logs; then make a spot run. It is over when an export is complete.",
  },
  "reader-key-old": {
    heading: "The reader's key is old",
    text: "The access key with which BigQuery reads exports is older than `readerKeyMaxAgeDays`. Tables are loaded as ever: analysts miss nothing this morning. First raise `readerKeyVersion` by one and run `pulumi up`; a key made by hand is replaced by hand. It is over a day after the gate has seen the new key.",
  },
} as const satisfies Record<string, AlarmText>;

export type AlarmName = keyof typeof ALARM_TEXTS;

/** Every alarm that tells nobody by itself, likewise. */
const QUIET_ALARMS = [
  "exporter-errors",
  "exporter-throttles",
  "exporter-tries-again",
  "gate-errors",
  "gate-throttles",
  "gate-tries-again",
  "gate-failure-told",
  "no-completed-export",
  "problems-reported",
] as const;

type QuietAlarmName = (typeof QUIET_ALARMS)[number];

function nameOf(key: AlarmName | QuietAlarmName): string {
  return `aurora-${key}`;
}

/** Names of all alarms that a stack may have, after its prefix and a hyphen. */
export const ALARM_NAMES: readonly string[] = [
  ...(Object.keys(ALARM_TEXTS) as AlarmName[]),
  ...QUIET_ALARMS,
].map(nameOf);

/** Names of the alarms that tell people. */
export function tellingAlarms(namePrefix: string): string[] {
  return (Object.keys(ALARM_TEXTS) as AlarmName[]).map((key) => `${namePrefix}-${nameOf(key)}`);
}

/** Those of which BigQuery's own check need not tell again. */
const LEAVE_TABLES_LATE: readonly AlarmName[] = ["exporter-fails", "gate-fails", "dead-letters", "no-export"];

/** The description of an alarm: how urgent it is, what it means, and where to read on. */
export function alarmDescription(severity: AlarmSeverity, { heading, text }: AlarmText): string {
  return `${SEVERITY_WORDS[severity]}: ${text} docs/runbook.md, "${heading}"`;
}

/**
 * Hours without a completed export that are too many: an export may take until the gate's clock comes, which tells by
 * itself of one that is late. 26 to 48.
 */
export function hoursWithoutExport(schedule: ExportAlarmsArgs["schedule"]): number {
  const minutes = minuteOfDay(gateTime(schedule)) - minuteOfDay(schedule.export);
  const untilGate = (minutes + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  return Math.max(DAY_AND_MORE, HOURS_PER_DAY + Math.ceil(untilGate / MINUTES_PER_HOUR));
}

export interface ExportAlarmsArgs {
  /** Begins the names of the alarms, which are unique in account and Region. */
  namePrefix: string;
  /** Begins the ids of the export tasks; the gate's metrics carry it. */
  taskPrefix: string;
  /** False where exports are made by hand alone: then none is missed. */
  clockEnabled: boolean;
  /** The day's times: how long it may be from one completed export to the next. */
  schedule: ExportGateArgs["schedule"];
  /** Topic that is told when an alarm begins and when it ends. */
  topicArn: pulumi.Input<string>;
  /**
   * True lets alarms that leave tables late invoke the gate as well, which notes for BigQuery's own check that people
   * know.
   */
  noted: boolean;
  gateArn: pulumi.Input<string>;
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

/** What is measured, and from when on it is too much, or too little. */
interface Measure {
  /** By the names that the expression gives them; one alone where there is no expression. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /**
   * Where it has a point in every period, CloudWatch judges the last periods alone. Of a metric that is silent between
   * two nights it would judge points of hours ago.
   * Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", evaluation range.
   */
  readonly expression?: string;
  /** @default "Sum" */
  readonly statistic?: "Sum" | "Maximum";
  /** Seconds. */
  readonly period: number;
  /** Periods that are judged, and how many of them must be amiss; one by default. */
  readonly periods?: number;
  readonly amiss?: number;
  /** @default "GreaterThanOrEqualToThreshold" */
  readonly comparison?: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly threshold: number;
  /** @default "notBreaching" */
  readonly missing?: "breaching" | "notBreaching";
  /** Minutes for which a new alarm keeps still. */
  readonly warmUpMinutes?: number;
}

/** What a function does when it fails, in alarms that tell nobody by themselves. */
interface Failures {
  readonly errors: cloudwatch.MetricAlarm;
  readonly throttles: cloudwatch.MetricAlarm;
  /** In ALARM while it fails; over when the last attempt has been made and could have been told. */
  readonly triesAgain: cloudwatch.MetricAlarm;
}

/** What an alarm says, and to whom. */
type AlarmArgs = Pick<cloudwatch.MetricAlarmArgs, "alarmDescription" | "alarmActions" | "okActions">;

/**
 * The alarms that say what the gate could not: they keep still where people have been told already, by a report of the
 * gate or by the destination of its failed events. They wait by rules and not by a suppressor: what a suppressor has
 * held back is done when it ends, so that people would hear the end of what nobody told them.
 * Sources: CloudWatch User Guide, "Composite alarms", "Suppressing composite alarm actions" and "Alarm evaluation
 * window"; API reference PutCompositeAlarm, AlarmRule.
 */
export class ExportAlarms extends pulumi.ComponentResource {
  /** Names of the alarms that tell people something. */
  public readonly alarmNames: pulumi.Output<string[]>;
  /** Their ARNs, in the same order. */
  public readonly alarmArns: pulumi.Output<string[]>;

  constructor(
    private readonly name: string,
    private readonly args: ExportAlarmsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("aurora-to-bigquery:index:ExportAlarms", name, {}, opts);
    const told = [this.problemsReported(), this.gateFailureTold()];
    const deadLetters = this.deadLetters();
    const exporter = this.failures("exporter", args.exporterName);
    const gate = this.failures("gate", args.gateName);
    const readerKey = this.readerKeyOld();
    const metricAlarms = [deadLetters, readerKey].filter((it) => it !== undefined);
    const compositeAlarms = [
      this.fails("exporter-fails", exporter, told),
      this.fails("gate-fails", gate, deadLetters ? [...told, deadLetters] : told),
      ...(args.clockEnabled ? [this.noExport()] : []),
    ];
    this.alarmNames = pulumi.all([
      ...metricAlarms.map((it) => it.name),
      ...compositeAlarms.map((it) => it.alarmName),
    ]);
    this.alarmArns = pulumi.all([...metricAlarms, ...compositeAlarms].map((it) => it.arn));
    this.registerOutputs({ alarmNames: this.alarmNames });
  }

  private failures(role: "exporter" | "gate", functionName: pulumi.Input<string>): Failures {
    const metrics = {
      errors: lambdaMetric("Errors", functionName),
      throttles: lambdaMetric("Throttles", functionName),
    };
    return {
      errors: this.quietAlarm(`${role}-errors`, `Every attempt of the ${role} at one event failed`, {
        metrics: { errors: metrics.errors },
        expression: "FILL(errors, 0)",
        period: FAILING,
        threshold: EVERY_ATTEMPT,
      }),
      throttles: this.quietAlarm(`${role}-throttles`, `The ${role} found no room to run, for up to an hour`, {
        metrics: { throttles: metrics.throttles },
        expression: "FILL(throttles, 0)",
        period: FAILING,
        threshold: THROTTLED_ATTEMPTS,
      }),
      triesAgain: this.quietAlarm(
        `${role}-tries-again`,
        `The ${role} failed a moment ago, and may be tried again`,
        {
          metrics,
          expression: "FILL(errors, 0) + FILL(throttles, 0)",
          period: PAUSE,
          threshold: 1,
        },
      ),
    };
  }

  private problemsReported(): cloudwatch.MetricAlarm {
    return this.quietAlarm("problems-reported", "The gate has told people of trouble", {
      metrics: { problems: gateMetric("problemsReported", this.args.taskPrefix) },
      expression: "FILL(problems, 0)",
      period: HOURS,
      periods: HOURS_KNOWN,
      threshold: 1,
    });
  }

  private gateFailureTold(): cloudwatch.MetricAlarm {
    const { gateName } = this.args;
    return this.quietAlarm("gate-failure-told", "Lambda has told people of a failed event of the gate", {
      metrics: {
        dropped: lambdaMetric("AsyncEventsDropped", gateName),
        undelivered: lambdaMetric("DestinationDeliveryFailures", gateName),
      },
      expression: "FILL(dropped, 0) - FILL(undelivered, 0)",
      period: HOURS,
      periods: HOURS_KNOWN,
      threshold: 1,
    });
  }

  /** All attempts have failed, nobody tries any more, and nobody has been told. */
  private fails(
    key: AlarmName,
    { errors, throttles, triesAgain }: Failures,
    told: readonly cloudwatch.MetricAlarm[],
  ): cloudwatch.CompositeAlarm {
    const failed = pulumi.interpolate`(${inAlarm(errors)} OR ${inAlarm(throttles)})`;
    const otherwise = pulumi.all([triesAgain, ...told].map(inAlarm));
    return this.tellingComposite(
      key,
      pulumi.all([failed, otherwise]).apply((terms) => terms.flat().join(" AND NOT ")),
    );
  }

  private deadLetters(): cloudwatch.MetricAlarm | undefined {
    const { deadLetterQueueName } = this.args;
    if (deadLetterQueueName === undefined) return undefined;
    return this.tellingAlarm("dead-letters", {
      metrics: { waiting: waitingMessages(deadLetterQueueName) },
      // Not filled: SQS counts every minute while messages wait, so that a gap is no end.
      statistic: "Maximum",
      period: 5 * MINUTES,
      threshold: 1,
    });
  }

  private noExport(): cloudwatch.CompositeAlarm {
    const { taskPrefix, exporterName, gateName } = this.args;
    const hours = hoursWithoutExport(this.args.schedule);
    const silence = this.quietAlarm(
      "no-completed-export",
      `For ${hours} hours no export was completed, and nothing failed that people are told of elsewhere`,
      {
        metrics: {
          completed: gateMetric("completedExports", taskPrefix),
          problems: gateMetric("problemsReported", taskPrefix),
          exporterDropped: lambdaMetric("AsyncEventsDropped", exporterName),
          gateDropped: lambdaMetric("AsyncEventsDropped", gateName),
        },
        expression:
          "FILL(completed, 0) + FILL(problems, 0) + FILL(exporterDropped, 0) + FILL(gateDropped, 0)",
        period: HOURS,
        periods: hours,
        amiss: hours,
        comparison: "LessThanThreshold",
        threshold: 1,
        missing: "breaching",
        // A stack that is new, or whose clock was off, has a night's time for its first export.
        warmUpMinutes: hours * MINUTES_PER_HOUR,
      },
    );
    // A composite, since the end of the warm-up would be told as an end of trouble.
    return this.tellingComposite("no-export", inAlarm(silence));
  }

  private readerKeyOld(): cloudwatch.MetricAlarm | undefined {
    const { readerKeyMaxAgeDays, taskPrefix } = this.args;
    if (readerKeyMaxAgeDays === undefined) return undefined;
    return this.tellingAlarm("reader-key-old", {
      metrics: { age: gateMetric("readerKeyAgeDays", taskPrefix) },
      expression: "FILL(age, 0)",
      statistic: "Maximum",
      period: HOURS,
      // The gate looks once a night at least: the alarm holds from one look to the next.
      periods: DAY_AND_MORE,
      threshold: readerKeyMaxAgeDays,
    });
  }

  private alarmName(key: AlarmName | QuietAlarmName): string {
    return `${this.args.namePrefix}-${nameOf(key)}`;
  }

  private quietAlarm(key: QuietAlarmName, description: string, measure: Measure): cloudwatch.MetricAlarm {
    return this.metricAlarm(key, measure, { alarmDescription: `${description}. Tells nobody by itself.` });
  }

  private tellingAlarm(key: AlarmName, measure: Measure): cloudwatch.MetricAlarm {
    const alarm = this.metricAlarm(key, measure, this.telling(key));
    this.letInvokeTheGate(key, alarm.arn);
    return alarm;
  }

  private tellingComposite(key: AlarmName, alarmRule: pulumi.Input<string>): cloudwatch.CompositeAlarm {
    const alarm = new cloudwatch.CompositeAlarm(
      `${this.name}-${key}`,
      { alarmName: this.alarmName(key), alarmRule, ...this.telling(key), tags: this.args.tags },
      { parent: this },
    );
    this.letInvokeTheGate(key, alarm.arn);
    return alarm;
  }

  private isNoted(key: AlarmName): boolean {
    return this.args.noted && LEAVE_TABLES_LATE.includes(key);
  }

  private letInvokeTheGate(key: AlarmName, alarmArn: pulumi.Output<string>): void {
    if (!this.isNoted(key)) return;
    new lambda.Permission(
      `${this.name}-${key}-permission`,
      {
        statementId: `InvokedByAlarm-${key}`,
        action: "lambda:InvokeFunction",
        function: this.args.gateName,
        principal: "lambda.alarms.cloudwatch.amazonaws.com",
        sourceArn: alarmArn,
      },
      { parent: this },
    );
  }

  private telling(key: AlarmName): {
    alarmDescription: string;
    alarmActions: pulumi.Input<string>[];
    okActions: pulumi.Input<string>[];
  } {
    const { severity, topicArn, gateArn } = this.args;
    const actions = this.isNoted(key) ? [topicArn, gateArn] : [topicArn];
    return {
      alarmDescription: alarmDescription(severity, ALARM_TEXTS[key]),
      alarmActions: actions,
      okActions: actions,
    };
  }

  private metricAlarm(
    key: AlarmName | QuietAlarmName,
    measure: Measure,
    text: AlarmArgs,
  ): cloudwatch.MetricAlarm {
    const { periods = 1, amiss = 1, warmUpMinutes } = measure;
    return new cloudwatch.MetricAlarm(
      `${this.name}-${key}`,
      {
        name: this.alarmName(key),
        ...measured(key, measure),
        comparisonOperator: measure.comparison ?? "GreaterThanOrEqualToThreshold",
        threshold: measure.threshold,
        evaluationPeriods: periods,
        datapointsToAlarm: amiss,
        treatMissingData: measure.missing ?? "notBreaching",
        warmUpConfiguration: warmUpMinutes === undefined ? undefined : warmUp(warmUpMinutes),
        ...text,
        tags: this.args.tags,
      },
      { parent: this },
    );
  }
}

/** What an alarm watches: one metric, or an expression of several in the same periods. */
function measured(
  label: string,
  { metrics, expression, statistic = "Sum", period }: Measure,
): Partial<cloudwatch.MetricAlarmArgs> {
  const named = Object.entries(metrics).map(([id, { dimensions, ...metric }]) => ({
    id,
    metric: { ...metric, dimensions: { ...dimensions }, stat: statistic, period },
    returnData: false,
  }));
  const [only] = named;
  if (expression === undefined && only !== undefined && named.length === 1) {
    const { stat, ...metric } = only.metric;
    return { ...metric, statistic: stat };
  }
  return { metricQueries: [{ id: "judged", expression, label, returnData: true }, ...named] };
}

/** The whole of it, since a filled expression has points from the first minute on. */
function warmUp(warmUpPeriodDurationInMinutes: number) {
  return { warmUpPeriodDurationInMinutes, onlyStartEvaluatingAfterWarmUpPeriodEnds: true };
}

/** A term of a rule; the name is an output, so that the alarm is there before the rule and outlives it. */
function inAlarm({ name }: cloudwatch.MetricAlarm): pulumi.Output<string> {
  return pulumi.interpolate`ALARM("${name}")`;
}
