import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Reports } from "../ports";
import { type ChattingStack, chatNotification } from "../reports/chatNotification";
import type { Report } from "../reports/report";
import { type AwsCall, explained } from "./explain";

/** The topic that reports go to, as mail and pagers show them. */
export function createReports(client: SNSClient, topicArn: string): Reports {
  return createTopic(client, topicArn, ({ text }) => text);
}

/** The topic that chats read. */
export function createChat(client: SNSClient, topicArn: string, stack: ChattingStack): Reports {
  return createTopic(client, topicArn, (report) => chatNotification(report, stack));
}

function createTopic(client: SNSClient, topicArn: string, write: (report: Report) => string): Reports {
  const call: AwsCall = {
    service: "SNS",
    operation: "Publish",
    action: "sns:Publish",
    subject: `topic ${topicArn}`,
  };
  const attribute = (value: string) => ({ DataType: "String", StringValue: value });
  return {
    publish: (report) =>
      explained(call, async () => {
        const { subject: Subject, severity, kind } = report;
        const Message = write(report);
        const MessageAttributes = { severity: attribute(severity), kind: attribute(kind) };
        await client.send(new PublishCommand({ TopicArn: topicArn, Subject, Message, MessageAttributes }));
      }),
  };
}
