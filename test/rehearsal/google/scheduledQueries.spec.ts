// Scheduled queries as Data Transfer Service runs them: as their accounts, with those accounts' rights.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshnessQuery } from "../../../contract/freshnessQuery";
import { JOURNAL_FIELDS } from "../../../contract/journal";
import { viewMakerScript } from "../../../contract/typedViews";
import { type BigQuery, openBigQuery, type TableMetadata } from "../../../rehearsal/bigquery/bigQuery";
import { VirtualClock } from "../../../rehearsal/clock";
import { literal, openDuckDb } from "../../../rehearsal/databases/duckDb";
import { GoogleProject, type ScheduledQuery } from "../../../rehearsal/google/project";
import type { RunPlace } from "../../../rehearsal/google/runs";
import { LocalScheduledQueries } from "../../../rehearsal/google/scheduledQueries";
import { grantAgent, placeIn } from "./localProject";

const ACCOUNT = "freshness@p";
const CHECKER = "projects/p/roles/auroraFreshness.prod";
const LOADED = new Date("2025-02-17T21:02:00Z");
const NOW = new Date("2025-02-17T22:03:00Z");
const LATE =
  'Tables of dataset prod_shop are not of today, not written since 2025-02-18 06:00 Asia/Tokyo: orders. They show older rows, or none. A message from AWS may have told why. What to do: docs/runbook.md, "Tables are not of today"';

describe("a scheduled query", () => {
  let clock: VirtualClock;
  let project: GoogleProject;
  let place: RunPlace;
  let tables: Map<string, TableMetadata[]>;
  let service: LocalScheduledQueries;

  beforeEach(() => {
    clock = new VirtualClock(new Date("2025-02-17T20:00:00Z"));
    project = new GoogleProject();
    grantAgent(project, ACCOUNT);
    project.customRoles.set(CHECKER, ["bigquery.jobs.create"]);
    project.bindings.set(CHECKER, new Set([`serviceAccount:${ACCOUNT}`]));
    const location = "asia-northeast1";
    const viewer = { role: "roles/bigquery.metadataViewer", who: ACCOUNT };
    project.datasets.set("prod_shop", { id: "prod_shop", location, access: [viewer] });
    project.datasets.set("abroad", { id: "abroad", location: "US", access: [viewer] });
    tables = new Map([
      [
        "prod_shop",
        [
          { name: "orders", rows: 0 },
          { name: "users", rows: 1, written: LOADED },
        ],
      ],
    ]);
    const bigQuery = { tables: async (dataset: string) => tables.get(dataset) ?? [] };
    place = placeIn(project, clock);
    service = new LocalScheduledQueries(place, bigQuery as unknown as BigQuery);
  });

  function config(changes: Partial<ScheduledQuery> = {}): ScheduledQuery {
    const query = freshnessQuery({
      project: "p",
      dataset: "prod_shop",
      tables: [{ destination: "orders" }, { destination: "users" }],
      timeZone: "Asia/Tokyo",
      begins: { hour: 6, minute: 0 },
    });
    return {
      name: "projects/42/locations/asia-northeast1/transferConfigs/freshness",
      dataSource: "scheduled_query",
      displayName: "prod_shop_freshness",
      projectId: "p",
      location: "asia-northeast1",
      schedule: "every day 22:03",
      automatic: true,
      disabled: false,
      ownerEmail: ACCOUNT,
      params: { query },
      query,
      ...changes,
    };
  }

  async function run(it = config()): Promise<[string, string]> {
    await clock.runUntil(NOW);
    const { state, message } = await service.run(it, NOW);
    return [state, message];
  }

  it("succeeds while every table is of today", async () => {
    tables.set("prod_shop", [
      { name: "orders", rows: 1, written: LOADED },
      { name: "users", rows: 1, written: LOADED },
    ]);
    assert.deepEqual(await run(), ["SUCCEEDED", "Every table of prod_shop is of today"]);
    assert.deepEqual(
      place.logging.entries.map((it) => [it.severity, it.resource.labels.config_id]),
      [
        ["INFO", "freshness"],
        ["INFO", "freshness"],
      ],
    );
  });

  it("fails with the sentence that the query raises", async () => {
    assert.deepEqual(await run(), ["FAILED", LATE]);
    assert.deepEqual(
      place.logging.entries.map((it) => [it.severity, it.jsonPayload.message]),
      [
        ["ERROR", LATE],
        ["ERROR", "Summary: succeeded 0 jobs, failed 1 jobs."],
      ],
    );
  });

  it("runs by hand, for a time that has come", async () => {
    await clock.runUntil(NOW);
    assert.equal((await service.startManualRun(config(), NOW)).message, LATE);
    await assert.rejects(service.startManualRun(config({ disabled: true }), NOW), {
      message: "prod_shop_freshness is disabled: no runs can be started",
    });
    await assert.rejects(service.startManualRun(config(), new Date(NOW.getTime() + 1)), {
      message: "requested_run_time 2025-02-17T22:03:00.001Z cannot include future time values",
    });
  });

  const denied: [string, () => void, string][] = [
    [
      "may create no jobs",
      () => project.customRoles.set(CHECKER, []),
      `Access Denied: ${ACCOUNT} lacks bigquery.jobs.create in the project`,
    ],
    [
      "is not the agent's to become",
      () => project.accountBindings.clear(),
      `Access Denied: the service agent lacks roles/iam.serviceAccountTokenCreator on ${ACCOUNT}`,
    ],
    [
      "may not see the tables",
      () => project.datasets.set("prod_shop", { id: "prod_shop", location: "asia-northeast1", access: [] }),
      `Access Denied: ${ACCOUNT} lacks bigquery.tables.get on the dataset prod_shop`,
    ],
  ];
  for (const [what, arrange, message] of denied) {
    it(`fails where its account ${what}`, async () => {
      arrange();
      assert.deepEqual(await run(), ["FAILED", message]);
    });
  }

  const elsewhere: [string, ScheduledQuery["query"], string][] = [
    [
      "a dataset that is not there",
      "SELECT 1 FROM `p.nothing.INFORMATION_SCHEMA.PARTITIONS`",
      "Not found: p.nothing.INFORMATION_SCHEMA.PARTITIONS was not found in location asia-northeast1",
    ],
    [
      "a dataset in another location",
      "SELECT 1 FROM `p.abroad.INFORMATION_SCHEMA.PARTITIONS`",
      "Not found: p.abroad.INFORMATION_SCHEMA.PARTITIONS was not found in location asia-northeast1",
    ],
    [
      "another project",
      "SELECT 1 FROM `q.prod_shop.INFORMATION_SCHEMA.PARTITIONS`",
      "Not found: q.prod_shop.INFORMATION_SCHEMA.PARTITIONS was not found in location asia-northeast1",
    ],
    [
      "rows",
      "SELECT * FROM `p.prod_shop.users`",
      "The local BigQuery reads metadata alone, not p.prod_shop.users",
    ],
  ];
  for (const [what, query, message] of elsewhere) {
    it(`fails on ${what}`, async () => {
      assert.deepEqual(await run(config({ query })), ["FAILED", message]);
    });
  }

  it("fails for a reason of Google's while there is one", async () => {
    service.fault = () => "Internal error";
    assert.deepEqual(await run(), ["FAILED", "Internal error"]);
  });
});

