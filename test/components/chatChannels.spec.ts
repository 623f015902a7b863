import assert from "node:assert/strict";
import { ChatChannels, type ChatChannelsArgs } from "../../components/chatChannels";
import { ReportTopic } from "../../components/reportTopic";
import type { Registration } from "../../rehearsal/program/registrations";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: who may publish (test/program/permissions.spec.ts), that Amazon Q takes the configurations,
// and what it posts.

const TAGS = { Team: "data" };
const KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/r";
const BOUNDARY = "arn:aws:iam::123456789012:policy/boundary";
const TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-chat";
const ROLE = "arn:aws:iam::123456789012:role/prod-aurora-chat";
const SLACK = { workspaceId: "T07EA123LEP", channelId: "C07EZ1ABC23" };
const TEAMS = {
  tenantId: "2f6d5f1e-6c2b-4f1f-9d0e-0a1b2c3d4e5f",
  teamId: "74361522-da01-538d-aa2e-ac7918c6bb92",
  channelId: "19%3Ab6ef35dc%40thread.tacv2",
};
const ARGS: ChatChannelsArgs = {
  accountId: "123456789012",
  prefix: "prod",
  kmsKeyArn: KEY,
  boundaryArn: BOUNDARY,
  slack: SLACK,
  teams: TEAMS,
  tags: TAGS,
};
const SHARED = {
  iamRoleArn: ROLE,
  guardrailPolicyArns: ["arn:aws:iam::aws:policy/AWSDenyAll"],
  loggingLevel: "ERROR",
  snsTopicArns: [TOPIC],
  tags: TAGS,
};

describe("ChatChannels", () => {
  let registrations: Registration[];
  let chat: ChatChannels | undefined;
  before(async () => {
    registrations = await recordResources(() => {
      chat = new ChatChannels("chat", ARGS);
    });
  });

  it("registers a topic and its policy, a role without any, and each channel, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ChatChannels chat",
      "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration chat-slack",
      "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration chat-teams",
      "aws:iam/role:Role chat-role",
      "aws:sns/topic:Topic chat-topic",
      "aws:sns/topicPolicy:TopicPolicy chat-policy",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("encrypts the topic by the key of the reports, and lets the stack's alarms publish to it", () => {
    assert.deepEqual(named(registrations, "chat-topic").inputs, {
      name: "prod-aurora-export-chat",
      kmsMasterKeyId: KEY,
      tags: TAGS,
    });
    const { arn, policy } = named(registrations, "chat-policy").inputs;
    assert.equal(arn, TOPIC);
    const statements = JSON.parse(String(policy)).Statement as { Sid: string; Resource: string }[];
    assert.deepEqual(
      statements.map(({ Sid, Resource }) => [Sid, Resource]),
      [
        ["AlarmsOfThisStackPublish", TOPIC],
        ["DenyPublishingWithoutTls", TOPIC],
      ],
    );
  });

  it("lets members of the channel do nothing: Amazon Q's role has no policy, and the guardrail denies all", () => {
    const { assumeRolePolicy, ...role } = named(registrations, "chat-role").inputs;
    assert.deepEqual(role, {
      name: "prod-aurora-chat",
      description: "What members of the chat channel may do in AWS: nothing",
      permissionsBoundary: BOUNDARY,
      tags: TAGS,
    });
    assert.deepEqual(JSON.parse(String(assumeRolePolicy)).Statement, [
      {
        Sid: "AssumedByAmazonQ",
        Effect: "Allow",
        Principal: { Service: "chatbot.amazonaws.com" },
        Action: "sts:AssumeRole",
      },
    ]);
  });

  it("has Amazon Q post what comes to the topic to each channel", () => {
    assert.deepEqual(named(registrations, "chat-slack").inputs, {
      ...SHARED,
      configurationName: "prod-aurora-slack",
      slackTeamId: SLACK.workspaceId,
      slackChannelId: SLACK.channelId,
    });
    assert.deepEqual(named(registrations, "chat-teams").inputs, {
      ...SHARED,
      configurationName: "prod-aurora-teams",
      ...TEAMS,
    });
  });

  it("has one channel where one is named", async () => {
    for (const [only, name] of [
      [{ slack: SLACK, teams: undefined }, "chat-slack"],
      [{ slack: undefined, teams: TEAMS }, "chat-teams"],
    ] as const) {
      const made = await recordResources(() => new ChatChannels("chat", { ...ARGS, ...only }));
      assert.deepEqual(
        made.filter(({ type }) => type.startsWith("aws:chatbot/")).map((it) => it.name),
        [name],
      );
    }
  });

  it("tells the topic once it has its policy", async () => {
    assert.equal(await resolved(chat?.topicArn ?? assert.fail()), TOPIC);
    const waiting = await recordResources(() => consume(new ChatChannels("chat", ARGS).topicArn));
    assert.deepEqual(dependencyNames(named(waiting, "consumer")), ["chat-policy"]);
  });

  it("is there where the report topic is told of a channel, which then has readers", async () => {
    const { kmsKeyArn: _key, slack, teams, ...args } = ARGS;
    const made: ReportTopic[] = [];
    const registered = await recordResources(() => {
      made.push(new ReportTopic("reports", args), new ReportTopic("others", { ...args, slack, teams }));
    });
    const [silent, telling] = made;
    assert.deepEqual([silent?.hasReaders, silent?.chatTopicArn], [false, undefined]);
    assert.equal(telling?.hasReaders, true);
    assert.equal(await resolved(telling?.chatTopicArn ?? assert.fail()), TOPIC);
    assert.equal(
      named(registered, "chat-topic").inputs.kmsMasterKeyId,
      named(registered, "others-key").outputs.arn,
    );
  });
});
