import { isFault } from "../../../functions/errors";
import {
  chooseSnapshot,
  type SnapshotChoice,
  type SnapshotRule,
} from "../../../functions/exporter/chooseSnapshot";
import type { Session } from "../../session/session";

/** Snapshots of the cluster, as far as an export takes them. Instants are ISO 8601 in UTC. */
export interface SnapshotStatus {
  /** The newest that is available. */
  readonly newest?: { readonly name: string; readonly taken: string };
  /** Newer ones that are not: `rds:example-prod-2025-02-18-16-05 (creating)`. */
  readonly newerUnavailable: readonly string[];
  /** Why an export cannot take one, in a sentence's end; left out where it can. */
  readonly trouble?: string;
}

const HOUR = 60 * 60 * 1000;

function choose(...args: Parameters<typeof chooseSnapshot>): SnapshotChoice | undefined {
  try {
    return chooseSnapshot(...args);
  } catch (error) {
    if (isFault(error, "NoSnapshotError")) return undefined;
    throw error;
  }
}

/**
 * The newest snapshot, by the exporter's own choice.
 * @throws AwsCallError
 */
export async function readSnapshot({
  stack,
  exports,
  clock,
}: Pick<Session, "stack" | "exports" | "clock">): Promise<SnapshotStatus> {
  const { clusterIdentifier, snapshotType, maxSnapshotAgeHours } = stack;
  const now = clock.now();
  const listed = await exports.listSnapshots(clusterIdentifier, snapshotType);
  const rule: SnapshotRule = {
    clusterIdentifier,
    snapshotType,
    // Whatever its age: that is told beside it.
    maxAgeHours: Number.POSITIVE_INFINITY,
    now,
    exportByHand: "",
  };
  const choice = choose(listed, rule);
  if (choice === undefined) {
    const kind = snapshotType === "automated" ? "automated" : "AWS Backup";
    return {
      newerUnavailable: [],
      trouble: `no ${kind} snapshot of cluster ${clusterIdentifier} is available`,
    };
  }
  const { snapshot, newerUnavailable } = choice;
  const isOld = now.getTime() - snapshot.createTime.getTime() > maxSnapshotAgeHours * HOUR;
  return {
    newest: { name: snapshot.id, taken: snapshot.createTime.toISOString() },
    newerUnavailable,
    ...(isOld && {
      trouble: `it is too old for an export, which takes one of ${maxSnapshotAgeHours} h at the most`,
    }),
  };
}
