import * as kms from "@pulumi/aws/kms";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { reportKeyPolicy, reportTopicPolicy } from "./policyDocuments";

/** Attribute of a report's message that subscriptions choose by, and what people are told of: trouble, and its end. */
const TOLD_TO_PEOPLE = { severity: ["problem", "resolved"] };

export interface ReportTopicArgs {
  /** Account whose alarms may publish as well: 12 digits. */
  accountId: string;
  /** Name of the topic. Changing it replaces the topic, and everybody has to confirm again. */
  topicName: string;
  /** Alias of the key, without `alias/`. */
  keyAlias: string;
  /** Addresses that are told of trouble and of its end. SNS asks each to confirm, and tells it nothing before. */
  emails: readonly string[];
  tags?: Record<string, string>;
}

/** The topic that takes one report for each export, the key that encrypts it, and who is told. */
export class ReportTopic extends pulumi.ComponentResource {
  /** ARN of the topic; resolves when it takes from its publishers alone. */
  public readonly topicArn: pulumi.Output<string>;
  /** ARN of the key, which publishers use through SNS. */
  public readonly kmsKeyArn: pulumi.Output<string>;

  constructor(name: string, args: ReportTopicArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ReportTopic", name, {}, opts);
    const child = { parent: this };
    const key = this.createKey(name, args);
    const topic = new sns.Topic(
      `${name}-topic`,
      { name: args.topicName, kmsMasterKeyId: key.arn, tags: args.tags },
      child,
    );
    const policy = new sns.TopicPolicy(
      `${name}-policy`,
      {
        arn: topic.arn,
        policy: topic.arn.apply((arn) => JSON.stringify(reportTopicPolicy(arn, args.accountId))),
      },
      child,
    );
    for (const email of args.emails) {
      new sns.TopicSubscription(
        `${name}-email-${email}`,
        {
          topic: topic.arn,
          protocol: "email",
          endpoint: email,
          filterPolicy: JSON.stringify(TOLD_TO_PEOPLE),
          filterPolicyScope: "MessageAttributes",
        },
        child,
      );
    }
    this.topicArn = pulumi.all([topic.arn, policy.id]).apply(([arn]) => arn);
    this.kmsKeyArn = key.arn;
    this.registerOutputs({ topicArn: this.topicArn, kmsKeyArn: this.kmsKeyArn });
  }

  // A key of its own: the policy of `alias/aws/sns`, which nobody can change, lets no alarm publish.
  private createKey(name: string, args: ReportTopicArgs): kms.Key {
    const key = new kms.Key(
      `${name}-key`,
      {
        description: `Encrypts the reports in ${args.topicName}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: JSON.stringify(reportKeyPolicy(args.accountId)),
        tags: args.tags,
      },
      { parent: this },
    );
    new kms.Alias(
      `${name}-key-alias`,
      { name: `alias/${args.keyAlias}`, targetKeyId: key.keyId },
      { parent: this },
    );
    return key;
  }
}
