import * as kms from "@pulumi/aws/kms";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { alarmNames } from "./alarmTexts";
import type { AwsArgs } from "./args";
import { ChatChannels, type Chats } from "./chatChannels";
import { reportKeyPolicy, reportTopicPolicy } from "./policyDocuments";

/** An HTTPS address that takes SNS's messages, as pagers do. */
export interface ReportEndpoint {
  /** Tells it from others in the names of resources, since the address is a secret. */
  readonly id: string;
  readonly url: pulumi.Input<string>;
}

export interface ReportTopicArgs extends AwsArgs, Chats {
  /** Addresses that are told of everything that comes. SNS asks each to confirm, and tells it nothing before. @default none */
  emails?: readonly string[];
  /** The same over HTTPS; each has to confirm by itself, within a minute of its making. @default none */
  endpoints?: readonly ReportEndpoint[];
}

/** Where reports and alarms are told. */
export interface ReportTopics {
  /** ARN of the topic of mail and pagers; resolves when it takes from its publishers alone. */
  readonly topicArn: pulumi.Input<string>;
  /** The same for chats. @default none */
  readonly chatTopicArn?: pulumi.Input<string>;
  /** ARN of the key of both, which publishers use through SNS. */
  readonly kmsKeyArn: pulumi.Input<string>;
}

/**
 * The topic of all that people are told, by the gate and by alarms, the key that encrypts it, and who is told.
 *
 * @example
 * ```ts
 * const reports = new ReportTopic("reports", { accountId, prefix: "prod", emails: ["oncall@example.com"] });
 * ```
 */
export class ReportTopic extends pulumi.ComponentResource {
  /** ARN of the topic; resolves when it takes from its publishers alone. */
  public readonly topicArn: pulumi.Output<string>;
  /** ARN of the topic that chats read; undefined where there is no chat. */
  public readonly chatTopicArn?: pulumi.Output<string>;
  /** True where somebody is told. */
  public readonly hasReaders: boolean;
  /** ARN of the key, which publishers use through SNS. */
  public readonly kmsKeyArn: pulumi.Output<string>;

  constructor(name: string, args: ReportTopicArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ReportTopic", name, {}, opts);
    const child = { parent: this };
    const topicName = `${args.prefix}-aurora-export-reports`;
    const key = this.createKey(name, args, topicName);
    const topic = new sns.Topic(
      `${name}-topic`,
      { name: topicName, kmsMasterKeyId: key.arn, tags: args.tags },
      child,
    );
    const policy = new sns.TopicPolicy(
      `${name}-policy`,
      {
        arn: topic.arn,
        policy: topic.arn.apply((arn) =>
          JSON.stringify(reportTopicPolicy(arn, args.accountId, alarmNames(args.prefix))),
        ),
      },
      child,
    );
    this.subscribe(name, args, topic);
    this.topicArn = policy.arn;
    const { slack, teams } = args;
    if (slack !== undefined || teams !== undefined) {
      this.chatTopicArn = new ChatChannels("chat", { ...args, kmsKeyArn: key.arn }, child).topicArn;
    }
    this.hasReaders =
      [...(args.emails ?? []), ...(args.endpoints ?? [])].length > 0 || this.chatTopicArn !== undefined;
    this.kmsKeyArn = key.arn;
    this.registerOutputs({ topicArn: this.topicArn, kmsKeyArn: this.kmsKeyArn });
  }

  // No filters: none lets pass what has no attribute at all, and messages of alarms have none
  // (SNS Developer Guide, "Key matching").
  private subscribe(name: string, { emails = [], endpoints = [] }: ReportTopicArgs, topic: sns.Topic): void {
    const child = { parent: this };
    for (const email of emails) {
      new sns.TopicSubscription(
        `${name}-email-${email}`,
        { topic: topic.arn, protocol: "email", endpoint: email },
        child,
      );
    }
    for (const { id, url } of endpoints) {
      new sns.TopicSubscription(
        `${name}-endpoint-${id}`,
        {
          topic: topic.arn,
          protocol: "https",
          // Whoever knows it can write to the chat, or wake people.
          endpoint: pulumi.secret(url),
          endpointAutoConfirms: true,
        },
        child,
      );
    }
  }

  // A key of its own: the policy of `alias/aws/sns`, which nobody can change, lets no alarm publish.
  private createKey(name: string, args: ReportTopicArgs, topicName: string): kms.Key {
    const key = new kms.Key(
      `${name}-key`,
      {
        description: `Encrypts the reports in ${topicName}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: JSON.stringify(reportKeyPolicy(args.accountId)),
        tags: args.tags,
      },
      { parent: this },
    );
    new kms.Alias(
      `${name}-key-alias`,
      { name: `alias/${args.prefix}-aurora-to-bigquery-reports`, targetKeyId: key.keyId },
      { parent: this },
    );
    return key;
  }
}
