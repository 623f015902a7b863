import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { FunctionError } from "../errors";
import type { ExportObjects } from "../ports";
import { type AwsCall, explained, unless } from "./explain";
import { toAwsFault } from "./fault";
import { listObjects } from "./listObjects";

/** Largest object that is read into memory, in bytes: a sidecar of 2,000 tables has a few million. */
const LARGEST_OBJECT = 64 * 1024 * 1024;

/** Tries of a write that met another write of the same key, and milliseconds between them. */
const CONFLICT_ATTEMPTS = 3;
const CONFLICT_PAUSE = 200;

async function readText(body: Readable, where: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_OBJECT) {
      throw new FunctionError(
        "AwsCallError",
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
    listObjects: (prefix) => listObjects(client, bucketName, prefix),
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
