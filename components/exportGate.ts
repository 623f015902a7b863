import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import {
  type ColumnChanges,
  FUNCTION_TIMEOUT_SECONDS,
  GATE_VARIABLES,
  type OnIncompleteExport,
  OPTIONAL_GATE_VARIABLES,
  type ShrinkGuard,
  TABLES_FILE,
} from "../contract/environment";
import { gateTime, lookHours } from "../contract/gateClock";
import {
  exportEndedRuleName,
  exporterName,
  gateClockRoleName,
  gateName,
  gateRoleName,
} from "../contract/names";
import { type Schedule, timeVariables } from "../contract/schedule";
import { snapshotArnStart } from "../contract/snapshots";
import { formatTableList, type TableList } from "../contract/tableList";
import type { ExportArgs } from "./args";
import type { GuardedUser } from "./exportReader";
import { gatePolicy } from "./policyDocuments";
import type { ReportTopics } from "./reportTopic";
import { createClock, createFunction } from "./scheduledFunction";

const MEMORY_MEGABYTES = 512;
const LOG_RETENTION_DAYS = 90;
/** The ends that an export of a cluster's snapshot can come to. Source: Aurora User Guide, "Amazon RDS event messages". */
const EXPORT_FAILED = "RDS-EVENT-0162";
const EXPORT_CANCELED = "RDS-EVENT-0163";
const EXPORT_COMPLETED = "RDS-EVENT-0164";

export interface ExportGateArgs extends ExportArgs {
  region: string;
  /** Aurora cluster whose exports are gated. */
  clusterIdentifier: string;
  /** Name of the environment, for the function's `ENV`. */
  environment: string;
  /**
   * The clock. Changing a time updates the schedule in place; disabled, it stays, switched off, and events invoke the
   * function all the same.
   */
  schedule: Schedule;
  /** What becomes of an export in which tables are missing. */
  onIncompleteExport: OnIncompleteExport;
  /** What becomes of a table that has shrunk since the last good export. */
  shrinkGuard: ShrinkGuard;
  /** What becomes of changes of columns and tables in Aurora. */
  columnChanges: ColumnChanges;
  /** Days after which exports expire in the bucket; undefined where its rules are not the stack's. */
  retentionDays?: number;
  /** What the stack loads; the function is made or changed when this is known. */
  tables: pulumi.Input<TableList>;
  /** Topics of the reports, and their key. */
  reports: ReportTopics;
  /** The user that exports are opened to. Without it they are audited and reported, and none is opened. */
  reader?: GuardedUser;
  /** Queue of the loader. Without one the gate opens exports, and asks nobody for their loads. */
  loadQueue?: { url: pulumi.Input<string>; arn: pulumi.Input<string> };
}

/**
 * The function that audits each finished export and opens it to the reader, and what invokes it: RDS's events and the
 * clock. It stands outside of any VPC: most Regions have no private endpoint of IAM.
 *
 * @example
 * ```ts
 * new ExportGate("gate", {
 *   ...{ accountId, region, prefix: "prod", bucketName, kmsKeyArn, reports, reader: reader.guarded },
 *   ...{ environment: "prod", clusterIdentifier: "example-prod", schedule, tables, onIncompleteExport: "load" },
 *   ...{ shrinkGuard: { percent: 50, action: "tell" }, columnChanges: "tell" },
 * });
 * ```
 */
export class ExportGate extends pulumi.ComponentResource {
  public readonly functionName: pulumi.Output<string>;
  public readonly functionArn: pulumi.Output<string>;
  constructor(name: string, args: ExportGateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportGate", name, {}, opts);
    const { made: gate } = this.createFunction(name, args);
    this.createRule(name, args, gate);
    this.createSchedule(name, args, gate);
    this.functionName = gate.name;
    this.functionArn = gate.arn;
    this.registerOutputs({ functionName: this.functionName });
  }

  private createFunction(name: string, args: ExportGateArgs) {
    return createFunction(this, name, {
      functionName: gateName(args.prefix),
      description: `Audits the finished exports of ${args.clusterIdentifier} and opens them to BigQuery`,
      code: "gate",
      files: pulumi.output(args.tables).apply((tables) => ({ [TABLES_FILE]: formatTableList(tables) })),
      roleName: gateRoleName(args.prefix),
      policyName: "open-exports",
      policy: (logGroupArn) => policyOf(args, logGroupArn),
      variables: environmentVariables(args),
      timeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
      memoryMegabytes: MEMORY_MEGABYTES,
      logRetentionDays: LOG_RETENTION_DAYS,
      boundaryArn: args.boundaryArn,
      tags: args.tags,
    });
  }

