import { Command, InvalidArgumentError } from "commander";
import type { Range } from "./range";

/** What a person asks of a plan. */
export interface Options {
  readonly source: string;
  readonly stack: string;
  /** In place of the stack's. */
  readonly region?: string;
  readonly parquetRatio?: Range;
  /** Every column, and not only tables. */
  readonly columns: boolean;
  readonly json: boolean;
  /** File of the page; `-` is standard output. */
  readonly html?: string;
}

const NUMBER = /^\d+(?:\.\d+)?$/;
const MOST_RATIO = 10;
const SOURCE = /^(?:mysql|postgres|postgresql):\/\//i;
const KINDS = "mysql://user@host/db or postgres://user@host/db";

/** `0.3`, or `0.2-0.6`. */
function ratio(text: string): Range {
  const [low = "", high = low, ...more] = text.split("-");
  const range = { low: Number(low), high: Number(high) };
  const isRange = more.length === 0 && [low, high].every((it) => NUMBER.test(it));
  if (isRange && range.low > 0 && range.low <= range.high && range.high <= MOST_RATIO) return range;
  throw new InvalidArgumentError(
    `Expected bytes of Parquet for a byte of rows, such as 0.3, or from 0.2-0.6, up to ${MOST_RATIO}.`,
  );
}

/** The command line of `npm run plan`. */
export function command(): Command {
  return new Command("npm run plan --")
    .description(
      "Says of a database of your own what would become of it: tables, columns, types, size, time, cost. Reads its catalog, and no row.",
    )
    .requiredOption("--source <url>", `the database: ${KINDS}`)
    .option(
      "--stack <name>",
      "stack file with Region, retention and times: prod, stg, or one of yours",
      "prod",
    )
    .option("--region <name>", "AWS Region in place of the stack's, for prices")
    .option(
      "--parquet-ratio <from-to>",
      "bytes of Parquet for a byte of rows on the server's disk (default: 0.2-0.6)",
      ratio,
    )
    .option("--columns", "print every column", false)
    .option("--json", "print the plan as JSON and nothing else", false)
    .option("--html <file>", "write the plan as one page to a file; - prints it and nothing else")
    .allowExcessArguments(false)
    .showHelpAfterError("(add --help for all options)");
}

/** Options as a person gave them. A fault names the option, and no text that may hold a password. */
export function parsedOptions(line: Command, argv?: readonly string[]): Options {
  const options = (
    argv === undefined ? line.parse() : line.parse([...argv], { from: "user" })
  ).opts<Options>();
  // Not where the option is read: commander's message would show the whole URL, and a password in it.
  if (!SOURCE.test(options.source)) line.error(`error: --source is no ${KINDS}`);
  if (options.json && options.html === "-")
    line.error("error: `--json` and `--html -` both print to standard output; give `--html` a file");
  return options;
}
