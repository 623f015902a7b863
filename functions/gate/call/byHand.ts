import { nameOf } from "../../../contract/openedExport";
import { snapshotName } from "../../../contract/snapshots";
import { FunctionError, isFault } from "../../errors";
import { cut, excerpt } from "../../excerpt";
import { tell } from "../../reports/tell";
import { type Audit, holdsFiles, isTrouble } from "../audit/audit";
import { auditWithGuard, type GuardedAudit } from "../audit/shrinkGuard";
import type { Gate, GateResult } from "../gate";
import { keepColumns } from "../open/columns";
import { open } from "../open/openExport";
import { isSuperseded, writeDown } from "../open/openedExport";
import { ACTIVE, keyStatus } from "../open/readerKey";
import { expiryFault, holdsBack } from "../open/refusals";
import { COMPLETE, type KnownTask, ownerOf, ownTask, slotOf, taskOf } from "../tasks";
import { tellChanges } from "../tell/changed";
import { completedReport } from "../tell/completed";
import { clockOfLoad, runTransfers } from "../tell/words";
import { isReadingTime, LOAD_DELAY_MINUTES, loadFedBy, readingTime, scheduledLoad } from "../times";
import type { GateCall } from "./invocation";

/** Of the names of the tables that there are. */
const LISTED_LENGTH = 300;

/** Why no person opens an export now, in words: runs of its load could be half way. Undefined if they can't. */
function readingFault({ environment, ports }: Gate, task: KnownTask): string | undefined {
  const load = scheduledLoad(environment, slotOf(environment, task));
  if (load === undefined || !isReadingTime(load, ports.now())) return undefined;
  const { from, until } = readingTime(load);
  return (
    `Export "${task.ExportTaskIdentifier}" is not opened between ${from.toISOString()} and ${until.toISOString()}: its ` +
    "transfers run then, and one that is half way would load half a table. Try again afterwards."
  );
}

/** @throws RefusedError unless a person may have this export opened now */
async function checkByHand(
  gate: Gate,
  task: KnownTask,
  { evenIfOlder, ofThisCluster, tables = [] }: GateCall & { kind: "byHand" },
): Promise<void> {
  const id = task.ExportTaskIdentifier;
  const known = gate.environment.tables.tables.filter(({ enabled }) => enabled).map(nameOf);
  const unknown = tables.find((it) => !known.includes(it));
  if (unknown !== undefined) {
    throw new FunctionError(
      "RefusedError",
      `The stack loads no table "${unknown}", but ${cut(known.join(", "), LISTED_LENGTH)}. Nothing was opened.`,
    );
  }
  if (task.Status !== COMPLETE) {
    const cause = task.FailureCause ? ` (${excerpt(task.FailureCause)})` : "";
    throw new FunctionError(
      "RefusedError",
      `Export "${id}" is ${task.Status ?? "without status"}${cause}, and only a complete one is opened.`,
    );
  }
  const fault = readingFault(gate, task) ?? expiryFault(gate, task);
  if (fault !== undefined) throw new FunctionError("RefusedError", fault);
  if (!ofThisCluster && (await ownerOf(gate, task)) === "unknown") {
    throw new FunctionError(
      "RefusedError",
      `Export "${id}" is of snapshot ${snapshotName(task.SourceArn ?? "")}, which RDS does not know any more: it may be ` +
        `another cluster's. If you know that it is of cluster "${gate.environment.clusterIdentifier}", add ` +
        '"ofThisCluster": true.',
    );
  }
  if (!evenIfOlder && (await isSuperseded(gate, task))) {
    throw new FunctionError(
      "RefusedError",
      `Export "${id}" has given way to a newer one, which is complete: loading it would put older rows in ` +
        'the place of newer ones. To do so in spite of this, add "evenIfOlder": true.',
    );
  }
}

/** @throws RefusedError for an export of which nothing is left that a load could read or empty */
async function checkContents(gate: Gate, task: KnownTask, audited: Audit | undefined): Promise<void> {
  const isLeft =
    audited === undefined
      ? await holdsFiles(task.ExportTaskIdentifier, gate.ports.objects)
      : audited.tables.some(({ files, state }) => files > 0 || state === "empty");
  if (isLeft) return;
  throw new FunctionError(
    "RefusedError",
    `Export "${task.ExportTaskIdentifier}" holds no file of a table that the stack loads: there is nothing to load. ` +
      "Nothing was opened. Export again.",
  );
}

/** Opens an export that a person names, and starts its loads where the gate may. */
export async function byHand(gate: Gate, call: GateCall & { kind: "byHand" }): Promise<GateResult> {
  const { environment, ports, context } = gate;
  const { slot, despiteFindings, evenIfOlder, tables } = call;
  ports.log.appendKeys({ slot });
  const id = taskOf(environment, slot);
  const task = await ownTask(gate, slot);
  if (task === undefined) {
    throw new FunctionError(
      "NoExportError",
      `There is no export "${id}" into bucket ${environment.bucketName}. See the exports in the RDS console under ` +
        "Exports in Amazon S3; the slot is what stands behind the prefix of their names.",
    );
  }
  await checkByHand(gate, task, call);
  const { completedExports } = ports;
  const status = completedExports === undefined ? ACTIVE : await keyStatus(gate, completedExports);
  if (status !== ACTIVE) {
    throw new FunctionError(
      "RefusedError",
      `The transfers' access key ${environment.readerAccessKeyId} is ${status ?? "gone"}: every load would fail. Nothing was ` +
        'done. To make a new key: docs/runbook.md, "Rotate the access key".',
    );
  }
  const audited = await auditByHand(gate, task, despiteFindings);
  const held = despiteFindings || audited === undefined ? undefined : holdsBack(gate, slot, audited);
  if (held !== undefined) {
    const names = audited?.tables.filter(isTrouble).map(({ folder, state }) => `${folder} (${state})`);
    throw new FunctionError(
      "RefusedError",
      `Export "${id}" is not opened. ${held} In trouble: ${names?.join(", ")}. To open it in spite of this, add ` +
        '"despiteFindings": true.',
    );
  }
  await checkContents(gate, task, audited);
  const isTime = () => readingFault(gate, task) === undefined;
  if (!(await open(gate, slot, despiteFindings ? undefined : audited, isTime))) {
    throw new FunctionError("RefusedError", readingFault(gate, task) ?? `Export "${id}" is not opened.`);
  }
  await writeDown(gate, task, audited);
  const plan = planByHand(gate, task);
  if (plan === "queue") {
    const flags = {
      ...(despiteFindings && { despiteFindings }),
      ...(evenIfOlder && { evenIfOlder }),
      ...(tables && { tables }),
    };
    const message = { load: slot, asked: context.now.toISOString(), ...flags };
    // The same once more is one request: a retry of the command, or a double click.
    await ports.queue?.send(message, ["by-hand", slot, ...Object.keys(flags), ...(tables ?? [])].join(" "));
  }
  if (audited !== undefined) {
    const changes = await keepColumns(gate, slot, audited);
    // What is older than what people have been told of is no news.
    if (!evenIfOlder || !(await isSuperseded(gate, task))) await tellChanges(gate, slot, changes);
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

/** What loads an export that a person has opened: its run time must be past before a run can be started. */
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
): Promise<GuardedAudit | undefined> {
  try {
    return await auditWithGuard(gate, task, despiteFindings);
  } catch (error) {
    if (isFault(error, "AuditError") && despiteFindings) return undefined;
    throw error;
  }
}
