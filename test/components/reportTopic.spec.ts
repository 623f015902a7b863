import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ReportTopic, type ReportTopicArgs } from "../../components/reportTopic";
import { type Registration, Secret } from "../../rehearsal/program/registrations";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: who may publish (test/program/permissions.spec.ts), that SNS sends mails, and that anybody
// confirms the subscription.

const TAGS = { Team: "data" };
const PAGER = "https://events.example.com/integration/0123456789abcdef/enqueue";
const EMAILS = ["oncall@example.com", "data@example.com"];
const ARGS: ReportTopicArgs = {
  accountId: "123456789012",
  prefix: "prod",
  emails: EMAILS,
  endpoints: [{ id: "1", url: pulumi.output(PAGER) }],
  tags: TAGS,
};
const TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports";

describe("ReportTopic", () => {
  let registrations: Registration[];
  let topic: ReportTopic | undefined;
  before(async () => {
    registrations = await recordResources(() => {
      topic = new ReportTopic("reports", ARGS);
    });
  });

  it("registers a topic, its key and its policy, and a subscription for each address, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ReportTopic reports",
      "aws:kms/alias:Alias reports-key-alias",
      "aws:kms/key:Key reports-key",
      "aws:sns/topic:Topic reports-topic",
      "aws:sns/topicPolicy:TopicPolicy reports-policy",
      "aws:sns/topicSubscription:TopicSubscription reports-email-data@example.com",
      "aws:sns/topicSubscription:TopicSubscription reports-email-oncall@example.com",
      "aws:sns/topicSubscription:TopicSubscription reports-endpoint-1",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("encrypts the topic with a key of its own, which alarms of the account may use", () => {
    const { policy, ...key } = named(registrations, "reports-key").inputs;
    assert.deepEqual(key, {
      description: "Encrypts the reports in prod-aurora-export-reports",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags: TAGS,
    });
    assert.deepEqual(JSON.parse(String(policy)).Statement[1], {
      Sid: "AlarmsEncryptReports",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
    });
    assert.deepEqual(named(registrations, "reports-key-alias").inputs, {
      name: "alias/prod-aurora-to-bigquery-reports",
      targetKeyId: named(registrations, "reports-key").outputs.keyId,
    });
    assert.deepEqual(named(registrations, "reports-topic").inputs, {
      name: "prod-aurora-export-reports",
      kmsMasterKeyId: named(registrations, "reports-key").outputs.arn,
      tags: TAGS,
    });
  });

  it("has a policy of its own on the topic", () => {
    const { arn, policy } = named(registrations, "reports-policy").inputs;
    assert.equal(arn, TOPIC);
    const [alarms, tls] = JSON.parse(String(policy)).Statement;
    assert.deepEqual([alarms.Sid, tls.Sid], ["AlarmsOfThisStackPublish", "DenyPublishingWithoutTls"]);
    // Nobody else's alarm of the account, nor one whose name goes on from these.
    assert.deepEqual(alarms.Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
      ArnEquals: {
        "aws:SourceArn": [
          "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:prod-aurora-gate-fails",
          "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:prod-aurora-gate-silent",
          "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:prod-aurora-dead-letters",
          "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:prod-aurora-reader-key-old",
        ],
      },
    });
  });

  it("tells each address of everything: a filter would keep back what alarms and Lambda publish", () => {
    for (const email of EMAILS) {
      assert.deepEqual(named(registrations, `reports-email-${email}`).inputs, {
        topic: TOPIC,
        protocol: "email",
        endpoint: email,
      });
    }
    const { endpoint, ...inputs } = named(registrations, "reports-endpoint-1").inputs;
    assert.deepEqual(inputs, { topic: TOPIC, protocol: "https", endpointAutoConfirms: true });
    assert.deepEqual(endpoint, new Secret(PAGER));
  });

  it("keeps an endpoint's URL secret, also where it came as plain text", async () => {
    const made = await recordResources(
      () => new ReportTopic("reports", { ...ARGS, endpoints: [{ id: "1", url: PAGER }] }),
    );
    assert.deepEqual(named(made, "reports-endpoint-1").inputs.endpoint, new Secret(PAGER));
    for (const { name, urn, id } of made) {
      assert.equal(
        [name, urn, id].some((it) => it.includes("0123456789abcdef")),
        false,
        name,
      );
    }
  });

  it("tells topic and key, the topic once it has its policy", async () => {
    assert.ok(topic);
    assert.equal(await resolved(topic.topicArn), TOPIC);
    assert.equal(await resolved(topic.kmsKeyArn), named(registrations, "reports-key").outputs.arn);
    const waiting = await recordResources(() => consume(new ReportTopic("reports", ARGS).topicArn));
    assert.deepEqual(dependencyNames(named(waiting, "consumer")), ["reports-policy"]);
  });

  it("has no subscription where nobody is to be told", async () => {
    const made = await recordResources(
      () => new ReportTopic("reports", { ...ARGS, emails: [], endpoints: [] }),
    );
    assert.deepEqual(
      listed(made).filter((it) => it.includes("Subscription")),
      [],
    );
  });
});
