import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { type AnyDefinition, loadSync, type ServiceDefinition } from "@grpc/proto-loader";
import { freePort } from "../../rehearsal/servers/freePort";

const HOST = "127.0.0.1";
const SERVICE = "zetasql.local_service.ZetaSqlLocalService";
/** It takes a third of a second on a machine that does nothing else. */
const START_TIMEOUT_MILLISECONDS = 30_000;

/** A value of JSON, as `TO_JSON_STRING` writes one: integers beyond 2^53 and all decimals as text, bytes in base64. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
/** A row of a result, by column. */
export type Row = Readonly<Record<string, Json>>;

/** What a statement refers to. */
export interface Given {
  /** Tables by their names, as they stand in one pair of backticks: each the query whose columns and rows they have. */
  readonly tables?: Readonly<Record<string, string>>;
  /** Values of `@parameters` by their names, each as an expression: `TIMESTAMP '2025-02-17 22:03:00+00'`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What Google's engine answers instead of doing its work: the reason a statement is wrong, or the text of `ERROR()`. */
export class GoogleSqlError extends Error {
  public override readonly name = "GoogleSqlError";
}

// What of the engine's protocol is used here (local_service.proto). Types and cells go back as they came.
interface Column {
  readonly name: string;
  readonly type: object;
}
interface Cell {
  readonly stringValue?: string;
}
interface Result {
  readonly content?: {
    readonly tableData?: { readonly row?: readonly { readonly cell?: readonly Cell[] }[] };
  };
  readonly prepared?: { readonly columns?: readonly Column[] };
}

/**
 * Google's own SQL engine, from which BigQuery's dialect comes (ZetaSQL): it parses, checks and runs statements. It knows
 * no IAM, no INFORMATION_SCHEMA and no jobs, and runs single statements alone, of which it takes some that BigQuery
 * does not have.
 */
export class GoogleSql {
  private constructor(
    private readonly process: ChildProcess,
    private readonly client: Client,
    private readonly service: ServiceDefinition,
    private readonly languageOptions: object,
  ) {}

