import assert from "node:assert/strict";
import fc from "fast-check";
import { LoadStarter, type LoadStarterArgs } from "../../components/loadStarter";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: that Google takes the expressions, exchanges the tokens, and keeps to the permissions.

const ARGS: LoadStarterArgs = {
  project: ENABLED_PROJECT,
  prefix: "prod",
  awsAccountId: "123456789012",
  awsRoleName: "prod-aurora-loader",
};
const POOL = "projects/987654321098/locations/global/workloadIdentityPools/prod-aurora-loader";
const ACCOUNT = "prod-loads@example-prod.iam.gserviceaccount.com";

async function record(more: Partial<LoadStarterArgs> = {}) {
  const made: LoadStarter[] = [];
  const registrations = await recordResources(() => {
    made.push(new LoadStarter("load-starter", { ...ARGS, ...more }));
  });
  const [starter] = made;
  assert.ok(starter);
  return { registrations, starter };
}

interface Credentials {
  readonly account: string;
  readonly arn: string;
}

/**
 * Reads the two expressions of the provider, which have one form each, and applies them as CEL does.
 * @returns the subject, or undefined where the credentials are refused
 */
function subjectOf(provider: Registration, assertion: Credentials): string | undefined {
  const { attributeCondition, attributeMapping } = provider.inputs;
  const [, account, start] =
    /^assertion\.account == '(\d{12})' && assertion\.arn\.startsWith\('([^']+)'\)$/.exec(
      String(attributeCondition),
    ) ?? assert.fail(`${attributeCondition} is no condition that this test reads`);
  assert.deepEqual(attributeMapping, { "google.subject": "assertion.arn.extract('assumed-role/{role}/')" });
  const isTaken = assertion.account === account && assertion.arn.startsWith(String(start));
  return isTaken ? /assumed-role\/(.*?)\//.exec(assertion.arn)?.[1] : undefined;
}

