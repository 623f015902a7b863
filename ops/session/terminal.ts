import { cut } from "../../functions/excerpt";

/** What is awaited, as it is shown. */
export interface Progress {
  /** @param percent 0 to 100, where it is known how far it is */
  update(message: string, percent?: number): void;
  /** Ends it, with what came of it. */
  done(message: string): void;
}

/** Where a command's words go, and come from. */
export interface Terminal {
  print(line: string): void;
  complain(line: unknown): void;
  /** True for a yes; left out where nobody can be asked. */
  readonly ask?: (question: string) => Promise<boolean>;
  /** Shows what is awaited: a bar on a terminal, elsewhere a line for each change. */
  follow(message: string): Progress;
  /** Shows a text in place of the one before; left out where there is no terminal. */
  readonly repaint?: (text: string) => void;
}

/** Follows in lines: one where something else is to be said, and for each tenth of what is known how far it is. */
export function followInLines(print: (line: string) => void): Terminal["follow"] {
  return (first) => {
    print(first);
    let last: string | number = first;
    return {
      update: (message, percent) => {
        const what = percent === undefined ? message : Math.floor(percent / 10);
        if (what !== last) print(message);
        last = what;
      },
      done: (message) => {
        if (message !== last) print(message);
      },
    };
  };
}

/** Columns of a bar. */
const BAR = 20;
/** To the line's beginning, and away with all that stands on it. */
const CLEAR_LINE = "\r\u001b[K";
const CLEAR_SCREEN = "\u001b[2J\u001b[3J\u001b[H";

function barText(message: string, percent: number, columns: number): string {
  const full = Math.round((Math.min(percent, 100) * BAR) / 100);
  // A line that goes on below could not be taken away again; nor one that fills the last column.
  return cut(`${"━".repeat(full)}${"─".repeat(BAR - full)}  ${message}`, Math.max(BAR, columns - 1));
}

/**
 * Follows on the last line of a terminal. Nothing is read from it, so that Ctrl-C is the program's own matter.
 * @param columns how wide the terminal is
 * @returns `clear` too, which takes the bar away before anything else is written
 */
export function followOnLine(
  write: (text: string) => void,
  columns: () => number,
): Pick<Terminal, "follow"> & { clear(): void } {
  let isShown = false;
  const clear = () => {
    if (isShown) write(CLEAR_LINE);
    isShown = false;
  };
  const follow: Terminal["follow"] = (first) => {
    let at = 0;
    const show = (message: string) => {
      write(`${CLEAR_LINE}${barText(message, at, columns())}`);
      isShown = true;
    };
    show(first);
    return {
      update: (message, percent = at) => {
        at = Math.max(at, percent);
        show(message);
      },
      done: (message) => {
        clear();
        write(`${message}\n`);
      },
    };
  };
  return { follow, clear };
}

/** The process's own terminal, or what stands in its place. */
export function processTerminal(): Terminal {
  const write = (text: string) => {
    process.stdout.write(text);
  };
  const print = (line: string) => write(`${line}\n`);
  const complain = (line: unknown) => console.error(line);
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    return { print, complain, follow: followInLines(print) };
  }
  const { follow, clear } = followOnLine(write, () => process.stdout.columns || 80);
  return {
    follow,
    print: (line) => {
      clear();
      print(line);
    },
    complain: (line) => {
      clear();
      complain(line);
    },
    repaint: (text) => write(`${CLEAR_SCREEN}${text}\n`),
    ask: async (message) => {
      // Loaded where somebody is asked: `--help` has to be quick.
      const { confirm } = require("@clack/prompts") as typeof import("@clack/prompts");
      // Ctrl-C is no yes.
      return (await confirm({ message, initialValue: false })) === true;
    },
  };
}
