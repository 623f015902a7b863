// Alarms on the rehearsal's clock: when they go on and off, and who is told, under the topic's and the key's policies.
import assert from "node:assert/strict";
import { ExportAlarms } from "../../../components/exportAlarms";
import { reportKeyPolicy, reportTopicPolicy } from "../../../components/policyDocuments";
import type { GATE_METRICS } from "../../../contract/metrics";
import type { AwsAccount, LambdaFunction } from "../../../rehearsal/aws/account";
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
const GATE_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:gate`;
const PERSON = "data@example.com";
const TOLD = { alarmActions: [TOPIC], okActions: [TOPIC] };
const METRIC = {
  treatMissingData: "notBreaching",
  evaluationPeriods: 1,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
};

/** The gate as the program registers it, for permissions to name. */
const gateRegistration = registered(
  "aws:lambda/function:Function",
  { name: "gate", role: "gate", handler: "index.handler", timeout: 900, code: { assets: {} } },
  { arn: GATE_ARN },
);

function arnOf(name: string): string {
  return `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`;
}

function metricAlarm(name: string, inputs: Record<string, unknown>): Registration {
  const all = { ...METRIC, threshold: 1, name, ...inputs };
  return registered("aws:cloudwatch/metricAlarm:MetricAlarm", all, { arn: arnOf(name) });
}

function composite(alarmName: string, alarmRule: string, inputs: Record<string, unknown> = {}): Registration {
  const all = { alarmName, alarmRule, ...inputs };
  return registered("aws:cloudwatch/compositeAlarm:CompositeAlarm", all, { arn: arnOf(alarmName) });
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
const errors = metricAlarm("gate-errors", { ...filled(ofFunction("Errors")), threshold: 3 });

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
    lambda = new LocalLambda(cloud.account, { aws }, cloud.sns, cloud.clock, cloud.timeline, folders);
    lambda.dies.add("gate").add("exporter");
  });

  afterEach(() => cloud.delete());

  function setKeyPolicy(json: string): void {
    cloud.account.keys.set(KEY, { arn: KEY, policy: parsePolicy("key", json), enabled: true });
  }

  /** Takes the alarms over from an account that was built of them. */
  function watch(...alarms: Registration[]): LocalCloudWatch {
    const { metricAlarms, compositeAlarms, functions }: AwsAccount = buildAwsAccount(alarms, {
      accountId: ACCOUNT,
      region: REGION,
    });
    gate.permissions.push(...(functions.get(GATE_ARN)?.permissions ?? []));
    cloud.account.metricAlarms.push(...metricAlarms);
    cloud.account.compositeAlarms.push(...compositeAlarms);
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
      metricAlarm("gate-errors", { ...filled(ofFunction("Errors")), ...TOLD, alarmDescription: "Page: x." }),
    );
    await cloud.later(7);
    await lambda.invoke("gate", {});
    await cloud.later(120);
    assert.deepEqual(cloud.sns.published, [
      {
        topicArn: TOPIC,
        subject: 'ALARM: "gate-errors" in Asia Pacific (Tokyo)',
        text: "Page: x.\n\n1 of the last 1 datapoints (the newest: 1) is greater than or equal to 1; 1 raise the alarm.",
        attributes: {},
        source: "alarm",
        alarm: { name: "gate-errors", state: "ALARM" },
        time: new Date(START.getTime() + 10 * 60_000),
        recipients: [PERSON],
      },
      {
        topicArn: TOPIC,
        subject: 'OK: "gate-errors" in Asia Pacific (Tokyo)',
        text: "Page: x.\n\n0 of the last 1 datapoints (the newest: 0) are greater than or equal to 1; 1 raise the alarm.",
        attributes: {},
        source: "alarm",
        alarm: { name: "gate-errors", state: "OK" },
        time: new Date(START.getTime() + 70 * 60_000),
        recipients: [PERSON],
      },
    ]);
    assert.deepEqual(cloud.said("CloudWatch"), [
      "gate-errors goes from OK to ALARM",
      "gate-errors goes from ALARM to OK",
    ]);
  });

  it("says nothing of alarms that are right from the beginning", async () => {
    const it = watch(
      metricAlarm("no-export", {
        ...filled(ofGate("CompletedExports")),
        ...TOLD,
        comparisonOperator: "LessThanThreshold",
        treatMissingData: "breaching",
        evaluationPeriods: 26,
      }),
      metricAlarm("waiting", { ...waiting, ...TOLD }),
    );
    assert.equal(it.stateOf("no-export"), "INSUFFICIENT_DATA");
    await cloud.later(5);
    assert.deepEqual([it.stateOf("no-export"), it.stateOf("waiting")], ["OK", "OK"]);
    await cloud.later(26 * 60 - 10);
    assert.deepEqual([told(), cloud.said("CloudWatch")], [[], []]);
  });

  it("reads the gate's metrics in its log, and misses what does not come for 26 hours", async () => {
    watch(
      metricAlarm("no-export", {
        ...filled(ofGate("CompletedExports")),
        ...TOLD,
        comparisonOperator: "LessThanThreshold",
        treatMissingData: "breaching",
        evaluationPeriods: 26,
      }),
    );
    await cloud.later(33);
    measure("CompletedExports", 1);
    await cloud.later(24 * 60);
    measure("CompletedExports", 1);
    await cloud.later(72 * 60);
    measure("CompletedExports", 1);
    await cloud.later(10);
    const second = 33 + 24 * 60;
    assert.deepEqual(told(), [
      [second + 26 * 60 + 2, 'ALARM: "no-export" in Asia Pacific (Tokyo)'],
      [second + 72 * 60 + 2, 'OK: "no-export" in Asia Pacific (Tokyo)'],
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

  it("counts attempts, what is throttled and what is given up, of each function", async () => {
    const counted = ["Invocations", "Errors", "Throttles", "AsyncEventsDropped"];
    const it = watch(
      ...counted.map((metric) => metricAlarm(metric, ofFunction(metric))),
      ...counted.map((metric) => metricAlarm(`exporter ${metric}`, ofFunction(metric, "exporter"))),
    );
    await lambda.invokeLater(gate.arn, {});
    await cloud.later(5);
    lambda.throttled.add("exporter");
    await lambda.invoke("exporter", {});
    await cloud.later(5);
    const states = (prefix: string) => counted.map((metric) => it.stateOf(prefix + metric));
    assert.deepEqual(states(""), ["ALARM", "ALARM", "OK", "ALARM"]);
    assert.deepEqual(states("exporter "), ["OK", "OK", "ALARM", "OK"]);
  });

  describe("with composite alarms", () => {
    const known = metricAlarm("known", { ...filled(ofGate("ProblemsReported")) });
    const fails = composite("fails", 'ALARM("gate-errors") AND NOT ALARM("known")', TOLD);

    it("tells what nobody was told of", async () => {
      // In an order in which nothing is there yet that is asked after.
      watch(composite("outer", "ALARM(fails)", TOLD), fails, known, errors);
      await lambda.invokeLater(gate.arn, {});
      await cloud.later(90);
      assert.deepEqual(told(), [
        [5, 'ALARM: "fails" in Asia Pacific (Tokyo)'],
        [5, 'ALARM: "outer" in Asia Pacific (Tokyo)'],
        [65, 'OK: "fails" in Asia Pacific (Tokyo)'],
        [65, 'OK: "outer" in Asia Pacific (Tokyo)'],
      ]);
      assert.deepEqual(cloud.said("CloudWatch"), [
        "fails goes from INSUFFICIENT_DATA to ALARM",
        "outer goes from INSUFFICIENT_DATA to ALARM",
        "fails goes from ALARM to OK",
        "outer goes from ALARM to OK",
      ]);
      assert.equal(cloud.sns.published[0]?.text, "In alarm: gate-errors.");
      assert.equal(cloud.sns.published[2]?.text, "In alarm: none of the alarms that it asks after.");
    });

    it("keeps still where people were told in time", async () => {
      watch(known, fails, errors);
      await lambda.invokeLater(gate.arn, {});
      await cloud.later(4);
      measure("ProblemsReported", 1);
      await cloud.later(90);
      assert.deepEqual(told(), []);
    });

    const refused: [string, Registration[], string][] = [
      [
        "asks after an alarm that is not there",
        [composite("fails", "ALARM(known)")],
        "alarm fails asks after known, which was not registered",
      ],
      [
        "asks after itself",
        [composite("a", "ALARM(b)"), composite("b", "ALARM(a)")],
        "alarm a asks after itself",
      ],
      [
        "has the name of another",
        [known, errors, composite("gate-errors", "ALARM(known)")],
        "two alarms are called gate-errors",
      ],
      [
        "tells a topic that is not there",
        [composite("fails", "ALARM(gate-errors)", { alarmActions: [`${TOPIC}2`] }), errors],
        `alarm fails tells ${TOPIC}2, which was not registered`,
      ],
      [
        "invokes a function that is not there",
        [composite("fails", "ALARM(gate-errors)", { okActions: [TOPIC, `${GATE_ARN}2`] }), errors],
        `alarm fails tells ${GATE_ARN}2, which was not registered`,
      ],
      [
        "has a suppressor",
        [
          composite("fails", "ALARM(known)", {
            actionsSuppressor: { alarm: "known", waitPeriod: 300, extensionPeriod: 300 },
          }),
        ],
        "the rehearsal's CloudWatch does not know the alarm CompositeAlarm as it is: it has actionsSuppressor",
      ],
    ];
    for (const [what, alarms, message] of refused) {
      it(`refuses one that ${what}`, () => {
        assert.throws(() => watch(...alarms), { message });
      });
    }
  });

  describe("refuses an alarm on what nothing sends:", () => {
    const nothing: [string, Record<string, unknown>, string][] = [
      [
        "a function that is not there",
        ofFunction("Errors", "gaet"),
        'AWS/Lambda Errors of {"FunctionName":"gaet"}',
      ],
      [
        "another metric of Lambda's",
        ofFunction("Duration"),
        'AWS/Lambda Duration of {"FunctionName":"gate"}',
      ],
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
        { ...ofFunction("Errors"), namespace: "AWS/RDS" },
        'AWS/RDS Errors of {"FunctionName":"gate"}',
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
      const it = watch(metricAlarm("gate-errors", { ...ofFunction("Errors"), ...TOLD }));
      await lambda.invoke("gate", {});
      await cloud.later(5);
      assert.deepEqual([cloud.sns.published, it.stateOf("gate-errors")], [[], "ALARM"]);
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
        `gate-errors is in state ALARM and can tell nobody: cloudwatch.amazonaws.com is not authorized to perform sns:Publish on ${TOPIC}: no statement of the resource's policy allows it.`,
      );
    });

    it("says that the key's policy keeps it from it", async () => {
      const root = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
      const statement = { Effect: "Allow", Principal: root, Action: "kms:*", Resource: "*" };
      setKeyPolicy(JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
      assert.match(
        await problemOf(),
        /^gate-errors is in state ALARM and can tell nobody: cloudwatch\.amazonaws\.com is not authorized to perform kms:GenerateDataKey on arn:aws:kms:/,
      );
    });

    it("says that the key is disabled", async () => {
      const key = cloud.account.keys.get(KEY);
      assert.ok(key);
      key.enabled = false;
      assert.equal(
        await problemOf(),
        `gate-errors is in state ALARM and can tell nobody: ${KEY} is disabled.`,
      );
    });

    for (const [what, aws, isTold] of [
      ["this alarm", arnOf("gate-errors"), true],
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
        watch(metricAlarm("gate-errors", { ...ofFunction("Errors"), ...TOLD }));
        await lambda.invoke("gate", {});
        await cloud.later(5);
        assert.equal(cloud.sns.published.length, isTold ? 1 : 0);
      });
    }
  });

  describe("with a function among an alarm's actions", () => {
    const BOTH = { alarmActions: [TOPIC, GATE_ARN], okActions: [TOPIC, GATE_ARN] };
    let invoked: [minute: number, arn: string, payload: unknown][];

    beforeEach(() => {
      invoked = [];
      lambda.invokeLater = async (arn, payload) => {
        invoked.push([minutes(cloud.clock.now()), arn, payload]);
      };
    });

    function letInvoke(alarmName: string): void {
      const condition = { ArnLike: { "AWS:SourceArn": arnOf(alarmName) } };
      const Principal = { Service: "lambda.alarms.cloudwatch.amazonaws.com" };
      gate.permissions.push(
        policy("permission", { ...allow("lambda:InvokeFunction", GATE_ARN, condition), Principal }),
      );
    }

    it("invokes it with CloudWatch's event, beside telling people, when it begins and when it is over", async () => {
      letInvoke("exporter-errors");
      watch(metricAlarm("exporter-errors", { ...filled(ofFunction("Errors", "exporter")), ...BOTH }));
      await lambda.invoke("exporter", {});
      await cloud.later(90);
      const eventOf = (state: string, reason: string, timestamp: string) => ({
        source: "aws.cloudwatch",
        alarmArn: arnOf("exporter-errors"),
        accountId: ACCOUNT,
        time: timestamp,
        region: REGION,
        alarmData: { alarmName: "exporter-errors", state: { value: state, reason, timestamp } },
      });
      assert.deepEqual(invoked, [
        [
          5,
          GATE_ARN,
          eventOf(
            "ALARM",
            "1 of the last 1 datapoints (the newest: 1) is greater than or equal to 1; 1 raise the alarm.",
            "2025-02-17T19:05:00.000+0000",
          ),
        ],
        [
          65,
          GATE_ARN,
          eventOf(
            "OK",
            "0 of the last 1 datapoints (the newest: 0) are greater than or equal to 1; 1 raise the alarm.",
            "2025-02-17T20:05:00.000+0000",
          ),
        ],
      ]);
      assert.deepEqual(
        told().map(([minute]) => minute),
        [5, 65],
      );
    });

    for (const [what, permitted] of [
      ["no permission at all", undefined],
      ["a permission for another alarm", "others"],
    ] as const) {
      it(`invokes nothing by ${what}, and tells people all the same`, async () => {
        if (permitted !== undefined) letInvoke(permitted);
        const it = watch(metricAlarm("exporter-errors", { ...ofFunction("Errors", "exporter"), ...BOTH }));
        await lambda.invoke("exporter", {});
        await cloud.later(5);
        assert.deepEqual([invoked, told().length], [[], 1]);
        assert.match(
          it.problems.join("|"),
          /^exporter-errors is in state ALARM and can tell nobody: lambda\.alarms\.cloudwatch\.amazonaws\.com is not authorized to perform lambda:InvokeFunction on arn:aws:lambda:[^|]+$/,
        );
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
    watch(metricAlarm(name, { ...ofFunction("Errors"), ...TOLD }));
    await lambda.invoke("gate", {});
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
    let alarms: Registration[];
    let noting: Registration[];

    before(async () => {
      const args = {
        namePrefix: "prod-shop",
        taskPrefix: "prod-shop",
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
        exporterName: "exporter",
        gateName: "gate",
        deadLetterQueueName: "dead.fifo",
        readerKeyMaxAgeDays: 90,
        severity: "page" as const,
      };
      alarms = await recordResources(() => new ExportAlarms("alarms", args));
      noting = await recordResources(() => new ExportAlarms("alarms", { ...args, noted: true }));
    });

    it("says nothing in thirty good nights", async () => {
      const it = watch(...alarms);
      for (let night = 0; night < 30; night++) {
        await cloud.later(20);
        measure("CompletedExports", 1);
        measure("ReaderKeyAgeDays", 30 + night);
        await cloud.later(24 * 60 - 20);
      }
      assert.deepEqual([told(), cloud.said("CloudWatch"), it.problems], [[], [], []]);
    });

    it("tells once of an exporter of which nobody else tells, and of its end", async () => {
      watch(...alarms);
      await cloud.later(20);
      measure("CompletedExports", 1);
      await lambda.invokeLater("exporter", {});
      await cloud.later(12 * 60);
      assert.deepEqual(
        cloud.sns.published.map(({ alarm }) => alarm),
        [
          { name: "prod-shop-aurora-exporter-fails", state: "ALARM" },
          { name: "prod-shop-aurora-exporter-fails", state: "OK" },
        ],
      );
    });

    it("invokes the gate for what leaves tables late, and for nothing else", async () => {
      const invoked: unknown[] = [];
      lambda.invokeLater = async (_, payload) => {
        const { alarmData } = payload as { alarmData: { alarmName: string; state: { value: string } } };
        invoked.push([alarmData.alarmName, alarmData.state.value]);
      };
      const it = watch(gateRegistration, ...noting);
      await cloud.later(20);
      measure("ReaderKeyAgeDays", 90);
      for (let attempt = 0; attempt < 3; attempt++) await lambda.invoke("exporter", {});
      await cloud.later(12 * 60);
      const fails = "prod-shop-aurora-exporter-fails";
      assert.deepEqual(invoked, [
        [fails, "ALARM"],
        [fails, "OK"],
      ]);
      assert.deepEqual(
        cloud.sns.published.map(({ alarm }) => alarm?.name),
        ["prod-shop-aurora-reader-key-old", fails, fails],
      );
      assert.deepEqual(it.problems, []);
    });

    it("keeps still where the gate has told", async () => {
      watch(...alarms);
      await cloud.later(20);
      await lambda.invokeLater("exporter", {});
      await cloud.later(3);
      measure("ProblemsReported", 1);
      await cloud.later(12 * 60);
      assert.deepEqual(told(), []);
    });
  });
});
