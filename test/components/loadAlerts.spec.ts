import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { GoogleProject } from "../../components/googleProject";
import {
  CONFIGS_PER_POLICY,
  existingChannels,
  FILTER_MAX_LENGTH,
  LOAD_ALERTS,
  LoadAlerts,
  type LoadAlertsArgs,
} from "../../components/loadAlerts";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { recordResources, resolved } from "../support/recordResources";
import { listed, named, ofType } from "../support/registrations";

// What this does not prove: that the transfers log what the filters look for, and that anybody reads his mail.

const POLICY = "gcp:monitoring/alertPolicy:AlertPolicy";

function config(id: string): string {
  return `projects/987654321098/locations/asia-northeast1/transferConfigs/${id}`;
}

const ARGS: LoadAlertsArgs = {
  project: ENABLED_PROJECT,
  prefix: "prod",
  emails: ["oncall@example.com", "data@example.com"],
  channels: ["projects/example-prod/notificationChannels/1", "projects/example-prod/notificationChannels/2"],
  severity: "page",
  freshnessChecks: [config("f-2"), config("f-1")],
  transfers: [config("t-2"), config("t-1")],
  mayBeEmptyTransfers: [config("e-1")],
  viewMaker: config("v-1"),
  labels: { environment: "prod" },
};

async function record(more: Partial<LoadAlertsArgs> = {}) {
  const made: LoadAlerts[] = [];
  const registrations = await recordResources(() =>
    made.push(new LoadAlerts("alerts", { ...ARGS, ...more })),
  );
  const [alerts] = made;
  assert.ok(alerts);
  return { registrations, alerts };
}

function filterOf({ inputs }: Registration): string {
  const [condition] = inputs.conditions as { conditionMatchedLog: { filter: string } }[];
  return String(condition?.conditionMatchedLog.filter);
}

