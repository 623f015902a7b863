import * as chatbot from "@pulumi/aws/chatbot";
import * as iam from "@pulumi/aws/iam";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { chatConfigurationName, chatRoleName, chatTopicName } from "../contract/names";
import { alarmNames } from "./alarmTexts";
import type { AwsArgs } from "./args";
import { chatTrust, reportTopicPolicy } from "./policyDocuments";

/** A channel of Slack. */
export interface SlackChannel {
  /** Id of the workspace: `T07EA123LEP`. */
  readonly workspaceId: string;
  /** Id of the channel: `C07EZ1ABC23`. */
  readonly channelId: string;
}

/** A channel of Microsoft Teams. */
export interface TeamsChannel {
  /** UUIDs of the organization and of the team. */
  readonly tenantId: string;
  readonly teamId: string;
  /** Id of the channel as URLs write it: `19%3Ab6ef…%40thread.tacv2`. */
  readonly channelId: string;
}

/** The channels that Amazon Q writes to. */
export interface Chats {
  /** @default none */
  slack?: SlackChannel;
  /** @default none */
  teams?: TeamsChannel;
}

export interface ChatChannelsArgs extends AwsArgs, Chats {
  /** Key of the reports. */
  kmsKeyArn: pulumi.Input<string>;
}

/** Would be AdministratorAccess, if nothing were set. Source: Chatbot API reference, "CreateSlackChannelConfiguration". */
const GUARDRAILS = ["arn:aws:iam::aws:policy/AWSDenyAll"];
/** Else nobody could see why nothing comes: Amazon Q writes its log to us-east-1, in a group that it makes with the first error. */
const LOGGING_LEVEL = "ERROR";

/**
 * A topic for chats alone, and Amazon Q Developer in chat applications, which posts what comes to it. A topic of its own,
 * because SNS tells readers' texts apart by protocol, and Amazon Q reads by HTTPS as pagers do.
 *
 * @example
 * ```ts
 * const slack = { workspaceId: "T07EA123LEP", channelId: "C07EZ1ABC23" };
 * new ChatChannels("chat", { accountId, prefix: "prod", kmsKeyArn: key.arn, slack });
 * ```
 */
export class ChatChannels extends pulumi.ComponentResource {
  /** ARN of the topic; resolves when it takes from its publishers alone. */
  public readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: ChatChannelsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ChatChannels", name, {}, opts);
    const { prefix, slack, teams, boundaryArn, tags } = args;
    const child = { parent: this };
    const topic = new sns.Topic(
      `${name}-topic`,
      { name: chatTopicName(prefix), kmsMasterKeyId: args.kmsKeyArn, tags },
      child,
    );
    const policy = new sns.TopicPolicy(
      `${name}-policy`,
      {
        arn: topic.arn,
        policy: topic.arn.apply((arn) =>
          JSON.stringify(reportTopicPolicy(arn, args.accountId, alarmNames(prefix))),
        ),
      },
      child,
    );
    const role = new iam.Role(
      `${name}-role`,
      {
        name: chatRoleName(prefix),
        description: "What members of the chat channel may do in AWS: nothing",
        assumeRolePolicy: JSON.stringify(chatTrust()),
        permissionsBoundary: boundaryArn,
        tags,
      },
      child,
    );
    const shared = {
      iamRoleArn: role.arn,
      guardrailPolicyArns: GUARDRAILS,
      loggingLevel: LOGGING_LEVEL,
      snsTopicArns: [topic.arn],
      tags,
    };
    if (slack !== undefined) {
      new chatbot.SlackChannelConfiguration(
        `${name}-slack`,
        {
          ...shared,
          configurationName: chatConfigurationName(prefix, "slack"),
          slackTeamId: slack.workspaceId,
          slackChannelId: slack.channelId,
        },
        child,
      );
    }
    if (teams !== undefined) {
      new chatbot.TeamsChannelConfiguration(
        `${name}-teams`,
        { ...shared, configurationName: chatConfigurationName(prefix, "teams"), ...teams },
        child,
      );
    }
    this.topicArn = policy.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}
