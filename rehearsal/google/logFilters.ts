import { own } from "../../contract/own";
import { type LogEntry, SEVERITIES } from "./logs";

/** Longest filter. Source: "Logging query language", length of queries. */
const LARGEST_FILTER = 20_000;

type LogFilter = (entry: LogEntry) => boolean;

/** Fields that a filter may name. */
const FIELDS: Readonly<Record<string, (entry: LogEntry) => string>> = {
  logName: (it) => it.logName,
  severity: (it) => it.severity,
  "resource.type": (it) => it.resource.type,
  "resource.labels.project_id": (it) => it.resource.labels.project_id,
  "resource.labels.config_id": (it) => it.resource.labels.config_id,
  "resource.labels.location": (it) => it.resource.labels.location,
  "labels.run_id": (it) => it.labels.run_id,
  "jsonPayload.message": (it) => it.jsonPayload.message,
};

/**
 * What stands in a field of an entry.
 * @throws Error for a field that the local log does not have
 */
export function logField(name: string): (entry: LogEntry) => string {
  const field = own(FIELDS, name);
  if (field === undefined) throw new Error(`the rehearsal's log has no field ${name}`);
  return field;
}

/** Signs, then texts in quotes, then names and bare words. */
const TOKEN = /\s*(?:(>=|=~|[=:()])|"((?:[^"\\]|\\.)*)"|([\w.-]+))/y;

interface Token {
  readonly kind: "sign" | "text" | "word";
  readonly text: string;
}

function tokens(filter: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let end = 0; filter.slice(end).trim() !== ""; end = TOKEN.lastIndex) {
    const match = TOKEN.exec(filter);
    if (match === null) throw new Error(`nobody knows what follows ${JSON.stringify(filter.slice(0, end))}`);
    const [, sign, quoted, word] = match;
    if (sign !== undefined) found.push({ kind: "sign", text: sign });
    else if (quoted !== undefined) found.push({ kind: "text", text: quoted.replace(/\\(.)/g, "$1") });
    else found.push({ kind: "word", text: word ?? "" });
  }
  return found;
}

/** Unlike the other comparisons, this one heeds case. */
function matchesAny(field: (entry: LogEntry) => string, expressions: readonly string[]): LogFilter {
  const patterns = expressions.map((it) => new RegExp(it));
  return (entry) => patterns.some((pattern) => pattern.test(field(entry)));
}

/** Reads the tokens of a filter from the first to the last. */
class FilterReader {
  private next = 0;

  constructor(private readonly found: readonly Token[]) {}

  /** Comparisons that all hold; AND may be left out between them. */
  read(): LogFilter {
    const clauses: LogFilter[] = [];
    while (this.next < this.found.length) {
      if (clauses.length > 0) this.takes("AND");
      clauses.push(this.clause());
    }
    return (entry) => clauses.every((holds) => holds(entry));
  }

  private clause(): LogFilter {
    const negated = this.takes("NOT");
    const comparison = this.comparison();
    return negated ? (entry) => !comparison(entry) : comparison;
  }

  private comparison(): LogFilter {
    const name = this.take("word");
    const field = logField(name);
    const operator = this.take("sign");
    const values = this.values();
    switch (operator) {
      case "=":
        return (entry) => values.some((it) => it.toLowerCase() === field(entry).toLowerCase());
      case ":":
        return (entry) => values.some((it) => field(entry).toLowerCase().includes(it.toLowerCase()));
      case "=~":
        return matchesAny(field, values);
      case ">=":
        return this.atLeast(name, values);
      default:
        throw new Error(`${name}${operator} is no comparison`);
    }
  }

  private atLeast(name: string, values: readonly string[]): LogFilter {
    const [least] = values.map((value) => (SEVERITIES as readonly string[]).indexOf(value));
    if (name !== "severity" || values.length !== 1 || least === undefined || least < 0) {
      throw new Error(`only severities are compared by >=, each with one of ${SEVERITIES.join(", ")}`);
    }
    return ({ severity }) => SEVERITIES.indexOf(severity) >= least;
  }

  /** One value, or `("one" OR "another")`. */
  private values(): string[] {
    if (!this.takes("(")) return [this.take("text", "word")];
    const values = [this.take("text", "word")];
    while (this.takes("OR")) values.push(this.take("text", "word"));
    if (!this.takes(")")) throw new Error("a list of values does not end");
    return values;
  }

  private take(...kinds: Token["kind"][]): string {
    const token = this.found[this.next++];
    if (token === undefined || !kinds.includes(token.kind)) {
      throw new Error(
        `${token === undefined ? "the end" : token.text} stands where a ${kinds.join(" or ")} belongs`,
      );
    }
    return token.text;
  }

  /** Steps over a sign or a word of the language, if it comes next. */
  private takes(text: string): boolean {
    const token = this.found[this.next];
    if (token === undefined || token.kind === "text" || token.text !== text) return false;
    this.next++;
    return true;
  }
}

/**
 * Reads the part of the Logging query language that is implemented: comparisons by `=`, `:`, `=~` and, for severities,
 * `>=`, joined by AND or by nothing, each of which NOT may turn round; a value, or several with OR in parentheses. Case
 * counts for `=~` alone.
 * @throws Error for anything else
 */
export function parseLogFilter(filter: string): LogFilter {
  try {
    if (filter.length > LARGEST_FILTER) throw new Error(`it has more than ${LARGEST_FILTER} characters`);
    return new FilterReader(tokens(filter)).read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the rehearsal's log does not know the filter ${filter}: ${reason}`, { cause: error });
  }
}
