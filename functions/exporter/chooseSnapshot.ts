import type { DBClusterSnapshot } from "@aws-sdk/client-rds";
import { minutesSince, wallClockAt } from "../../contract/slot";
import { isCluster } from "../../contract/snapshots";
import { formatTimeOfDay, minutesUntil, type TimeOfDay } from "../../contract/timeOfDay";
import { FunctionError } from "../errors";
import type { SnapshotType } from "./environment";

/** A snapshot that can be exported. */
export interface Snapshot {
  readonly id: string;
  readonly arn: string;
  readonly createTime: Date;
}

/** The night whose snapshot the day's export is of. */
export interface Night {
  /** IANA time zone of the times. */
  readonly timeZone: string;
  /** Local time at which the snapshot is due. */
  readonly snapshotTime: TimeOfDay;
  readonly exportTime: TimeOfDay;
  /** Instant for which the clock's call was scheduled: the export's time, or a look behind it. */
  readonly scheduledTime: Date;
}

/** Which snapshot is wanted. */
export interface SnapshotRule {
  readonly clusterIdentifier: string;
  readonly snapshotType: SnapshotType;
  readonly maxAgeHours: number;
  /** When the night's snapshot was due, where it is wanted and no other will do. */
  readonly night?: Night;
  readonly now: Date;
  /** Command that starts an export by hand, for the person who reads an error. */
  readonly exportByHand: string;
}

/** The snapshot to export, and what else deserves a warning. */
export interface SnapshotChoice {
  readonly snapshot: Snapshot;
  /** Newer snapshots that are not available: `rds:example-prod-2025-02-18-16-05 (creating)`. */
  readonly newerUnavailable: readonly string[];
  /** Available ones that RDS described without a time or an ARN. */
  readonly incomplete: readonly string[];
}

const MINUTE = 60 * 1000;
const MINUTES_PER_HOUR = 60;
/**
 * Hours before its time from which a snapshot is the night's. RDS keeps its window by UTC, while clocks in a zone move by
 * up to two hours, and nobody says at which season the stack file's time was looked up.
 */
const EARLY_HOURS = 2;
const AVAILABLE = "available";
const AWS_BACKUP_PREFIX = "awsbackup:";

function name(snapshot: DBClusterSnapshot): string {
  return (
    snapshot.DBClusterSnapshotIdentifier ?? snapshot.DBClusterSnapshotArn ?? "a snapshot without identifier"
  );
}

function nameAndStatus(snapshot: DBClusterSnapshot): string {
  return `${name(snapshot)} (${snapshot.Status ?? "without status"})`;
}

/** `available 7, creating 1`. */
function countsByStatus(snapshots: readonly DBClusterSnapshot[]): string {
  const counts = new Map<string, number>();
  for (const { Status: status = "without status" } of snapshots)
    counts.set(status, (counts.get(status) ?? 0) + 1);
  return (
    [...counts]
      .sort()
      .map(([status, count]) => `${status} ${count}`)
      .join(", ") || "none"
  );
}

function isWanted(snapshot: DBClusterSnapshot, { clusterIdentifier, snapshotType }: SnapshotRule): boolean {
  const ofType = snapshotType === "automated" || name(snapshot).startsWith(AWS_BACKUP_PREFIX);
  return ofType && isCluster(clusterIdentifier, snapshot.DBClusterIdentifier);
}

/** Rounded up, so that a refused age never reads like the limit itself: `24 h 1 min`. */
function formatAge(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / MINUTE);
  return `${Math.floor(minutes / MINUTES_PER_HOUR)} h ${minutes % MINUTES_PER_HOUR} min`;
}

/**
 * Earliest time of the night's snapshot, on the zone's wall clock. One that came hours after yesterday's export has
 * yesterday's rows, and is younger than any limit that leaves room for exports by hand.
 */
function nightBegins({ timeZone, snapshotTime, exportTime, scheduledTime }: Night): number {
  const sinceExport = minutesSince(exportTime, scheduledTime, timeZone);
  const back = sinceExport + minutesUntil(snapshotTime, exportTime) + EARLY_HOURS * MINUTES_PER_HOUR;
  return wallClockAt(scheduledTime, timeZone) - back * MINUTE;
}

/** `2025-02-17 23:00`. */
function formatWallClock(wallClock: number): string {
  return new Date(wallClock).toISOString().slice(0, 16).replace("T", " ");
}

/** What is wrong with a snapshot of an earlier night, in words, or undefined if nothing. */
function earlierNightFault({ createTime }: Snapshot, night: Night): string | undefined {
  const { timeZone, snapshotTime } = night;
  const taken = wallClockAt(createTime, timeZone);
  const begins = nightBegins(night);
  if (taken >= begins) return undefined;
  return (
    `${formatWallClock(taken)} in ${timeZone}, and the day's export takes none of before ${formatWallClock(begins)}, ` +
    `${EARLY_HOURS} h before ${formatTimeOfDay(snapshotTime)} (\`schedule.snapshot\`; if the cluster's snapshots come at ` +
    "another time now, set it to that)"
  );
}

