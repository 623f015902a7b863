import { RunError } from "@pulumi/pulumi/errors";
import { distance } from "fastest-levenshtein";

/** Longest piece of a value that a fault quotes. */
const SHOWN_LENGTH = 60;

/**
 * Everything that is wrong with a stack's config, in the order in which it was found.
 * It ends in one error, so that one preview shows it all.
 */
export class Faults {
  readonly #lines: string[] = [];

  get count(): number {
    return this.#lines.length;
  }

  /** A fault in a sentence whose subject is the key. */
  add(key: string, predicate: string): void {
    this.#lines.push(`- \`${key}\` ${predicate}`);
  }

  /**
   * A value that breaks a rule.
   * @param rule what completes "it …": `must be true or false`
   */
  addValue(key: string, value: unknown, rule: string): void {
    this.add(key, `${found(value)}; it ${rule}`);
  }

  /**
   * The values, now that everything has been looked at: what is undefined among them has its fault in here.
   * @throws RunError with every fault. Pulumi prints its message alone, without a stack
   */
  complete<T extends Record<string, unknown>>(
    stack: string,
    values: T,
  ): { [K in keyof T]: Exclude<T[K], undefined> } {
    if (this.#lines.length > 0) {
      const count = `${this.#lines.length} ${this.#lines.length === 1 ? "fault" : "faults"}`;
      throw new RunError([`Pulumi.${stack}.yaml has ${count}:`, ...this.#lines].join("\n"));
    }
    return values as { [K in keyof T]: Exclude<T[K], undefined> };
  }
}

function found(value: unknown): string {
  if (value === undefined) return "is missing";
  if (value === null) return "has no value";
  return `is ${show(value)}`;
}

/** A value as faults quote it, shortened; lists and maps are named only, since they may hold anything. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object") return "a map";
  if (typeof value !== "string") return String(value);
  // User and password of a URL, whatever key somebody has given it to.
  const text = value.replace(/\/\/[^/\s]*@/g, "//…@");
  const letters = [...text];
  return JSON.stringify(
    letters.length <= SHOWN_LENGTH ? text : `${letters.slice(0, SHOWN_LENGTH).join("")}…`,
  );
}

/** The key of a part, as `pulumi config set --path` takes it: `databases.shop[2].days`, `databases["my shop"]`. */
export function keyOf(parent: string, part: PropertyKey): string {
  if (typeof part === "number") return `${parent}[${part}]`;
  const name = String(part);
  return /^[\p{L}\p{N}_$-]+$/u.test(name) ? `${parent}.${name}` : `${parent}[${JSON.stringify(name)}]`;
}

/** The candidate that a misspelt name stands for, or undefined where none is close. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const away = (candidate: string) => distance(name.toLowerCase(), candidate.toLowerCase());
  const [best] = [...candidates].sort((a, b) => away(a) - away(b));
  return best !== undefined && away(best) <= Math.max(1, Math.floor(best.length / 3)) ? best : undefined;
}

/** Names in a row, each in backticks: `` `a`, `b` or `c` ``. */
export function listOf(names: readonly string[], conjunction: "and" | "or"): string {
  const quoted = names.map((name) => `\`${name}\``);
  const last = quoted.at(-1) ?? "";
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}
