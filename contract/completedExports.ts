import { exportFolderPattern } from "./layout";
import type { Slot } from "./slot";
import { slotOfTaskId, taskId } from "./taskId";

/** Name of the reader's inline policy that says which exports it may read. The gate writes it. */
export const COMPLETED_EXPORTS_POLICY = "completed-exports";

/** Characters that all inline policies of one IAM user may have together. Source: "IAM and AWS STS quotas". */
export const USER_POLICIES_MAX_LENGTH = 2048;

/** The part of them that this policy may take; the reader's own policy has the rest. */
export const COMPLETED_EXPORTS_MAX_LENGTH = 1200;

/** Where a stack's exports lie. */
export interface ExportFolders {
  readonly bucketName: string;
  /** Task prefix of the stack. */
  readonly prefix: string;
}

/** An export that may be read. */
export interface OpenExport {
  readonly slot: Slot;
  /** Folders of tables in it, such as `shop/shop.users`, that may not be read: what they hold is not whole. */
  readonly closedFolders: readonly string[];
}

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: "s3:GetObject";
  readonly Resource: string | readonly string[];
}

/** A policy document that says which exports may be read. */
export interface CompletedExportsDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

const OPEN = "ReadCompletedExports";
const CLOSED_TABLES = "LeaveTablesThatAreNotWhole";

function objects({ bucketName }: ExportFolders, folder: string): string {
  return `arn:aws:s3:::${bucketName}/${folder}/*`;
}

/**
 * The policy `completed-exports`: it allows the named exports, but for the folders that are closed. Without any it
 * denies them all, because a policy needs a statement.
 */
export function completedExportsPolicy(
  place: ExportFolders,
  open: readonly OpenExport[],
): CompletedExportsDocument {
  if (open.length === 0) {
    const Resource = objects(place, exportFolderPattern(place.prefix));
    return {
      Version: "2012-10-17",
      Statement: [{ Sid: "NoExportIsOpen", Effect: "Deny", Action: "s3:GetObject", Resource }],
    };
  }
  const exports = [...open].sort((a, b) => (a.slot < b.slot ? -1 : 1));
  const closed = exports.flatMap(({ slot, closedFolders }) =>
    closedFolders.map((folder) => objects(place, `${taskId(place.prefix, slot)}/${folder}`)),
  );
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: OPEN,
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: exports.map(({ slot }) => objects(place, taskId(place.prefix, slot))),
      },
      ...(closed.length === 0
        ? []
        : [{ Sid: CLOSED_TABLES, Effect: "Deny", Action: "s3:GetObject", Resource: closed } as const]),
    ],
  };
}

function listOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((it): it is string => typeof it === "string");
}

/**
 * The exports that a policy document opens. Whatever is not of this stack, or not in the form above, opens nothing
 * that counts: it is left out.
 */
export function openExports(place: ExportFolders, document: unknown): OpenExport[] {
  const statements = (document as { Statement?: unknown } | null)?.Statement;
  const resources = (sid: string) =>
    (Array.isArray(statements) ? statements : [])
      .filter((it: { Sid?: unknown } | null) => it?.Sid === sid)
      .flatMap((it: { Resource?: unknown }) => listOf(it.Resource));
  const start = `arn:aws:s3:::${place.bucketName}/`;
  const folders = (sid: string) =>
    resources(sid).flatMap((arn) =>
      arn.startsWith(start) && arn.endsWith("/*") ? [arn.slice(start.length, -"/*".length)] : [],
    );
  const closed = folders(CLOSED_TABLES);
  return folders(OPEN).flatMap((folder) => {
    const slot = slotOfTaskId(place.prefix, folder);
    if (slot === undefined) return [];
    const closedFolders = closed.flatMap((it) =>
      it.startsWith(`${folder}/`) ? [it.slice(folder.length + 1)] : [],
    );
    return [{ slot, closedFolders }];
  });
}
