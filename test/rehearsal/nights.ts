// Every fault of a night, on the two local clouds, for the mode that a test file asks for.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { StatusReport } from "../../ops/commands/status/status";
import { renewed } from "../../ops/writeDocs";
import type { Clouds } from "../../rehearsal/clouds";
import { openSamples } from "../../rehearsal/databases/openSources";
import { FAULTS, type NamedFault, needsDayBefore } from "../../rehearsal/faults";
import { type FaultOutcome, faultTable } from "../../rehearsal/faultTable";
import type { Evaluation } from "../../rehearsal/program/evaluation";
import { readStack, type StackConfig } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import type { DayResult, RehearsalReport } from "../../rehearsal/report";
import { OperatedClouds } from "../support/operatedClouds";

export const ROOT = resolve(__dirname, "..", "..");
const PERSON = "data@example.com";
/** The first table is the one that faults befall. None of them gains or loses a column by itself on the second day. */
export const TABLES = ["orders", "products", "users_archive"];
/** The same as the stack file has them: the view of the first one masks a column. */
const MASKED_TABLES = TABLES.map((name, index) => (index === 0 ? { name, mask: { note: "sha256" } } : name));
const ALL_EQUAL = "equal equal equal";
const ALL_STALE = "stale stale stale";
const FIRST_STALE = "stale equal equal";
const FIRST_WRONG = "wrong equal equal";

/** What a night ends with: the tables' states, and what the person was told, with the local time. */
interface Outcome {
  readonly states: string;
  readonly told: readonly string[];
  /** Of the first table's view, by days: how many columns have another type than the table's. */
  readonly views?: readonly string[];
}

/** What alarms say. */
const GATE_FAILS = (time: string) => `${time} problem prod-aurora-gate-fails`;
const GATE_SILENT = (time: string) => `${time} problem prod-aurora-gate-silent`;

const GOOD: Outcome = { states: ALL_EQUAL, told: [] };
/** A good night on which people hear of what has changed in Aurora. */
const CHANGED: Outcome = { states: ALL_EQUAL, told: ["04:27 notice changed"] };

// The view of orders has six columns, of which the last alone is cast: a DATETIME.
const COLUMN_ADDED: Outcome = { ...CHANGED, views: ["0 of 5", "1 of 6"] };
const COLUMN_DROPPED: Outcome = { ...CHANGED, views: ["1 of 6", "0 of 5"] };
const COLUMN_RETYPED: Outcome = { ...CHANGED, views: ["1 of 6", "0 of 6"] };

/** The view is made anew without the column, and somebody is told as soon as the loads are over. */
function maskedColumnGone(loaded: string): Outcome {
  const told = [...CHANGED.told, `${loaded} problem prod: a view could not be made`];
  return { ...CHANGED, told, views: ["1 of 6", "1 of 5"] };
}

/** A day on which tables are not of today: what the others say, and BigQuery's check, whatever they have said. */
function stale(states: string, checked: string, ...told: readonly string[]): Outcome {
  return { states, told: [...told, `${checked} problem prod: tables are not of today`].sort() };
}

const staleByClock = (states: string, ...told: string[]) => stale(states, "07:03", ...told);
const staleOnCompletion = (states: string, ...told: string[]) => stale(states, "09:03", ...told);

export const BY_CLOCK: Partial<Record<NamedFault, Outcome>> = {
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
  "column-added": COLUMN_ADDED,
  "column-dropped": COLUMN_DROPPED,
  "column-retyped": COLUMN_RETYPED,
  "masked-column-gone": maskedColumnGone("06:02"),
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

export const ON_COMPLETION: Record<NamedFault, Outcome> = {
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
  "column-added": COLUMN_ADDED,
  "column-dropped": COLUMN_DROPPED,
  "column-retyped": COLUMN_RETYPED,
  "masked-column-gone": maskedColumnGone("04:37"),
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

/** Faults after which every table is as it should be, and `status` still has somebody look. */
const LOOKED_INTO: readonly NamedFault[] = [
  "google-token-refused",
  "loader-broken",
  "journal-dropped",
  "masked-column-gone",
  "gate-clock-gone",
  "key-old",
];

/** What `status` says at the end of a night: of each table whether it is whole, and the exit status. */
interface StatusSaid {
  readonly exit: number;
  readonly report: StatusReport;
}

/** A table without rows that was emptied is as it should be; any other has to be whole by the judge's word and by status'. */
function assertTrue({ exit, report }: StatusSaid, day: DayResult | undefined, fault?: NamedFault): void {
  assert.ok("tables" in report.tables, JSON.stringify(report.tables));
  const said = report.tables.tables.map(({ table, whole }) => [table, whole]);
  const truth = (day?.tables ?? []).map(({ destination, state }) => [destination, state === "equal"]);
  assert.deepEqual(said, truth, JSON.stringify(report, undefined, 2));
  const needsSomebody =
    truth.some(([, isEqual]) => !isEqual) || (fault !== undefined && LOOKED_INTO.includes(fault));
  assert.equal(exit, needsSomebody ? 1 : 0, JSON.stringify(report, undefined, 2));
}

/** A folder to rehearse in, with the packages and bundles of the project. */
export function rehearsalFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "rehearsal-test-"));
  for (const name of ["node_modules", "dist"]) symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

