import { attributesOf, type CopyEvent } from "../../../contract/copyEvent";
import type { CopyEvents } from "../ports";
import type { GoogleClient } from "./client";

/** The topic of copies. Source: "Cloud Pub/Sub API", REST reference v1: projects.topics.publish. */
export function createCopyEvents(client: GoogleClient, topic: string): CopyEvents {
  return {
    async publish(event) {
      await client.call({
        operation: "topics.publish",
        subject: `topic ${topic}`,
        permission: `pubsub.topics.publish on topic ${topic}`,
        absent: `There is no topic ${topic}. Deploy the stack again, which makes it.`,
        url: new URL(`https://pubsub.googleapis.com/v1/${topic}:publish`),
        body: { messages: [{ data: encoded(event), attributes: attributesOf(event) }] },
      });
    },
  };
}

function encoded(event: CopyEvent): string {
  return Buffer.from(JSON.stringify(event)).toString("base64");
}
