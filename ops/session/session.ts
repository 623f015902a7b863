import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { clientConfig } from "../../functions/aws/client";
import { explainAwsFault } from "../../functions/aws/explain";
import { createExportObjects } from "../../functions/aws/exportObjects";
import type { SnapshotExports } from "../../functions/exporter/ports";
import { createSnapshotExports, type ExportLookUps } from "../../functions/exporter/rds";
import type { GoogleClient, GoogleOptions } from "../../functions/loader/google/client";
import type { ExportObjects } from "../../functions/ports";
import { type OperatorsClock, operatorsClock } from "./clock";
import { type DeployedStack, parseOutputs, readDeployedStack } from "./deployedStack";
import { localClouds, useLocalClouds } from "./local";
import { operatorsGoogle } from "./operatorsGoogle";
import { PROJECT_FOLDER } from "./projectFolder";
import type { Terminal } from "./terminal";

/** Which deployed stack a command works on: options that all such commands have. */
export interface StackOptions {
  readonly stack: string;
  /** File of the stack's outputs. @default Pulumi is asked */
  readonly outputs?: string;
  /** True for the local clouds that `npm run rehearse -- --stay` keeps up. */
  readonly local?: true;
}

/** How long a call of an operator's may take, in milliseconds; Lambda answers when a function has ended. */
const FUNCTION_LIMITS = { maxAttempts: 1, connect: 3_000, answer: 15 * 60 * 1000 };

/** A deployed stack, and whoever works on it, logged in at both clouds. */
export interface Session {
  /** Name of the stack in Pulumi. */
  readonly stackName: string;
  readonly stack: DeployedStack;
  /** Where the stack file lies. */
  readonly projectFolder: string;
  readonly terminal: Terminal;
  readonly clock: OperatorsClock;
  /** Aborted where the person gives up. */
  readonly signal: AbortSignal;
  readonly s3: S3Client;
  readonly rds: RDSClient;
  readonly lambda: LambdaClient;
  readonly iam: IAMClient;
  readonly sns: SNSClient;
  readonly cloudWatch: CloudWatchClient;
  /** The bucket's objects, as far as an operator may read them. */
  readonly objects: ExportObjects;
  /** Snapshots and export tasks. */
  readonly exports: ExportLookUps & Pick<SnapshotExports, "listSnapshots">;
  readonly google: GoogleClient;
  close(): void;
}

/** What tests replace. */
export interface World {
  readonly clock?: OperatorsClock;
  readonly google?: GoogleOptions;
  /** Where the stack file lies. */
  readonly projectFolder?: string;
}

async function find(options: StackOptions, signal: AbortSignal) {
  if (!options.local) {
    const stack = await readDeployedStack(options.stack, options.outputs);
    return { stack, clock: operatorsClock(signal), leave: () => {} };
  }
  const clouds = localClouds(options.stack);
  const stack = parseOutputs(clouds.outputs, `The output of the rehearsed stack ${options.stack}`);
  return { stack, clock: operatorsClock(signal, clouds.clock), leave: useLocalClouds(clouds) };
}

/**
 * Finds a stack, and logs in at both clouds by what the machine has: AWS's default credential chain, Google's application
 * default credentials.
 * @throws OperatorError
 */
export async function openSession(
  options: StackOptions,
  terminal: Terminal,
  signal: AbortSignal,
  world: World = {},
): Promise<Session> {
  const { stack, leave, ...found } = await find(options, signal);
  const clock = world.clock ?? found.clock;
  const place = { region: stack.region };
  const clients = {
    s3: new S3Client({ ...clientConfig(), ...place }),
    rds: new RDSClient({ ...clientConfig(), ...place }),
    lambda: new LambdaClient({ ...clientConfig(FUNCTION_LIMITS), ...place }),
    iam: new IAMClient({ ...clientConfig(), ...place }),
    sns: new SNSClient({ ...clientConfig(), ...place }),
    cloudWatch: new CloudWatchClient({ ...clientConfig(), ...place }),
  };
  const google = operatorsGoogle(stack, {
    wait: (milliseconds) => clock.wait(milliseconds),
    now: () => clock.now().getTime(),
    ...world.google,
  });
  return {
    stackName: options.stack,
    stack,
    projectFolder: world.projectFolder ?? PROJECT_FOLDER,
    terminal,
    clock,
    signal,
    ...clients,
    objects: createExportObjects(clients.s3, stack.bucketName, () => clock.wait(200)),
    exports: createSnapshotExports(clients.rds, stack.region, (thrown, { operation, subject }) =>
      explainAwsFault(thrown, { service: "RDS", operation, action: `rds:${operation}`, subject }),
    ),
    google,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
      leave();
    },
  };
}
