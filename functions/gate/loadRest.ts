import { createHash } from "node:crypto";
import type { ListedTable, TableList } from "../../contract/tableList";
import type { FailedLoads, LoadRest } from "./ports";

/** Bytes that a list of names takes at most: a message holds two, and SQS takes 256 KB of it. */
const NAMES_MAX = 100_000;
const FINGERPRINT_LENGTH = 16;

/** A table as messages and reports name it: `prod_shop.users`. */
export function nameOf({ dataset, destination }: Pick<ListedTable, "dataset" | "destination">): string {
  return `${dataset}.${destination}`;
}

/** What tells one deployment's tables from another's: the same for the same tables, whatever their order. */
export function fingerprintOf({ tables }: TableList): string {
  const names = tables.map(nameOf).sort().join("\n");
  return createHash("sha256").update(names).digest("hex").slice(0, FINGERPRINT_LENGTH);
}

/** What is left of a message's loads. Where a deployment has changed the tables since, it is all of them. */
export function restFor(tables: TableList, rest: LoadRest | undefined): LoadRest {
  const fingerprint = fingerprintOf(tables);
  return rest?.tables === fingerprint ? rest : { tables: fingerprint };
}

/** True for a table that is still to be looked at. */
export function isLeft(name: string, { after = "", only }: LoadRest): boolean {
  return name > after && (only?.includes(name) ?? true);
}

/** Those that have failed, and one more; without their names where they are too many to be carried. */
export function withFailed(failed: FailedLoads | undefined, name: string): FailedLoads {
  const count = (failed?.count ?? 0) + 1;
  if (failed !== undefined && failed.names === undefined) return { count };
  const names = [...(failed?.names ?? []), name];
  return Buffer.byteLength(JSON.stringify(names)) <= NAMES_MAX ? { count, names } : { count };
}
