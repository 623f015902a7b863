import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Reports } from "../ports";
import { type AwsCall, explained } from "./explain";

/** The topic that reports go to. */
export function createReports(client: SNSClient, topicArn: string): Reports {
  const call: AwsCall = {
    service: "SNS",
    operation: "Publish",
    action: "sns:Publish",
    subject: `topic ${topicArn}`,
  };
  const attribute = (value: string) => ({ DataType: "String", StringValue: value });
  return {
    publish: ({ subject: Subject, text: Message, severity, kind }) =>
      explained(call, async () => {
        const MessageAttributes = { severity: attribute(severity), kind: attribute(kind) };
        await client.send(new PublishCommand({ TopicArn: topicArn, Subject, Message, MessageAttributes }));
      }),
  };
}
