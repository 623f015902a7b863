import type { BigQuery, TableMetadata } from "../bigquery/bigQuery";
import { type MetadataView, metadataViews, queryMetadata } from "../bigquery/freshness";
import { requirePermission } from "./calls";
import { GoogleError } from "./errors";
import type { ScheduledQuery } from "./project";
import { LocalRuns, type Run, type RunOf, type RunPlace } from "./runs";

/** What a query's account needs in the project. Source: "Scheduling queries", required permissions. */
const QUERY_PERMISSIONS = ["bigquery.jobs.create"];

/** What the view needs on its dataset. Source: "PARTITIONS view", required permissions. */
const VIEW_PERMISSIONS = ["bigquery.tables.get", "bigquery.tables.list"];

/** One run of a scheduled query. */
export type QueryRun = RunOf<ScheduledQuery, object>;

/** The local Data Transfer Service for scheduled queries. */
export class LocalScheduledQueries extends LocalRuns<ScheduledQuery, object> {
  constructor(
    place: RunPlace,
    private readonly bigQuery: BigQuery,
  ) {
    super(place);
  }

  override get configs(): readonly ScheduledQuery[] {
    return this.place.project.scheduledQueries;
  }

  protected override detailsOf(): object {
    return {};
  }

  protected override async execute({ config, runTime }: QueryRun): Promise<Pick<Run, "state" | "message">> {
    try {
      const faults = this.place.project.runFaults(config, QUERY_PERMISSIONS);
      if (faults.length > 0)
        throw new GoogleError("PERMISSION_DENIED", `Access Denied: ${faults.join("; ")}`);
      const metadata = new Map<string, readonly TableMetadata[]>();
      for (const view of metadataViews(config.query)) {
        this.requireView(view, config);
        metadata.set(view.datasetId, await this.bigQuery.tables(view.datasetId));
      }
      const [row] = await queryMetadata(config.query, runTime, metadata);
      return { state: "SUCCEEDED", message: Object.values(row ?? {}).join(", ") };
    } catch (error) {
      return { state: "FAILED", message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** @throws GoogleError for a dataset that is not there, or elsewhere, and for one whose tables the account may not see */
  private requireView({ path, projectId, datasetId }: MetadataView, config: ScheduledQuery): void {
    const { project } = this.place;
    const dataset = project.datasets.get(datasetId);
    if (projectId !== config.projectId || dataset?.location.toLowerCase() !== config.location.toLowerCase()) {
      throw new GoogleError("NOT_FOUND", `Not found: ${path} was not found in location ${config.location}`);
    }
    for (const permission of VIEW_PERMISSIONS) {
      requirePermission(project, { caller: config.ownerEmail }, permission, datasetId);
    }
  }
}
