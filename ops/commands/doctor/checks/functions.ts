import { type FilteredLogEvent, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { ListSubscriptionsByTopicCommand, type Subscription } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { CHECK_GOOGLE } from "../../../../contract/googleCheck";
import { deadLetterQueueName, logGroupName } from "../../../../contract/names";
import { unless } from "../../../../functions/aws/explain";
import { at } from "../../../../functions/loader/google/failures";
import { ERROR_LINES } from "../../../../functions/log";
import { invokeFunction } from "../../../session/invoke";
import { localTime } from "../../../session/localTime";
import { oneLine } from "../../../session/operatorError";
import { type Check, type Fault, finding } from "../check";
import type { Patient } from "../patient";
import { alarms } from "./alarms";
import { AWS } from "./identity";

const FUNCTIONS = "functions";
const DAY = 24 * 60 * 60 * 1000;
/** Pages of a log that are read at the most; each is a megabyte. */
const LOG_PAGES = 20;

function functionsOf({ counterFunctionName, ...stack }: Patient["stack"]): string[] {
  const { exporterFunctionName, gateFunctionName, loaderFunctionName } = stack;
  return [
    exporterFunctionName,
    gateFunctionName,
    ...(loaderFunctionName === undefined ? [] : [loaderFunctionName]),
    ...(counterFunctionName ? [counterFunctionName] : []),
  ];
}

const functions: Check = {
  name: FUNCTIONS,
  after: [AWS],
  look: async ({ lambda, stack, ask, deployAgain }) => {
    const names = functionsOf(stack);
    const faults = await Promise.all(
      names.map(async (FunctionName): Promise<Fault[]> => {
        const operation = "GetFunctionConfiguration";
        const subject = `function ${FunctionName}`;
        const call = { service: "Lambda", operation, action: `lambda:${operation}`, subject };
        const found = await ask(call, () =>
          unless("ResourceNotFoundException", undefined, () =>
            lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
          ),
        );
        if (found === undefined) return [{ wrong: `There is no ${subject}.`, remedy: deployAgain }];
        const {
          State = "Active",
          StateReason,
          LastUpdateStatus = "Successful",
          LastUpdateStatusReason,
        } = found;
        // Lambda lets a function sleep that nobody has invoked for weeks, and wakes it at the next invocation.
        if (!["Active", "Inactive"].includes(State)) {
          return [
            { wrong: `${FunctionName} is ${State}: ${oneLine(StateReason ?? "")}`, remedy: deployAgain },
          ];
        }
        if (LastUpdateStatus !== "Failed") return [];
        const wrong = `The last update of ${FunctionName} has failed: ${oneLine(LastUpdateStatusReason ?? "")}`;
        return [{ wrong, remedy: deployAgain }];
      }),
    );
    return finding(names.join(", "), faults.flat());
  },
};

/** `GoogleCallError, "…"`: the name of an error and its first words. */
function errorOf({ message = "" }: FilteredLogEvent): string {
  let line: unknown;
  try {
    line = JSON.parse(message);
  } catch {
    return `"${oneLine(message)}"`;
  }
  const said = typeof at(line, "message") === "object" ? at(line, "message") : line;
  const name = at(said, "error") ?? at(said, "errorType");
  return `${name === undefined ? "" : `${name}, `}"${oneLine(String(at(said, "message") ?? at(said, "errorMessage") ?? ""))}"`;
}

const lastErrors: Check = {
  name: "errors of 24 hours",
  after: [AWS],
  look: async ({ logs, stack, ask, clock, command }) => {
    const startTime = clock.now().getTime() - DAY;
    const faults = await Promise.all(
      functionsOf(stack).map(async (name): Promise<Fault[]> => {
        const logGroup = logGroupName(name);
        const operation = "FilterLogEvents";
        const subject = `log group ${logGroup}`;
        const call = { service: "CloudWatch Logs", operation, action: `logs:${operation}`, subject };
        let last: FilteredLogEvent | undefined;
        let nextToken: string | undefined;
        for (let page = 0; page < LOG_PAGES; page++) {
          const input = { logGroupName: logGroup, startTime, filterPattern: ERROR_LINES, nextToken };
          const found = await ask(call, () => logs.send(new FilterLogEventsCommand(input)));
          last = found.events?.at(-1) ?? last;
          nextToken = found.nextToken;
          if (nextToken === undefined) break;
        }
        if (last === undefined) return [];
        const { timeZone } = stack.schedule;
        const when = `${localTime(new Date(last.timestamp ?? 0), timeZone)} ${timeZone}`;
        const tail = command(`logs tail ${logGroup} --since 24h`);
        const remedy = `Read what led to it by ${tail}, and docs/runbook.md, "When a report comes".`;
        return [{ wrong: `${name} logged an error, the last one at ${when}: ${errorOf(last)}.`, remedy }];
      }),
    );
    return finding("none", faults.flat());
  },
};

const deadLetters: Check = {
  name: "dead letters",
  after: [AWS],
  look: async ({ sqs, stack: { loadQueueUrl, taskPrefix }, ask }) => {
    if (loadQueueUrl === undefined) return finding("the stack has no loader");
    const name = deadLetterQueueName(taskPrefix);
    const QueueUrl = loadQueueUrl.replace(/[^/]*$/, name);
    const attribute = "ApproximateNumberOfMessages" as const;
    const operation = "GetQueueAttributes";
    const call = { service: "SQS", operation, action: `sqs:${operation}`, subject: `queue ${name}` };
    const { Attributes } = await ask(call, () =>
      sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [attribute] })),
    );
    const waiting = Number(Attributes?.[attribute] ?? 0);
    if (waiting === 0) return finding(`${name} is empty`);
    const wrong = `${waiting} ${waiting === 1 ? "message waits" : "messages wait"} in ${name}: loads were given up.`;
    const remedy = 'See docs/runbook.md, "Messages wait among the dead letters".';
    return finding("", [{ wrong, remedy }]);
  },
};