describe("LoadAlerts", () => {
  let registrations: Registration[];
  let alerts: LoadAlerts;
  before(async () => {
    ({ registrations, alerts } = await record());
  });

  it("registers a channel for each address and a policy for each fault, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:LoadAlerts alerts",
      "gcp:monitoring/alertPolicy:AlertPolicy alerts-loadFailed",
      "gcp:monitoring/alertPolicy:AlertPolicy alerts-mayBeEmptyFailed",
      "gcp:monitoring/alertPolicy:AlertPolicy alerts-noFilesFound",
      "gcp:monitoring/alertPolicy:AlertPolicy alerts-tablesNotOfToday",
      "gcp:monitoring/alertPolicy:AlertPolicy alerts-viewsNotMade",
      "gcp:monitoring/notificationChannel:NotificationChannel alerts-email-data@example.com",
      "gcp:monitoring/notificationChannel:NotificationChannel alerts-email-oncall@example.com",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("makes a channel of an address", () => {
    assert.deepEqual(named(registrations, "alerts-email-data@example.com").inputs, {
      project: "example-prod",
      displayName: "prod: data@example.com",
      type: "email",
      labels: { email_address: "data@example.com" },
      userLabels: { environment: "prod" },
    });
  });

  it("gives a policy exactly these inputs", () => {
    const channels = ["data", "oncall"].map(
      (it) => named(registrations, `alerts-email-${it}@example.com`).id,
    );
    assert.deepEqual(named(registrations, "alerts-tablesNotOfToday").inputs, {
      project: "example-prod",
      displayName: "prod: tables are not of today",
      combiner: "OR",
      severity: "CRITICAL",
      conditions: [
        {
          displayName: "tables are not of today",
          conditionMatchedLog: {
            filter: [
              'resource.type="bigquery_dts_config"',
              'logName="projects/example-prod/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config"',
              "severity>=ERROR",
              'NOT jsonPayload.message=~"^Summary: "',
              'resource.labels.config_id=("f-1" OR "f-2")',
            ].join("\n"),
            labelExtractors: {
              config: "EXTRACT(resource.labels.config_id)",
              message: 'REGEXP_EXTRACT(jsonPayload.message, "(?s)^(.{0,1000})")',
            },
          },
        },
      ],
      notificationChannels: [
        ...channels,
        "projects/example-prod/notificationChannels/1",
        "projects/example-prod/notificationChannels/2",
      ],
      alertStrategy: { notificationRateLimit: { period: "43200s" }, autoClose: "72000s" },
      documentation: {
        mimeType: "text/markdown",
        content: [
          "$" + "{log.extracted_label.message}",
          LOAD_ALERTS.tablesNotOfToday.text,
          "Transfer config: $" +
            '{log.extracted_label.config}. What to do: docs/runbook.md, "Tables are not of today".',
        ].join("\n\n"),
      },
      userLabels: { environment: "prod" },
    });
  });

  const filters: [string, string[]][] = [
    ["alerts-loadFailed", ["severity>=ERROR", 'NOT jsonPayload.message=~"^Summary: "', '("t-1" OR "t-2")']],
    ["alerts-noFilesFound", ['jsonPayload.message:"No new files found"', '("t-1" OR "t-2")']],
    [
      "alerts-mayBeEmptyFailed",
      [
        "severity>=ERROR",
        'NOT jsonPayload.message=~"^Summary: "',
        'NOT jsonPayload.message=~"AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch"',
        '("e-1")',
      ],
    ],
    ["alerts-viewsNotMade", ["severity>=ERROR", 'NOT jsonPayload.message=~"^Summary: "', '("v-1")']],
  ];
  for (const [name, lines] of filters) {
    it(`watches by ${name} what it is for`, () => {
      const [ids = "", ...conditions] = lines.toReversed();
      assert.equal(
        filterOf(named(registrations, name)),
        [
          'resource.type="bigquery_dts_config"',
          'logName="projects/example-prod/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config"',
          ...conditions.toReversed(),
          `resource.labels.config_id=${ids}`,
        ].join("\n"),
      );
    });
  }

  it("notifies of what nothing else tells, and of nothing twice", () => {
    const told = ofType(registrations, POLICY).map(({ name, inputs }) => [
      name,
      (inputs.notificationChannels as unknown[] | undefined)?.length,
      inputs.severity,
    ]);
    assert.deepEqual(told, [
      ["alerts-loadFailed", undefined, "WARNING"],
      ["alerts-mayBeEmptyFailed", 4, "CRITICAL"],
      ["alerts-noFilesFound", undefined, "WARNING"],
      ["alerts-tablesNotOfToday", 4, "CRITICAL"],
      ["alerts-viewsNotMade", 4, "CRITICAL"],
    ]);
  });

  it("pages nobody in a stack that only informs", async () => {
    const informing = (await record({ severity: "inform" })).registrations;
    assert.deepEqual(
      new Set(ofType(informing, POLICY).map(({ inputs }) => inputs.severity)),
      new Set(["WARNING"]),
    );
  });

  it("names the runbook's heading and the policy's title by the table of texts", () => {
    for (const [key, { title, heading }] of Object.entries(LOAD_ALERTS)) {
      const { displayName, documentation } = named(registrations, `alerts-${key}`).inputs;
      assert.equal(displayName, `prod: ${title}`);
      const { content } = documentation as { content: string };
      assert.ok(content.endsWith(`What to do: docs/runbook.md, "${heading}".`), content);
    }
  });

  it("has no policy for what the stack does not have", async () => {
    const made = (await record({ freshnessChecks: [], mayBeEmptyTransfers: [], viewMaker: undefined }))
      .registrations;
    assert.deepEqual(
      ofType(made, POLICY).map(({ name }) => name),
      ["alerts-loadFailed", "alerts-noFilesFound"],
    );
  });

  it("has no policies where nobody is to be told", async () => {
    const { registrations: made, alerts: none } = await record({ emails: [], channels: [] });
    assert.deepEqual(listed(made), ["aurora-to-bigquery:index:LoadAlerts alerts"]);
    assert.deepEqual(none.policyNames, []);
  });

  it("is content with addresses alone, and with channels alone", async () => {
    for (const more of [{ emails: [] }, { channels: [] }]) {
      const { alerts: made } = await record(more);
      assert.equal(made.policyNames.length, 5);
    }
  });

  it("tells its policies", async () => {
    assert.deepEqual(
      await Promise.all(alerts.policyNames.map((it) => resolved(it))),
      ["tablesNotOfToday", "loadFailed", "noFilesFound", "mayBeEmptyFailed", "viewsNotMade"].map(
        (it) => named(registrations, `alerts-${it}`).id,
      ),
    );
  });

  it("is the same whatever the order of addresses and configs", async () => {
    const turned = {
      emails: ARGS.emails.toReversed(),
      freshnessChecks: ARGS.freshnessChecks.toReversed(),
      transfers: ARGS.transfers.toReversed(),
    };
    const inputs = (made: readonly Registration[]) => ofType(made, POLICY).map((it) => it.inputs);
    assert.deepEqual(inputs((await record(turned)).registrations), inputs(registrations));
  });

  it("splits configs that are too many for one filter over several policies, each named", async () => {
    const ids = Array.from(
      { length: 2 * CONFIGS_PER_POLICY + 1 },
      (_, index) => `${String(index).padStart(8, "0")}-0000-2caa-86b1-089e08214038`,
    );
    const project = { ...ENABLED_PROJECT, id: "p".repeat(30) };
    const made = (await record({ project, transfers: ids.map(config) })).registrations;
    const policies = ofType(made, POLICY).filter(({ name }) => name.startsWith("alerts-loadFailed"));
    assert.deepEqual(
      policies.map(({ name, inputs }) => [name, inputs.displayName]),
      [
        ["alerts-loadFailed", "prod: a load failed"],
        ["alerts-loadFailed-2", "prod: a load failed (2)"],
        ["alerts-loadFailed-3", "prod: a load failed (3)"],
      ],
    );
    const texts = policies.map(filterOf);
    assert.ok(texts.every(({ length }) => length <= FILTER_MAX_LENGTH));
    assert.deepEqual(
      texts.flatMap((text) => text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)),
      ids,
    );
  });
});

