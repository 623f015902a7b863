import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as pulumi from "@pulumi/pulumi";
import { dailyCron, repeatedCron } from "../contract/cron";
import { EVENT_ATTEMPTS } from "../contract/environment";
import { logGroupName } from "../contract/names";
import { formatTimeOfDay, HOURS_PER_DAY, type TimeOfDay } from "../contract/timeOfDay";
import { bundleFunction, type FunctionName } from "./functionBundle";
import { lambdaTrust, schedulerPolicy, serviceTrust } from "./policyDocuments";

/** A function of ours: its code, its rights, its log. */
export interface FunctionArgs {
  /** Name of the function, at most 64 characters. Changing it replaces the function. */
  readonly functionName: string;
  readonly description: string;
  readonly code: FunctionName;
  /** Small files beside the code, by name. */
  readonly files: pulumi.Input<Readonly<Record<string, string>>>;
  readonly roleName: string;
  readonly policyName: string;
  /** The role's one policy, as JSON, with the ARN of the function's log in it. */
  readonly policy: (logGroupArn: pulumi.Output<string>) => pulumi.Output<string>;
  readonly variables: Readonly<Record<string, pulumi.Input<string>>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly logRetentionDays: number;
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  /**
   * ARN of the function that is told when every attempt at an event has failed; the policy must allow to invoke it.
   * Source: Lambda Developer Guide, "Adding a destination".
   */
  readonly failuresTo?: pulumi.Input<string>;
  /** ARN of the role's permissions boundary. @default none */
  readonly boundaryArn?: string;
  readonly tags?: Record<string, string>;
}

/** Registers a function with its log, its role and its retries, as children of a component. */
export function createFunction(
  parent: pulumi.ComponentResource,
  name: string,
  args: FunctionArgs,
): { readonly made: lambda.Function; readonly policy: iam.RolePolicy } {
  const child = { parent };
  const logGroup = new cloudwatch.LogGroup(
    `${name}-logs`,
    { name: logGroupName(args.functionName), retentionInDays: args.logRetentionDays, tags: args.tags },
    child,
  );
  const role = new iam.Role(
    `${name}-role`,
    {
      name: args.roleName,
      description: `Runs ${args.functionName}`,
      assumeRolePolicy: JSON.stringify(lambdaTrust()),
      permissionsBoundary: args.boundaryArn,
      tags: args.tags,
    },
    child,
  );
  const policy = new iam.RolePolicy(
    `${name}-policy`,
    { name: args.policyName, role: role.name, policy: args.policy(logGroup.arn) },
    child,
  );
  const made = new lambda.Function(
    `${name}-function`,
    {
      name: args.functionName,
      description: args.description,
      runtime: lambda.Runtime.NodeJS24dX,
      architectures: ["arm64"],
      handler: "index.handler",
      code: pulumi.output(args.files).apply((files) => bundleFunction(args.code, files)),
      role: role.arn,
      timeout: args.timeoutSeconds,
      memorySize: args.memoryMegabytes,
      environment: { variables: args.variables },
      loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
      vpcConfig: args.vpc && {
        subnetIds: [...args.vpc.subnetIds],
        securityGroupIds: [...args.vpc.securityGroupIds],
      },
      tags: args.tags,
    },
    { parent, dependsOn: [policy] },
  );
  new lambda.FunctionEventInvokeConfig(
    `${name}-retries`,
    // Lambda's default keeps a failing event for six hours; long before, the load has begun and the clock has looked.
    {
      functionName: made.name,
      maximumRetryAttempts: EVENT_ATTEMPTS - 1,
      maximumEventAgeInSeconds: 3600,
      destinationConfig:
        args.failuresTo === undefined ? undefined : { onFailure: { destination: args.failuresTo } },
    },
    // Lambda refuses a destination that the role may not reach.
    { parent, dependsOn: [policy] },
  );
  return { made, policy };
}

