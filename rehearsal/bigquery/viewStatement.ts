import { identifier, literal } from "../databases/duckDb";
import { BigQueryError } from "./errors";
import { type Token, tokensOf } from "./sqlTokens";
import { castValue, isViewType, nullOf, type TypedValue, type ViewColumnType } from "./viewTypes";

/** A table's or view's path. */
export interface TablePath {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

/** `CREATE OR REPLACE VIEW`, taken apart. */
export interface ViewStatement {
  readonly view: TablePath;
  /** The one table that it reads. */
  readonly from: TablePath;
  /** Values of its options as they are written, by the options' names. */
  readonly options: Readonly<Record<string, string>>;
  /** The query, as INFORMATION_SCHEMA.VIEWS shows it. */
  readonly definition: string;
}

/** A column of a view over a table as that stands now. */
export interface ViewColumn {
  readonly name: string;
  /** Type in BigQuery, and the value as DuckDB's SQL. */
  readonly type: ViewColumnType;
  readonly sql: string;
  /** The table's column that it shows, whose type it has changed; undefined where it shows one as it is, a hash or NULL. */
  readonly castFrom?: string;
}

/** A number that a query counts in a table. */
export interface Count {
  readonly name: string;
  /** DuckDB's SQL of it, and the column that it reads. */
  readonly sql: string;
  readonly column: SourceColumn;
}

/** A table's column, as far as a view needs it. */
export interface SourceColumn {
  readonly name: string;
  readonly type: ViewColumnType;
}

interface Value extends TypedValue {
  /** The column that it is cast from, if it is no more than that. */
  readonly column?: SourceColumn;
}

function tablePath(path: string): TablePath {
  const [project, dataset, table, ...others] = path.split(".");
  if (project === undefined || dataset === undefined || table === undefined || others.length > 0) {
    throw new BigQueryError("invalid", `The local BigQuery knows no table ${path}`);
  }
  return { project, dataset, table };
}

/** The table that a query reads: its path stands behind FROM, and is the last name. @throws BigQueryError where there is none */
export function tableRead(sql: string): TablePath {
  return tablePath(tokensOf(sql).findLast(({ kind }) => kind === "name")?.value ?? "");
}

/** Reads tokens one by one, and knows what may stand in the query of a view, or in one that counts what it casts. */
class Reader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(
    private readonly sql: string,
    private readonly columns: readonly SourceColumn[] = [],
    private readonly what = "a view",
  ) {
    this.tokens = tokensOf(sql);
  }

  get rest(): string {
    return this.sql.slice(this.peek()?.start ?? this.sql.length);
  }

  get position(): number {
    return this.peek()?.start ?? this.sql.length;
  }

  peek(): Token | undefined {
    return this.tokens[this.at];
  }

  /** Goes on if the next token is that word or sign. */
  takes(value: string): boolean {
    const next = this.peek();
    const found = (next?.kind === "word" || next?.kind === "sign") && next.value === value;
    if (found) this.at++;
    return found;
  }

  expect(...values: readonly string[]): void {
    for (const value of values) if (!this.takes(value)) this.refuse();
  }

  next(kind: Token["kind"]): string {
    const token = this.peek();
    if (token?.kind !== kind) return this.refuse();
    this.at++;
    return token.value;
  }

  end(): void {
    this.takes(";");
    if (this.peek() !== undefined) this.refuse();
  }

  path(): TablePath {
    return tablePath(this.next("name"));
  }

  /** `OPTIONS(description="…", labels=[("a", "b")])`. */
  options(): Record<string, string> {
    if (!this.takes("OPTIONS")) return {};
    const options = new Map<string, string>();
    this.expect("(");
    while (!this.takes(")")) {
      const name = this.next("word").toLowerCase();
      this.expect("=");
      const start = this.position;
      let depth = 0;
      for (let next = this.peek(); ; next = this.peek()) {
        if (next === undefined) return this.refuse();
        if (depth === 0 && next.kind === "sign" && [",", ")"].includes(next.raw)) break;
        if (next.kind === "sign") depth += Number("([".includes(next.raw)) - Number(")]".includes(next.raw));
        this.at++;
      }
      options.set(name, this.sql.slice(start, this.tokens[this.at - 1]?.end));
      this.takes(",");
    }
    return Object.fromEntries(options);
  }

  /** A query of one table, with nothing behind its name. */
  select<T>(item: () => T): T[] {
    this.expect("SELECT");
    const items: T[] = [];
    do items.push(item());
    while (this.takes(","));
    this.expect("FROM");
    this.path();
    this.end();
    return items;
  }

  /** `` COUNT(`born`) AS values_0 ``, or `` COUNTIF(`born` IS NOT NULL AND SAFE_CAST(`born` AS DATE) IS NULL) AS failed_0 ``. */
  count(): Count {
    const isCondition = this.takes("COUNTIF");
    if (!isCondition) this.expect("COUNT");
    this.expect("(");
    const { sql, column } = this.column(this.next("name"));
    let counted = `count(${sql})`;
    if (isCondition) {
      this.expect("IS", "NOT", "NULL", "AND");
      counted = `count(*) FILTER (${sql} IS NOT NULL AND (${this.value().sql}) IS NULL)`;
      this.expect("IS", "NULL");
    }
    this.expect(")", "AS");
    const { raw: name = "" } = this.peek() ?? {};
    this.next("word");
    return { name, sql: counted, column };
  }

