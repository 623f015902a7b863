import { FunctionError } from "../../errors";
import type { GoogleCall, GoogleClient } from "./client";
import { at, jobFailure } from "./failures";

/** Where BigQuery's REST API begins, and where what is sent with a call goes. */
export const BIGQUERY_ROOT = "https://bigquery.googleapis.com/bigquery/v2/";
export const BIGQUERY_UPLOAD_ROOT = "https://bigquery.googleapis.com/upload/bigquery/v2/";

/** Pauses in milliseconds between looks at a job that is not done, about two minutes in all. */
const FIRST_LOOK = 1_000;
const LONGEST_LOOK = 10_000;
const LOOKS = 15;

/** A table as a resource of BigQuery's REST API. */
export function tableUrl(project: string, dataset: string, table: string): URL {
  return new URL(
    `${BIGQUERY_ROOT}projects/${project}/datasets/${dataset}/tables/${encodeURIComponent(table)}`,
  );
}

/** Asks for a job, which its creator may always do: getQueryResults would need the right to read the table's rows. */
export function jobLook(client: GoogleClient, call: GoogleCall, jobId: string): GoogleCall {
  const { project, location } = client.place;
  const url = new URL(`${BIGQUERY_ROOT}projects/${project}/jobs/${encodeURIComponent(jobId)}`);
  url.searchParams.set("location", location);
  return { ...call, operation: "jobs.get", url, body: undefined, media: undefined };
}

/**
 * True if a job is done.
 * @throws GoogleCallError where it has failed
 */
export function isDone(client: GoogleClient, call: GoogleCall, job: unknown): boolean {
  const status = at(job, "status");
  if (at(status, "state") !== "DONE") return false;
  const error = at(status, "errorResult");
  if (error !== undefined) throw client.explain(call, jobFailure(error), 1);
  return true;
}

/**
 * Looks at a job until it is done.
 * @param call the call that the job was answered to, whose words its failure is told with
 * @param meanwhile what may still happen where it takes too long
 * @throws GoogleCallError
 */
export async function awaitJob(
  client: GoogleClient,
  call: GoogleCall,
  jobId: unknown,
  meanwhile: string,
): Promise<void> {
  if (typeof jobId !== "string") throw client.misunderstood(call, "it names no job");
  const look = jobLook(client, call, jobId);
  for (let looks = 0; looks < LOOKS; looks++) {
    const pause = Math.min(FIRST_LOOK * 2 ** looks, LONGEST_LOOK);
    if (pause >= client.remaining()) break;
    await client.wait(pause);
    if (isDone(client, call, await client.call(look))) return;
  }
  throw new FunctionError(
    "GoogleCallError",
    `${call.subject} has not ended in the time that the function has for it (job ${jobId} in project ${client.place.project}): ${meanwhile}. ` +
      "See the job in the Google Cloud console under BigQuery, Jobs explorer, and invoke the function again.",
    true,
  );
}
