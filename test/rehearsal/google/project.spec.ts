// What the local project makes of what the program registers for loads on completion.
import assert from "node:assert/strict";
import { buildGoogleProject } from "../../../rehearsal/google/project";
import type { Registration } from "../../../rehearsal/program/inputs";

const POOL = "projects/42/locations/global/workloadIdentityPools/prod-aurora-gate";
const LOADS = "prod-loads@p.iam.gserviceaccount.com";

function registered(
  type: string,
  inputs: Record<string, unknown>,
  outputs: Record<string, unknown> = {},
): Registration {
  return {
    urn: `urn:pulumi:prod::p::${type}`,
    id: type,
    type,
    name: type,
    custom: true,
    inputs: { project: "p", ...inputs },
    outputs,
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: false,
    dependencies: [],
    propertyDependencies: {},
    ignoreChanges: [],
    aliases: [],
    additionalSecretOutputs: [],
  };
}

function transfer(inputs: Record<string, unknown>): Registration {
  return registered(
    "gcp:bigquery/dataTransferConfig:DataTransferConfig",
    {
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
        { name: `${POOL}/providers/aws-gate` },
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
    assert.deepEqual(project.providers.get(`${POOL}/providers/aws-gate`), {
      name: `${POOL}/providers/aws-gate`,
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
});
