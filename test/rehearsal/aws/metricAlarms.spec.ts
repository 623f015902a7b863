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
  evaluationPeriods: 3,
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
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      comparison: "GreaterThanOrEqualToThreshold",
      threshold: 1,
    });
  });

  it("are read with what they add up", () => {
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
      "another expression",
      computed("SUM(METRICS())", query("a")),
      "it computes SUM(METRICS()); sums of FILL(metric, 0) are implemented",
    ],
    [
      "a difference",
      computed("FILL(a, 0) - FILL(b, 0)", query("a"), query("b", THROTTLES)),
      "it computes FILL(a, 0) - FILL(b, 0); sums of FILL(metric, 0) are implemented",
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
      "more datapoints than there are",
      { ...SHARED, ...SINGLE, datapointsToAlarm: 4 },
      "4 of 3 datapoints can never breach",
    ],
    [
      "short periods of more than a day",
      { ...SHARED, ...SINGLE, evaluationPeriods: 289 },
      "289 periods of 300 seconds are too long",
    ],
    [
      "hours of more than a week",
      { ...SHARED, ...SINGLE, period: 3600, evaluationPeriods: 169 },
      "169 periods of 3600 seconds are too long",
    ],
  ];
  for (const [what, inputs, message] of refused) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => parseMetricAlarm(alarm(inputs)), {
        message: `the rehearsal's CloudWatch does not know the alarm MetricAlarm as it is: ${message}`,
      });
    });
  }

  // Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", both tables of examples.
  const tables: [number, string, string][] = [
    [3, "0 - X - X", "OK"],
    [3, "0 - - - -", "OK"],
    [3, "- - - - -", "OK"],
    [3, "0 X X - X", "ALARM"],
    [3, "- - - - X", "OK"],
    [3, "X - - - -", "OK"],
    [2, "0 - X - X", "ALARM"],
    [2, "0 0 X 0 X", "ALARM"],
    [2, "0 - X - -", "OK"],
    [2, "- - - - 0", "OK"],
    [2, "- - - - X", "OK"],
  ];
  for (const [datapointsToAlarm, points, state] of tables) {
    it(`judge ${points} as the documentation does, ${datapointsToAlarm} of 3`, () => {
      const read = parseMetricAlarm(alarm({ ...SHARED, ...SINGLE, datapointsToAlarm }));
      assert.equal(judged(read, [documented(points)]).state, state);
    });
  }

  it("look back no farther than that", () => {
    const read = parseMetricAlarm(alarm({ ...SHARED, ...SINGLE, datapointsToAlarm: 1 }));
    assert.equal(judged(read, [documented("X - - - -")])?.state, "ALARM");
    assert.equal(judged(read, [documented("X - - - - -")])?.state, "OK");
  });

  it("judge the last periods alone where 0 stands for what was not sent", () => {
    const read = parseMetricAlarm(alarm({ ...computed("FILL(a, 0)", query("a")), datapointsToAlarm: 1 }));
    assert.equal(judged(read, [documented("X - -")])?.state, "ALARM");
    assert.equal(judged(read, [documented("X - - -")])?.state, "OK");
  });

  it("add what was sent in the same period", () => {
    const inputs = computed("FILL(a, 0) + FILL(b, 0)", query("a"), query("b", THROTTLES));
    const read = parseMetricAlarm(alarm({ ...inputs, evaluationPeriods: 1, threshold: 2 }));
    const both = (a: number | undefined, b: number | undefined) => judged(read, [[a], [b]]);
    assert.deepEqual(both(1, 2), {
      state: "ALARM",
      reason: "1 of the last 1 datapoints (the newest: 3) is greater than or equal to 2; 1 raise the alarm.",
    });
    assert.deepEqual(
      [both(1, 0), both(undefined, 2), both(2, undefined), both(undefined, undefined)].map((it) => it.state),
      ["OK", "ALARM", "ALARM", "OK"],
    );
  });

  describe("on something that should have happened", () => {
    const inputs = {
      ...computed("FILL(a, 0) + FILL(b, 0)", query("a"), query("b", THROTTLES)),
      comparisonOperator: "LessThanThreshold",
    };
    const read = parseMetricAlarm(alarm(inputs));
    const state = (values: string, beginning: number) =>
      judged(read, [documented(values)], NOW - beginning).state;

    it("begin when nothing has happened for so long", () => {
      assert.equal(state("- - -", 1000), "ALARM");
      assert.equal(state("X - -", 1000), "OK");
      assert.equal(state("- - X", 1000), "OK");
    });

    it("take the time before the beginning for good", () => {
      assert.equal(state("- - -", 15), "ALARM");
      assert.equal(state("- - -", 14), "OK");
      assert.equal(state("- - -", 0), "OK");
    });
  });
});
