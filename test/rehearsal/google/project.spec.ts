// What the local project makes of what the program registers for loads on completion.
import assert from "node:assert/strict";
import { buildGoogleProject } from "../../../rehearsal/google/project";
import type { Registration } from "../../../rehearsal/program/inputs";
import { Secret } from "../../../rehearsal/program/registrations";
import { registered } from "./localProject";

const POOL = "projects/42/locations/global/workloadIdentityPools/prod-aurora-loader";
const LOADS = "prod-loads@p.iam.gserviceaccount.com";

function transfer(inputs: Record<string, unknown>): Registration {
  return registered(
    "gcp:bigquery/dataTransferConfig:DataTransferConfig",
    {
      dataSourceId: "amazon_s3",
      displayName: "prod_users",
      destinationDatasetId: "prod_shop",
      location: "asia-northeast1",
      serviceAccountName: "owner@p",
      params: {},
      ...inputs,
    },
    { name: "projects/42/locations/asia-northeast1/transferConfigs/1" },
  );
}

describe("the Google project", () => {
  it("knows transfers without a clock, and those that have one", () => {
    const { transfers, ids } = buildGoogleProject([
      transfer({ scheduleOptions: { disableAutoScheduling: true } }),
      transfer({ schedule: "every day 21:00" }),
      transfer({ schedule: "every day 21:00", scheduleOptions: { disableAutoScheduling: true } }),
    ]);
    assert.deepEqual(
      transfers.map((it) => [it.schedule, it.automatic]),
      [
        ["", false],
        ["every day 21:00", true],
        ["every day 21:00", false],
      ],
    );
    assert.deepEqual([...ids], ["p", "42"]);
  });

  it("refuses a transfer that would run every 24 hours, for want of a schedule", () => {
    assert.throws(() => buildGoogleProject([transfer({})]), {
      message:
        "urn:pulumi:prod::p::gcp:bigquery/dataTransferConfig:DataTransferConfig has no schedule: it would run every 24 hours, from whenever it was created",
    });
  });

  it("has the pool's provider, and the roles of the account that the gate becomes", () => {
    const arnPrefix = "arn:aws:sts::123456789012:assumed-role/prod-gate/";
    const account = `projects/p/serviceAccounts/${LOADS}`;
    const member = `principal://iam.googleapis.com/${POOL}/subject/prod-gate`;
    const emptier = "projects/p/roles/auroraTableEmptier.prod";
    const starter = "projects/p/roles/auroraLoadStarter.prod";
    const role = "gcp:projects/iAMCustomRole:IAMCustomRole";
    const project = buildGoogleProject([
      registered("gcp:iam/workloadIdentityPool:WorkloadIdentityPool", {}, { name: POOL }),
      registered(
        "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
        {
          aws: { accountId: "123456789012" },
          attributeMapping: { "google.subject": "assertion.arn.extract('assumed-role/{role}/')" },
          attributeCondition: `assertion.account == '123456789012' && assertion.arn.startsWith('${arnPrefix}')`,
        },
        { name: `${POOL}/providers/aws-loader` },
      ),
      registered("gcp:serviceaccount/account:Account", {}, { email: LOADS, name: account }),
      registered("gcp:serviceaccount/iAMMember:IAMMember", {
        serviceAccountId: account,
        role: "roles/iam.workloadIdentityUser",
        member,
      }),
      registered(role, { permissions: ["bigquery.transfers.get"] }, { name: starter }),
      registered(role, { permissions: ["bigquery.tables.updateData"] }, { name: emptier }),
      registered("gcp:projects/iAMMember:IAMMember", { role: starter, member: `serviceAccount:${LOADS}` }),
      ...["prod_shop", "prod_other"].map((datasetId) =>
        registered("gcp:bigquery/dataset:Dataset", {
          datasetId,
          location: "asia-northeast1",
          accesses: [
            { role: "WRITER", userByEmail: "agent@p" },
            ...(datasetId === "prod_shop" ? [{ role: emptier, userByEmail: LOADS }] : []),
          ],
        }),
      ),
    ]);
    assert.deepEqual(project.providers.get(`${POOL}/providers/aws-loader`), {
      name: `${POOL}/providers/aws-loader`,
      accountId: "123456789012",
      subject: { before: "assumed-role/", behind: "/" },
      condition: { account: "123456789012", arnPrefix },
    });
    const user = "roles/iam.workloadIdentityUser";
    assert.deepEqual(
      [project.hasRoleOn(LOADS, user, member), project.hasRoleOn(LOADS, user, `${member}2`)],
      [true, false],
    );
    const may: [string, string, string | undefined, boolean][] = [
      [LOADS, "bigquery.transfers.get", undefined, true],
      [LOADS, "bigquery.transfers.update", undefined, false],
      [LOADS, "bigquery.tables.updateData", "prod_shop", true],
      [LOADS, "bigquery.tables.get", "prod_shop", false],
      [LOADS, "bigquery.tables.updateData", "prod_other", false],
      [LOADS, "bigquery.tables.updateData", undefined, false],
      ["agent@p", "bigquery.tables.updateData", "prod_other", true],
      ["agent@p", "bigquery.transfers.get", "prod_other", false],
    ];
    for (const [who, permission, dataset, expected] of may) {
      assert.equal(project.mayUse(who, permission, dataset), expected, `${who} ${permission} ${dataset}`);
    }
  });

  it("knows which datasets' views read a dataset for their own readers", () => {
    const project = buildGoogleProject([
      registered("gcp:bigquery/dataset:Dataset", {
        datasetId: "prod_shop",
        location: "asia-northeast1",
        accesses: [
          { role: "READER", groupByEmail: "analysts@p" },
          { view: { projectId: "p", datasetId: "prod_reporting", tableId: "users" } },
          { dataset: { dataset: { projectId: "p", datasetId: "prod_shop_views" }, targetTypes: ["VIEWS"] } },
        ],
      }),
    ]);
    assert.deepEqual(project.datasets.get("prod_shop"), {
      ...{ id: "prod_shop", location: "asia-northeast1" },
      access: [{ role: "READER", who: "analysts@p" }],
      sharedWith: ["prod_shop_views"],
    });
  });

  describe("with scheduled queries", () => {
    const query = {
      dataSourceId: "scheduled_query",
      displayName: "prod_shop_freshness",
      destinationDatasetId: undefined,
      schedule: "every day 22:03",
      serviceAccountName: "freshness@p",
      params: { query: "SELECT 1" },
    };

    it("keeps them apart from the transfers", () => {
      const { transfers, scheduledQueries } = buildGoogleProject([
        transfer({ schedule: "every day 21:00" }),
        transfer(query),
      ]);
      assert.deepEqual(
        transfers.map((it) => [it.displayName, it.dataSource]),
        [["prod_users", "amazon_s3"]],
      );
      assert.deepEqual(scheduledQueries, [
        {
          name: "projects/42/locations/asia-northeast1/transferConfigs/1",
          dataSource: "scheduled_query",
          displayName: "prod_shop_freshness",
          projectId: "p",
          location: "asia-northeast1",
          schedule: "every day 22:03",
          automatic: true,
          disabled: false,
          ownerEmail: "freshness@p",
          params: { query: "SELECT 1" },
          query: "SELECT 1",
        },
      ]);
    });

    for (const more of [
      { destinationDatasetId: "prod_shop" },
      { params: { query: "SELECT 1", write_disposition: "WRITE_TRUNCATE" } },
      { params: {} },
    ]) {
      it(`refuses one with ${JSON.stringify(more)}`, () => {
        assert.throws(() => buildGoogleProject([transfer({ ...query, ...more })]), {
          message:
            "the rehearsal's scheduled queries have a query and no destination, unlike urn:pulumi:prod::p::gcp:bigquery/dataTransferConfig:DataTransferConfig",
        });
      });
    }

    it("refuses configs of any other data source", () => {
      assert.throws(
        () => buildGoogleProject([transfer({ ...query, dataSourceId: "google_cloud_storage" })]),
        {
          message:
            "the rehearsal's transfer service does not know the data source google_cloud_storage of urn:pulumi:prod::p::gcp:bigquery/dataTransferConfig:DataTransferConfig",
        },
      );
    });
  });

  it("has topics and their publishers, named with or without the project", () => {
    const publisher = { role: "roles/pubsub.publisher", member: "serviceAccount:agent@p" };
    const project = buildGoogleProject([
      registered("gcp:pubsub/topicIAMMember:TopicIAMMember", { topic: "runs", ...publisher }),
      registered("gcp:pubsub/topicIAMMember:TopicIAMMember", {
        topic: "projects/p/topics/gone",
        ...publisher,
      }),
      registered("gcp:pubsub/topic:Topic", { name: "runs" }),
      registered("gcp:pubsub/topic:Topic", { name: "other" }),
    ]);
    assert.deepEqual(
      [
        ["agent@p", "projects/p/topics/runs"],
        ["agent@p", "projects/p/topics/other"],
        ["agent@p", "projects/p/topics/gone"],
        ["owner@p", "projects/p/topics/runs"],
      ].map(([who = "", topic = ""]) => project.mayPublish(who, topic)),
      [true, false, false, false],
    );
  });

  it("has notification channels, with those that somebody else made", () => {
    const channel = "gcp:monitoring/notificationChannel:NotificationChannel";
    const name = "projects/p/notificationChannels/1";
    const email = { type: "email", labels: { email_address: "data@example.com" } };
    const existing = new Map([["projects/p/notificationChannels/2", "on call"]]);
    const { channels } = buildGoogleProject([registered(channel, email, { name })], existing);
    assert.deepEqual(
      [...channels],
      [
        ["projects/p/notificationChannels/2", "on call"],
        [name, "data@example.com"],
      ],
    );
    const secret = new Secret({ email_address: "data@example.com" });
    assert.deepEqual(
      [...buildGoogleProject([registered(channel, { ...email, labels: secret }, { name })]).channels],
      [[name, "data@example.com"]],
    );
    assert.throws(() => buildGoogleProject([registered(channel, { type: "slack" }, { name })]), {
      message: `the rehearsal's Cloud Monitoring sends e-mail alone, unlike urn:pulumi:prod::p::${channel}`,
    });
  });

  it("takes metadata viewers for what they are, on a dataset and in the project", () => {
    const viewer = "roles/bigquery.metadataViewer";
    const project = buildGoogleProject([
      registered("gcp:bigquery/dataset:Dataset", {
        datasetId: "prod_shop",
        location: "asia-northeast1",
        accesses: [{ role: viewer, userByEmail: "freshness@p" }],
      }),
      registered("gcp:projects/iAMMember:IAMMember", { role: viewer, member: "serviceAccount:other@p" }),
      registered("gcp:monitoring/dashboard:Dashboard", { dashboardJson: "{}" }),
    ]);
    const may: [string, string, string | undefined, boolean][] = [
      ["freshness@p", "bigquery.tables.list", "prod_shop", true],
      ["freshness@p", "bigquery.tables.list", undefined, false],
      ["freshness@p", "bigquery.tables.updateData", "prod_shop", false],
      ["other@p", "bigquery.tables.list", undefined, true],
      ["other@p", "bigquery.tables.get", "prod_shop", true],
    ];
    for (const [who, permission, dataset, expected] of may) {
      assert.equal(project.mayUse(who, permission, dataset), expected, `${who} ${permission} ${dataset}`);
    }
  });
});
