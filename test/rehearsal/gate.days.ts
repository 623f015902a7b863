// Every fault of a night, in both modes, on the two local clouds: what BigQuery holds in the morning, and who is told.
// Proves what the registered stack and the real bundles do by the documented rules, not that the clouds keep to them.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { exporterName } from "../../contract/names";
import type { ReportKind } from "../../functions/reports/report";
import { renewed } from "../../ops/writeDocs";
import { BIGQUERY_FILE, openClouds } from "../../rehearsal/clouds";
import { query } from "../../rehearsal/databases/duckDb";
import { openSamples } from "../../rehearsal/databases/openSources";
import { FAULTS, type NamedFault, needsDayBefore } from "../../rehearsal/faults";
import { type FaultOutcome, faultTable } from "../../rehearsal/faultTable";
import type { Evaluation } from "../../rehearsal/program/engineHost";
import { readStack, type StackConfig } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import type { RehearsalReport } from "../../rehearsal/report";
import { freeze } from "../../rehearsal/sources";

const ROOT = resolve(__dirname, "..", "..");
const PERSON = "data@example.com";
/** The first table is the one that faults befall. None of them gains or loses a column by itself on the second day. */
const TABLES = ["orders", "products", "users_archive"];
const ALL_EQUAL = "equal equal equal";
const ALL_STALE = "stale stale stale";
const FIRST_STALE = "stale equal equal";
const FIRST_WRONG = "wrong equal equal";

/** What a night ends with: the tables' states, and what the person was told, with the local time. */
interface Outcome {
  readonly states: string;
  readonly told: readonly string[];
}

/** What alarms say. */
const GATE_FAILS = (time: string) => `${time} problem prod-aurora-gate-fails`;
const GATE_SILENT = (time: string) => `${time} problem prod-aurora-gate-silent`;

const GOOD: Outcome = { states: ALL_EQUAL, told: [] };
/** A good night on which people hear of what has changed in Aurora. */
const CHANGED: Outcome = { states: ALL_EQUAL, told: ["04:27 notice changed"] };

/** A day on which tables are not of today: what the others say, and BigQuery's check, whatever they have said. */
function stale(states: string, checked: string, ...told: readonly string[]): Outcome {
  return { states, told: [...told, `${checked} problem prod: tables are not of today`].sort() };
}

const staleByClock = (states: string, ...told: string[]) => stale(states, "07:03", ...told);
const staleOnCompletion = (states: string, ...told: string[]) => stale(states, "09:03", ...told);

