import type { DBClusterSnapshot, ExportTask, StartExportTaskCommandInput } from "@aws-sdk/client-rds";
import type { Log } from "../log";
import type { SnapshotType } from "./environment";

/** What the exporter asks of RDS. Every method throws an FunctionError that explains RDS's fault. */
export interface SnapshotExports {
  /** All snapshots of a cluster that may be of the type, over all pages, in no order. */
  listSnapshots(clusterIdentifier: string, snapshotType: SnapshotType): Promise<DBClusterSnapshot[]>;
  /** The snapshot of a name, of whatever cluster and type; undefined if there is none. */
  findSnapshot(snapshotIdentifier: string): Promise<DBClusterSnapshot | undefined>;
  findTask(taskId: string): Promise<ExportTask | undefined>;
  /** All export tasks of a snapshot, of whatever stack, over all pages. */
  listTasks(snapshotArn: string): Promise<ExportTask[]>;
  /** @throws ExportTaskAlreadyExistsError if the task id is spent */
  startTask(request: StartExportTaskCommandInput): Promise<ExportTask>;
}

/** What the exporter needs of the world. */
export interface ExporterPorts {
  readonly rds: SnapshotExports;
  readonly log: Log;
  now(): Date;
}
