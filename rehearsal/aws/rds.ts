import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportOnlyName, tableFolder } from "../../contract/layout";
import type { VirtualClock } from "../clock";
import type { Snapshot, SourceDatabase, SourceTableInfo, TableExport } from "../databases/sourceDatabase";
import type { Timeline } from "../timeline";
import type { AwsAccount, Principal } from "./account";
import { AwsError } from "./errors";
import type { CloudEvent } from "./eventPatterns";
import { uuidOf } from "./identifiers";
import type { LocalS3 } from "./s3";

/** Automated backups are kept this long: the cluster's retention period, 1 to 35 days. */
const SNAPSHOT_RETENTION_DAYS = 7;
/** Minutes from the start of a snapshot until it is available. */
const SNAPSHOT_MINUTES = 8;
/** Minutes that RDS restores a copy before it extracts anything ("STARTING"). */
const STARTING_MINUTES = 12;
/** Exports that an account may have running at once. */
export const CONCURRENT_EXPORTS = 5;
/** Minutes from CancelExportTask until nothing is written any more. */
const CANCELING_MINUTES = 1;
/** Minutes that an event takes to EventBridge where nothing delays it. */
const EVENT_MINUTES = 1;
/** Actions of the export role that RDS tries before it begins ("S3 credential check", "KMS key check"). */
const ROLE_S3_OBJECT_ACTIONS = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"];
const ROLE_KMS_ACTIONS = [
  "kms:Encrypt",
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
  "kms:DescribeKey",
];

/** Reason that RDS gives for a table that the course leaves out. */
const LEFT_OUT = "PERMISSIONS_DO_NOT_EXIST";

/** A cluster snapshot and the frozen rows of each database. */
export interface ClusterSnapshot {
  readonly identifier: string;
  readonly arn: string;
  readonly clusterIdentifier: string;
  readonly type: "automated" | "manual" | "awsbackup";
  status: "creating" | "available";
  readonly createTime: Date;
  readonly contents: ReadonlyMap<string, Snapshot>;
}

export type TaskStatus = "STARTING" | "IN_PROGRESS" | "COMPLETE" | "FAILED" | "CANCELING" | "CANCELED";

/** The event of each end ("Amazon RDS event categories and event messages", DB cluster snapshot). */
const END_EVENTS = {
  COMPLETE: { id: "RDS-EVENT-0164", message: "Export task completed." },
  FAILED: { id: "RDS-EVENT-0162", message: "Export task failed." },
  CANCELED: { id: "RDS-EVENT-0163", message: "Export task canceled." },
} as const;

export interface ExportTask {
  readonly identifier: string;
  readonly sourceArn: string;
  readonly bucketName: string;
  readonly kmsKeyId: string;
  readonly roleArn: string;
  readonly exportOnly: readonly string[];
  readonly snapshot: ClusterSnapshot;
  readonly startTime: Date;
  endTime?: Date;
  status: TaskStatus;
  percentProgress: number;
  failureCause?: string;
  warningMessage?: string;
}

/** How the next export goes. */
export interface ExportCourse {
  /** Minutes from start to end. */
  minutes: number;
  /** Minutes of them before anything is written. @default 12 */
  startingMinutes?: number;
  /** Fails when about half is written. */
  fails?: boolean;
  /** Is canceled by somebody when about half is written. */
  canceled?: boolean;
  /** Tables that RDS leaves out although it could export them, as `ExportOnly` names them: `shop.users`. */
  skippedTables?: readonly string[];
  /** What is wrong with `export_tables_info_*.json`. */
  sidecar?: "malformed" | "missing";
  /** What becomes of the event at the end; by default it comes a minute later. */
  event?: "lost" | "twice" | { readonly lateMinutes: number };
}

/** Which snapshots a caller asks for. */
export interface SnapshotQuery {
  readonly clusterIdentifier?: string;
  /** Name or ARN. */
  readonly snapshotIdentifier?: string;
  readonly type?: string;
}

