import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportOnlyName, tableFolder } from "../../contract/layout";
import type { VirtualClock } from "../clock";
import type { Snapshot, SourceDatabase, SourceTableInfo, TableExport } from "../databases/sourceDatabase";
import type { Timeline } from "../timeline";
import type { AwsAccount, Principal } from "./account";
import { AwsError } from "./errors";
import type { LocalS3 } from "./s3";

/** Automated backups are kept this long: the cluster's retention period, 1 to 35 days. */
const SNAPSHOT_RETENTION_DAYS = 7;
/** Minutes from the start of a snapshot until it is available. */
const SNAPSHOT_MINUTES = 8;
/** Minutes that RDS restores a copy before it extracts anything ("STARTING"). */
const STARTING_MINUTES = 12;
/** Exports that an account may have running at once. */
const CONCURRENT_EXPORTS = 5;
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

export type TaskStatus = "STARTING" | "IN_PROGRESS" | "COMPLETE" | "FAILED";

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
  /** Fails when about half is written. */
  fails?: boolean;
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

const RUNNING: readonly TaskStatus[] = ["STARTING", "IN_PROGRESS"];

/** The local RDS: one cluster, its snapshots, its export tasks. */
export class LocalRds {
  public snapshots: ClusterSnapshot[] = [];
  public readonly tasks: ExportTask[] = [];
  public course: ExportCourse = { minutes: 26 };
  /** Who wants to hear of finished tasks. */
  public readonly taskEnded: ((task: ExportTask) => void)[] = [];

