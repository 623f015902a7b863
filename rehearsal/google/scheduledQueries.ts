import type { BigQuery, TableMetadata } from "../bigquery/bigQuery";
import { metadataViews, queryMetadata } from "../bigquery/freshness";
import { isScript, runScript } from "../bigquery/viewMaker";
import { readViewStatement, type TablePath } from "../bigquery/viewStatement";
import { type QueryJob, READ_ROWS, readRelation, requireOn, SEE_TABLES } from "./datasetReads";
import { GoogleError } from "./errors";
import type { ScheduledQuery } from "./project";
import { LocalRuns, type Run, type RunOf, type RunPlace } from "./runs";

/** What a query's account needs in the project. Source: "Scheduling queries", required permissions. */
const QUERY_PERMISSIONS = ["bigquery.jobs.create"];

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
      this.require(config, view.path, SEE_TABLES);
      metadata.set(view.datasetId, await this.bigQuery.tables(view.datasetId));
    }
    const [row] = await queryMetadata(config.query, runTime, metadata);
    return Object.values(row ?? {}).join(", ");
  }

  /** Runs the script that makes the views. */
  private async makeViews(config: ScheduledQuery): Promise<string> {
    const made: string[] = [];
    await runScript(config.query, {
      relation: (path) => readRelation(this.place.project, this.bigQuery, jobOf(config), path),
      execute: async (sql) => {
        const statement = readViewStatement(sql);
        const { view, from } = statement;
        this.require(config, pathText(view), MAKE_VIEWS);
        this.require(config, pathText(from), this.neededUnder(view, from));
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

  private require(config: ScheduledQuery, path: string, permissions: readonly string[]): void {
    requireOn(this.place.project, jobOf(config), path, permissions);
  }
}

function jobOf({ ownerEmail: caller, projectId, location }: ScheduledQuery): QueryJob {
  return { caller, projectId, location };
}

function pathText({ project, dataset, table }: TablePath): string {
  return [project, dataset, table].join(".");
}
