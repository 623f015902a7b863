import { z } from "zod";
import { listOf, nearest } from "./faults";

// Kinds of values of the stack config. Every message completes "it …" behind the key and the value found.

export type Rule = string | ((input: unknown) => string);

/** Gives a check our words, in place of zod's. */
export function words(rule: Rule) {
  return { error: (issue: { input?: unknown }) => (typeof rule === "string" ? rule : rule(issue.input)) };
}

export function text(pattern: RegExp, rule: Rule) {
  return z.string(words(rule)).regex(pattern, words(rule));
}

export function wholeNumber(min: number, max?: number) {
  const rule = words(
    `must be a whole number ${max === undefined ? `of at least ${min}` : `from ${min} to ${max}`}`,
  );
  const number = z.int(rule).min(min, rule);
  return max === undefined ? number : number.max(max, rule);
}

export function flag() {
  return z.boolean(words("must be `true` or `false`, without quotes"));
}

export function choice<const T extends readonly [string, ...string[]]>(options: T) {
  return z.enum(
    options,
    words((input) => `must be ${listOf(options, "or")}${hint(input, options)}`),
  );
}

/** Asks whether a word that is contained in what was given, contains it or is close to it was meant. */
export function hint(input: unknown, options: readonly string[]): string {
  const given = typeof input === "string" ? input.toLowerCase() : "";
  const contained = options.find((option) => {
    const word = option.toLowerCase();
    return given.includes(word) || (given.length > 2 && word.includes(given));
  });
  const meant = contained ?? nearest(given, options);
  return meant === undefined ? "" : `; did you mean \`${meant}\`?`;
}

/**
 * A list of at least one entry, and none of them twice.
 * @param same gives what two entries that count as one have in common
 */
export function listWithoutDoubles<T extends z.ZodType<string>>(
  item: T,
  rule: Rule,
  { max, same = (entry) => entry }: { max?: number; same?: (entry: string) => string } = {},
) {
  const list = z.array(item, words(rule)).min(1, words(rule));
  return (max === undefined ? list : list.max(max, words(rule)))
    .check(({ value, issues }) => {
      const first = value.map(same);
      value.forEach((entry, index) => {
        if (first.indexOf(same(entry)) < index) {
          const message = "must not stand in the list twice";
          issues.push({ code: "custom", input: entry, path: [index], message });
        }
      });
    })
    .meta({ uniqueItems: true });
}

/** What names and values a map of marks takes, and how many of them. */
export interface PairRules {
  readonly name: z.ZodString;
  readonly value: z.ZodString;
  readonly max: number;
}

export function pairs({ name, value, max }: PairRules) {
  return z.record(name, value).meta({ maxProperties: max });
}
