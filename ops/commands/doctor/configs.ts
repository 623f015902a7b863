import type { GoogleClient } from "../../../functions/loader/google/client";
import { at } from "../../../functions/loader/google/failures";

/** A transfer, or a scheduled query, as Data Transfer Service lists it; the API gives no secret. */
export interface RunConfig {
  /** `projects/…/locations/…/transferConfigs/…` */
  readonly name: string;
  readonly displayName: string;
  readonly dataSource: string;
  readonly dataset: string;
  readonly disabled: boolean;
  /** Empty where there is none. */
  readonly schedule: string;
  /** True where it runs by its schedule. */
  readonly automatic: boolean;
  /** State of the run that was updated last; empty before the first. */
  readonly state: string;
  readonly params: ReadonlyMap<string, string>;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function read(config: unknown): RunConfig {
  const params = at(config, "params");
  const entries = typeof params === "object" && params !== null ? Object.entries(params) : [];
  return {
    name: text(at(config, "name")),
    displayName: text(at(config, "displayName")),
    dataSource: text(at(config, "dataSourceId")),
    dataset: text(at(config, "destinationDatasetId")),
    disabled: at(config, "disabled") === true,
    schedule: text(at(config, "schedule")),
    automatic: at(config, "scheduleOptions", "disableAutoScheduling") !== true,
    state: text(at(config, "state")),
    params: new Map(entries.map(([name, value]) => [name, text(value)])),
  };
}

/**
 * Transfers from S3 and scheduled queries of a project at a location, a thousand a page.
 * Source: "BigQuery Data Transfer API", REST reference v1: projects.locations.transferConfigs.list.
 * @throws OperatorsCallError
 */
export async function listConfigs(client: GoogleClient): Promise<RunConfig[]> {
  const { project, location } = client.place;
  const url = new URL(
    `https://bigquerydatatransfer.googleapis.com/v1/projects/${project}/locations/${location}/transferConfigs`,
  );
  for (const source of ["amazon_s3", "scheduled_query"]) url.searchParams.append("dataSourceIds", source);
  url.searchParams.set("pageSize", "1000");
  const call = {
    operation: "transferConfigs.list",
    subject: `transfers of ${project} in ${location}`,
    permission: `bigquery.transfers.get on project ${project}`,
    absent: "",
    url,
  };
  return (await client.list(call, "transferConfigs")).map(read);
}
