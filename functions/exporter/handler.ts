import type { Context } from "aws-lambda";
import { createLog, logFailure } from "../log";
import { type ExporterEnvironment, readEnvironment } from "./environment";
import { createRdsClient, createSnapshotExports } from "./rds";
import type { NothingStarted } from "./startByClock";
import { startExport } from "./startExport";
import type { StartedExport } from "./startedExport";

const client = createRdsClient();
let environment: ExporterEnvironment | undefined;

/**
 * Lambda's entry: starts the export of the newest snapshot.
 * @param payload `{"scheduledTime": "…"}` from EventBridge Scheduler; by hand nothing, or `{"exportAgain": true}`
 * @throws FunctionError for everything that is not a started export, so that Lambda retries and counts it
 */
export async function handler(
  payload: unknown,
  context: Pick<Context, "functionName">,
): Promise<StartedExport | NothingStarted> {
  const log = createLog();
  try {
    // At the first invocation, not at load: an error here is then logged and counted like any other.
    environment ??= readEnvironment(process.env, __dirname);
    const rds = createSnapshotExports(client, environment.region);
    return await startExport(payload, context.functionName, environment, { rds, log, now: () => new Date() });
  } catch (error) {
    logFailure(log, error);
    throw error;
  }
}