/** Which export tasks a caller asks for; all where nothing is said. */
export interface TaskQuery {
  readonly identifier?: string;
  readonly sourceArn?: string;
  /** The filter `s3-bucket`. */
  readonly bucketName?: string;
}

export interface StartExportTaskInput {
  readonly identifier: string;
  readonly sourceArn: string;
  readonly bucketName: string;
  readonly roleArn: string;
  readonly kmsKeyId: string;
  readonly exportOnly: readonly string[];
}

interface PlannedFile {
  readonly key: string;
  readonly file: string;
}

/** What an export has written at its end. */
interface Extract {
  readonly files: readonly PlannedFile[];
  readonly skipped: readonly string[];
  readonly sidecars: readonly PlannedFile[];
}

const RUNNING: readonly TaskStatus[] = ["STARTING", "IN_PROGRESS", "CANCELING"];

/** The local RDS: one cluster, its snapshots, its export tasks. */
export class LocalRds {
  public snapshots: ClusterSnapshot[] = [];
  public readonly tasks: ExportTask[] = [];
  public course: ExportCourse = { minutes: 26 };
  /** Exports that somebody else runs in the account, by the ARNs of their snapshots. */
  public otherExports: readonly string[] = [];
  /** The cluster's automated backups: hours of UTC in which a day's begins, and for how many days it is kept. */
  public backups = { window: "16:00-16:30", retentionDays: SNAPSHOT_RETENTION_DAYS };
  /** Who wants to hear of finished tasks. */
  public readonly taskEnded: ((task: ExportTask) => void)[] = [];
  /** Who is sent the events. */
  public readonly eventSinks: ((event: CloudEvent) => Promise<void> | void)[] = [];
  private eventCount = 0;

  constructor(
    private readonly cluster: {
      identifier: string;
      snapshotType: "automated" | "awsbackup";
      engine?: "mysql" | "postgresql";
    },
    private readonly databases: readonly SourceDatabase[],
    private readonly account: AwsAccount,
    private readonly s3: LocalS3,
    private readonly clock: VirtualClock,
    private readonly timeline: Timeline,
    private readonly folder: string,
  ) {}

  private arn(resource: string): string {
    return `arn:aws:rds:${this.account.region}:${this.account.accountId}:${resource}`;
  }

  /** DescribeDBClusters: the one of that name. */
  describeCluster(principal: Principal, identifier: string): { identifier: string; engine: string } {
    this.account.authorize(principal, "rds:DescribeDBClusters", this.arn(`cluster:${identifier}`));
    const { identifier: name, engine = "mysql" } = this.cluster;
    if (identifier !== name) {
      throw new AwsError("DBClusterNotFoundFault", `DBCluster ${identifier} not found.`, 404);
    }
    return { identifier, engine: `aurora-${engine}` };
  }

  /** Takes the daily snapshot of frozen databases; it is available some minutes later. */
  async takeSnapshot(contents: ReadonlyMap<string, Snapshot>): Promise<void> {
    await this.dropOldSnapshots();
    const createTime = this.clock.now();
    const minute = createTime.toISOString().slice(0, 16).replace(/[T:]/g, "-");
    const ours = this.cluster.snapshotType === "automated";
    const identifier = ours ? `rds:${this.cluster.identifier}-${minute}` : `awsbackup:job-${minute}`;
    this.addSnapshot(identifier, this.cluster.snapshotType, contents);
  }

  /** Takes a snapshot by hand, which stays until it is deleted. */
  takeManualSnapshot(identifier: string, contents: ReadonlyMap<string, Snapshot>): ClusterSnapshot {
    return this.addSnapshot(identifier, "manual", contents);
  }

