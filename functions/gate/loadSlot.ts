import { NoExportError, RefusedError } from "./errors";
import { COMPLETE, expiryFault, type Gate, type GateResult, isSuperseded, ownTask } from "./gateRun";
import type { GateCall } from "./invocation";
import { isOpen, openAgain } from "./keepOpen";
import { type LoadsResult, startLoads } from "./loads";
import type { LoadMessage } from "./ports";
import { type KnownTask, taskOf } from "./stack";

/** The export that a message of the queue means, or undefined if it is not to be loaded any more. */
async function exportToLoad(
  gate: Gate,
  { load: slot, asked, despiteFindings }: LoadMessage,
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
  if (asked === undefined && (await isSuperseded(gate, task))) return undefined;
  // Others were opened since, or something else has written the policy.
  if ((await isOpen(gate, slot)) === false) await openAgain(gate, task, slot, despiteFindings === true);
  return task;
}

/** Starts the loads that a message of the queue asks for. */
export async function load(
  gate: Gate,
  { message, attempt }: GateCall & { kind: "load" },
): Promise<GateResult> {
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
  const result = await startLoads(loading, () => exportToLoad(gate, message), attempt);
  if (result === undefined) {
    return {
      outcome: "superseded",
      slot,
      summary: `${taskOf(environment, slot)} has given way to a newer export`,
    };
  }
  const id = taskOf(environment, slot);
  if (result === "notLoaded") {
    return { outcome: result, slot, summary: `the loads of ${id} could not be started, as people were told` };
  }
  return { outcome: "loading", slot, summary: describeLoads(id, result) };
}

function describeLoads(id: string, result: LoadsResult): string {
  const { started, emptied, startedBefore, emptyBefore, again, goesOn } = result;
  const parts = [
    `loads of ${id} started: ${started}`,
    ...(again.length > 0 ? [`started once more after a failure: ${again.length}`] : []),
    ...(emptied > 0 ? [`tables emptied: ${emptied}`] : []),
    ...(startedBefore > 0 ? [`started before: ${startedBefore}`] : []),
    ...(emptyBefore > 0 ? [`empty before: ${emptyBefore}`] : []),
    ...(goesOn !== undefined ? ["another invocation goes on"] : []),
  ];
  return parts.join(", ");
}
