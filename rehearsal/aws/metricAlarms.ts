import { z } from "zod";
import type { Registration } from "../program/inputs";
import { type Alarm, readAlarmInputs, SHARED_INPUTS, sharedPart, unknownAlarm } from "./alarms";
import { type Metric, type MetricStore, type Period, STATISTICS, type Statistic } from "./metricStore";

/** Minutes from one evaluation of the alarms to the next; CloudWatch's is one. */
export const EVALUATION_MINUTES = 5;

const COMPARISONS = {
  GreaterThanOrEqualToThreshold: {
    words: "greater than or equal to",
    holds: (value: number, threshold: number) => value >= threshold,
  },
  LessThanThreshold: { words: "less than", holds: (value: number, threshold: number) => value < threshold },
} as const;

/** A metric of which an alarm reads a statistic. */
export interface WatchedMetric extends Metric {
  readonly statistic: Statistic;
}

/** An alarm on one metric, or on the sum of some in which 0 stands for what was not sent. */
export interface MetricAlarm extends Alarm {
  readonly metrics: readonly WatchedMetric[];
  /** True for a sum, `FILL(a, 0) + FILL(b, 0)`. */
  readonly isFilled: boolean;
  readonly periodMinutes: number;
  readonly comparison: keyof typeof COMPARISONS;
  readonly threshold: number;
}

// --- Reading -----------------------------------------------------------------------------------------------

const SECONDS_PER_MINUTE = 60;
const EVALUATION_SECONDS = EVALUATION_MINUTES * SECONDS_PER_MINUTE;
const WEEK = 7 * 24 * 3600;

// A shorter one would have datapoints that nobody looks at here.
const period = z.int().multipleOf(EVALUATION_SECONDS, `is no multiple of ${EVALUATION_SECONDS} seconds`);
const dimensions = z.record(z.string(), z.string());
const metricShape = z.strictObject({
  namespace: z.string(),
  metricName: z.string(),
  dimensions,
  period,
  stat: z.enum(STATISTICS),
});
const queryShape = z.union([
  z.strictObject({ id: z.string(), metric: metricShape, returnData: z.literal(false).optional() }),
  z.strictObject({
    id: z.string(),
    expression: z.string(),
    label: z.string().optional(),
    returnData: z.literal(true),
  }),
]);
type Query = z.output<typeof queryShape>;

/** An alarm's own metric, where it computes nothing. */
const singleShape = z.object({
  namespace: z.string(),
  metricName: z.string(),
  dimensions,
  statistic: z.enum(STATISTICS),
  period,
});

const alarmShape = z.strictObject({
  ...SHARED_INPUTS,
  ...singleShape.partial().shape,
  name: z.string(),
  metricQueries: z.array(queryShape).optional(),
  comparisonOperator: z.enum(Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[]),
  threshold: z.number(),
  evaluationPeriods: z.literal(1),
  // Left out it would be `missing`.
  treatMissingData: z.literal("notBreaching"),
  // It keeps an alarm silent when it is new; the rehearsal's are not.
  warmUpConfiguration: z
    .strictObject({
      warmUpPeriodDurationInMinutes: z.int().min(1).max(2880),
      onlyStartEvaluatingAfterWarmUpPeriodEnds: z.boolean().optional(),
    })
    .optional(),
});
type Inputs = z.output<typeof alarmShape>;

type Source = Pick<MetricAlarm, "metrics" | "isFilled"> & { readonly periodSeconds: number };

/**
 * Reads a metric alarm as the program registered it.
 * Source: Amazon CloudWatch API Reference, PutMetricAlarm.
 * @throws Error for an alarm of another kind than those that are implemented, and for one that CloudWatch refuses
 */
export function parseMetricAlarm(it: Registration): MetricAlarm {
  const inputs = readAlarmInputs(it, alarmShape);
  const { metrics, isFilled, periodSeconds } = sourceOf(it, inputs);
  // "Period multiplied by EvaluationPeriods can't be more than 604,800 seconds".
  if (periodSeconds > WEEK) throw unknownAlarm(it, `a period of ${periodSeconds} seconds is too long`);
  return {
    ...sharedPart(it, inputs.name, inputs),
    metrics,
    isFilled,
    periodMinutes: periodSeconds / SECONDS_PER_MINUTE,
    comparison: inputs.comparisonOperator,
    threshold: inputs.threshold,
  };
}

function sourceOf(it: Registration, inputs: Inputs): Source {
  const single = singleShape.safeParse(inputs);
  const hasOwn = Object.keys(singleShape.shape).some((key) => Object.hasOwn(inputs, key));
  if (inputs.metricQueries !== undefined && !hasOwn) return sumOf(it, inputs.metricQueries);
  if (inputs.metricQueries !== undefined || !single.success) {
    const needed = Object.keys(singleShape.shape).join(", ");
    throw unknownAlarm(it, `it needs either metricQueries, or all of ${needed}`);
  }
  const { namespace, metricName: name, dimensions, statistic, period: periodSeconds } = single.data;
  return { metrics: [{ namespace, name, dimensions, statistic }], isFilled: false, periodSeconds };
}