  /** CreateDBClusterSnapshot: what Aurora has at this moment. */
  async createSnapshot(
    principal: Principal,
    { clusterIdentifier, identifier }: { readonly clusterIdentifier: string; readonly identifier: string },
  ): Promise<ClusterSnapshot> {
    const arn = this.arn(`cluster-snapshot:${identifier}`);
    this.account.authorize(
      principal,
      "rds:CreateDBClusterSnapshot",
      this.arn(`cluster:${clusterIdentifier}`),
    );
    this.account.authorize(principal, "rds:CreateDBClusterSnapshot", arn);
    if (clusterIdentifier !== this.cluster.identifier) {
      throw new AwsError("DBClusterNotFoundFault", `DBCluster not found: ${clusterIdentifier}`, 404);
    }
    checkIdentifier(identifier, "DBClusterSnapshotIdentifier");
    if (this.snapshots.some((it) => it.arn === arn)) {
      const message = `Cannot create the cluster snapshot because one with the identifier ${identifier} already exists.`;
      throw new AwsError("DBClusterSnapshotAlreadyExistsFault", message);
    }
    const contents = new Map<string, Snapshot>();
    for (const database of this.databases) contents.set(database.name, await database.snapshot());
    this.timeline.add("Aurora", `takes the snapshot ${identifier}, by hand`);
    return this.takeManualSnapshot(identifier, contents);
  }

  /** DeleteDBClusterSnapshot: of manual ones, which no export reads. */
  async deleteSnapshot(principal: Principal, identifier: string): Promise<ClusterSnapshot> {
    const arn = this.arn(`cluster-snapshot:${identifier}`);
    this.account.authorize(principal, "rds:DeleteDBClusterSnapshot", arn);
    const snapshot = this.snapshots.find((it) => it.arn === arn);
    if (snapshot === undefined) {
      throw new AwsError("DBClusterSnapshotNotFoundFault", `DBClusterSnapshot not found: ${identifier}`, 404);
    }
    const isExported = this.tasks.some((it) => it.sourceArn === arn && RUNNING.includes(it.status));
    if (snapshot.type !== "manual" || snapshot.status !== "available" || isExported) {
      const message = `Snapshot ${identifier} cannot be deleted in its state.`;
      throw new AwsError("InvalidDBClusterSnapshotStateFault", message);
    }
    await drop(snapshot);
    this.snapshots = this.snapshots.filter((it) => it !== snapshot);
    return snapshot;
  }

  private addSnapshot(
    identifier: string,
    type: ClusterSnapshot["type"],
    contents: ReadonlyMap<string, Snapshot>,
  ): ClusterSnapshot {
    const snapshot: ClusterSnapshot = {
      identifier,
      arn: this.arn(`cluster-snapshot:${identifier}`),
      clusterIdentifier: this.cluster.identifier,
      type,
      status: "creating",
      createTime: this.clock.now(),
      contents,
    };
    this.snapshots.push(snapshot);
    this.clock.after(SNAPSHOT_MINUTES, () => {
      snapshot.status = "available";
      this.timeline.add("Aurora", `snapshot ${identifier} is available`);
    });
    return snapshot;
  }

  /** Deletes every snapshot, as if the backups had been lost. */
  async loseSnapshots(): Promise<void> {
    for (const snapshot of this.snapshots) await drop(snapshot);
    this.snapshots = [];
  }

  private async dropOldSnapshots(): Promise<void> {
    const limit = this.clock.now().getTime() - this.backups.retentionDays * 24 * 60 * 60 * 1000;
    const isOld = (it: ClusterSnapshot) => it.type !== "manual" && it.createTime.getTime() < limit;
    for (const old of this.snapshots.filter(isOld)) await drop(old);
    this.snapshots = this.snapshots.filter((it) => !isOld(it));
  }

