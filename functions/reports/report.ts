import type { Slot } from "../../contract/slot";
import { cut } from "../excerpt";

/**
 * How much a report matters, as attribute `severity` of its message says; `information` is recorded and not sent, a
 * `notice` is sent, and nothing is wrong.
 */
export type Severity = "information" | "notice" | "resolved" | "problem";

/** A report for people. */
export interface Report {
  readonly severity: Severity;
  /** What it is about, in a word: `completed`, `failed`, `late` … */
  readonly kind: ReportKind;
  readonly slot?: Slot;
  /** One line, at most 99 ASCII characters: the subject of an e-mail. */
  readonly subject: string;
  /** Plain text: a sentence or two, a table or a command on each line. */
  readonly text: string;
}

/** What an export can be reported for; each at most once for a slot. */
export type ReportKind =
  | "completed"
  | "incomplete"
  | "unreadable"
  | "unknownSnapshot"
  | "failed"
  | "canceled"
  | "notStarted"
  | "notOpened"
  | "late"
  | "tooLate"
  | "readerKey"
  | "changed"
  | "notLoaded"
  | "notFollowed"
  | "notWhole"
  | "notJournaled"
  | "viewsNotMade"
  | "whole";

/** Source: Amazon SNS API Reference, "Publish": less than 100 characters. */
const SUBJECT_LENGTH = 99;
/** Source: the same page: 256 KB for all of a message. */
const TEXT_BYTES = 200_000;
/** Characters of a line, where the whole is longer than that. */
const SHORT_LINE = 300;
/** Characters of an error in a report. */
export const CAUSE_LENGTH = 4000;
/** Tables that a list of a report names, at most. */
export const SHOWN_TABLES = 40;

/** What happens to a table that is not loaded. */
export const KEPT = "BigQuery keeps the rows of its last load.";

/** One line of ASCII: what SNS takes as the subject of an e-mail. The longest task id leaves room for the verdict. */
function subject(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, SUBJECT_LENGTH);
}

/** `1 table`, `12 tables`. */
export function tables(count: number): string {
  return count === 1 ? "1 table" : `${count} tables`;
}

/** The first lines of a long list, and how many more there are. */
export function lines(all: readonly string[]): string[] {
  const rest = all.length - SHOWN_TABLES;
  return rest > 0 ? [...all.slice(0, SHOWN_TABLES), `… and ${rest} more`] : [...all];
}

/** A text that SNS takes: a long one keeps each of its lines, and its commands whole. */
function fitted(text: string): string {
  if (Buffer.byteLength(text) <= TEXT_BYTES) return text;
  const all = text.split("\n");
  return all.map((line) => (line.startsWith("  ") ? line : cut(line, SHORT_LINE))).join("\n");
}

/** A report of lines, in a form that SNS takes. */
export function makeReport(
  about: { kind: ReportKind; severity: Severity; slot: Slot; subject: string },
  text: readonly string[],
): Report {
  return { ...about, subject: subject(about.subject), text: fitted(text.join("\n")) };
}
