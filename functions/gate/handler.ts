import type { Context } from "aws-lambda";
import { createLog, logFailure } from "../log";
import { createAwsClients, createAwsPorts } from "./aws";
import { readEnvironment } from "./environment";
import { runGate } from "./gate";
import type { GateResult } from "./gateRun";
import type { GoogleOptions } from "./google/client";
import type { GooglePlace } from "./google/place";
import { createMetrics } from "./metrics";
import type { GatePorts, Transfers } from "./ports";

type LambdaContext = Pick<Context, "functionName" | "awsRequestId" | "getRemainingTimeInMillis">;

/** Milliseconds that an invocation keeps for AWS behind its last call to Google. */
const AFTER_GOOGLE = 30_000;

/** The invocation that this process works for: Lambda gives it one at a time. */
let current: LambdaContext | undefined;

/** Calls to Google end while the invocation has time left to tell of them, and to be gone on with. */
const GOOGLE_OPTIONS: GoogleOptions = {
  remaining: () => (current?.getRemainingTimeInMillis() ?? 0) - AFTER_GOOGLE,
};

const clients = createAwsClients();
let stack: ReturnType<typeof readStack> | undefined;

/** Loads what speaks to Google when it is first needed: most invocations start no loads. */
function createLazyTransfers(place: GooglePlace): Transfers {
  let loading: Promise<Transfers> | undefined;
  const load = () => {
    loading ??= import("./google.js").then(({ createTransfers }) => createTransfers(place, GOOGLE_OPTIONS));
    return loading;
  };
  return {
    list: async () => (await load()).list(),
    listRuns: async (name) => (await load()).listRuns(name),
    startRun: async (name, runTime) => (await load()).startRun(name, runTime),
    emptyTable: async (dataset, table) => (await load()).emptyTable(dataset, table),
  };
}

function readStack() {
  const environment = readEnvironment(process.env, __dirname);
  const ports: Omit<GatePorts, "log"> = {
    ...createAwsPorts(clients, environment),
    transfers: environment.federation && createLazyTransfers(environment.federation),
    metrics: createMetrics(environment.taskPrefix),
    now: () => new Date(),
  };
  return { environment, ports };
}

/**
 * Lambda's entry: audits an export, opens it, reports, and starts its loads.
 * @param payload an event of RDS, the clock's `{"scheduledTime": "…"}`, a message of the load queue, or, by hand,
 *   `{"slot": "2025021806"}`
 * @throws GateError for everything that has to be tried again or seen to, so that Lambda retries and counts it
 */
export async function handler(payload: unknown, context: LambdaContext): Promise<GateResult> {
  const log = createLog();
  current = context;
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
