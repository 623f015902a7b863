// The runbook and the reports are in step: each subject that people get has a row, each row a subject, and every
// heading that a report names is there.

import assert from "node:assert/strict";
import { ALARM_TEXTS } from "../../components/alarmTexts";
import { LOAD_ALERTS } from "../../components/loadAlerts";
import { parseSlot } from "../../contract/slot";
import type { Audit, AuditedTable } from "../../functions/gate/audit/audit";
import type { ReportContext } from "../../functions/gate/gate";
import { changedReport } from "../../functions/gate/tell/changed";
import { completedReport } from "../../functions/gate/tell/completed";
import {
  incompleteReport,
  noRoomReport,
  tooLateReport,
  unknownSnapshotReport,
  unreadableReport,
} from "../../functions/gate/tell/heldBack";
import {
  endedReport,
  lateReport,
  notOpenedReport,
  notStartedReport,
} from "../../functions/gate/tell/missing";
import { readerKeyReport } from "../../functions/gate/tell/readerKey";
import { notFollowedReport, notWholeReport, wholeReport } from "../../functions/loader/tell/followed";
import { notJournaledReport } from "../../functions/loader/tell/notJournaled";
import { notLoadedReport } from "../../functions/loader/tell/notLoaded";
import { viewsNotMadeReport } from "../../functions/loader/tell/viewsNotMade";
import type { Report } from "../../functions/reports/report";
import { ENVIRONMENT, table, task, WITH_LOADER } from "../functions/world";
import { readText, tableRows } from "./markdown";

const RUNBOOK = readText("docs/runbook.md");
const SLOT = parseSlot("2025021806");
const LOADER = {
  taskPrefix: "prod",
  region: "ap-northeast-1",
  gateName: "prod__gate",
  journalDataset: "prod_aurora_reports",
};

function contexts(): ReportContext[] {
  const now = new Date("2025-02-17T19:27:00Z");
  return [ENVIRONMENT, { ...ENVIRONMENT, ...WITH_LOADER }].flatMap((environment) =>
    [true, false].map((guarded) => ({ environment, functionName: "prod__gate", now, guarded })),
  );
}

const FAILED = {
  dataset: "prod_shop",
  destination: "users",
  folder: "shop/shop.users",
  files: 1,
  outcome: "failed",
  cause: "Why.",
} as const;

function auditOf(state: AuditedTable["state"], changes: Partial<AuditedTable> = {}): Audit {
  const tables = [
    { table: table("users"), folder: "shop/shop.users", state, files: 1, bytes: 1, ...changes },
  ];
  return { tables, partialFolders: [], warnings: [], unknownTables: [] };
}

/** One report of each sort that people get. */
function reports(context: ReportContext): Report[] {
  const facts = { task: task(), slot: SLOT };
  const completed = { ...facts, plan: "clock", troubleBefore: true, byPerson: false } as const;
  return [
    endedReport(context, facts, "failed"),
    endedReport(context, facts, "canceled"),
    lateReport(context, SLOT, task({ Status: "IN_PROGRESS" })),
    lateReport(context, SLOT, undefined),
    notStartedReport(context, SLOT, { cause: "Why.", scheduledTime: context.now }),
    notOpenedReport(context, SLOT, "Why."),
    completedReport(context, { ...completed, plan: "person", audit: auditOf("whole") }),
    completedReport(context, { ...completed, plan: "superseded", audit: auditOf("whole") }),
    completedReport(context, { ...completed, audit: { ...auditOf("whole"), warnings: ["GENERAL"] } }),
    tooLateReport(context, { ...facts, audit: auditOf("whole") }),
    completedReport(context, { ...completed, audit: auditOf("missing") }),
    completedReport(context, { ...completed, audit: auditOf("empty") }),
    completedReport(context, { ...completed, audit: auditOf("whole", { shrunk: "how far" }) }),
    completedReport(context, { ...completed, audit: auditOf("shrunk", { shrunk: "how far" }) }),
    completedReport(context, { ...completed, audit: auditOf("whole") }),
    incompleteReport(context, { ...facts, audit: auditOf("missing") }, "Why."),
    noRoomReport(context, facts, "Why."),
    unreadableReport(context, facts, "Why."),
    unknownSnapshotReport(context, facts),
    readerKeyReport(context, SLOT, "Inactive"),
    changedReport(context, SLOT, { changed: [], added: [table("users")], gone: [], undescribed: [] }),
    notLoadedReport(LOADER, { load: SLOT }, "Why."),
    notFollowedReport(LOADER, SLOT, "Why."),
    notJournaledReport(LOADER, SLOT, ["2025-02-18"], "Why."),
    viewsNotMadeReport(LOADER, { slot: SLOT, viewMaker: "projects/1/…", runTime: context.now }, "Why."),
    notWholeReport(LOADER, { slot: SLOT, tables: [FAILED] }, [FAILED]),
    wholeReport(LOADER, { slot: SLOT, tables: [FAILED] }, true),
  ];
}

