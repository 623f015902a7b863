// What a night with the gate has beside its faults, on the two local clouds.
// Proves what the registered stack and the real bundles do by the documented rules, not that the clouds keep to them.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { exporterName } from "../../contract/names";
import type { ReportKind } from "../../functions/reports/report";
import { BIGQUERY_FILE, openClouds } from "../../rehearsal/clouds";
import { query } from "../../rehearsal/databases/duckDb";
import { openSamples } from "../../rehearsal/databases/openSources";
import { readStack } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { freeze } from "../../rehearsal/sources";
import { BY_CLOCK, ON_COMPLETION, ROOT, rehearsalFolder, TABLES } from "./nights";

/** Told more than once by one watchman: of an export that is late and then too late, or by a gate without memory. */
const SAID_AGAIN: readonly string[] = [
  "gate slow-export",
  "gate export-just-too-late",
  "gate late-event-lost",
  "gate kms-denied",
];

/** Kinds of the loader's reports. */
const LOADERS: readonly string[] = [
  "notLoaded",
  "notFollowed",
  "notWhole",
  "whole",
  "notJournaled",
  "viewsNotMade",
] satisfies ReportKind[];

/** Who says it. */
function watchmanOf(told: string): "CloudWatch" | "BigQuery" | "gate" | "loader" {
  if (told.endsWith(": tables are not of today")) return "BigQuery";
  if (LOADERS.some((kind) => told.endsWith(` ${kind}`))) return "loader";
  return told.includes(" prod-aurora-") ? "CloudWatch" : "gate";
}