/** The table of faults in the runbook, with the column of one mode as the nights have ended. */
function withColumn(
  document: string,
  load: "06:00" | "onExportComplete",
  nights: Map<NamedFault, FaultOutcome>,
) {
  const none = new Map<NamedFault, FaultOutcome>();
  const [ours, table] = load === "06:00" ? [2, faultTable(nights, none)] : [3, faultTable(none, nights)];
  const cells = (line: string) => line.slice(2, -2).split(" | ");
  const written = new Map(
    document.split("\n").flatMap((line) => (line.startsWith("| `") ? [[cells(line)[0], cells(line)]] : [])),
  );
  return table
    .split("\n")
    .map((line) => {
      const row = cells(line);
      const other = 5 - ours;
      const kept = line.startsWith("| `") ? (written.get(row[0])?.[other] ?? "–") : row[other];
      return `| ${row.map((cell, index) => (index === other ? kept : cell)).join(" | ")} |`;
    })
    .join("\n");
}

/** Rehearses a good night and every fault in one mode, and holds the mode's column of the runbook's table against them. */
export function describeNights(load: "06:00" | "onExportComplete"): void {
  const outcomes = load === "06:00" ? BY_CLOCK : ON_COMPLETION;
  const rehearsed = new Map<NamedFault, FaultOutcome>();
  let folder: string;

  before(() => {
    folder = rehearsalFolder();
  });

  after(() => rmSync(folder, { recursive: true }));

  let stack: StackConfig;
  let evaluation: Evaluation;

  function stackWith(options: Record<string, string> = {}): StackConfig {
    return readStack(ROOT, "prod", {
      databases: JSON.stringify({ shop: MASKED_TABLES }),
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
  ): Promise<RehearsalReport & { readonly said: StatusSaid }> {
    let said: StatusSaid | undefined;
    const afterwards = async (clouds: Clouds) => {
      const { outputs } = of.evaluation;
      const operated = new OperatedClouds(clouds, settingsOf(of.stack), outputs, folder);
      try {
        const { status: exit, printed, complaints } = await operated.run(["status", "--json"]);
        assert.deepEqual(complaints, []);
        said = { exit, report: JSON.parse(printed) };
      } finally {
        operated.close();
      }
    };
    const sources = await openSamples(settingsOf(stack));
    const days = needsDayBefore(fault) ? 2 : 1;
    const date = "2025-02-18";
    try {
      const options = { projectFolder: folder, ...of, sources, days, date, fault, spotRuns, port: 0 };
      const report = await rehearse({ ...options, afterwards });
      assert.ok(said !== undefined);
      return { ...report, said };
    } finally {
      for (const source of sources) await source.close();
    }
  }

  /** `2 of 6`, by days. */
  function viewsOf({ days }: RehearsalReport): string[] {
    return days.map(({ tables: [first] }) => `${first?.view?.cast} of ${first?.view?.columns}`);
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
    assertTrue(report.said, report.days.at(-1));
    assert.equal(report.ok, true);
  });

  for (const [fault, outcome] of Object.entries(outcomes) as [NamedFault, Outcome][]) {
    it(`ends as it must where ${FAULTS[fault]}`, async () => {
      const report = await run(fault);
      const day = report.days.at(-1);
      if (day !== undefined) rehearsed.set(fault, { day, timeZone: report.timeZone });
      const { views, ...expected } = outcome;
      assert.deepEqual(outcomeOf(report), expected);
      // Whatever has happened, every view can be asked, and masks what it shall.
      const ofViews = report.days.flatMap(({ tables }) => tables.flatMap(({ view }) => view?.problem ?? []));
      assert.deepEqual(ofViews, []);
      if (views !== undefined) assert.deepEqual(viewsOf(report), views);
      assertTrue(report.said, day, fault);
      if (process.env.SHOW_STATUS) {
        console.log(
          `${fault}: ${report.said.exit} ${report.said.report.summary} | ${report.said.report.next}`,
        );
      }
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
    const plain = rehearsed.get("export-failed")?.day ?? (await run("export-failed")).days.at(-1);
    const report = await run("export-failed", 0, {
      stack: chatting,
      evaluation: await evaluateStack(ROOT, chatting),
    });
    const texts = (day?: DayResult) => day?.told.map(({ subject, text }) => [subject, text]);
    assert.deepEqual(texts(report.days.at(-1)), texts(plain));
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

  // Last: it needs every night above.
  it("is in the runbook as it ended; if not, run this file with UPDATE_RUNBOOK=1", () => {
    const file = join(ROOT, "docs", "runbook.md");
    const document = readFileSync(file, "utf8");
    const renewedDocument = renewed(document, { faults: withColumn(document, load, rehearsed) });
    if (process.env.UPDATE_RUNBOOK === "1") writeFileSync(file, renewedDocument);
    else assert.equal(document, renewedDocument);
  });
}
