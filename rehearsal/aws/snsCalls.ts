import type { Principal } from "./account";
import { AwsError } from "./errors";
import { uuidOf } from "./identifiers";
import type { QueryParameters, QueryService } from "./queryProtocol";
import { type LocalSns, SUBSCRIPTIONS_PAGE } from "./topics";

/** Where SNS tells Amazon Q. */
const CHAT_HOST = "global.sns-api.chatbot.amazonaws.com";

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

/** A page of a topic's subscriptions. Source: API reference, ListSubscriptionsByTopic. */
function subscriptionPage(sns: LocalSns, principal: Principal, parameters: QueryParameters): object {
  const topicArn = parameters.required("TopicArn");
  const from = Number(parameters.optional("NextToken") ?? 0);
  const page = sns.subscriptionsOf(principal, topicArn, from);
  const member = page.map(({ protocol, endpoint, pending }, index) => ({
    TopicArn: topicArn,
    // A chat's subscription is Amazon Q's own; the rest of a URL is secret, and nobody here knows it.
    Protocol: protocol === "chat" ? "https" : protocol,
    Endpoint: protocol === "email" ? endpoint : `https://${protocol === "chat" ? CHAT_HOST : endpoint}/`,
    SubscriptionArn: pending ? "PendingConfirmation" : `${topicArn}:${uuidOf("subscription", from + index)}`,
  }));
  const next = page.length < SUBSCRIPTIONS_PAGE ? {} : { NextToken: String(from + page.length) };
  return { Subscriptions: { member }, ...next };
}

/** The calls of SNS that the functions and operators make. */
export function snsService(sns: LocalSns): QueryService {
  return {
    name: "SNS",
    namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    calls: {
      ListSubscriptionsByTopic: (principal, parameters) => subscriptionPage(sns, principal, parameters),
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
