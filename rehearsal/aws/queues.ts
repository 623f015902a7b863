import { createHash } from "node:crypto";
import type { VirtualClock } from "../clock";
import type { Timeline } from "../timeline";
import type { AwsAccount, EventSourceMapping, Principal, Queue } from "./account";
import { AwsError } from "./errors";
import { uuidOf } from "./identifiers";

/** What a sender hands in; FIFO queues want both ids. */
export interface SendMessageInput {
  readonly queueUrl: string;
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
}

/** A message that lies in a queue. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
  readonly sequenceNumber: string;
  readonly senderArn: string;
  readonly sentTime: Date;
  /** Instant from which it can be received: after its delay, or after the visibility timeout of a failed try. */
  visibleFrom: Date;
  receiveCount: number;
  firstReceiveTime?: Date;
}

/** Invokes a function and says whether it succeeded. */
export type Invoke = (functionArn: string, payload: unknown) => Promise<{ readonly ok: boolean }>;

/** "The message deduplication interval: 5 minutes" (SQS Developer Guide). */
const DEDUPLICATION_MINUTES = 5;
const SEQUENCE_DIGITS = 20;
/** Form of group and deduplication ids (API reference, SendMessage). */
const ID = /^[!-~]{1,128}$/;

interface QueueState {
  readonly queue: Queue;
  readonly messages: QueueMessage[];
  /** Deduplication id → the message that came under it last. */
  readonly known: Map<string, QueueMessage>;
}

/** MD5 of a body, by which clients check that it arrived whole. */
export function bodyDigest(body: string): string {
  return createHash("md5").update(body).digest("hex");
}

/** The local SQS: FIFO queues, and Lambda's reading of them. */
export class LocalSqs {
  private readonly states = new Map<string, QueueState>();
  private count = 0;
  /** Mappings whose role may not read the queue; each is told of once. */
  private readonly denied = new Set<EventSourceMapping>();

  constructor(
    private readonly account: AwsAccount,
    private readonly clock: VirtualClock,
    private readonly timeline: Timeline,
    private readonly invoke: Invoke,
  ) {
    for (const queue of account.queues.values()) {
      this.states.set(queue.arn, { queue, messages: [], known: new Map() });
    }
  }

  /** Messages that lie in a queue, a dead-letter queue too, in order. */
  messages(queueArn: string): readonly QueueMessage[] {
    return this.state(queueArn).messages;
  }

  /** How many messages of a queue can be received now: not those on their way, nor those that wait for their delay. */
  visibleCount(queueArn: string): number {
    const now = this.clock.now();
    return this.messages(queueArn).filter((it) => it.visibleFrom <= now).length;
  }

  /** SendMessage. A second message of a deduplication id within five minutes is taken and never delivered. */
  send(principal: Principal, input: SendMessageInput): QueueMessage {
    const queue = this.queueAt(input.queueUrl);
    this.account.authorize(principal, "sqs:SendMessage", queue.arn);
    checkIds(input);
    const { known, messages } = this.state(queue.arn);
    const now = this.clock.now();
    const first = known.get(input.deduplicationId);
    if (first !== undefined && minutesBetween(first.sentTime, now) < DEDUPLICATION_MINUTES) return first;
    const message = {
      ...input,
      messageId: uuidOf("sqs", ++this.count),
      sequenceNumber: String(this.count).padStart(SEQUENCE_DIGITS, "1"),
      senderArn: principal.arn,
      sentTime: now,
      visibleFrom: new Date(now.getTime() + queue.delaySeconds * 1000),
      receiveCount: 0,
    };
    known.set(input.deduplicationId, message);
    messages.push(message);
    this.clock.at(message.visibleFrom, () => this.read(queue.arn));
    return message;
  }

  /** GetQueueAttributes, `ApproximateNumberOfMessages`. */
  countMessages(principal: Principal, queueUrl: string): number {
    const { arn } = this.queueAt(queueUrl);
    this.account.authorize(principal, "sqs:GetQueueAttributes", arn);
    return this.visibleCount(arn);
  }

  private queueAt(url: string): Queue {
    const queue = [...this.account.queues.values()].find((it) => it.url === url);
    if (queue === undefined) {
      throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.", 400);
    }
    return queue;
  }

  private state(queueArn: string): QueueState {
    const state = this.states.get(queueArn);
    if (state === undefined) throw new Error(`${queueArn} is no queue of this account`);
    return state;
  }

