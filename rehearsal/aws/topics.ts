import type { Timeline } from "../timeline";
import type { AwsAccount, Principal, Topic } from "./account";
import type { AccessRequest } from "./authorization";
import { AwsError } from "./errors";
import { uuidOf } from "./identifiers";

/** What a publisher hands in. */
export interface Publication {
  readonly topicArn: string;
  readonly subject: string;
  readonly text: string;
  /** Attributes of the type String. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Who wrote it: a function, or an alarm of CloudWatch's. */
  readonly source: "gate" | "alarm";
  /** The alarm, and the state that it tells of; there where an alarm is the source. */
  readonly alarm?: { readonly name: string; readonly state: "ALARM" | "OK" };
}

/** A message that reached a topic, and whom it was sent to. */
export interface PublishedMessage extends Publication {
  readonly time: Date;
  readonly recipients: readonly string[];
}

/** "Subjects must be ASCII text … less than 100 characters long" (API reference, Publish). */
const SUBJECT = /^[!-~][ -~]{0,98}$/;
/** Bytes that a message may have. */
const LARGEST_MESSAGE = 256 * 1024;

/** @throws AwsError `AccessDenied` unless the publisher may do it */
type Authorize = (action: string, resource: string, context?: AccessRequest["context"]) => void;

/** The local SNS: topics, and what each recipient was sent. */
export class LocalSns {
  /** Everything that reached a topic, told or not, in order. */
  public readonly published: PublishedMessage[] = [];

  constructor(
    private readonly account: AwsAccount,
    private readonly timeline: Timeline,
    private readonly now: () => Date,
  ) {}

  /** Publish. Returns the message's id. */
  publish(principal: Principal, message: Publication): string {
    return this.deliver(message, (action, resource, context) => {
      const via = { "kms:ViaService": `sns.${this.account.region}.amazonaws.com` };
      this.account.authorize(principal, action, resource, { ...(isKeyAction(action) && via), ...context });
    });
  }

  /**
   * Publish by a service of AWS, which the topic's policy and the key's have to let.
   * @param sourceArn on whose behalf: an alarm
   */
  publishAsService(service: string, sourceArn: string, message: Publication): string {
    return this.deliver(message, (action, resource, context) => {
      this.account.authorizeService(service, action, resource, { "aws:SourceArn": sourceArn, ...context });
    });
  }

  /** ListSubscriptionsByTopic: who is told, and who has not confirmed. */
  listSubscriptions(principal: Principal, topicArn: string): Topic["subscriptions"] {
    this.account.authorize(principal, "sns:ListSubscriptionsByTopic", topicArn);
    return this.topic(topicArn).subscriptions;
  }

  private topic(arn: string): Topic {
    const topic = this.account.topics.get(arn);
    if (topic === undefined) throw new AwsError("NotFound", "Topic does not exist", 404);
    return topic;
  }

  private deliver(message: Publication, authorize: Authorize): string {
    authorize("sns:Publish", message.topicArn);
    const topic = this.topic(message.topicArn);
    checkMessage(message);
    this.encrypt(topic, authorize);
    const recipients = topic.subscriptions
      .filter(({ protocol }) => protocol !== "chat" || isPosted(message))
      .map(({ endpoint }) => endpoint);
    this.published.push({ ...message, time: this.now(), recipients });
    if (recipients.length > 0) {
      this.timeline.add("SNS", `tells ${recipients.join(", ")}: ${message.subject}`);
    }
    return uuidOf("sns", this.published.length);
  }

  /** Source: SNS Developer Guide, "Configure KMS permissions": a publisher needs both actions on the topic's key. */
  private encrypt({ arn, kmsKeyArn }: Topic, authorize: Authorize): void {
    if (kmsKeyArn === undefined) return;
    if (this.account.keys.get(kmsKeyArn)?.enabled === false) {
      throw new AwsError("KMSDisabled", `${kmsKeyArn} is disabled.`);
    }
    const context = { "kms:EncryptionContext:aws:sns:topicArn": arn };
    for (const action of ["kms:GenerateDataKey", "kms:Decrypt"]) authorize(action, kmsKeyArn, context);
  }
}

/**
 * True for what Amazon Q posts: alarms, and its own schema. It is silent about anything else.
 * Source: Amazon Q Developer in chat applications, "Custom notifications", event schema.
 */
function isPosted({ source, text }: Publication): boolean {
  if (source === "alarm") return true;
  try {
    const { version, source: of, content } = JSON.parse(text);
    return version === "1.0" && of === "custom" && typeof content.description === "string";
  } catch {
    return false;
  }
}

function isKeyAction(action: string): boolean {
  return action.startsWith("kms:");
}

function checkMessage({ subject, text }: Publication): void {
  if (text === "" || Buffer.byteLength(text) > LARGEST_MESSAGE) {
    throw new AwsError("InvalidParameter", "Invalid parameter: Message is empty or too long");
  }
  if (!SUBJECT.test(subject)) {
    throw new AwsError("InvalidParameter", "Invalid parameter: Subject");
  }
}
