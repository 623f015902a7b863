// What the local account makes of what the program registers around the gate.
import assert from "node:assert/strict";
import { type AwsAccount, buildAwsAccount } from "../../../rehearsal/aws/account";
import type { Registration } from "../../../rehearsal/program/inputs";
import { Secret } from "../../../rehearsal/program/registrations";
import { ACCOUNT, REGION, registered } from "./localAccount";

const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:gate`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/gate`;
const USER = `arn:aws:iam::${ACCOUNT}:user/reader`;
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:reports`;
const LOADS = `arn:aws:sqs:${REGION}:${ACCOUNT}:loads.fifo`;
const DEAD = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead.fifo`;
const RULE = `arn:aws:events:${REGION}:${ACCOUNT}:rule/ended`;
const NOTHING = '{"Version":"2012-10-17","Statement":[]}';

const queue = (name: string, arn: string, more: Record<string, unknown> = {}) =>
  registered(
    "aws:sqs/queue:Queue",
    { name, fifoQueue: true, visibilityTimeoutSeconds: 900, ...more },
    { arn, url: `https://sqs/${name}` },
  );
const lambda = registered(
  "aws:lambda/function:Function",
  {
    name: "gate",
    role: ROLE,
    handler: "index.handler",
    timeout: 900,
    code: { assets: { "index.js": { path: "dist/gate/index.js" } } },
    environment: { variables: { A: "b" } },
  },
  { arn: FUNCTION },
);
const rule = registered(
  "aws:cloudwatch/eventRule:EventRule",
  { name: "ended", eventPattern: '{"source":["aws.rds"]}' },
  { arn: RULE },
);
const topic = registered("aws:sns/topic:Topic", { name: "reports", kmsMasterKeyId: "key" }, { arn: TOPIC });
const subscription = (more: Record<string, unknown> = {}) =>
  registered("aws:sns/topicSubscription:TopicSubscription", {
    topic: TOPIC,
    protocol: "email",
    endpoint: "a@example.com",
    ...more,
  });
const mapping = (more: Record<string, unknown> = {}) =>
  registered("aws:lambda/eventSourceMapping:EventSourceMapping", {
    eventSourceArn: LOADS,
    functionName: FUNCTION,
    batchSize: 1,
    ...more,
  });
const target = (more: Record<string, unknown> = {}) =>
  registered("aws:cloudwatch/eventTarget:EventTarget", { rule: "ended", arn: FUNCTION, ...more });

function build(...registrations: Registration[]): AwsAccount {
  return buildAwsAccount(registrations, { accountId: ACCOUNT, region: REGION });
}

