import { databaseFolderPattern, exportFolderPattern } from "./layout";
import { parseSlot, type Slot } from "./slot";
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

/** What an export has open: folders of databases, such as `shop/*`, or everything. */
export type OpenFolders = readonly string[];
const EVERYTHING: OpenFolders = ["*"];

/** An export that may be read. */
export interface OpenExport {
  readonly slot: Slot;
  readonly folders: OpenFolders;
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

function objects({ bucketName }: ExportFolders, path: string): string {
  return `arn:aws:s3:::${bucketName}/${path}`;
}

/** What is opened of an export: the folder of each database that the stack loads, and nothing beside them. */
export function databaseFolders(databases: readonly string[]): OpenFolders {
  return [...new Set(databases.map((it) => `${databaseFolderPattern(it)}/*`))].sort();
}

/** True if each of the folders is open in an export: not in one that was opened before a database was added. */
export function opensAll(open: OpenExport, folders: OpenFolders): boolean {
  return open.folders.includes("*") || folders.every((it) => open.folders.includes(it));
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
    const Resource = objects(place, `${exportFolderPattern(place.prefix)}/*`);
    return {
      Version: "2012-10-17",
      Statement: [{ Sid: "NoExportIsOpen", Effect: "Deny", Action: "s3:GetObject", Resource }],
    };
  }
  const exports = [...open].sort((a, b) => (a.slot < b.slot ? -1 : 1));
  const closed = exports.flatMap(({ slot, closedFolders }) =>
    closedFolders.map((folder) => objects(place, `${taskId(place.prefix, slot)}/${folder}/*`)),
  );
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: OPEN,
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: exports.flatMap(({ slot, folders }) =>
          folders.map((folder) => objects(place, `${taskId(place.prefix, slot)}/${folder}`)),
        ),
      },
      ...(closed.length === 0
        ? []
        : [{ Sid: CLOSED_TABLES, Effect: "Deny", Action: "s3:GetObject", Resource: closed } as const]),
    ],
  };
}

function isInRoom(policy: CompletedExportsDocument): boolean {
  return JSON.stringify(policy).length <= COMPLETED_EXPORTS_MAX_LENGTH;
}

/**
 * The policy with what is asked for, or, where there is no room for that, with each of the exports open whole;
 * undefined where there is no room for that either.
 */
export function policyInRoom(
  place: ExportFolders,
  open: readonly OpenExport[],
): CompletedExportsDocument | undefined {
  const whole = open.map((it) => ({ ...it, folders: EVERYTHING }));
  return [open, whole].map((it) => completedExportsPolicy(place, it)).find(isInRoom);
}

/** True if two exports, the most that are open, can be opened database by database where no table is closed in them. */
export function hasRoomForDatabases(place: ExportFolders, databases: readonly string[]): boolean {
  // Any slot: all are of one length.
  const open = { slot: parseSlot("2025021806"), folders: databaseFolders(databases), closedFolders: [] };
  return isInRoom(completedExportsPolicy(place, [open, open]));
}

/**
 * Characters that the names of all databases may take in a managed policy, which takes 6,144 in all.
 * Source: "IAM and AWS STS quotas".
 */
const DATABASES_MAX_LENGTH = 5000;

/** Objects that a reader may ever read: those of the databases, or of all where they are too many to be named. */
export function readableObjects(
  { bucketName, prefix }: ExportFolders,
  databases: readonly string[],
): string[] {
  const exports = `arn:aws:s3:::${bucketName}/${exportFolderPattern(prefix)}`;
  const objects = databaseFolders(databases).map((it) => `${exports}/${it}`);
  return JSON.stringify(objects).length <= DATABASES_MAX_LENGTH ? objects : [`${exports}/*`];
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
  const paths = (sid: string) =>
    resources(sid).flatMap((arn) => (arn.startsWith(start) ? [arn.slice(start.length)] : []));
  const folders = new Map<Slot, string[]>();
  for (const path of paths(OPEN)) {
    const [, task = "", folder = ""] = /^([^/]+)\/(\*|[^/]+\/\*)$/.exec(path) ?? [];
    const slot = slotOfTaskId(place.prefix, task);
    if (slot !== undefined) folders.set(slot, [...(folders.get(slot) ?? []), folder]);
  }
  const closed = paths(CLOSED_TABLES).filter((it) => it.endsWith("/*"));
  return [...folders].map(([slot, open]) => {
    const id = `${taskId(place.prefix, slot)}/`;
    const closedFolders = closed.flatMap((it) =>
      it.startsWith(id) ? [it.slice(id.length, -"/*".length)] : [],
    );
    return { slot, folders: open, closedFolders };
  });
}