const TERM = String.raw`FILL\(([a-z][A-Za-z0-9_]*), ?0\)`;
const SUM_OF_FILLED = new RegExp(`^${TERM}( ?\\+ ?${TERM})*$`);
const EACH_TERM = new RegExp(TERM, "g");

/** Sums of `FILL(metric, 0)`: the expressions that the program uses ("Using math expressions"). */
function sumOf(it: Registration, queries: readonly Query[]): Source {
  const expressions = queries.flatMap((query) => ("expression" in query ? [query.expression] : []));
  const [expression = ""] = expressions;
  if (expressions.length !== 1 || !SUM_OF_FILLED.test(expression)) {
    const what = expressions.join(" and ") || "nothing";
    throw unknownAlarm(it, `it computes ${what}; sums of FILL(metric, 0) are implemented`);
  }
  const metrics = queries.flatMap((query) => ("metric" in query ? [query] : []));
  const terms = Array.from(expression.matchAll(EACH_TERM), ([, id]) => id);
  const [first] = metrics;
  const isUsed = ({ id }: { readonly id: string }) => terms.includes(id);
  const isEachOnce = terms.length === metrics.length && new Set(terms).size === terms.length;
  if (first === undefined || !isEachOnce || !metrics.every(isUsed)) {
    throw unknownAlarm(it, `${expression} needs each metric that it has, once, and no other`);
  }
  const { period: periodSeconds } = first.metric;
  if (metrics.some(({ metric }) => metric.period !== periodSeconds)) {
    throw unknownAlarm(it, "its metrics have different periods");
  }
  return {
    metrics: metrics.map(({ metric: { namespace, metricName: name, dimensions, stat: statistic } }) => ({
      namespace,
      name,
      dimensions,
      statistic,
    })),
    isFilled: true,
    periodSeconds,
  };
}

// --- Evaluating --------------------------------------------------------------------------------------------

/** How many periods more than it evaluates CloudWatch looks back: 5 for 3, in the documentation's example. */
const FURTHER_PERIODS = 2;

/** What an evaluation came to, and why, for the person who is told. */
export interface Judgement {
  readonly state: "ALARM" | "OK";
  readonly reason: string;
}

/** The value of a period; undefined if it is missing. */
type Datapoint = number | undefined;

/**
 * Reads a metric alarm's datapoints and judges them.
 *
 * The rules are those of the Amazon CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms
 * treat missing data". Simplified: alarms are evaluated every five minutes and not every minute; the last period
 * ends with the evaluation; a metric is there in the minute after the one in which it was sent; how far CloudWatch
 * looks back for datapoints is documented by an example only, and is two periods more than are evaluated here.
 */
export class MetricAlarmEvaluation {
  private readonly read: (span: Period) => Datapoint;

  /** @param beginning minute before which the stack counts as having run well: nothing that is missing breaches */
  constructor(
    private readonly alarm: MetricAlarm,
    store: MetricStore,
    private readonly beginning: number,
  ) {
    const series = alarm.metrics.map((metric) => ({ metric, values: store.series(metric) }));
    this.read = (span) =>
      series.reduce<Datapoint>((sum, { metric: { statistic }, values }) => {
        const value = values.read(statistic, span);
        return value === undefined ? sum : (sum ?? 0) + value;
      }, undefined);
  }

  judge(minute: number): Judgement {
    const { periodMinutes, comparison, threshold } = this.alarm;
    const values = Array.from({ length: 1 + FURTHER_PERIODS }, (_, index) => {
      const to = minute - index * periodMinutes;
      return this.datapoint({ from: to - periodMinutes, to });
    });
    const newest = values.find((value) => value !== undefined);
    if (newest === undefined) return { state: "OK", reason: "There is no datapoint." };
    const breaches = this.breaches(newest);
    const words = `${breaches ? "is" : "is not"} ${COMPARISONS[comparison].words} ${threshold}`;
    return { state: breaches ? "ALARM" : "OK", reason: `The newest datapoint (${newest}) ${words}.` };
  }

  private datapoint(span: Period): Datapoint {
    const value = this.read(span);
    if (value !== undefined || !this.alarm.isFilled) return value;
    return span.from < this.beginning && this.breaches(0) ? this.alarm.threshold : 0;
  }

  private breaches(value: number): boolean {
    const { comparison, threshold } = this.alarm;
    return COMPARISONS[comparison].holds(value, threshold);
  }
}