describe("LoadStarter", () => {
  let registrations: Registration[];
  let starter: LoadStarter;
  before(async () => {
    ({ registrations, starter } = await record());
  });

  it("registers pool, provider, service account, roles and grants, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:LoadStarter load-starter",
      "gcp:iam/workloadIdentityPool:WorkloadIdentityPool load-starter-pool",
      "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider load-starter-provider",
      "gcp:projects/iAMCustomRole:IAMCustomRole load-starter-emptier-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole load-starter-role",
      "gcp:projects/iAMMember:IAMMember load-starter-starter-role",
      "gcp:serviceaccount/account:Account load-starter-account",
      "gcp:serviceaccount/iAMMember:IAMMember load-starter-federation",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("takes credentials of one AWS account and of one role in it", () => {
    assert.deepEqual(named(registrations, "load-starter-pool").inputs, {
      project: "example-prod",
      workloadIdentityPoolId: "prod-aurora-loader",
      description: "Lets the loader of prod start loads",
    });
    assert.deepEqual(named(registrations, "load-starter-provider").inputs, {
      project: "example-prod",
      workloadIdentityPoolId: "prod-aurora-loader",
      workloadIdentityPoolProviderId: "aws-loader",
      aws: { accountId: "123456789012" },
      attributeMapping: { "google.subject": "assertion.arn.extract('assumed-role/{role}/')" },
      attributeCondition:
        "assertion.account == '123456789012' && assertion.arn.startsWith('arn:aws:sts::123456789012:assumed-role/prod-aurora-loader/')",
    });
  });

  describe("judges credentials", () => {
    const role = (name: string, session = "prod__aurora-export-gate", account = "123456789012") => ({
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
    });
    const cases: [string, Credentials, string | undefined][] = [
      ["of the gate's role", role("prod-aurora-loader"), "prod-aurora-loader"],
      ["of the gate's role with any session name", role("prod-aurora-loader", "x@y"), "prod-aurora-loader"],
      ["of a role whose name goes on", role("prod-aurora-loader-2"), undefined],
      ["of the gate's scheduler", role("prod-aurora-loader-scheduler"), undefined],
      ["of a role whose name ends alike", role("my-prod-aurora-loader"), undefined],
      ["of another stack's gate", role("stg-aurora-export-gate"), undefined],
      ["of a session that bears the role's name", role("admin", "prod-aurora-loader"), undefined],
      ["of another account", role("prod-aurora-loader", "s", "210987654321"), undefined],
      [
        "whose account is not that of the ARN",
        { ...role("prod-aurora-loader"), account: "210987654321" },
        undefined,
      ],
      [
        "of a user with the role's name",
        { account: "123456789012", arn: "arn:aws:iam::123456789012:user/prod-aurora-loader/x" },
        undefined,
      ],
    ];
    for (const [what, credentials, expected] of cases) {
      it(`${what}: ${expected === undefined ? "refused" : "taken"}`, () => {
        assert.equal(subjectOf(named(registrations, "load-starter-provider"), credentials), expected);
      });
    }

    it("with a subject of at most 127 bytes, the longest role and session included", () => {
      const name = "r".repeat(64);
      const provider = named(registrations, "load-starter-provider");
      const condition = String(provider.inputs.attributeCondition).replace("prod-aurora-loader", name);
      const longest = { ...provider, inputs: { ...provider.inputs, attributeCondition: condition } };
      assert.equal(subjectOf(longest, role(name, "s".repeat(64)))?.length, 64);
    });
  });

  it("lets that role, and no other principal, become the service account", () => {
    assert.deepEqual(named(registrations, "load-starter-federation").inputs, {
      serviceAccountId: `projects/example-prod/serviceAccounts/${ACCOUNT}`,
      role: "roles/iam.workloadIdentityUser",
      member: `principal://iam.googleapis.com/${POOL}/subject/prod-aurora-loader`,
    });
  });

  it("gives the service account exactly what starting runs takes, in the project", () => {
    assert.deepEqual(named(registrations, "load-starter-account").inputs, {
      project: "example-prod",
      accountId: "prod-loads",
      displayName: "Starts the Aurora loads of prod",
    });
    assert.deepEqual(named(registrations, "load-starter-role").inputs, {
      project: "example-prod",
      roleId: "auroraLoadStarter.prod",
      title: "Aurora load starter (prod)",
      description: "Starts runs of transfers; rights on datasets are granted there",
      permissions: ["bigquery.jobs.create", "bigquery.transfers.get", "bigquery.transfers.update"],
    });
    assert.deepEqual(named(registrations, "load-starter-starter-role").inputs, {
      project: "example-prod",
      role: "projects/example-prod/roles/auroraLoadStarter.prod",
      member: `serviceAccount:${ACCOUNT}`,
    });
  });

  it("lets it list the jobs of the project where the stack asks for it, and nothing more", async () => {
    const { registrations: listing } = await record({ loadJobStatistics: true });
    assert.deepEqual(named(listing, "load-starter-role").inputs.permissions, [
      "bigquery.jobs.create",
      "bigquery.transfers.get",
      "bigquery.transfers.update",
      "bigquery.jobs.listAll",
    ]);
    assert.deepEqual(listed(listing), listed(registrations));
  });

  it("makes the role that empties tables, and grants it to nobody in the project", () => {
    assert.deepEqual(named(registrations, "load-starter-emptier-role").inputs, {
      project: "example-prod",
      roleId: "auroraTableEmptier.prod",
      title: "Aurora table emptier (prod)",
      description: "Empties landing tables whose source is empty; granted on their datasets",
      permissions: ["bigquery.tables.get", "bigquery.tables.updateData"],
    });
    const members = registrations.filter(({ inputs }) => String(inputs.role).includes("auroraTableEmptier"));
    assert.deepEqual(members, []);
  });

  it("tells account, audience and role, the account once it has its grants", async () => {
    assert.equal(await resolved(starter.email), ACCOUNT);
    assert.equal(await resolved(starter.audience), `//iam.googleapis.com/${POOL}/providers/aws-loader`);
    assert.equal(
      await resolved(starter.tableEmptierRole),
      "projects/example-prod/roles/auroraTableEmptier.prod",
    );
    const waiting = await recordResources(() => consume(new LoadStarter("load-starter", ARGS).email));
    const names = dependencyNames(named(waiting, "consumer"));
    assert.ok(names.includes("load-starter-federation") && names.includes("load-starter-starter-role"));
  });

  describe("has ids that Google takes", () => {
    const idsOf = async (prefix: string) => {
      const made = (await record({ prefix })).registrations;
      return {
        pool: String(named(made, "load-starter-pool").inputs.workloadIdentityPoolId),
        account: String(named(made, "load-starter-account").inputs.accountId),
      };
    };

    it("also with the longest prefix, and tells two of these apart", async () => {
      const [one, other] = [
        await idsOf("preproduction-order-management-syst"),
        await idsOf("preproduction-order-management-sys2"),
      ];
      assert.deepEqual(one, {
        pool: "preproducti-4a900b-aurora-loader",
        account: "preproduction-ord-4a900b-loads",
      });
      assert.notEqual(one.pool, other.pool);
      assert.notEqual(one.account, other.account);
    });

    it("whatever the prefix: of legal length and signs, and no prefix that Google keeps for itself", async () => {
      const prefix = fc.stringMatching(/^[a-z][a-z0-9]*(-[a-z0-9]+){0,5}$/).filter((it) => it.length <= 35);
      await fc.assert(
        fc.asyncProperty(fc.oneof(prefix, fc.constantFrom("gcp-prod", "g", "gcp")), async (it) => {
          const { pool, account } = await idsOf(it);
          assert.match(pool, /^(?!gcp-)[a-z0-9-]{4,32}$/);
          assert.match(account, /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
        }),
        { numRuns: 30 },
      );
    });
  });
});
