import { own } from "../../contract/own";
import type { BigQuery } from "../bigquery/bigQuery";
import { metadataRows, relationAt } from "../bigquery/informationSchema";
import type { Relation } from "../bigquery/queriedRelations";
import { requirePermission } from "./calls";
import { GoogleError } from "./errors";
import type { GoogleProject } from "./project";

/** A query's job that asks something of datasets. */
export interface QueryJob {
  /** E-mail of the service account as which it runs. */
  readonly caller: string;
  readonly projectId: string;
  readonly location: string;
}

export const SEE_TABLES = ["bigquery.tables.get", "bigquery.tables.list"];
export const READ_ROWS = ["bigquery.tables.getData"];
/**
 * What views of metadata need on their dataset beside `SEE_TABLES`. Sources: "PARTITIONS view", "COLUMNS view", "VIEWS
 * view", "TABLE_OPTIONS view", required permissions.
 */
const ALSO_NEEDED: Readonly<Record<string, readonly string[]>> = {
  TABLE_OPTIONS: ["bigquery.routines.get", "bigquery.routines.list"],
};

/**
 * Lets a job pass that may do that in the dataset of a path.
 * @throws GoogleError for a dataset that is not there, or elsewhere, and where the account lacks a permission
 */
export function requireOn(
  project: GoogleProject,
  { caller, projectId, location }: QueryJob,
  path: string,
  permissions: readonly string[],
): void {
  const [pathProject, datasetId = ""] = path.split(".");
  const dataset = project.datasets.get(datasetId);
  if (pathProject !== projectId || dataset?.location.toLowerCase() !== location.toLowerCase()) {
    throw new GoogleError("NOT_FOUND", `Not found: ${path} was not found in location ${location}`);
  }
  for (const permission of permissions) requirePermission(project, { caller }, permission, datasetId);
}

/**
 * What a job reads under a path.
 * @throws GoogleError where it may not; BigQueryError for what is not there
 */
export async function readRelation(
  project: GoogleProject,
  bigQuery: BigQuery,
  job: QueryJob,
  path: string,
): Promise<Relation> {
  const read = relationAt(path);
  if (read.is === "table") {
    requireOn(project, job, path, READ_ROWS);
    return bigQuery.rows(read.dataset, read.table);
  }
  requireOn(project, job, path, [...SEE_TABLES, ...(own(ALSO_NEEDED, read.view) ?? [])]);
  return metadataRows(bigQuery, read.dataset, read.view);
}
