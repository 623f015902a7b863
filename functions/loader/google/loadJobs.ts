import type { LoadJob, LoadJobs } from "../ports";
import { BIGQUERY_ROOT } from "./bigQuery";
import type { GoogleCall, GoogleClient } from "./client";
import { at } from "./failures";

/** How the ids of the jobs begin that Data Transfer Service runs in the project; seen by many, documented by nobody. */
const OF_TRANSFERS = "bqts_";
/** Jobs of a page. */
const PAGE_SIZE = "1000";
/**
 * What is asked for of each job: the right shows everybody's query texts, and none of them is to come here.
 * Source: "API performance tips", partial response.
 */
const FIELDS =
  "nextPageToken,jobs(jobReference/jobId,configuration/load/destinationTable,statistics(creationTime,load),status/errorResult)";

/** A number of JSON, in which 64-bit integers are strings; undefined for whatever else stands there. */
function readNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/** A load job of a transfer into the project that has succeeded; undefined for any other job. */
function readJob(job: unknown, project: string): LoadJob | undefined {
  const id = at(job, "jobReference", "jobId");
  const destination = at(job, "configuration", "load", "destinationTable");
  const [dataset, table] = [at(destination, "datasetId"), at(destination, "tableId")];
  const created = readNumber(at(job, "statistics", "creationTime"));
  if (typeof id !== "string" || !id.startsWith(OF_TRANSFERS) || created === undefined) return undefined;
  if (typeof dataset !== "string" || typeof table !== "string") return undefined;
  // What has failed has left the table as it was.
  if (at(destination, "projectId") !== project || at(job, "status", "errorResult") !== undefined)
    return undefined;
  const statistic = (name: string) => readNumber(at(job, "statistics", "load", name));
  return {
    dataset,
    table,
    created: new Date(created),
    id,
    files: statistic("inputFiles"),
    bytes: statistic("inputFileBytes"),
    rows: statistic("outputRows"),
    badRecords: statistic("badRecords"),
  };
}

/** The load jobs behind runs of transfers. Source: "BigQuery API", REST reference v2: jobs.list, Job, JobStatistics3. */
export function createLoadJobs(client: GoogleClient): LoadJobs {
  return {
    list: async (from, until) => {
      const { project } = client.place;
      const url = new URL(`${BIGQUERY_ROOT}projects/${project}/jobs`);
      const query = {
        allUsers: "true",
        // The other one leaves out where a job has written.
        projection: "full",
        stateFilter: "done",
        minCreationTime: String(from.getTime()),
        maxCreationTime: String(until.getTime()),
        maxResults: PAGE_SIZE,
        fields: FIELDS,
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const call: GoogleCall = {
        operation: "jobs.list",
        subject: `the jobs of project ${project}`,
        permission: `bigquery.jobs.listAll on project ${project}`,
        absent: `There is no project ${project}. Correct the stack file, and deploy.`,
        url,
      };
      const jobs = await client.list(call, "jobs");
      return jobs.flatMap((job) => readJob(job, project) ?? []);
    },
  };
}