  /** DescribeDBClusterSnapshots: those of a cluster, or the one of a name or ARN. */
  describeSnapshots(principal: Principal, query: SnapshotQuery): ClusterSnapshot[] {
    const { clusterIdentifier, snapshotIdentifier, type } = query;
    if (snapshotIdentifier !== undefined)
      return [this.describeSnapshot(principal, snapshotIdentifier, query)];
    this.account.authorize(
      principal,
      "rds:DescribeDBClusterSnapshots",
      this.arn(clusterIdentifier === undefined ? "cluster-snapshot:*" : `cluster:${clusterIdentifier}`),
    );
    this.account.authorize(principal, "rds:DescribeDBClusterSnapshots", this.arn("cluster-snapshot:*"));
    return this.snapshots.filter(
      (it) =>
        (clusterIdentifier === undefined || it.clusterIdentifier === clusterIdentifier) &&
        (type === undefined || it.type === type),
    );
  }

  /** Source: API reference, DescribeDBClusterSnapshots, `DBClusterSnapshotIdentifier`. */
  private describeSnapshot(principal: Principal, identifier: string, query: SnapshotQuery): ClusterSnapshot {
    if (query.clusterIdentifier !== undefined) {
      const message = "DBClusterIdentifier can't be used in conjunction with DBClusterSnapshotIdentifier.";
      throw new AwsError("InvalidParameterCombination", message);
    }
    const arn = identifier.startsWith("arn:") ? identifier : this.arn(`cluster-snapshot:${identifier}`);
    this.account.authorize(principal, "rds:DescribeDBClusterSnapshots", arn);
    const found = this.snapshots.find((it) => it.arn === arn);
    if (found?.type === "automated" && query.type === undefined) {
      const message = "SnapshotType must be specified with the identifier of an automated snapshot.";
      throw new AwsError("InvalidParameterCombination", message);
    }
    if (found === undefined || (query.type !== undefined && query.type !== found.type)) {
      throw new AwsError("DBClusterSnapshotNotFoundFault", `DBClusterSnapshot not found: ${identifier}`, 404);
    }
    return found;
  }

  describeTasks(principal: Principal, { identifier, sourceArn, bucketName }: TaskQuery): ExportTask[] {
    this.account.authorize(principal, "rds:DescribeExportTasks", sourceArn ?? "*");
    return this.tasks.filter(
      (it) =>
        (identifier === undefined || it.identifier === identifier) &&
        (sourceArn === undefined || it.sourceArn === sourceArn) &&
        (bucketName === undefined || it.bucketName === bucketName),
    );
  }

  /** StartExportTask, with the faults that the API reference lists, in the order in which they cost nothing. */
  startExportTask(principal: Principal, input: StartExportTaskInput): ExportTask {
    this.account.authorize(principal, "rds:StartExportTask", input.sourceArn);
    this.account.authorize(principal, "iam:PassRole", input.roleArn, {
      "iam:PassedToService": "export.rds.amazonaws.com",
    });
    checkIdentifier(input.identifier);
    const snapshot = this.checkSource(input);
    this.checkPlace(principal, input);
    checkExportOnly(snapshot, input.exportOnly);
    const task: ExportTask = {
      ...input,
      snapshot,
      startTime: this.clock.now(),
      status: "STARTING",
      percentProgress: 0,
    };
    this.tasks.push(task);
    this.run(task);
    return task;
  }

  private checkSource(input: StartExportTaskInput): ClusterSnapshot {
    const snapshot = this.snapshots.find((it) => it.arn === input.sourceArn);
    if (snapshot === undefined) {
      throw new AwsError("DBClusterSnapshotNotFoundFault", `${input.sourceArn} not found.`, 404);
    }
    if (this.tasks.some((it) => it.identifier === input.identifier)) {
      throw new AwsError(
        "ExportTaskAlreadyExists",
        "You can't start an export task that's already running or has run.",
      );
    }
    const own = this.tasks.filter((it) => RUNNING.includes(it.status)).map((it) => it.sourceArn);
    const running = [...own, ...this.otherExports];
    if (snapshot.status !== "available" || running.includes(input.sourceArn)) {
      throw new AwsError(
        "InvalidExportSourceState",
        "The state of the export snapshot is invalid for exporting to an Amazon S3 bucket.",
      );
    }
    if (running.length >= CONCURRENT_EXPORTS) {
      throw new AwsError(
        "ExportTaskLimitReachedFault",
        `You have reached the limit of ${CONCURRENT_EXPORTS} concurrent export tasks.`,
      );
    }
    return snapshot;
  }

