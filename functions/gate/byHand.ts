import { type Audit, auditExport, isTrouble } from "./audit";
import { AuditError, NoExportError, RefusedError } from "./errors";
import {
  ACTIVE,
  COMPLETE,
  type Gate,
  type GateResult,
  holdsBack,
  isSuperseded,
  keyStatus,
  ownTask,
} from "./gateRun";
import type { GateCall } from "./invocation";
import { open } from "./keepOpen";
import { clockOfLoad, completedReport, runTransfers } from "./reports";
import {
  isReadingTime,
  type KnownTask,
  LOAD_DELAY_MINUTES,
  loadFedBy,
  readingTime,
  scheduledLoad,
  slotOf,
  taskOf,
} from "./stack";
import { tell } from "./telling";

/** @throws RefusedError unless a person may have this export opened now */
function checkByHand({ environment, ports }: Gate, task: KnownTask): void {
  const id = task.ExportTaskIdentifier;
  if (task.Status !== COMPLETE) {
    const cause = task.FailureCause ? ` (${task.FailureCause})` : "";
    throw new RefusedError(
      `Export "${id}" is ${task.Status ?? "without status"}${cause}, and only a complete one is opened.`,
    );
  }
  const load = scheduledLoad(environment, slotOf(environment, task));
  if (load !== undefined && isReadingTime(load, ports.now())) {
    const { from, until } = readingTime(load);
    throw new RefusedError(
      `Export "${id}" is not opened between ${from.toISOString()} and ${until.toISOString()}: its transfers run then, ` +
        "and one that is half way would load half a table. Try again afterwards.",
    );
  }
}

/** Opens an export that a person names, and starts its loads where the gate may. */
export async function byHand(
  gate: Gate,
  { slot, despiteFindings, evenIfOlder }: GateCall & { kind: "byHand" },
): Promise<GateResult> {
  const { environment, ports, context } = gate;
  ports.log.appendKeys({ slot });
  const id = taskOf(environment, slot);
  const task = await ownTask(gate, slot);
  if (task === undefined) {
    throw new NoExportError(
      `There is no export "${id}" into bucket ${environment.bucketName}. See the exports in the RDS console under ` +
        "Exports in Amazon S3; the slot is what stands behind the prefix of their names.",
    );
  }
  checkByHand(gate, task);
  if (!evenIfOlder && (await isSuperseded(gate, task))) {
    throw new RefusedError(
      `Export "${id}" has given way to a newer one, which is complete: loading it would put older rows in ` +
        'the place of newer ones. To do so in spite of this, add "evenIfOlder": true.',
    );
  }
  const { completedExports } = ports;
  const status = completedExports === undefined ? ACTIVE : await keyStatus(gate, completedExports);
  if (status !== ACTIVE) {
    throw new RefusedError(
      `The transfers' access key ${environment.readerAccessKeyId} is ${status ?? "gone"}: every load would fail. Nothing was ` +
        'done. To make a new key: docs/runbook.md, "Rotate the access key".',
    );
  }
  const audited = await auditByHand(gate, task, despiteFindings);
  const held = despiteFindings || audited === undefined ? undefined : holdsBack(gate, slot, audited);
  if (held !== undefined) {
    const names = audited?.tables.filter(isTrouble).map(({ folder, state }) => `${folder} (${state})`);
    throw new RefusedError(
      `Export "${id}" is not opened. ${held} In trouble: ${names?.join(", ")}. To open it in spite of this, add ` +
        '"despiteFindings": true.',
    );
  }
  await open(gate, slot, despiteFindings ? undefined : audited);
  const plan = planByHand(gate, task);
  if (plan === "queue") {
    const flags = { ...(despiteFindings && { despiteFindings }), ...(evenIfOlder && { evenIfOlder }) };
    const message = { load: slot, part: 1, asked: context.now.toISOString(), ...flags };
    // The same once more is one request: a retry of the command, or a double click.
    await ports.queue?.send(message, ["by-hand", slot, ...Object.keys(flags)].join(" "));
  }
  if (audited !== undefined) {
    const facts = { task, slot, audit: audited, plan, troubleBefore: true, byPerson: true };
    await tell(gate, completedReport(context, { ...facts, byHand: { despiteFindings } }), slot);
  }
  const next = {
    clock: `BigQuery loads it at ${clockOfLoad(context)}.`,
    queue:
      `Its loads start in ${LOAD_DELAY_MINUTES} minutes, also those of tables that were loaded from it before. The same ` +
      "asked again within minutes starts nothing twice.",
    person: runTransfers(context, slot),
  };
  const done = context.guarded ? "is open" : "is audited";
  return {
    outcome: plan === "queue" ? "loading" : context.guarded ? "opened" : "audited",
    slot,
    summary: `${id} ${done}. ${next[plan]}`,
  };
}

/** What loads an export that a person has opened: its run time must be past before the gate can start anything. */
function planByHand({ environment, ports }: Gate, task: KnownTask): "clock" | "queue" | "person" {
  const load = loadFedBy(environment, task);
  if (load !== undefined && ports.now() < load) return "clock";
  return ports.queue === undefined ? "person" : "queue";
}

/** The audit, or undefined where a person has said that it does not matter. */
async function auditByHand(
  gate: Gate,
  task: KnownTask,
  despiteFindings: boolean,
): Promise<Audit | undefined> {
  try {
    return await auditExport(task, gate.environment.tables, gate.ports.objects);
  } catch (error) {
    if (error instanceof AuditError && despiteFindings) return undefined;
    throw error;
  }
}
