import type { DBClusterSnapshot, ExportTask } from "@aws-sdk/client-rds";
import type { Log } from "../log";
import type { ExportObjects, LoadQueue, Reports } from "../ports";

/** Export tasks of RDS and their snapshots; lists are read over all pages. */
export interface ExportTasks {
  findTask(taskId: string): Promise<ExportTask | undefined>;
  /** All export tasks of a snapshot, of whatever stack. */
  listTasks(snapshotArn: string): Promise<ExportTask[]>;
  /** All export tasks into the stack's bucket, of whatever stack. RDS keeps them for ever. */
  listAll(): Promise<ExportTask[]>;
  /** The snapshot of a name, of whatever cluster and type; undefined if there is none. */
  findSnapshot(name: string): Promise<DBClusterSnapshot | undefined>;
}

/** An access key of an IAM user. */
export interface AccessKey {
  /** `Active`, `Inactive`, `Expired`. */
  readonly status: string;
  readonly createdAt?: Date;
}

/** The reader: its policy `completed-exports`, as JSON, and its access key. */
export interface CompletedExports {
  /** Undefined if the user has no such policy. */
  read(): Promise<unknown>;
  write(document: object): Promise<void>;
  /** Waits between two looks at what was written. */
  pause(milliseconds: number): Promise<unknown>;
  /** The access key that the transfers carry; undefined if it is gone. */
  accessKey(): Promise<AccessKey | undefined>;
}

/** Metrics; what is undefined is left out. */
export interface GateMetrics {
  /** 1 for an export that was completed and audited. */
  readonly completedExports?: number;
  /** Minutes from the task's start to its end. */
  readonly exportMinutes?: number;
  /** Configured tables that the export cannot feed. */
  readonly missingTables?: number;
  /** 1 for a look of the gate's clock, whatever it finds. */
  readonly clockLooks?: number;
  /** Days since the access key that the transfers carry was made. */
  readonly readerKeyAgeDays?: number;
}

/** What the gate needs of the world. */
export interface GatePorts {
  readonly tasks: ExportTasks;
  readonly objects: ExportObjects;
  /** Undefined where the stack does not know the reader: nothing is opened then. */
  readonly completedExports?: CompletedExports;
  readonly reports: Reports;
  /** Undefined where no chat is told. */
  readonly chat?: Reports;
  /** Undefined where the stack has no loader. */
  readonly queue?: LoadQueue;
  readonly metrics: { put(metrics: GateMetrics): void };
  readonly log: Log;
  now(): Date;
}
