import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ViewMaker, ViewMakerAccount, type ViewMakerArgs } from "../../components/viewMaker";
import { viewMakerScript } from "../../contract/typedViews";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named, paramsOf } from "../support/registrations";

// What this does not prove: that the account's rights are enough for what the query does, and what the query does
// (test/googlesql).

const ACCOUNT = "prod-views@example-prod.iam.gserviceaccount.com";
const AGENT = "service-987654321098@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com";
const ACCOUNT_ARGS = { project: ENABLED_PROJECT, prefix: "prod", agentEmail: AGENT };

const ARGS: ViewMakerArgs = {
  project: ENABLED_PROJECT,
  location: "asia-northeast1",
  displayName: "prod_views",
  engine: "mysql",
  datasets: [
    {
      dataset: "prod_shop",
      viewsDataset: "prod_shop_views",
      tables: [{ destination: "users", mask: { email: "sha256" } }, { destination: "orders" }],
    },
  ],
  journalDataset: "prod_aurora_reports",
  tinyintAsBool: false,
  accountEmail: ACCOUNT,
};

async function queryOf(more: Partial<ViewMakerArgs> = {}): Promise<Registration> {
  const made = await recordResources(() => new ViewMaker("view-maker", { ...ARGS, ...more }));
  return named(made, "view-maker-query");
}

describe("ViewMakerAccount", () => {
  let registrations: Registration[];
  let account: ViewMakerAccount | undefined;
  before(async () => {
    registrations = await recordResources(() => {
      account = new ViewMakerAccount("views", ACCOUNT_ARGS);
    });
  });

  it("registers an account, four roles and two grants, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ViewMakerAccount views",
      "gcp:projects/iAMCustomRole:IAMCustomRole views-reader-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole views-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole views-sharer-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole views-writer-role",
      "gcp:projects/iAMMember:IAMMember views-maker-role",
      "gcp:serviceaccount/account:Account views-account",
      "gcp:serviceaccount/iAMMember:IAMMember views-agent-tokens",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
    assert.equal(named(registrations, "views-account").inputs.accountId, "prod-views");
  });

  it("may run queries in the project; what datasets grant is a role for each kind of them", () => {
    const permissions = ["views-role", "views-writer-role", "views-reader-role", "views-sharer-role"].map(
      (name) => {
        const { roleId, permissions } = named(registrations, name).inputs;
        return [roleId, permissions];
      },
    );
    assert.deepEqual(permissions, [
      ["auroraViewMaker.prod", ["bigquery.jobs.create"]],
      [
        "auroraViewWriter.prod",
        [
          "bigquery.tables.create",
          "bigquery.tables.get",
          "bigquery.tables.list",
          "bigquery.tables.update",
          "bigquery.routines.get",
          "bigquery.routines.list",
        ],
      ],
      ["auroraViewReader.prod", ["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.list"]],
      ["auroraViewSharer.prod", ["bigquery.datasets.get", "bigquery.datasets.update"]],
    ]);
    assert.deepEqual(named(registrations, "views-maker-role").inputs, {
      project: "example-prod",
      role: "projects/example-prod/roles/auroraViewMaker.prod",
      member: `serviceAccount:${ACCOUNT}`,
    });
  });

  it("lets the transfers' agent alone act as it", () => {
    assert.deepEqual(named(registrations, "views-agent-tokens").inputs, {
      serviceAccountId: `projects/example-prod/serviceAccounts/${ACCOUNT}`,
      role: "roles/iam.serviceAccountTokenCreator",
      member: `serviceAccount:${AGENT}`,
    });
  });

  it("tells account and roles, the account once everything is granted", async () => {
    assert.ok(account);
    assert.equal(await resolved(account.email), ACCOUNT);
    assert.equal(await resolved(account.writerRole), "projects/example-prod/roles/auroraViewWriter.prod");
    assert.equal(await resolved(account.readerRole), "projects/example-prod/roles/auroraViewReader.prod");
    assert.equal(await resolved(account.sharerRole), "projects/example-prod/roles/auroraViewSharer.prod");
    const waiting = await recordResources(() => consume(new ViewMakerAccount("views", ACCOUNT_ARGS).email));
    assert.deepEqual(dependencyNames(named(waiting, "consumer")), ["views-maker-role"]);
    assert.ok(dependencyNames(named(waiting, "views-maker-role")).includes("views-agent-tokens"));
  });
});

describe("ViewMaker", () => {
  it("is one scheduled query without a destination and without a clock, with exactly these inputs", async () => {
    const made: ViewMaker[] = [];
    const registrations = await recordResources(() => void made.push(new ViewMaker("view-maker", ARGS)));
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ViewMaker view-maker",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig view-maker-query",
    ]);
    const { inputs, parent, id } = named(registrations, "view-maker-query");
    assert.equal(parent, registrations[0]?.urn);
    const { engine, datasets, journalDataset, tinyintAsBool } = ARGS;
    assert.deepEqual(inputs, {
      project: "example-prod",
      location: "asia-northeast1",
      displayName: "prod_views",
      dataSourceId: "scheduled_query",
      serviceAccountName: ACCOUNT,
      scheduleOptions: { disableAutoScheduling: true },
      params: {
        query: viewMakerScript({ project: "example-prod", engine, datasets, journalDataset, tinyintAsBool }),
      },
    });
    assert.ok(made[0]);
    assert.equal(await resolved(made[0].configName), id);
  });

  it("runs when the freshness check does where it is given the stack's clock", async () => {
    const schedule = {
      enabled: true,
      timeZone: "Asia/Tokyo",
      exportTime: { hour: 4, minute: 0 },
      load: { hour: 6, minute: 0 },
    };
    const { inputs } = await queryOf({ schedule });
    assert.deepEqual([inputs.schedule, inputs.scheduleOptions], ["every day 22:03", undefined]);
    const paused = (await queryOf({ schedule: { ...schedule, enabled: false } })).inputs;
    assert.deepEqual(paused.scheduleOptions, { disableAutoScheduling: true });
  });

  it("is the same whatever the order of tables", async () => {
    const [dataset] = ARGS.datasets;
    assert.ok(dataset);
    const turned = [{ ...dataset, tables: dataset.tables.toReversed() }];
    assert.deepEqual(paramsOf(await queryOf({ datasets: turned })), paramsOf(await queryOf()));
  });

  it("encrypts its results with a key where it is told one", async () => {
    const kmsKeyName = "projects/p/locations/asia-northeast1/keyRings/r/cryptoKeys/k";
    assert.deepEqual((await queryOf({ kmsKeyName })).inputs.encryptionConfiguration, { kmsKeyName });
    assert.equal((await queryOf()).inputs.encryptionConfiguration, undefined);
  });

  it("stops with one sentence at tables that no query's text holds", async () => {
    const tables = Array.from({ length: 60_000 }, (_, index) => ({ destination: `table_${index}` }));
    const datasets = [{ dataset: "prod_shop", viewsDataset: "prod_shop_views", tables }];
    await assert.rejects(queryOf({ datasets }), (error: unknown) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /^`typedViews`: the query that makes the views has \d+ bytes, more than /);
      return true;
    });
  });
});
