import { resolve } from "node:path";
import { Command, Option } from "commander";
import { refuseLostOptions } from "../rehearsal/lostOptions";
import { readStack } from "../rehearsal/program/stackFile";
import { settingsOf } from "../rehearsal/program/stackSettings";
import { ask } from "./ask";
import { type CastsOptions, type CastsTerminal, casts } from "./casts";
import { type CountOptions, count, countText } from "./count";
import { dbtSources } from "./dbtSources";
import { operatorsWords } from "./operatorError";

// Run by `npm run ops`: what an operator does by hand with a deployed stack, with credentials of their own.

const PROJECT_FOLDER = resolve(__dirname, "..");

/** Where a command's words go, and come from. */
export interface Terminal extends CastsTerminal {
  complain(line: unknown): void;
}

/** Does a command's work, whose failure is one sentence. */
async function attempt({ complain }: Terminal, work: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    complain(operatorsWords(error) ?? error);
    return false;
  }
}

async function runCount(
  { json, ...options }: CountOptions & { readonly json: boolean },
  { print }: Terminal,
): Promise<boolean> {
  const report = await count(options);
  print(json ? JSON.stringify(report, undefined, 2) : countText(report));
  return report.equal;
}

/**
 * Runs a command.
 * @param args what stands behind `npm run ops --`
 * @returns the exit status
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const ops = new Command("npm run ops --").description("Works on a deployed stack by hand.");
  let isWell = true;
  const commands = [
    ops
      .command("count")
      .description("Counts the rows of an export's files, and of the same tables in BigQuery.")
      .option("--stack <name>", "stack that has made the export", "prod")
      .requiredOption("--slot <YYYYMMDDHH>", "the hour in the export's name, such as 2025021806")
      .option("--outputs <file>", "what `pulumi stack output --json` has printed, in place of running it")
      .addOption(
        new Option("--table <dataset.table>", "only this table in BigQuery; can be given more than once")
          .argParser((table, before: readonly string[]) => [...before, table])
          .default([], "all of the export"),
      )
      .option("--json", "print the report as JSON and nothing else", false)
      .allowExcessArguments(false)
      .action(async (options: CountOptions & { readonly json: boolean }) => {
        isWell = await attempt(terminal, () => runCount(options, terminal));
      }),
    ops
      .command("casts")
      .description(
        "Counts the values of a table that its typed view shows as NULL, because they do not cast.",
      )
      .option("--stack <name>", "stack that loads the table, by its stack file", "prod")
      .requiredOption("--table <database.table>", "the table, such as shop.users")
      .option("--yes", "read the table without a question", false)
      .allowExcessArguments(false)
      .action(async ({ stack, ...options }: CastsOptions & { readonly stack: string }) => {
        isWell = await attempt(terminal, async () => {
          await casts(settingsOf(readStack(PROJECT_FOLDER, stack)), options, terminal);
          return true;
        });
      }),
    ops
      .command("dbt-sources")
      .description("Prints a sources.yml for dbt of the tables that a stack loads, by its stack file.")
      .option("--stack <name>", "stack that loads them", "prod")
      .allowExcessArguments(false)
      .action(async ({ stack }: { readonly stack: string }) => {
        isWell = await attempt(terminal, () => {
          terminal.print(dbtSources(stack).trimEnd());
          return true;
        });
      }),
  ];
  for (const command of commands) refuseLostOptions(command, process.env);
  await ops.parseAsync(args, { from: "user" });
  return isWell ? 0 : 1;
}

if (require.main === module) {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const terminal: Terminal = {
    ...(isTerminal && { ask: (question) => ask(question, process.stdin, process.stdout) }),
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => console.error(line),
  };
  void main(process.argv.slice(2), terminal).then((status) => {
    process.exitCode = status;
  });
}
