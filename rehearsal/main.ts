import { resolve } from "node:path";
import { RunError } from "@pulumi/pulumi/errors";
import { PortTakenError } from "./aws/endpoint";
import { BigQueryError } from "./bigquery/errors";
import type { Clouds } from "./clouds";
import { type OpenedStack, openSources } from "./databases/openSources";
import { SqlFileError } from "./databases/sqlFile";
import { diskFault } from "./diskFaults";
import { needsDayBefore } from "./faults";
import { refuseLostOptions } from "./lostOptions";
import { command, type Options, spotRunsOf } from "./options";
import { StackFileError } from "./program/stackFile";
import { settingsOf } from "./program/stackSettings";
import { evaluateStack, ProgramError, rehearse } from "./rehearsal";
import type { RehearsalReport } from "./report";
import type { OwnDatabase } from "./servers/ownDatabase";
import { askPassword, hidePassword } from "./servers/password";
import { SourceError } from "./servers/sourceError";
import { nameOf } from "./servers/sourceFaults";
import { stayOpen } from "./stay/openClouds";
import { logOperatorIn, logRowReaderIn } from "./stay/operatorsLogin";
import { closing, dayLine, dayTable, localTime, momentLine, yearTable } from "./terminal";
import { readYearStacks, simulateYear, type YearReport } from "./year/simulateYear";

const PROJECT_FOLDER = resolve(__dirname, "..");
/** Up to this many days the whole timeline is shown; more are a line each. */
const DAYS_IN_FULL = 3;

/** Shows what is under way on a terminal until the first line comes. */
class Progress {
  show(what: string): void {
    if (process.stderr.isTTY === true) process.stderr.write(`\r\u001b[K${what} …`);
  }

  end(): void {
    if (process.stderr.isTTY === true) process.stderr.write("\r\u001b[K");
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The stack, and the sample or the person's own database. */
async function open(options: Options, signal: AbortSignal): Promise<OpenedStack> {
  const { stack, load, sql, source, table, limitRows } = options;
  if (sql === undefined && source === undefined) return openSources(PROJECT_FOLDER, stack, undefined, load);
  const progress = new Progress();
  const own: OwnDatabase = {
    ...(sql !== undefined && { sql }),
    ...(source !== undefined && { source }),
    ...(limitRows !== undefined && { limitRows }),
    ...{ signal, askPassword },
    ...(table && { tables: table }),
    onTable: (it) => progress.show(`Copying ${nameOf(it)}`),
  };
  return openSources(PROJECT_FOLDER, stack, own, load).finally(() => progress.end());
}

async function run(options: Options, signal: AbortSignal): Promise<RehearsalReport> {
  const days = options.days ?? (needsDayBefore(options.fault) ? 2 : 1);
  const { stack, sources, leftOut, script } = await open(options, signal);
  for (const statement of leftOut) console.error(`${options.sql ?? "The database"}, ${statement}`);
  try {
    const settings = settingsOf(stack);
    const { timeZone } = settings.schedule;
    const full = days <= DAYS_IN_FULL;
    const spoken = !options.json;
    const progress = new Progress();
    progress.show(`Evaluating the program of stack ${options.stack}`);
    const evaluation = await evaluateStack(PROJECT_FOLDER, stack, signal).finally(() => progress.end());
    const stay = async (clouds: Clouds) => {
      const { aws, google } = logOperatorIn(clouds, settings, { firstNight: true });
      const { awsUrl, googleUrl } = clouds;
      print(staying(options.stack));
      const rowReader = logRowReaderIn(clouds, settings);
      const place = { awsUrl, googleUrl, aws, google, rowReader, outputs: evaluation.outputs };
      await stayOpen(clouds, place, { projectFolder: PROJECT_FOLDER, stack: options.stack }, signal);
    };
    return await rehearse({
      ...(options.stay && { afterwards: stay }),
      projectFolder: PROJECT_FOLDER,
      stack,
      evaluation,
      sources,
      script,
      days,
      date: options.date ?? localTime(new Date(), timeZone).slice(0, 10),
      fault: options.fault,
      spotRuns: spotRunsOf(options.runNow),
      port: options.port,
      signal,
      onMoment: (moment) => {
        if (spoken && full) print(momentLine(moment, timeZone));
      },
      onDay: (day) => {
        if (spoken) print(full ? `\n${dayTable(day, timeZone)}\n` : dayLine(day));
      },
    });
  } finally {
    for (const source of sources) await source.close();
  }
}

/** What a person can do now. */
function staying(stack: string): string {
  const named = stack === "prod" ? "" : ` --stack ${stack}`;
  return `The clouds stay up, and an hour there takes a minute. In another terminal: npm run ops -- status --local${named}. Ctrl-C ends them.
`;
}

/** A year of both modes and of the original design; nothing of the program is evaluated but its settings. */
async function runYear({ stack, seed = 1, date }: Options): Promise<YearReport> {
  const progress = new Progress();
  progress.show(`Walking through a year of stack ${stack}`);
  try {
    return await simulateYear(readYearStacks(PROJECT_FOLDER, stack), { seed, firstDate: date });
  } finally {
    progress.end();
  }
}

/** Prints a report, and tells by the exit status whether all is well. */
function conclude(report: { readonly ok: boolean }, json: boolean, words: () => string): void {
  print(json ? JSON.stringify(report, undefined, 2) : words());
  process.exitCode = report.ok ? 0 : 1;
}

/** True for errors whose message is all that a person needs. */
function isForPeople(error: unknown): error is Error {
  return (
    error instanceof StackFileError ||
    error instanceof ProgramError ||
    error instanceof PortTakenError ||
    error instanceof SqlFileError ||
    error instanceof SourceError ||
    error instanceof BigQueryError ||
    error instanceof RangeError ||
    RunError.isInstance(error)
  );
}

async function main(): Promise<void> {
  const line = command();
  refuseLostOptions(line, process.env);
  const options = line.parse().opts<Options>();
  const interruption = new AbortController();
  // Whoever reads the output has gone: `npm run rehearse | head`.
  process.stdout.on("error", () => interruption.abort());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interruption.abort());
  try {
    hidePassword(options.source);
    if (options.year) {
      const report = await runYear(options);
      conclude(report, options.json, () => yearTable(report));
    } else {
      const report = await run(options, interruption.signal);
      conclude(report, options.json, () => closing(report));
    }
  } catch (error) {
    if (interruption.signal.aborted)
      console.error("Interrupted. Nothing is left running, and nothing was kept.");
    else if (isForPeople(error)) console.error(error.message);
    else console.error(diskFault(error) ?? error);
    process.exitCode = 1;
  }
}

void main();
