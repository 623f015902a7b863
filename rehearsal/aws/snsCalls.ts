import { AwsError } from "./errors";
import { uuidOf } from "./identifiers";
import type { QueryParameters, QueryService } from "./queryProtocol";
import type { LocalSns } from "./topics";

function attributes(parameters: QueryParameters): Record<string, string> {
  return Object.fromEntries(
    parameters.entries("MessageAttributes").map((entry) => {
      const name = parameters.required(`${entry}Name`);
      const type = parameters.required(`${entry}Value.DataType`);
      if (type !== "String") {
        throw new AwsError("ParameterValueInvalid", `The local SNS does not know attributes of type ${type}`);
      }
      return [name, parameters.required(`${entry}Value.StringValue`)];
    }),
  );
}

/** The calls of SNS that functions and operators make. */
export function snsService(sns: LocalSns): QueryService {
  return {
    name: "SNS",
    namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    calls: {
      // A topic has a hundred subscriptions a page: there is no second one here.
      ListSubscriptionsByTopic: (principal, parameters) => {
        const TopicArn = parameters.required("TopicArn");
        const member = sns
          .listSubscriptions(principal, TopicArn)
          .map(({ protocol, endpoint, pending }, index) => ({
            TopicArn,
            Owner: TopicArn.split(":")[4],
            // Chats are told by HTTPS.
            Protocol: protocol === "chat" ? "https" : protocol,
            Endpoint: protocol === "email" ? endpoint : `https://${endpoint}/`,
            SubscriptionArn: pending
              ? "PendingConfirmation"
              : `${TopicArn}:${uuidOf("subscription", index + 1)}`,
          }));
        return { Subscriptions: { member } };
      },
      Publish: (principal, parameters) => {
        const message = {
          topicArn: parameters.required("TopicArn"),
          subject: parameters.required("Subject"),
          text: parameters.required("Message"),
          attributes: attributes(parameters),
          source: "gate",
        } as const;
        parameters.refuseUnread();
        return { MessageId: sns.publish(principal, message) };
      },
    },
  };
}
