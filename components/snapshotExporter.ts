import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as pulumi from "@pulumi/pulumi";
import { EXPORT_SCOPE_FILE, EXPORTER_VARIABLES, type ON_EXPORT_COMPLETE } from "../contract/environment";
import { formatTimeOfDay, type TimeOfDay } from "../contract/timeOfDay";
import { bundleFunction } from "./functionBundle";
import { exporterPolicy, lambdaTrust, schedulerPolicy, serviceTrust } from "./policyDocuments";

export interface SnapshotExporterArgs {
  /** Name of the function and of its schedule, at most 64 characters. Changing it replaces both. */
  functionName: string;
  /** Begins the names of the roles, which are unique in the account. */
  roleNamePrefix: string;
  accountId: string;
  region: string;
  /** Aurora cluster whose snapshots are exported. */
  clusterIdentifier: string;
  /** Kind of snapshot: RDS's own daily one, or AWS Backup's where that service owns the cluster's backups. */
  snapshotType: "automated" | "awsbackup";
  /** A snapshot older than this is refused: its rows would pass for today's. */
  maxSnapshotAgeHours: number;
  /** Names for `ExportOnly`; an empty list exports everything. */
  exportOnly: readonly string[];
  /** Name of the environment, for the function's `ENV`. */
  environment: string;
  /** Begins the ids of the export tasks. */
  taskPrefix: string;
  /** The clock. Changing a time updates the schedule in place. */
  schedule: {
    /** False leaves the schedule in place, switched off. */
    enabled: boolean;
    /** IANA time zone of the times. */
    timeZone: string;
    /** Local time of the export. */
    export: TimeOfDay;
    /** Local time of the load that the export feeds; it names the export's slot. */
    load: TimeOfDay | typeof ON_EXPORT_COMPLETE;
  };
  bucketName: pulumi.Input<string>;
  kmsKeyArn: pulumi.Input<string>;
  /** Role that RDS assumes to write the export. */
  exportRoleArn: pulumi.Input<string>;
  /** Puts the function into a VPC. The RDS API is public: without a NAT or an RDS endpoint this only breaks it. */
  vpc?: { subnetIds: readonly string[]; securityGroupIds: readonly string[] };
  /** @default 900 */
  timeoutSeconds?: number;
  /** @default 512 */
  memoryMegabytes?: number;
  /** @default 90 */
  logRetentionDays?: number;
  tags?: Record<string, string>;
}

