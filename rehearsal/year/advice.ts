/** A command of a report or of an error: a function, and what it is to be invoked with. */
export interface Command {
  readonly functionName: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What a report tells a person to do. */
export interface Advice {
  /** One after the other. */
  readonly commands: readonly Command[];
  /** One of these, whichever fits the cause. */
  readonly alternatives: readonly Command[];
  /** Run time with which every transfer is to be run by hand. */
  readonly runTime?: Date;
  /** True if tables that are empty in Aurora are to be emptied by hand. */
  readonly emptiesTables: boolean;
  /** Local time before which nothing of it is to be done, in minutes behind midnight. */
  readonly notBefore?: number;
}

const COMMAND = /aws lambda invoke .*?--function-name (\S+) .*?--payload '(.*?)'/;
/** What comes in front of a command that nobody runs who just does what he is told. */
const IN_SPITE = /in spite of/;
const RUN_TIME = /Run each transfer by hand for the run time (\S+) /;
const EMPTY = '"Empty a table"';
const AFTER = /^After (\d{2}):(\d{2}) /m;

/** The command in a text, or undefined. */
export function commandIn(text: string): Command | undefined {
  const [, functionName, payload = ""] = COMMAND.exec(text) ?? [];
  if (functionName === undefined) return undefined;
  return { functionName, payload: JSON.parse(payload) as Command["payload"] };
}

/**
 * Reads a report as somebody does who has nothing else to go by.
 * @param exporterName of several exports that a report offers, one is made
 */
export function adviceOf(text: string, exporterName: string): Advice {
  const found = new Map<string, Command>();
  let heading = "";
  for (const line of text.split("\n")) {
    const command = commandIn(line);
    if (command === undefined) heading = line;
    else if (!IN_SPITE.test(heading)) found.set(JSON.stringify(command), command);
  }
  const all = [...found.values()];
  const runTime = RUN_TIME.exec(text)?.[1];
  const after = AFTER.exec(text);
  return {
    commands: all.filter(({ functionName }) => functionName !== exporterName),
    alternatives: all.filter(({ functionName }) => functionName === exporterName),
    ...(runTime !== undefined && { runTime: new Date(runTime) }),
    emptiesTables: text.includes(EMPTY),
    ...(after !== null && { notBefore: Number(after[1]) * 60 + Number(after[2]) }),
  };
}

/** True if there is nothing to do. */
export function isNothing({ commands, alternatives, runTime, emptiesTables }: Advice): boolean {
  return commands.length + alternatives.length === 0 && runTime === undefined && !emptiesTables;
}

/** What the error of a command tells whoever ran it: another command, or the same one later. */
export function adviceOfError(message: string): {
  readonly later: boolean;
  readonly slot?: string;
  readonly command?: Command;
} {
  const slot = /"Load an export by hand", slot (\d{10}) /.exec(message)?.[1];
  const command = commandIn(message);
  return {
    later: /Try again|start this one when/i.test(message),
    ...(slot !== undefined && { slot }),
    ...(command !== undefined && { command }),
  };
}
