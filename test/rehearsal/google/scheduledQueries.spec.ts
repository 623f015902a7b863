// The freshness check as Data Transfer Service runs it: as its account, with that account's rights.
import assert from "node:assert/strict";
import { freshnessQuery } from "../../../contract/freshnessQuery";
import type { BigQuery, TableMetadata } from "../../../rehearsal/bigquery/bigQuery";
import { VirtualClock } from "../../../rehearsal/clock";
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
