import * as lambda from "@pulumi/aws/lambda";
import * as sqs from "@pulumi/aws/sqs";
import * as pulumi from "@pulumi/pulumi";
import {
  FUNCTION_TIMEOUT_SECONDS,
  LOAD_DELAY_SECONDS,
  LOAD_RECEIPTS,
  LOAD_VISIBILITY_SECONDS,
  LOADER_VARIABLES,
} from "../contract/environment";
import type { EnabledProject } from "./googleProject";
import { LoadStarter } from "./loadStarter";
import { loaderPolicy } from "./policyDocuments";
import { createFunction } from "./scheduledFunction";

const MEMORY_MEGABYTES = 512;
const LOG_RETENTION_DAYS = 90;
/** Longest time that SQS keeps a message: 14 days. */
const DEAD_LETTER_SECONDS = 14 * 24 * 60 * 60;

export interface LoaderArgs {
  /** Name of the function, at most 64 characters. Changing it replaces the function. */
  functionName: string;
  /** Begins the names of role and queues, which are unique in the account, and of what is made in Google Cloud. */
  namePrefix: string;
  accountId: string;
  region: string;
  /** Name of the environment, for the function's `ENV`. */
  environment: string;
  /** Begins the ids of the export tasks, and so the paths that the transfers read. */
  taskPrefix: string;
  /** Minutes east of UTC that the transfers' path carries. */
  pathOffsetMinutes: number;
  /** Bucket of the exports, and its key: what was opened is written down there. */
  bucketName: pulumi.Input<string>;
  kmsKeyArn: pulumi.Input<string>;
  /** Topic of the reports, and its key. */
  reports: { topicArn: pulumi.Input<string>; kmsKeyArn: pulumi.Input<string> };
  /** Function that people ask for loads, for the commands that reports give. */
  gateName: pulumi.Input<string>;
  /** Google Cloud project of the transfers, with the APIs of federation on. */
  project: EnabledProject;
  /** Location of the transfers: `asia-northeast1`. */
  location: string;
  /** ARN of the role's permissions boundary. @default none */
  boundaryArn?: string;
  tags?: Record<string, string>;
}

/**
 * The function that starts the loads of opened exports as a Google service account, the queue that it is asked by, and
 * that account. It may touch neither exports nor IAM nor RDS, and cannot read a row in BigQuery.
 */
export class Loader extends pulumi.ComponentResource {
  public readonly functionName: pulumi.Output<string>;
  /** The queue: a message names the slot whose loads are to be started. */
  public readonly queue: { readonly url: pulumi.Output<string>; readonly arn: pulumi.Output<string> };
  /** Name of the queue that takes the messages that were given up. */
  public readonly deadLetterQueueName: pulumi.Output<string>;
  /** The service account that empties tables, and the role that each dataset grants it for that. */
  public readonly tableEmptier: {
    readonly email: pulumi.Output<string>;
    readonly role: pulumi.Output<string>;
  };

  constructor(name: string, args: LoaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:Loader", name, {}, opts);
    const roleName = `${args.namePrefix}-aurora-loader`;
    const starter = new LoadStarter(
      `${name}-starter`,
      {
        project: args.project,
        namePrefix: args.namePrefix,
        awsAccountId: args.accountId,
        awsRoleName: roleName,
      },
      { parent: this },
    );
    const { loads, deadLetters } = this.createQueues(name, args);
    const { made, policy } = createFunction(this, name, {
      functionName: args.functionName,
      description: "Starts the loads of exports that the gate has opened",
      code: "loader",
      files: {},
      roleName,
      policyName: "start-loads",
      policy: (logGroupArn) => policyOf(args, logGroupArn, loads),
      variables: environmentVariables(args, starter, loads),
      timeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
      memoryMegabytes: MEMORY_MEGABYTES,
      logRetentionDays: LOG_RETENTION_DAYS,
      boundaryArn: args.boundaryArn,
      tags: args.tags,
    });
    new lambda.EventSourceMapping(
      `${name}-mapping`,
      // One message at a time: each is a whole slot's loads.
      { eventSourceArn: loads.arn, functionName: made.arn, batchSize: 1, tags: args.tags },
      // Lambda refuses a mapping whose role may not read the queue.
      { parent: this, dependsOn: [policy] },
    );
    this.functionName = made.name;
    this.queue = { url: loads.url, arn: loads.arn };
    this.deadLetterQueueName = deadLetters.name;
    this.tableEmptier = { email: starter.email, role: starter.tableEmptierRole };
    this.registerOutputs({ functionName: this.functionName, queueUrl: loads.url });
  }

  private createQueues(name: string, args: LoaderArgs): { loads: sqs.Queue; deadLetters: sqs.Queue } {
    const deadLetters = new sqs.Queue(
      `${name}-dead-letters`,
      {
        name: `${args.namePrefix}-aurora-loads-dead-letters.fifo`,
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
        name: `${args.namePrefix}-aurora-loads.fifo`,
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
}

function policyOf(
  { bucketName, kmsKeyArn, reports, taskPrefix: prefix, region, accountId }: LoaderArgs,
  logGroupArn: pulumi.Output<string>,
  loads: sqs.Queue,
): pulumi.Output<string> {
  const { topicArn: reportTopicArn, kmsKeyArn: reportKeyArn } = reports;
  return pulumi
    .output({ bucketName, kmsKeyArn, logGroupArn, reportTopicArn, reportKeyArn, loadQueueArn: loads.arn })
    .apply((names) => JSON.stringify(loaderPolicy({ ...names, prefix, region, accountId })));
}

function environmentVariables(
  args: LoaderArgs,
  starter: LoadStarter,
  loads: sqs.Queue,
): Record<string, pulumi.Input<string>> {
  return {
    [LOADER_VARIABLES.environment]: args.environment,
    [LOADER_VARIABLES.bucketName]: args.bucketName,
    [LOADER_VARIABLES.taskPrefix]: args.taskPrefix,
    [LOADER_VARIABLES.pathOffsetMinutes]: String(args.pathOffsetMinutes),
    [LOADER_VARIABLES.reportTopicArn]: args.reports.topicArn,
    [LOADER_VARIABLES.gateName]: args.gateName,
    [LOADER_VARIABLES.loadQueueUrl]: loads.url,
    [LOADER_VARIABLES.project]: args.project.id,
    [LOADER_VARIABLES.location]: args.location,
    [LOADER_VARIABLES.audience]: starter.audience,
    [LOADER_VARIABLES.serviceAccount]: starter.email,
  };
}
