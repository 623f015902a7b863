import { Option } from "commander";
import { type Definition, example, onStack } from "../../commandLine";
import type { StackOptions } from "../../session/session";
import type { FirstNightOptions } from "./firstNight";

export const defineFirstNight: Definition = (ops, line) => {
  onStack(ops.command("first-night"))
    .description(
      "Looks, on one small table of a new deployment, at what the project takes for granted of both clouds.",
    )
    .option(
      "--table <database.table>",
      "the table to look at (default: the loaded one with the fewest bytes)",
    )
    .option("--report <file>", "where the report goes (default: .first-night/<stack>-<time>.json)")
    .option("--with-names", "leave names of tables, columns, accounts and people in the report", false)
    .option("--yes", "start the runs without a question", false)
    .addOption(new Option("--read-only", "start no run").default(false).conflicts("yes"))
    .addHelpText("after", example("npm run ops -- first-night --stack prod --table shop.users"))
    .action((options: StackOptions & FirstNightOptions) =>
      line.onSession(options, async (session) => {
        const { firstNight } = require("./firstNight") as typeof import("./firstNight");
        return firstNight(session, options);
      }),
    );
};
