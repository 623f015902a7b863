import { own } from "../../contract/own";

/** An event as EventBridge hands it to a rule's targets. */
export interface CloudEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Whether an event fits a rule. */
export type EventPattern = (event: CloudEvent) => boolean;

type Test = (value: unknown) => boolean;
type FieldTest = (field: unknown) => boolean;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownPattern(rule: string, place: string, value: unknown): Error {
  return new Error(
    `the rehearsal's event bus does not know the pattern ${JSON.stringify(value)} of ${place} in the rule ${rule}`,
  );
}

function startsWith(prefix: string): Test {
  return (value) => typeof value === "string" && value.startsWith(prefix);
}

/** Source: EventBridge User Guide, "Comparison operators for use in event patterns"; the others are refused. */
function readOperator(rule: string, place: string, value: Record<string, unknown>): Test {
  const [[operator, operand] = [], ...others] = Object.entries(value);
  if (others.length > 0) throw unknownPattern(rule, place, value);
  if (operator === "prefix" && typeof operand === "string") return startsWith(operand);
  throw unknownPattern(rule, place, value);
}

function readValue(rule: string, place: string, value: unknown): Test {
  if (isObject(value)) return readOperator(rule, place, value);
  if (typeof value !== "string") throw unknownPattern(rule, place, value);
  return (field) => field === value;
}

/** A list of values, of which one must fit the field or, where the field is a list, one of its items. */
function readField(rule: string, place: string, value: unknown): FieldTest {
  if (isObject(value)) return readObject(rule, place, value);
  if (!Array.isArray(value) || value.length === 0) throw unknownPattern(rule, place, value);
  const tests = value.map((it) => readValue(rule, place, it));
  return (field) => field !== undefined && [field].flat().some((item) => tests.some((fits) => fits(item)));
}

function readObject(rule: string, place: string, pattern: Record<string, unknown>): FieldTest {
  const tests = Object.entries(pattern).map(([key, value]) => {
    if (key.startsWith("$")) throw unknownPattern(rule, place, { [key]: value });
    return [key, readField(rule, `${place}.${key}`, value)] as const;
  });
  if (tests.length === 0) throw unknownPattern(rule, place, pattern);
  return (field) => isObject(field) && tests.every(([key, fits]) => fits(own(field, key)));
}

/**
 * Reads an event pattern: exact texts and `prefix`.
 * @param rule the rule's name, for messages
 * @throws Error for anything else: a pattern that is skipped would look like one that fits
 */
export function parseEventPattern(rule: string, json: string): EventPattern {
  const pattern: unknown = JSON.parse(json);
  if (!isObject(pattern)) throw unknownPattern(rule, "event", pattern);
  return readObject(rule, "event", pattern);
}
