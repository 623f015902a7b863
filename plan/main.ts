import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { RunError } from "@pulumi/pulumi/errors";
import { refuseLostOptions } from "../rehearsal/lostOptions";
import { StackFileError } from "../rehearsal/program/stackFile";
import { askPassword, hidePassword } from "../rehearsal/servers/password";
import { readCatalog } from "../rehearsal/servers/readCatalog";
import { SourceError } from "../rehearsal/servers/sourceError";
import { localTime } from "../rehearsal/terminal";
import { command, type Options, parsedOptions } from "./options";
import { pageOf } from "./page";
import { planOf } from "./plan";
import { stackContext } from "./stackContext";
import { planText } from "./terminal";

const PROJECT_FOLDER = resolve(__dirname, "..");

/** The page cannot be written; its message alone is for the user. */
class PageError extends Error {
  override readonly name = "PageError";
}

function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (cause) {
    throw new PageError(`The page cannot be written: ${(cause as Error).message}.`, { cause });
  }
}

async function run(options: Options, signal: AbortSignal): Promise<void> {
  // Before anybody is asked for a password.
  stackContext(PROJECT_FOLDER, options.stack, "mysql", options.region);
  const catalog = await readCatalog(options.source, { signal, askPassword });
  const context = stackContext(PROJECT_FOLDER, options.stack, catalog.engine, options.region);
  const today = localTime(new Date(), context.settings.schedule.timeZone).slice(0, 10);
  const plan = planOf(catalog, context, today, options.parquetRatio);
  if (options.html !== undefined && options.html !== "-") writePage(options.html, pageOf(plan));
  if (options.html === "-") print(pageOf(plan));
  else if (options.json) print(JSON.stringify(plan, undefined, 2));
  else print(planText(plan, options));
  if (!plan.movable) {
    console.error(`No table of ${catalog.database} can be loaded.`);
    process.exitCode = 1;
  }
}

/** True for errors whose message is all that a person needs. */
function isForPeople(error: unknown): error is Error {
  return (
    error instanceof SourceError ||
    error instanceof StackFileError ||
    error instanceof PageError ||
    RunError.isInstance(error)
  );
}

async function main(): Promise<void> {
  const line = command();
  refuseLostOptions(line, process.env);
  const options = parsedOptions(line);
  const interruption = new AbortController();
  // Whoever reads the output has gone: `npm run plan | head`.
  process.stdout.on("error", () => interruption.abort());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interruption.abort());
  try {
    hidePassword(options.source);
    await run(options, interruption.signal);
  } catch (error) {
    if (interruption.signal.aborted) console.error("Interrupted. Nothing was written.");
    else console.error(isForPeople(error) ? error.message : error);
    process.exitCode = 1;
  }
}

void main();
