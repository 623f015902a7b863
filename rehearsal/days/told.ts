import { chatTopicName } from "../../contract/names";
import type { Settings } from "../../settings";
import type { PublishedMessage } from "../aws/topics";
import type { Clouds } from "../clouds";
import type { GoogleMessage } from "../google/monitoring";
import type { ToldMessage } from "../report";

/** What people were told behind an instant, by either cloud, in order. */
export function toldSince(since: number, { prefix }: Settings, { sns, monitoring }: Clouds): ToldMessage[] {
  // What chats are told besides is the same once more.
  const chatTopic = chatTopicName(prefix);
  const onAws = sns.published.filter(({ topicArn }) => !topicArn.endsWith(`:${chatTopic}`)).map(toldOnAws);
  return [...onAws, ...monitoring.told.map(toldByGoogle)]
    .filter(({ time }) => time.getTime() > since)
    .sort((a, b) => a.time.getTime() - b.time.getTime());
}

/** A message of the topic: a report of the gate, or an alarm. */
function toldOnAws(message: PublishedMessage): ToldMessage {
  const { time, source, alarm, attributes, subject, text, recipients } = message;
  const shared = { time, by: source, text, recipients };
  switch (source) {
    case "gate": {
      const { severity = "", kind = "" } = attributes;
      return { ...shared, severity, kind, subject };
    }
    case "alarm": {
      const severity = alarm?.state === "OK" ? "resolved" : "problem";
      return { ...shared, severity, kind: alarm?.name ?? "", subject };
    }
  }
}

function toldByGoogle({ time, policy, subject, text, recipients }: GoogleMessage): ToldMessage {
  return { time, by: "google", severity: "problem", kind: policy, subject, text, recipients };
}
