import * as lambda from "@pulumi/aws/lambda";
import * as sqs from "@pulumi/aws/sqs";
import * as pulumi from "@pulumi/pulumi";
import {
  FUNCTION_TIMEOUT_SECONDS,
  LOAD_DELAY_SECONDS,
  LOAD_RECEIPTS,
  LOAD_VISIBILITY_SECONDS,
  LOADER_VARIABLES,
  OPTIONAL_LOADER_VARIABLES,
} from "../contract/environment";
import { deadLetterQueueName, gateName, loaderName, loaderRoleName, loadQueueName } from "../contract/names";
import type { Schedule } from "../contract/schedule";
import type { AwsArgs } from "./args";
import type { Counter } from "./counter";
import { loaderPolicy } from "./policyDocuments";
import type { ReportTopics } from "./reportTopic";
import { createFunction } from "./scheduledFunction";

const MEMORY_MEGABYTES = 512;
const LOG_RETENTION_DAYS = 90;
/** Longest time that SQS keeps a message: 14 days. */
const DEAD_LETTER_SECONDS = 14 * 24 * 60 * 60;

/** The Google side of the loads. */
export interface LoadsArgs {
  /** Project and location of the transfers. */
  readonly project: string;
  readonly location: string;
  /** Audience of the tokens that are exchanged. */
  readonly audience: pulumi.Input<string>;
  /** E-mail of the service account that the loader becomes. */
  readonly serviceAccount: pulumi.Input<string>;
  /** Topic that hears how the loads of an export end: `projects/<project>/topics/<topic>`. */
  readonly copyTopic: pulumi.Input<string>;
  /** Dataset of the journal: `LoadJournal` makes it. */
  readonly journalDataset: pulumi.Input<string>;
  /** Whether that account may list the jobs of the project. @default false */
  readonly loadJobStatistics?: boolean;
  /** Resource name of the scheduled query that makes the typed views: `ViewMaker` makes it. @default there are none */
  readonly viewMaker?: pulumi.Input<string>;
}

export interface LoaderArgs extends AwsArgs {
  region: string;
  /** Name of the environment, for the function's `ENV`. */
  environment: string;
  schedule: Pick<Schedule, "pathOffsetMinutes">;
  /** Where the exports lie: what was opened is written down there. */
  store: { bucketName: pulumi.Input<string>; kmsKeyArn: pulumi.Input<string> };
  /** Topics of the reports, and their key. */
  reports: ReportTopics;
  /** Where loads are started, and as whom: `LoadStarter` makes it. */
  loads: LoadsArgs;
  /** Counts the rows of exported tables. @default none are counted */
  counter?: Pick<Counter, "functionName" | "functionArn">;
}

/**
 * The function that starts the loads of opened exports as a Google service account and follows them to their end, and the
 * queue that it is asked by. It
 * may touch neither exports nor IAM nor RDS, and cannot read a row in BigQuery.
 *
 * @example
 * ```ts
 * const { starter } = loads;
 * const shared = { accountId, region, prefix: "prod", environment: "prod", schedule, store, reports };
 * const loader = starter && new Loader("loader", { ...shared, loads: starter });
 * const gate = new ExportGate("gate", { loadQueue: loader?.queue, ...others });
 * ```
 */
export class Loader extends pulumi.ComponentResource {
  public readonly functionName: pulumi.Output<string>;
  /** The queue: a message names the slot whose loads are to be started. */
  public readonly queue: { readonly url: pulumi.Output<string>; readonly arn: pulumi.Output<string> };
  /** Name of the queue that takes the messages that were given up. */
  public readonly deadLetterQueueName: pulumi.Output<string>;

  constructor(name: string, args: LoaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:Loader", name, {}, opts);
    const { loads, deadLetters } = this.createQueues(name, args);
    const { made, policy } = createFunction(this, name, {
      functionName: loaderName(args.prefix),
      description: "Starts and follows the loads of exports that the gate has opened",
      code: "loader",
      files: {},
      roleName: loaderRoleName(args.prefix),
      policyName: "start-loads",
      policy: (logGroupArn) => policyOf(args, logGroupArn, loads),
      variables: environmentVariables(args, loads),
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
    this.registerOutputs({ functionName: this.functionName, queueUrl: loads.url });
  }

  private createQueues(name: string, args: LoaderArgs): { loads: sqs.Queue; deadLetters: sqs.Queue } {
    const deadLetters = new sqs.Queue(
      `${name}-dead-letters`,
      {
        name: deadLetterQueueName(args.prefix),
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
        name: loadQueueName(args.prefix),
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
  { store: { bucketName, kmsKeyArn }, reports, counter, prefix, region, accountId }: LoaderArgs,
  logGroupArn: pulumi.Output<string>,
  loads: sqs.Queue,
): pulumi.Output<string> {
  const { topicArn: reportTopicArn, chatTopicArn, kmsKeyArn: reportKeyArn } = reports;
  return pulumi
    .output({
      ...{ bucketName, kmsKeyArn, logGroupArn, reportTopicArn, chatTopicArn, reportKeyArn },
      loadQueueArn: loads.arn,
      counterArn: counter?.functionArn,
    })
    .apply((names) => JSON.stringify(loaderPolicy({ ...names, prefix, region, accountId })));
}

function environmentVariables(args: LoaderArgs, queue: sqs.Queue): Record<string, pulumi.Input<string>> {
  const { prefix, loads } = args;
  return {
    [LOADER_VARIABLES.environment]: args.environment,
    [LOADER_VARIABLES.bucketName]: args.store.bucketName,
    [LOADER_VARIABLES.taskPrefix]: prefix,
    [LOADER_VARIABLES.pathOffsetMinutes]: String(args.schedule.pathOffsetMinutes),
    [LOADER_VARIABLES.reportTopicArn]: args.reports.topicArn,
    [LOADER_VARIABLES.gateName]: gateName(prefix),
    [LOADER_VARIABLES.loadQueueUrl]: queue.url,
    [LOADER_VARIABLES.project]: loads.project,
    [LOADER_VARIABLES.location]: loads.location,
    [LOADER_VARIABLES.audience]: loads.audience,
    [LOADER_VARIABLES.serviceAccount]: loads.serviceAccount,
    [LOADER_VARIABLES.copyTopic]: loads.copyTopic,
    [LOADER_VARIABLES.journalDataset]: loads.journalDataset,
    ...(args.reports.chatTopicArn && { [OPTIONAL_LOADER_VARIABLES.chatTopicArn]: args.reports.chatTopicArn }),
    ...(loads.loadJobStatistics && { [OPTIONAL_LOADER_VARIABLES.loadJobStatistics]: "true" }),
    ...(loads.viewMaker && { [OPTIONAL_LOADER_VARIABLES.viewMaker]: loads.viewMaker }),
    ...(args.counter && { [OPTIONAL_LOADER_VARIABLES.counterName]: args.counter.functionName }),
  };
}
