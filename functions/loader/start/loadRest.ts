import type { FailedLoads, LoadRest } from "../../../contract/loadMessage";

/** Bytes that a list of names takes at most: a message holds two, and SQS takes 256 KB of it. */
const NAMES_MAX = 100_000;

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
