import { invokeCommand } from "../invokeCommand";
import type { Log } from "../log";
import type { Snapshot } from "./chooseSnapshot";
import type { ExporterEnvironment } from "./environment";
import type { SnapshotExports } from "./ports";

/** One invocation, with what is known from its beginning. */
export interface Run {
  readonly environment: ExporterEnvironment;
  readonly rds: SnapshotExports;
  readonly log: Log;
  readonly now: Date;
  readonly snapshot: Snapshot;
  readonly functionName: string;
  /** What a person's payload named; the newest snapshot is exported where it is left out. */
  readonly snapshotArn?: string;
}

/** An invocation that has not chosen its snapshot yet. */
export type Begun = Omit<Run, "snapshot">;

/** The command that exports the newest snapshot. */
export function exportByHand({
  functionName,
  environment,
}: Pick<Run, "functionName" | "environment">): string {
  return invokeCommand(functionName, environment.region, {});
}
