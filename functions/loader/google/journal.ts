import { randomUUID } from "node:crypto";
import { partitionOf } from "../../../contract/journal";
import { FunctionError } from "../../errors";
import type { Journal } from "../ports";
import { awaitJob, BIGQUERY_UPLOAD_ROOT, isDone, jobLook } from "./bigQuery";
import type { GoogleCall, GoogleClient } from "./client";

/**
 * The journal's tables, by load jobs, which cost nothing: each replaces the partition of a day, so that the same day
 * written twice stands there once. Sources: "BigQuery API", REST reference v2: jobs.insert, JobConfigurationLoad; "Load
 * data into partitioned tables" (partition decorators).
 */
export function createJournal(client: GoogleClient, dataset: string): Journal {
  const { project, location } = client.place;
  return {
    async replaceDay(table, day, rows) {
      const partition = partitionOf(table, day);
      const jobId = `aurora_journal_${randomUUID()}`;
      const call: GoogleCall = {
        operation: "jobs.insert",
        subject: `load of ${dataset}.${partition}`,
        permission: `bigquery.jobs.create on project ${project}, and bigquery.tables.create, get, update and updateData on dataset ${dataset}`,
        absent:
          `There is no table ${dataset}.${table} in project ${project} at ${location}: somebody has deleted it. ` +
          "`pulumi up --refresh` makes it again.",
        url: new URL(`${BIGQUERY_UPLOAD_ROOT}projects/${project}/jobs?uploadType=multipart`),
        body: {
          jobReference: { projectId: project, location, jobId },
          configuration: {
            load: {
              destinationTable: { projectId: project, datasetId: dataset, tableId: partition },
              sourceFormat: "NEWLINE_DELIMITED_JSON",
              // The table's schema is the stack's: a job that made the table would hide that it was gone.
              createDisposition: "CREATE_NEVER",
              writeDisposition: "WRITE_TRUNCATE",
            },
          },
        },
        media: {
          contentType: "application/octet-stream",
          content: rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
        },
      };
      const job = await client.call(call, { wasDone: () => isThere(client, jobLook(client, call, jobId)) });
      if (!isDone(client, call, job)) await awaitJob(client, call, jobId, "the day may be written still");
    },
  };
}

/** True if a job is there whose start was never answered. */
async function isThere(client: GoogleClient, look: GoogleCall): Promise<boolean> {
  try {
    await client.call(look);
    return true;
  } catch (error) {
    if (error instanceof FunctionError) return false;
    throw error;
  }
}
