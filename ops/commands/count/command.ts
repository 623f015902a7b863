import { type Definition, example, onStack, repeatable } from "../../commandLine";
import type { StackOptions } from "../../session/session";
import type { CountOptions } from "./count";

export const defineCount: Definition = (ops, line) => {
  onStack(ops.command("count"))
    .description("Counts the rows of an export's files, and of the same tables in BigQuery.")
    .requiredOption("--slot <YYYYMMDDHH>", "the hour in the export's name, such as 2025021806")
    .addOption(
      repeatable(
        "--table <dataset.table>",
        "only this table in BigQuery; can be given more than once",
        "all of the export",
      ),
    )
    .option("--json", "print the report as JSON and nothing else", false)
    .addHelpText(
      "after",
      example("npm run ops -- count --stack prod --slot 2025021806 --table prod_shop.users"),
    )
    .action(({ json, ...options }: StackOptions & CountOptions & { readonly json: boolean }) =>
      line.onSession(options, async (session) => {
        const { count, countText } = require("./count") as typeof import("./count");
        const report = await count(session, options);
        line.terminal.print(json ? JSON.stringify(report, undefined, 2) : countText(report));
        return report.equal;
      }),
    );
};
