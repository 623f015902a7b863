import { excerpt } from "../../../functions/excerpt";

/** What a name is a name of: what stands in its place. */
export type Kind =
  | "account"
  | "bucket"
  | "cluster"
  | "column"
  | "database"
  | "dataset"
  | "function"
  | "key"
  | "project"
  | "role"
  | "stack"
  | "table"
  | "topic"
  | "transfer"
  | "user";

/** A text of our own, or one that was found among words that everybody knows: it has no name in it. */
export class Known {
  constructor(readonly text: string) {}
}

/** What can stand in a sentence. A text may be anything, a cloud's words or a name. */
export type Value = string | number | Known;

/** A sentence of ours, and what stands in it. */
export interface Said {
  readonly strings: readonly string[];
  readonly values: readonly Value[];
}

/** A sentence whose texts can still be hidden when all names are known. */
export function said(strings: TemplateStringsArray, ...values: readonly Value[]): Said {
  return { strings, values };
}

/** Longest text of a cloud that is shown. */
const LONGEST = 600;

/**
 * What looks like a name whatever the stack: places of AWS, addresses of mail and network, ids of access keys and accounts.
 * Clouds say in their refusals who asked.
 */
const LIKE_NAMES: readonly (readonly [pattern: string, placeholder: string])[] = [
  ["arn:aws[a-z-]*:[^\\s\"'`,;()<>\\[\\]{}]+", "arn"],
  ["[^\\s\"'`<>()\\[\\]{},;:=/@]+@[^\\s\"'`<>()\\[\\]{},;:/@]+", "person"],
  ["\\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{8,}\\b", "access-key"],
  ["\\b\\d{1,3}(?:\\.\\d{1,3}){3}\\b", "address"],
  ["(?<!\\d)\\d{12}(?!\\d)", "account"],
];

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** A name as a word of its own: `user` is not looked for in `superusers`, and `prod_shop` is in `prod_shop_views`. */
function asWord(name: string): string {
  const start = /^[\p{L}\p{N}]/u.test(name) ? "(?<![\\p{L}\\p{N}])" : "";
  const end = /[\p{L}\p{N}]$/u.test(name) ? "(?![\\p{L}\\p{N}])" : "";
  return `${start}${escaped(name)}${end}`;
}

/** A name as clouds may write it: in a path of S3, in a URL, in JSON. */
function spellings(name: string): string[] {
  return [
    name,
    name.replace(/[\\`" ]/g, "_"),
    encodeURIComponent(name.replace(/\p{Surrogate}/gu, "")),
    JSON.stringify(name).slice(1, -1),
  ];
}

/** Names of a stack, and what stands in their place. */
export class Names {
  private readonly placeholders = new Map<string, string>();
  private readonly counts = new Map<Kind, number>();
  private pattern: RegExp | undefined;

  /** @param shown true leaves them all as they are */
  constructor(readonly shown: boolean) {}

  /** Takes names in; one that is known keeps its placeholder, and names of one thing have the same. */
  add(kind: Kind, ...names: readonly (string | undefined)[]): void {
    const texts = names.flatMap((it) => (it === undefined || it.trim() === "" ? [] : spellings(it)));
    const unknown = texts.map((it) => it.toLowerCase()).filter((it) => !this.placeholders.has(it));
    if (unknown.length === 0) return;
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    for (const it of unknown) this.placeholders.set(it, `${kind}-${count}`);
    this.pattern = undefined;
  }

  /** A text of a cloud on one line, without values of rows, and without names unless they are to be shown. */
  hide(text: string): string {
    // Before what is quoted is taken for a value.
    const hidden = this.shown
      ? text
      : text.replace(this.names(), (word, ...groups) => this.inPlaceOf(word, groups));
    return excerpt(hidden, LONGEST);
  }

  /** A sentence as it stands in the report. */
  write({ strings, values }: Said): string {
    const shown = values.map((it) => {
      if (it instanceof Known) return it.text;
      return typeof it === "number" ? it.toLocaleString("en-US") : this.hide(it);
    });
    return strings.map((it, index) => `${it}${shown[index] ?? ""}`).join("");
  }

  private inPlaceOf(word: string, groups: readonly unknown[]): string {
    const index = groups.slice(0, LIKE_NAMES.length).findIndex((it) => it !== undefined);
    return LIKE_NAMES[index]?.[1] ?? this.placeholders.get(word.toLowerCase()) ?? "name";
  }

  /** One pattern for all: what was put in place of a name is never taken for another one. */
  private names(): RegExp {
    if (this.pattern !== undefined) return this.pattern;
    const known = [...this.placeholders.keys()].sort((one, other) => other.length - one.length).map(asWord);
    const like = LIKE_NAMES.map(([pattern]) => `(${pattern})`);
    this.pattern = new RegExp([...like, ...known].join("|"), "giu");
    return this.pattern;
  }
}
