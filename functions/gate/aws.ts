import { setTimeout as wait } from "node:timers/promises";
import {
  GetUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
  paginateListAccessKeys,
} from "@aws-sdk/client-iam";
import type { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { COMPLETED_EXPORTS_POLICY } from "../../contract/completedExports";
import { type ClientLimits, clientConfig } from "../aws/client";
import { explained, unless } from "../aws/explain";
import { createExportObjects } from "../aws/exportObjects";
import { createLoadQueue, createSqsClient } from "../aws/loadQueue";
import { createChat, createReports } from "../aws/reports";
import { FunctionError } from "../errors";
import { createRdsClient, createSnapshotExports } from "../exporter/rds";
import type { GateEnvironment } from "./environment";
import type { CompletedExports, ExportTasks, GatePorts } from "./ports";

/** IAM's answer where there is no such user, or no such policy of it. */
const NO_SUCH_ENTITY = "NoSuchEntityException";

/** The SDK's clients. */
export interface AwsClients {
  readonly rds: RDSClient;
  readonly s3: S3Client;
  readonly iam: IAMClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
}

export function createAwsClients(limits?: ClientLimits): AwsClients {
  const config = clientConfig(limits);
  return {
    rds: createRdsClient(limits),
    s3: new S3Client(config),
    iam: new IAMClient(config),
    sns: new SNSClient(config),
    sqs: createSqsClient(limits),
  };
}

/** Export tasks by the exporter's own calls to RDS. */
export function createExportTasks(
  client: RDSClient,
  { region, bucketName }: Pick<GateEnvironment, "region" | "bucketName">,
): ExportTasks {
  const { findTask, listTasks, listTasksInto, findSnapshot } = createSnapshotExports(client, region);
  const asGate = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      throw new FunctionError("AwsCallError", error.message, error.retryHelps, { cause: error });
    }
  };
  return {
    findTask: (taskId) => asGate(findTask(taskId)),
    listTasks: (snapshotArn) => asGate(listTasks(snapshotArn)),
    listAll: () => asGate(listTasksInto(bucketName)),
    findSnapshot: (name) => asGate(findSnapshot(name)),
  };
}

/** The IAM user whose access key the transfers carry. */
export function createCompletedExports(
  client: IAMClient,
  userName: string,
  accessKeyId: string,
): CompletedExports {
  const policy = { UserName: userName, PolicyName: COMPLETED_EXPORTS_POLICY };
  const ask = <T>(operation: "GetUserPolicy" | "PutUserPolicy" | "ListAccessKeys", send: () => Promise<T>) =>
    explained({ service: "IAM", operation, action: `iam:${operation}`, subject: `user "${userName}"` }, send);
  return {
    read: () =>
      ask("GetUserPolicy", () =>
        unless(NO_SUCH_ENTITY, undefined, async () => {
          const { PolicyDocument = "" } = await client.send(new GetUserPolicyCommand(policy));
          // IAM hands documents out as they stand in a URL ("GetUserPolicy").
          return JSON.parse(decodeURIComponent(PolicyDocument)) as unknown;
        }),
      ),
    write: (document) =>
      ask("PutUserPolicy", async () => {
        const PolicyDocument = JSON.stringify(document);
        await client.send(new PutUserPolicyCommand({ ...policy, PolicyDocument }));
      }),
    pause: (milliseconds) => wait(milliseconds),
    accessKey: () =>
      ask("ListAccessKeys", () =>
        unless(NO_SUCH_ENTITY, undefined, async () => {
          for await (const page of paginateListAccessKeys({ client }, { UserName: userName })) {
            const key = page.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === accessKeyId);
            if (key !== undefined)
              return { status: key.Status ?? "without status", createdAt: key.CreateDate };
          }
          return undefined;
        }),
      ),
  };
}

/** All that the gate needs of AWS, for one stack. */
export function createAwsPorts(
  { rds, s3, iam, sns, sqs }: AwsClients,
  environment: GateEnvironment,
): Pick<GatePorts, "tasks" | "objects" | "completedExports" | "reports" | "chat" | "queue"> {
  const { readerUserName, readerAccessKeyId, loadQueueUrl, chatTopicArn } = environment;
  return {
    tasks: createExportTasks(rds, environment),
    objects: createExportObjects(s3, environment.bucketName),
    completedExports:
      readerUserName === undefined || readerAccessKeyId === undefined
        ? undefined
        : createCompletedExports(iam, readerUserName, readerAccessKeyId),
    reports: createReports(sns, environment.reportTopicArn),
    chat: chatTopicArn === undefined ? undefined : createChat(sns, chatTopicArn, environment),
    queue: loadQueueUrl === undefined ? undefined : createLoadQueue(sqs, loadQueueUrl),
  };
}
