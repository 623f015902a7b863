import { createHash } from "node:crypto";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { LoadQueue } from "../ports";
import { type ClientLimits, clientConfig } from "./client";
import { type AwsCall, explained } from "./explain";

/** Loads go in the order in which exports were opened. */
const MESSAGE_GROUP = "loads";

export function createSqsClient(limits?: ClientLimits): SQSClient {
  // A queue's URL names the Region's endpoint anyway; unlike it, the environment can name another.
  return new SQSClient({ ...clientConfig(limits), useQueueUrlAsEndpoint: false });
}

/** The queue from which loads are started. */
export function createLoadQueue(client: SQSClient, queueUrl: string): LoadQueue {
  const subject = `queue ${queueUrl}`;
  const call: AwsCall = { service: "SQS", operation: "SendMessage", action: "sqs:SendMessage", subject };
  return {
    send: (message, once) =>
      explained(call, async () => {
        await client.send(
          new SendMessageCommand({
            QueueUrl: queueUrl,
            MessageBody: JSON.stringify(message),
            MessageGroupId: MESSAGE_GROUP,
            // SQS takes 128 letters, digits and signs; the text may be anything.
            MessageDeduplicationId: createHash("sha256").update(once).digest("hex"),
          }),
        );
      }),
  };
}
