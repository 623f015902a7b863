import { randomUUID } from "node:crypto";
import { FunctionError } from "../../errors";
import type { LandingTable } from "../ports";
import { awaitJob, BIGQUERY_ROOT, tableUrl } from "./bigQuery";
import type { GoogleCall, GoogleClient } from "./client";
import { at, listAt } from "./failures";

/** Source: REST resources "DatasetReference" and "TableReference" of BigQuery: no other sign, so no quote either. */
const DATASET_ID = /^\w{1,1024}$/;
const TABLE_ID = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u;

/** Milliseconds that the service holds its answer back for the statement's end: less than an answer may take. */
const STATEMENT_PATIENCE = 5_000;

function checkTable(dataset: string, table: string): void {
  if (DATASET_ID.test(dataset) && TABLE_ID.test(table)) return;
  throw new FunctionError(
    "GoogleCallError",
    `"${dataset}.${table}" is no name of a BigQuery table. A dataset's name has letters a to z, ` +
      "digits and underscores; a table's has letters, digits, underscores, hyphens and spaces.",
    false,
  );
}

/** Tables that transfers load. Source: "BigQuery API", REST reference v2: tables.get, jobs.query, jobs.get. */
export class LandingTables {
  constructor(private readonly client: GoogleClient) {}

  /** Deletes all rows of a table; does nothing to a table without rows, or without a schema, which never was loaded. */
  async emptyTable(dataset: string, table: string): Promise<"emptied" | "wasEmpty"> {
    checkTable(dataset, table);
    const metadata = await this.client.call(this.lookAt(dataset, table));
    const hasSchema = listAt(metadata, "schema", "fields").length > 0;
    if (!hasSchema || at(metadata, "numRows") === "0") return "wasEmpty";
    await this.truncate(dataset, table);
    return "emptied";
  }

  /** @throws GoogleCallError also for an answer without the number of rows, which BigQuery gives of every table */
  async describeTable(dataset: string, table: string): Promise<LandingTable> {
    checkTable(dataset, table);
    const call = this.lookAt(dataset, table);
    const metadata = await this.client.call(call);
    // 64-bit integers are strings in JSON.
    const [rows, modified] = [at(metadata, "numRows"), at(metadata, "lastModifiedTime")].map((it) =>
      typeof it === "string" ? Number(it) : Number.NaN,
    ) as [number, number];
    if (!Number.isSafeInteger(rows)) throw this.client.misunderstood(call, "numRows is no number");
    const columns = listAt(metadata, "schema", "fields").length;
    return { rows, columns, ...(!Number.isNaN(modified) && { lastModified: new Date(modified) }) };
  }

  private lookAt(dataset: string, table: string): GoogleCall {
    const { project } = this.client.place;
    return {
      operation: "tables.get",
      subject: `table ${dataset}.${table}`,
      permission: `bigquery.tables.get on dataset ${dataset}`,
      absent: `There is no table ${dataset}.${table} in project ${project}. Deploy the stack again, which makes it.`,
      url: tableUrl(project, dataset, table),
    };
  }

  private async truncate(dataset: string, table: string): Promise<void> {
    const { project, location } = this.client.place;
    const call: GoogleCall = {
      operation: "jobs.query",
      subject: `TRUNCATE TABLE ${dataset}.${table}`,
      permission: `bigquery.jobs.create on project ${project} and bigquery.tables.updateData on dataset ${dataset}`,
      absent:
        `There is no table ${dataset}.${table} in project ${project} at ${location}, so nothing was emptied. Deploy the ` +
        "stack again.",
      url: new URL(`${BIGQUERY_ROOT}projects/${project}/queries`),
      body: {
        query: `TRUNCATE TABLE \`${project}.${dataset}.${table}\``,
        useLegacySql: false,
        location,
        // The same for all attempts: within 15 minutes a repeated request is answered with the first one's result.
        requestId: randomUUID(),
        timeoutMs: STATEMENT_PATIENCE,
      },
    };
    const answer = await this.client.call(call);
    // `errors` may be warnings only; the job's status says which.
    if (at(answer, "jobComplete") === true && listAt(answer, "errors").length === 0) return;
    const job = at(answer, "jobReference", "jobId");
    await awaitJob(this.client, call, job, "the table may be emptied still");
  }
}
