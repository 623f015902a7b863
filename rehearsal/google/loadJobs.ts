import { own } from "../../contract/own";
import type { BigQuery } from "../bigquery/bigQuery";
import { BigQueryError } from "../bigquery/errors";
import { type GoogleCall, refuseUnknown, requirePermission, requireProject } from "./calls";
import { GoogleError } from "./errors";
import type { GoogleProject } from "./project";

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
  private readonly jobs = new Map<string, { readonly owner: string; readonly resource: object }>();

  constructor(
    private readonly project: GoogleProject,
    private readonly bigQuery: BigQuery,
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
    const status = { state: "DONE", ...(error && { errorResult: error }) };
    const resource = { kind: "bigquery#job", jobReference, configuration, status };
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
