import { z } from "zod";
import type { Metric } from "./metricStore";

/** One value that a function sent to CloudWatch. */
export interface SentValue {
  readonly metric: Metric;
  readonly time: Date;
  readonly value: number;
}

const recordShape = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.int(),
    CloudWatchMetrics: z
      .array(
        z.strictObject({
          Namespace: z.string().min(1),
          Dimensions: z.array(z.array(z.string())).min(1),
          Metrics: z.array(z.strictObject({ Name: z.string(), Unit: z.string().optional() })).min(1),
        }),
      )
      .min(1),
  }),
});

/** Begins a line in the embedded metric format; any other line is text to CloudWatch. */
const START = /^\{.*"_aws":/;

/**
 * The metrics in a line of a log; none in a line that is not in the embedded metric format.
 * Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format"; single numbers alone are implemented.
 * @throws Error for a line that CloudWatch would take no metrics from, which it tells nobody
 */
export function parseEmbeddedMetrics(line: string): SentValue[] {
  if (!START.test(line)) return [];
  const record = recordShape.safeParse(parseJson(line));
  if (!record.success) throw malformed(line, z.prettifyError(record.error));
  const { _aws, ...members } = record.data;
  const time = new Date(_aws.Timestamp);
  return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, dimension(line, members, name)]));
      return Metrics.map(({ Name }) => ({
        metric: { namespace: Namespace, name: Name, dimensions },
        time,
        value: value(line, members, Name),
      }));
    }),
  );
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw malformed(line, (error as Error).message);
  }
}

function dimension(line: string, members: Readonly<Record<string, unknown>>, name: string): string {
  const { [name]: text } = members;
  if (typeof text === "string" && text !== "") return text;
  throw malformed(line, `the dimension ${name} has no text`);
}

function value(line: string, members: Readonly<Record<string, unknown>>, name: string): number {
  const { [name]: number } = members;
  if (typeof number === "number") return number;
  throw malformed(line, `the metric ${name} has no number`);
}

function malformed(line: string, why: string): Error {
  return new Error(`CloudWatch finds no metrics in the line ${line}: ${why}`);
}
