import { isSlot, type Slot } from "../../../contract/slot";
import { snapshotArnStart } from "../../../contract/snapshots";
import { FunctionError } from "../../errors";
import { cut } from "../../excerpt";
import { type Fields, isObject, show } from "../../payload";

/** What the end of an export was, by RDS's event. Source: Aurora User Guide, "DB cluster snapshot events". */
const EVENTS = {
  "RDS-EVENT-0162": "FAILED",
  "RDS-EVENT-0163": "CANCELED",
  "RDS-EVENT-0164": "COMPLETE",
} as const;

/** Status that a task has when RDS has sent the event of its end. */
export type EndStatus = (typeof EVENTS)[keyof typeof EVENTS];

/** Who invoked the gate, and what for. */
export type GateCall =
  | { readonly kind: "exportEnded"; readonly status: EndStatus; readonly snapshotArn: string }
  | { readonly kind: "clock"; readonly scheduledTime: Date }
  | {
      /** Every attempt of the exporter at its clock's event has failed. */
      readonly kind: "startFailed";
      readonly scheduledTime: Date;
      /** `NoSnapshotError: No automated snapshot …`, as the last attempt ended. */
      readonly cause: string;
    }
  | {
      readonly kind: "byHand";
      readonly slot: Slot;
      /** True opens and loads what the audit has doubts about, too. */
      readonly despiteFindings: boolean;
      /** True loads it although a newer export is complete. */
      readonly evenIfOlder: boolean;
      /** True where a person knows that its snapshot is the cluster's, though RDS does not know it any more. */
      readonly ofThisCluster: boolean;
      /** `prod_shop.users`: these alone are loaded. @default all */
      readonly tables?: readonly string[];
    };
/** The stack, as far as an event must belong to it. */
export interface EventPlace {
  readonly region: string;
  readonly accountId: string;
  /** Name of the function that starts exports. */
  readonly exporterName: string;
}

const MINUTE = 60 * 1000;

const OLDEST_SCHEDULED_TIME = 24 * 60 * MINUTE;

/** Clocks differ: the scheduled time may lie a little ahead of the function's own. */
const LATEST_SCHEDULED_TIME = 5 * MINUTE;

/** Of what the exporter said in the end. */
const CAUSE_LENGTH = 2000;

/** What EventBridge Scheduler writes: no fractions of a second, but they do no harm. */
const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/;

const ALLOWED = [
  "Allowed are RDS's events RDS-EVENT-0162 to 0164 for cluster snapshots of this account;",
  '{"scheduledTime": "2025-02-17T20:50:00Z"}, as EventBridge Scheduler sends it;',
  "Lambda's record of an invocation of the exporter that failed;",
  'and, by hand, {"slot": "2025021806"}, with "despiteFindings": true to open and load what the audit has doubts about,',
  '"evenIfOlder": true to load it in place of newer rows,',
  '"ofThisCluster": true where RDS does not know its snapshot any more, and you do,',
  'and "tables": ["prod_shop.users"] to load these alone.',
].join(" ");

function refuse(what: string): never {
  throw new FunctionError(
    "PayloadError",
    `The gate does not take this payload: ${what}. Nothing was opened or started. ${ALLOWED}`,
  );
}

function refuseUnknownKeys(payload: Fields, known: readonly string[], where: string): void {
  const unknown = Object.keys(payload).filter((key) => !known.includes(key));
  if (unknown.length > 0) refuse(`unknown key ${unknown.map((key) => `\`${key}\``).join(", ")} ${where}`);
}

function parseSlotText(value: unknown, key: string): Slot {
  return typeof value === "string" && isSlot(value)
    ? value
    : refuse(`\`${key}\` is ${show(value)}, which is no slot: a local hour as YYYYMMDDHH, in quotes`);
}

function parseFlag(payload: Fields, key: string): boolean {
  const { [key]: flag = false } = payload;
  return typeof flag === "boolean" ? flag : refuse(`\`${key}\` is ${show(flag)} and can only be true`);
}

function parseTables({ tables }: Fields): { readonly tables?: readonly string[] } {
  if (tables === undefined) return {};
  const isList = Array.isArray(tables) && tables.length > 0 && tables.every((it) => typeof it === "string");
  return isList
    ? { tables }
    : refuse(`\`tables\` is ${show(tables)}, which is no list of tables in BigQuery`);
}

