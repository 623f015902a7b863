/** A metric of CloudWatch: "uniquely defined by a name, a namespace, and zero or more dimensions". */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** How the values of a period become one. */
export const STATISTICS = ["Sum", "Maximum"] as const;
export type Statistic = (typeof STATISTICS)[number];

/** A half-open span of time, in minutes since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

const MILLISECONDS_PER_MINUTE = 60_000;

/** Minutes since 1970: the grain of standard metrics. */
export function minuteOf(time: Date): number {
  return Math.floor(time.getTime() / MILLISECONDS_PER_MINUTE);
}

interface Datapoint {
  readonly minute: number;
  sum: number;
  maximum: number;
}

/** The values of one metric, by the minute. */
export class MetricSeries {
  /** In order of time. */
  private readonly datapoints: Datapoint[] = [];

  put(time: Date, value: number): void {
    const minute = minuteOf(time);
    const index = this.datapoints.findLastIndex((it) => it.minute <= minute);
    const known = this.datapoints[index];
    if (known?.minute === minute) {
      known.sum += value;
      known.maximum = Math.max(known.maximum, value);
    } else this.datapoints.splice(index + 1, 0, { minute, sum: value, maximum: value });
  }

  /** The statistic over a period; undefined if nothing was sent in it. */
  read(statistic: Statistic, { from, to }: Period): number | undefined {
    let result: number | undefined;
    // From the end, because what is asked for is nearly always the newest.
    for (let index = this.datapoints.length - 1; index >= 0; index--) {
      const datapoint = this.datapoints[index];
      if (datapoint === undefined || datapoint.minute < from) break;
      if (datapoint.minute >= to) continue;
      if (statistic === "Sum") result = (result ?? 0) + datapoint.sum;
      else result = Math.max(result ?? datapoint.maximum, datapoint.maximum);
    }
    return result;
  }
}

/** Everything that was sent to CloudWatch. */
export class MetricStore {
  private readonly allSeries = new Map<string, MetricSeries>();

  /** The series of a metric, empty if nothing was sent yet; the same object for ever. */
  series({ namespace, name, dimensions }: Metric): MetricSeries {
    const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([namespace, name, sorted]);
    const series = this.allSeries.get(key) ?? new MetricSeries();
    this.allSeries.set(key, series);
    return series;
  }
}
