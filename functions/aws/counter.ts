import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod/mini";
import { COUNTER_TIMEOUT_SECONDS } from "../../contract/environment";
import type { RowCount } from "../../contract/rowCount";
import { type ErrorCode, FunctionError } from "../errors";
import { cut } from "../excerpt";
import type { RowCounter } from "../loader/ports";
import { isObject, show } from "../payload";
import { type ClientLimits, clientConfig } from "./client";
import { type AwsCall, explained } from "./explain";

/** Lambda answers when the function has; a second attempt would take the time of the next look. */
const LIMITS: ClientLimits = {
  maxAttempts: 1,
  connect: 3_000,
  answer: (COUNTER_TIMEOUT_SECONDS + 5) * 1000,
};
const MESSAGE_LENGTH = 1000;

/** Errors of the counter that the same request meets again. */
const LASTING: readonly unknown[] = [
  "EnvironmentError",
  "NoParquetError",
  "PayloadError",
] satisfies ErrorCode[];

const number = z.int().check(z.nonnegative());
const rowCount = z.strictObject({ files: number, rows: number, bytes: number, left: number });

export function createLambdaClient(limits = LIMITS): LambdaClient {
  return new LambdaClient(clientConfig(limits));
}

/** What the counter has answered, or an error with the words of its own. */
function readAnswer(functionName: string, text: string, hasFailed: boolean): RowCount {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = text;
  }
  if (hasFailed) {
    const { errorType, errorMessage } = isObject(answer)
      ? answer
      : { errorType: undefined, errorMessage: text };
    throw new FunctionError(
      "CounterError",
      `The counter ${functionName} failed: ${String(errorType)}: ${cut(String(errorMessage), MESSAGE_LENGTH)}`,
      !LASTING.includes(errorType),
    );
  }
  const { data } = rowCount.safeParse(answer);
  if (data !== undefined) return data;
  throw new FunctionError(
    "CounterError",
    `The counter ${functionName} answered ${show(answer)}, which are not the four numbers that are expected: deploy the ` +
      "stack again (pulumi up).",
    false,
  );
}

/** The counter, which is invoked and waited for. */
export function createCounter(client: LambdaClient, functionName: string): RowCounter {
  const call: AwsCall = {
    service: "Lambda",
    operation: "Invoke",
    action: "lambda:InvokeFunction",
    subject: `function "${functionName}"`,
  };
  return {
    count: (request) =>
      explained(call, async () => {
        const { FunctionError: failure, Payload } = await client.send(
          new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }),
        );
        return readAnswer(functionName, Payload?.transformToString() ?? "", failure !== undefined);
      }),
  };
}
