import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { TableFiles } from "../counter/ports";
import { explained } from "./explain";
import { listObjects } from "./listObjects";

/** Files of the exports in a bucket. */
export function createTableFiles(client: S3Client, bucketName: string): TableFiles {
  return {
    list: (prefix) => listObjects(client, bucketName, prefix),
    read: (key, start, end) =>
      explained(
        {
          service: "S3",
          operation: "GetObject",
          action: "s3:GetObject",
          subject: `object s3://${bucketName}/${key}`,
          container: `bucket "${bucketName}"`,
        },
        async () => {
          // The last byte is part of what is asked for (RFC 9110, "Byte Ranges").
          const Range = `bytes=${start}-${end - 1}`;
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucketName, Key: key, Range }));
          return (await Body?.transformToByteArray()) ?? new Uint8Array();
        },
      ),
  };
}
