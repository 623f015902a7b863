import { type Definition, example } from "../../commandLine";
import type { CastsOptions } from "./casts";

export const defineCasts: Definition = (ops, line) => {
  ops
    .command("casts")
    .description("Counts the values of a table that its typed view shows as NULL, because they do not cast.")
    .option("--stack <name>", "stack that loads the table, by its stack file", "prod")
    .requiredOption("--table <database.table>", "the table, such as shop.users")
    .option("--yes", "read the table without a question", false)
    .option("--local", "read it on the clouds that `npm run rehearse -- --stay` keeps up")
    .addHelpText("after", example("npm run ops -- casts --stack prod --table shop.users"))
    .allowExcessArguments(false)
    .action(
      ({ stack, local, ...options }: CastsOptions & { readonly stack: string; readonly local?: true }) =>
        line.attempt(async () => {
          const { casts } = require("./casts") as typeof import("./casts");
          const { stackSettings } =
            require("../../session/stackSettings") as typeof import("../../session/stackSettings");
          const { localClouds, useLocalClouds } =
            require("../../session/local") as typeof import("../../session/local");
          const clouds = local && localClouds(stack);
          // The operator reads no row: it takes another login.
          const leave = clouds && useLocalClouds({ ...clouds, google: clouds.rowReader });
          try {
            await casts(stackSettings(stack), options, line.terminal);
          } finally {
            leave?.();
          }
          return true;
        }),
    );
};
