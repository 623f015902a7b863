import { Option } from "commander";
import { type Definition, example, onStack, repeatable } from "../../commandLine";
import type { StackOptions } from "../../session/session";
import type { SyncOptions } from "./options";

/** What only a new export takes. */
const OF_NEW_EXPORTS = ["fresh", "snapshot", "exportAgain", "deleteSnapshot", "dryRun"];

export const defineSync: Definition = (ops, line) => {
  onStack(ops.command("sync"))
    .description("Exports now, has the export loaded, follows it to its end, and compares.")
    .addOption(new Option("--fresh", "take a snapshot of the cluster first").conflicts("snapshot"))
    .addOption(
      new Option("--delete-snapshot", "delete that snapshot in the end").implies({
        fresh: true,
      }),
    )
    .option("--snapshot <arn>", "export this snapshot, a manual one included (default: the newest one)")
    .option("--export-again", "export a snapshot that was exported already, which is billed again")
    .addOption(
      repeatable(
        "--table <dataset.table>",
        "load only this table in BigQuery; can be given more than once",
        "all",
      ),
    )
    .option("--dry-run", "say what would be done and what it costs, and do nothing")
    .addOption(
      new Option("--resume", "go on with the newest export, whoever has started it").conflicts(
        OF_NEW_EXPORTS,
      ),
    )
    .option("--yes", "begin without a question", false)
    .addHelpText("after", example("npm run ops -- sync --stack prod --fresh --delete-snapshot"))
    .action((options: StackOptions & SyncOptions) =>
      line.onSession(options, (session) => {
        const { sync } = require("./sync") as typeof import("./sync");
        return sync(session, options);
      }),
    );
};
