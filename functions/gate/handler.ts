import type { Context } from "aws-lambda";
import { createLog, logFailure } from "../log";
import { createAwsClients, createAwsPorts } from "./aws";
import { runGate } from "./call/runGate";
import { readEnvironment } from "./environment";
import type { GateResult } from "./gate";
import { createMetrics } from "./metrics";
import type { GatePorts } from "./ports";

type LambdaContext = Pick<Context, "functionName" | "awsRequestId" | "getRemainingTimeInMillis">;

const clients = createAwsClients();
let stack: ReturnType<typeof readStack> | undefined;

function readStack() {
  const environment = readEnvironment(process.env, __dirname);
  const ports: Omit<GatePorts, "log"> = {
    ...createAwsPorts(clients, environment),
    metrics: createMetrics(environment.taskPrefix),
    now: () => new Date(),
  };
  return { environment, ports };
}

/**
 * Lambda's entry: audits an export, opens it, reports, and asks for its loads.
 * @param payload an event of RDS, the clock's `{"scheduledTime": "…"}`, or, by hand, `{"slot": "2025021806"}`
 * @throws FunctionError for everything that has to be tried again or seen to, so that Lambda retries and counts it
 */
export async function handler(payload: unknown, context: LambdaContext): Promise<GateResult> {
  const log = createLog();
  try {
    // At the first invocation, not at load: an error here is then logged and counted like any other.
    stack ??= readStack();
    const invocation = {
      functionName: context.functionName,
      requestId: context.awsRequestId,
      remainingMilliseconds: () => context.getRemainingTimeInMillis(),
    };
    return await runGate(payload, invocation, stack.environment, { ...stack.ports, log });
  } catch (error) {
    logFailure(log, error);
    throw error;
  }
}