/** `Export … is late` → a pattern for whole subjects. */
function patternOf(cell: string): RegExp {
  const parts = cell.replaceAll("`", "").split("…");
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`);
}

/** Text of a chapter, without its heading. */
function chapterOf(heading: string): string {
  return RUNBOOK.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
}

describe("docs/runbook.md", () => {
  const rows = tableRows(RUNBOOK, "Subject").map(([cell = ""]) => patternOf(cell));
  const all = contexts().flatMap(reports);

  it("has a row for each subject that people get", () => {
    const lost = all.filter(({ subject }) => !rows.some((row) => row.test(subject)));
    assert.deepEqual(
      lost.map(({ subject }) => subject),
      [],
    );
  });

  it("has no row for what is never sent", () => {
    const unsent = rows.filter((row) => !all.some(({ subject }) => row.test(subject)));
    assert.deepEqual(unsent, []);
  });

  it("has every heading that a report names", () => {
    const named = contexts()
      .flatMap(reports)
      .flatMap(({ text }) =>
        [...text.matchAll(/docs\/runbook\.md, "([^"]+)"/g)].map(([, heading = ""]) => heading),
      );
    const headings = [...RUNBOOK.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
    assert.ok(named.length > 0);
    assert.deepEqual(
      [...new Set(named)].filter((heading) => !headings.includes(heading)),
      [],
    );
  });

  // "When an alarm comes" and "When BigQuery's check speaks": a section for each alert, and none for what is none.
  for (const [chapter, alerts] of [
    ["When an alarm comes", Object.values(ALARM_TEXTS)],
    ["When BigQuery's check speaks", Object.values(LOAD_ALERTS)],
  ] as const) {
    it(`has a section for each alert under "${chapter}", and no other`, () => {
      const sections = [...chapterOf(chapter).matchAll(/^### (.+)$/gm)].map(([, heading = ""]) => heading);
      assert.deepEqual(sections.sort(), alerts.map(({ heading }) => heading).sort());
    });
  }

  it("names each alarm in its own section", () => {
    for (const [name, { heading }] of Object.entries(ALARM_TEXTS)) {
      const section = chapterOf("When an alarm comes").split(`### ${heading}\n`)[1]?.split("\n### ")[0] ?? "";
      assert.ok(section.includes(`\`prod-aurora-${name}\``), name);
    }
  });

  it("says in each section what it means, what to do, and when it is over", () => {
    for (const chapter of ["When an alarm comes", "When BigQuery's check speaks"]) {
      const sections = chapterOf(chapter).split(/^### /m).slice(1);
      const silent = sections.filter(
        (it) => !it.startsWith("A load f") && !/\*\*This morning\*\*.*\*\*Do\*\*/s.test(it),
      );
      assert.deepEqual(
        silent.map((it) => it.split("\n")[0]),
        [],
      );
    }
  });
});
