import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as sqs from "@pulumi/aws/sqs";
import * as pulumi from "@pulumi/pulumi";
import {
  GATE_TIMEOUT_SECONDS,
  GATE_VARIABLES,
  LOAD_DELAY_SECONDS,
  LOAD_RECEIPTS,
  LOAD_VISIBILITY_SECONDS,
  ON_EXPORT_COMPLETE,
  type OnIncompleteExport,
  OPTIONAL_GATE_VARIABLES,
  TABLES_FILE,
} from "../contract/environment";
import { lookHours, gateTime as timeOfLook } from "../contract/gateClock";
import { exporterName, gateName } from "../contract/names";
import { snapshotArnStart } from "../contract/snapshots";
import { formatTableList, type TableList } from "../contract/tableList";
import { formatTimeOfDay, type TimeOfDay } from "../contract/timeOfDay";
import type { ExportArgs } from "./args";
import type { GuardedUser } from "./exportReader";
import { gatePolicy } from "./policyDocuments";
import { createClock, createFunction } from "./scheduledFunction";

const MEMORY_MEGABYTES = 512;
const LOG_RETENTION_DAYS = 90;
/** Longest time that SQS keeps a message: 14 days. */
const DEAD_LETTER_SECONDS = 14 * 24 * 60 * 60;

/** The ends that an export of a cluster's snapshot can come to. Source: Aurora User Guide, "Amazon RDS event messages". */
const EXPORT_FAILED = "RDS-EVENT-0162";
const EXPORT_CANCELED = "RDS-EVENT-0163";
const EXPORT_COMPLETED = "RDS-EVENT-0164";

/** The Google side of the loads that the gate starts. */
export interface LoadsArgs {
  /** Project and location of the transfers. */
  readonly project: string;
  readonly location: string;
  /** Audience of the tokens that are exchanged. */
  readonly audience: pulumi.Input<string>;
  /** E-mail of the service account that the gate becomes. */
  readonly serviceAccount: pulumi.Input<string>;
}

export interface ExportGateArgs extends ExportArgs {
  region: string;
  /** Aurora cluster whose exports are gated. */
  clusterIdentifier: string;
  /** Name of the environment, for the function's `ENV`. */
  environment: string;
  /** The clock. Changing a time updates the schedule in place. */
  schedule: {
    /** False leaves the schedule in place, switched off; events invoke the function all the same. */
    enabled: boolean;
    /** IANA time zone of the times. */
    timeZone: string;
    /** Minutes east of UTC that the transfers' path carries. */
    offsetMinutes: number;
    /** Local time of the export. */
    export: TimeOfDay;
    /** Local time of the load, or that loads follow the export. */
    load: TimeOfDay | typeof ON_EXPORT_COMPLETE;
    /** Local time at which an unfinished export is reported where loads follow the export; required there. */
    deadline?: TimeOfDay;
  };
  /** What becomes of an export in which tables are missing. */
  onIncompleteExport: OnIncompleteExport;
  /** Days after which exports expire in the bucket; undefined where its rules are not the stack's. */
  retentionDays?: number;
  /** What the stack loads; the function is made or changed when this is known. */
  tables: pulumi.Input<TableList>;
  /** Topic of the reports, and its key. */
  reports: { topicArn: pulumi.Input<string>; kmsKeyArn: pulumi.Input<string> };
  /** The user that exports are opened to. Without it they are audited and reported, and none is opened. */
  reader?: GuardedUser;
  /** Lets the gate start loads. */
  loads?: LoadsArgs;
}

/** Name of the gate's role, by which Google's side knows it. */
export function gateRoleName(namePrefix: string): string {
  return `${namePrefix}-aurora-export-gate`;
}

/**
 * The function that audits each finished export and opens it to the reader, and what invokes it: RDS's events, the
 * clock, and the queue of the loads. It stands outside of any VPC: most Regions have no private endpoint of IAM.
 *
 * @example
 * ```ts
 * new ExportGate("gate", {
 *   ...{ accountId, region, prefix: "prod", bucketName, kmsKeyArn, reports, reader: reader.guarded },
 *   ...{ environment: "prod", clusterIdentifier: "example-prod", schedule, tables, onIncompleteExport: "load" },
 * });
 * ```
 */
export class ExportGate extends pulumi.ComponentResource {
  public readonly functionName: pulumi.Output<string>;
  public readonly functionArn: pulumi.Output<string>;
  /** URL of the load queue; undefined where the gate starts no loads. */
  public readonly loadQueueUrl: pulumi.Output<string> | undefined;
  /** Name of the queue that takes the messages that were given up; undefined where the gate starts no loads. */
  public readonly deadLetterQueueName: pulumi.Output<string> | undefined;

  constructor(name: string, args: ExportGateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportGate", name, {}, opts);
    const queues = args.loads && this.createQueues(name, args);
    const queue = queues?.loads;
    const { made: gate, policy } = this.createFunction(name, args, queue);
    this.createRule(name, args, gate);
    this.createSchedule(name, args, gate);
    if (queue) this.createMapping(name, args, { queue, gate, policy });
    this.functionName = gate.name;
    this.functionArn = gate.arn;
    this.loadQueueUrl = queue?.url;
    this.deadLetterQueueName = queues?.deadLetters.name;
    this.registerOutputs({ functionName: this.functionName, loadQueueUrl: this.loadQueueUrl });
  }

