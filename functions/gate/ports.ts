import type { DBClusterSnapshot, ExportTask } from "@aws-sdk/client-rds";
import type { Slot } from "../../contract/slot";
import type { Log } from "../log";

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

/** The bucket's objects. */
export interface ExportObjects {
  /** Keys under a prefix, page by page, in the order of their bytes. */
  listKeys(prefix: string): AsyncIterable<readonly string[]>;
  /** An object's text; undefined if there is none of that key. */
  read(key: string): Promise<string | undefined>;
  /** Writes an object if there is none of that key. Returns false, and writes nothing, if there is one. */
  create(key: string, text: string): Promise<boolean>;
  /** Writes an object over the one that is there. */
  replace(key: string, text: string): Promise<void>;
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

/** How much a report matters, as attribute `severity` of its message says; `information` is recorded and not sent. */
export type Severity = "information" | "resolved" | "problem";

/** A report for people. */
export interface Report {
  readonly severity: Severity;
  /** What it is about, in a word: `completed`, `failed`, `late` … */
  readonly kind: ReportKind;
  readonly slot?: Slot;
  /** One line, at most 99 ASCII characters: the subject of an e-mail. */
  readonly subject: string;
  /** Plain text: a sentence or two, a table or a command on each line. */
  readonly text: string;
}

/** What an export can be reported for; each at most once for a slot. */
export type ReportKind =
  | "completed"
  | "incomplete"
  | "unreadable"
  | "unknownSnapshot"
  | "failed"
  | "canceled"
  | "notStarted"
  | "notOpened"
  | "late"
  | "tooLate"
  | "readerKey"
  | "notLoaded"
  | "startedAgain"
  | "loaded";

export interface Reports {
  publish(report: Report): Promise<void>;
}

/** Tables whose loads could not be started: how many, and which (`dataset.table`) unless they are too many. */
export interface FailedLoads {
  readonly count: number;
  readonly names?: readonly string[];
}

/** What an invocation leaves to the next one. Tables are named, because a deployment may come between the two. */
export interface LoadRest {
  /** Fingerprint of the tables that the stack had (`fingerprintOf`). */
  readonly tables: string;
  /** Where only these are still to be loaded: `dataset.table` each. */
  readonly only?: readonly string[];
  /** The last one that was looked at, in the order of the names. */
  readonly after?: string;
  /** Those of them, up to there, whose loads could not be started. */
  readonly failed?: FailedLoads;
}

/** A message of the load queue: start the loads of a slot. */
export interface LoadMessage {
  readonly load: Slot;
  /**
   * Set by a person's invocation: when it was made, ISO 8601 in UTC. Every table is loaded then, whatever its days, and
   * whatever was loaded before.
   */
  readonly asked?: string;
  /** Set by a person's invocation: asked for although an export of a newer snapshot is complete. */
  readonly evenIfOlder?: boolean;
  /** Set by a person's invocation: loads tables that the audit has doubts about, too. */
  readonly despiteFindings?: boolean;
  /** Which try this is, from 2 on. */
  readonly attempt?: number;
  /** Left out where no table has been looked at. */
  readonly rest?: LoadRest;
}

export interface LoadQueue {
  /** @param once a second message of this text within five minutes is dropped by the queue */
  send(message: LoadMessage, once: string): Promise<void>;
}

/** A transfer config of the data source `amazon_s3`. */
export interface TransferConfig {
  /** `projects/…/locations/…/transferConfigs/…`. */
  readonly name: string;
  readonly displayName: string;
  readonly datasetId: string;
  readonly disabled: boolean;
  readonly params: Readonly<Record<string, string>>;
}

/** A run of a transfer. */
export interface TransferRun {
  /** `projects/…/transferConfigs/…/runs/…`. */
  readonly name: string;
  readonly runTime: Date;
  /** When the service began it; undefined while it waits. */
  readonly startTime?: Date;
  /** `PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED`, `CANCELLED`, or what the service adds. */
  readonly state: string;
}

/** BigQuery, as the service account that the gate becomes. Every method throws a GateError that explains itself. */
export interface Transfers {
  /** All transfer configs of the data source in the stack's project and location, over all pages. */
  list(): Promise<TransferConfig[]>;
  /** All runs of a config that the service remembers (90 days), over all pages. */
  listRuns(name: string): Promise<TransferRun[]>;
  /** Starts one run. Paced and repeated within the quota; looks for the run before it repeats after a lost answer. */
  startRun(name: string, runTime: Date): Promise<void>;
  /** Deletes all rows of a landing table. Does nothing to a table that has none. */
  emptyTable(dataset: string, table: string): Promise<"emptied" | "wasEmpty">;
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
  /** Both undefined where the gate starts no loads. */
  readonly queue?: LoadQueue;
  readonly transfers?: Transfers;
  readonly metrics: { put(metrics: GateMetrics): void };
  readonly log: Log;
  now(): Date;
}

/** One invocation, as Lambda describes it. */
export interface GateInvocation {
  readonly functionName: string;
  /** The same for every attempt at one event. */
  readonly requestId: string;
  /** Milliseconds until Lambda ends the function. */
  remainingMilliseconds(): number;
}
