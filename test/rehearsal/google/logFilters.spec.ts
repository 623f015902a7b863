// The part of the Logging query language that the alert policies write, and nothing else.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseLogFilter } from "../../../rehearsal/google/logFilters";
import { type LogEntry, type LogSeverity, SEVERITIES } from "../../../rehearsal/google/logs";

function entry(message: string, severity: LogSeverity = "ERROR", config = "c-1"): LogEntry {
  return {
    logName: "projects/p/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config",
    timestamp: new Date(0),
    severity,
    resource: {
      type: "bigquery_dts_config",
      labels: { project_id: "p", config_id: config, location: "us" },
    },
    labels: { run_id: "r" },
    jsonPayload: { message },
  };
}

describe("a log filter", () => {
  const lateTables = [
    'resource.type="bigquery_dts_config"',
    'logName="projects/p/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config"',
    "severity>=ERROR",
    'NOT jsonPayload.message=~"^Summary: "',
    'NOT jsonPayload.message=~"AccessDenied|InvalidAccessKeyId"',
    'resource.labels.config_id=("c-1" OR "c-2")',
  ].join("\n");

  const judged: [string, LogEntry, boolean][] = [
    ["an error of a config in the list", entry("boom"), true],
    ["an error of the other config", entry("boom", "ERROR", "c-2"), true],
    ["an error of a config whose id begins alike", entry("boom", "ERROR", "c-10"), false],
    ["a warning", entry("boom", "WARNING"), false],
    ["a summary", entry("Summary: succeeded 0 jobs, failed 1 jobs."), false],
    ["a message that speaks of a summary", entry("No Summary: was written"), true],
    ["a refusal", entry("x AccessDenied y"), false],
    ["a refusal in other letters", entry("x accessdenied y"), true],
  ];
  for (const [what, it_, expected] of judged) {
    it(`${expected ? "takes" : "leaves out"} ${what}`, () => {
      assert.equal(parseLogFilter(lateTables)(it_), expected);
    });
  }

  it("looks for a part of a text, and for one of several, whatever the case", () => {
    const has = (filter: string) => parseLogFilter(filter)(entry("No new files found matching"));
    assert.deepEqual(
      [
        'jsonPayload.message:"new FILES found"',
        'jsonPayload.message:("x" OR "no new")',
        'jsonPayload.message:"old files"',
        'jsonPayload.message="no new files found matching"',
        'jsonPayload.message="No new files"',
        "NOT severity>=ERROR",
        'severity=error AND NOT labels.run_id="s"',
        'resource.labels.location=us resource.labels.project_id="P"',
      ].map(has),
      [true, true, false, true, false, false, true, true],
    );
  });

  it("takes quotes and backslashes in a text", () => {
    assert.equal(
      parseLogFilter('jsonPayload.message:"say \\"no\\" to \\\\"')(entry('I say "no" to \\')),
      true,
    );
  });

  it("compares severities by their order", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SEVERITIES), fc.constantFrom(...SEVERITIES), (least, severity) => {
        const expected = SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
        assert.equal(parseLogFilter(`severity>=${least}`)(entry("", severity)), expected);
      }),
    );
  });

  const refused: [string, string][] = [
    ["severity>=WORSE", "only severities are compared by >=, each with one of INFO, WARNING, ERROR"],
    [
      "severity>=(ERROR OR INFO)",
      "only severities are compared by >=, each with one of INFO, WARNING, ERROR",
    ],
    ["labels.run_id>=ERROR", "only severities are compared by >=, each with one of INFO, WARNING, ERROR"],
    ["textPayload:x", "the rehearsal's log has no field textPayload"],
    ["toString:x", "the rehearsal's log has no field toString"],
    ["severity", "the end stands where a sign belongs"],
    ["severity=", "the end stands where a text or word belongs"],
    ["severity)ERROR", "severity) is no comparison"],
    ['severity=("ERROR" OR', "the end stands where a text or word belongs"],
    ['severity=("ERROR"', "a list of values does not end"],
    ["(severity=ERROR)", "( stands where a word belongs"],
    ["severity=ERROR OR severity=INFO", "the rehearsal's log has no field OR"],
    ["severity!=ERROR", 'nobody knows what follows "severity"'],
    ['severity="ERROR', 'nobody knows what follows "severity="'],
    ['"ERROR"', "ERROR stands where a word belongs"],
  ];
  for (const [filter, reason] of refused) {
    it(`is refused as ${filter}`, () => {
      assert.throws(() => parseLogFilter(filter), {
        message: `the rehearsal's log does not know the filter ${filter}: ${reason}`,
      });
    });
  }

  it("has at most 20,000 characters", () => {
    const filter = 'jsonPayload.message:"'.padEnd(19_999, "x");
    assert.equal(parseLogFilter(`${filter}"`)(entry("")), false);
    assert.throws(() => parseLogFilter(`${filter}x"`), /: it has more than 20000 characters$/);
  });
});
