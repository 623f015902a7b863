import assert from "node:assert/strict";
import fc from "fast-check";
import { TransferOwner } from "../../components/transferOwner";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: that Google knows the new account by the time that the grants name it.

const OWNER = "prod-transfer@example-prod.iam.gserviceaccount.com";
const AGENT = "service-987654321098@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com";
/** Source: API reference, "projects.serviceAccounts.create". */
const ACCOUNT_ID = /^[a-z](?=.{5,29}$)[a-z0-9-]*[a-z0-9]$/;

async function record(prefix = "prod") {
  const made: TransferOwner[] = [];
  const registrations = await recordResources(() =>
    made.push(new TransferOwner("owner", { project: ENABLED_PROJECT, prefix })),
  );
  const [owner] = made;
  assert.ok(owner);
  return { registrations, owner };
}

async function accountIdOf(prefix: string): Promise<string> {
  const { registrations } = await record(prefix);
  return String(named(registrations, "owner-account").inputs.accountId);
}

describe("TransferOwner", () => {
  let registrations: Registration[];
  let owner: TransferOwner;
  before(async () => {
    ({ registrations, owner } = await record());
  });

  it("registers agent, account and grants, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:TransferOwner owner",
      "gcp:projects/iAMMember:IAMMember owner-agent-role",
      "gcp:projects/iAMMember:IAMMember owner-job-role",
      "gcp:projects/serviceIdentity:ServiceIdentity owner-agent",
      "gcp:serviceaccount/account:Account owner-account",
      "gcp:serviceaccount/iAMMember:IAMMember owner-agent-tokens",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  const grants: [string, Record<string, unknown>][] = [
    [
      "owner-agent-role",
      {
        project: "example-prod",
        role: "roles/bigquerydatatransfer.serviceAgent",
        member: `serviceAccount:${AGENT}`,
      },
    ],
    [
      "owner-agent-tokens",
      {
        serviceAccountId: `projects/example-prod/serviceAccounts/${OWNER}`,
        role: "roles/iam.serviceAccountTokenCreator",
        member: `serviceAccount:${AGENT}`,
      },
    ],
    [
      "owner-job-role",
      { project: "example-prod", role: "roles/bigquery.jobUser", member: `serviceAccount:${OWNER}` },
    ],
    [
      "owner-account",
      {
        project: "example-prod",
        accountId: "prod-transfer",
        displayName: "Owns the Aurora transfers of prod",
      },
    ],
    ["owner-agent", { project: "example-prod", service: "bigquerydatatransfer.googleapis.com" }],
  ];
  for (const [name, inputs] of grants) {
    it(`gives ${name} exactly its settings`, () => {
      assert.deepEqual(named(registrations, name).inputs, inputs);
    });
  }

  it("leaves behind the one grant that other stacks of the project share, and nothing else", () => {
    const kept = registrations.filter(({ retainOnDelete }) => retainOnDelete);
    assert.deepEqual(
      kept.map(({ name }) => name),
      ["owner-agent-role"],
    );
  });

  it("tells the account and the agent", async () => {
    assert.equal(await resolved(owner.email), OWNER);
    assert.equal(await resolved(owner.agentEmail), AGENT);
  });

  it("lets nobody use the account before everything is granted", async () => {
    const made = await recordResources(() => {
      consume(new TransferOwner("owner", { project: ENABLED_PROJECT, prefix: "prod" }).email);
    });
    assert.deepEqual(dependencyNames(named(made, "consumer")), ["owner-job-role"]);
    assert.deepEqual(dependencyNames(named(made, "owner-job-role")), [
      "owner-agent-role",
      "owner-account",
      "owner-agent-tokens",
    ]);
  });

  it("cuts a prefix that is too long for an account's id, and marks what it cut", async () => {
    assert.equal(await accountIdOf("preproduction-payment"), "preproduction-payment-transfer");
    assert.equal(await accountIdOf("preproduction-payments"), "preproduction-2a60e6-transfer");
    assert.equal(await accountIdOf("preproduction-payrolls"), "preproduction-4c0acf-transfer");
  });

  it("makes an id that Google takes of every prefix", async () => {
    const prefix = fc.stringMatching(/^[a-z][a-z0-9]{0,15}(-[a-z0-9]{1,17})?$/);
    await fc.assert(
      fc.asyncProperty(prefix, async (it) => {
        assert.match(await accountIdOf(it), ACCOUNT_ID);
      }),
      { numRuns: 20 },
    );
  });
});
