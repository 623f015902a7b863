// Metric alarms: which are understood, and what they say of the values that were sent.
import assert from "node:assert/strict";
import {
  type MetricAlarm,
  MetricAlarmEvaluation,
  parseMetricAlarm,
} from "../../../rehearsal/aws/metricAlarms";
import { MetricStore } from "../../../rehearsal/aws/metricStore";
import type { Registration } from "../../../rehearsal/program/inputs";
import { registered } from "./localAccount";

const NOW = 30_000_000;
const ERRORS = { namespace: "AWS/Lambda", metricName: "Errors", dimensions: { FunctionName: "gate" } };
const THROTTLES = { ...ERRORS, metricName: "Throttles" };
const SINGLE = { ...ERRORS, statistic: "Sum", period: 300 };
const SHARED = {
  name: "prod-errors",
  comparisonOperator: "GreaterThanOrEqualToThreshold",
  threshold: 1,
  evaluationPeriods: 1,
  treatMissingData: "notBreaching",
};

function alarm(inputs: Record<string, unknown>): Registration {
  return registered("aws:cloudwatch/metricAlarm:MetricAlarm", inputs, { arn: "arn:alarm" });
}

function query(id: string, metric: object = ERRORS, more: object = {}) {
  return { id, metric: { ...metric, stat: "Sum", period: 300, ...more }, returnData: false };
}

function computed(expression: string, ...queries: object[]) {
  return {
    ...SHARED,
    metricQueries: [{ id: "judged", expression, label: "l", returnData: true }, ...queries],
  };
}

/** Values of the last periods, the oldest first; undefined where nothing was sent. */
type Values = readonly (number | undefined)[];

function judged(it: MetricAlarm, values: readonly Values[], beginning = 0) {
  const store = new MetricStore();
  it.metrics.forEach((metric, index) => {
    const sent = values[index] ?? [];
    sent.forEach((value, period) => {
      const minute = NOW - (sent.length - period) * it.periodMinutes;
      if (value !== undefined) store.series(metric).put(new Date(minute * 60_000), value);
    });
  });
  return new MetricAlarmEvaluation(it, store, beginning).judge(NOW);
}

/** The documentation's way of writing datapoints: 0 is right, X breaches, - is missing. */
function documented(points: string): Values {
  return points.split(" ").map((it) => (it === "-" ? undefined : it === "X" ? 1 : 0));
}

