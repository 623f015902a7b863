import * as pulumi from "@pulumi/pulumi";
import { COUNTER_TIMEOUT_SECONDS, COUNTER_VARIABLES } from "../contract/environment";
import { counterName, counterRoleName } from "../contract/names";
import type { AwsArgs } from "./args";
import { counterPolicy } from "./policyDocuments";
import { createFunction } from "./scheduledFunction";

/**
 * As much as comes with a whole vCPU: thousands of small requests are work for it, in a quarter of a gigabyte.
 * Source: AWS Lambda Developer Guide, "Configure Lambda function memory".
 */
const MEMORY_MEGABYTES = 1769;
const LOG_RETENTION_DAYS = 90;

export interface CounterArgs extends AwsArgs {
  region: string;
  /** Name of the environment, for the function's `ENV`. */
  environment: string;
  /** Databases whose tables are counted. */
  databases: readonly { readonly name: string }[];
  /** Where the exports lie. */
  store: { bucketName: pulumi.Input<string>; kmsKeyArn: pulumi.Input<string> };
}

/**
 * The function that sums the row counts in the footers of a table's Parquet files, for a loader that asks it. It may read
 * the exports of this stack and write its log, nothing else, and its answer holds numbers alone.
 *
 * @example
 * ```ts
 * const counter = new Counter("counter", { accountId, region, prefix: "prod", environment: "prod", databases, store });
 * new Loader("loader", { counter, ...others });
 * ```
 */
export class Counter extends pulumi.ComponentResource {
  public readonly functionName: pulumi.Output<string>;
  public readonly functionArn: pulumi.Output<string>;

  constructor(name: string, args: CounterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:Counter", name, {}, opts);
    const { prefix, region, accountId, store } = args;
    const databases = args.databases.map((it) => it.name);
    const { made } = createFunction(this, name, {
      functionName: counterName(prefix),
      description: "Counts the rows of exported tables",
      code: "counter",
      files: {},
      roleName: counterRoleName(prefix),
      policyName: "count-rows",
      policy: (logGroupArn) =>
        pulumi
          .output({ bucketName: store.bucketName, kmsKeyArn: store.kmsKeyArn, logGroupArn })
          .apply((names) =>
            JSON.stringify(counterPolicy({ ...names, prefix, region, accountId, databases })),
          ),
      variables: {
        [COUNTER_VARIABLES.environment]: args.environment,
        [COUNTER_VARIABLES.bucketName]: store.bucketName,
        [COUNTER_VARIABLES.taskPrefix]: prefix,
      },
      timeoutSeconds: COUNTER_TIMEOUT_SECONDS,
      memoryMegabytes: MEMORY_MEGABYTES,
      logRetentionDays: LOG_RETENTION_DAYS,
      boundaryArn: args.boundaryArn,
      tags: args.tags,
    });
    this.functionName = made.name;
    this.functionArn = made.arn;
    this.registerOutputs({ functionName: made.name, functionArn: made.arn });
  }
}
