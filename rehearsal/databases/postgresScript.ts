import type { PGlite } from "@electric-sql/pglite";
import { identifier } from "./duckDb";
import { readScript, type ScriptItem } from "./psqlScript";
import { faultAt, MySqlScriptError } from "./sqlFile";

/** A table that the embedded PostgreSQL cannot make, because something that it is made of is not there. */
export interface RefusedTable {
  readonly schema: string;
  readonly table: string;
  /** Line, and PostgreSQL's reason: `line 5: type "geometry" does not exist`. */
  readonly reason: string;
}

/** What a script made, beside the tables. */
export interface ScriptOutcome {
  /** The database that the script names, by `\connect` or CREATE DATABASE. */
  readonly database?: string;
  /** Statements that the embedded PostgreSQL has no use for, one sentence each. */
  readonly leftOut: readonly string[];
  readonly refused: readonly RefusedTable[];
}

/** The fields of PostgreSQL's errors that are read here. */
interface PostgresError extends Error {
  readonly code?: string;
  readonly position?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
}

const BEGINNING_LENGTH = 60;

/** psql's commands that change nothing for the tables. */
const HARMLESS_COMMANDS =
  /^(restrict|unrestrict|echo|qecho|warn|set|unset|pset|timing|x|a|t|o|d\S*|l\+?|conninfo|prompt|\?|h)$/;

/** Databases that every server has: a script connects to them to make its own. */
const MAINTENANCE_DATABASE = /^(postgres|template[01])$/;

const NAME = String.raw`("(?:[^"]|"")+"|[A-Za-z_][\w$]*)`;
const CREATE_DATABASE = new RegExp(String.raw`^CREATE\s+DATABASE\s+${NAME}(?![\w$\`])`, "i");
const OTHER_DATABASE_STATEMENT = new RegExp(
  String.raw`^(?:(?:DROP|ALTER)\s+DATABASE\s+(?:IF\s+EXISTS\s+)?|COMMENT\s+ON\s+DATABASE\s+)${NAME}(?![\w$\`])`,
  "i",
);
const CLIENT_ENCODING = /^SET\s+(?:client_encoding\s*(?:=|TO)|NAMES)\s*'?([\w-]+)/i;
const OPENS_TRANSACTION = /^(BEGIN|START\s+TRANSACTION)\b/i;
const CLOSES_TRANSACTION =
  /^(COMMIT|END|ROLLBACK|ABORT)\b(?!\s+(?:WORK\s+|TRANSACTION\s+)?(?:TO|PREPARED)\b)/i;
const TRANSACTION_CONTROL =
  /^(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION)\b/i;
const LAST_STDIN = /\bFROM\s+STDIN\b(?![\s\S]*\bFROM\s+STDIN\b)/i;
const MYSQL =
  /^-- (?:MySQL|MariaDB) dump|\bENGINE\s*=\s*(?:InnoDB|MyISAM)|^\s*(?:CREATE|DROP|ALTER|INSERT|USE)\b[^'\n]*`/im;

/** Failures that psql would pass over as well, because they touch no table: error code and statement. */
const LEFT_OUT: readonly { readonly code: string; readonly statement: RegExp }[] = [
  { code: "0A000", statement: /^CREATE\s+EXTENSION\b/i },
  { code: "58P01", statement: /^CREATE\s+EXTENSION\b/i },
  { code: "42704", statement: /^(COMMENT\s+ON|ALTER)\s+EXTENSION\b/i },
  { code: "42704", statement: /^SET\b/i },
  { code: "42P06", statement: /^CREATE\s+SCHEMA\b/i },
  { code: "42710", statement: /^CREATE\s+(ROLE|USER|GROUP|EXTENSION|(\w+\s+)*LANGUAGE)\b/i },
  { code: "3D000", statement: /^(GRANT|REVOKE)\b/i },
];

/** Something is not there: a type, an operator class, a function, a table, a schema. */
const MISSING: readonly string[] = ["42704", "42883", "42P01", "3F000"];
const CREATE_TABLE = new RegExp(
  String.raw`^CREATE\s+(?:(?:GLOBAL|LOCAL|UNLOGGED)\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?${NAME}(?:\s*\.\s*${NAME})?`,
  "i",
);
/** What holds no rows that are exported, and whose absence changes none. */
const HOLDS_NO_ROWS =
  /^(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:\w+\s+)?(?:FUNCTION|PROCEDURE|AGGREGATE|OPERATOR|CAST|TYPE|DOMAIN|VIEW|INDEX|TRIGGER|RULE|POLICY|SERVER|MAPPING|STATISTICS|PUBLICATION|COLLATION|TEXT\s+SEARCH|FOREIGN\s+TABLE)|(?:ALTER|DROP)\s+(?!TABLE|SEQUENCE)|ALTER\s+TABLE\s.*\sADD\s+CONSTRAINT|COMMENT|GRANT|REVOKE|REFRESH)\b/is;

