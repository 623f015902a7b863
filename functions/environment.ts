import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ON_EXPORT_COMPLETE } from "../contract/environment";
import { own } from "../contract/own";
import { taskPrefixFault } from "../contract/taskId";
import { isTimeOfDay, MINUTES_PER_DAY } from "../contract/timeOfDay";
import { isTimeZone } from "../contract/timeZone";

/** What Lambda hands a function: `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What is wrong with the value of a variable, in words, or undefined if nothing. */
export type Check = (text: string) => string | undefined;

/** Set by Lambda itself. Source: AWS Lambda Developer Guide, "Defined runtime environment variables". */
export const REGION_VARIABLE = "AWS_REGION";

const TIME = "expected HH:MM from 00:00 to 23:59";

export const checkTimeOfDay: Check = (text) => (isTimeOfDay(text) ? undefined : TIME);

export function matches(pattern: RegExp, expected: string): Check {
  return (text) => (pattern.test(text) ? undefined : `expected ${expected}`);
}

const TOPIC_ARN = matches(/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+$/, "the ARN of an SNS topic");

/** Checks of the variables that more than one function has. */
export const COMMON_CHECKS = {
  taskPrefix: taskPrefixFault,
  timeZone: (text) =>
    isTimeZone(text) ? undefined : "expected a name of the IANA time zone database, such as Asia/Tokyo",
  pathOffsetMinutes: (text) =>
    /^-?\d{1,4}$/.test(text) && Math.abs(Number(text)) < MINUTES_PER_DAY
      ? undefined
      : "expected whole minutes east of UTC, such as 540",
  exportTime: checkTimeOfDay,
  load: (text) =>
    text === ON_EXPORT_COMPLETE || isTimeOfDay(text) ? undefined : `${TIME}, or ${ON_EXPORT_COMPLETE}`,
  reportTopicArn: TOPIC_ARN,
  chatTopicArn: TOPIC_ARN,
  loadQueueUrl: matches(/^https?:\/\/[^/]+\/.+\.fifo$/, "the URL of an SQS FIFO queue"),
} as const satisfies Record<string, Check>;

/** A check that a value is one of a few. */
export function oneOf(values: readonly string[]): Check {
  return (text) => (values.includes(text) ? undefined : `expected ${values.join(" or ")}`);
}

/** The value of a variable; undefined where it says nothing. */
export function readVariable(variables: Variables, name: string): string | undefined {
  const text = own(variables, name);
  return text?.trim() ? text : undefined;
}

/** What is wrong with a variable, in words, or undefined if nothing. */
export function variableFault(variables: Variables, name: string, check?: Check): string | undefined {
  const text = readVariable(variables, name);
  if (text === undefined) return `${name} is missing`;
  const fault = check?.(text);
  return fault && `${name} is "${text}": ${fault}`;
}

/**
 * Reads a small file that lies beside the function's code.
 * @param parse throws for what the file should not hold
 * @returns its content, or in words why there is none
 */
export function readFileBesideCode<T>(
  folder: string,
  fileName: string,
  parse: (text: string) => T,
): { readonly content: T; readonly fault?: never } | { readonly content?: never; readonly fault: string } {
  try {
    return { content: parse(readFileSync(join(folder, fileName), "utf8")) };
  } catch (error) {
    return { fault: `${fileName}, which lies beside the code, cannot be read: ${error}` };
  }
}

/** All faults in one message, or undefined if there are none. */
export function environmentFault(
  functionName: "exporter" | "gate" | "loader" | "counter",
  faults: readonly (string | undefined)[],
): string | undefined {
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length === 0) return undefined;
  const advice = `The ${functionName}'s environment is incomplete or wrong. Deploy the stack again (pulumi up). Faults:`;
  return [advice, ...found.map((fault) => `- ${fault}`)].join("\n");
}
