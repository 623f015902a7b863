import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import {
  GetUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
  paginateListAccessKeys,
} from "@aws-sdk/client-iam";
import type { RDSClient } from "@aws-sdk/client-rds";
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { COMPLETED_EXPORTS_POLICY } from "../../contract/completedExports";
import { type ClientLimits, clientConfig } from "../awsClient";
import { toAwsFault } from "../awsFault";
import { ExporterError } from "../exporter/errors";
import { createRdsClient, createSnapshotExports } from "../exporter/rds";
import { type AwsCall, explainAwsFault } from "./awsFaults";
import type { GateEnvironment } from "./environment";
import { AwsCallError } from "./errors";
import type { CompletedExports, ExportObjects, ExportTasks, GatePorts, LoadQueue, Reports } from "./ports";

/** Largest object that is read into memory, in bytes: a sidecar of 2,000 tables has a few million. */
const LARGEST_OBJECT = 64 * 1024 * 1024;

/** Tries of a write that met another write of the same key, and milliseconds between them. */
const CONFLICT_ATTEMPTS = 3;
const CONFLICT_PAUSE = 200;

/** Loads go in the order in which exports were opened. */
const MESSAGE_GROUP = "loads";

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
    // A queue's URL names the Region's endpoint anyway; unlike it, the environment can name another.
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
  };
}

async function explained<T>(call: AwsCall, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw explainAwsFault(error, call);
  }
}

/** Runs `ask`; faults of that name give `instead`. */
async function unless<T, I>(name: string, instead: I, ask: () => Promise<T>): Promise<T | I> {
  try {
    return await ask();
  } catch (error) {
    if (toAwsFault(error).name === name) return instead;
    throw error;
  }
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
      if (!(error instanceof ExporterError)) throw error;
      throw new AwsCallError(error.message, error.retryHelps, { cause: error });
    }
  };
  return {
    findTask: (taskId) => asGate(findTask(taskId)),
    listTasks: (snapshotArn) => asGate(listTasks(snapshotArn)),
    listAll: () => asGate(listTasksInto(bucketName)),
    findSnapshot: (name) => asGate(findSnapshot(name)),
  };
}

async function readText(body: Readable, where: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_OBJECT) {
      throw new AwsCallError(
        `Object ${where} is larger than ${LARGEST_OBJECT} bytes, so it is no file that the gate can read: RDS writes ` +
          "a few kilobytes for each table. Look at what lies there.",
        false,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The bucket's objects.
 * @param pause waits before a write is repeated that met another one
 * Source: Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".
 */
export function createExportObjects(
  client: S3Client,
  bucketName: string,
  pause: () => Promise<unknown> = () => wait(CONFLICT_PAUSE),
): ExportObjects {
  const Bucket = bucketName;
  const container = `bucket "${bucketName}"`;
  const pathOf = (key: string) => `s3://${bucketName}/${key}`;

  const callOf = (operation: "GetObject" | "PutObject", key: string): AwsCall => ({
    service: "S3",
    operation,
    action: `s3:${operation}`,
    subject: `object ${pathOf(key)}`,
    container,
  });
  const put = (key: string, text: string, IfNoneMatch?: "*") =>
    client.send(
      new PutObjectCommand({ Bucket, Key: key, Body: text, ContentType: "application/json", IfNoneMatch }),
    );
  const create = async (key: string, text: string, attempt = 1): Promise<boolean> => {
    try {
      await put(key, text, "*");
      return true;
    } catch (error) {
      const { name } = toAwsFault(error);
      if (name === "PreconditionFailed") return false;
      if (name !== "ConditionalRequestConflict" || attempt === CONFLICT_ATTEMPTS) throw error;
    }
    await pause();
    return create(key, text, attempt + 1);
  };

  return {
    async *listKeys(prefix) {
      const operation = "ListObjectsV2";
      const subject = `${container} (keys under ${prefix})`;
      const call: AwsCall = { service: "S3", operation, action: "s3:ListBucket", subject, container };
      const tokens = new Set<string>();
      try {
        for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix })) {
          yield (page.Contents ?? []).flatMap(({ Key }) => Key ?? []);
          const token = page.NextContinuationToken;
          if (token === undefined) continue;
          if (tokens.has(token)) {
            throw new AwsCallError(
              `S3 sent the token of a page of ${operation} twice for ${subject}: the list would never end. Invoke ` +
                "the function again; if it comes back, report it to AWS Support.",
              true,
            );
          }
          tokens.add(token);
        }
      } catch (error) {
        throw explainAwsFault(error, call);
      }
    },
    read: (key) =>
      explained(callOf("GetObject", key), () =>
        unless("NoSuchKey", undefined, async () => {
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
          return readText(Body as Readable, pathOf(key));
        }),
      ),
    create: (key, text) => explained(callOf("PutObject", key), () => create(key, text)),
    replace: (key, text) =>
      explained(callOf("PutObject", key), async () => {
        await put(key, text);
      }),
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

/** The topic that reports go to. */
export function createReports(client: SNSClient, topicArn: string): Reports {
  const call: AwsCall = {
    service: "SNS",
    operation: "Publish",
    action: "sns:Publish",
    subject: `topic ${topicArn}`,
  };
  const attribute = (value: string) => ({ DataType: "String", StringValue: value });
  return {
    publish: ({ subject: Subject, text: Message, severity, kind }) =>
      explained(call, async () => {
        const MessageAttributes = { severity: attribute(severity), kind: attribute(kind) };
        await client.send(new PublishCommand({ TopicArn: topicArn, Subject, Message, MessageAttributes }));
      }),
  };
}

/** The queue from which loads are started. */
export function createLoadQueue(client: SQSClient, queueUrl: string): LoadQueue {
  const subject = `queue ${queueUrl}`;
  const call: AwsCall = { service: "SQS", operation: "SendMessage", action: "sqs:SendMessage", subject };
  return {
    send: (message, once) =>
      explained(call, async () => {
        await client.send(
          new SendMessageCommand({
            QueueUrl: queueUrl,
            MessageBody: JSON.stringify(message),
            MessageGroupId: MESSAGE_GROUP,
            // SQS takes 128 letters, digits and signs; the text may be anything.
            MessageDeduplicationId: createHash("sha256").update(once).digest("hex"),
          }),
        );
      }),
  };
}

/** All that the gate needs of AWS, for one stack. */
export function createAwsPorts(
  { rds, s3, iam, sns, sqs }: AwsClients,
  environment: GateEnvironment,
): Pick<GatePorts, "tasks" | "objects" | "completedExports" | "reports" | "queue"> {
  const { readerUserName, readerAccessKeyId, federation } = environment;
  return {
    tasks: createExportTasks(rds, environment),
    objects: createExportObjects(s3, environment.bucketName),
    completedExports:
      readerUserName === undefined || readerAccessKeyId === undefined
        ? undefined
        : createCompletedExports(iam, readerUserName, readerAccessKeyId),
    reports: createReports(sns, environment.reportTopicArn),
    queue: federation && createLoadQueue(sqs, federation.loadQueueUrl),
  };
}