  /**
   * Starts the engine on a free port.
   * @param folder of the npm package that holds it, as `installGoogleSql` finds it
   * @throws Error where it does not come up, with what it said
   */
  static async start(folder: string): Promise<GoogleSql> {
    const files = path.join(folder, "lib", "zetasql");
    const port = await freePort();
    const server = spawn(path.join(files, programName()), [HOST, String(port)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    server.stderr.on("data", (chunk) => {
      said += String(chunk);
    });
    const client = new Client(`${HOST}:${port}`, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
    });
    try {
      await Promise.race([
        isReady(client),
        once(server, "exit").then(([code, signal]) => {
          throw new Error(`it ended with ${signal ?? code}`);
        }),
      ]);
      const service = serviceOf(path.join(files, "protos"));
      const features = await call(client, service, "GetLanguageOptions", { maximumFeatures: true });
      // BigQuery's names of types; the other ones are Google's own.
      return new GoogleSql(server, client, service, { ...features, productMode: "PRODUCT_EXTERNAL" });
    } catch (cause) {
      client.close();
      server.kill();
      throw new Error(`Google's SQL engine did not start: ${cause}\n${said}`, { cause });
    }
  }

  /**
   * Runs a query.
   * @returns its rows
   * @throws GoogleSqlError where the engine refuses it, and for `ERROR()`
   */
  async evaluate(sql: string, given: Given = {}): Promise<Row[]> {
    const result = await this.run(sql, given);
    if (rowsOf(result).length === 0) return [];
    const texts = await this.query(
      "SELECT TO_JSON_STRING(it) FROM result AS it",
      new Map([["result", result]]),
    );
    return rowsOf(texts).map(([text]) => JSON.parse(text?.stringValue ?? "null") as Row);
  }

  /**
   * Looks whether a statement of any kind is right, `CREATE VIEW` for one, without running it.
   * @throws GoogleSqlError where it is not
   */
  async analyze(sql: string, given: Given = {}): Promise<void> {
    const tables = await this.tablesOf(given);
    const values = await this.valuesOf(given);
    await this.call("Analyze", {
      sqlStatement: sql,
      simpleCatalog: this.catalogOf(tables),
      options: {
        // None listed is all.
        languageOptions: { ...this.languageOptions, supportedStatementKinds: [] },
        queryParameters: values.map(({ name, type }) => ({ name, type })),
      },
    });
  }

  /**
   * Looks whether a script of several statements can be read; it is not checked, and not run.
   * @throws GoogleSqlError where it cannot
   */
  async parse(script: string): Promise<void> {
    let bytePosition = 0;
    const bytes = Buffer.byteLength(script.trimEnd());
    while (bytePosition < bytes) {
      const parsed: { resumeBytePosition?: number } = await this.call("Parse", {
        parseResumeLocation: { input: script, bytePosition },
        options: this.languageOptions,
        allowScript: true,
      });
      bytePosition = parsed.resumeBytePosition ?? bytes;
    }
  }

  /**
   * Columns of a table that a query over it scans, when those that nothing refers to are left out.
   * @throws GoogleSqlError where the query is wrong
   */
  async columnsRead(sql: string, given: Given): Promise<string[]> {
    const tables = await this.tablesOf(given);
    const { resolvedStatement }: { resolvedStatement?: object } = await this.call("Analyze", {
      sqlStatement: sql,
      simpleCatalog: this.catalogOf(tables),
      options: { languageOptions: this.languageOptions, pruneUnusedColumns: true },
    });
    return scannedColumns(resolvedStatement);
  }

  async stop(): Promise<void> {
    this.client.close();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill();
    await once(this.process, "exit");
  }

  private async run(sql: string, given: Given): Promise<Result> {
    return this.query(sql, await this.tablesOf(given), await this.valuesOf(given));
  }

  private query(
    sql: string,
    tables: ReadonlyMap<string, Result>,
    values: readonly (Column & { value: Cell })[] = [],
  ): Promise<Result> {
    return this.call("EvaluateQuery", {
      sql,
      simpleCatalog: this.catalogOf(tables),
      tableContent: Object.fromEntries([...tables].map(([name, { content }]) => [name, content])),
      options: {
        languageOptions: this.languageOptions,
        queryParameters: values.map(({ name, type }) => ({ name, type })),
      },
      params: values.map(({ name, value }) => ({ name, value })),
    });
  }

  private async tablesOf({ tables = {} }: Given): Promise<Map<string, Result>> {
    const results = new Map<string, Result>();
    for (const [name, sql] of Object.entries(tables)) results.set(name, await this.query(sql, new Map()));
    return results;
  }

  private async valuesOf({ parameters = {} }: Given): Promise<(Column & { value: Cell })[]> {
    const values: (Column & { value: Cell })[] = [];
    for (const [name, expression] of Object.entries(parameters)) {
      const result = await this.query(`SELECT ${expression}`, new Map());
      const [type] = (result.prepared?.columns ?? []).map((it) => it.type);
      const [[value] = []] = rowsOf(result);
      if (type === undefined || value === undefined)
        throw new TypeError(`@${name}: ${expression} has no value`);
      values.push({ name, type, value });
    }
    return values;
  }

  private catalogOf(tables: ReadonlyMap<string, Result>): object {
    return {
      builtinFunctionOptions: { languageOptions: this.languageOptions },
      table: [...tables].map(([name, { prepared }]) => ({
        name,
        column: (prepared?.columns ?? []).map((it) => ({ name: it.name, type: it.type })),
      })),
    };
  }

  private call(method: string, request: object): Promise<object> {
    return call(this.client, this.service, method, request);
  }
}

/** The names in the column lists of all scans of tables, wherever they are. */
function scannedColumns(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) => {
    if (name !== "resolvedTableScanNode") return scannedColumns(value);
    const { parent }: { parent?: { columnList?: readonly { name: string }[] } } = value;
    return (parent?.columnList ?? []).map((it) => it.name);
  });
}

function rowsOf({ content }: Result): (readonly Cell[])[] {
  return (content?.tableData?.row ?? []).map(({ cell }) => cell ?? []);
}

/** The engine's program for this machine, as the package names them. */
function programName(): string {
  return `remote_server${process.arch.startsWith("arm") ? "_arm" : ""}${process.platform === "darwin" ? "" : ".so"}`;
}

function isReady(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + START_TIMEOUT_MILLISECONDS, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function serviceOf(folder: string): ServiceDefinition {
  const definition: AnyDefinition | undefined = loadSync("local_service.proto", {
    includeDirs: [folder],
    longs: String,
    enums: String,
    oneofs: false,
  })[SERVICE];
  if (definition === undefined || "format" in definition) throw new TypeError(`${folder} has no ${SERVICE}`);
  return definition;
}

function call(client: Client, service: ServiceDefinition, method: string, request: object): Promise<object> {
  const { path: url, requestSerialize, responseDeserialize } = service[method] ?? {};
  if (url === undefined || requestSerialize === undefined || responseDeserialize === undefined) {
    throw new TypeError(`the engine has no ${method}`);
  }
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(url, requestSerialize, responseDeserialize, request, (error, answer) => {
      if (error) reject(new GoogleSqlError(error.details, { cause: error }));
      else resolve(answer ?? {});
    });
  });
}
