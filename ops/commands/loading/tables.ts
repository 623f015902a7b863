import { TransferRuns } from "../../../functions/loader/google/transferRuns";
import type { TransferConfig } from "../../../functions/loader/ports";
import { nearest } from "../../../settings/faults";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";

/** The table that a transfer loads: `prod_shop.users`. */
export function tableOf({ datasetId, params }: TransferConfig): string {
  return `${datasetId}.${params.destination_table_name_template}`;
}

/**
 * Checks the tables that a person names against those that the stack's transfers load.
 * @param names `prod_shop.users` each
 * @throws OperatorError for one that the stack does not load
 */
export async function checkTables(
  { stack, stackName, google }: Pick<Session, "stack" | "stackName" | "google">,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const transfers = new Set(Object.values(stack.transfers).flatMap((it) => Object.values(it)));
  const known = (await new TransferRuns(google).list())
    .filter(({ name, disabled }) => transfers.has(name) && !disabled)
    .map(tableOf);
  const unknown = names.find((it) => !known.includes(it));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  throw new OperatorError(
    meant === undefined
      ? `Stack ${stackName} loads no table \`--table ${unknown}\`: it takes a table in BigQuery, such as ${known[0]}.`
      : `Stack ${stackName} loads no table \`--table ${unknown}\`: do you mean ${meant}?`,
  );
}
