import { InvokeCommand } from "@aws-sdk/client-lambda";
import { explained } from "../../functions/aws/explain";
import { at } from "../../functions/loader/google/failures";
import { OperatorError, oneLine } from "./operatorError";
import type { Session } from "./session";

/** A function's own refusal, or its failure, in its own words. */
export class InvokedError extends OperatorError {
  /**
   * @param code the function's name of the error: `RefusedError`
   * @param words the function's message, and nothing else
   */
  constructor(
    readonly code: string,
    readonly words: string,
  ) {
    super(words);
  }
}

/** By these Lambda says that a function's code cannot be loaded. Source: AWS Lambda's Node.js runtime interface client. */
const CODE_FAULTS = new Set([
  "Runtime.HandlerNotFound",
  "Runtime.ImportModuleError",
  "Runtime.MalformedHandlerName",
  "Runtime.UserCodeSyntaxError",
]);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Invokes one of the stack's functions, and waits for its answer.
 * Source: AWS Lambda API Reference, "Invoke": a function's error comes with status 200 and `X-Amz-Function-Error`.
 * @throws InvokedError with what the function says; AwsCallError where it could not be invoked
 */
export async function invokeFunction(
  { lambda }: Pick<Session, "lambda">,
  name: string,
  payload: object,
): Promise<unknown> {
  const subject = `function "${name}"`;
  const call = { service: "Lambda", operation: "Invoke", action: "lambda:InvokeFunction", subject };
  const { FunctionError, Payload } = await explained(call, () =>
    lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) })),
  );
  const answer = parse(Payload?.transformToString() ?? "");
  if (FunctionError === undefined) return answer;
  const [type, message] = [at(answer, "errorType"), at(answer, "errorMessage")];
  if (typeof message !== "string" || message === "") {
    throw new OperatorError(
      `Function "${name}" failed without a word (${FunctionError}): see its log, /aws/lambda/${name}.`,
    );
  }
  if (CODE_FAULTS.has(String(type))) {
    throw new OperatorError(
      `Function "${name}" cannot start, because its code is not what the stack declares (${oneLine(message)}): ` +
        "`pulumi up --refresh` puts it back.",
    );
  }
  if (/^(Runtime|Sandbox)\./.test(String(type)) || /\bTask timed out after /.test(message)) {
    throw new OperatorError(
      `Function "${name}" was broken off (${oneLine(message)}): see its log, /aws/lambda/${name}.`,
    );
  }
  // Its own words go with its log, where "the function" is no question.
  const words = oneLineOf(message).replace(/^The function's role\b/, `The role of function "${name}"`);
  throw new InvokedError(String(type), words);
}

/** Their messages are sentences of ours, and longer than a service's. */
function oneLineOf(message: string): string {
  const line = message.replace(/\s+/g, " ").trim();
  return line.length > 2_000 ? oneLine(line) : line;
}