describe("the local account", () => {
  it("has a queue with its delay and its dead letters, which a function reads", () => {
    const redrivePolicy = JSON.stringify({ deadLetterTargetArn: DEAD, maxReceiveCount: 3 });
    // In an order in which nothing is there yet that is named.
    const account = build(
      mapping({ functionName: "gate" }),
      queue("loads.fifo", LOADS, { delaySeconds: 300, redrivePolicy }),
      queue("dead.fifo", DEAD),
      lambda,
    );
    assert.deepEqual(account.queues.get(LOADS), {
      arn: LOADS,
      name: "loads.fifo",
      url: "https://sqs/loads.fifo",
      delaySeconds: 300,
      visibilityTimeoutSeconds: 900,
      redrive: { deadLetterTargetArn: DEAD, maxReceiveCount: 3 },
    });
    assert.deepEqual(account.queues.get(DEAD)?.redrive, undefined);
    assert.deepEqual(account.eventSourceMappings, [
      { queueArn: LOADS, functionArn: FUNCTION, enabled: true },
    ]);
    assert.deepEqual(account.findFunction("gate"), account.findFunction(FUNCTION));
  });

  it("has a topic that tells its subscribers, under its policy", () => {
    const account = build(
      subscription(),
      registered("aws:sns/topicPolicy:TopicPolicy", { arn: TOPIC, policy: NOTHING }),
      topic,
    );
    const { policy, ...rest } = account.topics.get(TOPIC) ?? {};
    assert.equal(policy?.name, "TopicPolicy");
    assert.deepEqual(rest, {
      arn: TOPIC,
      name: "reports",
      kmsKeyArn: "key",
      subscriptions: [{ protocol: "email", endpoint: "a@example.com" }],
    });
  });

  it("knows of a recipient by HTTPS the host alone, for the rest of its URL is secret", () => {
    const endpoint = new Secret("https://hooks.example.com:8443/services/T0/B0?token=x");
    const account = build(subscription({ protocol: "https", endpoint, endpointAutoConfirms: true }), topic);
    assert.deepEqual(account.topics.get(TOPIC)?.subscriptions, [
      { protocol: "https", endpoint: "hooks.example.com:8443" },
    ]);
  });

  it("has alarms, and leaves dashboards to those who look at them", () => {
    const account = build(
      registered("aws:cloudwatch/metricAlarm:MetricAlarm", {
        name: "errors",
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: "gate" },
        statistic: "Sum",
        period: 3600,
        evaluationPeriods: 1,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        threshold: 1,
        treatMissingData: "notBreaching",
      }),
      registered("aws:cloudwatch/dashboard:Dashboard", { dashboardName: "d", dashboardBody: "{}" }),
    );
    assert.deepEqual(
      account.metricAlarms.map(({ name }) => name),
      ["errors"],
    );
  });

  it("keeps an event for as long as the function's settings say, six hours without them", () => {
    const retries = registered("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", {
      functionName: "gate",
      maximumRetryAttempts: 1,
      maximumEventAgeInSeconds: 3600,
      destinationConfig: { onFailure: { destination: TOPIC } },
    });
    const { maximumRetryAttempts, maximumEventAgeSeconds, failuresTo } = build(retries, lambda).findFunction(
      "gate",
    );
    assert.deepEqual([maximumRetryAttempts, maximumEventAgeSeconds, failuresTo], [1, 3600, TOPIC]);
    assert.equal(build(lambda).findFunction("gate").maximumEventAgeSeconds, 21_600);
  });

  it("lets a rule invoke the function as the Lambda permission says", () => {
    const permission = registered("aws:lambda/permission:Permission", {
      function: "gate",
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: RULE,
    });
    const account = build(permission, target(), rule, lambda);
    assert.deepEqual(account.rules.get("ended")?.targetArns, [FUNCTION]);
    const invoke = (sourceArn: string) =>
      account.authorizeService("events.amazonaws.com", "lambda:InvokeFunction", FUNCTION, {
        "aws:SourceArn": sourceArn,
      });
    invoke(RULE);
    assert.throws(() => invoke(`${RULE}2`), { code: "AccessDenied" });
  });

  it("knows a user's inline policies by name, and its boundary", () => {
    const account = build(
      registered("aws:iam/userPolicy:UserPolicy", { name: "closed", user: "reader", policy: NOTHING }),
      registered("aws:iam/user:User", { name: "reader", permissionsBoundary: BOUNDARY }, { arn: USER }),
      registered("aws:iam/policy:Policy", { policy: NOTHING }, { arn: BOUNDARY }),
    );
    const user = account.userNamed("reader");
    assert.deepEqual([...(user?.inline?.keys() ?? [])], ["closed"]);
    assert.equal(user?.inline?.get("closed")?.document, NOTHING);
    assert.deepEqual([user?.boundaryArn, user?.boundary?.name], [BOUNDARY, "Policy"]);
  });

  it("attaches policies to users that the stack does not own", () => {
    const account = buildAwsAccount(
      [registered("aws:iam/userPolicy:UserPolicy", { name: "closed", user: "theirs", policy: NOTHING })],
      { accountId: ACCOUNT, region: REGION },
      (it) => {
        it.users.set(USER, { arn: USER, name: "theirs", kind: "user", policies: [], inline: new Map() });
      },
    );
    assert.deepEqual([...(account.userNamed("theirs")?.inline?.keys() ?? [])], ["closed"]);
  });

  const refused: [string, Registration[], RegExp][] = [
    [
      "a type that it does not know",
      [registered("aws:ec2/vpc:Vpc", {})],
      /does not know resources of type aws:ec2\/vpc:Vpc$/,
    ],
    [
      "a queue that is not FIFO",
      [queue("q", LOADS, { fifoQueue: false })],
      /knows FIFO queues without a KMS key alone, and Queue is none$/,
    ],
    [
      "a queue that shows a message again while the function may still run",
      [queue("loads.fifo", LOADS, { visibilityTimeoutSeconds: 600 }), lambda, mapping()],
      /^Error: EventSourceMapping: the queue loads\.fifo shows a message again after 600 seconds, and the function gate may run for 900$/,
    ],
    [
      "batches of messages",
      [queue("loads.fifo", LOADS), lambda, mapping({ batchSize: 10 })],
      /reads queues one message at a time, and EventSourceMapping asks for more$/,
    ],
    [
      "a mapping of an unknown queue",
      [lambda, mapping()],
      /EventSourceMapping names the queue .*:loads\.fifo, which was not registered$/,
    ],
    [
      "a target that rewrites the event",
      [rule, lambda, target({ inputPath: "$.detail" })],
      /event bus does not know `inputPath` of EventTarget$/,
    ],
    [
      "answers for single messages of a batch",
      [queue("loads.fifo", LOADS), lambda, mapping({ functionResponseTypes: ["ReportBatchItemFailures"] })],
      /Lambda does not know `functionResponseTypes` of EventSourceMapping$/,
    ],
    [
      "a subscription with a filter",
      [topic, subscription({ filterPolicy: '{"severity":["problem"]}' })],
      /SNS does not know `filterPolicy` of TopicSubscription$/,
    ],
    [
      "a target of an unknown rule",
      [lambda, target()],
      /EventTarget names the rule ended, which was not registered$/,
    ],
    [
      "a subscription by another protocol",
      [topic, subscription({ protocol: "sms", endpoint: "+1" })],
      /SNS cannot reach TopicSubscription by sms$/,
    ],
    [
      "a URL that is none, without showing it",
      [topic, subscription({ protocol: "https", endpoint: "hooks" })],
      /SNS cannot reach TopicSubscription by https$/,
    ],
    [
      "a subscription to an unknown topic",
      [subscription({})],
      /names the topic .*:reports, which was not registered$/,
    ],
  ];
  for (const [what, registrations, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => build(...registrations), message);
    });
  }
});