  /** Lets Lambda read whatever can be received now, one message after the other. */
  private async read(queueArn: string): Promise<void> {
    const state = this.state(queueArn);
    const mapping = this.account.eventSourceMappings.find((it) => it.queueArn === queueArn && it.enabled);
    if (mapping === undefined) return;
    for (let message = this.next(state); message !== undefined; message = this.next(state)) {
      if (this.buried(state, message)) continue;
      if (!(await this.receive(state, message, mapping))) return;
    }
  }

  /** The first message of a group keeps the others of the group waiting ("FIFO queue delivery logic"). */
  private next({ messages }: QueueState): QueueMessage | undefined {
    const groups = new Set<string>();
    return messages.find(({ groupId, visibleFrom }) => {
      if (groups.has(groupId)) return false;
      groups.add(groupId);
      return visibleFrom <= this.clock.now();
    });
  }

  /** Moves a message to the dead letters if it was received often enough. */
  private buried({ queue, messages }: QueueState, message: QueueMessage): boolean {
    const { redrive, name } = queue;
    if (redrive === undefined || message.receiveCount < redrive.maxReceiveCount) return false;
    messages.splice(messages.indexOf(message), 1);
    this.state(redrive.deadLetterTargetArn).messages.push(message);
    const what = `${name} gives the message ${message.body} up after ${message.receiveCount} attempts`;
    this.timeline.add("SQS", what, "bad");
    return true;
  }

  /** One delivery. Returns false if Lambda cannot read the queue. */
  private async receive(
    { queue, messages }: QueueState,
    message: QueueMessage,
    mapping: EventSourceMapping,
  ): Promise<boolean> {
    const { functionArn } = mapping;
    const may = (...actions: string[]) => this.may(mapping, actions);
    if (!may("sqs:ReceiveMessage", "sqs:GetQueueAttributes")) return false;
    const now = this.clock.now();
    message.receiveCount++;
    message.firstReceiveTime ??= now;
    message.visibleFrom = new Date(now.getTime() + queue.visibilityTimeoutSeconds * 1000);
    const again = message.visibleFrom;
    const outcome = await this.invoke(functionArn, { Records: [this.record(queue, message)] });
    if (outcome.ok && may("sqs:DeleteMessage")) messages.splice(messages.indexOf(message), 1);
    else this.clock.at(again, () => this.read(queue.arn));
    return true;
  }

  private may(mapping: EventSourceMapping, actions: readonly string[]): boolean {
    const { roleArn, name } = this.account.findFunction(mapping.functionArn);
    try {
      const role = this.account.assume("lambda.amazonaws.com", roleArn);
      for (const action of actions) this.account.authorize(role, action, mapping.queueArn);
      return true;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (!this.denied.has(mapping)) {
        this.timeline.add("Lambda", `cannot read the queue of ${name}: ${error.message}`, "bad");
      }
      this.denied.add(mapping);
      return false;
    }
  }

  /** Source: Lambda Developer Guide, "Using Lambda with Amazon SQS", example of a FIFO queue message event. */
  private record(queue: Queue, message: QueueMessage) {
    return {
      messageId: message.messageId,
      receiptHandle: Buffer.from(`${message.messageId}:${message.receiveCount}`).toString("base64"),
      body: message.body,
      attributes: {
        ApproximateReceiveCount: String(message.receiveCount),
        SentTimestamp: String(message.sentTime.getTime()),
        SequenceNumber: message.sequenceNumber,
        MessageGroupId: message.groupId,
        SenderId: message.senderArn.split("/").at(-1) ?? "",
        MessageDeduplicationId: message.deduplicationId,
        ApproximateFirstReceiveTimestamp: String(message.firstReceiveTime?.getTime()),
      },
      messageAttributes: {},
      md5OfBody: bodyDigest(message.body),
      eventSource: "aws:sqs",
      eventSourceARN: queue.arn,
      awsRegion: this.account.region,
    };
  }
}

function minutesBetween(earlier: Date, later: Date): number {
  return (later.getTime() - earlier.getTime()) / 60_000;
}

function checkIds({ groupId, deduplicationId, body }: SendMessageInput): void {
  const ids = { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId };
  for (const [name, id] of Object.entries(ids)) {
    if (ID.test(id)) continue;
    const message = `Value ${id} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
    throw new AwsError("InvalidParameterValue", message);
  }
  if (body === "")
    throw new AwsError("MissingParameter", "The request must contain the parameter MessageBody.");
}
