import type { DuckDBConnection } from "@duckdb/node-api";
import { literal, query, type Row } from "../databases/duckDb";
import { BigQueryError } from "./errors";
import { apart, bringRelations, type RelationAt, sqlOf } from "./queriedRelations";
import { forDuckDb, type Token, tokensOf } from "./sqlTokens";

/** What a script acts upon. */
export interface ScriptHost {
  readonly relation: RelationAt;
  /** Runs the one statement of EXECUTE IMMEDIATE. @throws an error with Google's words */
  execute(statement: string): Promise<void>;
}

type Statement =
  | { readonly is: "set"; readonly name: string; readonly to: readonly Token[]; readonly type?: string }
  | { readonly is: "if"; readonly condition: readonly Token[]; readonly then: readonly Statement[] }
  | { readonly is: "block"; readonly body: readonly Statement[]; readonly onError?: readonly Statement[] }
  | {
      readonly is: "for";
      readonly row: string;
      readonly query: readonly Token[];
      readonly body: readonly Statement[];
    }
  | { readonly is: "execute"; readonly statement: readonly Token[] }
  | { readonly is: "raise"; readonly message: readonly Token[] };

/** Types of variables, as DuckDB spells them. */
const VARIABLE_TYPES = new Map([
  ["ARRAY<STRING>", "VARCHAR[]"],
  ["STRING", "VARCHAR"],
]);

/** True for a script, which a scheduled query may be as well as one statement. */
export function isScript(sql: string): boolean {
  return /^\s*(?:--[^\n]*\s*)*(?:DECLARE|BEGIN)\b/i.test(sql);
}

/** Reads the statements that the maker's script is made of. Source: "Procedural language" (GoogleSQL). */
class ScriptReader {
  private at = 0;

  constructor(
    private readonly sql: string,
    private readonly tokens: readonly Token[],
  ) {}

  script(): Statement[] {
    const statements = this.statements();
    if (this.at < this.tokens.length) this.refuse();
    return statements;
  }

  /** Statements up to a word that ends them. */
  private statements(): Statement[] {
    const statements: Statement[] = [];
    while (this.at < this.tokens.length && !this.isAt("END") && !this.isAt("EXCEPTION")) {
      statements.push(this.statement());
      this.expect(";");
    }
    return statements;
  }

  private statement(): Statement {
    if (this.takes("DECLARE")) return this.declaration();
    if (this.takes("SET")) {
      const name = this.word();
      this.expect("=");
      return { is: "set", name, to: this.until(";") };
    }
    if (this.takes("IF")) {
      const condition = this.until("THEN");
      this.expect("THEN");
      const then = this.statements();
      this.expect("END", "IF");
      return { is: "if", condition, then };
    }
    if (this.takes("BEGIN")) return this.block();
    if (this.takes("FOR")) return this.loop();
    if (this.takes("EXECUTE")) {
      this.expect("IMMEDIATE");
      return { is: "execute", statement: this.until(";") };
    }
    this.expect("RAISE", "USING", "MESSAGE", "=");
    return { is: "raise", message: this.until(";") };
  }

  private declaration(): Statement {
    const name = this.word();
    const type = this.until("DEFAULT")
      .map(({ raw }) => raw)
      .join("");
    this.expect("DEFAULT");
    const variableType = VARIABLE_TYPES.get(type);
    if (variableType === undefined) this.refuse();
    return { is: "set", name, to: this.until(";"), type: variableType };
  }

  private block(): Statement {
    const body = this.statements();
    if (!this.takes("EXCEPTION")) {
      this.expect("END");
      return { is: "block", body };
    }
    this.expect("WHEN", "ERROR", "THEN");
    const onError = this.statements();
    this.expect("END");
    return { is: "block", body, onError };
  }

  private loop(): Statement {
    const row = this.word();
    this.expect("IN", "(");
    const sql = this.until(")");
    this.expect(")", "DO");
    const body = this.statements();
    this.expect("END", "FOR");
    return { is: "for", row, query: sql, body };
  }

  /** Tokens up to a word or sign that stands in no brackets and in no CASE. */
  private until(end: string): Token[] {
    const found: Token[] = [];
    let depth = 0;
    for (let next = this.tokens[this.at]; next !== undefined; next = this.tokens[this.at]) {
      if (depth === 0 && this.isAt(end)) {
        if (found.length === 0) break;
        return found;
      }
      if (next.kind === "sign") depth += Number("([".includes(next.raw)) - Number(")]".includes(next.raw));
      if (next.kind === "word") depth += Number(next.value === "CASE") - Number(next.value === "END");
      found.push(next);
      this.at++;
    }
    return this.refuse();
  }

