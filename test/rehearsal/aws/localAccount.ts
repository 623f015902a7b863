import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsAccount, type LambdaFunction, type Principal } from "../../../rehearsal/aws/account";
import { AwsEndpoint } from "../../../rehearsal/aws/endpoint";
import type { Invoker } from "../../../rehearsal/aws/lambdaCalls";
import { type Policy, parsePolicy } from "../../../rehearsal/aws/policy";
import { type Invoke, LocalSqs } from "../../../rehearsal/aws/queues";
import { LocalRds } from "../../../rehearsal/aws/rds";
import { LocalS3 } from "../../../rehearsal/aws/s3";
import { LocalSns } from "../../../rehearsal/aws/topics";
import { LocalIam } from "../../../rehearsal/aws/userPolicies";
import { VirtualClock } from "../../../rehearsal/clock";
import type { Registration } from "../../../rehearsal/program/inputs";
import { Timeline } from "../../../rehearsal/timeline";

export const ACCOUNT = "123456789012";
export const REGION = "ap-northeast-1";
export const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`;
export const START = new Date("2025-02-17T19:00:00Z");

type Statement = Record<string, unknown>;

export function policy(name: string, ...statements: Statement[]): Policy {
  return parsePolicy(name, JSON.stringify({ Version: "2012-10-17", Statement: statements }));
}

export function allow(
  Action: string | string[],
  Resource: string | string[],
  Condition?: Statement,
): Statement {
  return { Effect: "Allow", Action, Resource, ...(Condition && { Condition }) };
}

/** A resource as the program would have registered it, named after its type. */
export function registered(
  type: string,
  inputs: Record<string, unknown>,
  outputs: Record<string, unknown> = {},
): Registration {
  const name = type.split(":").at(-1) ?? "";
  return {
    urn: `urn:pulumi:prod::p::${type}::${name}`,
    id: name,
    type,
    name,
    custom: true,
    inputs,
    outputs,
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: false,
    dependencies: [],
    propertyDependencies: {},
    ignoreChanges: [],
    aliases: [],
    additionalSecretOutputs: [],
  };
}

/** A role that Lambda may assume. */
export function role(name: string, ...statements: Statement[]): Principal {
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  return {
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    name,
    kind: "role",
    trust: policy(`${name} (trust)`, trust),
    policies: [policy(name, ...statements)],
  };
}

/** A function whose code is one file of the project folder. */
export function lambdaFunction(name: string, roleArn: string, file = "index.mjs"): LambdaFunction {
  return {
    name,
    arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
    roleArn,
    handler: "index.handler",
    timeoutSeconds: 900,
    environment: {},
    files: { "index.mjs": file },
    inVpc: false,
    maximumRetryAttempts: 2,
    maximumEventAgeSeconds: 3600,
    permissions: [],
  };
}

/** Runs nothing, for callers that invoke nothing. */
const NOBODY: Invoker = { invokeAs: async () => ({ ok: true, result: null }) };

/** An account with a key that leaves its use to IAM, and the services that stand on it. */
export class LocalCloud {
  readonly folder = mkdtempSync(join(tmpdir(), "local-cloud-"));
  readonly clock = new VirtualClock(START);
  readonly timeline = new Timeline(() => this.clock.now());
  readonly account = new AwsAccount(ACCOUNT, REGION);
  readonly s3 = new LocalS3(this.account, join(this.folder, "s3"), () => this.clock.now());
  readonly sns = new LocalSns(this.account, this.timeline, () => this.clock.now());
  readonly iam = new LocalIam(this.account, () => this.clock.now());

  constructor() {
    const delegation = {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: "kms:*",
      Resource: "*",
    };
    this.account.keys.set(KEY, { arn: KEY, policy: policy("key", delegation), enabled: true });
  }

  queues(invoke: Invoke = async () => ({ ok: true })): LocalSqs {
    return new LocalSqs(this.account, this.clock, this.timeline, invoke);
  }

  endpoint(sqs = this.queues(), lambda: Invoker = NOBODY): AwsEndpoint {
    const cluster = { identifier: "app", snapshotType: "automated" } as const;
    const exports = join(this.folder, "exports");
    const rds = new LocalRds(cluster, [], this.account, this.s3, this.clock, this.timeline, exports);
    const { s3, iam, sns } = this;
    return new AwsEndpoint({ rds, s3, iam, sns, sqs, lambda }, () => this.clock.now());
  }

  async later(minutes: number): Promise<void> {
    await this.clock.runUntil(new Date(this.clock.now().getTime() + minutes * 60_000));
  }

  /** What the timeline says of somebody. */
  said(who: string): string[] {
    return this.timeline.moments.filter((it) => it.who === who).map((it) => it.what);
  }

  delete(): void {
    rmSync(this.folder, { recursive: true });
  }
}
