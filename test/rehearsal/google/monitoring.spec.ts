// Who is told of what stands in the log, by the rules of "Incidents for log-based alerting policies".
import assert from "node:assert/strict";
import { VirtualClock } from "../../../rehearsal/clock";
import { LocalLogging, type LogEntry, type LogSeverity } from "../../../rehearsal/google/logs";
import { LocalMonitoring } from "../../../rehearsal/google/monitoring";
import { buildGoogleProject } from "../../../rehearsal/google/project";
import type { Registration } from "../../../rehearsal/program/inputs";
import { registered } from "./localProject";

const POLICY = "gcp:monitoring/alertPolicy:AlertPolicy";
const CHANNEL = "projects/p/notificationChannels/1";
const START = new Date("2025-02-17T22:03:00Z");
const HOUR = 3_600_000;

function policy(changes: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Registration {
  return registered(POLICY, {
    displayName: "prod: tables are not of today",
    combiner: "OR",
    conditions: [
      {
        displayName: "tables are not of today",
        conditionMatchedLog: {
          filter: 'severity>=ERROR\nNOT jsonPayload.message=~"^Summary: "',
          labelExtractors: {
            config: "EXTRACT(resource.labels.config_id)",
            message: 'REGEXP_EXTRACT(jsonPayload.message, "(?s)^(.{0,1000})")',
          },
          ...more,
        },
      },
    ],
    notificationChannels: [CHANNEL],
    alertStrategy: { notificationRateLimit: { period: "43200s" }, autoClose: "72000s" },
    documentation: {
      mimeType: "text/markdown",
      content:
        "$" +
        "{log.extracted_label.message} ($" +
        '{log.extracted_label.config}). What to do: docs/runbook.md, "Tables are not of today".',
    },
    ...changes,
  });
}

describe("Cloud Monitoring", () => {
  let clock: VirtualClock;
  let logging: LocalLogging;
  let monitoring: LocalMonitoring;

  function watch(...registrations: Registration[]): void {
    clock = new VirtualClock(START);
    logging = new LocalLogging();
    const email = { type: "email", labels: { email_address: "data@example.com" } };
    const channel = "gcp:monitoring/notificationChannel:NotificationChannel";
    const existing = new Map([["projects/p/notificationChannels/2", "on call"]]);
    const project = buildGoogleProject(
      [registered(channel, email, { name: CHANNEL }), ...registrations],
      existing,
    );
    monitoring = new LocalMonitoring(project, clock);
    logging.readers.push((entry) => monitoring.read(entry));
  }

  function log(message: string, config = "c-1", severity: LogSeverity = "ERROR"): void {
    const entry: LogEntry = {
      logName: "projects/p/logs/x",
      timestamp: clock.now(),
      severity,
      resource: {
        type: "bigquery_dts_config",
        labels: { project_id: "p", config_id: config, location: "us" },
      },
      labels: { run_id: "r" },
      jsonPayload: { message },
    };
    logging.write(entry);
  }

  const later = (hours: number) => clock.runUntil(new Date(clock.now().getTime() + hours * HOUR));
  const open = () => monitoring.incidents.filter(({ closes }) => clock.now() < closes);
  const told = () => monitoring.told.map(({ time, text }) => [time.toISOString(), text.split(".")[0]]);

  it("tells so much of a message as its expression finds, over all lines", () => {
    watch(policy());
    log(`a\n${"b".repeat(5000)}`);
    assert.equal(monitoring.incidents[0]?.labels.message, `a\n${"b".repeat(998)}`);
  });

  it("opens an incident for what a policy looks for, and tells its channels", () => {
    watch(policy({ notificationChannels: [CHANNEL, "projects/p/notificationChannels/2"] }));
    log("all is well", "c-1", "INFO");
    log("Summary: succeeded 0 jobs, failed 1 jobs.");
    assert.deepEqual([monitoring.incidents, monitoring.told], [[], []]);
    log("users is late");
    assert.deepEqual(monitoring.incidents, [
      {
        policy: "prod: tables are not of today",
        labels: { config: "c-1", message: "users is late" },
        opened: START,
        closes: new Date(START.getTime() + 20 * HOUR),
      },
    ]);
    assert.deepEqual(monitoring.told, [
      {
        time: START,
        policy: "prod: tables are not of today",
        heading: "Tables are not of today",
        subject: "prod: tables are not of today",
        text: 'users is late (c-1). What to do: docs/runbook.md, "Tables are not of today".',
        recipients: ["data@example.com", "on call"],
      },
    ]);
    assert.deepEqual(monitoring.problems, []);
  });

  it("tells each config and message once in the period, and of a close nobody", async () => {
    watch(policy());
    for (const [message, config] of [["a"], ["a"], ["b"], ["a", "c-2"]] as const) log(message, config);
    assert.deepEqual(
      monitoring.told.map(({ text }) => text.slice(0, 7)),
      ["a (c-1)", "b (c-1)", "a (c-2)"],
    );
    await later(11.9);
    log("a");
    assert.equal(monitoring.told.length, 3);
    await later(0.1);
    log("a");
    assert.deepEqual([monitoring.told.length, monitoring.incidents.length], [4, 3]);
  });

  it("closes an incident when nothing like it has come for a while, and then opens another", async () => {
    watch(policy());
    log("a");
    await later(19);
    assert.equal(open().length, 1);
    log("a");
    await later(19);
    assert.equal(open().length, 1);
    await later(1);
    assert.deepEqual([open(), monitoring.incidents.length], [[], 1]);
    log("a");
    assert.deepEqual([open().length, monitoring.incidents.length], [1, 2]);
    assert.deepEqual(told(), [
      ["2025-02-17T22:03:00.000Z", "a (c-1)"],
      ["2025-02-18T17:03:00.000Z", "a (c-1)"],
      ["2025-02-19T13:03:00.000Z", "a (c-1)"],
    ]);
  });

  it("keeps incidents that nobody is told of, where a policy has no channel", () => {
    watch(policy({ notificationChannels: [] }));
    log("a");
    assert.deepEqual([open().length, monitoring.told, monitoring.problems], [1, [], []]);
  });

  it("asks each policy, but none that is switched off", () => {
    watch(policy(), policy({ displayName: "off", enabled: false }), policy({ displayName: "another" }));
    log("a");
    assert.deepEqual(
      monitoring.told.map((it) => it.policy),
      ["prod: tables are not of today", "another"],
    );
  });

  it("sends at most twenty messages of a policy in a day, and says what it holds back", async () => {
    watch(policy());
    for (let count = 0; count < 21; count++) log(`${count}`);
    assert.deepEqual([monitoring.told.length, monitoring.incidents.length], [20, 20]);
    assert.deepEqual(monitoring.problems, [
      'Cloud Monitoring holds back a message of "prod: tables are not of today": too many in a day',
    ]);
    await later(24);
    log("20");
    assert.equal(monitoring.told.length, 21);
  });

  it("misses a channel that the project does not have", () => {
    watch(policy({ notificationChannels: ["projects/p/notificationChannels/3"] }));
    log("a");
    assert.deepEqual(monitoring.problems, [
      '"prod: tables are not of today" notifies projects/p/notificationChannels/3, which the project does not have',
    ]);
    assert.deepEqual(monitoring.told[0]?.recipients, []);
  });

  it("writes a subject of its own, and the policy's name", () => {
    const subject = "$" + "{policy.display_name}: $" + "{log.extracted_label.config}";
    watch(policy({ documentation: { content: "no heading", subject } }));
    log("a");
    const { subject: shown, heading, text } = monitoring.told[0] ?? {};
    assert.deepEqual([shown, heading, text], ["prod: tables are not of today: c-1", undefined, "no heading"]);
  });

  const urn = `urn:pulumi:prod::p::${POLICY}`;
  const refused: [string, Registration, string][] = [
    [
      "another condition",
      policy({ conditions: [{ displayName: "x", conditionThreshold: {} }] }),
      `the rehearsal's Cloud Monitoring knows policies of one log match alone, unlike ${urn}`,
    ],
    [
      "two conditions",
      policy({ conditions: [{ conditionMatchedLog: { filter: "severity=ERROR" } }, {}] }),
      `the rehearsal's Cloud Monitoring knows policies of one log match alone, unlike ${urn}`,
    ],
    [
      "a filter that nobody knows",
      policy({}, { filter: "severity!=INFO" }),
      `the rehearsal's log does not know the filter severity!=INFO: nobody knows what follows "severity"`,
    ],
    [
      "another extractor",
      policy({}, { labelExtractors: { config: 'REGEXP_EXTRACT(labels.run_id, "x")' } }),
      `${urn} has the extractor REGEXP_EXTRACT(labels.run_id, "x"); EXTRACT(field) and REGEXP_EXTRACT(field, "(?s)…") alone are known`,
    ],
    [
      "a variable that no extractor fills",
      policy({}, { labelExtractors: { config: "EXTRACT(resource.labels.config_id)" } }),
      `${urn} has the variable log.extracted_label.message in its documentation, which nothing gives a value`,
    ],
    [
      "no limit of messages",
      policy({ alertStrategy: {} }),
      `${urn} has the duration undefined; expected whole seconds, such as 3600s`,
    ],
    [
      "a limit that Google does not take",
      policy({ alertStrategy: { notificationRateLimit: { period: "299s" } } }),
      `${urn} may notify every 299 seconds; least is 300`,
    ],
    [
      "incidents that stay open too long",
      policy({ alertStrategy: { notificationRateLimit: { period: "300s" }, autoClose: "604801s" } }),
      `${urn} closes incidents after 604801 seconds; expected 1800 to 604800`,
    ],
    [
      "incidents that close too early",
      policy({ alertStrategy: { notificationRateLimit: { period: "300s" }, autoClose: "1799s" } }),
      `${urn} closes incidents after 1799 seconds; expected 1800 to 604800`,
    ],
  ];
  for (const [what, registration, message] of refused) {
    it(`knows no policy with ${what}`, () => {
      assert.throws(() => watch(registration), { message });
    });
  }

  it("closes incidents after a week where a policy says nothing", () => {
    watch(policy({ alertStrategy: { notificationRateLimit: { period: "300s" } } }));
    log("a");
    assert.deepEqual(monitoring.incidents[0]?.closes, new Date(START.getTime() + 7 * 24 * HOUR));
  });
});
