import { isDeepStrictEqual } from "node:util";
import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { SourceTable } from "../../../contract/layout";
import { own } from "../../../contract/own";
import { nameInStackFile, yamlName } from "../../../contract/stackFileLines";
import { OperatorError } from "../../session/operatorError";

/** A stack file. */
export interface StackFilePlace {
  /** Its name, for people: `Pulumi.prod.yaml`. */
  readonly file: string;
  /** Name of the project, before the colon of its keys. */
  readonly project: string;
}

/** Lines behind the line in which an instant of the text lies. */
interface Addition {
  /** Offset of the line's end: its `\n`, or the end of the text. */
  readonly lineEnd: number;
  readonly lines: readonly string[];
}

type Tables = Readonly<Record<string, readonly unknown[]>>;

const KEY = "databases";
/** How far the lines of a map's value stand behind its keys where no line says so. */
const INDENTATION = 2;
/** What may stand behind a value on its line. */
const REST_OF_LINE = /^(?:[ \t]+#.*|[ \t]*)\r?$/;

function wayOut(why: string, { file }: StackFilePlace): OperatorError {
  return new OperatorError(`${file} stays as it is, because ${why}: put the lines in by hand.`);
}

/** The name of a table's entry: a text, or a map with `name`. */
function nameOfEntry(entry: unknown): unknown {
  return typeof entry === "object" && entry !== null && "name" in entry ? entry.name : entry;
}

/** Offset behind the last sign of a node; undefined where that is not for sure. */
function endOf(node: ParsedNode | null | undefined): number | undefined {
  if (!node) return undefined;
  // The range of a block's text goes on over the lines behind it.
  if (isScalar(node) && (node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL)) {
    return undefined;
  }
  if (isScalar(node) || isAlias(node) || node.flow) return node.range[1];
  if (isSeq(node)) return endOf(node.items.at(-1));
  const last = node.items.at(-1);
  return endOf(last?.value ?? undefined);
}

/** Text, and where its lines begin and end. */
class Lines {
  constructor(private readonly text: string) {}

  /** The column of what begins its line; undefined for what does not. */
  columnOf(offset: number): number | undefined {
    const before = this.text.slice(this.text.lastIndexOf("\n", offset - 1) + 1, offset);
    return /^ *$/.test(before) ? before.length : undefined;
  }

  /** Where the line ends that a value ends in; undefined where anything but a comment stands behind the value. */
  endOfLine(valueEnd: number): number | undefined {
    const next = this.text.indexOf("\n", valueEnd);
    const lineEnd = next < 0 ? this.text.length : next;
    return REST_OF_LINE.test(this.text.slice(valueEnd, lineEnd)) ? lineEnd : undefined;
  }

  /** The text with what is added; lines end as their neighbours do, and the last one as it did. */
  with(additions: readonly Addition[]): string {
    const lineBreak = /\r?\n/.exec(this.text)?.[0] ?? "\n";
    let result = "";
    let from = 0;
    for (const { lineEnd, lines } of [...additions].sort((one, other) => one.lineEnd - other.lineEnd)) {
      result += this.text.slice(from, lineEnd);
      const before = this.text[lineEnd - 1] === "\r";
      const end = lineEnd === this.text.length ? lineBreak : before ? "\r\n" : "\n";
      // Behind the line's own `\r`, which its `\n` follows then.
      const added = lines.join(end);
      result += before && lineEnd < this.text.length ? `\n${added}\r` : `${end}${added}`;
      from = lineEnd;
    }
    return result + this.text.slice(from);
  }
}

/** Where the dash of a list's last entry stands, and what parts it from the entry; undefined where that is not for sure. */
function dashOf(list: YAMLSeq, text: string, lines: Lines): { column: number; gap: string } | undefined {
  const token = list.srcToken;
  if (token?.type !== "block-seq") return undefined;
  // Comments behind the last entry are an item without a dash.
  const dash = token.items
    .flatMap(({ start }) => start.find(({ type }) => type === "seq-item-ind") ?? [])
    .at(-1);
  const column = dash && lines.columnOf(dash.offset);
  if (dash === undefined || column === undefined) return undefined;
  const [gap = " "] = /^ +(?=[^ \r\n#])/.exec(text.slice(dash.offset + 1)) ?? [];
  return { column, gap };
}

function entryLine(column: number, gap: string, name: string): string {
  return `${" ".repeat(column)}-${gap}${yamlName(name)}`;
}

/** Adds names of tables behind the last one of a list. */
function behindLast(
  list: YAMLSeq.Parsed,
  names: readonly string[],
  text: string,
  lines: Lines,
): Addition | undefined {
  const dash = dashOf(list, text, lines);
  const end = endOf(list);
  const lineEnd = end === undefined ? undefined : lines.endOfLine(end);
  if (dash === undefined || lineEnd === undefined) return undefined;
  return { lineEnd, lines: names.map((name) => entryLine(dash.column, dash.gap, name)) };
}

/** Adds a database behind the last one, with its lines as far apart as those of the others. */
function behindDatabases(
  databases: YAMLMap.Parsed,
  database: string,
  names: readonly string[],
  text: string,
  lines: Lines,
): Addition | undefined {
  const first = databases.items[0]?.key;
  const column = isScalar(first) ? lines.columnOf(first.range[0]) : undefined;
  const end = endOf(databases);
  const lineEnd = end === undefined ? undefined : lines.endOfLine(end);
  if (column === undefined || lineEnd === undefined) return undefined;
  const dashes = databases.items.flatMap(({ value }) =>
    isSeq(value) ? (dashOf(value, text, lines) ?? []) : [],
  );
  const { column: dashColumn, gap } = dashes.at(-1) ?? { column: column + INDENTATION, gap: " " };
  return {
    lineEnd,
    lines: [
      `${" ".repeat(column)}${yamlName(database)}:`,
      ...names.map((name) => entryLine(dashColumn, gap, name)),
    ],
  };
}

function namesByDatabase(tables: readonly SourceTable[], present: Tables): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const it of tables) {
    const [name, all] = [nameInStackFile(it), names.get(it.database) ?? []];
    const listed = own(present, it.database) ?? [];
    const isThere = listed.some((entry) => nameOfEntry(entry) === name) || all.includes(name);
    if (!isThere) names.set(it.database, [...all, name]);
  }
  return names;
}

function read(text: string, place: StackFilePlace) {
  const document = parseDocument(text, { keepSourceTokens: true, merge: true });
  const [fault] = document.errors;
  if (fault !== undefined) throw wayOut(`it is no YAML (${fault.message.split("\n")[0]})`, place);
  try {
    return { document, content: document.toJS() as unknown };
  } catch (error) {
    throw wayOut(`its aliases cannot be followed (${(error as Error).message})`, place);
  }
}

/** What the file should say, with the names added. */
function withNames(
  content: { config: Record<string, Tables> },
  key: string,
  names: ReadonlyMap<string, readonly string[]>,
) {
  const databases = own(content.config, key) ?? {};
  const added = [...names].map(([database, more]) => {
    const before = own(databases, database) ?? [];
    return [database, [...before, ...more]] as const;
  });
  return {
    ...content,
    config: { ...content.config, [key]: { ...databases, ...Object.fromEntries(added) } },
  };
}

/**
 * The text of a stack file with tables added, each on a line of its own behind the last one of its database, and new
 * databases behind the last one. Nothing else of the text differs. A table that is listed is left out.
 * @throws OperatorError with a sentence where it is not for sure that the file would say this, and nothing else
 */
export function addTables(text: string, tables: readonly SourceTable[], place: StackFilePlace): string {
  const { document, content } = read(text, place);
  const root: unknown = document.contents;
  const config = isMap(root) ? root.get("config", true) : undefined;
  const keys = isMap(config)
    ? config.items.filter(({ key }) =>
        [`${place.project}:${KEY}`, KEY].includes(String(isScalar(key) ? key.value : key)),
      )
    : [];
  const [pair] = keys;
  const databases = pair?.value as ParsedNode | null | undefined;
  if (pair === undefined || keys.length > 1 || !isMap(databases) || databases.flow === true) {
    throw wayOut("its `databases` are no map with a line for each database", place);
  }
  const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
  const whole = content as { config: Record<string, Tables> };
  const names = namesByDatabase(tables, own(whole.config, key) ?? {});
  const lines = new Lines(text);
  const entryOf = (database: string) =>
    databases.items.find((it) => isScalar(it.key) && String(it.key.value) === database);
  // Where both end in one line, a new database comes behind what is added to the last one.
  const isNew = ([database]: [string, unknown]) => Number(entryOf(database) === undefined);
  const ordered = [...names].sort((one, other) => isNew(one) - isNew(other));
  const additions = ordered.map(([database, added]) => {
    const entry = entryOf(database);
    const list = entry?.value;
    if (entry !== undefined && (!isCollection(list) || !isSeq(list) || list.flow === true)) {
      throw wayOut(`the tables of database ${database} do not stand on a line each`, place);
    }
    const addition = isSeq(list)
      ? behindLast(list, added, text, lines)
      : behindDatabases(databases, database, added, text, lines);
    if (addition === undefined) {
      throw wayOut(`it is not plain where the last table of database ${database} ends`, place);
    }
    return addition;
  });
  const result = lines.with(additions);
  // Anchors, merges and whatever else has a say in what a line means.
  if (!isDeepStrictEqual(read(result, place).content, withNames(whole, key, names))) {
    throw wayOut("more than the new tables would change in it, as where lists share an anchor", place);
  }
  return result;
}