/** Who reads there; of a URL, which may be a secret, its host alone. */
function reader({ Protocol, Endpoint = "" }: Subscription): string {
  return Protocol === "email" ? Endpoint : URL.canParse(Endpoint) ? new URL(Endpoint).host : `${Protocol}`;
}

const subscriptions: Check = {
  name: "subscriptions",
  after: [AWS],
  look: async ({ sns, stack: { reportTopicArn: TopicArn }, ask, command, deployAgain }) => {
    const operation = "ListSubscriptionsByTopic";
    const call = { service: "SNS", operation, action: `sns:${operation}`, subject: `topic ${TopicArn}` };
    const all: Subscription[] = [];
    for (let NextToken: string | undefined; ; ) {
      const page = await ask(call, () =>
        sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken })),
      );
      all.push(...(page.Subscriptions ?? []));
      NextToken = page.NextToken;
      if (!NextToken) break;
    }
    const pending = all.filter(({ SubscriptionArn }) => SubscriptionArn === "PendingConfirmation");
    const faults = pending.map((it) => {
      const who = reader(it);
      const subscribe = command(
        `sns subscribe --topic-arn ${TopicArn} --protocol email --notification-endpoint ${who}`,
      );
      const remedy =
        it.Protocol === "email"
          ? `Have its reader follow the link in SNS's mail; ${subscribe} sends that once more.`
          : deployAgain;
      return { wrong: `${who} has not confirmed, and is told nothing.`, remedy };
    });
    return finding(
      all.length === 0 ? "nobody is to be told by mail or pager" : `${all.length} confirmed`,
      faults,
    );
  },
};

const federation: Check = {
  name: "federation",
  after: [FUNCTIONS],
  look: async ({ lambda, stack: { loaderFunctionName: name } }) => {
    if (name === undefined) return finding("the stack has no loader");
    const answer = await invokeFunction({ lambda }, name, CHECK_GOOGLE);
    if (at(answer, "google") === "answers")
      return finding("the loader became its service account, and listed the transfers");
    const why = at(answer, "why") ?? JSON.stringify(answer);
    const remedy = 'See docs/runbook.md, "Turn federation on again".';
    return finding("", [{ wrong: `The loader cannot use Google: ${why}`, remedy }]);
  },
};

export const FUNCTION_CHECKS: readonly Check[] = [
  functions,
  lastErrors,
  alarms,
  deadLetters,
  subscriptions,
  federation,
];
