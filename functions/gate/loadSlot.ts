import { NoExportError, RefusedError } from "./errors";
import { COMPLETE, expiryFault, type Gate, type GateResult, isSuperseded, ownTask } from "./gateRun";
import type { GateCall } from "./invocation";
import { isOpen, openAgain } from "./keepOpen";
import { type LoadsOutcome, startLoads } from "./loadAttempts";
import type { LoadsResult } from "./loads";
import type { LoadMessage } from "./ports";
import { type KnownTask, LOAD_DELAY_MINUTES, taskOf } from "./stack";

/** The export that a message of the queue means, or undefined if it is not to be loaded any more. */
async function exportToLoad(
  gate: Gate,
  { load: slot, evenIfOlder, despiteFindings }: LoadMessage,
): Promise<KnownTask | undefined> {
  const { environment } = gate;
  const task = await ownTask(gate, slot);
  if (task?.Status !== COMPLETE) {
    const id = taskOf(environment, slot);
    throw new NoExportError(
      `Export "${id}" is ${task?.Status ?? "not there"}, so nothing is loaded from it.`,
    );
  }
  const expired = expiryFault(gate, task);
  if (expired !== undefined) throw new RefusedError(expired);
  // Also what a person asked for: a newer one may have come while it was tried again.
  if (evenIfOlder !== true && (await isSuperseded(gate, task))) return undefined;
  // Others were opened since, or something else has written the policy.
  if ((await isOpen(gate, slot)) === false) await openAgain(gate, task, slot, despiteFindings === true);
  return task;
}

/** Starts the loads that a message of the queue asks for. */
export async function load(gate: Gate, { message }: GateCall & { kind: "load" }): Promise<GateResult> {
  const { environment, invocation, ports, context } = gate;
  const { transfers, queue } = ports;
  const slot = message.load;
  ports.log.appendKeys({ slot });
  if (transfers === undefined || queue === undefined) {
    throw new RefusedError(
      "A message of the load queue came, but the stack lets the gate start no loads (`federation`). Deploy the stack.",
    );
  }
  const loading = { environment, invocation, ports, transfers, queue, context, message };
  const outcome = await startLoads(loading, () => exportToLoad(gate, message));
  if (outcome === undefined) {
    return {
      outcome: "superseded",
      slot,
      summary: `${taskOf(environment, slot)} has given way to a newer export`,
    };
  }
  return { outcome: outcome.kind, slot, summary: describe(taskOf(environment, slot), outcome) };
}

function describe(id: string, outcome: LoadsOutcome): string {
  const again = `tried again in ${LOAD_DELAY_MINUTES} minutes`;
  switch (outcome.kind) {
    case "loading":
      return describeLoads(id, outcome.result, outcome.goesOn);
    case "early":
      return `the loads of ${id} wait for their run time, ${outcome.runTime.toISOString()}`;
    case "notLoaded":
      return `not all loads of ${id} could be started; ${outcome.triedAgain ? again : "people were told"}: ${outcome.cause}`;
  }
}

function describeLoads(id: string, result: LoadsResult, goesOn: boolean): string {
  const { started, again, emptied, startedBefore, emptyBefore } = result;
  const parts = [
    `loads of ${id} started: ${started}`,
    ...(again > 0 ? [`started once more after a failure: ${again}`] : []),
    ...(emptied > 0 ? [`tables emptied: ${emptied}`] : []),
    ...(startedBefore > 0 ? [`started before: ${startedBefore}`] : []),
    ...(emptyBefore > 0 ? [`empty before: ${emptyBefore}`] : []),
    ...(goesOn ? ["another invocation goes on"] : []),
  ];
  return parts.join(", ");
}
