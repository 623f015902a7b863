import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import type { Slot } from "../../contract/slot";
import { formatToldNote } from "../../contract/toldNote";
import type { Log } from "../log";
import type { Gate, GateResult } from "./gateRun";
import type { Report, ReportKind, StaleTables } from "./ports";
import { isLastAttempt, publishOnce, type Telling, toldReports, unsentReports } from "./records";
import { awaitedSlot, isDailySlot } from "./stack";

/** Who tells. */
type Teller = Pick<Gate, "environment" | "invocation" | "ports">;

/** Reports of loads that begin: of all that was told before, only what the export itself lacks stays as it is. */
const LOADS_BEGIN: readonly ReportKind[] = ["completed", "loaded"];

function both(one: StaleTables, other: StaleTables): StaleTables {
  return one === "all" || other === "all" ? "all" : [...new Set([...one, ...other])];
}

/** The tables that BigQuery's check finds late for what was told of a slot, in that order. */
function staleAfter(told: readonly Report[]): StaleTables {
  let lacking: StaleTables = [];
  let stale: StaleTables = [];
  for (const { kind, stale: own = [] } of told) {
    if (kind === "completed") lacking = own;
    stale = LOADS_BEGIN.includes(kind) ? lacking : both(stale, own);
  }
  return stale;
}

/**
 * Notes for BigQuery's check which tables people know of, where a report changes that. What is not noted is told once
 * more, which is better than not at all: so nothing is noted where nobody receives what the gate says.
 */
async function note({ environment, ports }: Teller, report: Report, slot: Slot, name: string): Promise<void> {
  const { toldNote, objects, reports, log } = ports;
  if (toldNote === undefined || (report.severity === "information" && !report.stale?.length)) return;
  try {
    const told = await toldReports(objects, environment.taskPrefix, slot);
    const isKept = told.delete(name);
    // What has no record would never be taken back.
    if (report.severity === "problem" && !isKept) return;
    const nothing = formatToldNote(slot, []);
    // A list that is too long to be kept is left out.
    const textAfter = (all: readonly Report[]) => formatToldNote(slot, staleAfter(all)) ?? nothing;
    const before = [...told.values()];
    const text = textAfter([...before, report]);
    if (text === undefined || text === textAfter(before)) return;
    // That a table is empty in Aurora is so whoever is told.
    const isForAnybody = text === nothing || report.severity === "information";
    if (isForAnybody || (await reports.hasConfirmedRecipients())) await toldNote.write(text);
  } catch (error) {
    logNotNoted(log, error);
  }
}

function logNotNoted(log: Log, error: unknown): void {
  log.error("What was told could not be noted for BigQuery's check, which may tell it again", {
    cause: error instanceof Error ? error.message : String(error),
  });
}

/** Ending of the name of the alarm that tells of loads that were not started. */
const DEAD_LETTERS = "-dead-letters";

/**
 * True if an alarm means that none of a slot's tables is loaded. Where the export is complete it does not: its loads
 * may be fine, and BigQuery's check must speak of those that are not. Only messages of the load queue that were given
 * up mean it even then, where the loads of the day come by that queue.
 */
function keepsTablesOld(alarm: string, told: ReadonlyMap<string, Report>, load: unknown): boolean {
  const byQueue = load === ON_EXPORT_COMPLETE;
  return alarm.endsWith(DEAD_LETTERS) ? byQueue : !told.has("completed");
}

/**
 * Notes for BigQuery's check that an alarm has told people that nothing is loaded, or that this is over. An alarm
 * speaks where the gate did not, so that nothing else would note it.
 */
export async function noteAlarm(
  { environment, ports }: Teller,
  { name, isTrouble }: { readonly name: string; readonly isTrouble: boolean },
): Promise<GateResult> {
  const { toldNote, objects, reports, log } = ports;
  const slot = awaitedSlot(environment, ports.now());
  const summary = `slot ${slot}: an alarm has told of trouble, or that it is over`;
  const result: GateResult = { outcome: "unchanged", slot, summary };
  if (toldNote === undefined || !isDailySlot(environment, slot)) return result;
  try {
    const told = await toldReports(objects, environment.taskPrefix, slot);
    if (isTrouble && !keepsTablesOld(name, told, environment.load)) return result;
    const text = formatToldNote(slot, isTrouble ? "all" : staleAfter([...told.values()]));
    if (text !== undefined && (!isTrouble || (await reports.hasConfirmedRecipients())))
      await toldNote.write(text);
  } catch (error) {
    logNotNoted(log, error);
  }
  return result;
}

/**
 * Tells people of a slot, once.
 * @param name the record's name; by default the report's kind
 * @throws NotToldError if it could not be sent
 */
export async function tell(
  teller: Teller,
  report: Report,
  slot: Slot,
  name: string = report.kind,
): Promise<Telling> {
  const { environment, invocation, ports } = teller;
  const telling = await publishOnce({ ...report, slot }, environment.taskPrefix, invocation, ports, name);
  if (telling === "told" && isDailySlot(environment, slot)) await note(teller, report, slot, name);
  return telling;
}

/**
 * Tells what could not be told of a slot before, of a kind that whoever found it out does not find again.
 * @throws NotToldError if it cannot be sent now either
 */
export async function tellUnsent(teller: Teller, slot: Slot, kind: ReportKind): Promise<void> {
  const { environment, ports } = teller;
  const unsent = await unsentReports(ports.objects, environment.taskPrefix, slot);
  for (const [name, report] of unsent) {
    if (report.kind === kind) await tell(teller, report, slot, name);
  }
}

/**
 * True if an error that people were told of goes on, so that Lambda makes another attempt, which may succeed. After the
 * last one it does not: Lambda would tell of it once more.
 * @param telling what became of the report of the error
 */
export async function isTriedAgain(
  { environment, invocation, ports }: Teller,
  slot: Slot,
  telling: Telling,
): Promise<boolean> {
  if (telling === "toldBefore") return false;
  if (telling !== "toldByAttempt") return true;
  try {
    return !(await isLastAttempt(ports.objects, environment.taskPrefix, slot, invocation));
  } catch (error) {
    ports.log.error("Attempts at this event could not be counted, so that it may be told again", {
      cause: error instanceof Error ? error.message : String(error),
    });
    return true;
  }
}