  constructor(
    private readonly cluster: { identifier: string; snapshotType: "automated" | "awsbackup" },
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

  /** Takes the daily snapshot of frozen databases; it is available some minutes later. */
  async takeSnapshot(contents: ReadonlyMap<string, Snapshot>): Promise<void> {
    await this.dropOldSnapshots();
    const createTime = this.clock.now();
    const minute = createTime.toISOString().slice(0, 16).replace(/[T:]/g, "-");
    const ours = this.cluster.snapshotType === "automated";
    const identifier = ours ? `rds:${this.cluster.identifier}-${minute}` : `awsbackup:job-${minute}`;
    const snapshot: ClusterSnapshot = {
      identifier,
      arn: this.arn(`cluster-snapshot:${identifier}`),
      clusterIdentifier: this.cluster.identifier,
      type: this.cluster.snapshotType,
      status: "creating",
      createTime,
      contents,
    };
    this.snapshots.push(snapshot);
    this.clock.after(SNAPSHOT_MINUTES, () => {
      snapshot.status = "available";
      this.timeline.add("Aurora", `snapshot ${identifier} is available`);
    });
  }

  /** Deletes every snapshot, as if the backups had been lost. */
  async loseSnapshots(): Promise<void> {
    for (const snapshot of this.snapshots) await drop(snapshot);
    this.snapshots = [];
  }

  private async dropOldSnapshots(): Promise<void> {
    const limit = this.clock.now().getTime() - SNAPSHOT_RETENTION_DAYS * 24 * 60 * 60 * 1000;
    for (const old of this.snapshots.filter((it) => it.createTime.getTime() < limit)) await drop(old);
    this.snapshots = this.snapshots.filter((it) => it.createTime.getTime() >= limit);
  }

  describeSnapshots(principal: Principal, clusterIdentifier: string | undefined, type: string | undefined) {
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

  describeTasks(
    principal: Principal,
    identifier: string | undefined,
    sourceArn: string | undefined,
  ): ExportTask[] {
    this.account.authorize(principal, "rds:DescribeExportTasks", sourceArn ?? "*");
    return this.tasks.filter(
      (it) =>
        (identifier === undefined || it.identifier === identifier) &&
        (sourceArn === undefined || it.sourceArn === sourceArn),
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
    const running = this.tasks.filter((it) => RUNNING.includes(it.status));
    if (snapshot.status !== "available" || running.some((it) => it.sourceArn === input.sourceArn)) {
      throw new AwsError(
        "InvalidExportSourceState",
        "The state of the export snapshot is invalid for exporting to an Amazon S3 bucket.",
      );
    }
    if (running.length >= CONCURRENT_EXPORTS) {
      // No fault is documented for this limit.
      throw new AwsError(
        "ExportTaskLimitReachedFault",
        `${CONCURRENT_EXPORTS} export tasks are running already.`,
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
    const { minutes, fails } = this.course;
    this.timeline.add("RDS", `export task ${task.identifier} is starting`);
    this.clock.after(STARTING_MINUTES, async () => {
      task.status = "IN_PROGRESS";
      const { files, skipped, sidecars } = await this.extract(task);
      const writing = minutes - STARTING_MINUTES;
      const written = fails ? Math.ceil(files.length / 2) : files.length;
      files.slice(0, written).forEach((file, index) => {
        this.clock.after((writing * (index + 1)) / (files.length + 1), () =>
          this.write(task, file, index / files.length),
        );
      });
      this.clock.after(fails ? writing / 2 : writing, () => this.end(task, { fails, skipped, sidecars }));
    });
  }

  private write(task: ExportTask, file: PlannedFile, progress: number): void {
    if (task.status !== "IN_PROGRESS") return;
    task.percentProgress = Math.floor(progress * 100);
    try {
      const role = this.account.assume("export.rds.amazonaws.com", task.roleArn);
      this.s3.putObject(role, task.bucketName, file.key, file.file, task.kmsKeyId);
    } catch (error) {
      this.fail(task, `failed to write to S3: ${messageOf(error)}`);
    }
  }

  private fail(task: ExportTask, cause: string): void {
    task.status = "FAILED";
    task.failureCause = cause;
    task.endTime = this.clock.now();
    this.timeline.add("RDS", `export task ${task.identifier} FAILED: ${cause}`, "bad");
    for (const tell of this.taskEnded) tell(task);
  }

  private end(
    task: ExportTask,
    result: { fails?: boolean; skipped: readonly string[]; sidecars: PlannedFile[] },
  ): void {
    if (task.status !== "IN_PROGRESS") return;
    if (result.fails) {
      this.fail(task, "unknown internal error");
      return;
    }
    for (const file of result.sidecars) this.write(task, file, 1);
    task.status = "COMPLETE";
    task.percentProgress = 100;
    task.endTime = this.clock.now();
    if (result.skipped.length > 0) {
      this.timeline.add("RDS", `skipped ${result.skipped.join(", ")}, which counts as COMPLETE`, "warning");
      task.warningMessage = JSON.stringify({
        skippedTables: result.skipped,
        skippedObjectives: [],
        general: [],
      });
    }
    this.timeline.add("RDS", `export task ${task.identifier} is COMPLETE`, "good");
    rmSync(join(this.folder, task.identifier), { recursive: true });
    for (const tell of this.taskEnded) tell(task);
  }

  /** Writes every table of the task to a folder of its own, to be put into S3 bit by bit. */
  private async extract(task: ExportTask) {
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
        const result = await snapshot.exportTable(table.source, join(folder, path));
        statuses.push(tableStatus(target, result));
        if (result.skipped !== undefined) skipped.push(target);
        for (const { path: file } of result.files) {
          files.push({ key: `${task.identifier}/${path}/${file}`, file: join(folder, path, file) });
        }
      }
    }
    return { files, skipped, sidecars: this.writeSidecars(task, folder, statuses) };
  }

  private writeSidecars(task: ExportTask, folder: string, statuses: unknown[]): PlannedFile[] {
    mkdirSync(folder, { recursive: true });
    const tables = `export_tables_info_${task.identifier}_from_1_to_${statuses.length}.json`;
    const info = `export_info_${task.identifier}.json`;
    const contents: Record<string, unknown> = {
      [tables]: { perTableStatus: statuses },
      [info]: {
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
      },
    };
    return Object.entries(contents).map(([name, content]) => {
      const file = join(folder, name);
      writeFileSync(file, JSON.stringify(content));
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

function checkIdentifier(identifier: string): void {
  const legal = /^[A-Za-z](?!.*--)[A-Za-z0-9-]*[A-Za-z0-9]$/.test(identifier) && identifier.length <= 60;
  if (!legal) {
    throw new AwsError(
      "InvalidParameterValue",
      `The parameter ExportTaskIdentifier is not valid: ${identifier}`,
    );
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
