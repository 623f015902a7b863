import { Option } from "commander";
import { type Definition, example, onStack } from "../../commandLine";
import type { StackOptions } from "../../session/session";
import type { TablesOptions } from "./tables";

export const defineTables: Definition = (ops, line) => {
  onStack(ops.command("tables"))
    .description("Compares the tables and columns of an export with those that the stack file loads.")
    .option("--slot <YYYYMMDDHH>", "the hour in the export's name (default: the newest complete export)")
    .option("--table <database.table>", "this table alone, with the types of its columns")
    .option("--columns", "show the types of all columns, from Aurora to the view", false)
    .option("--all", "list every table, with its files, bytes and rows", false)
    .option("--write", "put new tables into the stack file", false)
    .option("--yes", "write without asking", false)
    .addOption(new Option("--json", "print JSON and nothing else").default(false).conflicts("write"))
    .addHelpText("after", example("npm run ops -- tables --stack prod"))
    .action((options: StackOptions & TablesOptions) =>
      line.onSession(options, (session) => {
        const { tables } = require("./tables") as typeof import("./tables");
        return tables(session, options);
      }),
    );
};
