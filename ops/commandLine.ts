import { type Command, Option } from "commander";
import type { Session, StackOptions, World } from "./session/session";
import type { Terminal } from "./session/terminal";

/** Status of a process that Ctrl-C has ended. Source: POSIX shells, 128 and the signal's number. */
export const INTERRUPTED = 130;

/** A command, added to the command line. What does its work is loaded when it is asked for: `--help` has to be quick. */
export type Definition = (ops: Command, line: CommandLine) => void;

/** Runs the work of one command, and knows how it ended. */
export class CommandLine {
  /** Exit status: 1 where the command has found what is not well, or could not do its work. */
  status = 0;

  constructor(
    readonly terminal: Terminal,
    /** Aborted by Ctrl-C. */
    readonly signal: AbortSignal,
    /** What tests replace. */
    private readonly world?: World,
  ) {}

  /**
   * Does a command's work, whose failure is one sentence.
   * @param work true where all is well
   */
  async attempt(work: () => boolean | Promise<boolean>): Promise<void> {
    try {
      this.status = (await work()) ? 0 : 1;
    } catch (error) {
      this.status = this.signal.aborted ? INTERRUPTED : 1;
      if (this.signal.aborted) return;
      const { operatorsWords } =
        require("./session/operatorError") as typeof import("./session/operatorError");
      this.terminal.complain(operatorsWords(error) ?? error);
    }
  }

  /** Works on a deployed stack; the options are those of `onStack`. */
  onSession(options: StackOptions, work: (session: Session) => Promise<boolean>): Promise<void> {
    return this.attempt(async () => {
      const { openSession } = require("./session/session") as typeof import("./session/session");
      const session = await openSession(options, this.terminal, this.signal, this.world);
      try {
        return await work(session);
      } finally {
        session.close();
      }
    });
  }
}

/** Adds the options of a command that works on a deployed stack. */
export function onStack(command: Command): Command {
  return command
    .addOption(new Option("--stack <name>", "stack to work on, as Pulumi names it").default("prod"))
    .option("--outputs <file>", "what `pulumi stack output --json` has printed, in place of running it")
    .addOption(
      new Option("--local", "work on the clouds that `npm run rehearse -- --stay` keeps up").conflicts(
        "outputs",
      ),
    )
    .allowExcessArguments(false);
}

/** An option that can be given more than once. */
export function repeatable(flags: string, description: string, whenLeftOut: string): Option {
  return new Option(flags, description)
    .argParser((value, before: readonly string[]) => [...before, value])
    .default([], whenLeftOut);
}

/** Shows how a command is called, below its options. */
export function example(command: string): string {
  return `\nExample:\n  ${command}`;
}
