import assert from "node:assert/strict";
import { ALARM_TEXTS, type AlarmName, alarmNames } from "../../components/alarmTexts";
import { alarmDescription, ExportAlarms, type ExportAlarmsArgs } from "../../components/exportAlarms";
import { LOOK_EVERY_HOURS } from "../../contract/gateClock";
import type { Registration } from "../../rehearsal/program/registrations";
import { recordResources, resolved } from "../support/recordResources";
import { listed, named } from "../support/registrations";
import { assertIsSent, type WatchedMetric } from "../support/watchedMetrics";

// What this does not prove: when the alarms speak (test/rehearsal/aws), that CloudWatch takes them, and that the
// functions send what is watched (test/functions/gate/metrics.spec.ts).

const EXPORTER = "prod__aurora-snapshot-s3-exporter";
const GATE = "prod__aurora-export-gate";
const DEAD_LETTERS = "prod-aurora-loads-dead-letters.fifo";
const TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports";
const TAGS = { Team: "data" };
const ARGS: ExportAlarmsArgs = {
  prefix: "prod",
  clockEnabled: true,
  topicArns: [TOPIC],
  exporterName: EXPORTER,
  gateName: GATE,
  deadLetterQueueName: DEAD_LETTERS,
  readerKeyMaxAgeDays: 90,
  severity: "page",
  tags: TAGS,
};

const METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const DAY = 24 * 60 * 60;

async function record(more: Partial<ExportAlarmsArgs> = {}) {
  const made: ExportAlarms[] = [];
  const registrations = await recordResources(() => {
    made.push(new ExportAlarms("alarms", { ...ARGS, ...more }));
  });
  const [alarms] = made;
  assert.ok(alarms);
  return { registrations, alarms };
}

/** Names of the resources that tell a topic something, after `alarms-`. */
function tellingKeys(registrations: readonly Registration[]): string[] {
  return registrations
    .filter(({ inputs }) => inputs.alarmActions !== undefined)
    .map(({ name }) => name.replace("alarms-", ""))
    .sort();
}

interface Query {
  readonly id: string;
  readonly expression?: string;
  readonly returnData: boolean;
  readonly metric?: WatchedMetric & { readonly stat: string; readonly period: number };
}

function queriesOf({ inputs }: Registration): Query[] {
  return (inputs.metricQueries ?? []) as Query[];
}

/** What an alarm reads, by the ids of its expression; by no id where it has a metric of its own. */
function watched(it: Registration): [string, WatchedMetric, number][] {
  const { namespace, metricName, dimensions, period } = it.inputs;
  if (metricName !== undefined) {
    return [["", { namespace, metricName, dimensions } as WatchedMetric, Number(period)]];
  }
  return queriesOf(it)
    .flatMap(({ id, metric }) => (metric ? [[id, metric, metric.period] as const] : []))
    .map(([id, metric, seconds]) => [id, metric, seconds]);
}

/** What an alarm judges, in a line: so many periods of so many seconds. */
function judged({ inputs, ...it }: Registration): string {
  const registration = { inputs, ...it };
  const [[, , period] = ["", undefined, 0]] = watched(registration);
  const [first] = queriesOf(registration);
  const what = first?.expression ?? `${inputs.statistic} ${inputs.metricName}`;
  const than = inputs.comparisonOperator === "LessThanThreshold" ? "<" : ">=";
  const often = `${inputs.evaluationPeriods} of ${period}`;
  return `${what} ${than} ${inputs.threshold}, ${often}, ${inputs.treatMissingData}`;
}