  /** A column of the list. */
  item(): ViewColumn {
    const { column, sql, type } = this.value();
    const name = this.takes("AS") ? this.next("name") : column?.name;
    if (name === undefined) return this.refuse();
    const isCast = column !== undefined && column.type !== type;
    return { name, sql, type, ...(isCast && { castFrom: column.name }) };
  }

  refuse(): never {
    throw new BigQueryError(
      "invalid",
      `The local BigQuery does not take in ${this.what}: ${this.rest.slice(0, 60)}`,
    );
  }

  private value(): Value {
    if (this.peek()?.kind === "name") return this.column(this.next("name"));
    // NULL without a type is one of INT64.
    if (this.takes("NULL")) return nullOf("INT64");
    if (this.takes("CASE")) return this.choice();
    if (this.takes("SAFE_CAST")) return this.cast(true);
    if (this.takes("CAST")) return this.cast(false);
    if (this.takes("SAFE")) {
      this.expect(".", "PARSE_JSON");
      const { sql, column } = this.argument("STRING");
      return { sql: `TRY_CAST(${sql} AS JSON)`, type: "JSON", column };
    }
    if (this.takes("DATETIME")) {
      this.expect("(");
      const { sql, type, column } = this.value();
      this.expect(",");
      if (type !== "TIMESTAMP" || this.next("text") !== "UTC") this.refuse();
      this.expect(")");
      return { sql, type: "DATETIME", column };
    }
    if (this.takes("TO_HEX")) {
      const { sql, column } = this.argument("BYTES");
      return { sql: `lower(hex(${sql}))`, type: "STRING", column };
    }
    if (this.takes("SHA256")) {
      const { sql } = this.argument("STRING", "BYTES");
      return { sql: `unhex(sha256(${sql}))`, type: "BYTES" };
    }
    return this.refuse();
  }

  private column(name: string): Value & Pick<Count, "column"> {
    const column = this.columns.find((it) => it.name.toLowerCase() === name.toLowerCase());
    if (column === undefined) throw new BigQueryError("invalid", `Unrecognized name: ${name}`);
    return { sql: identifier(column.name), type: column.type, column };
  }

  private argument(...types: readonly ViewColumnType[]): Value {
    this.expect("(");
    const value = this.value();
    this.expect(")");
    if (types.includes(value.type)) return value;
    throw new BigQueryError(
      "invalid",
      `No matching signature for a function of ${types.join(" or ")}, given ${value.type}`,
    );
  }

  private cast(safe: boolean): Value {
    this.expect("(");
    const value = this.takes("NULL") ? undefined : this.value();
    this.expect("AS");
    const type = this.next("word");
    if (!isViewType(type)) throw new BigQueryError("invalid", `The local BigQuery has no type ${type}`);
    this.expect(")");
    return value === undefined ? nullOf(type) : { ...value, ...castValue(value, type, safe) };
  }

  /** `` CASE TO_HEX(`bit`) WHEN '01' THEN TRUE … END ``. */
  private choice(): Value {
    const { sql, type, column } = this.value();
    if (type !== "STRING") this.refuse();
    const cases: string[] = [];
    while (this.takes("WHEN")) {
      const value = literal(this.next("text"));
      this.expect("THEN");
      const result = this.takes("TRUE") ? "TRUE" : "FALSE";
      if (result === "FALSE") this.expect("FALSE");
      cases.push(`WHEN ${value} THEN ${result}`);
    }
    this.expect("END");
    return { sql: `CASE ${sql} ${cases.join(" ")} END`, type: "BOOL", column };
  }
}

/**
 * Takes a statement apart that makes a view. Nothing but the shape that the maker of the views builds is understood.
 * @throws BigQueryError for any other statement
 */
export function readViewStatement(sql: string): ViewStatement {
  const reader = new Reader(sql);
  reader.expect("CREATE", "OR", "REPLACE", "VIEW");
  const view = reader.path();
  const options = reader.options();
  reader.expect("AS");
  const definition = reader.rest.trim().replace(/;$/, "");
  return { view, options, definition, from: tableRead(sql) };
}

/**
 * The columns of a view over a table.
 * @throws BigQueryError where the query does not fit the table's columns, and for what no view of the maker's has
 */
export function viewColumns(definition: string, columns: readonly SourceColumn[]): ViewColumn[] {
  const reader = new Reader(definition, columns);
  const items = reader.select(() => reader.item());
  const names = new Set<string>();
  for (const { name } of items) {
    if (names.has(name.toLowerCase())) {
      throw new BigQueryError("invalid", `Duplicate column names in the result are not supported: ${name}`);
    }
    names.add(name.toLowerCase());
  }
  return items;
}

/**
 * What a query counts in a table. Nothing but the shape of `countsStatement` is understood.
 * @throws BigQueryError where the query does not fit the table's columns, and for any other query
 */
export function countsOf(sql: string, columns: readonly SourceColumn[]): Count[] {
  const reader = new Reader(sql, columns, "a query that counts");
  return reader.select(() => reader.count());
}
