import { type GoogleCall, refuseUnknown, unknownCall } from "./calls";
import { GoogleError } from "./errors";
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

const PUBLISH = /^\/v1\/(projects\/[^/]+\/topics\/[^/:]+):publish$/;

/** The local Pub/Sub: what was published. */
export class LocalPubSub {
  public readonly messages: PubSubMessage[] = [];

  constructor(private readonly project: GoogleProject) {}

  /**
   * Publishes as a service account.
   * @param publisher e-mail of the service account
   * @throws GoogleError unless it may, and there is such a topic
   */
  publish(publisher: string, message: PubSubMessage): void {
    const { topic } = message;
    if (!this.project.topics.has(topic)) {
      throw new GoogleError("NOT_FOUND", `Resource not found (resource=${topic}).`);
    }
    if (!this.project.mayPublish(publisher, topic)) {
      throw new GoogleError("PERMISSION_DENIED", `User not authorized to perform this action: ${publisher}`);
    }
    this.messages.push(message);
  }
}

interface Message {
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * topics.publish. Source: "Cloud Pub/Sub API", REST reference v1.
 * @throws GoogleError for any other call, and for a caller who may not publish
 */
export function callPubSub(call: GoogleCall, pubSub: LocalPubSub, time: Date): unknown {
  const topic = PUBLISH.exec(decodeURIComponent(call.path))?.[1];
  if (call.method !== "POST" || topic === undefined) throw unknownCall(call.method, call.path);
  const { messages, ...others } = call.body as { messages?: readonly Message[] };
  refuseUnknown(Object.keys(others), call.path);
  const ids = (messages ?? []).map(({ data, attributes }, index) => {
    const text = Buffer.from(data, "base64").toString("utf8");
    pubSub.publish(call.caller, { time, topic, data: text, attributes });
    return String(index + 1);
  });
  return { messageIds: ids };
}
