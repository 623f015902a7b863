import { ListSubscriptionsByTopicCommand, type SNSClient, type Subscription } from "@aws-sdk/client-sns";
import { chatTopicName } from "../../../contract/names";
import { explained, unless } from "../../../functions/aws/explain";
import type { Session } from "../../session/session";

/** Somebody whom AWS tells what goes wrong. */
export interface Recipient {
  /** `email`, `https`, …; `chat` for Slack or Teams by Amazon Q. */
  readonly protocol: string;
  /** Address; of a URL its host alone, because the rest is secret. */
  readonly address: string;
  readonly confirmed: boolean;
}

/** Who is told. */
export interface RecipientsStatus {
  readonly recipients: readonly Recipient[];
}

/** What SNS gives in place of an ARN until somebody has confirmed. Source: API reference, ListSubscriptionsByTopic. */
const PENDING = "PendingConfirmation";
/** SNS's answer where there is no such topic. */
const NO_TOPIC = "NotFoundException";

async function subscriptionsOf(
  sns: SNSClient,
  topicArn: string,
  isOptional = false,
): Promise<Subscription[]> {
  const call = {
    service: "SNS",
    operation: "ListSubscriptionsByTopic",
    action: "sns:ListSubscriptionsByTopic",
    subject: `topic ${topicArn}`,
  };
  const ask = async () => {
    const found: Subscription[] = [];
    for (let NextToken: string | undefined; ; ) {
      const page = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn, NextToken }));
      found.push(...(page.Subscriptions ?? []));
      if (!page.NextToken || page.NextToken === NextToken) return found;
      NextToken = page.NextToken;
    }
  };
  return explained(call, () => (isOptional ? unless(NO_TOPIC, [], ask) : ask()));
}

function read({ Protocol = "", Endpoint = "", SubscriptionArn }: Subscription, isChat: boolean): Recipient {
  const address = URL.canParse(Endpoint) && !Endpoint.includes("@") ? new URL(Endpoint).host : Endpoint;
  return { protocol: isChat ? "chat" : Protocol, address, confirmed: SubscriptionArn !== PENDING };
}

/** True for what Amazon Q has subscribed. Source: Amazon Q Developer in chat applications, "Troubleshooting". */
function isOfAmazonQ({ Endpoint = "" }: Subscription): boolean {
  return URL.canParse(Endpoint) && new URL(Endpoint).host.endsWith(".chatbot.amazonaws.com");
}

/**
 * Who is told by the report topic, and by the chats' own one where there is one.
 * @throws AwsCallError
 */
export async function readRecipients({
  stack,
  sns,
}: Pick<Session, "stack" | "sns">): Promise<RecipientsStatus> {
  const { reportTopicArn, taskPrefix } = stack;
  const chatTopicArn = reportTopicArn.replace(/[^:]*$/, chatTopicName(taskPrefix));
  const [reports, chat] = await Promise.all([
    subscriptionsOf(sns, reportTopicArn),
    subscriptionsOf(sns, chatTopicArn, true),
  ]);
  const chats = [...reports, ...chat].filter(isOfAmazonQ).map((it) => read(it, true));
  const others = reports.filter((it) => !isOfAmazonQ(it)).map((it) => read(it, false));
  // Alarms reach a chat by one topic, reports by the other: it is one recipient.
  return { recipients: [...others, ...chats.slice(0, 1)] };
}
