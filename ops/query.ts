import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import Table from "cli-table3";
import { Command } from "commander";
import { refuseLostOptions } from "../rehearsal/lostOptions";

/** Prints what a query finds in the tables that the last rehearsal of a stack left behind. */
async function main(): Promise<void> {
  const command = new Command("npm run query --")
    .description("Looks into the tables that the last rehearsal of a stack loaded.")
    .option("--stack <name>", "stack that was rehearsed", "prod")
    .argument("<sql>", 'a query in DuckDB\'s SQL, such as "FROM prod_shop.users LIMIT 5"');
  refuseLostOptions(command, process.env);
  command.parse();
  const { stack } = command.opts<{ stack: string }>();
  const file = resolve(__dirname, "..", ".rehearsal", stack, "bigquery.duckdb");
  if (!existsSync(file)) {
    console.error(
      `\`--stack ${stack}\` has not been rehearsed here; run: npm run rehearse -- --stack ${stack}`,
    );
    process.exitCode = 1;
    return;
  }
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(command.args[0] ?? "");
    const table = new Table({ head: result.columnNames(), style: { head: [], border: [] } });
    for (const row of result.getRows())
      table.push(row.map((value) => (value === null ? "NULL" : String(value))));
    process.stdout.write(`${table.toString()}\n`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

void main();