  private createQueues(name: string, args: ExportGateArgs): { loads: sqs.Queue; deadLetters: sqs.Queue } {
    const deadLetters = new sqs.Queue(
      `${name}-dead-letters`,
      {
        name: `${args.prefix}-aurora-loads-dead-letters.fifo`,
        fifoQueue: true,
        messageRetentionSeconds: DEAD_LETTER_SECONDS,
        sqsManagedSseEnabled: true,
        tags: args.tags,
      },
      { parent: this },
    );
    const loads = new sqs.Queue(
      `${name}-loads`,
      {
        name: `${args.prefix}-aurora-loads.fifo`,
        fifoQueue: true,
        delaySeconds: LOAD_DELAY_SECONDS,
        visibilityTimeoutSeconds: LOAD_VISIBILITY_SECONDS,
        redrivePolicy: deadLetters.arn.apply((arn) =>
          JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: LOAD_RECEIPTS }),
        ),
        sqsManagedSseEnabled: true,
        tags: args.tags,
      },
      { parent: this },
    );
    return { loads, deadLetters };
  }

  private createFunction(name: string, args: ExportGateArgs, queue: sqs.Queue | undefined) {
    return createFunction(this, name, {
      functionName: gateName(args.prefix),
      description: `Audits the finished exports of ${args.clusterIdentifier} and opens them to BigQuery`,
      code: "gate",
      files: pulumi.output(args.tables).apply((tables) => ({ [TABLES_FILE]: formatTableList(tables) })),
      roleName: gateRoleName(args.prefix),
      policyName: "open-exports",
      policy: (logGroupArn) => policyOf(args, logGroupArn, queue),
      variables: environmentVariables(args, queue),
      timeoutSeconds: GATE_TIMEOUT_SECONDS,
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
        name: `${args.prefix}-aurora-export-ended`,
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
      roleName: `${gateRoleName(args.prefix)}-scheduler`,
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

  private createMapping(
    name: string,
    args: ExportGateArgs,
    made: { queue: sqs.Queue; gate: lambda.Function; policy: iam.RolePolicy },
  ): void {
    new lambda.EventSourceMapping(
      `${name}-loads-mapping`,
      // One message at a time: each is a whole slot's loads.
      {
        eventSourceArn: made.queue.arn,
        functionName: made.gate.arn,
        batchSize: 1,
        tags: args.tags,
      },
      // Lambda refuses a mapping whose role may not read the queue.
      { parent: this, dependsOn: [made.policy] },
    );
  }
}

/** Local time of the gate's own clock: ten minutes before the load, or the deadline where loads follow the export. */
export function gateTime({ load, deadline }: ExportGateArgs["schedule"]): TimeOfDay {
  if (load === ON_EXPORT_COMPLETE && deadline === undefined) {
    throw new pulumi.RunError("`deadline` is missing: loads follow the export");
  }
  return timeOfLook({ load, deadline });
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

function policyOf(
  args: ExportGateArgs,
  logGroupArn: pulumi.Output<string>,
  queue: sqs.Queue | undefined,
): pulumi.Output<string> {
  const { reader, reports } = args;
  return pulumi
    .output({
      bucketName: args.bucketName,
      kmsKeyArn: args.kmsKeyArn,
      logGroupArn,
      reportTopicArn: reports.topicArn,
      reportKeyArn: reports.kmsKeyArn,
      reader: reader && { userArns: reader.userArns, boundaryArn: reader.boundaryArn },
      loadQueueArn: queue?.arn,
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

function environmentVariables(
  args: ExportGateArgs,
  queue: sqs.Queue | undefined,
): Record<string, pulumi.Input<string>> {
  const { timeZone, offsetMinutes, export: at, load, deadline, enabled } = args.schedule;
  return {
    [GATE_VARIABLES.clusterIdentifier]: args.clusterIdentifier,
    [GATE_VARIABLES.bucketName]: args.bucketName,
    [GATE_VARIABLES.environment]: args.environment,
    [GATE_VARIABLES.taskPrefix]: args.prefix,
    [GATE_VARIABLES.timeZone]: timeZone,
    [GATE_VARIABLES.pathOffsetMinutes]: String(offsetMinutes),
    [GATE_VARIABLES.exportTime]: formatTimeOfDay(at),
    [GATE_VARIABLES.load]: typeof load === "string" ? load : formatTimeOfDay(load),
    [GATE_VARIABLES.clockEnabled]: String(enabled),
    [GATE_VARIABLES.onIncompleteExport]: args.onIncompleteExport,
    [GATE_VARIABLES.reportTopicArn]: args.reports.topicArn,
    [GATE_VARIABLES.exporterName]: exporterName(args.prefix),
    ...(args.reader && {
      [OPTIONAL_GATE_VARIABLES.readerUserName]: args.reader.userName,
      [OPTIONAL_GATE_VARIABLES.readerAccessKeyId]: args.reader.accessKeyId,
    }),
    ...(args.retentionDays !== undefined && {
      [OPTIONAL_GATE_VARIABLES.retentionDays]: String(args.retentionDays),
    }),
    ...(deadline && { [OPTIONAL_GATE_VARIABLES.deadline]: formatTimeOfDay(deadline) }),
    ...(args.loads && queue && loadVariables(args.loads, queue)),
  };
}

function loadVariables(loads: LoadsArgs, queue: sqs.Queue): Record<string, pulumi.Input<string>> {
  return {
    [OPTIONAL_GATE_VARIABLES.loadQueueUrl]: queue.url,
    [OPTIONAL_GATE_VARIABLES.googleProject]: loads.project,
    [OPTIONAL_GATE_VARIABLES.googleLocation]: loads.location,
    [OPTIONAL_GATE_VARIABLES.googleAudience]: loads.audience,
    [OPTIONAL_GATE_VARIABLES.googleServiceAccount]: loads.serviceAccount,
  };
}
