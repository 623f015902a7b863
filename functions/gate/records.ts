import { slotReports } from "../../contract/reportRecords";
import type { Slot } from "../../contract/slot";
import type { ExportObjects, GateInvocation, GatePorts, Report } from "./ports";

/** What a record says; as JSON, beside the report itself. */
interface ReportRecord {
  /** Invocation that took it on itself to tell. */
  readonly requestId: string;
  /** ISO 8601, UTC. */
  readonly claimedAt: string;
  /** Undefined until the message is out. */
  readonly publishedAt?: string;
}

/** Longest that an invocation can be busy with telling: Lambda's own limit. */
const CLAIM_HOLDS = 15 * 60 * 1000;
const JSON_ENDING = ".json";

function parseRecord(text: string | undefined): Partial<ReportRecord> {
  try {
    return (JSON.parse(text ?? "") ?? {}) as Partial<ReportRecord>;
  } catch {
    // A record that nobody can read has told nobody.
    return {};
  }
}

/** What people have been told of a slot: names of its records, but for those whose message is not out. */
export async function reported(objects: ExportObjects, prefix: string, slot: Slot): Promise<Set<string>> {
  const folder = slotReports(prefix, slot);
  const names = new Set<string>();
  for await (const keys of objects.listKeys(folder)) {
    for (const key of keys.filter((it) => it.endsWith(JSON_ENDING))) {
      // An invocation that ended between the record and the message has told nobody: its next attempt must.
      const { publishedAt } = parseRecord(await objects.read(key));
      if (publishedAt !== undefined) names.add(key.slice(folder.length, -JSON_ENDING.length));
    }
  }
  return names;
}

async function isToldByOther(
  objects: ExportObjects,
  key: string,
  { requestId }: GateInvocation,
  now: Date,
): Promise<boolean> {
  const record = parseRecord(await objects.read(key));
  if (record.publishedAt !== undefined) return true;
  const age = now.getTime() - Date.parse(record.claimedAt ?? "");
  // An attempt before this one may have ended between the record and the message.
  return record.requestId !== requestId && age < CLAIM_HOLDS;
}

/**
 * Publishes a report, once for each slot and name: events come twice, and late, and clocks ask for what was told.
 * @param name the record's name; by default the report's kind
 * @returns false if it was told before
 */
export async function publishOnce(
  report: Report & { readonly slot: Slot },
  prefix: string,
  invocation: GateInvocation,
  { objects, reports, log, now }: Pick<GatePorts, "objects" | "reports" | "log" | "now">,
  name: string = report.kind,
): Promise<boolean> {
  const key = `${slotReports(prefix, report.slot)}${name}${JSON_ENDING}`;
  const record: ReportRecord = { requestId: invocation.requestId, claimedAt: now().toISOString() };
  const text = (it: ReportRecord) => JSON.stringify({ ...it, report });
  let recordFault: unknown;
  try {
    const claimed = await objects.create(key, text(record));
    if (!claimed && (await isToldByOther(objects, key, invocation, now()))) return false;
  } catch (error) {
    // Told twice is better than not at all.
    recordFault = error;
  }
  log[report.severity === "problem" ? "error" : "info"](report.subject, { report: report.text });
  await reports.publish(report);
  try {
    if (recordFault !== undefined) throw recordFault;
    await objects.replace(key, text({ ...record, publishedAt: now().toISOString() }));
  } catch (error) {
    // People know; trying again would only tell them again.
    log.error("The record of this report could not be kept, so that it may be told again", {
      cause: error instanceof Error ? error.message : String(error),
    });
  }
  return true;
}
