import assert from "node:assert/strict";
import { parseSlot } from "../../../../contract/slot";
import type { Audit, AuditedTable } from "../../../../functions/gate/audit/audit";
import type { GateEnvironment } from "../../../../functions/gate/environment";
import type { ReportContext } from "../../../../functions/gate/gate";
import { type CompletedFacts, completedReport } from "../../../../functions/gate/tell/completed";
import {
  incompleteReport,
  tooLateReport,
  unknownSnapshotReport,
  unreadableReport,
} from "../../../../functions/gate/tell/heldBack";
import {
  endedReport,
  lateReport,
  notOpenedReport,
  notStartedReport,
} from "../../../../functions/gate/tell/missing";
import { readerKeyReport } from "../../../../functions/gate/tell/readerKey";
import { runTransfers } from "../../../../functions/gate/tell/words";
import type { Report } from "../../../../functions/reports/report";
import { ENVIRONMENT, ON_COMPLETION, snapshotArn, table, task, WITH_LOADER } from "../../world";

const SLOT = parseSlot("2025021806");
const _RUN = "projects/1/locations/asia-northeast1/transferConfigs/65a1/runs/7";

const INVOKE = "aws lambda invoke --region ap-northeast-1 --function-name";
const OPTIONS = "--cli-binary-format raw-in-base64-out --payload";
const LOAD_IT = `  ${INVOKE} prod__gate ${OPTIONS} '{"slot":"2025021806"}' /dev/stdout`;
const LOAD_IT_DESPITE = `  ${INVOKE} prod__gate ${OPTIONS} '{"slot":"2025021806","despiteFindings":true}' /dev/stdout`;
const EXPORT = `  ${INVOKE} prod__exporter ${OPTIONS} '{}' /dev/stdout`;
const EXPORT_AGAIN = `  ${INVOKE} prod__exporter ${OPTIONS} '{"exportAgain":true}' /dev/stdout`;

const NAME = "Export prod-2025021806 of snapshot rds:example-prod-2025-02-17-16-05 (2025-02-17 16:05 UTC)";

function context(changes: Partial<GateEnvironment> = {}, guarded = true): ReportContext {
  return {
    environment: { ...ENVIRONMENT, ...changes },
    functionName: "prod__gate",
    now: new Date("2025-02-17T19:27:00Z"),
    guarded,
  };
}

/** A stack whose daily export, that of six o'clock, is loaded on completion. */
const DAILY = { ...ON_COMPLETION, exportTime: { hour: 6, minute: 0 } };
const COMPLETION = context(DAILY);
/** The same, for which the export of six o'clock is a spot run. */
const SPOT = context(ON_COMPLETION);

function audited(
  name: string,
  state: AuditedTable["state"],
  changes: Partial<AuditedTable> = {},
): AuditedTable {
  const files = ["whole", "unfinished", "unlisted"].includes(state) ? 1 : 0;
  return { table: table(name), folder: `shop/shop.${name}`, state, files, bytes: files, ...changes };
}

function auditOf(tables: readonly AuditedTable[], changes: Partial<Audit> = {}): Audit {
  return { tables, partialFolders: [], warnings: [], unknownTables: [], ...changes };
}

const OLD = { database: "shop", table: "old" };
const WHOLE = auditOf([audited("orders", "whole"), audited("users", "whole")]);
const TROUBLED = auditOf([
  audited("carts", "missing"),
  audited("invoices", "skipped", { detail: "odd column" }),
  audited("logs", "failed", { detail: "its status is FAILED", files: 2 }),
  audited("orders", "whole"),
  audited("prices", "unfinished", { detail: "no _SUCCESS in folder 2" }),
  audited("users", "unlisted"),
]);

