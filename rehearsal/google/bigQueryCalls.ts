import { createHash } from "node:crypto";
import type { BigQuery } from "../bigquery/bigQuery";
import { type GoogleCall, refuseUnknown, requirePermission, requireProject, unknownCall } from "./calls";
import { GoogleError } from "./errors";
import type { LocalLoadJobs } from "./loadJobs";
import type { Dataset, GoogleProject } from "./project";

const TABLE = /^\/bigquery\/v2\/projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)$/;
const UPLOADS = /^\/upload\/bigquery\/v2\/projects\/([^/]+)\/jobs$/;
const JOB = /^\/bigquery\/v2\/projects\/([^/]+)\/jobs\/([^/]+)$/;
const JOBS = /^\/bigquery\/v2\/projects\/([^/]+)\/jobs$/;
const QUERIES = /^\/bigquery\/v2\/projects\/([^/]+)\/queries$/;
/** `` `project.dataset.table` `` or `` `project`.`dataset`.`table` ``. */
const TRUNCATE = /^TRUNCATE TABLE `([^`.]+)`?\.`?([^`.]+)`?\.`?([^`.]+)`;?$/;
const QUERY_FIELDS = ["query", "useLegacySql", "location", "timeoutMs", "requestId"];

function datasetOf(project: GoogleProject, datasetId: string): Dataset {
  const dataset = project.datasets.get(datasetId);
  if (dataset === undefined) throw new GoogleError("NOT_FOUND", `Not found: Dataset ${datasetId}`);
  return dataset;
}

async function getTable(
  call: GoogleCall,
  project: GoogleProject,
  bigQuery: BigQuery,
  [projectId = "", datasetId = "", tableId = ""]: readonly string[],
): Promise<unknown> {
  refuseUnknown([...call.query.keys()], call.path);
  requireProject(project, projectId);
  requirePermission(project, call, "bigquery.tables.get", datasetId);
  const { location } = datasetOf(project, datasetId);
  const { rows, columns, lastModified } = await bigQuery.describe(datasetId, tableId);
  return {
    kind: "bigquery#table",
    id: `${projectId}:${datasetId}.${tableId}`,
    tableReference: { projectId, datasetId, tableId },
    type: "TABLE",
    location,
    // 64-bit integers are strings in JSON.
    numRows: String(rows),
    // A table that was never loaded has no schema.
    ...(columns.length > 0 && { schema: { fields: columns.map(({ name, type }) => ({ name, type })) } }),
    ...(lastModified !== undefined && { lastModifiedTime: String(lastModified.getTime()) }),
  };
}

/** What TRUNCATE TABLE needs: the job, the table, and its rows ("DML statements", required permissions). */
async function truncate(
  call: GoogleCall,
  project: GoogleProject,
  bigQuery: BigQuery,
  projectId: string,
  now: Date,
): Promise<unknown> {
  const { body, path } = call;
  refuseUnknown(
    [...call.query.keys(), ...Object.keys(body).filter((key) => !QUERY_FIELDS.includes(key))],
    path,
  );
  requireProject(project, projectId);
  requirePermission(project, call, "bigquery.jobs.create");
  const [, tableProject, datasetId = "", tableId = ""] = TRUNCATE.exec(String(body.query)) ?? [];
  // Legacy SQL, the default of the API, has no such statement.
  if (tableProject === undefined || body.useLegacySql !== false) {
    throw new GoogleError(
      "INVALID_ARGUMENT",
      `The local BigQuery knows TRUNCATE TABLE alone, not ${body.query}`,
    );
  }
  requireProject(project, tableProject);
  requirePermission(project, call, "bigquery.tables.get", datasetId);
  requirePermission(project, call, "bigquery.tables.updateData", datasetId);
  const { location } = datasetOf(project, datasetId);
  if (body.location !== undefined && body.location !== location) {
    throw new GoogleError(
      "NOT_FOUND",
      `Not found: Dataset ${datasetId} was not found in location ${body.location}`,
    );
  }
  await bigQuery.truncate(datasetId, tableId, now);
  const jobId = `job_${createHash("sha256").update(`${datasetId}.${tableId} ${now.getTime()}`).digest("hex").slice(0, 27)}`;
  return {
    kind: "bigquery#queryResponse",
    jobReference: { projectId, jobId, location },
    jobComplete: true,
    totalBytesProcessed: "0",
    cacheHit: false,
  };
}

/**
 * The calls of BigQuery that the loader makes: tables.get, jobs.query with TRUNCATE TABLE, load jobs, and jobs.list.
 * @throws GoogleError for any other, and for a caller without the permissions that they need
 */
export async function callBigQuery(
  call: GoogleCall,
  project: GoogleProject,
  bigQuery: BigQuery,
  loadJobs: LocalLoadJobs,
  now: Date,
): Promise<unknown> {
  const path = decodeURIComponent(call.path);
  const table = TABLE.exec(path);
  const [, queryProject] = QUERIES.exec(path) ?? [];
  if (call.method === "GET" && table !== null) return getTable(call, project, bigQuery, table.slice(1));
  if (call.method === "POST" && queryProject !== undefined) {
    return truncate(call, project, bigQuery, queryProject, now);
  }
  const [, uploadProject] = UPLOADS.exec(path) ?? [];
  if (call.method === "POST" && uploadProject !== undefined && call.media !== undefined) {
    return loadJobs.insert(call, uploadProject, now);
  }
  const [, listProject] = JOBS.exec(path) ?? [];
  if (call.method === "GET" && listProject !== undefined) return loadJobs.list(call, listProject);
  const [, jobProject, jobId] = JOB.exec(path) ?? [];
  if (call.method === "GET" && jobProject !== undefined && jobId !== undefined) {
    return loadJobs.get(call, jobProject, jobId);
  }
  throw unknownCall(call.method, call.path);
}
