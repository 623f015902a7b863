import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.join(__dirname, "..", "..");

/** Paths of all documents, relative to the root. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  ...readdirSync(path.join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/${name}`),
];

export function readText(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** Text of the fenced blocks of a language, in order, without their indentation. */
export function blocks(document: string, language: string): string[] {
  const fenced = /^( *)```(\w*)\n([\s\S]*?)^ *```$/gm;
  return [...document.matchAll(fenced)].flatMap(([, indent = "", name, text = ""]) =>
    name === language ? [text.replaceAll(new RegExp(`^${indent}`, "gm"), "")] : [],
  );
}

/** The document without its fenced blocks. */
export function prose(document: string): string {
  return document.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
}

/** Text of code spans in sentences and tables. */
export function codeSpans(document: string): string[] {
  return [...prose(document).matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text.replaceAll("\n", " "));
}

/** Cells of the body of the table below a heading row that begins with the given cell. */
export function tableRows(document: string, firstHead: string): string[][] {
  const lines = document.split("\n");
  const head = lines.findIndex((line) => line.startsWith(`| ${firstHead} |`));
  if (head < 0) throw new Error(`no table begins with "${firstHead}"`);
  const body = lines.slice(head + 2);
  const end = body.findIndex((line) => !line.startsWith("|"));
  return body.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The part of a heading in a link: GitHub's own rule. */
export function anchors(document: string): string[] {
  return [...prose(document).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Text between a heading and the next of its rank or above. */
export function sectionOf(document: string, title: string): string {
  const [, text] =
    new RegExp(`^(?:##|###) ${title}\\n([\\s\\S]*?)(?=^##? |(?![\\s\\S]))`, "m").exec(document) ?? [];
  return text ?? assert.fail(`the document has no section "${title}"`);
}
