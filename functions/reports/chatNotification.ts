import { dashboardLink, exportDashboardName } from "../../contract/names";
import { own } from "../../contract/own";
import { taskId } from "../../contract/taskId";
import { cut } from "../excerpt";
import type { Report } from "./report";

/**
 * Characters of a description. Amazon Q documents no limit, and is silent about a message that it does not post: Slack's is
 * 3,000 for one section of text (Slack API, "Block Kit", section block).
 */
const LONGEST_DESCRIPTION = 2800;
/** Lines of a list that are shown, and characters of a line: the first of these that is short enough. */
const SIZES: readonly (readonly [lines: number, characters: number])[] = [
  [40, 300],
  [10, 300],
  [5, 200],
  [2, 150],
  [1, 100],
];
const CUT_SHORT = "All of it is in the log of the function that says this.";
const LOOKALIKES: Readonly<Record<string, string>> = { "<": "‹", ">": "›", "*": "∗", "~": "∼", "`": "ˋ" };
const FENCE = "```";
/** Last line of a list that is longer than what it shows. */
const MORE = /^… and (\d+) more$/;

/** A sentence or an empty line; or lines that stand together: tables, commands, causes. */
type Part = string | string[];

/**
 * A text that calls nobody, and opens neither link nor format nor code: Slack and Teams know no sign that takes the
 * meaning of another, so that each gives way to one that looks like it.
 */
function harmless(text: string): string {
  return text
    .replace(/[<>*~`]/g, (sign) => own(LOOKALIKES, sign) ?? "")
    .replaceAll("@", "@\u200b")
    .replaceAll("](", "]\u200b(")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}

/** Code that our own sentences hold: names of settings. */
const CODE = /(`\w[\w.:, -]*`)/;

/** A sentence with the code in it. */
function sentence(line: string, length: number): string {
  return cut(line, length)
    .split(CODE)
    .map((part, index) => (index % 2 === 1 ? part : harmless(part)))
    .join("");
}

function isBlockLine(line: string): boolean {
  return line.startsWith("  ") || line.startsWith("- ") || MORE.test(line);
}

function isCommand(line: string): boolean {
  return /^ {2}(?:aws|bq) /.test(line);
}

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  for (const line of text.split("\n")) {
    const last = parts.at(-1);
    if (!isBlockLine(line)) parts.push(line);
    else if (Array.isArray(last)) last.push(line);
    else parts.push([line]);
  }
  return parts;
}

/** Lines as code, in which nothing is a format. A command is there whole, or not at all. */
function block(all: readonly string[], shown: number, length: number): string {
  const more = Number(MORE.exec(all.at(-1) ?? "")?.[1] ?? 0);
  const lines = more > 0 ? all.slice(0, -1) : all;
  const rest = more + Math.max(0, lines.length - shown);
  const texts = lines.slice(0, shown).map((it) => harmless(isCommand(it) ? it : cut(it, length)).trim());
  return [FENCE, ...texts, ...(rest > 0 ? [`… and ${rest} more`] : []), FENCE].join("\n");
}

function written(parts: readonly Part[], shown: number, length: number): string[] {
  return parts.map((it) => (typeof it === "string" ? sentence(it, length) : block(it, shown, length)));
}

/** What stands below the title, at most as long as chats take it. */
function description(text: string, link: string): string {
  const parts = partsOf(text);
  const whole = [...written(parts, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY), "", link].join("\n");
  if (whole.length <= LONGEST_DESCRIPTION) return whole;
  const shortened = (texts: readonly string[]) => [...texts, "", CUT_SHORT, link].join("\n");
  const isFitting = (texts: readonly string[]) => shortened(texts).length <= LONGEST_DESCRIPTION;
  const versions = SIZES.map(([shown, length]) => written(parts, shown, length));
  const texts = versions.find(isFitting) ?? versions.at(-1) ?? [];
  // Whole parts from the end, so that no code stays open.
  while (!isFitting(texts)) texts.pop();
  return shortened(texts);
}

/** The stack, as far as a notification names it. */
export interface ChattingStack {
  readonly taskPrefix: string;
  readonly region: string;
}

/**
 * A report as Amazon Q posts it to Slack or Teams: it drops what is in no schema of its own. What is about one slot stands
 * in one thread, where the channel's preferences allow threads.
 * Source: Amazon Q Developer in chat applications, "Custom notifications", event schema.
 */
export function chatNotification(report: Report, { taskPrefix, region }: ChattingStack): string {
  const { kind, severity, subject, slot, text } = report;
  const link = `Dashboard: ${dashboardLink(region, exportDashboardName(taskPrefix))}`;
  return JSON.stringify({
    version: "1.0",
    source: "custom",
    content: {
      textType: "client-markdown",
      title: harmless(subject),
      description: description(text, link),
      keywords: [severity, kind],
    },
    metadata: {
      ...(slot !== undefined && { threadId: taskId(taskPrefix, slot) }),
      summary: harmless(subject),
      eventType: kind,
      // Buttons that run commands in the account: the channel may do nothing.
      enableCustomActions: false,
    },
  });
}
