import { type Definition, example, onStack, repeatable } from "../../commandLine";
import type { StackOptions } from "../../session/session";
import type { ReloadOptions } from "./reload";

export const defineReload: Definition = (ops, line) => {
  onStack(ops.command("reload"))
    .description("Loads an export that is complete once more, and follows its loads.")
    .option("--slot <YYYYMMDDHH>", "the hour in the export's name (default: the newest complete export)")
    .addOption(
      repeatable(
        "--table <dataset.table>",
        "only this table in BigQuery; can be given more than once",
        "all of the export",
      ),
    )
    .option("--despite-findings", "load what the audit has doubts about, too")
    .option("--even-if-older", "load it in place of newer rows")
    .option("--of-this-cluster", "you know that its snapshot, which is gone, was this cluster's")
    .option("--yes", "load without a question", false)
    .addHelpText(
      "after",
      example("npm run ops -- reload --stack prod --slot 2025021806 --table prod_shop.users"),
    )
    .action((options: StackOptions & ReloadOptions) =>
      line.onSession(options, (session) => {
        const { reload } = require("./reload") as typeof import("./reload");
        return reload(session, options);
      }),
    );
};