  private createRule(name: string, args: ExportGateArgs, gate: lambda.Function): void {
    const rule = new cloudwatch.EventRule(
      `${name}-export-ended`,
      {
        name: exportEndedRuleName(args.prefix),
        description: "An export of a cluster snapshot has ended",
        eventPattern: JSON.stringify(exportEnded(args)),
        tags: args.tags,
      },
      { parent: this },
    );
    const permission = new lambda.Permission(
      `${name}-event-permission`,
      {
        statementId: "InvokedByExportEvents",
        action: "lambda:InvokeFunction",
        function: gate.name,
        principal: "events.amazonaws.com",
        sourceArn: rule.arn,
      },
      { parent: this },
    );
    new cloudwatch.EventTarget(
      `${name}-event-target`,
      {
        rule: rule.name,
        targetId: "gate",
        arn: gate.arn,
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
      },
      { parent: this, dependsOn: [permission] },
    );
  }

  private createSchedule(name: string, args: ExportGateArgs, gate: lambda.Function): void {
    const { timeZone, enabled } = args.schedule;
    createClock(this, name, {
      scheduleName: gateName(args.prefix),
      description: "looks for exports that have ended, and whether the day's is complete",
      roleName: gateClockRoleName(args.prefix),
      policyName: "invoke-gate",
      accountId: args.accountId,
      target: gate,
      at: gateTime(args.schedule),
      hours: lookHours(gateTime(args.schedule)),
      timeZone,
      enabled,
      boundaryArn: args.boundaryArn,
      tags: args.tags,
    });
  }
}

/**
 * The events that an export of a cluster snapshot ends with, of every cluster of the account: the name of a snapshot does
 * not say whose it is, and the function asks RDS.
 */
function exportEnded({ region, accountId }: ExportGateArgs): object {
  return {
    source: ["aws.rds"],
    "detail-type": ["RDS DB Cluster Snapshot Event"],
    detail: {
      EventID: [EXPORT_FAILED, EXPORT_CANCELED, EXPORT_COMPLETED],
      SourceArn: [{ prefix: snapshotArnStart({ region, accountId }) }],
    },
  };
}

function policyOf(args: ExportGateArgs, logGroupArn: pulumi.Output<string>): pulumi.Output<string> {
  const { reader, reports } = args;
  return pulumi
    .output({
      bucketName: args.bucketName,
      kmsKeyArn: args.kmsKeyArn,
      logGroupArn,
      reportTopicArn: reports.topicArn,
      chatTopicArn: reports.chatTopicArn,
      reportKeyArn: reports.kmsKeyArn,
      reader: reader && { userArns: reader.userArns, boundaryArn: reader.boundaryArn },
      loadQueueArn: args.loadQueue?.arn,
    })
    .apply((names) =>
      JSON.stringify(
        gatePolicy({
          ...names,
          prefix: args.prefix,
          region: args.region,
          accountId: args.accountId,
        }),
      ),
    );
}

function environmentVariables(args: ExportGateArgs): Record<string, pulumi.Input<string>> {
  return {
    [GATE_VARIABLES.clusterIdentifier]: args.clusterIdentifier,
    [GATE_VARIABLES.bucketName]: args.bucketName,
    [GATE_VARIABLES.environment]: args.environment,
    [GATE_VARIABLES.taskPrefix]: args.prefix,
    ...timeVariables(args.schedule),
    [GATE_VARIABLES.clockEnabled]: String(args.schedule.enabled),
    [GATE_VARIABLES.onIncompleteExport]: args.onIncompleteExport,
    [GATE_VARIABLES.shrinkGuardPercent]: String(args.shrinkGuard.percent),
    [GATE_VARIABLES.shrinkGuardAction]: args.shrinkGuard.action,
    [GATE_VARIABLES.columnChanges]: args.columnChanges,
    [GATE_VARIABLES.reportTopicArn]: args.reports.topicArn,
    [GATE_VARIABLES.exporterName]: exporterName(args.prefix),
    ...(args.reader && {
      [OPTIONAL_GATE_VARIABLES.readerUserName]: args.reader.userName,
      [OPTIONAL_GATE_VARIABLES.readerAccessKeyId]: args.reader.accessKeyId,
    }),
    ...(args.reports.chatTopicArn && { [OPTIONAL_GATE_VARIABLES.chatTopicArn]: args.reports.chatTopicArn }),
    ...(args.retentionDays !== undefined && {
      [OPTIONAL_GATE_VARIABLES.retentionDays]: String(args.retentionDays),
    }),
    ...(args.loadQueue && { [OPTIONAL_GATE_VARIABLES.loadQueueUrl]: args.loadQueue.url }),
  };
}