const TROUBLE_LINES = [
  "- shop.carts, loaded into prod_shop.carts: not in the export: dropped or renamed in Aurora, newer than the snapshot, or a view, which RDS does not export",
  "- shop.invoices, loaded into prod_shop.invoices: left out by RDS (odd column)",
  "- shop.logs, loaded into prod_shop.logs: not exported completely (its status is FAILED)",
  "- shop.prices, loaded into prod_shop.prices: exported in part (no _SUCCESS in folder 2)",
  "- shop.users, loaded into prod_shop.users: has files that RDS's own list of tables does not know",
];

function completed(changes: Partial<CompletedFacts> = {}, it: ReportContext = context()): Report {
  return completedReport(it, {
    task: task(),
    slot: SLOT,
    audit: WHOLE,
    plan: "clock",
    troubleBefore: false,
    byPerson: false,
    ...changes,
  });
}

function assertReport(report: Report, head: string, lines: readonly string[]): void {
  const { kind, severity, subject, text } = report;
  assert.equal(`${kind} ${severity}: ${subject}`, head);
  assert.deepEqual(text.split("\n"), lines);
  assert.equal(report.slot, SLOT);
}

const CLOSED = "No table is loaded from it. BigQuery keeps the rows of its last load.";
const NOT_LOADED = "In trouble, and not loaded. BigQuery keeps the rows of its last load.";
const NOT_GUARDED = "is not guarded, because the stack does not know its reader (`readerUserName`)";
const PARTS = `${NOT_GUARDED}: transfers that run may load parts of it`;
const COMPLETE = `${NAME} is complete, after 26 min.`;
const BY_HAND =
  'Run each transfer by hand for the run time 2025-02-17T21:00:00.000Z (docs/runbook.md, "Load an export by hand").';
const LOADS_START = "To load it, run this; the loads start 5 minutes later:";
const RUNBOOK = 'What each of these means and what to do: docs/runbook.md, "Tables in trouble".';
const ANOTHER_EXPORT = [
  "Another export takes a slot of its own, and its end is reported like this one. Where the cause was in Aurora and is",
  "gone, take a snapshot of cluster example-prod first, and name it:",
  `  ${INVOKE} prod__exporter ${OPTIONS} '{"snapshotArn":"arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:<name>"}' /dev/stdout`,
  "Where RDS did not finish a table, the same snapshot will do; it is billed again:",
  EXPORT_AGAIN,
];
const WHEN_GONE =
  "When the cause is gone, export again; it takes a slot of its own, and its end is reported like this one:";