const BY_CLOCK: Partial<Record<NamedFault, Outcome>> = {
  "slow-export": staleByClock(ALL_STALE, "05:50 problem late", "06:49 problem tooLate"),
  // Somebody has done what the reports say when the tables are looked at, an hour after the check.
  "export-just-too-late": staleByClock(
    ALL_EQUAL,
    "05:50 problem late",
    "05:59 problem tooLate",
    "07:15 resolved completed",
  ),
  "late-event-lost": staleByClock(ALL_STALE, "05:50 problem late", "08:50 problem tooLate"),
  "export-failed": staleByClock(ALL_STALE, "04:20 problem failed"),
  "export-canceled": staleByClock(ALL_STALE, "04:21 problem canceled"),
  "skipped-table": staleByClock(FIRST_STALE, "04:27 problem completed"),
  "sidecar-unreadable": staleByClock(ALL_STALE, "04:27 problem unreadable", GATE_FAILS("04:35")),
  "event-lost": GOOD,
  "event-twice": GOOD,
  "event-late": GOOD,
  "empty-table": staleByClock(FIRST_STALE, "04:27 problem completed"),
  "shrunk-table": { states: ALL_EQUAL, told: ["04:27 problem completed"] },
  "dropped-table": staleByClock(FIRST_STALE, "04:27 notice changed", "04:27 problem completed"),
  "table-added": CHANGED,
  "column-added": CHANGED,
  "column-dropped": CHANGED,
  "column-retyped": CHANGED,
  "key-revoked": staleByClock(ALL_STALE, "04:27 problem readerKey"),
  "gate-crash": GOOD,
  "no-snapshot": staleByClock(ALL_STALE, "04:03 problem notStarted"),
  "old-snapshot": staleByClock(ALL_STALE, "04:03 problem notStarted"),
  "no-room": GOOD,
  "no-room-all-night": staleByClock(ALL_STALE, "05:38 problem notStarted"),
  "snapshot-busy": GOOD,
  // The gate keeps no record of what it told, and cannot read those of the day before: the key encrypts them.
  "kms-denied": staleByClock(
    ALL_STALE,
    "04:03 problem notStarted",
    "05:50 problem late",
    "05:50 problem notOpened",
    GATE_FAILS("05:55"),
  ),
  "duplicate-invocation": GOOD,
  "exporter-throttled": staleByClock(ALL_STALE, "04:58 problem notStarted"),
  "schedules-off": staleByClock(ALL_STALE, GATE_SILENT("09:55")),
  "gate-clock-gone": { states: ALL_EQUAL, told: [GATE_SILENT("09:55")] },
  "gate-broken": staleByClock(ALL_STALE, GATE_FAILS("04:35")),
  "gate-denied": staleByClock(ALL_STALE, GATE_FAILS("04:35"), "05:50 problem notOpened"),
  "google-token-refused": { states: ALL_EQUAL, told: ["06:12 problem notFollowed"] },
  "loader-broken": { states: ALL_EQUAL, told: ["06:40 problem prod-aurora-dead-letters"] },
  "key-revoked-late": staleByClock(ALL_STALE, "06:07 problem notWhole"),
  "key-old": { states: ALL_EQUAL, told: ["04:30 problem prod-aurora-reader-key-old"] },
  "run-failed": staleByClock(FIRST_STALE, "06:07 problem notWhole"),
  "half-loaded": { states: FIRST_WRONG, told: ["06:02 problem notWhole"] },
  "run-endless": staleByClock(FIRST_STALE, "12:02 problem notWhole"),
  "journal-dropped": { states: ALL_EQUAL, told: ["06:02 problem notJournaled"] },
  "table-partitioned": staleByClock(FIRST_STALE, "06:07 problem notWhole"),
  "transfers-off": staleByClock(ALL_STALE, "07:02 problem notWhole"),
};

const ON_COMPLETION: Record<NamedFault, Outcome> = {
  "slow-export": { states: ALL_EQUAL, told: ["08:00 problem late", "08:25 resolved completed"] },
  "export-just-too-late": GOOD,
  // Loaded when the next look has found it, two hours after the check.
  "late-event-lost": staleOnCompletion(ALL_EQUAL, "08:00 problem late", "11:00 resolved completed"),
  "export-failed": staleOnCompletion(ALL_STALE, "04:20 problem failed"),
  "export-canceled": staleOnCompletion(ALL_STALE, "04:21 problem canceled"),
  "skipped-table": staleOnCompletion(FIRST_STALE, "04:27 problem completed"),
  "sidecar-unreadable": staleOnCompletion(ALL_STALE, "04:27 problem unreadable", GATE_FAILS("04:35")),
  "event-lost": GOOD,
  "event-twice": GOOD,
  "event-late": GOOD,
  // Emptied, as it is in Aurora; a table without rows is of no day, unless the stack says that it may be empty.
  "empty-table": staleOnCompletion(ALL_EQUAL),
  "shrunk-table": { states: ALL_EQUAL, told: ["04:27 problem completed"] },
  "dropped-table": staleOnCompletion(FIRST_STALE, "04:27 notice changed", "04:27 problem completed"),
  "table-added": CHANGED,
  "column-added": CHANGED,
  "column-dropped": CHANGED,
  "column-retyped": CHANGED,
  "key-revoked": staleOnCompletion(ALL_STALE, "04:27 problem readerKey"),
  "google-token-refused": staleOnCompletion(ALL_STALE, "04:42 problem notLoaded"),
  "quota-on-third-start": GOOD,
  "gate-crash": GOOD,
  "no-snapshot": staleOnCompletion(ALL_STALE, "04:03 problem notStarted"),
  "old-snapshot": staleOnCompletion(ALL_STALE, "04:03 problem notStarted"),
  "no-room": GOOD,
  "no-room-all-night": staleOnCompletion(ALL_STALE, "07:48 problem notStarted"),
  "snapshot-busy": GOOD,
  "kms-denied": staleOnCompletion(
    ALL_STALE,
    "04:03 problem notStarted",
    "05:00 problem notOpened",
    GATE_FAILS("05:05"),
    "08:00 problem late",
    "08:00 problem notOpened",
  ),
  "duplicate-invocation": GOOD,
  "exporter-throttled": staleOnCompletion(ALL_STALE, "04:58 problem notStarted"),
  "schedules-off": staleOnCompletion(ALL_STALE, GATE_SILENT("09:05")),
  "gate-clock-gone": { states: ALL_EQUAL, told: [GATE_SILENT("09:05")] },
  // No look at all, and none that could say it had begun.
  "gate-broken": staleOnCompletion(ALL_STALE, GATE_FAILS("04:35")),
  "gate-denied": staleOnCompletion(ALL_STALE, GATE_FAILS("04:35"), "08:00 problem notOpened"),
  "loader-broken": staleOnCompletion(ALL_STALE, "06:40 problem prod-aurora-dead-letters"),
  "key-revoked-late": staleOnCompletion(ALL_STALE, "04:42 problem notWhole", "08:00 problem readerKey"),
  "key-old": { states: ALL_EQUAL, told: ["04:30 problem prod-aurora-reader-key-old"] },
  "run-failed": staleOnCompletion(FIRST_STALE, "04:42 problem notWhole"),
  "half-loaded": { states: FIRST_WRONG, told: ["04:37 problem notWhole"] },
  "run-endless": staleOnCompletion(FIRST_STALE, "10:35 problem notWhole"),
  "journal-dropped": { states: ALL_EQUAL, told: ["04:37 problem notJournaled"] },
  "table-partitioned": staleOnCompletion(FIRST_STALE, "04:42 problem notWhole"),
  "transfers-off": staleOnCompletion(ALL_STALE, "04:42 problem notLoaded"),
};

