import type { Principal } from "./account";
import { AwsError } from "./errors";
import type { LoopbackAnswer, LoopbackRequest } from "./loopbackServer";
import { bodyDigest, type LocalSqs } from "./queues";

const PREFIX = "AmazonSQS.";
const MESSAGES = "ApproximateNumberOfMessages";
const PARAMETERS = ["QueueUrl", "MessageBody", "MessageGroupId", "MessageDeduplicationId"] as const;

function json(status: number, value: unknown): LoopbackAnswer {
  return { status, headers: { "content-type": "application/x-amz-json-1.0" }, body: JSON.stringify(value) };
}

/** The call that a request makes. */
export function sqsAction({ headers }: LoopbackRequest): string {
  const target = String(headers["x-amz-target"] ?? "");
  return target.startsWith(PREFIX) ? target.slice(PREFIX.length) : target;
}

/** The protocol's texts; each must be known and there. */
function readParameters(body: Buffer): Record<(typeof PARAMETERS)[number], string> {
  const given = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  const unknown = Object.keys(given).filter((key) => !PARAMETERS.some((known) => known === key));
  if (unknown.length > 0) {
    throw new AwsError("InvalidParameterValue", `The local SQS does not know ${unknown.join(", ")}`);
  }
  const texts = PARAMETERS.map((name) => {
    const value = given[name];
    if (typeof value === "string") return [name, value] as const;
    throw new AwsError("MissingParameter", `The request must contain the parameter ${name}.`);
  });
  return Object.fromEntries(texts) as Record<(typeof PARAMETERS)[number], string>;
}

/** GetQueueAttributes, of one attribute: messages that can be received, of which SQS says that it is about right. */
function queueAttributes(sqs: LocalSqs, principal: Principal, body: Buffer): LoopbackAnswer {
  const { QueueUrl, AttributeNames, ...others } = JSON.parse(body.toString("utf8")) as Record<
    string,
    unknown
  >;
  const asked = JSON.stringify([AttributeNames, others]);
  if (asked !== JSON.stringify([[MESSAGES], {}])) {
    throw new AwsError("InvalidAttributeName", `The local SQS does not know ${asked}`);
  }
  return json(200, { Attributes: { [MESSAGES]: String(sqs.countMessages(principal, String(QueueUrl))) } });
}

/** AWS JSON 1.0: SendMessage, and how many messages wait. */
export function answerSqs(sqs: LocalSqs, principal: Principal, request: LoopbackRequest): LoopbackAnswer {
  const action = sqsAction(request);
  if (action === "GetQueueAttributes") return queueAttributes(sqs, principal, request.body);
  if (action !== "SendMessage") {
    throw new AwsError("InvalidAction", `The local SQS does not know ${action}`);
  }
  const parameters = readParameters(request.body);
  const { messageId, sequenceNumber } = sqs.send(principal, {
    queueUrl: parameters.QueueUrl,
    body: parameters.MessageBody,
    groupId: parameters.MessageGroupId,
    deduplicationId: parameters.MessageDeduplicationId,
  });
  return json(200, {
    MessageId: messageId,
    MD5OfMessageBody: bodyDigest(parameters.MessageBody),
    SequenceNumber: sequenceNumber,
  });
}

/** An error as SQS words it. */
export function sqsError({ status, code, message }: AwsError): LoopbackAnswer {
  const type =
    code === "AccessDenied" ? "com.amazon.coral.service#AccessDeniedException" : `com.amazonaws.sqs#${code}`;
  return json(status, { __type: type, message });
}