describe("the report of a completed export", () => {
  it("says what the clock will load", () => {
    assertReport(completed(), "completed information: Export prod-2025021806 is complete: 2 tables", [
      COMPLETE,
      "It is open to the transfers. BigQuery loads 2 tables of it at 06:00 Asia/Tokyo.",
    ]);
  });

  it("is the end of a trouble, or of a person's export", () => {
    assert.equal(completed({ troubleBefore: true }).severity, "resolved");
    assert.equal(completed({ byPerson: true }).severity, "resolved");
    assert.equal(completed({ troubleBefore: true, audit: TROUBLED }).severity, "problem");
  });

  it("says what the gate will load, and what it empties", () => {
    const audit = auditOf([audited("orders", "whole"), audited("users", "empty")]);
    assertReport(
      completed({ plan: "queue", audit }, COMPLETION),
      "completed information: Export prod-2025021806 is complete: 2 tables",
      [
        COMPLETE,
        "It is open to the transfers. The loads of 1 table start in 5 minutes.",
        "",
        "Without a row in Aurora, and therefore emptied in BigQuery:",
        "- shop.users, loaded into prod_shop.users: without a row in Aurora",
      ],
    );
  });

  it("gives a person the run time, or the command that starts the loads", () => {
    const open = "It is open to the transfers. No clock loads it.";
    const head = "completed resolved: Export prod-2025021806 is complete: load it by hand";
    const own = { plan: "person", byPerson: true } as const;
    assertReport(completed(own), head, [COMPLETE, open, BY_HAND]);
    const federated = completed(own, context(WITH_LOADER));
    assertReport(federated, head, [COMPLETE, open, LOADS_START, LOAD_IT]);
    const unguarded = completed(own, context({}, false));
    assertReport(unguarded, head, [COMPLETE, `It ${NOT_GUARDED}. No clock loads it.`, BY_HAND]);
  });

  it("is no good news where the day's own export waits for a person, or one that was in trouble", () => {
    const severity = (changes: Partial<CompletedFacts>) => completed({ plan: "person", ...changes }).severity;
    const byHand = { despiteFindings: false };
    assert.equal(severity({}), "problem");
    assert.equal(severity({ troubleBefore: true, byPerson: true }), "problem");
    assert.equal(severity({ troubleBefore: true, byPerson: true, byHand }), "resolved");
  });

  it("says why one that was overtaken is not loaded", () => {
    const overtaken =
      "It is not loaded: an export of a newer snapshot, or a later one of this, is complete already. To load it in spite of that:";
    const evenIfOlder = `  ${INVOKE} prod__gate ${OPTIONS} '{"slot":"2025021806","evenIfOlder":true}' /dev/stdout`;
    const head = "completed information: Export prod-2025021806 is complete, and not loaded: a newer one is";
    assertReport(completed({ plan: "superseded" }, COMPLETION), head, [
      COMPLETE,
      `It stays closed. ${overtaken}`,
      evenIfOlder,
    ]);
    const unguarded = completed({ plan: "superseded" }, context(ON_COMPLETION, false));
    assertReport(unguarded, head, [COMPLETE, `It ${NOT_GUARDED}. ${overtaken}`, evenIfOlder]);
  });

  it("names each table in trouble, why, and what to do", () => {
    assertReport(
      completed({ audit: TROUBLED }),
      "completed problem: Export prod-2025021806: 5 tables of 6 in trouble",
      [
        COMPLETE,
        "It is open to the transfers. BigQuery loads 1 table of it at 06:00 Asia/Tokyo.",
        "",
        NOT_LOADED,
        ...TROUBLE_LINES,
        "",
        RUNBOOK,
        ...ANOTHER_EXPORT,
      ],
    );
  });

  it("does not promise that parts are left alone where nothing guards them", () => {
    const lines = completed({ audit: TROUBLED }, context({}, false)).text.split("\n");
    assert.equal(lines[1], `It ${NOT_GUARDED}. BigQuery loads 1 table of it at 06:00 Asia/Tokyo.`);
    assert.equal(
      lines[3],
      "In trouble. The gate cannot keep transfers from loading the parts that are there:",
    );
    const missing = auditOf([audited("orders", "whole"), audited("users", "missing")]);
    assert.equal(completed({ audit: missing }, context({}, false)).text.split("\n")[3], NOT_LOADED);
  });

  it("says that a person wants tables in trouble loaded", () => {
    const byHand = { despiteFindings: true };
    const lines = completed({ audit: TROUBLED, plan: "queue", byHand }, COMPLETION).text.split("\n");
    assert.equal(lines[1], "It is open to the transfers. The loads of 4 tables start in 5 minutes.");
    assert.equal(
      lines[3],
      "In trouble, and loaded as far as there are files of them, as `despiteFindings` asked for:",
    );
  });

  it("tells of empty tables that keep rows in BigQuery, unless they may be empty", () => {
    const mayBeEmpty = { table: table("logs", { mayBeEmpty: true }) };
    const audit = auditOf([
      audited("logs", "empty", mayBeEmpty),
      audited("orders", "whole"),
      audited("users", "empty"),
    ]);
    assertReport(completed({ audit }), "completed problem: Export prod-2025021806: 1 table of 3 in trouble", [
      COMPLETE,
      "It is open to the transfers. BigQuery loads 1 table of it at 06:00 Asia/Tokyo.",
      "",
      "Without a row in Aurora, so that a transfer finds no files and changes nothing. BigQuery keeps the rows of its last load.",
      "- shop.users, loaded into prod_shop.users: without a row in Aurora",
      'If they shall be empty in BigQuery too: docs/runbook.md, "Empty a table". If that is nothing to report: `mayBeEmpty: true` in the stack file.',
    ]);
    const quiet = auditOf([audited("logs", "empty", mayBeEmpty), audited("orders", "whole")]);
    assert.equal(completed({ audit: quiet }).severity, "information");
    assert.equal(completed({ audit, plan: "superseded" }, COMPLETION).severity, "information");
  });

  it("says what RDS lists and did not write", () => {
    const detail = "RDS lists it as COMPLETE, but nothing of it is in the bucket";
    const lines = completed({ audit: auditOf([audited("users", "missing", { detail })]) }).text.split("\n");
    assert.equal(lines[4], `- shop.users, loaded into prod_shop.users: ${detail}`);
  });

  it("passes on what RDS warns of, also about whole tables, and tables that the config does not know", () => {
    const audit = auditOf(
      [audited("orders", "whole"), audited("users", "whole", { detail: "text was converted" })],
      { warnings: ["skipped: shop.x"], unknownTables: [OLD] },
    );
    assertReport(
      completed({ audit }),
      "completed problem: Export prod-2025021806 is complete, with warnings: 2 tables",
      [
        COMPLETE,
        "It is open to the transfers. BigQuery loads 2 tables of it at 06:00 Asia/Tokyo.",
        "",
        "RDS warns:",
        "- shop.users: text was converted",
        "- skipped: shop.x",
        "",
        "In the export, and not in `databases` of the stack file:",
        "- shop.old",
      ],
    );
    assert.equal(completed({ audit: { ...WHOLE, unknownTables: [OLD] } }).severity, "information");
  });

  it("counts the tables of the day, and all of them where a person asks the gate, or has exported", () => {
    const days = { table: table("users", { days: ["monday"] }) };
    const audit = auditOf([
      audited("orders", "whole"),
      audited("users", "whole", days),
      audited("logs", "empty", { table: table("logs", { days: ["monday"] }) }),
    ]);
    const byHand = { despiteFindings: false };
    const line = (report: Report) => report.text.split("\n").slice(1);
    const loads = (count: string) => `It is open to the transfers. The loads of ${count} start in 5 minutes.`;
    assert.deepEqual(line(completed({ audit, plan: "queue" }, COMPLETION)), [loads("1 table")]);
    for (const report of [
      completed({ audit, plan: "queue", byHand }, COMPLETION),
      completed({ audit, plan: "queue" }, SPOT),
    ]) {
      assert.deepEqual(line(report), [
        loads("2 tables"),
        "",
        "Without a row in Aurora, and therefore emptied in BigQuery:",
        "- shop.logs, loaded into prod_shop.logs: without a row in Aurora",
      ]);
    }
    assert.equal(
      line(completed({ audit, byHand }))[0],
      "It is open to the transfers. BigQuery loads 1 table of it at 06:00 Asia/Tokyo.",
    );
  });

  it("names PostgreSQL's tables with their schema", () => {
    const users = table("users", { database: "crm", schema: "sales", dataset: "prod_crm" });
    const audit = auditOf([audited("users", "missing", { table: users })]);
    assert.match(completed({ audit }).text, /^- crm\.sales\.users, loaded into prod_crm\.users: not in /m);
  });

  it("shows forty of many tables", () => {
    const audit = auditOf(Array.from({ length: 42 }, (_, i) => audited(`t${i}`, "missing")));
    const lines = completed({ audit }).text.split("\n");
    assert.equal(lines.filter((line) => line.startsWith("- ")).length, 40);
    assert.equal(lines[44], "… and 2 more");
  });

  it("does without what RDS does not say", () => {
    const bare = { ExportTaskIdentifier: "prod-2025021806" };
    const first = (it: CompletedFacts["task"]) => completed({ task: it }).text.split("\n")[0];
    assert.equal(first(bare), "Export prod-2025021806 of snapshot an unknown snapshot is complete.");
    assert.equal(first({ ...bare, SourceArn: "x" }), "Export prod-2025021806 of snapshot x is complete.");
  });
});