/** An instant in UTC to the second; undefined for anything else, such as February 30th. */
function parseInstant(value: unknown): Date | undefined {
  const written = typeof value === "string" ? INSTANT.exec(value)?.[1] : undefined;
  const instant = new Date(`${written}Z`);
  // Date would count a day that does not exist on into the next month.
  const isSame = !Number.isNaN(instant.getTime()) && instant.toISOString().slice(0, 19) === written;
  return isSame ? instant : undefined;
}

function parseScheduledTime(value: unknown, now: Date): Date {
  if (typeof value === "string" && value.startsWith("<aws.scheduler.")) {
    return refuse(
      `\`scheduledTime\` is still the placeholder "${value}", which only EventBridge Scheduler fills in`,
    );
  }
  const instant = parseInstant(value);
  if (instant === undefined) {
    return refuse(`\`scheduledTime\` is ${show(value)}, which is no instant in UTC`);
  }
  const age = now.getTime() - instant.getTime();
  if (age > OLDEST_SCHEDULED_TIME || age < -LATEST_SCHEDULED_TIME) {
    const limits = "not within the last 24 hours, nor the next 5 minutes";
    return refuse(`\`scheduledTime\` is ${show(value)}, at ${now.toISOString()}: ${limits}`);
  }
  return instant;
}

function parseSnapshotArn(value: unknown, { region, accountId }: EventPlace): string {
  const start = snapshotArnStart({ region, accountId });
  if (typeof value !== "string" || !value.startsWith(start) || value.length === start.length) {
    return refuse(
      `its \`detail.SourceArn\` is ${show(value)}, which is no cluster snapshot of account ${accountId} in ${region}`,
    );
  }
  return value;
}

function parseEvent(event: Fields, place: EventPlace): GateCall {
  const type = event["detail-type"];
  if (event.source !== "aws.rds" || type !== "RDS DB Cluster Snapshot Event") {
    return refuse(`it is an event of ${show(event.source)} with the type ${show(type)}`);
  }
  const detail = isObject(event.detail) ? event.detail : {};
  const id = detail.EventID;
  if (typeof id !== "string" || !Object.hasOwn(EVENTS, id)) {
    return refuse(`its \`detail.EventID\` is ${show(id)}`);
  }
  const status = EVENTS[id as keyof typeof EVENTS];
  return { kind: "exportEnded", status, snapshotArn: parseSnapshotArn(detail.SourceArn, place) };
}

/** Source: AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations". */
function parseFailure(record: Fields, place: EventPlace, now: Date): GateCall {
  const context = isObject(record.requestContext) ? record.requestContext : {};
  const exporter = `arn:aws:lambda:${place.region}:${place.accountId}:function:${place.exporterName}`;
  const { functionArn } = context;
  if (typeof functionArn !== "string" || !`${functionArn}:`.startsWith(`${exporter}:`)) {
    return refuse(`it is a record of ${show(functionArn)}, which is not ${exporter}`);
  }
  const request = isObject(record.requestPayload) ? record.requestPayload : {};
  const response = isObject(record.responsePayload) ? record.responsePayload : {};
  const words = [response.errorType, response.errorMessage].filter((it) => typeof it === "string");
  return {
    kind: "startFailed",
    scheduledTime: parseScheduledTime(request.scheduledTime, now),
    cause:
      cut(words.join(": "), CAUSE_LENGTH) || `${show(context.condition)}, without a word of the function`,
  };
}

/**
 * Reads the payload of an invocation.
 * @throws PayloadError for any other form than those it names
 */
export function parseGateCall(payload: unknown, place: EventPlace, now: Date): GateCall {
  if (!isObject(payload)) return refuse(`it is ${show(payload)} and should be an object`);
  if ("detail-type" in payload || "source" in payload) return parseEvent(payload, place);
  if ("requestContext" in payload) return parseFailure(payload, place, now);
  if ("scheduledTime" in payload) {
    refuseUnknownKeys(payload, ["scheduledTime"], "beside `scheduledTime`");
    return { kind: "clock", scheduledTime: parseScheduledTime(payload.scheduledTime, now) };
  }
  refuseUnknownKeys(payload, ["slot", "despiteFindings", "evenIfOlder", "ofThisCluster", "tables"], "in it");
  return {
    kind: "byHand",
    slot: parseSlotText(payload.slot, "slot"),
    despiteFindings: parseFlag(payload, "despiteFindings"),
    evenIfOlder: parseFlag(payload, "evenIfOlder"),
    ofThisCluster: parseFlag(payload, "ofThisCluster"),
    ...parseTables(payload),
  };
}
