import type { Slot } from "../../../contract/slot";
import type { GateResult } from "../../../functions/gate/gate";
import { at } from "../../../functions/loader/google/failures";
import { InvokedError, invokeFunction } from "../../session/invoke";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";

/** What a person says to the gate beside the slot. */
export interface Wish {
  readonly despiteFindings?: boolean;
  readonly evenIfOlder?: boolean;
  readonly ofThisCluster?: boolean;
}

/** What the gate calls each in its payload, and the command line among its options. */
const OPTIONS = new Map([
  ['"despiteFindings": true', "--despite-findings"],
  ['"evenIfOlder": true', "--even-if-older"],
  ['"ofThisCluster": true', "--of-this-cluster"],
]);

/** The gate's words, with the option of the command line in the place of what its payload takes. */
function refusal({ words }: InvokedError, stackName: string, slot: Slot): OperatorError {
  let said = words;
  for (const [inPayload, option] of OPTIONS) {
    said = said.replace(
      `add ${inPayload}`,
      `run \`npm run ops -- reload --stack ${stackName} --slot ${slot} ${option}\``,
    );
  }
  return new OperatorError(said);
}

/**
 * Has the gate audit and open an export, and ask for its loads where there is a loader.
 * @param tables `prod_shop.users` each; none for all
 * @throws OperatorError with the gate's words where it refuses
 */
export async function askGate(
  session: Pick<Session, "lambda" | "stack" | "stackName">,
  slot: Slot,
  { despiteFindings, evenIfOlder, ofThisCluster }: Wish,
  tables: readonly string[],
): Promise<Pick<GateResult, "outcome" | "summary">> {
  const name = session.stack.gateFunctionName;
  const payload = {
    slot,
    ...(despiteFindings && { despiteFindings }),
    ...(evenIfOlder && { evenIfOlder }),
    ...(ofThisCluster && { ofThisCluster }),
    ...(tables.length > 0 && { tables }),
  };
  try {
    const answer = await invokeFunction(session, name, payload);
    const [outcome, summary] = [at(answer, "outcome"), at(answer, "summary")];
    if (typeof outcome === "string" && typeof summary === "string") {
      return { outcome: outcome as GateResult["outcome"], summary };
    }
  } catch (error) {
    throw error instanceof InvokedError ? refusal(error, session.stackName, slot) : error;
  }
  throw new OperatorError(
    `Function "${name}" gives no answer of a gate: deploy the stack again (pulumi up).`,
  );
}