describe("the report of a trouble", () => {
  it("tells why an export is held back, and how to load it all the same", () => {
    const facts = { task: task(), slot: SLOT, audit: { ...TROUBLED, warnings: ["GENERAL"] } };
    const why = "The stack's `onIncompleteExport` is `block`.";
    const rest = [
      "",
      ...TROUBLE_LINES,
      "- RDS warns: GENERAL",
      "",
      "To load it in spite of this, parts of tables included:",
      LOAD_IT_DESPITE,
      ...ANOTHER_EXPORT,
    ];
    assertReport(
      incompleteReport(context(), facts, why),
      "incomplete problem: Export prod-2025021806 is held back: 5 tables of 6 in trouble",
      [`${NAME} is complete, but not whole, and stays closed. ${why}`, CLOSED, ...rest],
    );
    assertReport(
      incompleteReport(context({}, false), facts, why),
      "incomplete problem: Export prod-2025021806 is not whole: 5 tables of 6 in trouble",
      [`${NAME} is complete, but not whole, and ${PARTS}. ${why}`, ...rest],
    );
  });

  it("tells what cannot be read, and where to look", () => {
    const facts = { task: task(), slot: SLOT };
    const rest = [
      "",
      "Look into s3://prod-export-bucket/prod-2025021806/. To load it in spite of this, without an audit:",
      LOAD_IT_DESPITE,
      ...ANOTHER_EXPORT,
    ];
    const head = "unreadable problem: Export prod-2025021806 cannot be audited";
    assertReport(unreadableReport(context(), facts, "Why."), head, [
      `${NAME} is complete, but cannot be audited, and stays closed.`,
      "Why.",
      CLOSED,
      ...rest,
    ]);
    assertReport(unreadableReport(context({}, false), facts, "Why."), head, [
      `${NAME} is complete, but cannot be audited, and ${PARTS}.`,
      "Why.",
      ...rest,
    ]);
  });

  it("says of one that ended in time why it is too late all the same", () => {
    const { text } = tooLateReport(context(), { task: task(), slot: SLOT, audit: WHOLE });
    const late = `${NAME} is complete, but was not open 5 minutes before its load at 06:00 Asia/Tokyo.`;
    assert.equal(text.split("\n")[0], late);
  });

  it("gives no command that would be refused for an export whose files expire", () => {
    const report = unreadableReport(context(), { task: task(), slot: SLOT }, "Why.", false);
    assertReport(report, "unreadable problem: Export prod-2025021806 cannot be audited", [
      `${NAME} is complete, but cannot be audited, and stays closed.`,
      "Why.",
      CLOSED,
      "",
      ...ANOTHER_EXPORT,
    ]);
  });

  it("tells of a snapshot that is gone, and how to say whose it was", () => {
    const facts = { task: task({ SourceArn: snapshotArn("before-migration") }), slot: SLOT };
    const head = "unknownSnapshot problem: Export prod-2025021806: its snapshot is gone";
    const name = "Export prod-2025021806 of snapshot before-migration (2025-02-17 16:05 UTC)";
    const gone =
      "RDS does not know the snapshot any more, and its name does not say of which cluster it was.";
    const command = `  ${INVOKE} prod__gate ${OPTIONS} '{"slot":"2025021806","ofThisCluster":true}' /dev/stdout`;
    const ask = ["", "If you know that it was of cluster example-prod:", command];
    assertReport(unknownSnapshotReport(context(), facts), head, [
      `${name} is complete, and stays closed. ${gone}`,
      CLOSED,
      ...ask,
    ]);
    assertReport(unknownSnapshotReport(context({}, false), facts), head, [
      `${name} is complete, and ${PARTS}. ${gone}`,
      ...ask,
    ]);
  });

  it("shows of RDS's words no more than an excerpt, and of whatever else no more than a message holds", () => {
    const long = {
      task: task({ FailureCause: `A row of 'Jane Doe' <jane@example.com> ${"y ".repeat(150_000)}` }),
      slot: SLOT,
    };
    const failed = endedReport(context(), long, "failed").text;
    assert.match(failed, /^Export \S+ of snapshot \S+ \([^)]+\) has failed: A row of … <…> (?:y ){142}…\.$/m);
    for (const report of [
      notOpenedReport(context(), SLOT, "x".repeat(300_000)),
      notStartedReport(context(), SLOT, { cause: "x".repeat(300_000), scheduledTime: context().now }),
    ]) {
      assert.match(report.text, /^ *x{3999}…$/m);
    }
    const name = "表".repeat(1000);
    const tables = Array.from({ length: 50 }, (_, i) =>
      audited(`${i}`, "missing", { table: table(`${i}-${name}`) }),
    );
    const many = incompleteReport(context(), { task: task(), slot: SLOT, audit: auditOf(tables) }, "Why.");
    assert.ok(Buffer.byteLength(many.text) < 200_000, `${Buffer.byteLength(many.text)}`);
    assert.ok(many.text.includes(`\n${LOAD_IT_DESPITE}\n`));
    assert.match(many.text, /^- shop\.0-表{290}…$/m);
  });

  it("tells how an export ended in vain", () => {
    const failed = { task: task({ FailureCause: "The KMS key is disabled." }), slot: SLOT };
    assertReport(
      endedReport(context(), failed, "failed"),
      "failed problem: Export prod-2025021806 has failed",
      [
        `${NAME} has failed: The KMS key is disabled.`,
        "What it has written stays closed.",
        CLOSED,
        "",
        WHEN_GONE,
        EXPORT,
      ],
    );
    assertReport(
      endedReport(context({}, false), { task: task(), slot: SLOT }, "canceled"),
      "canceled problem: Export prod-2025021806 was canceled",
      [`${NAME} was canceled.`, `What it has written ${PARTS}.`, "", WHEN_GONE, EXPORT],
    );
  });

  it("tells of an export that is not there", () => {
    const absent =
      "There is no export prod-2025021806 of cluster example-prod in bucket prod-export-bucket: it was never started, or its start failed.";
    const kept = "BigQuery keeps the rows of its last load.";
    const rest = ["", "Why it was not started is in the log of prod__exporter.", WHEN_GONE, EXPORT];
    const head = "late problem: Export prod-2025021806 is absent";
    for (const guarded of [true, false]) {
      assertReport(lateReport(context({}, guarded), SLOT, undefined), head, [
        absent,
        `At 06:00 Asia/Tokyo BigQuery finds nothing to load. ${kept}`,
        ...rest,
      ]);
    }
    assertReport(lateReport(COMPLETION, SLOT, undefined), head, [absent, kept, ...rest]);
  });

  it("tells of an export that is not finished", () => {
    const head = "late problem: Export prod-2025021806 is late";
    const running = task({ Status: "IN_PROGRESS", PercentProgress: 61 });
    const reported = "When it is complete, that is reported, with what to run to load it.";
    assertReport(lateReport(context(), SLOT, running), head, [
      `${NAME} is not finished: IN_PROGRESS, 61 % done.`,
      "At 06:00 Asia/Tokyo BigQuery finds it incomplete: it stays closed.",
      CLOSED,
      "",
      reported,
    ]);
    assertReport(lateReport(context({}, false), SLOT, task({ Status: undefined })), head, [
      `${NAME} is not finished: without status.`,
      `At 06:00 Asia/Tokyo BigQuery finds it incomplete: it ${PARTS}.`,
      "",
      reported,
    ]);
    assertReport(lateReport(COMPLETION, SLOT, running), head, [
      `${NAME} is not finished: IN_PROGRESS, 61 % done.`,
      "Nothing is loaded so far. BigQuery keeps the rows of its last load.",
      "",
      "Its loads start by themselves when it is complete, and that is reported.",
    ]);
  });

  it("tells of an export that is too late, and when it can be loaded", () => {
    const head = "tooLate problem: Export prod-2025021806 is complete, too late for its load";
    const late = `${NAME} is complete, but later than 10 minutes before its load at 06:00 Asia/Tokyo.`;
    const closed = ["It stays closed, because runs could be half way.", CLOSED];
    const after = "After 07:00 Asia/Tokyo, when the runs of that load have ended:";
    const facts = { task: task({ TaskEndTime: new Date("2025-02-17T20:50:01Z") }), slot: SLOT, audit: WHOLE };
    assertReport(tooLateReport(context(), facts), head, [
      late,
      ...closed,
      "",
      after,
      "To load it, first run this, which opens it:",
      LOAD_IT,
      BY_HAND,
    ]);
    assertReport(tooLateReport(context(WITH_LOADER), { ...facts, audit: TROUBLED }), head, [
      late,
      ...closed,
      "",
      "In trouble, besides:",
      ...TROUBLE_LINES,
      "",
      after,
      LOADS_START,
      LOAD_IT,
    ]);
    assertReport(tooLateReport(context({}, false), facts), head, [late, `It ${PARTS}.`, "", after, BY_HAND]);
  });

  it("tells of an access key that cannot be used", () => {
    const head = "readerKey problem: The transfers' access key cannot be used";
    const key = "Access key AKIAIOSFODNN7EXAMPLE of IAM user prod-reader, which every transfer carries,";
    const lines = [
      "All loads of export prod-2025021806 fail. BigQuery keeps the rows of its last load.",
      "",
      'Find out who did this, and why. To make a new key: docs/runbook.md, "Rotate the access key".',
    ];
    assertReport(readerKeyReport(context(), SLOT, "Inactive"), head, [
      `${key} is Inactive.`,
      ...lines,
      "A key that works again before 06:00 Asia/Tokyo serves that load. After it:",
      BY_HAND,
    ]);
    assertReport(readerKeyReport(COMPLETION, SLOT, undefined), head, [
      `${key} is gone.`,
      ...lines,
      "After that:",
      LOADS_START,
      LOAD_IT,
    ]);
  });
});