/** Told more than once by one watchman: of an export that is late and then too late, or by a gate without memory. */
const SAID_AGAIN: readonly string[] = [
  "gate slow-export",
  "gate export-just-too-late",
  "gate late-event-lost",
  "gate kms-denied",
];

/** Kinds of the loader's reports. */
const LOADERS: readonly string[] = ["notLoaded", "notFollowed", "notWhole", "whole"] satisfies ReportKind[];

/** Who says it. */
function watchmanOf(told: string): "CloudWatch" | "BigQuery" | "gate" | "loader" {
  if (told.endsWith(": tables are not of today")) return "BigQuery";
  if (LOADERS.some((kind) => told.endsWith(` ${kind}`))) return "loader";
  return told.includes(" prod-aurora-") ? "CloudWatch" : "gate";
}

describe("a night with the gate", () => {
  let folder: string;
  const rehearsed = { "06:00": new Map<NamedFault, FaultOutcome>(), onExportComplete: new Map() };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rehearsal-test-"));
    for (const name of ["node_modules", "dist"]) symlinkSync(join(ROOT, name), join(folder, name));
  });

  after(() => rmSync(folder, { recursive: true }));

  for (const [load, outcomes] of [
    ["06:00", BY_CLOCK],
    ["onExportComplete", ON_COMPLETION],
  ] as const) {
    describe(`and load: ${load}`, () => {
      let stack: StackConfig;
      let evaluation: Evaluation;

      function stackWith(options: Record<string, string> = {}): StackConfig {
        return readStack(ROOT, "prod", {
          databases: JSON.stringify({ shop: TABLES }),
          schedule: JSON.stringify({ timeZone: "Asia/Tokyo", snapshot: "01:00", export: "04:00", load }),
          alerts: JSON.stringify({ emails: [PERSON] }),
          ...options,
        });
      }

      before(async () => {
        stack = stackWith();
        evaluation = await evaluateStack(ROOT, stack);
      });

      async function run(
        fault?: NamedFault,
        spotRuns = 0,
        of: { readonly stack: StackConfig; readonly evaluation: Evaluation } = { stack, evaluation },
      ): Promise<RehearsalReport> {
        const sources = await openSamples(settingsOf(stack));
        const days = needsDayBefore(fault) ? 2 : 1;
        const date = "2025-02-18";
        try {
          return await rehearse({
            projectFolder: folder,
            ...of,
            sources,
            days,
            date,
            fault,
            spotRuns,
            port: 0,
          });
        } finally {
          for (const source of sources) await source.close();
        }
      }

      function outcomeOf(report: RehearsalReport): Outcome {
        const day = report.days.at(-1);
        const inTokyo = (time: Date) => new Date(time.getTime() + 9 * 3600_000).toISOString().slice(11, 16);
        return {
          states: day?.tables.map(({ state }) => state).join(" ") ?? "",
          told: (day?.told ?? [])
            .filter(({ recipients }) => recipients.includes(PERSON))
            .map(({ time, severity, kind }) => `${inTokyo(time)} ${severity} ${kind}`),
        };
      }

      it("is silent when it is good", async () => {
        const report = await run();
        assert.deepEqual(outcomeOf(report), GOOD);
        assert.deepEqual(report.days[0]?.told, []);
        assert.equal(report.ok, true);
      });

      for (const [fault, outcome] of Object.entries(outcomes) as [NamedFault, Outcome][]) {
        it(`ends as it must where ${FAULTS[fault]}`, async () => {
          const report = await run(fault);
          const day = report.days.at(-1);
          if (day !== undefined) rehearsed[load].set(fault, { day, timeZone: report.timeZone });
          assert.deepEqual(outcomeOf(report), outcome);
        });
      }

      it("holds a table that has shrunk, where the stack says so", async () => {
        const holding = stackWith({ shrinkGuard: JSON.stringify({ action: "hold" }) });
        const report = await run("shrunk-table", 0, {
          stack: holding,
          evaluation: await evaluateStack(ROOT, holding),
        });
        const outcome = load === "06:00" ? staleByClock : staleOnCompletion;
        assert.deepEqual(outcomeOf(report), outcome(FIRST_STALE, "04:27 problem completed"));
      });

      it("tells a chat once of what it tells the person, who gets the same text as ever", async () => {
        const slack = { workspaceId: "T07EA123LEP", channelId: "C07EZ1ABC23" };
        const chatting = stackWith({ alerts: JSON.stringify({ emails: [PERSON], slack }) });
        const plain = await run("export-failed");
        const report = await run("export-failed", 0, {
          stack: chatting,
          evaluation: await evaluateStack(ROOT, chatting),
        });
        const texts = (it: RehearsalReport) =>
          it.days.at(-1)?.told.map(({ subject, text }) => [subject, text]);
        assert.deepEqual(texts(report), texts(plain));
        assert.deepEqual(
          report.timeline.filter(({ what }) => what.startsWith("tells Slack")).map(({ what }) => what),
          [`tells Slack C07EZ1ABC23: Export prod-20250219${load === "06:00" ? "06" : "04"} has failed`],
        );
      });

      it("finds a spot run whose event is lost at the next look of the gate's clock", async () => {
        const report = await run("event-lost", 1);
        const { states, told } = outcomeOf(report);
        assert.equal(states, ALL_EQUAL);
        const words = load === "06:00" ? /^08:50 resolved completed$/ : /^11:00 resolved completed$/;
        assert.match(told.join(", "), words);
      });

      it("takes two spot runs on the same day, each in a slot of its own", async () => {
        const report = await run(undefined, 2);
        assert.equal(outcomeOf(report).states, ALL_EQUAL);
        const ids = report.days[0]?.exportTasks.map(({ id, status }) => `${id} ${status}`);
        const daily = load === "06:00" ? ["06", "07", "08"] : ["04", "09", "08"];
        assert.deepEqual(
          ids,
          daily.map((hour) => `prod-20250218${hour} COMPLETE`),
        );
      });
    });
  }

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

  // Last: it needs every night above.
  describe("docs/runbook.md", () => {
    it("shows what the rehearsal ended with; if not, run this file with UPDATE_RUNBOOK=1", () => {
      const file = join(ROOT, "docs", "runbook.md");
      const table = faultTable(rehearsed["06:00"], rehearsed.onExportComplete);
      const document = readFileSync(file, "utf8");
      const renewedDocument = renewed(document, { faults: table });
      if (process.env.UPDATE_RUNBOOK === "1") writeFileSync(file, renewedDocument);
      else assert.equal(document, renewedDocument);
    });
  });
});