/** A clock that comes back. */
export interface ComeBackArgs {
  /** Name of the second schedule. Changing it replaces that schedule. */
  readonly scheduleName: string;
  readonly description: string;
  /** A whole part of an hour. */
  readonly everyMinutes: number;
  /** In whose hour it comes back last; the function knows which of the calls are in time. */
  readonly until: TimeOfDay;
}

/** The clock that invokes a function. */
export interface ClockArgs {
  /** Name of the schedule. Changing it replaces the schedule. */
  readonly scheduleName: string;
  readonly description: string;
  readonly roleName: string;
  readonly policyName: string;
  readonly accountId: string;
  readonly target: lambda.Function;
  readonly at: TimeOfDay;
  /** All local hours at which it invokes, at the minute of `at`, evenly over the day; that of `at` alone where left out. */
  readonly hours?: readonly number[];
  /** Lets it invoke once more every few minutes after its time, by a second schedule. */
  readonly again?: ComeBackArgs;
  /** IANA time zone of the time. */
  readonly timeZone: string;
  /** False leaves the schedule in place, switched off. */
  readonly enabled: boolean;
  /** ARN of the role's permissions boundary. @default none */
  readonly boundaryArn?: string;
  readonly tags?: Record<string, string>;
}

/** What EventBridge Scheduler puts in the place of these words. Source: User Guide, "Context attributes". */
const SCHEDULED_TIME = "<aws.scheduler.scheduled-time>";

/** How long Scheduler tries to hand a call over: an hour, and no longer than until the next one comes. */
const HAND_OVER_SECONDS = 3600;
const SECONDS_PER_MINUTE = 60;

/** Registers a schedule of every day and the role that lets it invoke its function, as children of a component. */
export function createClock(
  parent: pulumi.ComponentResource,
  name: string,
  args: ClockArgs,
): scheduler.Schedule {
  const child = { parent };
  const { target, at, again, timeZone, hours = [at.hour] } = args;
  const often = hours.length === 1 ? "" : `, and every ${HOURS_PER_DAY / hours.length} hours`;
  const role = new iam.Role(
    `${name}-scheduler-role`,
    {
      name: args.roleName,
      description: `Lets EventBridge Scheduler invoke ${args.scheduleName}`,
      assumeRolePolicy: JSON.stringify(serviceTrust("scheduler.amazonaws.com", args.accountId)),
      permissionsBoundary: args.boundaryArn,
      tags: args.tags,
    },
    child,
  );
  const policy = new iam.RolePolicy(
    `${name}-scheduler-policy`,
    {
      name: args.policyName,
      role: role.name,
      policy: target.arn.apply((arn) => JSON.stringify(schedulerPolicy(arn))),
    },
    child,
  );
  const shared = {
    scheduleExpressionTimezone: timeZone,
    flexibleTimeWindow: { mode: "OFF" },
    state: args.enabled ? "ENABLED" : "DISABLED",
  };
  const targetOf = (payload: object, maximumEventAgeInSeconds: number) => ({
    arn: target.arn,
    roleArn: role.arn,
    // The scheduled time names the slot, so that a retry keeps it.
    input: JSON.stringify({ scheduledTime: SCHEDULED_TIME, ...payload }),
    retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds },
  });
  const opts = { parent, dependsOn: [policy] };
  const daily = new scheduler.Schedule(
    `${name}-schedule`,
    {
      name: args.scheduleName,
      description: `Every day at ${formatTimeOfDay(at)} ${timeZone}${often}: ${args.description}`,
      scheduleExpression: dailyCron(at, hours),
      target: targetOf({}, HAND_OVER_SECONDS),
      ...shared,
    },
    opts,
  );
  if (again !== undefined) {
    const { everyMinutes } = again;
    new scheduler.Schedule(
      `${name}-again-schedule`,
      {
        name: again.scheduleName,
        description: `Every ${everyMinutes} minutes after ${formatTimeOfDay(at)} ${timeZone}: ${again.description}`,
        scheduleExpression: repeatedCron(at, again.until, everyMinutes),
        target: targetOf({ again: true }, everyMinutes * SECONDS_PER_MINUTE),
        ...shared,
      },
      opts,
    );
  }
  return daily;
}
