import type { Timeline } from "../timeline";
import type { AwsAccount, Principal, Topic } from "./account";
import { AwsError } from "./errors";
import { uuidOf } from "./identifiers";

/** Attribute → the values of which it must have one. */
export type FilterPolicy = ReadonlyMap<string, readonly string[]>;

/** What a publisher hands in. */
export interface Publication {
  readonly topicArn: string;
  readonly subject?: string;
  readonly text: string;
  /** Attributes of the type String. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A message that reached a topic, and whom it was sent to. */
export interface PublishedMessage extends Publication {
  readonly time: Date;
  readonly recipients: readonly string[];
}

/** One message to one recipient. */
export interface SentMessage extends Publication {
  readonly time: Date;
  readonly recipient: string;
}

/** "Subjects must be ASCII text … less than 100 characters long" (API reference, Publish). */
const SUBJECT = /^[!-~][ -~]{0,98}$/;
/** Bytes that a message may have. */
const LARGEST_MESSAGE = 256 * 1024;

/**
 * Reads a subscription's filter policy on message attributes.
 * Source: SNS Developer Guide, "Filter policy constraints"; exact texts alone are implemented.
 * @throws Error for anything else
 */
export function parseFilterPolicy(subscription: string, json: string): FilterPolicy {
  const policy = JSON.parse(json) as Record<string, unknown>;
  return new Map(
    Object.entries(policy).map(([attribute, values]) => {
      const isKnown =
        Array.isArray(values) && values.length > 0 && values.every((it) => typeof it === "string");
      if (isKnown) return [attribute, values as string[]];
      throw new Error(
        `the rehearsal's SNS does not know the filter ${JSON.stringify({ [attribute]: values })} of ${subscription}`,
      );
    }),
  );
}

function passes(filter: FilterPolicy | undefined, attributes: Publication["attributes"]): boolean {
  return [...(filter ?? [])].every(([name, values]) => values.includes(attributes[name] ?? ""));
}

/** The local SNS: topics, and what each recipient was sent. */
export class LocalSns {
  /** Everything that reached a topic, told or not, in order. */
  public readonly published: PublishedMessage[] = [];

  constructor(
    private readonly account: AwsAccount,
    private readonly timeline: Timeline,
    private readonly now: () => Date,
  ) {}

  /** What the recipients were sent, in order: who is told of what. */
  get sent(): SentMessage[] {
    return this.published.flatMap(({ recipients, ...message }) =>
      recipients.map((recipient) => ({ ...message, recipient })),
    );
  }

  /** Publish. Returns the message's id. */
  publish(principal: Principal, message: Publication): string {
    this.account.authorize(principal, "sns:Publish", message.topicArn);
    const topic = this.account.topics.get(message.topicArn);
    if (topic === undefined) throw new AwsError("NotFound", "Topic does not exist", 404);
    checkMessage(message);
    this.encrypt(principal, topic);
    const recipients = topic.subscriptions
      .filter(({ filterPolicy }) => passes(filterPolicy, message.attributes))
      .map(({ endpoint }) => endpoint);
    this.published.push({ ...message, time: this.now(), recipients });
    const what = message.subject ?? message.text;
    if (recipients.length > 0) this.timeline.add("SNS", `tells ${recipients.join(", ")}: ${what}`);
    return uuidOf("sns", this.published.length);
  }

  /** Source: SNS Developer Guide, "Configure KMS permissions": a publisher needs both actions on the topic's key. */
  private encrypt(principal: Principal, { arn, kmsKeyArn }: Topic): void {
    if (kmsKeyArn === undefined) return;
    if (this.account.keys.get(kmsKeyArn)?.enabled === false) {
      throw new AwsError("KMSDisabled", `${kmsKeyArn} is disabled.`);
    }
    const context = {
      "kms:ViaService": `sns.${this.account.region}.amazonaws.com`,
      "kms:EncryptionContext:aws:sns:topicArn": arn,
    };
    for (const action of ["kms:GenerateDataKey", "kms:Decrypt"]) {
      this.account.authorize(principal, action, kmsKeyArn, context);
    }
  }
}

function checkMessage({ subject, text }: Publication): void {
  if (text === "" || Buffer.byteLength(text) > LARGEST_MESSAGE) {
    throw new AwsError("InvalidParameter", "Invalid parameter: Message is empty or too long");
  }
  if (subject !== undefined && !SUBJECT.test(subject)) {
    throw new AwsError("InvalidParameter", "Invalid parameter: Subject");
  }
}
