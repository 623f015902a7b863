import { faultAt } from "./sqlFile";

/** One thing that psql does for a script. Lines count from 1. */
export type ScriptItem =
  | { readonly kind: "statement"; readonly line: number; readonly text: string }
  /** `COPY … FROM stdin` and the lines behind it. */
  | { readonly kind: "copy"; readonly line: number; readonly text: string; readonly rows: string }
  /** `\connect shop`. */
  | { readonly kind: "command"; readonly line: number; readonly name: string; readonly argument: string };

/** Where psql looks twice: comments, quotes, brackets, the end of a statement, its own commands, and words. */
const LANDMARK =
  /--|\/\*|["'();\\]|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g;

/** Statements whose body may be a block of statements: `BEGIN ATOMIC …; …; END`. */
const ROUTINE = /^create (or replace )?(function|procedure)\b/;
const ROUTINE_WORDS = 4;

const COPY_FROM_STDIN = /^COPY\b[\s\S]*\bFROM\s+STDIN\b/i;

/**
 * Takes a script apart as psql does, lazily, so that what comes first is found at fault first. The libraries for this
 * lose empty lines of COPY rows and do not know E'…' texts, nested comments or psql's commands.
 * Source: PostgreSQL documentation, "psql" and "Lexical Structure".
 */
class ScriptReader {
  private position = 0;
  private countedTo = 0;
  private lineThere = 1;
  /** What `standard_conforming_strings = off` changes: a backslash escapes in every text. */
  private backslashEscapes = false;

  constructor(
    private readonly script: string,
    private readonly file: string,
  ) {}

  *items(): Generator<ScriptItem> {
    for (this.skipBlank(); this.position < this.script.length; this.skipBlank()) {
      const line = this.lineAt(this.position);
      if (this.script[this.position] === "\\") {
        yield this.command(line);
        continue;
      }
      const text = this.statement();
      if (text === "") continue;
      const conforming = /^SET\s+standard_conforming_strings\s*(?:=|TO)\s*'?(on|off)/i.exec(text);
      if (conforming !== null) this.backslashEscapes = conforming[1]?.toLowerCase() === "off";
      if (COPY_FROM_STDIN.test(text)) yield { kind: "copy", line, text, rows: this.copyRows(line) };
      else yield { kind: "statement", line, text };
    }
  }

  /** Offsets must not go back: lines are counted once. */
  private lineAt(offset: number): number {
    for (let at = this.script.indexOf("\n", this.countedTo); at >= 0 && at < offset; ) {
      this.lineThere++;
      this.countedTo = at + 1;
      at = this.script.indexOf("\n", this.countedTo);
    }
    return this.lineThere;
  }

  private endOfLine(): number {
    const end = this.script.indexOf("\n", this.position);
    return end < 0 ? this.script.length : end;
  }

  private skipBlank(): void {
    for (;;) {
      if (this.script.startsWith("--", this.position)) this.position = this.endOfLine();
      else if (this.script.startsWith("/*", this.position)) this.skipComment();
      else if (/\s/.test(this.script.charAt(this.position))) this.position++;
      else return;
    }
  }

  private command(line: number): ScriptItem {
    const end = this.endOfLine();
    const [, name = "", argument = ""] =
      /^\\([^\s;]*);?\s*(.*)$/.exec(this.script.slice(this.position, end).trimEnd()) ?? [];
    this.position = end;
    return { kind: "command", line, name, argument: argument.replace(/;$/, "").trim() };
  }

  /** Reads to the semicolon that ends the statement, or to the end of the script. */
  private statement(): string {
    const start = this.position;
    const words: string[] = [];
    let brackets = 0;
    let blocks = 0;
    for (;;) {
      LANDMARK.lastIndex = this.position;
      const [landmark = ""] = LANDMARK.exec(this.script) ?? [];
      if (landmark === "") {
        this.position = this.script.length;
        return this.script.slice(start).trimEnd();
      }
      const at = LANDMARK.lastIndex - landmark.length;
      this.position = at;
      if (landmark === ";" && brackets <= 0 && blocks === 0) {
        this.position = at + 1;
        return this.script.slice(start, at).trimEnd();
      }
      if (landmark === "(") brackets++;
      else if (landmark === ")") brackets--;
      else if (landmark === "\\") this.refuseCommandInside();
      if (/^\w/.test(landmark) && brackets === 0) {
        if (words.length < ROUTINE_WORDS) words.push(landmark.toLowerCase());
        if (ROUTINE.test(words.join(" "))) blocks = depthBehind(landmark.toLowerCase(), blocks);
      }
      this.skipLandmark(landmark);
    }
  }

  private skipLandmark(landmark: string): void {
    if (landmark === "--") this.position = this.endOfLine();
    else if (landmark === "/*") this.skipComment();
    else if (landmark === "'") this.skipText(this.backslashEscapes);
    else if (/^e$/i.test(landmark) && this.script[this.position + 1] === "'") {
      this.position++;
      this.skipText(true);
    } else if (landmark === '"' || landmark.startsWith("$")) this.skipTo(landmark, landmark.length);
    else this.position += landmark.length;
  }

  /** Skips to behind the next end mark; a doubled quote is two texts side by side. */
  private skipTo(mark: string, from: number): void {
    const end = this.script.indexOf(mark, this.position + from);
    if (end < 0) throw this.neverClosed(mark);
    this.position = end + mark.length;
  }

  private skipText(backslashEscapes: boolean): void {
    const mark = backslashEscapes ? /''|'|\\[\s\S]/g : /''|'/g;
    mark.lastIndex = this.position + 1;
    for (let found = mark.exec(this.script); found !== null; found = mark.exec(this.script)) {
      if (found[0] !== "'") continue;
      this.position = mark.lastIndex;
      return;
    }
    throw this.neverClosed("'");
  }

  private skipComment(): void {
    const mark = /\/\*|\*\//g;
    mark.lastIndex = this.position;
    let depth = 0;
    for (let found = mark.exec(this.script); found !== null; found = mark.exec(this.script)) {
      depth += found[0] === "/*" ? 1 : -1;
      if (depth === 0) {
        this.position = mark.lastIndex;
        return;
      }
    }
    throw this.neverClosed("/*");
  }

  /** The lines behind `COPY … FROM stdin;` up to the line `\.`, which is not part of them. */
  private copyRows(line: number): string {
    const start = this.endOfLine() + 1;
    for (let at = start - 1; at >= 0 && at < this.script.length; at = this.script.indexOf("\n", at + 1)) {
      if (!/^\\\.\r?(?:\n|$)/.test(this.script.slice(at + 1, at + 5))) continue;
      this.position = at + 3;
      return this.script.slice(start, at + 1);
    }
    throw faultAt(this.file, line, "the rows of this COPY do not end with a line `\\.`: the file is cut off");
  }

  private refuseCommandInside(): never {
    const line = this.lineAt(this.position);
    const name = /^\\\S*/.exec(this.script.slice(this.position, this.endOfLine()))?.[0];
    throw faultAt(this.file, line, `the psql command ${name} in the middle of a statement is not supported`);
  }

  private neverClosed(mark: string): Error {
    return faultAt(this.file, this.lineAt(this.position), `what begins here with ${mark} is never closed`);
  }
}

/** How deep in blocks of a routine's body the text behind a word is. */
function depthBehind(word: string, depth: number): number {
  if (word === "begin") return depth + 1;
  if (word === "case" && depth > 0) return depth + 1;
  return word === "end" && depth > 0 ? depth - 1 : depth;
}

/**
 * Takes a psql script apart, one item after the other.
 * @throws SqlFileError where a quote, a comment or the rows of a COPY are not closed
 */
export function readScript(script: string, file: string): Generator<ScriptItem> {
  return new ScriptReader(script, file).items();
}
