import { checkNamedSnapshot, chooseSnapshot, type Night, type Snapshot } from "./chooseSnapshot";
import { type Begun, exportByHand } from "./run";

const SNAPSHOT_IN_ARN = ":cluster-snapshot:";

/** The snapshot that a person names. @throws FunctionError if it is none that can be exported */
export async function findNamedSnapshot({ environment, rds, log }: Begun, arn: string): Promise<Snapshot> {
  const name = arn.slice(arn.indexOf(SNAPSHOT_IN_ARN) + SNAPSHOT_IN_ARN.length);
  const snapshot = checkNamedSnapshot(arn, await rds.findSnapshot(name), environment.clusterIdentifier);
  log.appendKeys({ snapshot: snapshot.id });
  return snapshot;
}

/**
 * The cluster's newest snapshot, or the one of a night.
 * @throws FunctionError if there is none that can be exported
 */
export async function findNewestSnapshot(run: Begun, night?: Night): Promise<Snapshot> {
  const { environment, rds, log, now } = run;
  const { clusterIdentifier, snapshotType, maxSnapshotAgeHours } = environment;
  const { snapshot, newerUnavailable, incomplete } = chooseSnapshot(
    await rds.listSnapshots(clusterIdentifier, snapshotType),
    {
      clusterIdentifier,
      snapshotType,
      maxAgeHours: maxSnapshotAgeHours,
      night,
      now,
      exportByHand: exportByHand(run),
    },
  );
  log.appendKeys({ snapshot: snapshot.id });
  if (newerUnavailable.length > 0)
    log.warn("A newer snapshot is not available yet", { snapshots: newerUnavailable });
  if (incomplete.length > 0)
    log.warn("RDS described snapshots without time or ARN", { snapshots: incomplete });
  return snapshot;
}
