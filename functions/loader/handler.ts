import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import type { Context } from "aws-lambda";
import { type GoogleCheck, isGoogleCheck } from "../../contract/googleCheck";
import { clientConfig } from "../aws/client";
import { createCounter, createLambdaClient } from "../aws/counter";
import { createExportObjects } from "../aws/exportObjects";
import { createLoadQueue, createSqsClient } from "../aws/loadQueue";
import { createChat, createReports } from "../aws/reports";
import { createLog, logFailure } from "../log";
import { readEnvironment } from "./environment";
import { createGoogle } from "./google/google";
import { type LoaderResult, runLoader } from "./loader";
import type { LoaderPorts } from "./ports";

type LambdaContext = Pick<Context, "functionName" | "awsRequestId" | "getRemainingTimeInMillis">;

/** Milliseconds that an invocation keeps for AWS behind its last call to Google. */
const AFTER_GOOGLE = 30_000;

/** The invocation that this process works for: Lambda gives it one at a time. */
let current: LambdaContext | undefined;

const config = clientConfig();
const s3 = new S3Client(config);
const sns = new SNSClient(config);
const sqs = createSqsClient();
const lambda = createLambdaClient();
let stack: ReturnType<typeof readStack> | undefined;

function readStack() {
  const environment = readEnvironment(process.env);
  const { counterName, chatTopicArn } = environment;
  const { loadJobs, ...google } = createGoogle(environment, {
    // Calls to Google end while the invocation has time left to tell of them, and to be gone on with.
    remaining: () => (current?.getRemainingTimeInMillis() ?? 0) - AFTER_GOOGLE,
  });
  const ports: Omit<LoaderPorts, "log"> = {
    objects: createExportObjects(s3, environment.bucketName),
    reports: createReports(sns, environment.reportTopicArn),
    chat: chatTopicArn === undefined ? undefined : createChat(sns, chatTopicArn, environment),
    queue: createLoadQueue(sqs, environment.loadQueueUrl),
    ...google,
    loadJobs: environment.loadJobStatistics ? loadJobs : undefined,
    counter: counterName === undefined ? undefined : createCounter(lambda, counterName),
    now: () => new Date(),
  };
  return { environment, ports };
}

/** Becomes the service account anew, with no token of before, and reads the list of transfers. Starts nothing. */
async function checkGoogle(): Promise<GoogleCheck> {
  try {
    await readStack().ports.transfers.list();
    return { google: "answers" };
  } catch (error) {
    // Told to whoever asks, and not logged: no load has failed.
    return { google: "refuses", why: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Lambda's entry: starts the loads of an export that the gate has opened.
 * @param payload a message of the load queue, or the question whether Google takes the loader
 * @throws FunctionError for what could neither be tried again nor told, so that the message comes back
 */
export async function handler(payload: unknown, context: LambdaContext): Promise<LoaderResult | GoogleCheck> {
  const log = createLog();
  current = context;
  if (isGoogleCheck(payload)) return checkGoogle();
  try {
    // At the first invocation, not at load: an error here is then logged and counted like any other.
    stack ??= readStack();
    const invocation = {
      functionName: context.functionName,
      requestId: context.awsRequestId,
      remainingMilliseconds: () => context.getRemainingTimeInMillis(),
    };
    return await runLoader(payload, invocation, stack.environment, { ...stack.ports, log });
  } catch (error) {
    logFailure(log, error);
    throw error;
  }
}