describe("metric alarms", () => {
  it("are read with their metric", () => {
    const inputs = { ...SHARED, ...SINGLE, alarmDescription: "d", tags: { Team: "data" } };
    assert.deepEqual(parseMetricAlarm(alarm({ ...inputs, okActions: ["arn:aws:sns:r:1:t"] })), {
      name: "prod-errors",
      arn: "arn:alarm",
      description: "d",
      actions: { ALARM: [], OK: ["arn:aws:sns:r:1:t"] },
      metrics: [
        {
          namespace: "AWS/Lambda",
          name: "Errors",
          dimensions: { FunctionName: "gate" },
          statistic: "Sum",
        },
      ],
      isFilled: false,
      periodMinutes: 5,
      comparison: "GreaterThanOrEqualToThreshold",
      threshold: 1,
    });
  });

  it("are read with the sum that they compute", () => {
    const read = parseMetricAlarm(
      alarm(computed("FILL(a, 0) + FILL(b,0)", query("a"), query("b", THROTTLES))),
    );
    assert.deepEqual(
      read.metrics.map(({ name }) => name),
      ["Errors", "Throttles"],
    );
    assert.deepEqual([read.isFilled, read.periodMinutes], [true, 5]);
  });

  const refused: [string, Record<string, unknown>, string][] = [
    ["an input that is not known", { ...SHARED, ...SINGLE, unit: "Count" }, "it has unit"],
    [
      "another statistic",
      { ...SHARED, ...SINGLE, statistic: "Average" },
      'statistic: Invalid option: expected one of "Sum"|"Maximum"',
    ],
    [
      "missing data that are missing",
      { ...SHARED, ...SINGLE, treatMissingData: undefined },
      'treatMissingData: Invalid input: expected "notBreaching"',
    ],
    [
      "a period shorter than the rehearsal looks",
      { ...SHARED, ...SINGLE, period: 60 },
      "period: is no multiple of 300 seconds",
    ],
    [
      "actions that are switched off",
      { ...SHARED, ...SINGLE, actionsEnabled: false },
      "actionsEnabled: Invalid input: expected true",
    ],
    [
      "an action that is no topic",
      { ...SHARED, ...SINGLE, alarmActions: ["arn:aws:ssm:x"] },
      "alarmActions.0: is no topic's ARN",
    ],
    [
      "part of a metric",
      { ...SHARED, ...SINGLE, period: undefined },
      "it needs either metricQueries, or all of namespace, metricName, dimensions, statistic, period",
    ],
    [
      "a metric beside what it computes",
      { ...computed("FILL(a, 0)", query("a")), period: 300 },
      "it needs either metricQueries, or all of namespace, metricName, dimensions, statistic, period",
    ],
    [
      "a difference",
      computed("FILL(a, 0) - FILL(b, 0)", query("a"), query("b", THROTTLES)),
      "it computes FILL(a, 0) - FILL(b, 0); sums of FILL(metric, 0) are implemented",
    ],
    [
      "another expression",
      computed("SUM(METRICS())", query("a")),
      "it computes SUM(METRICS()); sums of FILL(metric, 0) are implemented",
    ],
    [
      "a metric that is not used",
      computed("FILL(a, 0)", query("a"), query("b", THROTTLES)),
      "FILL(a, 0) needs each metric that it has, once, and no other",
    ],
    [
      "a metric that is not there",
      computed("FILL(a, 0) + FILL(b, 0)", query("a")),
      "FILL(a, 0) + FILL(b, 0) needs each metric that it has, once, and no other",
    ],
    [
      "a metric that is used twice",
      computed("FILL(a, 0) + FILL(a, 0)", query("a"), query("b")),
      "FILL(a, 0) + FILL(a, 0) needs each metric that it has, once, and no other",
    ],
    [
      "different periods",
      computed("FILL(a, 0) + FILL(b, 0)", query("a"), query("b", THROTTLES, { period: 600 })),
      "its metrics have different periods",
    ],
    [
      "several periods",
      { ...SHARED, ...SINGLE, evaluationPeriods: 2 },
      "evaluationPeriods: Invalid input: expected 1",
    ],
    [
      "a period of more than a week",
      { ...SHARED, ...SINGLE, period: 605_100 },
      "a period of 605100 seconds is too long",
    ],
  ];
  for (const [what, inputs, message] of refused) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => parseMetricAlarm(alarm(inputs)), {
        message: `the rehearsal's CloudWatch does not know the alarm MetricAlarm as it is: ${message}`,
      });
    });
  }

  it("judge the newest datapoint, and look back no farther than two periods more", () => {
    const read = parseMetricAlarm(alarm({ ...SHARED, ...SINGLE }));
    const states = ["X", "X 0", "0 X", "X -", "X - -", "X - - -", "- - -"].map(
      (points) => judged(read, [documented(points)]).state,
    );
    assert.deepEqual(states, ["ALARM", "OK", "ALARM", "ALARM", "ALARM", "OK", "OK"]);
  });

  it("say what they have judged", () => {
    const read = parseMetricAlarm(alarm({ ...SHARED, ...SINGLE }));
    const reasons = ["X", "0", "-"].map((points) => judged(read, [documented(points)]).reason);
    assert.deepEqual(reasons, [
      "The newest datapoint (1) is greater than or equal to 1.",
      "The newest datapoint (0) is not greater than or equal to 1.",
      "There is no datapoint.",
    ]);
  });

  it("judge the last period alone where 0 stands for what was not sent", () => {
    const read = parseMetricAlarm(alarm(computed("FILL(a, 0)", query("a"))));
    assert.equal(judged(read, [documented("X")]).state, "ALARM");
    assert.equal(judged(read, [documented("X -")]).state, "OK");
  });

  it("add what was sent in the same period", () => {
    const inputs = computed("FILL(a, 0) + FILL(b, 0)", query("a"), query("b", THROTTLES));
    const read = parseMetricAlarm(alarm({ ...inputs, threshold: 2 }));
    const both = (a: number | undefined, b: number | undefined) => judged(read, [[a], [b]]).state;
    assert.deepEqual(
      [both(1, 1), both(1, undefined), both(undefined, 2), both(undefined, undefined)],
      ["ALARM", "OK", "ALARM", "OK"],
    );
  });

  describe("on something that should have happened", () => {
    const inputs = { ...computed("FILL(a, 0)", query("a")), comparisonOperator: "LessThanThreshold" };
    const read = parseMetricAlarm(alarm(inputs));
    const state = (values: string, beginning: number) =>
      judged(read, [documented(values)], NOW - beginning).state;

    it("begin when nothing has happened for so long", () => {
      assert.equal(state("-", 1000), "ALARM");
      assert.equal(state("X -", 1000), "ALARM");
      assert.equal(state("- X", 1000), "OK");
    });

    it("take the time before the beginning for good", () => {
      assert.equal(state("-", 5), "ALARM");
      assert.equal(state("-", 4), "OK");
      assert.equal(state("-", 0), "OK");
    });
  });
});
