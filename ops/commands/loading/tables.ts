import { own } from "../../../contract/own";
import { TransferRuns } from "../../../functions/loader/google/transferRuns";
import type { TransferConfig } from "../../../functions/loader/ports";
import { nearest } from "../../../settings/faults";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";

/** The table that a transfer loads: `prod_shop.users`. */
export function tableOf({ datasetId, params }: TransferConfig): string {
  return `${datasetId}.${params.destination_table_name_template}`;
}

/** Why a table is not loaded whose transfer does not run. */
function notRunning(table: string, stackName: string, isPaused: boolean): OperatorError {
  return new OperatorError(
    isPaused
      ? `Table ${table} is paused by \`enabled: false\` in Pulumi.${stackName}.yaml, and its transfer runs neither by the clock nor by hand ` +
          '(docs/tables.md, "Pause"): take that out, run `pulumi up`, and load it then.'
      : `Somebody has switched off the transfer of table ${table}: run \`pulumi up --refresh --stack ${stackName}\`, which switches it on, ` +
          "and load it then.",
  );
}

/**
 * Checks the tables that a person names against those that the stack's transfers load.
 * @param names `prod_shop.users` each
 * @throws OperatorError for one that the stack does not load, or not now
 */
export async function checkTables(
  { stack, stackName, google }: Pick<Session, "stack" | "stackName" | "google">,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const isPaused = new Map(
    Object.entries(stack.transfers).flatMap(([database, transfers]) =>
      Object.entries(transfers).map(([name, transfer]): [string, boolean] => [
        transfer,
        own(own(stack.tables, database) ?? {}, name)?.enabled === false,
      ]),
    ),
  );
  const all = (await new TransferRuns(google).list()).filter(({ name }) => isPaused.has(name));
  for (const asked of names) {
    const transfer = all.find((it) => tableOf(it) === asked);
    if (transfer === undefined) {
      const known = all.map(tableOf);
      const meant = nearest(asked, known);
      throw new OperatorError(
        meant === undefined
          ? `Stack ${stackName} loads no table \`--table ${asked}\`: it takes a table in BigQuery, such as ${known[0]}.`
          : `Stack ${stackName} loads no table \`--table ${asked}\`: do you mean ${meant}?`,
      );
    }
    if (transfer.disabled) throw notRunning(asked, stackName, isPaused.get(transfer.name) === true);
  }
}
