import { main } from "../../ops/main";
import type { World } from "../../ops/session/session";
import { followInLines, type Terminal } from "../../ops/session/terminal";

/** What a command has said. */
export interface Said {
  readonly status: number;
  readonly printed: string;
  readonly complaints: readonly unknown[];
  readonly questions: readonly string[];
}

/** How a command is run here. */
export interface Run {
  /** What the person answers to every question; nobody can be asked where it is left out. */
  readonly answer?: boolean;
  readonly world?: World;
  readonly signal?: AbortSignal;
  /** Hears of each line as it is printed. */
  readonly onLine?: (line: string) => void;
}

/** Runs the operator's command line in this process, on a terminal of the test's. */
export async function runOps(args: readonly string[], run: Run = {}): Promise<Said> {
  const { answer, world, signal = new AbortController().signal, onLine } = run;
  const [printed, complaints, questions]: [string[], unknown[], string[]] = [[], [], []];
  const print = (line: string) => {
    printed.push(line);
    onLine?.(line);
  };
  const terminal: Terminal = {
    print,
    complain: (line) => complaints.push(line),
    follow: followInLines(print),
    ...(answer !== undefined && {
      ask: async (question) => {
        questions.push(question);
        return answer;
      },
    }),
  };
  const status = await main(args, terminal, signal, world);
  return { status, printed: printed.join("\n"), complaints, questions };
}