describe("the query that makes the views", () => {
  const MAKER = "views@p";
  const RUNNER = "projects/p/roles/auroraViewMaker.prod";
  const WRITER = "projects/p/roles/auroraViewWriter.prod";
  const READER = "projects/p/roles/auroraViewReader.prod";
  const SHARER = "projects/p/roles/auroraViewSharer.prod";
  const location = "asia-northeast1";
  let folder: string;
  let bigQuery: BigQuery;
  let project: GoogleProject;
  let service: LocalScheduledQueries;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "views-"));
    bigQuery = await openBigQuery(join(folder, "bigquery.duckdb"));
    project = new GoogleProject();
    grantAgent(project, MAKER);
    project.customRoles.set(RUNNER, ["bigquery.jobs.create"]);
    project.bindings.set(RUNNER, new Set([`serviceAccount:${MAKER}`]));
    const tables = (...actions: string[]) => actions.map((it) => `bigquery.tables.${it}`);
    const routines = ["bigquery.routines.get", "bigquery.routines.list"];
    project.customRoles.set(WRITER, [...tables("create", "get", "list", "update"), ...routines]);
    project.customRoles.set(READER, tables("get", "getData", "list"));
    project.customRoles.set(SHARER, ["bigquery.datasets.get", "bigquery.datasets.update"]);
    grant("prod_shop", READER, SHARER);
    grant("prod_shop_views", WRITER);
    grant("prod_aurora_reports", READER);
    const journal = { dataset: "prod_aurora_reports", table: "columns", by: "day" };
    for (const dataset of project.datasets.keys()) await bigQuery.createDataset(dataset);
    await bigQuery.createPartitionedTable({ ...journal, fields: JOURNAL_FIELDS.columns }, NOW);
    await bigQuery.replaceDay(
      { ...journal, fields: JOURNAL_FIELDS.columns },
      "2025-02-18",
      JSON.stringify({
        ...{ day: "2025-02-18", slot: "2025021804", dataset_id: "prod_shop", table_id: "users" },
        ...{ position: 1, column_name: "born", source_type: "date" },
      }),
      NOW,
    );
    await bigQuery.createTable("prod_shop", "users");
    await load("SELECT '2020-02-29' AS born");
    const clock = new VirtualClock(NOW);
    service = new LocalScheduledQueries(placeIn(project, clock), bigQuery);
  });

  afterEach(async () => {
    await bigQuery.close();
    await rm(folder, { recursive: true });
  });

  function grant(id: string, ...roles: string[]): void {
    const sharedWith = id === "prod_shop" ? ["prod_shop_views"] : [];
    project.datasets.set(id, {
      ...{ id, location, sharedWith },
      access: roles.map((role) => ({ role, who: MAKER })),
    });
  }

  async function load(select: string): Promise<void> {
    const file = join(folder, "users.parquet");
    const instance = await openDuckDb(":memory:");
    const connection = await instance.connect();
    await connection.run(`COPY (${select}) TO ${literal(file)} (FORMAT parquet)`);
    connection.closeSync();
    instance.closeSync();
    const destination = { dataset: "prod_shop", table: "users" };
    await bigQuery.load({ ...destination, files: [file], decimalTargetTypes: ["NUMERIC"], at: NOW });
  }

  async function run(): Promise<[string, string]> {
    const query = viewMakerScript({
      ...{ project: "p", engine: "mysql", journalDataset: "prod_aurora_reports" },
      datasets: [
        { dataset: "prod_shop", viewsDataset: "prod_shop_views", tables: [{ destination: "users" }] },
      ],
    });
    const { state, message } = await service.run(
      {
        name: "projects/42/locations/asia-northeast1/transferConfigs/views",
        ...{ dataSource: "scheduled_query", displayName: "prod_views", projectId: "p", location },
        ...{ schedule: "", automatic: false, disabled: false, ownerEmail: MAKER },
        ...{ params: { query }, query },
      },
      NOW,
    );
    return [state, message];
  }

  it("makes views over the tables, which show what a later load brings", async () => {
    assert.deepEqual(await run(), ["SUCCEEDED", "Made 1 views anew: users"]);
    assert.deepEqual(await run(), ["SUCCEEDED", "Every view is as it was"]);
    await load("SELECT '2021-01-01' AS born UNION ALL SELECT '0000-00-00'");
    assert.deepEqual((await bigQuery.rows("prod_shop_views", "users")).rows, [
      { born: "2021-01-01" },
      { born: null },
    ]);
  });

  const VIEWS_OF = "Views that are not as they should be: prod_shop_views";
  const WHAT_TO_DO = '. What to do: docs/runbook.md, "A view could not be made"';
  const denied: [string, () => void, string][] = [
    [
      "may create no jobs",
      () => project.customRoles.set(RUNNER, []),
      `Access Denied: ${MAKER} lacks bigquery.jobs.create in the project`,
    ],
    [
      "has no right on the landing tables",
      () => grant("prod_shop"),
      `${VIEWS_OF}: Access Denied: ${MAKER} lacks bigquery.tables.get on the dataset prod_shop${WHAT_TO_DO}`,
    ],
    [
      "may not read the landing tables",
      () => {
        project.customRoles.set("seer", ["bigquery.tables.get", "bigquery.tables.list"]);
        grant("prod_shop", "seer", SHARER);
      },
      `${VIEWS_OF}.users: Access Denied: ${MAKER} lacks bigquery.tables.getData on the dataset prod_shop${WHAT_TO_DO}`,
    ],
    [
      "may not share the landing tables by views",
      () => grant("prod_shop", READER),
      `${VIEWS_OF}.users: Access Denied: ${MAKER} lacks bigquery.datasets.get on the dataset prod_shop${WHAT_TO_DO}`,
    ],
    [
      "may not read the journal",
      () => grant("prod_aurora_reports"),
      `${VIEWS_OF}: Access Denied: ${MAKER} lacks bigquery.tables.getData on the dataset prod_aurora_reports${WHAT_TO_DO}`,
    ],
    ...["create", "update"].map((action): [string, () => void, string] => [
      `may not ${action} views`,
      () => {
        const permissions = project.customRoles.get(WRITER) ?? [];
        project.customRoles.set(
          WRITER,
          permissions.filter((it) => it !== `bigquery.tables.${action}`),
        );
      },
      `${VIEWS_OF}.users: Access Denied: ${MAKER} lacks bigquery.tables.${action} on the dataset prod_shop_views${WHAT_TO_DO}`,
    ]),
    [
      "may not see the options of views",
      () => {
        project.customRoles.set("seer", ["bigquery.tables.get", "bigquery.tables.list"]);
        grant("prod_shop_views", "seer");
      },
      `${VIEWS_OF}: Access Denied: ${MAKER} lacks bigquery.routines.get on the dataset prod_shop_views${WHAT_TO_DO}`,
    ],
    [
      "finds no dataset for the views",
      () => project.datasets.delete("prod_shop_views"),
      `${VIEWS_OF}: Not found: p.prod_shop_views.INFORMATION_SCHEMA.VIEWS was not found in location asia-northeast1${WHAT_TO_DO}`,
    ],
  ];
  for (const [what, arrange, message] of denied) {
    it(`fails where its account ${what}`, async () => {
      arrange();
      assert.deepEqual(await run(), ["FAILED", message]);
      assert.deepEqual(await bigQuery.views.of("prod_shop_views"), []);
    });
  }
});