  private checkPlace(principal: Principal, input: StartExportTaskInput): void {
    if (!this.account.buckets.has(input.bucketName)) {
      throw new AwsError(
        "InvalidS3BucketFault",
        `The bucket ${input.bucketName} does not exist in this Region.`,
      );
    }
    if (!this.account.roles.has(input.roleArn)) {
      throw new AwsError("IamRoleNotFound", `${input.roleArn} does not exist.`, 404);
    }
    const key = this.account.keys.get(input.kmsKeyId);
    if (key === undefined || !key.enabled) {
      throw new AwsError("KMSKeyNotAccessibleFault", `The KMS key ${input.kmsKeyId} is not accessible.`);
    }
    try {
      this.account.authorize(principal, "kms:DescribeKey", key.arn);
      this.account.authorize(principal, "kms:CreateGrant", key.arn, { "kms:GrantIsForAWSResource": true });
    } catch (error) {
      throw new AwsError("KMSKeyNotAccessibleFault", `The KMS key can't be used: ${messageOf(error)}`);
    }
    this.checkRole(input);
  }

  private checkRole(input: StartExportTaskInput): void {
    try {
      const role = this.account.assume("export.rds.amazonaws.com", input.roleArn);
      this.s3.getBucketLocation(role, input.bucketName);
      this.s3.listObjects(role, input.bucketName, `${input.identifier}/`);
      for (const action of ROLE_S3_OBJECT_ACTIONS) {
        this.account.authorize(role, action, `arn:aws:s3:::${input.bucketName}/${input.identifier}/x`);
      }
      for (const action of ROLE_KMS_ACTIONS) this.account.authorize(role, action, input.kmsKeyId);
    } catch (error) {
      throw new AwsError(
        "IamRoleMissingPermissions",
        `${input.roleArn} lacks permissions: ${messageOf(error)}`,
      );
    }
  }

  private run(task: ExportTask): void {
    const { course } = this;
    const startingMinutes = course.startingMinutes ?? STARTING_MINUTES;
    this.timeline.add("RDS", `export task ${task.identifier} is starting`);
    this.clock.after(startingMinutes, async () => {
      if (task.status !== "STARTING") return;
      task.status = "IN_PROGRESS";
      const extract = await this.extract(task, course);
      const { files } = extract;
      const writing = course.minutes - startingMinutes;
      const stopsHalfWay = course.fails === true || course.canceled === true;
      const written = stopsHalfWay ? Math.ceil(files.length / 2) : files.length;
      files.slice(0, written).forEach((file, index) => {
        this.clock.after((writing * (index + 1)) / (files.length + 1), () =>
          this.write(task, file, index / files.length, course),
        );
      });
      this.clock.after(stopsHalfWay ? writing / 2 : writing, () => this.end(task, extract, course));
    });
  }

  private write(task: ExportTask, file: PlannedFile, progress: number, course: ExportCourse): void {
    if (task.status !== "IN_PROGRESS") return;
    task.percentProgress = Math.floor(progress * 100);
    try {
      const role = this.account.assume("export.rds.amazonaws.com", task.roleArn);
      this.s3.putObject(role, task.bucketName, file.key, file.file, task.kmsKeyId);
    } catch (error) {
      this.fail(task, `failed to write to S3: ${messageOf(error)}`, course);
    }
  }

  private fail(task: ExportTask, cause: string, course: ExportCourse): void {
    task.failureCause = cause;
    this.timeline.add("RDS", `export task ${task.identifier} FAILED: ${cause}`, "bad");
    this.close(task, "FAILED", course);
  }

