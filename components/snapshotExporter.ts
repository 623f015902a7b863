import type * as lambda from "@pulumi/aws/lambda";
import type * as scheduler from "@pulumi/aws/scheduler";
import * as pulumi from "@pulumi/pulumi";
import { COME_BACK_MINUTES, lastLook } from "../contract/dailyExport";
import { EXPORT_SCOPE_FILE, EXPORTER_VARIABLES, SNAPSHOT_TIME_VARIABLE } from "../contract/environment";
import { againScheduleName, exporterClockRoleName, exporterName, exporterRoleName } from "../contract/names";
import { type Schedule, timeVariables } from "../contract/schedule";
import { formatTimeOfDay } from "../contract/timeOfDay";
import type { ExportArgs } from "./args";
import { exporterPolicy } from "./policyDocuments";
import { createClock, createFunction } from "./scheduledFunction";

export interface SnapshotExporterArgs extends ExportArgs {
  region: string;
  /** Aurora cluster whose snapshots are exported. */
  clusterIdentifier: string;
  /** Kind of snapshot: RDS's own daily one, or AWS Backup's where that service owns the cluster's backups. @default automated */
  snapshotType?: "automated" | "awsbackup";
  /** A snapshot older than this is refused: its rows would pass for today's. @default 24 */
  maxSnapshotAgeHours?: number;
  /** Names for `ExportOnly`, in any order. @default everything is exported */
  exportOnly?: readonly string[];
  /** Name of the environment, for the function's `ENV`. */
  environment: string;
  /** The clock. Changing a time updates the schedule in place; disabled, it stays, switched off. */
  schedule: Schedule;
  /** Role that RDS assumes to write the export. */
  exportRoleArn: pulumi.Input<string>;
  /** ARN of the function that reports a day's export that could not be started, such as the gate. @default none */
  failuresTo?: pulumi.Input<string>;
  /** Puts the function into a VPC. The RDS API is public: without a NAT or an RDS endpoint this only breaks it. */
  vpc?: { subnetIds: readonly string[]; securityGroupIds: readonly string[] };
  /** @default 900 */
  timeoutSeconds?: number;
  /** @default 512 */
  memoryMegabytes?: number;
  /** @default 90 */
  logRetentionDays?: number;
}

/**
 * The function that starts the export of the newest snapshot, and the clock that invokes it. Where RDS has no room for
 * the export it is invoked again every five minutes, until the export could no longer be finished in time.
 *
 * @example
 * ```ts
 * new SnapshotExporter("exporter", {
 *   ...{ accountId, region, prefix: "prod", bucketName, kmsKeyArn, exportRoleArn },
 *   ...{ environment: "prod", clusterIdentifier: "example-prod", schedule },
 * });
 * ```
 */
export class SnapshotExporter extends pulumi.ComponentResource {
  public readonly functionName: pulumi.Output<string>;
  public readonly functionArn: pulumi.Output<string>;
  public readonly scheduleName: pulumi.Output<string>;
  /** Bucket that the exports are written to: what the transfers read. */
  public readonly bucketName: pulumi.Output<string>;

  constructor(name: string, args: SnapshotExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:SnapshotExporter", name, {}, opts);
    const exporter = this.createFunction(name, args);
    const schedule = this.createSchedule(name, args, exporter);
    this.functionName = exporter.name;
    this.functionArn = exporter.arn;
    this.scheduleName = schedule.name;
    this.bucketName = pulumi.output(args.bucketName);
    this.registerOutputs({
      functionName: this.functionName,
      functionArn: this.functionArn,
      scheduleName: this.scheduleName,
      bucketName: this.bucketName,
    });
  }

  private createFunction(name: string, args: SnapshotExporterArgs): lambda.Function {
    const policy = (logGroupArn: pulumi.Output<string>) =>
      pulumi
        .output({
          exportRoleArn: args.exportRoleArn,
          kmsKeyArn: args.kmsKeyArn,
          logGroupArn,
          failuresTo: args.failuresTo,
        })
        .apply((names) =>
          JSON.stringify(
            exporterPolicy({
              ...names,
              region: args.region,
              accountId: args.accountId,
              clusterIdentifier: args.clusterIdentifier,
              functionArn: functionArn(args),
              inVpc: args.vpc !== undefined,
            }),
          ),
        );
    const { made } = createFunction(this, name, {
      functionName: exporterName(args.prefix),
      description: `Exports the newest snapshot of ${args.clusterIdentifier} to S3`,
      code: "exporter",
      files: { [EXPORT_SCOPE_FILE]: JSON.stringify([...(args.exportOnly ?? [])].sort()) },
      roleName: exporterRoleName(args.prefix),
      policyName: "export-snapshots",
      policy,
      variables: environmentVariables(args),
      timeoutSeconds: args.timeoutSeconds ?? 900,
      memoryMegabytes: args.memoryMegabytes ?? 512,
      logRetentionDays: args.logRetentionDays ?? 90,
      vpc: args.vpc,
      failuresTo: args.failuresTo,
      boundaryArn: args.boundaryArn,
      tags: args.tags,
    });
    return made;
  }

  private createSchedule(
    name: string,
    args: SnapshotExporterArgs,
    target: lambda.Function,
  ): scheduler.Schedule {
    const { timeZone, exportTime, enabled } = args.schedule;
    return createClock(this, name, {
      scheduleName: exporterName(args.prefix),
      description: `exports the newest snapshot of ${args.clusterIdentifier}`,
      roleName: exporterClockRoleName(args.prefix),
      policyName: "invoke-exporter",
      accountId: args.accountId,
      target,
      at: exportTime,
      again: {
        scheduleName: againScheduleName(args.prefix),
        description: "exports it then if there was no room before",
        everyMinutes: COME_BACK_MINUTES,
        until: lastLook(args.schedule),
      },
      timeZone,
      enabled,
      boundaryArn: args.boundaryArn,
      tags: args.tags,
    });
  }
}

function functionArn(args: SnapshotExporterArgs): string {
  return `arn:aws:lambda:${args.region}:${args.accountId}:function:${exporterName(args.prefix)}`;
}

function environmentVariables(args: SnapshotExporterArgs): Record<string, pulumi.Input<string>> {
  const { snapshotTime } = args.schedule;
  return {
    [EXPORTER_VARIABLES.clusterIdentifier]: args.clusterIdentifier,
    [EXPORTER_VARIABLES.exportRoleArn]: args.exportRoleArn,
    [EXPORTER_VARIABLES.bucketName]: args.bucketName,
    [EXPORTER_VARIABLES.kmsKeyId]: args.kmsKeyArn,
    [EXPORTER_VARIABLES.environment]: args.environment,
    [EXPORTER_VARIABLES.taskPrefix]: args.prefix,
    ...timeVariables(args.schedule),
    [EXPORTER_VARIABLES.snapshotType]: args.snapshotType ?? "automated",
    [EXPORTER_VARIABLES.maxSnapshotAgeHours]: String(args.maxSnapshotAgeHours ?? 24),
    ...(snapshotTime && { [SNAPSHOT_TIME_VARIABLE]: formatTimeOfDay(snapshotTime) }),
  };
}
