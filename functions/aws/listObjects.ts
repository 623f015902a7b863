import { paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { FunctionError } from "../errors";
import { type AwsCall, explainAwsFault } from "./explain";

/** An object as a list shows it. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
}

/** Objects under a prefix, page by page, in the order of their keys' bytes. */
export async function* listObjects(
  client: S3Client,
  Bucket: string,
  prefix: string,
): AsyncGenerator<readonly ListedObject[]> {
  const operation = "ListObjectsV2";
  const container = `bucket "${Bucket}"`;
  const subject = `${container} (keys under ${prefix})`;
  const call: AwsCall = { service: "S3", operation, action: "s3:ListBucket", subject, container };
  const tokens = new Set<string>();
  try {
    for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix })) {
      yield (page.Contents ?? []).flatMap(({ Key, Size = 0 }) => (Key ? { key: Key, bytes: Size } : []));
      const token = page.NextContinuationToken;
      if (token === undefined) continue;
      if (tokens.has(token)) {
        throw new FunctionError(
          "AwsCallError",
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
}
