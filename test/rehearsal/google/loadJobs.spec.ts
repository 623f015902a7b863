// The local BigQuery's load jobs as the REST reference has them, as far as the loader's journal needs them.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { type BigQuery, openBigQuery } from "../../../rehearsal/bigquery/bigQuery";
import type { TableField } from "../../../rehearsal/bigquery/jsonRows";
import { query } from "../../../rehearsal/databases/duckDb";
import type { GoogleCall } from "../../../rehearsal/google/calls";
import { type JobResource, LocalLoadJobs, multipart, transferJob } from "../../../rehearsal/google/loadJobs";
import { GoogleProject, type TransferConfig } from "../../../rehearsal/google/project";

const LOADER = "loads@p";
const WRITER = "projects/p/roles/writer";
const NOW = new Date("2025-02-17T21:10:00Z");
const FIELDS: TableField[] = [
  { name: "day", type: "DATE", mode: "REQUIRED" },
  { name: "slot", type: "STRING", mode: "REQUIRED" },
  { name: "files", type: "INTEGER", mode: "NULLABLE" },
  { name: "ended", type: "TIMESTAMP", mode: "NULLABLE" },
];
const LOAD = {
  sourceFormat: "NEWLINE_DELIMITED_JSON",
  createDisposition: "CREATE_NEVER",
  writeDisposition: "WRITE_TRUNCATE",
};
const ROW = { day: "2025-02-18", slot: "2025021806", files: 3, ended: "2025-02-17T21:05:00.000Z" };

