import assert from "node:assert/strict";
import {
  ALARM_TEXTS,
  type AlarmName,
  alarmDescription,
  ExportAlarms,
  type ExportAlarmsArgs,
  hoursWithoutExport,
} from "../../components/exportAlarms";
import type { Registration } from "../../rehearsal/program/registrations";
import { recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";
import { assertIsSent, type WatchedMetric } from "../support/watchedMetrics";

// What this does not prove: when the alarms speak (test/rehearsal/aws), that CloudWatch takes them, and that the
// functions send what is watched (test/functions/gate/metrics.spec.ts).

const EXPORTER = "prod__aurora-snapshot-s3-exporter";
const GATE = "prod__aurora-export-gate";
const DEAD_LETTERS = "prod-aurora-loads-dead-letters.fifo";
const GATE_ARN = `arn:aws:lambda:ap-northeast-1:123456789012:function:${GATE}`;
const TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports";
const TAGS = { Team: "data" };
const ARGS: ExportAlarmsArgs = {
  namePrefix: "prod",
  taskPrefix: "prod-tasks",
  clockEnabled: true,
  schedule: {
    enabled: true,
    timeZone: "Asia/Tokyo",
    offsetMinutes: 540,
    export: { hour: 4, minute: 0 },
    load: { hour: 6, minute: 0 },
  },
  topicArn: TOPIC,
  noted: false,
  gateArn: GATE_ARN,
  exporterName: EXPORTER,
  gateName: GATE,
  deadLetterQueueName: DEAD_LETTERS,
  readerKeyMaxAgeDays: 90,
  severity: "page",
  tags: TAGS,
};

const METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const PERMISSION = "aws:lambda/permission:Permission";
/** Alarms that say of tables that they are not of today. */
const LEAVING_TABLES_LATE = ["dead-letters", "exporter-fails", "gate-fails", "no-export"];
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

/** What an alarm judges, in a line; `M/N` periods of so many seconds. */
function judged({ inputs, ...it }: Registration): string {
  const registration = { inputs, ...it };
  const [[, , period] = ["", undefined, 0]] = watched(registration);
  const [first] = queriesOf(registration);
  const what = first?.expression ?? `${inputs.statistic} ${inputs.metricName}`;
  const than = inputs.comparisonOperator === "LessThanThreshold" ? "<" : ">=";
  const often = `${inputs.datapointsToAlarm}/${inputs.evaluationPeriods} of ${period}`;
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
      `${COMPOSITE_ALARM} alarms-exporter-fails`,
      `${COMPOSITE_ALARM} alarms-gate-fails`,
      `${COMPOSITE_ALARM} alarms-no-export`,
      `${METRIC_ALARM} alarms-dead-letters`,
      `${METRIC_ALARM} alarms-exporter-errors`,
      `${METRIC_ALARM} alarms-exporter-throttles`,
      `${METRIC_ALARM} alarms-exporter-tries-again`,
      `${METRIC_ALARM} alarms-gate-errors`,
      `${METRIC_ALARM} alarms-gate-failure-told`,
      `${METRIC_ALARM} alarms-gate-throttles`,
      `${METRIC_ALARM} alarms-gate-tries-again`,
      `${METRIC_ALARM} alarms-no-completed-export`,
      `${METRIC_ALARM} alarms-problems-reported`,
      `${METRIC_ALARM} alarms-reader-key-old`,
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("names and tags each after the stack", () => {
    for (const { type, name, inputs } of registrations.slice(1)) {
      const expected = name.replace("alarms-", "prod-aurora-");
      assert.equal(type === METRIC_ALARM ? inputs.name : inputs.alarmName, expected);
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
      const { text } = ALARM_TEXTS["no-export"];
      const end = 'docs/runbook.md, "No completed export"';
      const descriptionOf = (it: Registration[]) => named(it, "alarms-no-export").inputs.alarmDescription;
      assert.equal(descriptionOf(registrations), `Page: ${text} ${end}`);
      const informing = await record({ severity: "inform" });
      assert.equal(descriptionOf(informing.registrations), `For information: ${text} ${end}`);
    });

    it("under a heading of its own each, in no more than CloudWatch takes", () => {
      const texts = Object.values(ALARM_TEXTS);
      assert.deepEqual(
        texts.map(({ heading }) => heading),
        [
          "The exporter fails",
          "The gate fails",
          "Messages wait among the dead letters",
          "No completed export",
          "The reader's key is old",
        ],
      );
      for (const text of texts) {
        const description = alarmDescription("inform", text);
        // API reference, PutMetricAlarm and PutCompositeAlarm, AlarmDescription.
        assert.ok(description.length <= 1024, `${text.heading}: ${description.length}`);
        assert.match(description, /^[ -~]+$/);
      }
    });

    it("nothing with the others, which say so", () => {
      const telling = tellingKeys(registrations);
      for (const { name, inputs } of metricAlarms) {
        if (telling.includes(name.replace("alarms-", ""))) continue;
        assert.match(String(inputs.alarmDescription), /\. Tells nobody by itself\.$/, name);
        assert.deepEqual([inputs.okActions, inputs.insufficientDataActions], [undefined, undefined]);
      }
    });
  });

  describe("where the gate notes what people know", () => {
    let noted: Registration[];
    before(async () => {
      ({ registrations: noted } = await record({ noted: true }));
    });

    it("invokes it too, at beginning and end, with the alarms that leave tables late and with no other", () => {
      const actionsOf = (key: string) => {
        const { alarmActions, okActions } = named(noted, `alarms-${key}`).inputs;
        return { alarmActions, okActions };
      };
      const both = [TOPIC, GATE_ARN];
      for (const key of LEAVING_TABLES_LATE) {
        assert.deepEqual(actionsOf(key), { alarmActions: both, okActions: both }, key);
      }
      assert.deepEqual(actionsOf("reader-key-old"), { alarmActions: [TOPIC], okActions: [TOPIC] });
      assert.deepEqual(tellingKeys(noted), [...LEAVING_TABLES_LATE, "reader-key-old"]);
    });

    it("may do so by a permission for each alarm alone", () => {
      const permissions = noted.filter(({ type }) => type === PERMISSION);
      assert.deepEqual(
        permissions.map(({ name, inputs }) => [name, inputs]).sort(),
        LEAVING_TABLES_LATE.map((key) => [
          `alarms-${key}-permission`,
          {
            action: "lambda:InvokeFunction",
            function: GATE,
            principal: "lambda.alarms.cloudwatch.amazonaws.com",
            sourceArn: `arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:prod-aurora-${key}`,
            statementId: `InvokedByAlarm-${key}`,
          },
        ]),
      );
      assert.deepEqual(new Set(permissions.map(({ parent }) => parent)), new Set([noted[0]?.urn]));
    });

    it("gives no permission for an alarm that is not there", async () => {
      const least = await record({ noted: true, clockEnabled: false, deadLetterQueueName: undefined });
      assert.deepEqual(
        least.registrations.flatMap(({ type, name }) => (type === PERMISSION ? [name] : [])).sort(),
        ["alarms-exporter-fails-permission", "alarms-gate-fails-permission"],
      );
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
      assert.deepEqual(of("exporter-errors"), [["errors", "Errors", EXPORTER]]);
      assert.deepEqual(of("exporter-throttles"), [["throttles", "Throttles", EXPORTER]]);
      assert.deepEqual(of("exporter-tries-again"), [
        ["errors", "Errors", EXPORTER],
        ["throttles", "Throttles", EXPORTER],
      ]);
      assert.deepEqual(of("gate-errors"), [["errors", "Errors", GATE]]);
      assert.deepEqual(of("gate-throttles"), [["throttles", "Throttles", GATE]]);
      assert.deepEqual(of("gate-tries-again"), [
        ["errors", "Errors", GATE],
        ["throttles", "Throttles", GATE],
      ]);
      assert.deepEqual(of("gate-failure-told"), [
        ["dropped", "AsyncEventsDropped", GATE],
        ["undelivered", "DestinationDeliveryFailures", GATE],
      ]);
      assert.deepEqual(of("problems-reported"), [["problems", "ProblemsReported", "prod-tasks"]]);
      assert.deepEqual(of("no-completed-export"), [
        ["completed", "CompletedExports", "prod-tasks"],
        ["problems", "ProblemsReported", "prod-tasks"],
        ["exporterDropped", "AsyncEventsDropped", EXPORTER],
        ["gateDropped", "AsyncEventsDropped", GATE],
      ]);
      assert.deepEqual(of("reader-key-old"), [["age", "ReaderKeyAgeDays", "prod-tasks"]]);
      assert.deepEqual(of("dead-letters"), [["", "ApproximateNumberOfMessagesVisible", DEAD_LETTERS]]);
    });

    it("so much of it, for so long", () => {
      assert.deepEqual(
        Object.fromEntries(metricAlarms.map((it) => [it.name.replace("alarms-", ""), judged(it)]).sort()),
        {
          "dead-letters": "Maximum ApproximateNumberOfMessagesVisible >= 1, 1/1 of 300, notBreaching",
          "exporter-errors": "FILL(errors, 0) >= 3, 1/1 of 7200, notBreaching",
          "exporter-throttles": "FILL(throttles, 0) >= 12, 1/1 of 7200, notBreaching",
          "exporter-tries-again": "FILL(errors, 0) + FILL(throttles, 0) >= 1, 1/1 of 1800, notBreaching",
          "gate-errors": "FILL(errors, 0) >= 3, 1/1 of 7200, notBreaching",
          "gate-failure-told": "FILL(dropped, 0) - FILL(undelivered, 0) >= 1, 1/3 of 3600, notBreaching",
          "gate-throttles": "FILL(throttles, 0) >= 12, 1/1 of 7200, notBreaching",
          "gate-tries-again": "FILL(errors, 0) + FILL(throttles, 0) >= 1, 1/1 of 1800, notBreaching",
          "no-completed-export":
            "FILL(completed, 0) + FILL(problems, 0) + FILL(exporterDropped, 0) + FILL(gateDropped, 0) < 1, 26/26 of 3600, breaching",
          "problems-reported": "FILL(problems, 0) >= 1, 1/3 of 3600, notBreaching",
          "reader-key-old": "FILL(age, 0) >= 90, 1/26 of 3600, notBreaching",
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

    it("for a missing export only when there was a night's time for the first one", () => {
      const warmUps = metricAlarms.flatMap(({ name, inputs }) =>
        inputs.warmUpConfiguration === undefined ? [] : [[name, inputs.warmUpConfiguration]],
      );
      assert.deepEqual(warmUps, [
        [
          "alarms-no-completed-export",
          { warmUpPeriodDurationInMinutes: 26 * 60, onlyStartEvaluatingAfterWarmUpPeriodEnds: true },
        ],
      ]);
    });
  });

  describe("waits for an export", () => {
    const hours = (at: number, more: Partial<ExportAlarmsArgs["schedule"]>) =>
      hoursWithoutExport({ ...ARGS.schedule, export: { hour: at, minute: 0 }, ...more });
    const load = (hour: number, minute = 0) => ({ load: { hour, minute } });

    it("for 26 hours, longer where the gate's clock comes later than two hours after its start", () => {
      assert.equal(hours(4, load(6)), 26);
      assert.equal(hours(4, load(5)), 26);
      assert.equal(hours(4, load(6, 11)), 27);
      assert.equal(hours(4, load(9)), 29);
      assert.equal(hours(22, load(2)), 28);
    });

    it("until the deadline where loads follow the export", () => {
      const deadline = { hour: 8, minute: 5 };
      assert.equal(hours(4, { load: "onExportComplete", deadline }), 29);
    });

    it("never so long that CloudWatch would not take the warm-up, of two days at most", () => {
      assert.equal(hours(4, load(4, 9)), 48);
    });

    it("in the alarm", async () => {
      const schedule = { ...ARGS.schedule, ...load(9) };
      const made = named((await record({ schedule })).registrations, "alarms-no-completed-export").inputs;
      assert.deepEqual([made.evaluationPeriods, made.datapointsToAlarm], [29, 29]);
      assert.deepEqual(made.warmUpConfiguration, {
        warmUpPeriodDurationInMinutes: 29 * 60,
        onlyStartEvaluatingAfterWarmUpPeriodEnds: true,
      });
      assert.equal(
        made.alarmDescription,
        "For 29 hours no export was completed, and nothing failed that people are told of elsewhere. Tells nobody by itself.",
      );
    });
  });

  describe("keeps still", () => {
    const ruleOf = (it: Registration[], key: string) => named(it, `alarms-${key}`).inputs.alarmRule;

    it("while a function may be tried again, and where people have been told", () => {
      assert.equal(
        ruleOf(registrations, "exporter-fails"),
        '(ALARM("prod-aurora-exporter-errors") OR ALARM("prod-aurora-exporter-throttles")) AND NOT ALARM("prod-aurora-exporter-tries-again") AND NOT ALARM("prod-aurora-problems-reported") AND NOT ALARM("prod-aurora-gate-failure-told")',
      );
      assert.equal(
        ruleOf(registrations, "gate-fails"),
        '(ALARM("prod-aurora-gate-errors") OR ALARM("prod-aurora-gate-throttles")) AND NOT ALARM("prod-aurora-gate-tries-again") AND NOT ALARM("prod-aurora-problems-reported") AND NOT ALARM("prod-aurora-gate-failure-told") AND NOT ALARM("prod-aurora-dead-letters")',
      );
      assert.equal(ruleOf(registrations, "no-export"), 'ALARM("prod-aurora-no-completed-export")');
    });

    it("and is made after the alarms that its rules name", () => {
      assert.deepEqual(dependencyNames(named(registrations, "alarms-exporter-fails"), METRIC_ALARM).sort(), [
        "alarms-exporter-errors",
        "alarms-exporter-throttles",
        "alarms-exporter-tries-again",
        "alarms-gate-failure-told",
        "alarms-problems-reported",
      ]);
      assert.deepEqual(dependencyNames(named(registrations, "alarms-gate-fails"), METRIC_ALARM).sort(), [
        "alarms-dead-letters",
        "alarms-gate-errors",
        "alarms-gate-failure-told",
        "alarms-gate-throttles",
        "alarms-gate-tries-again",
        "alarms-problems-reported",
      ]);
      assert.deepEqual(dependencyNames(named(registrations, "alarms-no-export"), METRIC_ALARM), [
        "alarms-no-completed-export",
      ]);
    });

    it("at dead letters where there is no queue", async () => {
      const made = await record({ deadLetterQueueName: undefined });
      assert.equal(tellingKeys(made.registrations).includes("dead-letters"), false);
      assert.equal(String(ruleOf(made.registrations, "gate-fails")).includes("dead-letters"), false);
    });

    it("at missing exports where the clock is off", async () => {
      const made = await record({ clockEnabled: false });
      const names = made.registrations.map(({ name }) => name);
      assert.deepEqual(
        names.filter((it) => /no-export|no-completed/.test(it)),
        [],
      );
    });

    it("at the age of a key that the gate does not know", async () => {
      const made = await record({ readerKeyMaxAgeDays: undefined });
      assert.deepEqual(tellingKeys(made.registrations), [
        "dead-letters",
        "exporter-fails",
        "gate-fails",
        "no-export",
      ]);
    });
  });

  it("tells names and ARNs of the alarms that tell people something", async () => {
    const names = [
      "prod-aurora-dead-letters",
      "prod-aurora-reader-key-old",
      "prod-aurora-exporter-fails",
      "prod-aurora-gate-fails",
      "prod-aurora-no-export",
    ];
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
    assert.deepEqual(await resolved(least.alarms.alarmNames), [
      "prod-aurora-exporter-fails",
      "prod-aurora-gate-fails",
    ]);
  });
});
