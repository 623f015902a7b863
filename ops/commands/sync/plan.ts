import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import { snapshotArnStart, snapshotName } from "../../../contract/snapshots";
import { COMPLETE } from "../../../functions/gate/tasks";
import { localTime } from "../../session/localTime";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { isRunning, ownExports } from "../loading/exports";
import { readSnapshot } from "../status/snapshots";
import type { SyncOptions } from "./options";
import { costText, sizesOf } from "./prices";

/** What is exported, in words, and the snapshot whose size tells the cost: that of one to be taken is about the newest's. */
async function source(session: Session, { fresh, snapshot }: SyncOptions) {
  const { clusterIdentifier, accountId, region, schedule } = session.stack;
  if (snapshot !== undefined)
    return { words: `snapshot ${snapshotName(snapshot)} is exported`, arn: snapshot };
  const { newest, trouble } = await readSnapshot(session);
  const arn = newest && `${snapshotArnStart({ region, accountId })}${newest.name}`;
  if (fresh) return { words: `a snapshot of cluster ${clusterIdentifier} is taken now, and exported`, arn };
  if (newest === undefined || trouble !== undefined) {
    const which = newest === undefined ? "" : `the newest snapshot is ${newest.name}, and `;
    throw new OperatorError(
      `Nothing can be exported: ${which}${trouble}; \`--fresh\` takes one, \`--snapshot <arn>\` exports another.`,
    );
  }
  const taken = `${localTime(newest.taken, schedule.timeZone)} ${schedule.timeZone}`;
  return { words: `snapshot ${newest.name} of ${taken} is exported`, arn };
}

/** That a snapshot has been exported already, which the exporter refuses to do twice unasked. */
async function exportedBefore(
  session: Session,
  { exportAgain }: SyncOptions,
  arn: string,
): Promise<string[]> {
  const task = (await ownExports(session)).find(
    (it) => it.SourceArn === arn && (isRunning(it) || it.Status === COMPLETE),
  );
  if (task === undefined) return [];
  const paid = exportAgain ? "it is billed once more" : "without `--export-again` it is refused";
  return [`It has been exported already, as ${task.ExportTaskIdentifier}: ${paid}.`];
}

/**
 * What a spot run will do and cost, in lines.
 * @throws OperatorError where there is nothing to export
 */
export async function planOf(session: Session, options: SyncOptions): Promise<string> {
  const { stack } = session;
  const { words, arn } = await source(session, options);
  const tables = options.table.length === 0 ? "all tables of the stack" : options.table.join(", ");
  const loads =
    stack.schedule.load === ON_EXPORT_COMPLETE
      ? "the gate opens it, and the loads of all tables follow"
      : `the gate opens it, and loads ${tables}`;
  const deletes = options.deleteSnapshot ? ["the snapshot is deleted"] : [];
  const steps = [
    words,
    loads,
    `each table is replaced whole${stack.federation ? ", and its rows are compared" : ""}`,
    ...deletes,
  ];
  const sizes = await sizesOf(session, arn);
  return [
    ...steps.map((it, index) => `${index + 1}. ${it}`),
    ...(arn === undefined || options.fresh ? [] : await exportedBefore(session, options, arn)),
    costText({ ...sizes, region: stack.region }),
  ].join("\n");
}
