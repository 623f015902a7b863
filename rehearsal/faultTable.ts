import { FAULTS, type NamedFault } from "./faults";
import type { DayResult, ToldMessage } from "./report";

/** What a rehearsed fault ended with, in one mode. */
export interface FaultOutcome {
  readonly day: DayResult;
  readonly timeZone: string;
}

/** Outcomes by fault, in one mode; without those that cannot come to pass in it. */
export type FaultOutcomes = ReadonlyMap<NamedFault, FaultOutcome>;

const HEAD = ["Fault", "What happens", "Loads by the clock", "Loads on completion"];
const NOT_IN_THIS_MODE = "–";

/** `04:20` on the clocks of the zone. */
function timeOf(time: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(time);
}

/** Subjects without what differs from night to night. */
function wordsOf({ by, subject }: ToldMessage): string {
  // An alarm's ends in the Region.
  const text = by === "alarm" ? subject.replace(/ in [^"]*$/, "") : subject;
  return `\`${text.replace(/\b[a-z][a-z0-9-]*-\d{10}\b/g, "…")}\``;
}

function tablesOf({ tables }: DayResult): string {
  if (tables.some(({ state }) => state === "wrong")) return "one is wrong";
  const old = tables.filter(({ state }) => state !== "equal").length;
  if (old === 0) return "right";
  return old === tables.length ? "all keep their rows" : "one keeps its rows";
}

function cell(outcome: FaultOutcome | undefined): string {
  if (outcome === undefined) return NOT_IN_THIS_MODE;
  const { day, timeZone } = outcome;
  const told = day.told.map((it) => `${timeOf(it.time, timeZone)} ${wordsOf(it)}`);
  return [tablesOf(day), told.join("; ") || "nobody is told"].join(". ");
}

/** The table of docs/runbook.md: each fault, what analysts find, and who is told of it, when and in which words. */
export function faultTable(byClock: FaultOutcomes, onCompletion: FaultOutcomes): string {
  const rows = (Object.keys(FAULTS) as NamedFault[]).map((fault) => [
    `\`${fault}\``,
    FAULTS[fault],
    cell(byClock.get(fault)),
    cell(onCompletion.get(fault)),
  ]);
  return [HEAD, HEAD.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