  private cancelTask(task: ExportTask, course: ExportCourse): void {
    task.status = "CANCELING";
    this.clock.after(CANCELING_MINUTES, () => {
      this.timeline.add("RDS", `export task ${task.identifier} is CANCELED`, "bad");
      this.close(task, "CANCELED", course);
    });
  }

  private end(task: ExportTask, { skipped, sidecars }: Extract, course: ExportCourse): void {
    if (task.status !== "IN_PROGRESS") return;
    if (course.fails) {
      this.fail(task, "unknown internal error", course);
      return;
    }
    if (course.canceled) {
      this.cancelTask(task, course);
      return;
    }
    for (const file of sidecars) this.write(task, file, 1, course);
    task.percentProgress = 100;
    if (skipped.length > 0) {
      this.timeline.add("RDS", `skipped ${skipped.join(", ")}, which counts as COMPLETE`, "warning");
      task.warningMessage = JSON.stringify({ skippedTables: skipped, skippedObjectives: [], general: [] });
    }
    this.timeline.add("RDS", `export task ${task.identifier} is COMPLETE`, "good");
    this.close(task, "COMPLETE", course);
  }

  private close(task: ExportTask, status: keyof typeof END_EVENTS, course: ExportCourse): void {
    task.status = status;
    task.endTime = this.clock.now();
    rmSync(join(this.folder, task.identifier), { recursive: true, force: true });
    for (const tell of this.taskEnded) tell(task);
    this.emit(task, END_EVENTS[status], course.event);
  }

  /** "Best effort" delivery ("Amazon RDS events", EventBridge): an event may be late, come twice or never. */
  private emit(
    { snapshot, identifier }: ExportTask,
    { id, message }: { readonly id: string; readonly message: string },
    fate: ExportCourse["event"],
  ): void {
    if (fate === "lost") {
      this.timeline.add("RDS", `the event of ${identifier} is lost`, "warning");
      return;
    }
    const event = this.event(snapshot, id, message);
    const minutes = typeof fate === "object" ? fate.lateMinutes : EVENT_MINUTES;
    const times = fate === "twice" ? 2 : 1;
    for (let time = 1; time <= times; time++) {
      this.clock.after(minutes, async () => {
        for (const sink of this.eventSinks) await sink(event);
      });
    }
  }

  /** Shape: Aurora User Guide, "Overview of events for Aurora", example of an event of a DB cluster snapshot. */
  private event(snapshot: ClusterSnapshot, id: string, message: string): CloudEvent {
    const now = this.clock.now().toISOString();
    return {
      version: "0",
      id: uuidOf("event", ++this.eventCount),
      "detail-type": "RDS DB Cluster Snapshot Event",
      source: "aws.rds",
      account: this.account.accountId,
      time: `${now.slice(0, 19)}Z`,
      region: this.account.region,
      resources: [snapshot.arn],
      detail: {
        EventCategories: ["notification"],
        SourceType: "CLUSTER_SNAPSHOT",
        SourceArn: snapshot.arn,
        Date: now,
        SourceIdentifier: snapshot.identifier,
        Message: message,
        EventID: id,
      },
    };
  }

  /** Writes every table of the task to a folder of its own, to be put into S3 bit by bit. */
  private async extract(task: ExportTask, course: ExportCourse): Promise<Extract> {
    const folder = join(this.folder, task.identifier);
    const files: PlannedFile[] = [];
    const skipped: string[] = [];
    const statuses: unknown[] = [];
    for (const database of this.databases) {
      const snapshot = task.snapshot.contents.get(database.name);
      for (const table of snapshot?.tables ?? []) {
        if (snapshot === undefined || !isInScope(database, table, task.exportOnly)) continue;
        const target = exportOnlyName(database.engine, table.source);
        const path = tableFolder(database.engine, table.source);
        const result = course.skippedTables?.includes(target)
          ? { files: [], typeMappings: [], skipped: LEFT_OUT }
          : await snapshot.exportTable(table.source, join(folder, path));
        statuses.push(tableStatus(target, result));
        if (result.skipped !== undefined) skipped.push(target);
        for (const { path: file } of result.files) {
          files.push({ key: `${task.identifier}/${path}/${file}`, file: join(folder, path, file) });
        }
      }
    }
    const { sidecar } = course;
    return { files, skipped, sidecars: this.writeSidecars(task, folder, statuses, sidecar) };
  }