describe("load jobs", () => {
  let folder: string;
  let bigQuery: BigQuery;
  let project: GoogleProject;
  let jobs: LocalLoadJobs;
  let count = 0;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "load-jobs-"));
    bigQuery = await openBigQuery(join(folder, "bigquery.duckdb"));
    project = new GoogleProject();
    project.ids.add("p");
    project.customRoles.set("projects/p/roles/jobs", ["bigquery.jobs.create"]);
    project.customRoles.set(WRITER, [
      "bigquery.tables.create",
      "bigquery.tables.get",
      "bigquery.tables.update",
      "bigquery.tables.updateData",
    ]);
    project.bindings.set("projects/p/roles/jobs", new Set([`serviceAccount:${LOADER}`]));
    const access = [{ role: WRITER, who: LOADER }];
    project.datasets.set("reports", { id: "reports", location: "US", access });
    const partitioned = { fields: FIELDS, by: "day" };
    project.tables.push({ datasetId: "reports", tableId: "loads", partitioned });
    project.tables.push({ datasetId: "reports", tableId: "landing" });
    await bigQuery.createDataset("reports");
    await bigQuery.createPartitionedTable({ dataset: "reports", table: "loads", ...partitioned }, NOW);
    await bigQuery.createTable("reports", "landing");
    jobs = new LocalLoadJobs(project, bigQuery);
  });

  afterEach(async () => {
    await bigQuery.close();
    await rm(folder, { recursive: true });
  });

  function call(tableId: string, media: string, load: object = LOAD, location = "US"): GoogleCall {
    const destinationTable = { projectId: "p", datasetId: "reports", tableId };
    return {
      method: "POST",
      path: "/upload/bigquery/v2/projects/p/jobs",
      query: new URLSearchParams({ uploadType: "multipart" }),
      body: {
        jobReference: { projectId: "p", location, jobId: `job-${++count}` },
        configuration: { load: { destinationTable, ...load } },
      },
      media,
      caller: LOADER,
    };
  }

  function lines(...rows: object[]): string {
    return rows.map((it) => `${JSON.stringify(it)}\n`).join("");
  }

  /** What a job says of its end. */
  async function run(tableId: string, media: string): Promise<unknown> {
    await jobs.insert(call(tableId, media), "p", NOW);
    const look = { ...call("", ""), method: "GET", query: new URLSearchParams({ location: "US" }) };
    const { status } = jobs.get(look, "p", `job-${count - 1}`) as { status: unknown };
    return status;
  }

  async function slots(): Promise<unknown[]> {
    await bigQuery.close();
    const instance = await DuckDBInstance.create(join(folder, "bigquery.duckdb"));
    const connection = await instance.connect();
    const rows = await query(connection, "FROM reports.loads ORDER BY slot");
    connection.closeSync();
    instance.closeSync();
    bigQuery = await openBigQuery(join(folder, "bigquery.duckdb"));
    return rows;
  }

  it("replace the rows of a day, and leave those of others", async () => {
    const before = { day: "2025-02-17", slot: "2025021706" };
    assert.deepEqual(await run("loads$20250217", lines(before)), { state: "DONE" });
    assert.deepEqual(await run("loads$20250218", lines(ROW, { ...ROW, slot: "2025021807" })), {
      state: "DONE",
    });
    assert.deepEqual(await run("loads$20250218", lines(ROW)), { state: "DONE" });
    assert.deepEqual(await slots(), [
      { ...before, files: null, ended: null },
      { ...ROW, files: "3", ended: "2025-02-17 21:05:00" },
    ]);
    const { rows, columns } = await bigQuery.describe("reports", "loads");
    assert.equal(rows, 2);
    assert.deepEqual(columns[2], { name: "files", type: "INT64" });
  });

  for (const [title, table, media, message] of [
    ["an unknown column", "loads$20250218", lines({ ...ROW, x: 1 }), /No such field: x\.$/],
    ["a missing value", "loads$20250218", lines({ day: ROW.day }), /Missing required field: slot\.$/],
    ["a value that does not fit", "loads$20250218", lines({ ...ROW, files: "many" }), /'many' as INTEGER/],
    ["a row of another day", "loads$20250217", lines(ROW), /^Some rows belong to different partitions/],
    ["no day", "loads", lines(ROW), /^reports.loads is no day of a partitioned table$/],
    ["a landing table", "landing$20250218", lines(ROW), /is no day of a partitioned table$/],
  ] as const) {
    it(`refuse ${title}, and leave the rows as they are`, async () => {
      await run("loads$20250218", lines(ROW));
      const status = (await run(table, media)) as { errorResult: { reason: string; message: string } };
      assert.equal(status.errorResult.reason, "invalid");
      assert.match(status.errorResult.message, message);
      assert.equal((await slots()).length, 1);
    });
  }

  it("say that a table is gone", async () => {
    await bigQuery.drop("reports", "loads");
    assert.deepEqual(await run("loads$20250218", lines(ROW)), {
      state: "DONE",
      errorResult: { reason: "notFound", message: "Not found: Table reports.loads" },
    });
  });

  it("are refused with other options, elsewhere, and twice", async () => {
    const insert = (it: GoogleCall) => jobs.insert(it, "p", NOW);
    const others = { ...LOAD, writeDisposition: "WRITE_APPEND" };
    await assert.rejects(insert(call("loads$20250218", "", others)), { status: "INVALID_ARGUMENT" });
    await assert.rejects(insert(call("loads$20250218", "", LOAD, "EU")), { status: "NOT_FOUND" });
    const once = call("loads$20250218", lines(ROW));
    await insert(once);
    await assert.rejects(insert(once), { status: "ALREADY_EXISTS" });
  });

  for (const permission of ["create", "get", "update", "updateData"]) {
    it(`need bigquery.tables.${permission}`, async () => {
      const all = project.customRoles.get(WRITER) ?? [];
      project.customRoles.set(
        WRITER,
        all.filter((it) => it !== `bigquery.tables.${permission}`),
      );
      await assert.rejects(jobs.insert(call("loads$20250218", lines(ROW)), "p", NOW), {
        status: "PERMISSION_DENIED",
      });
    });
  }

  it("are seen by who has made them", async () => {
    await run("loads$20250218", lines(ROW));
    const look = { ...call("", ""), query: new URLSearchParams(), caller: "other@p" };
    assert.throws(() => jobs.get(look, "p", `job-${count - 2}`), { status: "PERMISSION_DENIED" });
    assert.throws(() => jobs.get(look, "p", "unknown"), { status: "NOT_FOUND" });
  });

  describe("are listed", () => {
    const RUN = "projects/1/locations/US/transferConfigs/c/runs/r";
    const CONFIG = {
      projectId: "p",
      location: "US",
      datasetId: "prod_shop",
      params: {
        destination_table_name_template: "users",
        file_format: "PARQUET",
        write_disposition: "WRITE_TRUNCATE",
      },
    } as unknown as TransferConfig;
    const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
    let ofTransfers: JobResource[];

    beforeEach(() => {
      const figures = { inputFiles: 2, inputFileBytes: 10, outputRows: 7, badRecords: 0 };
      ofTransfers = [5, 9].map((second) => transferJob(`${RUN}${second}`, CONFIG, at(second), figures));
      jobs = new LocalLoadJobs(project, bigQuery, () => ofTransfers);
      project.customRoles.set("projects/p/roles/jobs", ["bigquery.jobs.create", "bigquery.jobs.listAll"]);
    });

    function list(more: Record<string, string> = {}, caller = LOADER) {
      const query = new URLSearchParams({
        allUsers: "true",
        projection: "full",
        stateFilter: "done",
        ...more,
      });
      const answer = jobs.list({ method: "GET", path: "/jobs", query, body: {}, caller }, "p");
      return answer as { jobs?: { id: string }[]; nextPageToken?: string };
    }

    function ids(more: Record<string, string> = {}): string[] {
      return (list(more).jobs ?? []).map(({ id }) => id);
    }

    it("whoever has made them, the newest first, with what they say of themselves", async () => {
      await jobs.insert(call("loads$20250218", lines(ROW)), "p", at(7));
      assert.deepEqual(ids(), ["p:US.bqts_r9", `p:US.job-${count}`, "p:US.bqts_r5"]);
      const [newest] = list().jobs ?? [];
      assert.deepEqual(newest, {
        kind: "bigquery#job",
        id: "p:US.bqts_r9",
        state: "DONE",
        jobReference: { projectId: "p", jobId: "bqts_r9", location: "US" },
        configuration: {
          jobType: "LOAD",
          load: {
            destinationTable: { projectId: "p", datasetId: "prod_shop", tableId: "users" },
            sourceFormat: "PARQUET",
            writeDisposition: "WRITE_TRUNCATE",
          },
        },
        statistics: {
          creationTime: String(at(9).getTime()),
          load: { inputFiles: "2", inputFileBytes: "10", outputRows: "7", badRecords: "0" },
        },
        status: { state: "DONE" },
      });
    });

    it("of a time, page by page, and in part", () => {
      const [first, last] = [5, 9].map((second) => at(second).getTime());
      const between = (from = 0, until = 0) =>
        ids({ minCreationTime: `${from}`, maxCreationTime: `${until}` });
      assert.deepEqual(between(first, last), ["p:US.bqts_r9", "p:US.bqts_r5"]);
      assert.deepEqual(between(first, (last ?? 0) - 1), ["p:US.bqts_r5"]);
      assert.deepEqual(between((first ?? 0) + 1, last), ["p:US.bqts_r9"]);
      const page = list({ maxResults: "1" });
      assert.deepEqual([page.jobs?.length, page.nextPageToken], [1, "1"]);
      const rest = list({ maxResults: "1", pageToken: "1", fields: "nextPageToken,jobs/id" });
      assert.deepEqual(rest, { jobs: [{ id: "p:US.bqts_r5" }] });
      ofTransfers = [];
      assert.deepEqual(list(), { kind: "bigquery#jobList" });
    });

    it("to those alone who may see everybody's", () => {
      assert.throws(() => list({}, "other@p"), {
        status: "PERMISSION_DENIED",
        message: "Access Denied: other@p lacks bigquery.jobs.listAll in the project",
      });
    });

    for (const [name, value] of [
      ["allUsers", "false"],
      ["projection", "minimal"],
      ["stateFilter", "running"],
      ["x", "1"],
    ] as const) {
      it(`and not with ${name}=${value}`, () => {
        assert.throws(() => list({ [name]: value }), { status: "INVALID_ARGUMENT" });
      });
    }
  });

  it("read the two parts of an upload", () => {
    const body =
      '--b\r\ncontent-type: application/json\r\n\r\n{"a":1}\r\n--b\r\nx: y\r\n\r\nl1\r\nl2\n\r\n--b--';
    assert.deepEqual(multipart(Buffer.from(body), "multipart/related; boundary=b"), {
      json: { a: 1 },
      file: "l1\r\nl2\n",
    });
    for (const [text, type] of [
      [body, "application/json"],
      [body.replace("--b--", ""), "multipart/related; boundary=b"],
      ["--b\r\n\r\n{}\r\n--b--", "multipart/related; boundary=b"],
    ] as const) {
      assert.throws(() => multipart(Buffer.from(text), type), { status: "INVALID_ARGUMENT" });
    }
  });
});