/** What is wrong with a snapshot's age, in words, or undefined if nothing. */
function ageFault({ createTime }: Snapshot, { now, maxAgeHours }: SnapshotRule): string | undefined {
  const age = now.getTime() - createTime.getTime();
  if (age <= maxAgeHours * MINUTES_PER_HOUR * MINUTE) return undefined;
  return `${formatAge(age)} old, and at most ${maxAgeHours} h are allowed (\`aurora.maxSnapshotAgeHours\`)`;
}

/** The parts of a snapshot that an export needs, or undefined where RDS left one out. */
function completeSnapshot(snapshot: DBClusterSnapshot): Snapshot | undefined {
  const { DBClusterSnapshotArn: arn, SnapshotCreateTime: createTime } = snapshot;
  return arn === undefined || createTime === undefined ? undefined : { id: name(snapshot), arn, createTime };
}

/** What was found, for an error: `Found: available 1, creating 1. Not available yet: … (creating).` */
function describeFound(
  wanted: readonly DBClusterSnapshot[],
  choice: Omit<SnapshotChoice, "snapshot">,
): string {
  const { newerUnavailable, incomplete } = choice;
  return [
    `Found: ${countsByStatus(wanted)}.`,
    ...(newerUnavailable.length > 0 ? [`Not available yet: ${newerUnavailable.join(", ")}.`] : []),
    ...(incomplete.length > 0 ? [`Without time or ARN: ${incomplete.join(", ")}.`] : []),
  ].join(" ");
}

/**
 * Chooses the newest available snapshot of exactly this cluster.
 * @param listed all that RDS lists, in any order
 * @throws NoSnapshotError if none is available
 * @throws SnapshotTooOldError if the newest available one is older than the rule allows, or of an earlier night than it asks for
 * Source: Amazon RDS API Reference, "DBClusterSnapshot".
 */
export function chooseSnapshot(listed: readonly DBClusterSnapshot[], rule: SnapshotRule): SnapshotChoice {
  const wanted = listed.filter((snapshot) => isWanted(snapshot, rule));
  const available = wanted.filter(({ Status }) => Status === AVAILABLE);
  const [newest] = available
    .flatMap((snapshot) => completeSnapshot(snapshot) ?? [])
    .sort((a, b) => b.createTime.getTime() - a.createTime.getTime());
  // One without a time counts as newer: RDS may not have set it yet.
  const isNewer = ({ SnapshotCreateTime: time }: DBClusterSnapshot) =>
    newest === undefined || time === undefined || time > newest.createTime;
  const choice = {
    newerUnavailable: wanted.filter((s) => s.Status !== AVAILABLE && isNewer(s)).map(nameAndStatus),
    incomplete: available.filter((s) => completeSnapshot(s) === undefined).map(name),
  };
  const kind = rule.snapshotType === "automated" ? "automated" : "AWS Backup";
  const found = describeFound(wanted, choice);
  const advice =
    "Look at the cluster's backups in the RDS console. " +
    `When a new snapshot is available, start the export by hand: ${rule.exportByHand}`;
  if (newest === undefined) {
    throw new FunctionError(
      "NoSnapshotError",
      `No ${kind} snapshot of cluster "${rule.clusterIdentifier}" is available. ${found} ${advice}`,
    );
  }
  const fault = (rule.night && earlierNightFault(newest, rule.night)) ?? ageFault(newest, rule);
  if (fault !== undefined) {
    throw new FunctionError(
      "SnapshotTooOldError",
      `The newest available ${kind} snapshot of cluster "${rule.clusterIdentifier}" is ${newest.id} ` +
        `of ${newest.createTime.toISOString()}: ${fault}. ${found} ${advice}`,
    );
  }
  return { snapshot: newest, ...choice };
}

/**
 * Checks the snapshot that a person named: of whatever age and kind, but available, and of exactly this cluster.
 * @param found what RDS knows under the ARN's name, or undefined
 * @throws WrongSnapshotError if it cannot be exported
 */
export function checkNamedSnapshot(
  arn: string,
  found: DBClusterSnapshot | undefined,
  clusterIdentifier: string,
): Snapshot {
  const refuse = (why: string): never => {
    throw new FunctionError(
      "WrongSnapshotError",
      `Snapshot ${arn} is not exported: ${why}. Nothing was started. See the snapshots of cluster ` +
        `"${clusterIdentifier}" in the RDS console.`,
    );
  };
  if (found === undefined || found.DBClusterSnapshotArn !== arn) {
    return refuse("RDS knows no such snapshot in this account and Region");
  }
  if (!isCluster(clusterIdentifier, found.DBClusterIdentifier)) {
    return refuse(`it is of cluster "${found.DBClusterIdentifier}"`);
  }
  if (found.Status !== AVAILABLE) return refuse(`it is ${found.Status ?? "without status"}`);
  return completeSnapshot(found) ?? refuse("RDS describes it without the time at which it was taken");
}