  private writeSidecars(
    task: ExportTask,
    folder: string,
    statuses: unknown[],
    fault: ExportCourse["sidecar"],
  ): PlannedFile[] {
    mkdirSync(folder, { recursive: true });
    const tables = `export_tables_info_${task.identifier}_from_1_to_${statuses.length}.json`;
    const info = `export_info_${task.identifier}.json`;
    const tablesInfo = JSON.stringify({ perTableStatus: statuses });
    const contents: Record<string, string> = {
      ...(fault !== "missing" && {
        // Cut off in the middle, as an upload that was interrupted.
        [tables]: fault === "malformed" ? tablesInfo.slice(0, tablesInfo.length / 2) : tablesInfo,
      }),
      [info]: JSON.stringify({
        exportTaskIdentifier: task.identifier,
        sourceArn: task.sourceArn,
        exportOnly: task.exportOnly,
        snapshotTime: task.snapshot.createTime.toISOString(),
        taskStartTime: task.startTime.toISOString(),
        s3Bucket: task.bucketName,
        exportedFilesPath: task.identifier,
        iamRoleArn: task.roleArn,
        kmsKeyId: task.kmsKeyId,
        status: "COMPLETE",
        percentProgress: 100,
      }),
    };
    return Object.entries(contents).map(([name, content]) => {
      const file = join(folder, name);
      writeFileSync(file, content);
      return { key: `${task.identifier}/${name}`, file };
    });
  }
}

async function drop(snapshot: ClusterSnapshot): Promise<void> {
  for (const content of snapshot.contents.values()) await content.drop();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isInScope(
  database: SourceDatabase,
  { source }: SourceTableInfo,
  exportOnly: readonly string[],
): boolean {
  if (exportOnly.length === 0) return true;
  const schema = `${source.database}.${source.schema ?? ""}`;
  const names = [source.database, schema, exportOnlyName(database.engine, source)];
  return names.some((name) => exportOnly.includes(name));
}

function tableStatus(target: string, result: TableExport): unknown {
  const partitions = new Set(result.files.map((it) => it.path.split("/")[0])).size;
  return {
    target,
    status: result.skipped === undefined ? "COMPLETE" : "SKIPPED",
    ...(result.skipped === undefined ? {} : { warningMessage: result.skipped }),
    tableStatistics: {
      partitioningInfo: { numberOfPartitions: partitions, numberOfCompletedPartitions: partitions },
    },
    schemaMetadata: { originalTypeMappings: result.typeMappings },
  };
}

function checkIdentifier(identifier: string, parameter = "ExportTaskIdentifier"): void {
  const legal = /^[A-Za-z](?!.*--)[A-Za-z0-9-]*[A-Za-z0-9]$/.test(identifier) && identifier.length <= 60;
  if (!legal) {
    throw new AwsError("InvalidParameterValue", `The parameter ${parameter} is not valid: ${identifier}`);
  }
}

function checkExportOnly(snapshot: ClusterSnapshot, exportOnly: readonly string[]): void {
  const known = new Set<string>();
  for (const [database, content] of snapshot.contents) {
    known.add(database);
    for (const { source } of content.tables) {
      known.add(`${database}.${source.schema ?? source.table}`);
      known.add(exportOnlyName(source.schema === undefined ? "mysql" : "postgresql", source));
    }
  }
  const unknown = exportOnly.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new AwsError("InvalidExportOnly", `The export is invalid: ${unknown.join(", ")} does not exist.`);
  }
}
