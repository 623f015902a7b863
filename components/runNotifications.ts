import * as pubsub from "@pulumi/gcp/pubsub";
import * as pulumi from "@pulumi/pulumi";
import type { GoogleArgs } from "./args";

export interface RunNotificationsArgs extends GoogleArgs {
  /** Data Transfer Service's agent, which publishes. */
  agentEmail: pulumi.Input<string>;
  /** Cloud KMS key of the messages. A change counts for messages to come. @default Google's own keys */
  kmsKeyName?: pulumi.Input<string>;
}

/**
 * The topic that takes a message for each transfer run that has ended, for whatever a company wants to start then.
 * Nobody subscribes to begin with. Source: "BigQuery Data Transfer Service run notifications".
 *
 * @example
 * ```ts
 * const runs = new RunNotifications("runs", { project, prefix: "prod", agentEmail: owner.agentEmail });
 * ```
 */
export class RunNotifications extends pulumi.ComponentResource {
  /** `projects/<project>/topics/<topic>`; resolves when the agent may publish. */
  public readonly topicId: pulumi.Output<string>;

  constructor(name: string, args: RunNotificationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:RunNotifications", name, {}, opts);
    const { labels } = args;
    const project = args.project.ready;
    const topicName = `${args.prefix}-aurora-transfer-runs`;
    const topic = new pubsub.Topic(
      `${name}-topic`,
      // Without a schema: Data Transfer Service publishes to no topic that has one.
      { project, name: topicName, kmsKeyName: args.kmsKeyName, labels },
      { parent: this },
    );
    const publisher = new pubsub.TopicIAMMember(
      `${name}-publisher`,
      {
        project,
        topic: topic.name,
        role: "roles/pubsub.publisher",
        member: pulumi.interpolate`serviceAccount:${args.agentEmail}`,
      },
      { parent: this },
    );
    this.topicId = publisher.urn.apply(() => `projects/${args.project.id}/topics/${topicName}`);
    this.registerOutputs({ topicId: this.topicId });
  }
}
