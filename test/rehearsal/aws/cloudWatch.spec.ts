// Alarms on the rehearsal's clock: when they go on and off, and who is told, under the topic's and the key's policies.
import assert from "node:assert/strict";
import { ExportAlarms } from "../../../components/exportAlarms";
import { reportKeyPolicy, reportTopicPolicy } from "../../../components/policyDocuments";
import { LOOK_EVERY_HOURS } from "../../../contract/gateClock";
import type { GATE_METRICS } from "../../../contract/metrics";
import type { LambdaFunction } from "../../../rehearsal/aws/account";
import { buildAwsAccount } from "../../../rehearsal/aws/account";
import { LocalCloudWatch } from "../../../rehearsal/aws/cloudWatch";
import { LocalLambda } from "../../../rehearsal/aws/lambda";
import { parsePolicy } from "../../../rehearsal/aws/policy";
import type { LocalSqs } from "../../../rehearsal/aws/queues";
import type { Registration } from "../../../rehearsal/program/inputs";
import { recordResources } from "../../support/recordResources";
import {
  ACCOUNT,
  allow,
  KEY,
  LocalCloud,
  lambdaFunction,
  policy,
  REGION,
  registered,
  role,
  START,
} from "./localAccount";

const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:reports`;
const DEAD = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead.fifo`;
const PERSON = "data@example.com";
const TOLD = { alarmActions: [TOPIC], okActions: [TOPIC] };
const METRIC = {
  treatMissingData: "notBreaching",
  evaluationPeriods: 1,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
};

function arnOf(name: string): string {
  return `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`;
}

function metricAlarm(name: string, inputs: Record<string, unknown>): Registration {
  const all = { ...METRIC, threshold: 1, name, ...inputs };
  return registered("aws:cloudwatch/metricAlarm:MetricAlarm", all, { arn: arnOf(name) });
}

function ofFunction(metricName: string, FunctionName = "gate", period = 3600) {
  return {
    namespace: "AWS/Lambda",
    metricName,
    dimensions: { FunctionName },
    statistic: "Sum",
    period,
  };
}

function filled(metric: ReturnType<typeof ofFunction> | ReturnType<typeof ofGate>) {
  const { statistic: stat, ...rest } = metric;
  return {
    metricQueries: [
      { id: "judged", expression: "FILL(a, 0)", returnData: true },
      { id: "a", metric: { ...rest, stat } },
    ],
  };
}

function ofGate(metricName: string) {
  const dimensions = { TaskPrefix: "prod-shop" };
  return { namespace: "AuroraToBigQuery", metricName, dimensions, statistic: "Sum", period: 3600 };
}

const waiting = {
  namespace: "AWS/SQS",
  metricName: "ApproximateNumberOfMessagesVisible",
  dimensions: { QueueName: "dead.fifo" },
  statistic: "Maximum",
  period: 300,
};
const silent = {
  ...filled({ ...ofGate("ClockLooks"), period: 7 * 3600 }),
  ...TOLD,
  comparisonOperator: "LessThanThreshold",
};

