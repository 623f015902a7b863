import { createHash } from "node:crypto";
import { lastLoadsQuery } from "../../contract/lastLoads";
import { own } from "../../contract/own";
import { castsQuery } from "../../contract/typedColumns";
import type { BigQuery } from "../bigquery/bigQuery";
import { queriedRelation, type Relation } from "../bigquery/queriedRelations";
import { tableRead } from "../bigquery/viewStatement";
import { type GoogleCall, refuseUnknown, requirePermission, requireProject } from "./calls";
import { type QueryJob, READ_ROWS, readRelation, requireOn } from "./datasetReads";
import { GoogleError } from "./errors";
import type { GoogleProject } from "./project";

/** `` `project.dataset.table` `` or `` `project`.`dataset`.`table` ``. */
const TRUNCATE = /^TRUNCATE TABLE `([^`.]+)`?\.`?([^`.]+)`?\.`?([^`.]+)`;?$/;
const COUNTS = /^SELECT COUNT\(`/;
/** What `castsQuery` was given. */
const CASTS =
  /`([\w-]+)\.(\w+)\.INFORMATION_SCHEMA\.COLUMNS`\s+WHERE table_name IN \('([\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+)'\)/u;
const JOURNAL = /`[\w-]+\.(\w+)\.columns`/;
/** What `lastLoadsQuery` was given. */
const LAST_LOADS = /`([\w-]+)\.(\w+)\.loads`\s+WHERE day >= DATE '([\d-]+)'/;
const FIELDS = ["query", "useLegacySql", "location", "timeoutMs", "requestId"];
/** Types as the REST API names them, by DuckDB's. */
const TYPES = new Map([
  ["VARCHAR", "STRING"],
  ["BIGINT", "INTEGER"],
]);

/** What TRUNCATE TABLE needs on the table: it, and its rows ("DML statements", required permissions). */
const TRUNCATING = ["bigquery.tables.get", "bigquery.tables.updateData"];

/** True for the text of `castsQuery` alone: DuckDB would run any other too, and not as BigQuery does. */
function isCastsQuery(sql: string): boolean {
  const [, project = "", dataset = "", table = ""] = CASTS.exec(sql) ?? [];
  const [, journalDataset] = JOURNAL.exec(sql) ?? [];
  return (["mysql", "postgresql"] as const).some((engine) =>
    [true, false].some((tinyintAsBool) => {
      const types = {
        project,
        engine,
        tinyintAsBool,
        ...(journalDataset !== undefined && { journalDataset }),
      };
      return castsQuery(types, dataset, table) === sql;
    }),
  );
}

/** Rows as the REST API has them: every value is a text. */
function rowsOf({ columns, rows }: Relation): object {
  const names = Object.keys(columns);
  return {
    schema: { fields: Object.entries(columns).map(([name, type]) => ({ name, type: TYPES.get(type) })) },
    totalRows: String(rows.length),
    rows: rows.map((row) => ({ f: names.map((name) => ({ v: own(row, name) ?? null })) })),
  };
}

/** Runs a statement. @returns what is in the answer beside the job */
async function run(
  { body, caller }: GoogleCall,
  project: GoogleProject,
  bigQuery: BigQuery,
  projectId: string,
  now: Date,
): Promise<object> {
  const sql = String(body.query);
  const job: QueryJob = { caller, projectId, location: String(body.location) };
  const [, ...truncated] = TRUNCATE.exec(sql) ?? [];
  if (truncated.length > 0) {
    const [, dataset = "", table = ""] = truncated;
    requireOn(project, job, truncated.join("."), TRUNCATING);
    await bigQuery.truncate(dataset, table, now);
    return { totalBytesProcessed: "0" };
  }
  if (COUNTS.test(sql)) {
    const from = tableRead(sql);
    requireOn(project, job, [from.project, from.dataset, from.table].join("."), READ_ROWS);
    const { bytes, ...counts } = await bigQuery.views.answer(sql);
    return { totalBytesProcessed: String(bytes), ...(body.dryRun !== true && rowsOf(counts)) };
  }
  if (isCastsQuery(sql)) {
    return rowsOf(await queriedRelation(sql, (path) => readRelation(project, bigQuery, job, path)));
  }
  const [, lastProject = "", lastDataset = "", from = ""] = LAST_LOADS.exec(sql) ?? [];
  if (sql === lastLoadsQuery(lastProject, lastDataset, from)) {
    requireOn(project, job, `${lastProject}.${lastDataset}.loads`, READ_ROWS);
    return rowsOf(await bigQuery.answer(sql, lastDataset, "loads"));
  }
  throw new GoogleError(
    "INVALID_ARGUMENT",
    `The local BigQuery knows TRUNCATE TABLE and the queries of \`casts\` and \`status\` alone, not ${sql}`,
  );
}

/**
 * jobs.query: TRUNCATE TABLE of the loader, and the queries of `npm run ops -- casts` and `status`. Each is done when it is asked for.
 * @throws GoogleError for any other, and for a caller without the permissions that it needs; BigQueryError
 */
export async function runQuery(
  call: GoogleCall,
  project: GoogleProject,
  bigQuery: BigQuery,
  projectId: string,
  now: Date,
): Promise<unknown> {
  const { body, path } = call;
  const known = COUNTS.test(String(body.query)) ? [...FIELDS, "dryRun"] : FIELDS;
  refuseUnknown([...call.query.keys(), ...Object.keys(body).filter((key) => !known.includes(key))], path);
  requireProject(project, projectId);
  requirePermission(project, call, "bigquery.jobs.create");
  // Legacy SQL, the default of the API, has none of them.
  if (body.useLegacySql !== false) {
    throw new GoogleError("INVALID_ARGUMENT", "The local BigQuery knows no legacy SQL");
  }
  const answer = await run(call, project, bigQuery, projectId, now);
  const jobId = `job_${createHash("sha256").update(`${body.query} ${now.getTime()}`).digest("hex").slice(0, 27)}`;
  return {
    kind: "bigquery#queryResponse",
    // A dry run is no job that could be looked for.
    jobReference: { projectId, location: body.location, ...(body.dryRun !== true && { jobId }) },
    jobComplete: true,
    cacheHit: false,
    ...answer,
  };
}