describe("existingChannels", () => {
  const CHANNELS: Record<string, string> = {
    "Data on call": "projects/example-prod/notificationChannels/1",
    Chat: "projects/example-prod/notificationChannels/2",
  };
  let asked: unknown[];

  beforeEach(async () => {
    asked = [];
    const call = ({ token, inputs }: pulumi.runtime.MockCallArgs) => {
      asked.push([token, inputs]);
      const name = CHANNELS[inputs.displayName];
      // The engine answers by gRPC, whose errors have details.
      const details = "No NotificationChannel found using filter";
      if (name === undefined) throw Object.assign(new Error(details), { details });
      return { name };
    };
    const newResource = () => assert.fail("the search makes nothing");
    await pulumi.runtime.setMocks({ call, newResource });
  });
  afterEach(() => pulumi.runtime.disconnect());

  /** What is asked of a project whose APIs are on. */
  function search(displayNames: readonly string[]): Promise<unknown>[] {
    const answers: Promise<unknown>[] = [];
    const lookUp: GoogleProject["lookUp"] = (ask) => {
      const answer = ask("example-prod");
      answers.push(answer);
      return pulumi.output(answer.catch(() => undefined)) as ReturnType<GoogleProject["lookUp"]>;
    };
    const channels = existingChannels({ lookUp }, displayNames);
    assert.equal(channels.length, displayNames.length);
    return answers;
  }

  it("finds channels by their display names, in one project, whatever the order in the stack file", async () => {
    for (const names of [
      ["Chat", "Data on call"],
      ["Data on call", "Chat"],
    ]) {
      asked = [];
      assert.deepEqual(await Promise.all(search(names)), [
        "projects/example-prod/notificationChannels/2",
        "projects/example-prod/notificationChannels/1",
      ]);
      const token = "gcp:monitoring/getNotificationChannel:getNotificationChannel";
      assert.deepEqual(asked, [
        [token, { project: "example-prod", displayName: "Chat" }],
        [token, { project: "example-prod", displayName: "Data on call" }],
      ]);
    }
  });

  it("asks nothing for no names", () => {
    assert.deepEqual(search([]), []);
    assert.deepEqual(asked, []);
  });

  it("stops with one sentence at a name that it does not find", async () => {
    await assert.rejects(Promise.all(search(["Chat", "Pager"])), (error: unknown) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.equal(
        error.message,
        '`aurora-to-bigquery:alerts.googleChannels` names "Pager", and looking it up in project example-prod failed. Either the project has no notification channel of that name, or several, or these credentials may not list them. Correct the name (console: Monitoring, Alerting, Edit notification channels), or take it out. Google\'s answer: No NotificationChannel found using filter',
      );
      return true;
    });
  });
});
