import { S3Client } from "@aws-sdk/client-s3";
import type { Context } from "aws-lambda";
import type { RowCount } from "../../contract/rowCount";
import { clientConfig } from "../aws/client";
import { createTableFiles } from "../aws/tableFiles";
import { createLog, logFailure } from "../log";
import { countRows } from "./counter";
import { readEnvironment } from "./environment";

const s3 = new S3Client(clientConfig());

/**
 * Lambda's entry: counts the rows of one table of an export.
 * @param payload a `RowCountRequest`
 * @throws FunctionError for what the loader has to tell of
 */
export async function handler(
  payload: unknown,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<RowCount> {
  const log = createLog();
  try {
    const environment = readEnvironment(process.env);
    const invocation = { remainingMilliseconds: () => context.getRemainingTimeInMillis() };
    const files = createTableFiles(s3, environment.bucketName);
    return await countRows(payload, invocation, environment, { files, log });
  } catch (error) {
    logFailure(log, error);
    throw error;
  }
}
