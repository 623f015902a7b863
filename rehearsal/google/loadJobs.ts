import { own } from "../../contract/own";
import type { BigQuery } from "../bigquery/bigQuery";
import { BigQueryError } from "../bigquery/errors";
import { type GoogleCall, page, refuseUnknown, requirePermission, requireProject } from "./calls";
import { GoogleError } from "./errors";
import { lastPart } from "./logs";
import { partialResponse } from "./partialResponse";
import type { GoogleProject, TransferConfig } from "./project";

/** What the local service understands of a load job: it replaces a day of a partitioned table by lines of JSON. */
interface JobBody {
  readonly jobReference: { readonly projectId: string; readonly location: string; readonly jobId: string };
  readonly configuration: {
    readonly load: {
      readonly destinationTable: {
        readonly projectId: string;
        readonly datasetId: string;
        readonly tableId: string;
      };
      readonly [option: string]: unknown;
    };
  };
}

/** A job as the API shows it, as far as something here reads it. Source: Job (REST reference). */
export interface JobResource {
  readonly jobReference: { readonly projectId: string; readonly jobId: string; readonly location: string };
  readonly configuration: object;
  /** 64-bit integers are strings in JSON. */
  readonly statistics: { readonly creationTime: string; readonly load?: Readonly<Record<string, string>> };
  readonly status: { readonly state: "DONE"; readonly errorResult?: object };
}

/** The job that a run of a transfer has loaded its table by, in the customer's project. */
export function transferJob(
  run: string,
  { projectId, location, datasetId, params }: TransferConfig,
  created: Date,
  load: Readonly<Record<string, number>>,
): JobResource {
  return {
    jobReference: { projectId, jobId: `bqts_${lastPart(run)}`, location },
    configuration: {
      jobType: "LOAD",
      load: {
        destinationTable: { projectId, datasetId, tableId: params.destination_table_name_template },
        sourceFormat: params.file_format,
        writeDisposition: params.write_disposition,
      },
    },
    statistics: {
      creationTime: String(created.getTime()),
      load: Object.fromEntries(Object.entries(load).map(([name, value]) => [name, String(value)])),
    },
    status: { state: "DONE" },
  };
}

/** The one list that the local service knows: everybody's jobs that are done, between two instants. */
const LIST = { allUsers: "true", projection: "full", stateFilter: "done" } as const;
const LIST_PARAMETERS = [
  ...Object.keys(LIST),
  "minCreationTime",
  "maxCreationTime",
  "maxResults",
  "pageToken",
  "fields",
];

const OPTIONS: Readonly<Record<string, string>> = {
  sourceFormat: "NEWLINE_DELIMITED_JSON",
  createDisposition: "CREATE_NEVER",
  writeDisposition: "WRITE_TRUNCATE",
};
/** Source: "Load data into BigQuery", required permissions. */
const NEEDED = ["create", "get", "update", "updateData"].map((it) => `bigquery.tables.${it}`);
const PARTITION = /^([^$]+)\$(\d{4})(\d\d)(\d\d)$/;

/** The two parts of a `multipart/related` body: JSON, and a file. */
export function multipart(
  body: Buffer,
  contentType: string,
): { json: Record<string, unknown>; file: string } {
  const [, boundary] = /^multipart\/related; *boundary="?([^";]+)"?$/.exec(contentType) ?? [];
  const parts = boundary === undefined ? [] : body.toString("utf8").split(`--${boundary}`);
  const contents = parts.slice(1, -1).map((it) => it.replace(/^.*?\r\n\r\n/s, "").replace(/\r\n$/, ""));
  const [json, file] = contents;
  if (contents.length !== 2 || json === undefined || file === undefined || parts.at(-1)?.trim() !== "--") {
    throw new GoogleError("INVALID_ARGUMENT", "The upload is no multipart/related body of JSON and a file");
  }
  return { json: JSON.parse(json) as Record<string, unknown>, file };
}

/** Load jobs: each is done when it is asked for, and answers for itself for as long as the rehearsal lasts. */
export class LocalLoadJobs {
  private readonly jobs = new Map<string, { readonly owner: string; readonly resource: JobResource }>();

  constructor(
    private readonly project: GoogleProject,
    private readonly bigQuery: BigQuery,
    /** Jobs that Data Transfer Service has run. */
    private readonly transferJobs: () => readonly JobResource[] = () => [],
  ) {}

