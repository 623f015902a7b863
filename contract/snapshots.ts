/** Whose a snapshot is. RDS says so of each that it knows; a name says it of automated ones alone. */

/** Stands before the name of a snapshot in its ARN. */
const IN_ARN = ":cluster-snapshot:";

/** Begins the names of automated snapshots. */
const AUTOMATED = "rds:";

/**
 * What follows the cluster's name in that of an automated snapshot: the minute, in UTC; and before it the suffix that a
 * green cluster had when it was taken, before it took the blue one's name.
 * Sources: Aurora User Guide, "Creating a DB cluster snapshot" and "Overview of Amazon Aurora blue/green deployments".
 */
const BEHIND_CLUSTER = /^(?:-green-[a-z0-9]{6})?-\d{4}-\d{2}-\d{2}-\d{2}-\d{2}$/;

/** Where a stack's cluster is. */
export interface ClusterPlace {
  readonly region: string;
  readonly accountId: string;
  readonly clusterIdentifier: string;
}

/** Begins the ARNs of an account's cluster snapshots in a Region. */
export function snapshotArnStart({ region, accountId }: Pick<ClusterPlace, "region" | "accountId">): string {
  return `arn:aws:rds:${region}:${accountId}${IN_ARN}`;
}

/** `rds:example-prod-2025-02-17-16-05`; the whole text where it is no ARN of a cluster snapshot. */
export function snapshotName(arn: string): string {
  const start = arn.indexOf(IN_ARN);
  return start < 0 ? arn : arn.slice(start + IN_ARN.length);
}

/** True if RDS calls a cluster by this name. It keeps identifiers in lower case, whatever the case they were written in. */
export function isCluster(clusterIdentifier: string, found: string | undefined): boolean {
  return found?.toLowerCase() === clusterIdentifier.toLowerCase();
}

/** Whose a snapshot is: the cluster's own, another's, or nobody can tell. */
export type SnapshotOwner = "own" | "other" | "unknown";

/**
 * Whose a snapshot is.
 * @param arn what an export names as its source: a snapshot, or a cluster itself
 * @param found the snapshot as RDS describes it; undefined if RDS does not know it (any more): automated ones expire, and
 *   others are deleted while their export runs
 */
export function ownerOfSnapshot(
  place: ClusterPlace,
  arn: string,
  found: { readonly DBClusterIdentifier?: string } | undefined,
): SnapshotOwner {
  const { clusterIdentifier, region, accountId } = place;
  if (!arn.startsWith(snapshotArnStart(place))) {
    const cluster = `arn:aws:rds:${region}:${accountId}:cluster:`;
    const isOwn = arn.startsWith(cluster) && isCluster(clusterIdentifier, arn.slice(cluster.length));
    return isOwn ? "own" : "other";
  }
  if (found?.DBClusterIdentifier !== undefined) {
    return isCluster(clusterIdentifier, found.DBClusterIdentifier) ? "own" : "other";
  }
  const name = snapshotName(arn).toLowerCase();
  if (!name.startsWith(AUTOMATED)) return "unknown";
  const start = `${AUTOMATED}${clusterIdentifier.toLowerCase()}`;
  return name.startsWith(start) && BEHIND_CLUSTER.test(name.slice(start.length)) ? "own" : "other";
}