/** The name that an identifier stands for. */
function nameOf(sql: string): string {
  return sql.startsWith('"') ? sql.slice(1, -1).replaceAll('""', '"') : sql.toLowerCase();
}

/** The first words of a statement, on one line and without passwords. */
function beginningOf(statement: string): string {
  const line = statement
    .slice(0, 4 * BEGINNING_LENGTH)
    .replace(/\s+/g, " ")
    .replace(/\b(password)\b.*/i, "$1 …");
  return line.length > BEGINNING_LENGTH ? `${line.slice(0, BEGINNING_LENGTH)}…` : line;
}

function lineBreaks(text: string): number {
  return text.split("\n").length - 1;
}

class ScriptRunner {
  public readonly leftOut: string[] = [];
  public readonly refused: RefusedTable[] = [];
  private connected: string | undefined;
  private created: string | undefined;
  /** Line on which the open transaction began. */
  private transaction: number | undefined;

  constructor(
    private readonly postgres: PGlite,
    private readonly script: string,
    private readonly file: string,
  ) {}

  get database(): string | undefined {
    return this.connected ?? this.created;
  }

  async run(): Promise<void> {
    for (const item of readScript(this.script, this.file)) {
      if (item.kind === "command") {
        if (item.name === "q") break;
        this.command(item);
      } else if (item.kind === "copy") {
        await this.execute(item.text, item.line, item.rows);
      } else {
        await this.statement(item);
      }
    }
    if (this.transaction !== undefined) {
      throw faultAt(this.file, this.transaction, "the transaction that begins here is never committed");
    }
  }

  private command({ line, name, argument }: Extract<ScriptItem, { kind: "command" }>): void {
    if (name === "c" || name === "connect") this.connect(argument, line);
    else if (name === "encoding") this.checkEncoding(argument, line);
    else if (!HARMLESS_COMMANDS.test(name)) {
      throw faultAt(this.file, line, `the psql command \\${name} is not supported; give a script without it`);
    }
  }