  /** jobs.insert with a file. */
  async insert(call: GoogleCall, projectId: string, now: Date): Promise<object> {
    const { project } = this;
    refuseUnknown(
      [...call.query.keys()].filter((key) => key !== "uploadType"),
      call.path,
    );
    requireProject(project, projectId);
    requirePermission(project, call, "bigquery.jobs.create");
    const { jobReference, configuration } = call.body as unknown as JobBody;
    const { destinationTable, ...options } = configuration.load;
    const { datasetId, tableId } = destinationTable;
    refuseUnknown(
      Object.keys(options).filter((key) => own(options, key) !== own(OPTIONS, key)),
      call.path,
    );
    for (const permission of NEEDED) requirePermission(project, call, permission, datasetId);
    if (project.datasets.get(datasetId)?.location !== jobReference.location) {
      throw new GoogleError(
        "NOT_FOUND",
        `Not found: Dataset ${datasetId} in location ${jobReference.location}`,
      );
    }
    if (this.jobs.has(jobReference.jobId)) {
      throw new GoogleError("ALREADY_EXISTS", `Already Exists: Job ${jobReference.jobId}`);
    }
    const error = await this.run(datasetId, tableId, call.media ?? "", now);
    const status = { state: "DONE" as const, ...(error && { errorResult: error }) };
    const statistics = { creationTime: String(now.getTime()) };
    const resource = { kind: "bigquery#job", jobReference, configuration, statistics, status };
    this.jobs.set(jobReference.jobId, { owner: call.caller, resource });
    return resource;
  }

  /** jobs.get: who has made a job may always see it. */
  get(call: GoogleCall, projectId: string, jobId: string): object {
    refuseUnknown(
      [...call.query.keys()].filter((key) => key !== "location"),
      call.path,
    );
    requireProject(this.project, projectId);
    const job = this.jobs.get(jobId);
    if (job === undefined) throw new GoogleError("NOT_FOUND", `Not found: Job ${jobId}`);
    if (job.owner !== call.caller) requirePermission(this.project, call, "bigquery.jobs.get");
    return job.resource;
  }

  /** jobs.list over everybody's jobs, newest first. Queries are jobs of others here, and not kept. */
  list(call: GoogleCall, projectId: string): unknown {
    const { project } = this;
    const { query, path } = call;
    const isKnown = (name: string) =>
      LIST_PARAMETERS.includes(name) && (own(LIST, name) ?? query.get(name)) === query.get(name);
    refuseUnknown(
      [...new Set([...Object.keys(LIST), ...query.keys()])].filter((name) => !isKnown(name)),
      path,
    );
    requireProject(project, projectId);
    requirePermission(project, call, "bigquery.jobs.listAll");
    const from = Number(query.get("minCreationTime") ?? 0);
    const until = Number(query.get("maxCreationTime") ?? Number.POSITIVE_INFINITY);
    const created = ({ statistics }: JobResource) => Number(statistics.creationTime);
    const all = [...this.transferJobs(), ...[...this.jobs.values()].map(({ resource }) => resource)]
      .filter((it) => created(it) >= from && created(it) <= until)
      .sort((one, other) => created(other) - created(one));
    const { items, ...next } = page(all, call, "maxResults");
    const jobs = items.map((it) => {
      const { jobId, location } = it.jobReference;
      return { kind: "bigquery#job", id: `${projectId}:${location}.${jobId}`, state: it.status.state, ...it };
    });
    const answer = { kind: "bigquery#jobList", ...(jobs.length > 0 && { jobs }), ...next };
    return partialResponse(answer, query.get("fields") ?? undefined);
  }

  private async run(
    datasetId: string,
    tableId: string,
    lines: string,
    now: Date,
  ): Promise<object | undefined> {
    const [, table = tableId, year, month, day] = PARTITION.exec(tableId) ?? [];
    const registered = this.project.tables.find((it) => it.datasetId === datasetId && it.tableId === table);
    try {
      if (registered?.partitioned === undefined || day === undefined) {
        throw new BigQueryError("invalid", `${datasetId}.${tableId} is no day of a partitioned table`);
      }
      const { fields, by } = registered.partitioned;
      await this.bigQuery.replaceDay(
        { dataset: datasetId, table, fields, by },
        `${year}-${month}-${day}`,
        lines,
        now,
      );
      return undefined;
    } catch (error) {
      if (error instanceof BigQueryError) return { reason: error.reason, message: error.message };
      throw error;
    }
  }
}
