import type { BigQuery } from "../bigquery/bigQuery";
import { type GoogleCall, refuseUnknown, requirePermission, requireProject, unknownCall } from "./calls";
import { GoogleError } from "./errors";
import type { LocalLoadJobs } from "./loadJobs";
import type { Dataset, GoogleProject } from "./project";
import { runQuery } from "./queryJobs";

const TABLE = /^\/bigquery\/v2\/projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)$/;
const DATASET = /^\/bigquery\/v2\/projects\/([^/]+)\/datasets\/([^/]+)$/;
const UPLOADS = /^\/upload\/bigquery\/v2\/projects\/([^/]+)\/jobs$/;
const JOB = /^\/bigquery\/v2\/projects\/([^/]+)\/jobs\/([^/]+)$/;
const JOBS = /^\/bigquery\/v2\/projects\/([^/]+)\/jobs$/;
const QUERIES = /^\/bigquery\/v2\/projects\/([^/]+)\/queries$/;

function datasetOf(project: GoogleProject, datasetId: string): Dataset {
  const dataset = project.datasets.get(datasetId);
  if (dataset === undefined) throw new GoogleError("NOT_FOUND", `Not found: Dataset ${datasetId}`);
  return dataset;
}

function getDataset(
  call: GoogleCall,
  project: GoogleProject,
  [projectId = "", datasetId = ""]: readonly string[],
): unknown {
  refuseUnknown([...call.query.keys()], call.path);
  requireProject(project, projectId);
  requirePermission(project, call, "bigquery.datasets.get", datasetId);
  const { location } = datasetOf(project, datasetId);
  return { kind: "bigquery#dataset", datasetReference: { projectId, datasetId }, location };
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

/**
 * The calls of BigQuery that the loader and the operator's commands make: datasets.get, tables.get, jobs.query, load jobs, and jobs.list.
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
  const dataset = DATASET.exec(path);
  if (call.method === "GET" && dataset !== null) return getDataset(call, project, dataset.slice(1));
  const [, queryProject] = QUERIES.exec(path) ?? [];
  if (call.method === "GET" && table !== null) return getTable(call, project, bigQuery, table.slice(1));
  if (call.method === "POST" && queryProject !== undefined) {
    return runQuery(call, project, bigQuery, queryProject, now);
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