describe("a night with the gate", () => {
  let folder: string;

  before(() => {
    folder = rehearsalFolder();
  });

  after(() => rmSync(folder, { recursive: true }));

  it("has the loads of a spot run started where federation is on, though the clock loads", async () => {
    const stack = readStack(ROOT, "stg", { databases: JSON.stringify({ shop: TABLES }), federation: "true" });
    const evaluation = await evaluateStack(ROOT, stack);
    const sources = await openSamples(settingsOf(stack));
    const options = {
      projectFolder: folder,
      stack,
      evaluation,
      sources,
      days: 1,
      date: "2025-02-18",
      port: 0,
    };
    const report = await rehearse({ ...options, spotRuns: 1 });
    for (const source of sources) await source.close();
    assert.equal(report.ok, true);
    const said = report.timeline
      .filter(({ who }) => ["operator", "gate", "loader"].includes(who))
      .map(({ what }) => what);
    assert.deepEqual(said.slice(-4), [
      "asks the gate to load slot 2025021807",
      "stg-2025021807 is open. Its loads start in 5 minutes, also those of tables that were loaded from it before. The same asked again within minutes starts nothing twice.",
      "loads of stg-2025021807 started: 3",
      "the loads of stg-2025021807 have ended: whole 3",
    ]);
  });

  it("holds each load against its job's own numbers, where the stack lets it see jobs", async () => {
    const stack = readStack(ROOT, "prod", {
      databases: JSON.stringify({ shop: TABLES }),
      loadJobStatistics: "true",
    });
    const evaluation = await evaluateStack(ROOT, stack);
    const sources = await openSamples(settingsOf(stack));
    const options = {
      projectFolder: folder,
      stack,
      evaluation,
      sources,
      days: 1,
      date: "2025-02-18",
      spotRuns: 0,
      port: 0,
    };
    const { days } = await rehearse({ ...options, fault: "half-loaded" });
    for (const source of sources) await source.close();
    const instance = await DuckDBInstance.create(join(folder, ".rehearsal", stack.stack, BIGQUERY_FILE));
    const connection = await instance.connect();
    const rows = await query(
      connection,
      `SELECT table_id, outcome, job_id LIKE 'bqts_%' AS known, job_files = files AS read, job_bytes = bytes AS bytes,
         job_rows = loaded_rows AS stored, job_rows = exported_rows AS wrote, bad_records
       FROM prod_aurora_reports.loads ORDER BY table_id`,
    );
    connection.closeSync();
    instance.closeSync();
    const good = {
      outcome: "whole",
      known: true,
      read: true,
      bytes: true,
      stored: true,
      wrote: true,
      bad_records: "0",
    };
    assert.deepEqual(rows, [
      { table_id: "orders", ...good, outcome: "rowsDiffer", wrote: false },
      { table_id: "products", ...good },
      { table_id: "users_archive", ...good },
    ]);
    assert.match(
      days[0]?.told[0]?.text ?? "",
      /^- prod_shop\.orders: it has (\d+) rows in BigQuery, and (\d+) in the \d+ files of the export; its load job says that it wrote \1 rows, and \2 are in the files of the export$/m,
    );
  });

  it("exports a snapshot taken by hand, opens it, and loads it, when a person names it", async () => {
    const schedule = { timeZone: "Asia/Tokyo", export: "04:00", load: "onExportComplete" };
    const databases = { shop: ["products"] };
    const stack = readStack(ROOT, "prod", {
      databases: JSON.stringify(databases),
      schedule: JSON.stringify(schedule),
    });
    const settings = settingsOf(stack);
    const { registrations } = await evaluateStack(ROOT, stack);
    const sources = await openSamples(settings);
    const startTime = new Date("2025-02-18T01:00:00Z");
    const clouds = await openClouds({
      registrations,
      settings,
      stack,
      sources,
      accountId: "123456789012",
      projectFolder: ROOT,
      folder: mkdtempSync(join(folder, "clouds-")),
      port: 0,
      startTime,
    });
    const minutes = (count: number) => new Date(clouds.clock.now().getTime() + count * 60_000);
    try {
      const { contents, truth } = await freeze(sources);
      const { arn } = clouds.rds.takeManualSnapshot("before-migration", contents);
      const exporter = exporterName(settings.prefix);
      const early = await clouds.lambda.invoke(exporter, { snapshotArn: arn });
      assert.equal(!early.ok && early.error.name, "WrongSnapshotError");
      await clouds.clock.runUntil(minutes(10));
      const started = await clouds.lambda.invoke(exporter, { snapshotArn: arn });
      assert.equal(started.ok && (started.result as { slot: string }).slot, "2025021810");
      await clouds.clock.runUntil(minutes(60));
      const loaded = await clouds.bigQuery.fingerprint("prod_shop", "products");
      assert.deepEqual(loaded, truth.get("shop.products"));
      assert.deepEqual(
        clouds.sns.published.map(({ attributes, subject }) => `${attributes.severity}: ${subject}`),
        ["resolved: Export prod-2025021810 is complete: 1 table"],
      );
    } finally {
      await clouds.close();
      for (const source of sources) await source.close();
    }
  });

  it("tells of each fault once by each watchman, but for those that say why not", () => {
    const twice = [BY_CLOCK, ON_COMPLETION]
      .flatMap((outcomes) => Object.entries(outcomes))
      .flatMap(([fault, { told }]) => {
        const tellers = told.filter((it) => it.includes(" problem ")).map(watchmanOf);
        return tellers.filter((it, index) => tellers.indexOf(it) !== index).map((it) => `${it} ${fault}`);
      });
    assert.deepEqual([...new Set(twice)].sort(), [...SAID_AGAIN].sort());
  });

  it("leaves no table that is not of today untold in BigQuery, whoever else has told of it", () => {
    const untold = [BY_CLOCK, ON_COMPLETION]
      .flatMap((outcomes) => Object.entries(outcomes))
      .filter(
        ([, { states, told }]) => states.includes("stale") && !told.map(watchmanOf).includes("BigQuery"),
      );
    assert.deepEqual(untold, []);
  });

  it("refuses a fault of Google's where loads do not follow the exports", async () => {
    const stack = readStack(ROOT, "prod", { databases: JSON.stringify({ shop: TABLES }) });
    const sources = await openSamples(settingsOf(stack));
    const options = {
      projectFolder: folder,
      stack,
      sources,
      days: 1,
      date: "2025-02-18",
      spotRuns: 0,
      port: 0,
    };
    await assert.rejects(rehearse({ ...options, fault: "quota-on-third-start" }), {
      name: "RangeError",
      message:
        "`--fault quota-on-third-start`: the loads of this stack do not follow its exports; add `--load onExportComplete`",
    });
    for (const source of sources) await source.close();
  });
});