describe("every report", () => {
  it("has a subject that SNS takes, with the verdict in it, for the longest and oddest names too", () => {
    const taskPrefix = "p".repeat(49);
    const id = `${taskPrefix}-${SLOT}`;
    const long = context({ taskPrefix, ...WITH_LOADER });
    const facts = { task: task({ ExportTaskIdentifier: id }), slot: SLOT, audit: TROUBLED };
    const subjects = [
      completed({ ...facts, audit: WHOLE }, long),
      tooLateReport(long, facts),
      endedReport(long, facts, "canceled"),
      unreadableReport(long, facts, "Why."),
      unknownSnapshotReport(long, facts),
    ].map(({ subject }) => subject);
    assert.deepEqual(subjects, [
      `Export ${id} is complete: 2 tables`,
      `Export ${id} is complete, too late for its load`.slice(0, 99),
      `Export ${id} was canceled`,
      `Export ${id} cannot be audited`,
      `Export ${id}: its snapshot is gone`,
    ]);
    const odd = endedReport(context(), { ...facts, task: task({ ExportTaskIdentifier: "é\n" }) }, "failed");
    assert.equal(odd.subject, "Export ?? has failed");
  });
});

describe("runTransfers", () => {
  it("gives the run time by the offset that the path carries", () => {
    assert.equal(runTransfers(context(), SLOT), BY_HAND);
    assert.match(
      runTransfers(context({ timeZone: "Europe/Berlin", pathOffsetMinutes: 120 }), SLOT),
      /^Run each transfer by hand for the run time 2025-02-18T04:00:00\.000Z /,
    );
  });
});
