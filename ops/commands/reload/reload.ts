import { parseSlot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import type { Session } from "../../session/session";
import { agreed } from "../agreed";
import type { Wish } from "../loading/askGate";
import { newestGoodSlot } from "../loading/exports";
import { loadSlot } from "../loading/loadSlot";
import { checkTables } from "../loading/tables";

/** What is loaded again. */
export interface ReloadOptions extends Wish {
  /** `YYYYMMDDHH`. @default the newest complete export that has not expired */
  readonly slot?: string;
  /** Tables in BigQuery, `prod_shop.users`; none for all of the export. */
  readonly table: readonly string[];
  /** Whether it is loaded without a question. */
  readonly yes: boolean;
}

/**
 * Loads an export that is complete once more, and says what the loads came to.
 * @returns true if every table that was asked for is whole
 * @throws OperatorError, FunctionError or RangeError: `operatorsWords` has the sentence
 */
export async function reload(session: Session, options: ReloadOptions): Promise<boolean> {
  const { signal, stack, stackName, terminal } = session;
  const { slot: given, yes, ...wish } = options;
  await checkTables(session, wish.table);
  const slot = given === undefined ? await newestGoodSlot(session) : parseSlot(given);
  const task = taskId(stack.taskPrefix, slot);
  const what = wish.table.length === 0 ? "every table that it has" : wish.table.join(", ");
  terminal.print(
    `Export ${task} is loaded: it replaces all rows of ${what}. Nothing is exported, and nothing but egress is billed.`,
  );
  if (!(await agreed(terminal, yes, "Nothing was loaded"))) return false;
  try {
    return await loadSlot(session, { ...wish, slot });
  } catch (error) {
    if (signal.aborted) {
      const goOn = stack.federation ? "and their end is told" : "and nobody follows them";
      terminal.print(
        `Interrupted: the loads of ${task} go on without you, ${goOn}: \`npm run ops -- status --stack ${stackName}\` shows it.`,
      );
    }
    throw error;
  }
}
