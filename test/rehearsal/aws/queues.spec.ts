// A FIFO queue and Lambda's reading of it, on the rehearsal's clock.
import assert from "node:assert/strict";
import type { Queue } from "../../../rehearsal/aws/account";
import type { LocalSqs } from "../../../rehearsal/aws/queues";
import { ACCOUNT, allow, LocalCloud, lambdaFunction, REGION, role, START } from "./localAccount";

const LOADS = `arn:aws:sqs:${REGION}:${ACCOUNT}:loads.fifo`;
const DEAD = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead.fifo`;
const ALL = ["SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].map((it) => `sqs:${it}`);

function queue(arn: string, more: Partial<Queue> = {}): Queue {
  const name = arn.split(":").at(-1) ?? "";
  const url = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
  return { arn, name, url, delaySeconds: 0, visibilityTimeoutSeconds: 900, ...more };
}

interface Delivery {
  readonly minute: number;
  readonly body: string;
  readonly count: string;
  readonly record: Record<string, unknown> & { attributes: Record<string, string> };
}

describe("the local SQS", () => {
  let cloud: LocalCloud;
  let sqs: LocalSqs;
  let deliveries: Delivery[];
  /** Says whether the function succeeds with a message. */
  let succeeds: (delivery: Delivery) => boolean;

  beforeEach(() => {
    cloud = new LocalCloud();
    deliveries = [];
    succeeds = () => true;
    cloud.account.queues.set(DEAD, queue(DEAD));
    arrange(ALL);
  });

  afterEach(() => cloud.delete());

  function arrange(actions: string[]): void {
    const gate = role("gate", allow(actions, LOADS));
    cloud.account.roles.set(gate.arn, gate);
    const target = lambdaFunction("gate", gate.arn);
    cloud.account.functions.set(target.arn, target);
    const redrive = { deadLetterTargetArn: DEAD, maxReceiveCount: 3 };
    cloud.account.queues.set(LOADS, queue(LOADS, { delaySeconds: 300, redrive }));
    cloud.account.eventSourceMappings.splice(0);
    cloud.account.eventSourceMappings.push({ queueArn: LOADS, functionArn: target.arn, enabled: true });
    sqs = cloud.queues(async (arn, payload) => {
      assert.equal(arn, target.arn);
      const { Records } = payload as { Records: Delivery["record"][] };
      const [record] = Records;
      assert.ok(record);
      const minute = (cloud.clock.now().getTime() - START.getTime()) / 60_000;
      const count = record.attributes.ApproximateReceiveCount ?? "";
      const delivery = { minute, body: String(record.body), count, record };
      deliveries.push(delivery);
      return { ok: succeeds(delivery) };
    });
  }

  function send(body: string, groupId = "loads"): void {
    const sender = role("gate", allow(ALL, LOADS));
    const queueUrl = cloud.account.queues.get(LOADS)?.url ?? "";
    sqs.send(sender, { queueUrl, body, groupId, deduplicationId: body });
  }

  const seen = () => deliveries.map(({ minute, body, count }) => [minute, body, count]);
  const left = (arn: string) => sqs.messages(arn).map((it) => it.body);

  it("hands a message over after its delay, as Lambda words it, and forgets it", async () => {
    send("a");
    await cloud.later(4.9);
    assert.deepEqual(seen(), []);
    await cloud.later(0.1);
    const sent = String(START.getTime());
    const first = String(START.getTime() + 300_000);
    const { messageId, receiptHandle, ...record } = deliveries[0]?.record ?? { attributes: {} };
    assert.match(String(messageId), /^[0-9a-f-]{36}$/);
    assert.ok(typeof receiptHandle === "string" && receiptHandle.length > 20);
    assert.deepEqual(record, {
      body: "a",
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: sent,
        SequenceNumber: "11111111111111111111",
        MessageGroupId: "loads",
        SenderId: "gate",
        MessageDeduplicationId: "a",
        ApproximateFirstReceiveTimestamp: first,
      },
      messageAttributes: {},
      md5OfBody: "0cc175b9c0f1b6a831c399e269772661",
      eventSource: "aws:sqs",
      eventSourceARN: LOADS,
      awsRegion: REGION,
    });
    assert.deepEqual(left(LOADS), []);
  });

  it("counts the messages that can be received, not those that wait or are on their way", async () => {
    succeeds = () => {
      seenWhileReceived = sqs.visibleCount(LOADS);
      return false;
    };
    let seenWhileReceived: number | undefined;
    send("a");
    assert.equal(sqs.visibleCount(LOADS), 0);
    await cloud.later(5);
    assert.deepEqual([seenWhileReceived, sqs.visibleCount(LOADS)], [0, 0]);
    await cloud.later(90);
    assert.deepEqual([sqs.visibleCount(LOADS), sqs.visibleCount(DEAD)], [0, 1]);
  });

  it("keeps a group in order behind a message that failed, and lets other groups pass", async () => {
    succeeds = ({ body, count }) => body !== "a" || count === "2";
    send("a");
    send("b");
    send("x", "others");
    await cloud.later(60);
    assert.deepEqual(seen(), [
      [5, "a", "1"],
      [5, "x", "1"],
      [20, "a", "2"],
      [20, "b", "1"],
    ]);
    assert.deepEqual(left(LOADS), []);
  });

  it("gives a message up after three attempts, to the dead letters, and goes on with the next", async () => {
    succeeds = ({ body }) => body !== "a";
    send("a");
    send("b");
    await cloud.later(120);
    assert.deepEqual(seen(), [
      [5, "a", "1"],
      [20, "a", "2"],
      [35, "a", "3"],
      [50, "b", "1"],
    ]);
    assert.deepEqual([left(LOADS), left(DEAD)], [[], ["a"]]);
    assert.deepEqual(cloud.said("SQS"), ["loads.fifo gives the message a up after 3 attempts"]);
  });

  it("hands over what the function itself sends, after the delay", async () => {
    succeeds = ({ body }) => {
      if (body === "a") send("a2");
      return true;
    };
    send("a");
    await cloud.later(11);
    assert.deepEqual(seen(), [
      [5, "a", "1"],
      [10, "a2", "1"],
    ]);
  });

  for (const action of ["sqs:ReceiveMessage", "sqs:GetQueueAttributes"]) {
    it(`reads nothing for a role that may not ${action}, and says so once`, async () => {
      arrange(ALL.filter((it) => it !== action));
      send("a");
      send("b");
      await cloud.later(60);
      assert.deepEqual([seen(), left(LOADS)], [[], ["a", "b"]]);
      const [said, ...more] = cloud.said("Lambda");
      assert.ok(
        said?.startsWith(
          `cannot read the queue of gate: arn:aws:iam::${ACCOUNT}:role/gate is not authorized to perform ${action} on`,
        ),
      );
      assert.deepEqual(more, []);
    });
  }

  it("hands a message over again where the role may not delete it", async () => {
    arrange(ALL.filter((it) => it !== "sqs:DeleteMessage"));
    send("a");
    await cloud.later(90);
    assert.deepEqual([seen().length, left(LOADS), left(DEAD)], [3, [], ["a"]]);
  });

  it("keeps its messages where no function reads it, or none is switched on", async () => {
    const [mapping] = cloud.account.eventSourceMappings.splice(0);
    assert.ok(mapping);
    cloud.account.eventSourceMappings.push({ ...mapping, enabled: false });
    send("a");
    await cloud.later(60);
    assert.deepEqual([seen(), left(LOADS)], [[], ["a"]]);
  });
});
