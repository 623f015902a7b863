import { Command, InvalidArgumentError, Option } from "commander";
import { nearest } from "../settings/faults";
import { FAULTS, type Fault, isFault } from "./faults";

/** What a person asks of a rehearsal. */
export interface Options {
  readonly stack: string;
  readonly days?: number;
  readonly date?: string;
  readonly fault?: Fault;
  /** Spot runs by hand, at last. */
  readonly runNow: number | true;
  /** In place of the stack's `schedule.load`. */
  readonly load?: string;
  readonly sql?: string;
  /** URL of a server's database. */
  readonly source?: string;
  /** Of the server's tables, these alone; all if left out. */
  readonly table?: readonly string[];
  readonly limitRows?: number;
  readonly port: number;
  readonly json: boolean;
  /** The clouds stay up when the days are over, for `npm run ops -- … --local`. */
  readonly stay?: true;
  /** A year with random faults, in place of days on the local clouds. */
  readonly year?: true;
  /** Which year. */
  readonly seed?: number;
}

const MOST_SEED = 999_999;
const MOST_ROWS = 1_000_000_000;

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

function calendarDate(text: string): string {
  const date = new Date(`${text}T00:00:00Z`);
  if (
    /^2\d{3}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text)
  ) {
    return text;
  }
  throw new InvalidArgumentError("Expected a date of the calendar, such as 2025-02-18.");
}

function fault(text: string): Fault {
  if (isFault(text)) return text;
  const names = Object.keys(FAULTS);
  const meant = nearest(text, names);
  const hint = meant === undefined ? "" : `Did you mean ${meant}? `;
  throw new InvalidArgumentError(`${hint}Expected ${names.join(", ")}, or denied:<Sid or action>.`);
}

/** `--run-now` alone means once; commander gives `true` for it, and the parser for a number. */
export function spotRunsOf(runNow: number | true): number {
  return runNow === true ? 1 : runNow;
}

/** The command line of `npm run rehearse`. */
export function command(): Command {
  const faults = Object.entries(FAULTS).map(([name, what]) => `  ${name.padEnd(22)}${what}`);
  return new Command("npm run rehearse --")
    .description("Runs the program's whole night on this machine: Aurora, S3, transfers, BigQuery.")
    .option("--stack <name>", "stack file to run: prod, stg, or one of yours", "prod")
    .option(
      "--days <number>",
      "days to live through (default: 1; 2 for faults that need rows of the day before)",
      wholeNumber(1, 366),
    )
    .option("--date <YYYY-MM-DD>", "local date of the first load (default: today)", calendarDate)
    .option("--fault <name>", "goes wrong on the last day; the names are below", fault)
    .option(
      "--run-now [times]",
      "at last, export and load by hand, whatever the clock says, once or several times",
      wholeNumber(1, 5),
      0,
    )
    .option("--load <when>", "onExportComplete or a time, in place of the stack's `schedule.load`")
    .option(
      "--source <url>",
      "rehearse your own database, read-only: mysql://user@host/database or postgres://user@host/database",
    )
    .option(
      "--table <name>",
      "of its tables this one alone, as a stack file names it; repeat it for more",
      (name: string, names: readonly string[] = []) => [...names, name],
    )
    .option(
      "--limit-rows <number>",
      "of each of its tables no more rows than these",
      wholeNumber(1, MOST_ROWS),
    )
    .addOption(
      new Option("--sql <file>", "rehearse a script of your own: all its tables").conflicts("source"),
    )
    .option(
      "--port <number>",
      "port of the local AWS endpoint (default: a free one)",
      wholeNumber(1, 65535),
      0,
    )
    .option("--json", "print the report as JSON and nothing else", false)
    .option("--stay", "keep the clouds up afterwards, for `npm run ops -- status --local`, until Ctrl-C")
    .addOption(
      new Option(
        "--year",
        "walk through a year with random faults in both modes, and with the original design",
      ).conflicts(["days", "fault", "runNow", "load", "sql", "source", "port", "stay"]),
    )
    .addOption(
      new Option("--seed <number>", "which year: the same number gives the same year (default: 1)")
        .argParser(wholeNumber(0, MOST_SEED))
        .implies({ year: true }),
    )
    .addHelpText(
      "after",
      `\nFaults:\n${faults.join("\n")}\n  denied:<Sid or action>  takes one permission away, such as denied:ReadExportsOfThisStack`,
    )
    .allowExcessArguments(false)
    .showHelpAfterError("(add --help for all options)");
}
