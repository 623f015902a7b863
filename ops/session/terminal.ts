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

const CLEAR_SCREEN = "\u001b[2J\u001b[3J\u001b[H";

/** The process's own terminal, or what stands in its place. */
export function processTerminal(): Terminal {
  const print = (line: string) => {
    process.stdout.write(`${line}\n`);
  };
  const words = { print, complain: (line: unknown) => console.error(line) };
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    return { ...words, follow: followInLines(print) };
  }
  return {
    ...words,
    repaint: (text) => process.stdout.write(`${CLEAR_SCREEN}${text}\n`),
    ask: async (message) => {
      const { confirm } = require("@clack/prompts") as typeof import("@clack/prompts");
      // Ctrl-C is no yes.
      return (await confirm({ message, initialValue: false })) === true;
    },
    follow: (first) => {
      // Loaded where something is awaited on a terminal: `--help` has to be quick.
      const { progress } = require("@clack/prompts") as typeof import("@clack/prompts");
      const bar = progress({ max: 100 });
      bar.start(first);
      let at = 0;
      return {
        update: (message, percent = at) => {
          bar.advance(Math.max(0, Math.round(percent) - at), message);
          at = Math.max(at, Math.round(percent));
        },
        done: (message) => {
          bar.stop(message);
        },
      };
    },
  };
}