  private connect(argument: string, line: number): void {
    const name =
      /dbname\s*=\s*'?([^'"\s]+)/.exec(argument)?.[1] ?? /^["']?([^"'\s:]+)["']?(?:\s|$)/.exec(argument)?.[1];
    if (name === undefined) throw faultAt(this.file, line, "\\connect names no database that can be told");
    if (name === "-" || MAINTENANCE_DATABASE.test(name)) return;
    if (this.connected !== undefined && this.connected !== name) {
      const message = `a second database, "${name}", after "${this.connected}"; give a script of one database`;
      throw faultAt(this.file, line, message);
    }
    this.connected = name;
  }

  private checkEncoding(encoding: string, line: number): void {
    if (/^(utf-?8|unicode|sql_ascii)$/i.test(encoding)) return;
    const remedy = "dump it with `pg_dump --encoding=UTF8`, or save it as UTF-8 and say so here";
    throw faultAt(this.file, line, `the script declares its encoding as ${encoding}; ${remedy}`);
  }

  private async statement({ line, text }: { line: number; text: string }): Promise<void> {
    const created = CREATE_DATABASE.exec(text)?.[1];
    const encoding = CLIENT_ENCODING.exec(text)?.[1];
    if (created !== undefined) this.created = nameOf(created);
    // PGlite speaks UTF-8 with this program, whatever the script declares.
    else if (encoding !== undefined) this.checkEncoding(encoding, line);
    else if (!OTHER_DATABASE_STATEMENT.test(text)) await this.execute(text, line);
    if (OPENS_TRANSACTION.test(text)) this.transaction ??= line;
    else if (CLOSES_TRANSACTION.test(text)) this.transaction = undefined;
  }

  private async execute(sql: string, line: number, rows?: string): Promise<void> {
    try {
      await this.attempt(sql, rows);
    } catch (thrown) {
      const error = thrown as PostgresError;
      const role =
        error.code === "42704" ? /^role "(.*)" does not exist$/s.exec(error.message)?.[1] : undefined;
      if (role !== undefined) {
        // Owners and grantees live on the server that was dumped. Whoever they are, they may do all here.
        await this.attempt(`CREATE ROLE ${identifier(role)} SUPERUSER`);
        await this.execute(sql, line, rows);
      } else if (!this.isOfRefused(error) && !this.refuse(error, sql, line)) {
        if (!isLeftOut(error, sql)) throw this.fault(error, sql, line);
        this.leftOut.push(`line ${line}: ${error.message}; left out`);
      }
    }
  }

  /** True if a statement fails for want of a table that could not be made. */
  private isOfRefused({ code, message }: PostgresError): boolean {
    const relation = code === "42P01" ? /^relation "(.*)" does not exist$/s.exec(message)?.[1] : undefined;
    return this.refused.some(
      ({ schema, table }) => relation === `${schema}.${table}` || (schema === "public" && relation === table),
    );
  }

  /** Goes on without the table where it is one that cannot be made. */
  private refuse(error: PostgresError, sql: string, line: number): boolean {
    const [, first, second] = CREATE_TABLE.exec(sql) ?? [];
    if (first === undefined || !MISSING.includes(error.code ?? "")) return false;
    const [schema, table] =
      second === undefined ? ["public", nameOf(first)] : [nameOf(first), nameOf(second)];
    const reason = `line ${this.faultyLine(error, sql, line)}: ${error.message}`;
    this.refused.push({ schema, table, reason });
    return true;
  }

  /** Executes a statement so that its failure does not end the transaction that the script has open. */
  private async attempt(sql: string, rows?: string): Promise<void> {
    if (this.transaction === undefined || TRANSACTION_CONTROL.test(sql)) return this.send(sql, rows);
    await this.send("SAVEPOINT rehearsal");
    try {
      await this.send(sql, rows);
    } catch (error) {
      await this.send("ROLLBACK TO SAVEPOINT rehearsal");
      throw error;
    }
    await this.send("RELEASE SAVEPOINT rehearsal");
  }

  private async send(sql: string, rows?: string): Promise<void> {
    if (rows === undefined) await this.postgres.exec(sql);
    // PGlite has no standard input; it reads the rows from this device.
    else await this.postgres.exec(sql.replace(LAST_STDIN, "FROM '/dev/blob'"), { blob: new Blob([rows]) });
  }

  /** The line that PostgreSQL points to, in a statement that begins at `line`. */
  private faultyLine(error: PostgresError, sql: string, line: number): number {
    // PostgreSQL counts characters, JavaScript UTF-16 units.
    const characters = Number(error.position ?? 1) - 1;
    const before = [...sql.slice(0, 2 * characters)].slice(0, characters).join("");
    const row = /^COPY .*?, line (\d+)/.exec(error.where ?? "")?.[1];
    return line + lineBreaks(row === undefined ? before : sql) + Number(row ?? 0);
  }

  private fault(error: PostgresError, sql: string, line: number): Error {
    const reason = [error.message, error.detail, error.hint, error.where?.split("\n")[0]]
      .filter(Boolean)
      .join("; ")
      .replace(/\.$/, "");
    const message = `PostgreSQL does not take "${beginningOf(sql)}": ${reason}.`;
    // PostgreSQL's error is no cause of it: that holds the whole statement, passwords and all.
    const fault = faultAt(this.file, this.faultyLine(error, sql, line), message);
    const isMySql = error.code === "42601" && MYSQL.test(this.script);
    return isMySql ? new MySqlScriptError(fault.message) : fault;
  }
}

/** True if psql would pass over it as well, or if it is missing what the embedded PostgreSQL lacks. */
function isLeftOut({ code = "" }: PostgresError, sql: string): boolean {
  return (
    LEFT_OUT.some((it) => it.code === code && it.statement.test(sql)) ||
    (MISSING.includes(code) && HOLDS_NO_ROWS.test(sql))
  );
}

/**
 * Runs a script as psql would, but stops at the first statement that fails, unless that holds no rows, or makes a
 * table of something that the embedded PostgreSQL lacks.
 * @throws SqlFileError that names the line, the statement and PostgreSQL's reason
 */
export async function runScript(postgres: PGlite, script: string, file: string): Promise<ScriptOutcome> {
  const runner = new ScriptRunner(postgres, script, file);
  await runner.run();
  const { database, leftOut, refused } = runner;
  return { ...(database !== undefined && { database }), leftOut, refused };
}
