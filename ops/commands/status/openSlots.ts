import { openExports } from "../../../contract/completedExports";
import type { Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { createCompletedExports } from "../../../functions/gate/aws";
import { readOpenedExport } from "../../../functions/reports/openedExports";
import type { Session } from "../../session/session";
import { isUnread, readPart } from "./part";

/** An export that BigQuery's access key may read. */
export interface OpenSlot {
  readonly slot: Slot;
  /** `prod-2025021806` */
  readonly task: string;
  /** Folders of tables in it that stay closed: what they hold is not whole. */
  readonly closedFolders: readonly string[];
  /** From when on S3 deletes its files, ISO 8601 in UTC; left out where nobody knows. */
  readonly expires?: string;
}

/** What is open. */
export interface OpenSlotsStatus {
  /** Left out where the stack does not know the reader, so that the gate opens nothing. */
  readonly reader?: string;
  /** The newest first. */
  readonly slots: readonly OpenSlot[];
}

/**
 * Exports that are open, by the reader's own policy.
 * @throws AwsCallError
 */
export async function readOpenSlots({
  stack,
  iam,
  objects,
}: Pick<Session, "stack" | "iam" | "objects">): Promise<OpenSlotsStatus> {
  const { bucketName, taskPrefix: prefix, readerUserName: reader } = stack;
  if (reader === undefined) return { slots: [] };
  const document = await createCompletedExports(iam, reader, "").read();
  const open = openExports({ bucketName, prefix }, document);
  const slots = await Promise.all(
    open.map(async ({ slot, closedFolders }) => {
      // When it expires is worth knowing, and no more than that.
      const opened = await readPart(async () => ({ record: await readOpenedExport(objects, prefix, slot) }));
      const expires = isUnread(opened) ? undefined : opened.record?.expires;
      return { slot, task: taskId(prefix, slot), closedFolders, ...(expires && { expires }) };
    }),
  );
  return { reader, slots: slots.sort((one, other) => (one.slot < other.slot ? 1 : -1)) };
}
