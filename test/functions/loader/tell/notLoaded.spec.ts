import assert from "node:assert/strict";
import type { LoadMessage } from "../../../../contract/loadMessage";
import { parseSlot } from "../../../../contract/slot";
import { notLoadedReport } from "../../../../functions/loader/tell/notLoaded";
import type { Report } from "../../../../functions/reports/report";

const SLOT = parseSlot("2025021806");
const STACK = { taskPrefix: "prod", region: "ap-northeast-1", gateName: "prod__gate" };

function command(payload: string): string {
  const options = "--region ap-northeast-1 --function-name prod__gate --cli-binary-format raw-in-base64-out";
  return `  aws lambda invoke ${options} --payload '${payload}' /dev/stdout`;
}

function assertReport(report: Report, head: string, lines: readonly string[]): void {
  assert.equal(`${report.kind} ${report.severity}: ${report.subject}`, head);
  assert.deepEqual(report.text.split("\n"), lines);
  assert.equal(report.slot, SLOT);
}

describe("reports of loads that were not started", () => {
  it("tell of loads that could not be started, and how they are, by the one function that people ask", () => {
    const text = (payload: string) => [
      "The loads of export prod-2025021806 could not be started, or not all of them. Where they were not, BigQuery keeps the rows of the last load.",
      "Why.",
      "",
      "When the cause is gone, start them again, those of the tables that are loaded as well:",
      command(payload),
    ];
    const head = "notLoaded problem: Export prod-2025021806 is open, but not loaded";
    const loadIt = '{"slot":"2025021806"}';
    assertReport(notLoadedReport(STACK, { load: SLOT, attempt: 3 }, "Why."), head, text(loadIt));
    const despite: LoadMessage = { load: SLOT, asked: "2025-02-17T21:30:00.000Z", despiteFindings: true };
    const loadAll = '{"slot":"2025021806","despiteFindings":true}';
    assertReport(notLoadedReport(STACK, despite, "Why."), head, text(loadAll));
    const older = '{"slot":"2025021806","evenIfOlder":true}';
    assertReport(notLoadedReport(STACK, { load: SLOT, evenIfOlder: true }, "Why."), head, text(older));
  });

  it("show of a cause no more than a message holds", () => {
    assert.match(notLoadedReport(STACK, { load: SLOT }, "x".repeat(300_000)).text, /^x{3999}…$/m);
  });

  it("have a subject that SNS takes, for the longest names too", () => {
    const taskPrefix = "p".repeat(49);
    const { subject } = notLoadedReport({ ...STACK, taskPrefix }, { load: SLOT }, "Why.");
    assert.equal(subject, `Export ${taskPrefix}-2025021806 is open, but not loaded`);
    assert.ok(subject.length < 100);
  });
});