  private isAt(value: string): boolean {
    const next = this.tokens[this.at];
    return (next?.kind === "word" || next?.kind === "sign") && next.value === value;
  }

  private takes(value: string): boolean {
    const found = this.isAt(value);
    if (found) this.at++;
    return found;
  }

  private expect(...values: readonly string[]): void {
    for (const value of values) if (!this.takes(value)) this.refuse();
  }

  private word(): string {
    const next = this.tokens[this.at];
    if (next?.kind !== "word") return this.refuse();
    this.at++;
    return next.value;
  }

  private refuse(): never {
    const { start = this.sql.length } = this.tokens[this.at] ?? {};
    throw new BigQueryError(
      "invalid",
      `The local BigQuery runs no other script than the maker of the views; it stops at: ${this.sql.slice(start, start + 60)}`,
    );
  }
}

/** Runs a script's statements, whose expressions and queries DuckDB evaluates away from the tables' rows. */
class ScriptRun {
  /** Variables as SQL, by their names in capitals; fields of a row under `ROW.FIELD`. */
  private readonly variables = new Map<string, string>();

  constructor(
    private readonly connection: DuckDBConnection,
    private readonly host: ScriptHost,
  ) {}

  async run(statements: readonly Statement[]): Promise<void> {
    for (const it of statements) await this.step(it);
  }

  private async step(it: Statement): Promise<void> {
    switch (it.is) {
      case "set":
        this.variables.set(it.name, sqlOf(await this.evaluate(it.to), it.type));
        break;
      case "if":
        if ((await this.evaluate(it.condition)) === true) await this.run(it.then);
        break;
      case "block":
        await this.block(it.body, it.onError);
        break;
      case "for":
        for (const row of await this.rows(it.query)) {
          for (const [field, value] of Object.entries(row)) {
            this.variables.set(`${it.row}.${field.toUpperCase()}`, sqlOf(value));
          }
          await this.run(it.body);
        }
        break;
      case "execute":
        await this.host.execute(String(await this.evaluate(it.statement)));
        break;
      case "raise":
        throw new BigQueryError("invalid", String(await this.evaluate(it.message)));
    }
  }

  private async block(body: readonly Statement[], onError?: readonly Statement[]): Promise<void> {
    try {
      await this.run(body);
    } catch (error) {
      if (onError === undefined) throw error;
      this.variables.set("@@ERROR.MESSAGE", literal(messageOf(error)));
      await this.run(onError);
    }
  }

  private async rows(tokens: readonly Token[]): Promise<Row[]> {
    await bringRelations(this.connection, tokens, this.host.relation);
    return query(this.connection, this.sql(tokens));
  }

  private async evaluate(tokens: readonly Token[]): Promise<Row[string]> {
    const [row] = await query(this.connection, `SELECT ${this.sql(tokens)} AS value`);
    return row?.value ?? null;
  }

  private sql(tokens: readonly Token[]): string {
    // Behind a variable that is a row come a point and a field, which its value stands for as well.
    const taken = new Set<number>();
    return forDuckDb(tokens, ({ kind, value }, index) => {
      if (taken.has(index)) return "";
      if (kind === "parameter") return this.variables.get(value.toUpperCase());
      if (kind !== "word" || tokens[index - 1]?.raw === "." || tokens[index + 1]?.raw === "(")
        return undefined;
      const field = this.variables.get(`${value}.${tokens[index + 2]?.value.toUpperCase()}`);
      if (tokens[index + 1]?.raw !== "." || field === undefined) return this.variables.get(value);
      taken.add(index + 1).add(index + 2);
      return field;
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs the script that makes the views. It is read whole before anything happens; of the procedural language nothing is
 * understood but what it is made of.
 * @throws BigQueryError for another script, and with the message of RAISE; whatever the host throws, where it is not caught
 */
export async function runScript(sql: string, host: ScriptHost): Promise<void> {
  const statements = new ScriptReader(sql, tokensOf(sql)).script();
  await apart((connection) => new ScriptRun(connection, host).run(statements));
}
