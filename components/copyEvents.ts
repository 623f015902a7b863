import * as pubsub from "@pulumi/gcp/pubsub";
import * as pulumi from "@pulumi/pulumi";
import type { GoogleArgs } from "./args";

export interface CopyEventsArgs extends GoogleArgs {
  /** Service account that publishes. */
  publisherEmail: pulumi.Input<string>;
  /** Cloud KMS key of the messages. A change counts for messages to come. @default Google's own keys */
  kmsKeyName?: pulumi.Input<string>;
}

/**
 * The topic that takes a message when the loads of an export have ended: whether the copy is whole, and what is not
 * (docs/configuration.md, "The event of a copy"). For whatever a company wants to start then: nobody subscribes to begin
 * with.
 *
 * @example
 * ```ts
 * const events = new CopyEvents("copies", { project, prefix: "prod", publisherEmail: account.email });
 * ```
 */
export class CopyEvents extends pulumi.ComponentResource {
  /** `projects/<project>/topics/<topic>`; resolves when the account may publish. */
  public readonly topicId: pulumi.Output<string>;

  constructor(name: string, args: CopyEventsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:CopyEvents", name, {}, opts);
    const { labels } = args;
    const project = args.project.ready;
    const topicName = `${args.prefix}-aurora-copies`;
    const topic = new pubsub.Topic(
      `${name}-topic`,
      { project, name: topicName, kmsKeyName: args.kmsKeyName, labels },
      { parent: this },
    );
    const publisher = new pubsub.TopicIAMMember(
      `${name}-publisher`,
      {
        project,
        topic: topic.name,
        role: "roles/pubsub.publisher",
        member: pulumi.interpolate`serviceAccount:${args.publisherEmail}`,
      },
      { parent: this },
    );
    this.topicId = publisher.urn.apply(() => `projects/${args.project.id}/topics/${topicName}`);
    this.registerOutputs({ topicId: this.topicId });
  }
}
