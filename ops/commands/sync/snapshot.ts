import { CreateDBClusterSnapshotCommand, DeleteDBClusterSnapshotCommand } from "@aws-sdk/client-rds";
import { snapshotArnStart } from "../../../contract/snapshots";
import { explained, unless } from "../../../functions/aws/explain";
import { freshSnapshotStart } from "../../operatorPermissions";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";

/** Milliseconds between two looks. */
const LOOK_EVERY = 30_000;
const MINUTE = 60_000;
/** Minutes in which RDS may not show yet what it has just begun. */
const SHOWN_WITHIN = 5;
/** A first snapshot of a large cluster takes hours. */
const LONGEST_HOURS = 12;

/** A snapshot that somebody has taken for a spot run. */
export interface FreshSnapshot {
  /** `prod-sync-2025-02-18-07-15-00` */
  readonly identifier: string;
  readonly arn: string;
}

function callOf(operation: string, identifier: string) {
  return { service: "RDS", operation, action: `rds:${operation}`, subject: `snapshot "${identifier}"` };
}

/**
 * Begins a snapshot of the stack's cluster, named after the stack and the second, in UTC.
 * Source: Amazon RDS API Reference, "CreateDBClusterSnapshot".
 * @throws AwsCallError
 */
export async function takeSnapshot({ rds, stack }: Session, now: Date): Promise<FreshSnapshot> {
  const second = now.toISOString().slice(0, 19).replace(/[T:]/g, "-");
  const identifier = `${freshSnapshotStart(stack.taskPrefix)}${second}`;
  await explained(callOf("CreateDBClusterSnapshot", identifier), () =>
    // The name has the second in it: one that is there is this run's own, whose answer was lost.
    unless("DBClusterSnapshotAlreadyExistsFault", undefined, () =>
      rds.send(
        new CreateDBClusterSnapshotCommand({
          DBClusterIdentifier: stack.clusterIdentifier,
          DBClusterSnapshotIdentifier: identifier,
        }),
      ),
    ),
  );
  return { identifier, arn: `${snapshotArnStart(stack)}${identifier}` };
}

/**
 * Waits until a snapshot can be exported.
 * @throws OperatorError for one that has failed, is gone, or is not there in time
 */
export async function waitForSnapshot(
  { clock, exports, terminal }: Session,
  identifier: string,
): Promise<void> {
  const begin = clock.now().getTime();
  const progress = terminal.follow(`snapshot ${identifier}: begins`);
  for (;;) {
    const snapshot = await exports.findSnapshot(identifier);
    const { Status: status = "gone", PercentProgress: percent = 0 } = snapshot ?? {};
    const minutes = Math.round((clock.now().getTime() - begin) / MINUTE);
    if (status === "available") {
      progress.done(`snapshot ${identifier}: available, after ${minutes} min`);
      return;
    }
    if (status !== "creating" && !(snapshot === undefined && minutes < SHOWN_WITHIN)) {
      throw new OperatorError(`Snapshot "${identifier}" is ${status}: see the RDS console, and begin anew.`);
    }
    if (minutes > LONGEST_HOURS * 60) {
      throw new OperatorError(
        `Snapshot "${identifier}" is still being created after ${LONGEST_HOURS} hours: export it by \`--snapshot <arn>\` when it is available.`,
      );
    }
    progress.update(`snapshot ${identifier}: ${percent} %, ${minutes} min`, percent);
    await clock.wait(LOOK_EVERY);
  }
}

/**
 * Deletes a snapshot that was taken for a spot run; one that is gone is no fault.
 * Source: Amazon RDS API Reference, "DeleteDBClusterSnapshot".
 * @throws AwsCallError
 */
export async function deleteSnapshot({ rds }: Session, identifier: string): Promise<void> {
  await explained(callOf("DeleteDBClusterSnapshot", identifier), () =>
    unless("DBClusterSnapshotNotFoundFault", undefined, () =>
      rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: identifier })),
    ),
  );
}