describe("ExportAlarms", () => {
  let registrations: Registration[];
  let alarms: ExportAlarms;
  let metricAlarms: Registration[];
  before(async () => {
    ({ registrations, alarms } = await record());
    metricAlarms = registrations.filter(({ type }) => type === METRIC_ALARM);
  });

  it("registers its alarms, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ExportAlarms alarms",
      `${METRIC_ALARM} alarms-dead-letters`,
      `${METRIC_ALARM} alarms-gate-fails`,
      `${METRIC_ALARM} alarms-gate-silent`,
      `${METRIC_ALARM} alarms-reader-key-old`,
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("names and tags each after the stack", () => {
    for (const { name, inputs } of registrations.slice(1)) {
      assert.equal(inputs.name, name.replace("alarms-", "prod-aurora-"));
      assert.deepEqual(inputs.tags, TAGS, name);
    }
  });

  describe("tells people", () => {
    it("with exactly those alarms that have a text, and each text has its alarm", () => {
      assert.deepEqual(tellingKeys(registrations), Object.keys(ALARM_TEXTS).sort());
    });

    it("of the beginning and of the end, with what to do", () => {
      for (const key of Object.keys(ALARM_TEXTS) as AlarmName[]) {
        const {
          alarmActions,
          okActions,
          alarmDescription: description,
        } = named(registrations, `alarms-${key}`).inputs;
        assert.deepEqual([alarmActions, okActions], [[TOPIC], [TOPIC]], key);
        assert.equal(description, alarmDescription("page", ALARM_TEXTS[key]));
      }
    });

    it("how urgent it is, and where the runbook goes on", async () => {
      const { text } = ALARM_TEXTS["gate-silent"];
      const end = `docs/runbook.md, "The gate's clock is silent"`;
      const descriptionOf = (it: Registration[]) => named(it, "alarms-gate-silent").inputs.alarmDescription;
      assert.equal(descriptionOf(registrations), `Page: ${text} ${end}`);
      const informing = await record({ severity: "inform" });
      assert.equal(descriptionOf(informing.registrations), `For information: ${text} ${end}`);
    });

    it("under a heading of its own each, in no more than CloudWatch takes", () => {
      const texts = Object.values(ALARM_TEXTS);
      assert.deepEqual(
        texts.map(({ heading }) => heading),
        [
          "The gate fails",
          "The gate's clock is silent",
          "Messages wait among the dead letters",
          "The reader's key is old",
        ],
      );
      for (const text of texts) {
        const description = alarmDescription("inform", text);
        // API reference, PutMetricAlarm, AlarmDescription.
        assert.ok(description.length <= 1024, `${text.heading}: ${description.length}`);
        assert.match(description, /^[ -~]+$/);
      }
    });
  });

  describe("watches", () => {
    it("what is sent, under the dimensions that it is sent under", () => {
      for (const it of metricAlarms) {
        const metrics = watched(it);
        assert.ok(metrics.length > 0, it.name);
        for (const [, metric] of metrics) assertIsSent(metric);
      }
    });

    it("each by its own function, queue or stack", () => {
      const of = (name: string) =>
        watched(named(registrations, `alarms-${name}`)).map(([id, it]) => [
          id,
          it.metricName,
          ...Object.values(it.dimensions),
        ]);
      assert.deepEqual(of("gate-fails"), [
        ["dropped", "AsyncEventsDropped", GATE],
        ["undelivered", "DestinationDeliveryFailures", EXPORTER],
      ]);
      assert.deepEqual(of("gate-silent"), [
        ["looks", "ClockLooks", "prod"],
        ["dropped", "AsyncEventsDropped", GATE],
      ]);
      assert.deepEqual(of("reader-key-old"), [["", "ReaderKeyAgeDays", "prod"]]);
      assert.deepEqual(of("dead-letters"), [["", "ApproximateNumberOfMessagesVisible", DEAD_LETTERS]]);
    });

    it("so much of it, for so long", () => {
      assert.deepEqual(
        Object.fromEntries(metricAlarms.map((it) => [it.name.replace("alarms-", ""), judged(it)]).sort()),
        {
          "dead-letters": "Maximum ApproximateNumberOfMessagesVisible >= 1, 1 of 300, notBreaching",
          "gate-fails": "FILL(dropped, 0) + FILL(undelivered, 0) >= 1, 1 of 14400, notBreaching",
          "gate-silent": "FILL(looks, 0) + FILL(dropped, 0) < 1, 1 of 25200, notBreaching",
          "reader-key-old": "Maximum ReaderKeyAgeDays >= 90, 1 of 86400, notBreaching",
        },
      );
    });

    it("sums, but the highest age and the most messages", () => {
      const statistics = metricAlarms.flatMap((it) =>
        [it.inputs.statistic, ...queriesOf(it).map(({ metric }) => metric?.stat)]
          .filter((stat) => stat !== undefined && stat !== "Sum")
          .map((stat) => `${it.name} ${stat}`),
      );
      assert.deepEqual(statistics.sort(), ["alarms-dead-letters Maximum", "alarms-reader-key-old Maximum"]);
    });

    it("by expressions that CloudWatch takes: one result, every metric named, one period, no window too long", () => {
      for (const it of metricAlarms) {
        const queries = queriesOf(it);
        const metrics = watched(it);
        const expressions = queries.filter(({ expression }) => expression !== undefined);
        assert.deepEqual(
          queries.filter(({ returnData }) => returnData),
          expressions,
          it.name,
        );
        assert.equal(expressions.length, queries.length === 0 ? 0 : 1, it.name);
        const ids = expressions.flatMap(({ expression = "" }) => expression.match(/[a-z]\w*/g) ?? []);
        assert.deepEqual(
          ids,
          metrics.map(([id]) => id).filter((id) => id !== ""),
          it.name,
        );
        const periods = new Set(metrics.map(([, , period]) => period));
        assert.equal(periods.size, 1, it.name);
        for (const period of periods) {
          const window = period * Number(it.inputs.evaluationPeriods);
          assert.ok(window <= (period >= 3600 ? 7 * DAY : DAY), `${it.name}: ${window}`);
          assert.equal(period % 60, 0);
        }
      }
    });

    it("for a look of the gate's clock only when there was time for the first one", () => {
      const warmUps = metricAlarms.flatMap(({ name, inputs }) =>
        inputs.warmUpConfiguration === undefined ? [] : [[name, inputs.warmUpConfiguration]],
      );
      assert.deepEqual(warmUps, [
        [
          "alarms-gate-silent",
          { warmUpPeriodDurationInMinutes: 7 * 60, onlyStartEvaluatingAfterWarmUpPeriodEnds: true },
        ],
      ]);
    });

    it("for longer than looks are apart: a gate that fails at each is one alarm, and one missed look none", () => {
      const hoursOf = (key: string) => Number(watched(named(registrations, `alarms-${key}`))[0]?.[2]) / 3600;
      assert.ok(hoursOf("gate-fails") > LOOK_EVERY_HOURS);
      assert.ok(hoursOf("gate-silent") > 2 * LOOK_EVERY_HOURS);
    });
  });

  describe("leaves out", () => {
    const without = async (more: Partial<ExportAlarmsArgs>) => {
      const kept = tellingKeys((await record(more)).registrations);
      return Object.keys(ALARM_TEXTS).filter((key) => !kept.includes(key));
    };

    it("dead letters where there is no queue", async () => {
      assert.deepEqual(await without({ deadLetterQueueName: undefined }), ["dead-letters"]);
    });

    it("the silence of a clock that is off", async () => {
      assert.deepEqual(await without({ clockEnabled: false }), ["gate-silent"]);
    });

    it("the age of a key that the gate does not know", async () => {
      assert.deepEqual(await without({ readerKeyMaxAgeDays: undefined }), ["reader-key-old"]);
    });
  });

  it("tells the names of all that there may be, and names and ARNs of those that are there", async () => {
    const names = [
      "prod-aurora-gate-fails",
      "prod-aurora-gate-silent",
      "prod-aurora-dead-letters",
      "prod-aurora-reader-key-old",
    ];
    assert.deepEqual(alarmNames("prod"), names);
    assert.deepEqual(await resolved(alarms.alarmNames), names);
    assert.deepEqual(
      await resolved(alarms.alarmArns),
      names.map((name) => `arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:${name}`),
    );
    const least = await record({
      clockEnabled: false,
      deadLetterQueueName: undefined,
      readerKeyMaxAgeDays: undefined,
    });
    assert.deepEqual(await resolved(least.alarms.alarmNames), ["prod-aurora-gate-fails"]);
  });
});
