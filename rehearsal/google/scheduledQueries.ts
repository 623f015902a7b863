import { own } from "../../contract/own";
import type { BigQuery, TableMetadata } from "../bigquery/bigQuery";
import { type MetadataView, metadataViews, queryMetadata } from "../bigquery/freshness";
import { metadataRows, relationAt } from "../bigquery/informationSchema";
import type { Relation } from "../bigquery/queriedRelations";
import { isScript, runScript } from "../bigquery/viewMaker";
import { readViewStatement, type TablePath } from "../bigquery/viewStatement";
import { requirePermission } from "./calls";
import { GoogleError } from "./errors";
import type { ScheduledQuery } from "./project";
import { LocalRuns, type Run, type RunOf, type RunPlace } from "./runs";

/** What a query's account needs in the project. Source: "Scheduling queries", required permissions. */
const QUERY_PERMISSIONS = ["bigquery.jobs.create"];

const SEE_TABLES = ["bigquery.tables.get", "bigquery.tables.list"];
const READ_ROWS = ["bigquery.tables.getData"];
/**
 * What views of metadata need on their dataset beside `SEE_TABLES`. Sources: "PARTITIONS view", "COLUMNS view", "VIEWS
 * view", "TABLE_OPTIONS view", required permissions.
 */
const ALSO_NEEDED: Readonly<Record<string, readonly string[]>> = {
  TABLE_OPTIONS: ["bigquery.routines.get", "bigquery.routines.list"],
};
/** Whoever makes a view also reads the table under it. Source: "Data definition language", CREATE VIEW; "Create logical views". */
const MAKE_VIEWS = ["bigquery.tables.create", "bigquery.tables.get", "bigquery.tables.update"];
/** On the table's dataset, where it authorizes the view's. Source: "Authorized datasets", create or update a view. */
const SHARE_TABLES = ["bigquery.datasets.get", "bigquery.datasets.update"];

/** One run of a scheduled query. */
export type QueryRun = RunOf<ScheduledQuery, object>;

/** The local Data Transfer Service for scheduled queries: checks of a dataset's tables, and the maker of the views. */
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

  protected override async execute(run: QueryRun): Promise<Pick<Run, "state" | "message">> {
    const { config } = run;
    try {
      const faults = this.place.project.runFaults(config, QUERY_PERMISSIONS);
      if (faults.length > 0)
        throw new GoogleError("PERMISSION_DENIED", `Access Denied: ${faults.join("; ")}`);
      const message = isScript(config.query) ? await this.makeViews(config) : await this.check(run);
      return { state: "SUCCEEDED", message };
    } catch (error) {
      return { state: "FAILED", message: error instanceof Error ? error.message : String(error) };
    }
  }

  private async check({ config, runTime }: QueryRun): Promise<string> {
    const metadata = new Map<string, readonly TableMetadata[]>();
    for (const view of metadataViews(config.query)) {
      this.require(config, view, SEE_TABLES);
      metadata.set(view.datasetId, await this.bigQuery.tables(view.datasetId));
    }
    const [row] = await queryMetadata(config.query, runTime, metadata);
    return Object.values(row ?? {}).join(", ");
  }

  /** Runs the script that makes the views. */
  private async makeViews(config: ScheduledQuery): Promise<string> {
    const made: string[] = [];
    await runScript(config.query, {
      relation: (path) => this.relation(config, path),
      execute: async (sql) => {
        const statement = readViewStatement(sql);
        const { view, from } = statement;
        this.require(config, placeOf(pathText(view)), MAKE_VIEWS);
        this.require(config, placeOf(pathText(from)), this.neededUnder(view, from));
        await this.bigQuery.views.create(statement);
        made.push(view.table);
      },
    });
    return made.length === 0
      ? "Every view is as it was"
      : `Made ${made.length} views anew: ${made.join(", ")}`;
  }

  private neededUnder(view: TablePath, from: TablePath): readonly string[] {
    const { sharedWith = [] } = this.place.project.datasets.get(from.dataset) ?? {};
    return sharedWith.includes(view.dataset) ? [...READ_ROWS, ...SHARE_TABLES] : READ_ROWS;
  }

  private relation(config: ScheduledQuery, path: string): Promise<Relation> {
    const read = relationAt(path);
    const place = placeOf(path);
    if (read.is === "table") {
      this.require(config, place, READ_ROWS);
      return this.bigQuery.rows(read.dataset, read.table);
    }
    this.require(config, place, [...SEE_TABLES, ...(own(ALSO_NEEDED, read.view) ?? [])]);
    return metadataRows(this.bigQuery, read.dataset, read.view);
  }

  /** @throws GoogleError for a dataset that is not there, or elsewhere, and where the account may not do that in it */
  private require(
    config: ScheduledQuery,
    { path, projectId, datasetId }: MetadataView,
    permissions: readonly string[],
  ): void {
    const { project } = this.place;
    const dataset = project.datasets.get(datasetId);
    if (projectId !== config.projectId || dataset?.location.toLowerCase() !== config.location.toLowerCase()) {
      throw new GoogleError("NOT_FOUND", `Not found: ${path} was not found in location ${config.location}`);
    }
    for (const permission of permissions) {
      requirePermission(project, { caller: config.ownerEmail }, permission, datasetId);
    }
  }
}

function pathText({ project, dataset, table }: TablePath): string {
  return [project, dataset, table].join(".");
}

/** The dataset of a path. */
function placeOf(path: string): MetadataView {
  const [projectId = "", datasetId = ""] = path.split(".");
  return { path, projectId, datasetId };
}
