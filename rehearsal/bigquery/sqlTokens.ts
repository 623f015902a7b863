import { identifier, literal } from "../databases/duckDb";
import { BigQueryError } from "./errors";

/** A part of a GoogleSQL text. */
export interface Token {
  /** `name` is an identifier in backticks, `word` one without, or a keyword. */
  readonly kind: "word" | "name" | "text" | "number" | "parameter" | "sign";
  /** As it is written. */
  readonly raw: string;
  /** What is meant: of a name or text what stands between the quotes, escapes and all, of a word its capitals. */
  readonly value: string;
  /** Where it begins in the text, and where it ends. */
  readonly start: number;
  readonly end: number;
}

/** Everything between tokens: blanks and comments. */
const GAP = /(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)*/y;
/** Kinds of tokens, the first that matches. Source: "Lexical structure and syntax" (GoogleSQL). */
const KINDS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["name", /`[^`\\\n]+`/y],
  ["text", /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y],
  ["parameter", /@@?\w+(?:\.\w+)*/y],
  ["word", /[A-Za-z_]\w*/y],
  ["number", /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["sign", /<=|>=|<>|!=|\|\||=>|[-+*/<>=(),;.[\]:&|^~]/y],
];
/** Bytes, raw texts, and texts in three quotes. */
const UNKNOWN_TEXT = /[bBrR]{1,2}['"]|'''|"""/y;

function matchAt(expression: RegExp, sql: string, at: number): string | undefined {
  expression.lastIndex = at;
  return expression.exec(sql)?.[0];
}

function meaningOf(kind: Token["kind"], raw: string): string {
  switch (kind) {
    case "name":
    case "text":
      return raw.slice(1, -1);
    case "word":
      return raw.toUpperCase();
    default:
      return raw;
  }
}

/**
 * The tokens of a GoogleSQL text, without what stands between them.
 * @throws BigQueryError for a sign that begins none, and for bytes and texts that are raw or in three quotes
 */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += matchAt(GAP, sql, at)?.length ?? 0;
    if (at === sql.length) return tokens;
    const start = at;
    const found =
      matchAt(UNKNOWN_TEXT, sql, start) === undefined
        ? KINDS.map(([kind, expression]) => ({ kind, raw: matchAt(expression, sql, start) }))
        : [];
    const { kind, raw } = found.find((it) => it.raw !== undefined) ?? {};
    if (kind === undefined || raw === undefined) {
      throw new BigQueryError(
        "invalid",
        `The local BigQuery does not read on at: ${sql.slice(start, start + 40)}`,
      );
    }
    at += raw.length;
    tokens.push({ kind, raw, value: meaningOf(kind, raw), start, end: at });
  }
}

/** Functions that DuckDB has under another name, or that one of `MACROS` stands for. */
const RENAMED = new Map([
  ["SAFE_CAST", "TRY_CAST"],
  ["REGEXP_CONTAINS", "regexp_matches"],
  ["REGEXP_REPLACE", "replace_each"],
  ["UNIX_MILLIS", "epoch_ms"],
]);
/** What DuckDB lacks: it replaces the first match alone unless it is told otherwise, and counts from 1. */
export const MACROS: readonly string[] = [
  "replace_each(text, pattern, replacement) AS regexp_replace(text, pattern, replacement, 'g')",
  "unnest_with_offset(list) AS TABLE SELECT unnest(list) AS value, generate_subscripts(list, 1) - 1 AS place",
];
/** Types that DuckDB has under another name. */
const TYPES = new Map([
  ["INT64", "BIGINT"],
  ["STRING", "VARCHAR"],
  ["FLOAT64", "DOUBLE"],
]);

function spelled({ kind, raw, value }: Token, isCalled: boolean): string {
  switch (kind) {
    case "name":
      return identifier(value);
    case "text":
      if (value.includes("\\")) {
        throw new BigQueryError("invalid", `The local BigQuery takes no escapes in a query, as in ${raw}`);
      }
      return literal(value);
    case "word":
      return (isCalled ? RENAMED : TYPES).get(value) ?? raw;
    default:
      return raw;
  }
}

/** Where the bracket closes that opens there; undefined where none opens. */
function closing(tokens: readonly Token[], opening: number): number | undefined {
  if (tokens[opening]?.raw !== "(") return undefined;
  let depth = 0;
  for (let at = opening; at < tokens.length; at++) {
    const { kind, raw = "" } = tokens[at] ?? {};
    if (kind === "sign") depth += Number(raw === "(") - Number(raw === ")");
    if (depth === 0) return at;
  }
  return undefined;
}

/**
 * What stands for an UNNEST and its aliases, by their places: `AS value` names the values in BigQuery and the table in
 * DuckDB, and `WITH OFFSET AS place` is BigQuery's.
 */
function unnested(tokens: readonly Token[]): Map<number, string> {
  const changed = new Map<number, string>();
  const words = (from: number, to: number) =>
    tokens
      .slice(from, to)
      .map(({ value }) => value)
      .join(" ");
  tokens.forEach(({ value, kind }, index) => {
    const end = kind === "word" && value === "UNNEST" ? closing(tokens, index + 1) : undefined;
    if (end === undefined || words(end + 1, end + 2) !== "AS") return;
    const alias = tokens[end + 2]?.raw;
    if (words(end + 3, end + 6) !== "WITH OFFSET AS") {
      changed.set(end + 2, `${alias}(${alias})`);
      return;
    }
    changed.set(index, "unnest_with_offset").set(end + 2, `${alias}_(${alias}, ${tokens[end + 6]?.raw})`);
    for (let at = end + 3; at <= end + 6; at++) changed.set(at, "");
  });
  return changed;
}

/**
 * A query's tokens as DuckDB reads them. GoogleSQL is not translated: quotes are replaced, some names of functions and
 * types, and the alias of UNNEST.
 * @param replaced what stands for a token instead; undefined keeps it
 */
export function forDuckDb(
  tokens: readonly Token[],
  replaced: (token: Token, index: number) => string | undefined = () => undefined,
): string {
  const aliases = unnested(tokens);
  return tokens
    .map((token, index) => {
      const gap = tokens[index - 1]?.end === token.start ? "" : " ";
      const isCalled = tokens[index + 1]?.raw === "(";
      return `${gap}${aliases.get(index) ?? replaced(token, index) ?? spelled(token, isCalled)}`;
    })
    .join("")
    .trim();
}
