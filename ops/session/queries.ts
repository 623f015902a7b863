import { randomUUID } from "node:crypto";
import { BIGQUERY_ROOT } from "../../functions/loader/google/bigQuery";
import type { GoogleCall, GoogleClient } from "../../functions/loader/google/client";
import type { KnownCall } from "../../functions/loader/google/explanations";
import { at, listAt } from "../../functions/loader/google/failures";

/** Milliseconds that the service holds an answer back for the query's end: less than an answer may take. */
const PATIENCE = 5_000;

/** What a query reads, and the right that it takes. */
export type QueriedThing = Pick<KnownCall, "subject" | "permission">;

/** A row by the names of its columns, each as BigQuery's JSON has it. */
export type QueriedRow = Readonly<Record<string, string | null>>;

function queryCall({ place }: GoogleClient, thing: QueriedThing, query: string, more: object): GoogleCall {
  const { project, location } = place;
  return {
    ...thing,
    operation: "jobs.query",
    absent: "",
    url: new URL(`${BIGQUERY_ROOT}projects/${project}/queries`),
    // The same request id for all attempts: a repeated request is answered with the first one's result.
    body: { query, useLegacySql: false, location, requestId: randomUUID(), ...more },
  };
}

function readRows(page: unknown): QueriedRow[] {
  const names = listAt(page, "schema", "fields").map((field) => String(at(field, "name")));
  return listAt(page, "rows").map((row) => {
    const values = listAt(row, "f").map((cell) => at(cell, "v"));
    return Object.fromEntries(
      names.map((name, index) => [name, typeof values[index] === "string" ? values[index] : null]),
    );
  });
}

/**
 * Runs a query and waits for its end. Source: "BigQuery API", REST reference v2: jobs.query, jobs.getQueryResults.
 * @throws GoogleCallError
 */
export async function rowsOf(
  client: GoogleClient,
  thing: QueriedThing,
  query: string,
): Promise<QueriedRow[]> {
  const call = queryCall(client, thing, query, { timeoutMs: PATIENCE });
  const { project, location } = client.place;
  const rows: QueriedRow[] = [];
  for (let page = await client.call(call); ; ) {
    const isThere = at(page, "jobComplete") === true;
    if (isThere) rows.push(...readRows(page));
    const token = at(page, "pageToken");
    if (isThere && typeof token !== "string") return rows;
    const jobId = at(page, "jobReference", "jobId");
    if (typeof jobId !== "string") throw client.misunderstood(call, "it names no job");
    const url = new URL(`${BIGQUERY_ROOT}projects/${project}/queries/${encodeURIComponent(jobId)}`);
    url.searchParams.set("location", location);
    url.searchParams.set("timeoutMs", String(PATIENCE));
    if (isThere && typeof token === "string") url.searchParams.set("pageToken", token);
    page = await client.call({ ...call, operation: "jobs.getQueryResults", url, body: undefined });
  }
}

/**
 * Bytes that a query reads, by a dry run.
 * @throws GoogleCallError
 */
export async function bytesOf(client: GoogleClient, thing: QueriedThing, query: string): Promise<number> {
  const call = queryCall(client, thing, query, { dryRun: true });
  const bytes = Number(at(await client.call(call), "totalBytesProcessed") ?? Number.NaN);
  if (!Number.isSafeInteger(bytes)) throw client.misunderstood(call, "totalBytesProcessed is no number");
  return bytes;
}
