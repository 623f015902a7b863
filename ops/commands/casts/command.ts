import { type Definition, example } from "../../commandLine";
import type { CastsOptions } from "./casts";

export const defineCasts: Definition = (ops, line) => {
  ops
    .command("casts")
    .description("Counts the values of a table that its typed view shows as NULL, because they do not cast.")
    .option("--stack <name>", "stack that loads the table, by its stack file", "prod")
    .requiredOption("--table <database.table>", "the table, such as shop.users")
    .option("--yes", "read the table without a question", false)
    .addHelpText("after", example("npm run ops -- casts --stack prod --table shop.users"))
    .allowExcessArguments(false)
    .action(({ stack, ...options }: CastsOptions & { readonly stack: string }) =>
      line.attempt(async () => {
        const { casts } = require("./casts") as typeof import("./casts");
        const { stackSettings } =
          require("../../session/stackSettings") as typeof import("../../session/stackSettings");
        await casts(stackSettings(stack), options, line.terminal);
        return true;
      }),
    );
};
