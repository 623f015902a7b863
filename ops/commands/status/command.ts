import { InvalidArgumentError, Option } from "commander";
import { type Definition, example, onStack } from "../../commandLine";
import type { StackOptions } from "../../session/session";

interface Options extends StackOptions {
  readonly all: boolean;
  readonly json: boolean;
  /** Seconds; true for those of the default. */
  readonly watch?: number | true;
}

const WATCH_SECONDS = 10;
const LONGEST_WATCH_SECONDS = 3600;

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= LONGEST_WATCH_SECONDS) return value;
  throw new InvalidArgumentError(`It takes whole seconds, 1 to ${LONGEST_WATCH_SECONDS}.`);
}

export const defineStatus: Definition = (ops, line) => {
  onStack(ops.command("status"))
    .description(
      "Says on one screen how things stand, what is most wrong, and what to do. Exit status 1 if something is.",
    )
    .option("--all", "show every table, and not only those that are not well", false)
    .option("--json", "print the report as JSON and nothing else", false)
    .addOption(
      new Option(
        "--watch [seconds]",
        `look again and again, every ${WATCH_SECONDS} seconds or as given, until Ctrl-C`,
      )
        .argParser(seconds)
        .conflicts("json"),
    )
    .addHelpText("after", example("npm run ops -- status --stack prod --watch"))
    .action(({ all, json, watch: every, ...options }: Options) =>
      line.onSession(options, async (session) => {
        const { status } = require("./status") as typeof import("./status");
        const { statusText } = require("./text") as typeof import("./text");
        const colors = line.terminal.repaint !== undefined && !process.env.NO_COLOR;
        const textOf = (report: Parameters<typeof statusText>[0]) => statusText(report, { all, colors });
        if (every !== undefined) {
          const { watch } = require("./watch") as typeof import("./watch");
          return watch(session, every === true ? WATCH_SECONDS : every, textOf);
        }
        const report = await status(session);
        line.terminal.print(json ? JSON.stringify(report, undefined, 2) : textOf(report));
        return report.ok;
      }),
    );
};
