import { type Definition, example } from "../../commandLine";

export const defineDbtSources: Definition = (ops, line) => {
  ops
    .command("dbt-sources")
    .description("Prints a sources.yml for dbt of the tables that a stack loads, by its stack file.")
    .option("--stack <name>", "stack that loads them", "prod")
    .addHelpText("after", example("npm run --silent ops -- dbt-sources --stack prod > sources.yml"))
    .allowExcessArguments(false)
    .action(({ stack }: { readonly stack: string }) =>
      line.attempt(() => {
        const { dbtSources } = require("./dbtSources") as typeof import("./dbtSources");
        line.terminal.print(dbtSources(stack).trimEnd());
        return true;
      }),
    );
};
