import * as z from "zod/mini";
import type { QueueMessage } from "../../contract/loadMessage";
import { isSlot } from "../../contract/slot";
import { FunctionError } from "../errors";
import { isObject, show } from "../payload";

const yes = z.optional(z.literal(true));
const names = z.optional(z.array(z.string()));
const count = z.int().check(z.positive());
const failed = z.strictObject({ count, names });
const rest = z.strictObject({ only: names, after: z.optional(z.string()), failed: z.optional(failed) });

const slot = z.string().check(z.refine(isSlot));
const time = z.iso.datetime();
const wish = { asked: z.optional(time), despiteFindings: yes, tables: names, attempt: z.optional(count) };

const load = z.strictObject({ load: slot, ...wish, evenIfOlder: yes, rest: z.optional(rest) });
const follow = z.strictObject({
  follow: slot,
  ...wish,
  from: time,
  byClock: yes,
  look: z.optional(count),
  after: z.optional(z.string()),
});

function refuse(what: string): never {
  throw new FunctionError(
    "PayloadError",
    `The loader does not take this payload: ${what}. Nothing was started. It takes the messages of its own queue alone; ` +
      'to have an export loaded, ask the gate: {"slot": "2025021806"}.',
  );
}

/**
 * Reads an event of the load queue.
 * @throws FunctionError PayloadError for anything but one message of gate or loader
 */
export function parseLoadEvent(payload: unknown): QueueMessage {
  const records = isObject(payload) ? payload.Records : undefined;
  const [record] = Array.isArray(records) ? records : [];
  if (!Array.isArray(records) || records.length !== 1 || !isObject(record)) {
    return refuse(`it is ${show(payload)}, and the queue sends one message at a time`);
  }
  if (record.eventSource !== "aws:sqs") return refuse(`it is a record of ${show(record.eventSource)}`);
  let body: unknown;
  try {
    body = JSON.parse(String(record.body));
  } catch {
    return refuse(`its message is ${show(record.body)}, which is no JSON`);
  }
  const isFollow = isObject(body) && "follow" in body;
  const { data, error } = (isFollow ? follow : load).safeParse(body);
  // zod does not know the brand of a slot, which was checked.
  if (data !== undefined) return data as QueueMessage;
  const faults = error.issues.map(({ path, code }) => `\`${path.join(".") || "message"}\` (${code})`);
  return refuse(`its message is ${show(record.body)}; wrong: ${faults.join(", ")}`);
}
