import { slotReports } from "../../contract/reportRecords";
import type { Slot } from "../../contract/slot";
import { FunctionError } from "../errors";
import type { Log } from "../log";
import type { ExportObjects, Invocation, Reports } from "../ports";
import type { Report, ReportKind } from "./report";

/** What telling needs of the world. */
export interface Publishing {
  readonly objects: ExportObjects;
  readonly reports: Reports;
  /** Undefined where no chat is told. */
  readonly chat?: Reports;
  readonly log: Log;
  now(): Date;
}

/** What a record says, as JSON. */
interface ReportRecord {
  /** Invocation that took it on itself to tell. */
  readonly requestId: string;
  /** ISO 8601, UTC. */
  readonly claimedAt: string;
  /** Undefined until the message is out, or logged where it is information alone. */
  readonly publishedAt?: string;
  /** Set where it could not be sent: then it is for anybody to tell. */
  readonly failedAt?: string;
  readonly report: Report;
}

/**
 * What became of a report: it was told now (`told`), before (`toldBefore`), or is left to another invocation that has
 * begun to tell and may yet fail (`leftToOther`).
 */
export type Telling = "told" | "toldBefore" | "leftToOther";

/** Longest that an invocation can be busy with telling: Lambda's own limit. */
const CLAIM_HOLDS = 15 * 60 * 1000;
const JSON_ENDING = ".json";
/**
 * What each process told without a record: Lambda makes the attempts at an event in the same process, as a rule. By the
 * port that told, and then by invocation and record.
 */
const unrecorded = new WeakMap<Reports, Set<string>>();

function parseRecord(text: string | undefined): Partial<ReportRecord> {
  try {
    return (JSON.parse(text ?? "") ?? {}) as Partial<ReportRecord>;
  } catch {
    // A record that nobody can read has told nobody.
    return {};
  }
}

/** The records of a slot by their names. */
async function recordsOf(
  objects: ExportObjects,
  prefix: string,
  slot: Slot,
): Promise<Map<string, Partial<ReportRecord>>> {
  const folder = slotReports(prefix, slot);
  const records = new Map<string, Partial<ReportRecord>>();
  for await (const page of objects.listObjects(folder)) {
    for (const { key } of page.filter((it) => it.key.endsWith(JSON_ENDING))) {
      records.set(key.slice(folder.length, -JSON_ENDING.length), parseRecord(await objects.read(key)));
    }
  }
  return records;
}

/** What has been told of a slot: names of its records, but for those whose message is not out. */
export async function reported(objects: ExportObjects, prefix: string, slot: Slot): Promise<Set<string>> {
  const records = [...(await recordsOf(objects, prefix, slot))];
  // An invocation that ended between the record and the message has told nobody: its next attempt must.
  return new Set(records.flatMap(([name, { publishedAt }]) => (publishedAt === undefined ? [] : [name])));
}

/** True if something of a kind has been told: names of records begin with it. */
export function wasTold(told: ReadonlySet<string>, kind: ReportKind): boolean {
  return [...told].some((name) => name.startsWith(kind));
}

/** What became of a report that was claimed before; undefined if nothing, so that it is this attempt's to tell. */
async function earlierTelling(
  objects: ExportObjects,
  key: string,
  { requestId }: Invocation,
  now: Date,
): Promise<Exclude<Telling, "told"> | undefined> {
  const record = parseRecord(await objects.read(key));
  if (record.publishedAt !== undefined) return "toldBefore";
  const isOwn = record.requestId === requestId;
  const age = now.getTime() - Date.parse(record.claimedAt ?? "");
  // An attempt before this one may have ended between the record and the message.
  return !isOwn && record.failedAt === undefined && age < CLAIM_HOLDS ? "leftToOther" : undefined;
}

/**
 * Sends a report to people; that all went well is for the log and the record alone. The chat comes behind mail and pagers,
 * and what it does not take is logged: another attempt would tell everybody else again.
 */
async function send(report: Report, { reports, chat, log }: Publishing): Promise<void> {
  if (report.severity === "information") return;
  try {
    await reports.publish(report);
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    const message = `Nobody could be told this: ${report.subject}. ${error.message}`;
    throw new FunctionError("NotToldError", message, error.retryHelps, { cause: error });
  }
  try {
    await chat?.publish(report);
  } catch (error) {
    log.error(`The chat could not be told this: ${report.subject}`, { cause: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Leaves a report that could not be sent to whoever comes next: a claim would keep everybody from telling. */
async function release(
  key: string,
  record: string,
  { objects, log }: Pick<Publishing, "objects" | "log">,
): Promise<void> {
  try {
    await objects.replace(key, record);
  } catch (error) {
    log.error("The record of a report that could not be sent could not be kept either", {
      cause: messageOf(error),
    });
  }
}

/**
 * Publishes a report, once for each slot and name: events come twice, and late, and clocks ask for what was told.
 * @param name the record's name; by default the report's kind
 * @throws NotToldError if it could not be sent
 */
export async function publishOnce(
  report: Report & { readonly slot: Slot },
  prefix: string,
  invocation: Invocation,
  ports: Publishing,
  name: string = report.kind,
): Promise<Telling> {
  const { objects, log, now } = ports;
  const key = `${slotReports(prefix, report.slot)}${name}${JSON_ENDING}`;
  const claim = { requestId: invocation.requestId, claimedAt: now().toISOString() };
  const untraced = unrecorded.get(ports.reports) ?? new Set();
  if (untraced.has(`${invocation.requestId} ${key}`)) return "toldBefore";
  const text = (record: ReportRecord) => JSON.stringify(record);
  let recordFault: unknown;
  try {
    if (!(await objects.create(key, text({ ...claim, report })))) {
      const earlier = await earlierTelling(objects, key, invocation, now());
      if (earlier !== undefined) return earlier;
      await objects.replace(key, text({ ...claim, report }));
    }
  } catch (error) {
    // Told twice is better than not at all.
    recordFault = error;
  }
  log[report.severity === "problem" ? "error" : "info"](report.subject, { report: report.text });
  try {
    await send(report, ports);
  } catch (error) {
    await release(key, text({ ...claim, failedAt: now().toISOString(), report }), ports);
    throw error;
  }
  try {
    if (recordFault !== undefined) throw recordFault;
    await objects.replace(key, text({ ...claim, publishedAt: now().toISOString(), report }));
  } catch (error) {
    // People know; trying again would only tell them again.
    unrecorded.set(ports.reports, untraced.add(`${invocation.requestId} ${key}`));
    log.error("The record of this report could not be kept, so that it may be told again", {
      cause: messageOf(error),
    });
  }
  return "told";
}
