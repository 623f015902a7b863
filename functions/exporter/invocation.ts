import { FunctionError } from "../errors";

/** Who invoked the function, and what for. */
export type Invocation =
  | {
      readonly kind: "scheduled";
      readonly scheduledTime: Date;
      /** True where the clock comes back, after the daily export's own time. */
      readonly again: boolean;
    }
  | {
      readonly kind: "byHand";
      /** True starts another export of a snapshot that this stack has exported already. */
      readonly exportAgain: boolean;
      /** Snapshot to export; the newest one where left out. */
      readonly snapshotArn?: string;
    };

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
const OLDEST_SCHEDULED_TIME = 24 * HOUR;
/** Clocks differ: the scheduled time may lie a little ahead of the function's own. */
const LATEST_SCHEDULED_TIME = 5 * MINUTE;

const PATTERN = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/;

const ALLOWED = [
  'Allowed are {"scheduledTime": "2025-02-17T19:00:00Z"}, as EventBridge Scheduler sends it;',
  "{} or nothing, by hand: exports the newest snapshot into the newest free hour;",
  '{"snapshotArn": "arn:aws:rds:…:cluster-snapshot:…"}, by hand: the same for that snapshot, a manual one included;',
  '"exportAgain": true beside these, by hand: the same for a snapshot that has been exported already.',
].join(" ");

function refuse(what: string): never {
  throw new FunctionError("PayloadError", `The exporter does not take this payload: ${what}. ${ALLOWED}`);
}

function parseInstant(value: unknown): Date {
  if (typeof value !== "string") {
    return refuse(`\`scheduledTime\` is ${JSON.stringify(value)} and should be text`);
  }
  if (value.startsWith("<aws.scheduler.")) {
    return refuse(
      `\`scheduledTime\` is still the placeholder "${value}", which only EventBridge Scheduler fills in`,
    );
  }
  const instant = new Date(value);
  const written = PATTERN.exec(value)?.[1];
  // The second condition catches days such as February 30th, which Date would count on into March.
  if (Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 19) !== written) {
    return refuse(`\`scheduledTime\` is ${JSON.stringify(value)}, which is no instant in UTC`);
  }
  return instant;
}

function parseScheduledTime(value: unknown, now: Date): Date {
  const instant = parseInstant(value);
  const age = now.getTime() - instant.getTime();
  if (age > OLDEST_SCHEDULED_TIME || age < -LATEST_SCHEDULED_TIME) {
    const limits = "not within the last 24 hours, nor the next 5 minutes";
    return refuse(`\`scheduledTime\` is "${value}", at ${now.toISOString()}: ${limits}`);
  }
  return instant;
}

const SCHEDULED_KEYS = ["scheduledTime", "again"];
const BY_HAND_KEYS = ["exportAgain", "snapshotArn"];

function parseByHand(payload: object): Invocation {
  if ("exportAgain" in payload && payload.exportAgain !== true) {
    return refuse(`\`exportAgain\` is ${JSON.stringify(payload.exportAgain)} and can only be true`);
  }
  const exportAgain = "exportAgain" in payload;
  if (!("snapshotArn" in payload)) return { kind: "byHand", exportAgain };
  const { snapshotArn } = payload;
  if (
    typeof snapshotArn !== "string" ||
    !/^arn:aws:rds:[^:]+:\d{12}:cluster-snapshot:.+$/.test(snapshotArn)
  ) {
    return refuse(
      `\`snapshotArn\` is ${JSON.stringify(snapshotArn)} and should be the ARN of a cluster snapshot`,
    );
  }
  return { kind: "byHand", exportAgain, snapshotArn };
}

/**
 * Reads the payload of an invocation.
 * @throws PayloadError for any other form than those it names
 */
export function parseInvocation(payload: unknown, now: Date): Invocation {
  if (payload === null || payload === undefined) return { kind: "byHand", exportAgain: false };
  if (typeof payload !== "object" || Array.isArray(payload)) {
    return refuse(
      `it is ${Array.isArray(payload) ? "an array" : `a ${typeof payload}`} and should be an object`,
    );
  }
  const known = [...SCHEDULED_KEYS, ...BY_HAND_KEYS];
  const unknown = Object.keys(payload).filter((key) => !known.includes(key));
  if (unknown.length > 0) return refuse(`unknown key ${unknown.map((key) => `\`${key}\``).join(", ")}`);
  if (!("scheduledTime" in payload)) {
    return "again" in payload ? refuse("`again` comes beside `scheduledTime` alone") : parseByHand(payload);
  }
  const byHand = BY_HAND_KEYS.find((key) => key in payload);
  if (byHand !== undefined) return refuse(`\`scheduledTime\` and \`${byHand}\` exclude each other`);
  if ("again" in payload && payload.again !== true) {
    return refuse(`\`again\` is ${JSON.stringify(payload.again)} and can only be true`);
  }
  const scheduledTime = parseScheduledTime(payload.scheduledTime, now);
  return { kind: "scheduled", scheduledTime, again: "again" in payload };
}