describe("the local CloudWatch", () => {
  let cloud: LocalCloud;
  let sqs: LocalSqs;
  let lambda: LocalLambda;
  let gate: LambdaFunction;

  beforeEach(() => {
    cloud = new LocalCloud();
    const gateRole = role("gate", allow("sqs:SendMessage", DEAD));
    cloud.account.roles.set(gateRole.arn, gateRole);
    gate = { ...lambdaFunction("gate", gateRole.arn), environment: { TASK_PREFIX: "prod-shop" } };
    const exporter = lambdaFunction("exporter", gateRole.arn);
    for (const it of [gate, exporter]) cloud.account.functions.set(it.arn, it);
    cloud.account.queues.set(DEAD, {
      arn: DEAD,
      name: "dead.fifo",
      url: "https://sqs/dead.fifo",
      delaySeconds: 0,
      visibilityTimeoutSeconds: 30,
    });
    const topicPolicy = parsePolicy("topic", JSON.stringify(reportTopicPolicy(TOPIC, ACCOUNT, ["*"])));
    cloud.account.topics.set(TOPIC, {
      arn: TOPIC,
      name: "reports",
      kmsKeyArn: KEY,
      policy: topicPolicy,
      subscriptions: [{ protocol: "email", endpoint: PERSON }],
    });
    setKeyPolicy(JSON.stringify(reportKeyPolicy(ACCOUNT)));
    sqs = cloud.queues();
    const aws = { url: "", server: cloud.endpoint(sqs) };
    const folders = { project: cloud.folder, code: cloud.folder };
    lambda = new LocalLambda(cloud.account, { aws }, cloud.clock, cloud.timeline, folders);
    lambda.dies.add("gate").add("exporter");
  });

  afterEach(() => cloud.delete());

  function setKeyPolicy(json: string): void {
    cloud.account.keys.set(KEY, { arn: KEY, policy: parsePolicy("key", json), enabled: true });
  }

  /** Takes the alarms over from an account that was built of them. */
  function watch(...alarms: Registration[]): LocalCloudWatch {
    const { metricAlarms } = buildAwsAccount(alarms, { accountId: ACCOUNT, region: REGION });
    cloud.account.metricAlarms.push(...metricAlarms);
    const cloudWatch = new LocalCloudWatch(
      cloud.account,
      { lambda, sqs, sns: cloud.sns },
      cloud.clock,
      cloud.timeline,
    );
    cloudWatch.start();
    return cloudWatch;
  }

  /** A line in the gate's log. */
  function measure(metric: (typeof GATE_METRICS)[keyof typeof GATE_METRICS]["Name"], value: number): void {
    const directive = {
      Namespace: "AuroraToBigQuery",
      Dimensions: [["TaskPrefix"]],
      Metrics: [{ Name: metric }],
    };
    const _aws = { Timestamp: cloud.clock.now().getTime(), CloudWatchMetrics: [directive] };
    const line = JSON.stringify({ _aws, TaskPrefix: "prod-shop", [metric]: value });
    for (const sink of lambda.logSinks) sink("gate", ["text", line]);
  }

  const minutes = (time: Date) => (time.getTime() - START.getTime()) / 60_000;
  const told = () => cloud.sns.published.map((it) => [minutes(it.time), it.subject]);

  it("tells people on the topic when an alarm begins, and when it is over", async () => {
    watch(
      metricAlarm("gate-fails", {
        ...filled(ofFunction("AsyncEventsDropped")),
        ...TOLD,
        alarmDescription: "Page: x.",
      }),
    );
    // Given up at the third attempt, three minutes later.
    await cloud.later(6);
    await lambda.invokeLater("gate", {});
    await cloud.later(120);
    assert.deepEqual(cloud.sns.published, [
      {
        topicArn: TOPIC,
        subject: 'ALARM: "gate-fails" in Asia Pacific (Tokyo)',
        text: "Page: x.\n\nThe newest datapoint (1) is greater than or equal to 1.",
        attributes: {},
        source: "alarm",
        alarm: { name: "gate-fails", state: "ALARM" },
        time: new Date(START.getTime() + 10 * 60_000),
        recipients: [PERSON],
      },
      {
        topicArn: TOPIC,
        subject: 'OK: "gate-fails" in Asia Pacific (Tokyo)',
        text: "Page: x.\n\nThe newest datapoint (0) is not greater than or equal to 1.",
        attributes: {},
        source: "alarm",
        alarm: { name: "gate-fails", state: "OK" },
        time: new Date(START.getTime() + 70 * 60_000),
        recipients: [PERSON],
      },
    ]);
    assert.deepEqual(cloud.said("CloudWatch"), [
      "gate-fails goes from OK to ALARM",
      "gate-fails goes from ALARM to OK",
    ]);
  });

  it("says nothing of alarms that are right from the beginning", async () => {
    const it = watch(metricAlarm("silent", silent), metricAlarm("waiting", { ...waiting, ...TOLD }));
    assert.equal(it.stateOf("silent"), "INSUFFICIENT_DATA");
    await cloud.later(5);
    assert.deepEqual([it.stateOf("silent"), it.stateOf("waiting")], ["OK", "OK"]);
    await cloud.later(7 * 60 - 10);
    assert.deepEqual([told(), cloud.said("CloudWatch")], [[], []]);
  });

  it("reads the gate's metrics in its log, and misses what does not come for seven hours", async () => {
    watch(metricAlarm("silent", silent));
    await cloud.later(33);
    measure("ClockLooks", 1);
    await cloud.later(3 * 60);
    measure("ClockLooks", 1);
    await cloud.later(24 * 60);
    measure("ClockLooks", 1);
    await cloud.later(10);
    const second = 33 + 3 * 60;
    assert.deepEqual(told(), [
      [second + 7 * 60 + 2, 'ALARM: "silent" in Asia Pacific (Tokyo)'],
      [second + 24 * 60 + 2, 'OK: "silent" in Asia Pacific (Tokyo)'],
    ]);
  });

  it("counts messages that lie in a queue", async () => {
    watch(metricAlarm("waiting", { ...waiting, ...TOLD }));
    await cloud.later(12);
    const sender = role("gate", allow("sqs:SendMessage", DEAD));
    const message = { queueUrl: "https://sqs/dead.fifo", body: "m", groupId: "g", deduplicationId: "d" };
    sqs.send(sender, message);
    await cloud.later(60);
    assert.deepEqual(told(), [[20, 'ALARM: "waiting" in Asia Pacific (Tokyo)']]);
  });

  it("refuses two alarms of one name", () => {
    const alarm = metricAlarm("waiting", waiting);
    assert.throws(() => watch(alarm, alarm), { message: "two alarms are called waiting" });
  });

  it("refuses an alarm that tells a topic that is not there", () => {
    assert.throws(() => watch(metricAlarm("waiting", { ...waiting, alarmActions: [`${TOPIC}2`] })), {
      message: `alarm waiting tells ${TOPIC}2, which was not registered`,
    });
  });

  describe("refuses an alarm on what nothing sends:", () => {
    const nothing: [string, Record<string, unknown>, string][] = [
      [
        "a function that is not there",
        ofFunction("AsyncEventsDropped", "gaet"),
        'AWS/Lambda AsyncEventsDropped of {"FunctionName":"gaet"}',
      ],
      ["another metric of Lambda's", ofFunction("Errors"), 'AWS/Lambda Errors of {"FunctionName":"gate"}'],
      [
        "a queue that is not there",
        { ...waiting, dimensions: { QueueName: "q" } },
        'AWS/SQS ApproximateNumberOfMessagesVisible of {"QueueName":"q"}',
      ],
      [
        "a metric that the gate does not emit",
        ofGate("Completed"),
        'AuroraToBigQuery Completed of {"TaskPrefix":"prod-shop"}',
      ],
      [
        "the gate of another stack",
        { ...ofGate("CompletedExports"), dimensions: { TaskPrefix: "stg-shop" } },
        'AuroraToBigQuery CompletedExports of {"TaskPrefix":"stg-shop"}',
      ],
      [
        "a dimension too much",
        { ...ofGate("CompletedExports"), dimensions: { TaskPrefix: "prod-shop", Slot: "1" } },
        'AuroraToBigQuery CompletedExports of {"TaskPrefix":"prod-shop","Slot":"1"}',
      ],
      [
        "another namespace",
        { ...ofFunction("AsyncEventsDropped"), namespace: "AWS/RDS" },
        'AWS/RDS AsyncEventsDropped of {"FunctionName":"gate"}',
      ],
    ];
    for (const [what, inputs, named] of nothing) {
      it(what, () => {
        assert.throws(() => watch(metricAlarm("a", inputs)), {
          message: `alarm a watches ${named}, which nothing here sends`,
        });
      });
    }
  });

  describe("where it may not tell", () => {
    async function problemOf(): Promise<string> {
      const it = watch(metricAlarm("gate-fails", { ...ofFunction("AsyncEventsDropped"), ...TOLD }));
      await lambda.invokeLater("gate", {});
      await cloud.later(5);
      assert.deepEqual([cloud.sns.published, it.stateOf("gate-fails")], [[], "ALARM"]);
      const [problem = "", ...others] = it.problems;
      assert.deepEqual([others, cloud.said("CloudWatch").slice(1)], [[], [problem]]);
      return problem;
    }

    it("says that the topic's policy keeps it from it", async () => {
      const topic = cloud.account.topics.get(TOPIC);
      assert.ok(topic);
      topic.policy = undefined;
      assert.equal(
        await problemOf(),
        `gate-fails is in state ALARM and can tell nobody: cloudwatch.amazonaws.com is not authorized to perform sns:Publish on ${TOPIC}: no statement of the resource's policy allows it.`,
      );
    });

    it("says that the key's policy keeps it from it", async () => {
      const root = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
      const statement = { Effect: "Allow", Principal: root, Action: "kms:*", Resource: "*" };
      setKeyPolicy(JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
      assert.match(
        await problemOf(),
        /^gate-fails is in state ALARM and can tell nobody: cloudwatch\.amazonaws\.com is not authorized to perform kms:GenerateDataKey on arn:aws:kms:/,
      );
    });

    it("says that the key is disabled", async () => {
      const key = cloud.account.keys.get(KEY);
      assert.ok(key);
      key.enabled = false;
      assert.equal(
        await problemOf(),
        `gate-fails is in state ALARM and can tell nobody: ${KEY} is disabled.`,
      );
    });

    for (const [what, aws, isTold] of [
      ["this alarm", arnOf("gate-fails"), true],
      ["another alarm", arnOf("others"), false],
    ] as const) {
      it(`${isTold ? "tells" : "tells nothing"} where the policy lets ${what} publish`, async () => {
        const topic = cloud.account.topics.get(TOPIC);
        assert.ok(topic);
        const condition = {
          ArnLike: { "aws:SourceArn": aws },
          StringEquals: { "aws:SourceAccount": ACCOUNT },
        };
        const Principal = { Service: "cloudwatch.amazonaws.com" };
        topic.policy = policy("topic", { ...allow("sns:Publish", TOPIC, condition), Principal });
        watch(metricAlarm("gate-fails", { ...ofFunction("AsyncEventsDropped"), ...TOLD }));
        await lambda.invokeLater("gate", {});
        await cloud.later(5);
        assert.equal(cloud.sns.published.length, isTold ? 1 : 0);
      });
    }
  });

  it("notes a line that CloudWatch would take no metrics from", () => {
    const it = watch();
    for (const sink of lambda.logSinks) sink("gate", ['{"_aws":1}']);
    assert.match(it.problems.join(), /^CloudWatch finds no metrics in the line \{"_aws":1\}: /);
    assert.deepEqual(cloud.said("CloudWatch"), it.problems);
  });

  it("shortens the subject of a long name to what SNS takes", async () => {
    const name = "a".repeat(120);
    watch(metricAlarm(name, { ...ofFunction("AsyncEventsDropped"), ...TOLD }));
    await lambda.invokeLater("gate", {});
    await cloud.later(5);
    assert.equal(cloud.sns.published[0]?.subject, `ALARM: "${"a".repeat(91)}`);
  });

  it("does nothing where there are no alarms, and knows none", async () => {
    const it = watch();
    assert.throws(() => it.stateOf("a"), { message: "a is no alarm of this account" });
    let looks = 0;
    it.evaluate = () => {
      looks++;
    };
    await cloud.later(60);
    assert.equal(looks, 0);
  });

  describe("with the alarms of the program", () => {
    const LOOK_MINUTES = LOOK_EVERY_HOURS * 60;
    let alarms: Registration[];

    before(async () => {
      const args = {
        prefix: "prod-shop",
        clockEnabled: true,
        topicArns: [TOPIC],
        exporterName: "exporter",
        gateName: "gate",
        deadLetterQueueName: "dead.fifo",
        readerKeyMaxAgeDays: 90,
        severity: "page" as const,
      };
      alarms = await recordResources(() => new ExportAlarms("alarms", args));
    });

    /** Looks of the gate's clock. */
    async function look(times: number): Promise<void> {
      for (let index = 0; index < times; index++) {
        measure("ClockLooks", 1);
        await cloud.later(LOOK_MINUTES);
      }
    }

    const states = () =>
      cloud.sns.published.map(({ alarm, time }) => [minutes(time), alarm?.name, alarm?.state]);

    it("say nothing in thirty good nights", async () => {
      const it = watch(...alarms);
      await cloud.later(20);
      for (let night = 0; night < 30; night++) {
        measure("CompletedExports", 1);
        measure("ReaderKeyAgeDays", 30 + night);
        await look(24 / LOOK_EVERY_HOURS);
      }
      assert.deepEqual([states(), cloud.said("CloudWatch"), it.problems], [[], [], []]);
    });

    it("tell once of a gate that gives up an event at each of four looks, and of its end", async () => {
      watch(...alarms);
      for (let times = 0; times < 4; times++) {
        await lambda.invokeLater("gate", {});
        await look(1);
      }
      await look(2);
      // Given up three minutes after the look, at the third attempt; the last one counts for four hours.
      const end = 3 * LOOK_MINUTES + (LOOK_EVERY_HOURS + 1) * 60 + 5;
      assert.deepEqual(states(), [
        [5, "prod-shop-aurora-gate-fails", "ALARM"],
        [end, "prod-shop-aurora-gate-fails", "OK"],
      ]);
    });

    it("tell of an exporter whose failure did not reach the gate", async () => {
      watch(...alarms);
      const exporter = cloud.account.findFunction("exporter");
      cloud.account.functions.set(exporter.arn, { ...exporter, failuresTo: gate.arn });
      await lambda.invokeLater("exporter", {});
      await look(1);
      assert.deepEqual(states(), [[5, "prod-shop-aurora-gate-fails", "ALARM"]]);
    });

    it("say nothing of an exporter whose failure did", async () => {
      watch(...alarms);
      lambda.dies.delete("gate");
      const exporter = cloud.account.findFunction("exporter");
      cloud.account.functions.set(exporter.arn, { ...exporter, failuresTo: gate.arn });
      const { policies } = role("gate", allow("lambda:InvokeFunction", gate.arn));
      const sender = cloud.account.roles.get(exporter.roleArn);
      assert.ok(sender);
      cloud.account.roles.set(sender.arn, { ...sender, policies });
      const handed: string[] = [];
      const { invokeLater } = lambda;
      lambda.invokeLater = async (arn, payload) => {
        if (arn === gate.arn) handed.push(arn);
        else await invokeLater.call(lambda, arn, payload);
      };
      await lambda.invokeLater("exporter", {});
      await look(2);
      assert.deepEqual([states(), handed], [[], [gate.arn]]);
    });

    it("tell once of a clock that is silent, and when it has looked again", async () => {
      watch(...alarms);
      await cloud.later(30 * 60);
      measure("ClockLooks", 1);
      await cloud.later(5);
      assert.deepEqual(states(), [
        [(2 * LOOK_EVERY_HOURS + 1) * 60, "prod-shop-aurora-gate-silent", "ALARM"],
        [30 * 60 + 5, "prod-shop-aurora-gate-silent", "OK"],
      ]);
    });

    it("tell of a key that is old, and of messages that wait", async () => {
      watch(...alarms);
      measure("ReaderKeyAgeDays", 90);
      sqs.send(role("gate", allow("sqs:SendMessage", DEAD)), {
        queueUrl: "https://sqs/dead.fifo",
        body: "m",
        groupId: "g",
        deduplicationId: "d",
      });
      await look(1);
      assert.deepEqual(
        states().map(([, name, state]) => [name, state]),
        [
          ["prod-shop-aurora-reader-key-old", "ALARM"],
          ["prod-shop-aurora-dead-letters", "ALARM"],
        ],
      );
    });
  });
});
