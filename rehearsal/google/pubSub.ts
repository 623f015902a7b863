import type { GoogleProject } from "./project";

/** A message of a topic. */
export interface PubSubMessage {
  readonly time: Date;
  /** `projects/…/topics/…`. */
  readonly topic: string;
  /** JSON. */
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The local Pub/Sub: what was published, and what could not be. */
export class LocalPubSub {
  public readonly messages: PubSubMessage[] = [];
  /** Messages that were lost, in words: nobody would hear of them in a real project. */
  public readonly problems: string[] = [];

  constructor(private readonly project: GoogleProject) {}

  /**
   * Publishes as a service account; a refusal becomes a problem, since whoever publishes goes on without.
   * @param publisher e-mail of the service account
   */
  publish(publisher: string, message: PubSubMessage): void {
    if (this.project.mayPublish(publisher, message.topic)) {
      this.messages.push(message);
      return;
    }
    this.problems.push(
      `Pub/Sub: ${publisher} may not publish to ${message.topic}, or there is no such topic`,
    );
  }
}
