/** Where BigQuery's REST API begins. */
export const BIGQUERY_ROOT = "https://bigquery.googleapis.com/bigquery/v2/";

/** A table as a resource of BigQuery's REST API. */
export function tableUrl(project: string, dataset: string, table: string): URL {
  return new URL(
    `${BIGQUERY_ROOT}projects/${project}/datasets/${dataset}/tables/${encodeURIComponent(table)}`,
  );
}