/** The function that starts the export of the newest snapshot, and the clock that invokes it. */
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
    const child = { parent: this };
    const logGroup = new cloudwatch.LogGroup(
      `${name}-logs`,
      {
        name: `/aws/lambda/${args.functionName}`,
        retentionInDays: args.logRetentionDays ?? 90,
        tags: args.tags,
      },
      child,
    );
    const role = new iam.Role(
      `${name}-role`,
      {
        name: `${args.roleNamePrefix}-aurora-snapshot-exporter`,
        description: `Runs ${args.functionName}`,
        assumeRolePolicy: JSON.stringify(lambdaTrust()),
        tags: args.tags,
      },
      child,
    );
    const policy = new iam.RolePolicy(
      `${name}-policy`,
      {
        name: "export-snapshots",
        role: role.name,
        policy: pulumi
          .all([args.exportRoleArn, args.kmsKeyArn, logGroup.arn])
          .apply(([exportRoleArn, kmsKeyArn, logGroupArn]) =>
            JSON.stringify(
              exporterPolicy({
                region: args.region,
                accountId: args.accountId,
                clusterIdentifier: args.clusterIdentifier,
                exportRoleArn,
                kmsKeyArn,
                logGroupArn,
                functionArnInVpc: args.vpc && functionArn(args),
              }),
            ),
          ),
      },
      child,
    );
    const exporter = new lambda.Function(
      `${name}-function`,
      {
        name: args.functionName,
        description: `Exports the newest snapshot of ${args.clusterIdentifier} to S3`,
        runtime: lambda.Runtime.NodeJS24dX,
        architectures: ["arm64"],
        handler: "index.handler",
        code: bundleFunction("exporter", { [EXPORT_SCOPE_FILE]: JSON.stringify(args.exportOnly) }),
        role: role.arn,
        timeout: args.timeoutSeconds ?? 900,
        memorySize: args.memoryMegabytes ?? 512,
        environment: { variables: environmentVariables(args) },
        loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
        vpcConfig: args.vpc && {
          subnetIds: [...args.vpc.subnetIds],
          securityGroupIds: [...args.vpc.securityGroupIds],
        },
        tags: args.tags,
      },
      { parent: this, dependsOn: [policy] },
    );
    new lambda.FunctionEventInvokeConfig(
      `${name}-retries`,
      // Lambda's default keeps a failing event for six hours; after one the load has begun without it.
      { functionName: exporter.name, maximumRetryAttempts: 2, maximumEventAgeInSeconds: 3600 },
      child,
    );
    return exporter;
  }

  private createSchedule(
    name: string,
    args: SnapshotExporterArgs,
    target: lambda.Function,
  ): scheduler.Schedule {
    const child = { parent: this };
    const role = new iam.Role(
      `${name}-scheduler-role`,
      {
        name: `${args.roleNamePrefix}-aurora-snapshot-scheduler`,
        description: `Lets EventBridge Scheduler invoke ${args.functionName}`,
        assumeRolePolicy: JSON.stringify(serviceTrust("scheduler.amazonaws.com", args.accountId)),
        tags: args.tags,
      },
      child,
    );
    const policy = new iam.RolePolicy(
      `${name}-scheduler-policy`,
      {
        name: "invoke-exporter",
        role: role.name,
        policy: target.arn.apply((arn) => JSON.stringify(schedulerPolicy(arn))),
      },
      child,
    );
    const { timeZone, export: at, enabled } = args.schedule;
    return new scheduler.Schedule(
      `${name}-schedule`,
      {
        name: args.functionName,
        description: `Every day at ${formatTimeOfDay(at)} ${timeZone}: exports the newest snapshot of ${args.clusterIdentifier}`,
        scheduleExpression: `cron(${at.minute} ${at.hour} * * ? *)`,
        scheduleExpressionTimezone: timeZone,
        flexibleTimeWindow: { mode: "OFF" },
        state: enabled ? "ENABLED" : "DISABLED",
        target: {
          arn: target.arn,
          roleArn: role.arn,
          // The scheduled time names the slot, so that a retry keeps it.
          input: JSON.stringify({ scheduledTime: "<aws.scheduler.scheduled-time>" }),
          retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
        },
      },
      { parent: this, dependsOn: [policy] },
    );
  }
}

function functionArn(args: SnapshotExporterArgs): string {
  return `arn:aws:lambda:${args.region}:${args.accountId}:function:${args.functionName}`;
}

function environmentVariables(args: SnapshotExporterArgs): Record<string, pulumi.Input<string>> {
  const { timeZone, export: at, load } = args.schedule;
  return {
    [EXPORTER_VARIABLES.clusterIdentifier]: args.clusterIdentifier,
    [EXPORTER_VARIABLES.exportRoleArn]: args.exportRoleArn,
    [EXPORTER_VARIABLES.bucketName]: args.bucketName,
    [EXPORTER_VARIABLES.kmsKeyId]: args.kmsKeyArn,
    [EXPORTER_VARIABLES.environment]: args.environment,
    [EXPORTER_VARIABLES.taskPrefix]: args.taskPrefix,
    [EXPORTER_VARIABLES.timeZone]: timeZone,
    [EXPORTER_VARIABLES.exportTime]: formatTimeOfDay(at),
    [EXPORTER_VARIABLES.load]: typeof load === "string" ? load : formatTimeOfDay(load),
    [EXPORTER_VARIABLES.snapshotType]: args.snapshotType,
    [EXPORTER_VARIABLES.maxSnapshotAgeHours]: String(args.maxSnapshotAgeHours),
  };
}
