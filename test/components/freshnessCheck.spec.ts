import assert from "node:assert/strict";
import {
  checkedTables,
  FreshnessAccount,
  FreshnessCheck,
  type FreshnessCheckArgs,
} from "../../components/freshnessCheck";
import { freshnessQuery } from "../../contract/freshnessQuery";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named, paramsOf } from "../support/registrations";

// What this does not prove: that the account's rights are enough for the views, and that a failing query is logged.

const ACCOUNT = "prod-freshness@example-prod.iam.gserviceaccount.com";
const AGENT = "service-987654321098@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com";
const ACCOUNT_ARGS = { project: ENABLED_PROJECT, prefix: "prod", agentEmail: AGENT };

const ARGS: FreshnessCheckArgs = {
  project: ENABLED_PROJECT,
  location: "asia-northeast1",
  datasetId: "prod_shop",
  displayName: "prod_shop_freshness",
  tables: [{ destination: "users" }, { destination: "orders", days: ["monday"] }],
  schedule: {
    enabled: true,
    timeZone: "Asia/Tokyo",
    exportTime: { hour: 4, minute: 0 },
    load: { hour: 6, minute: 0 },
  },
  accountEmail: ACCOUNT,
};

function record(more: Partial<FreshnessCheckArgs> = {}): Promise<Registration[]> {
  return recordResources(() => new FreshnessCheck("shop", { ...ARGS, ...more }));
}

async function checkOf(more: Partial<FreshnessCheckArgs> = {}): Promise<Registration> {
  return named(await record(more), "shop/freshness");
}

/** Schedule of a stack whose loads follow the export. */
function onCompletion(timeZone: string, hour: number, minute = 0): Partial<FreshnessCheckArgs> {
  return {
    schedule: {
      enabled: true,
      timeZone,
      exportTime: { hour: 4, minute: 0 },
      load: "onExportComplete",
      deadline: { hour, minute },
    },
  };
}

describe("FreshnessAccount", () => {
  let registrations: Registration[];
  let account: FreshnessAccount | undefined;
  before(async () => {
    registrations = await recordResources(() => {
      account = new FreshnessAccount("freshness", ACCOUNT_ARGS);
    });
  });

  it("registers an account, a role and two grants, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:FreshnessAccount freshness",
      "gcp:projects/iAMCustomRole:IAMCustomRole freshness-role",
      "gcp:projects/iAMMember:IAMMember freshness-checker-role",
      "gcp:serviceaccount/account:Account freshness-account",
      "gcp:serviceaccount/iAMMember:IAMMember freshness-agent-tokens",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("may run queries, and nothing else in the project", () => {
    assert.deepEqual(named(registrations, "freshness-account").inputs, {
      project: "example-prod",
      accountId: "prod-freshness",
      displayName: "Checks that the Aurora tables of prod are of today",
    });
    assert.deepEqual(named(registrations, "freshness-role").inputs, {
      project: "example-prod",
      roleId: "auroraFreshness.prod",
      title: "Aurora freshness (prod)",
      description: "Runs queries; which metadata they see is granted on the datasets",
      permissions: ["bigquery.jobs.create"],
    });
    assert.deepEqual(named(registrations, "freshness-checker-role").inputs, {
      project: "example-prod",
      role: "projects/example-prod/roles/auroraFreshness.prod",
      member: `serviceAccount:${ACCOUNT}`,
    });
  });

  it("lets the transfers' agent alone act as it", () => {
    assert.deepEqual(named(registrations, "freshness-agent-tokens").inputs, {
      serviceAccountId: `projects/example-prod/serviceAccounts/${ACCOUNT}`,
      role: "roles/iam.serviceAccountTokenCreator",
      member: `serviceAccount:${AGENT}`,
    });
  });

  it("tells the account once everything is granted", async () => {
    assert.ok(account);
    assert.equal(await resolved(account.email), ACCOUNT);
    const waiting = await recordResources(() =>
      consume(new FreshnessAccount("freshness", ACCOUNT_ARGS).email),
    );
    assert.deepEqual(dependencyNames(named(waiting, "consumer")), ["freshness-checker-role"]);
    assert.ok(dependencyNames(named(waiting, "freshness-checker-role")).includes("freshness-agent-tokens"));
  });
});

describe("FreshnessCheck", () => {
  it("encrypts its results with a key where it is told one", async () => {
    const kmsKeyName = "projects/p/locations/asia-northeast1/keyRings/r/cryptoKeys/k";
    assert.deepEqual((await checkOf({ kmsKeyName })).inputs.encryptionConfiguration, { kmsKeyName });
    assert.equal((await checkOf()).inputs.encryptionConfiguration, undefined);
  });

  it("is one scheduled query without a destination, with exactly these inputs", async () => {
    const registrations = await record();
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:FreshnessCheck shop",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop/freshness",
    ]);
    const { inputs, parent } = named(registrations, "shop/freshness");
    assert.equal(parent, registrations[0]?.urn);
    assert.deepEqual(inputs, {
      project: "example-prod",
      location: "asia-northeast1",
      displayName: "prod_shop_freshness",
      dataSourceId: "scheduled_query",
      serviceAccountName: ACCOUNT,
      schedule: "every day 22:03",
      params: {
        query: freshnessQuery({
          project: "example-prod",
          dataset: "prod_shop",
          tables: ARGS.tables,
          timeZone: "Asia/Tokyo",
          begins: { hour: 6, minute: 0 },
        }),
      },
    });
  });

  it("counts from the export where loads follow it", async () => {
    const { inputs } = await checkOf(onCompletion("Asia/Tokyo", 8));
    assert.deepEqual(inputs.params, {
      query: freshnessQuery({
        project: "example-prod",
        dataset: "prod_shop",
        tables: ARGS.tables,
        timeZone: "Asia/Tokyo",
        begins: { hour: 4, minute: 0 },
      }),
    });
  });

  const times: [string, Partial<FreshnessCheckArgs>, string][] = [
    ["the deadline where loads follow the export", onCompletion("Asia/Tokyo", 8), "every day 00:03"],
    [
      "the deadline, in winter, where clocks change east of UTC",
      onCompletion("Europe/Berlin", 8),
      "every day 08:03",
    ],
    [
      "the deadline, in winter, where clocks change west of UTC",
      onCompletion("America/New_York", 8),
      "every day 14:03",
    ],
    [
      "the deadline, in winter, where that is south of the equator",
      onCompletion("Australia/Sydney", 8),
      "every day 23:03",
    ],
    [
      "the deadline, while clocks are back for Ramadan",
      onCompletion("Africa/Casablanca", 8),
      "every day 09:03",
    ],
    ["the deadline, across midnight", onCompletion("UTC", 23, 30), "every day 00:33"],
  ];
  for (const [what, args, expected] of times) {
    it(`comes an hour and three minutes after ${what}`, async () => {
      const { schedule, scheduleOptions } = (await checkOf(args)).inputs;
      assert.deepEqual({ schedule, scheduleOptions }, { schedule: expected, scheduleOptions: undefined });
    });
  }

  it("keeps its time and runs by hand alone where the clock is off", async () => {
    const { schedule, scheduleOptions } = (await checkOf({ schedule: { ...ARGS.schedule, enabled: false } }))
      .inputs;
    assert.deepEqual(
      { schedule, scheduleOptions },
      { schedule: "every day 22:03", scheduleOptions: { disableAutoScheduling: true } },
    );
  });

  it("is the same whatever the order of the tables", async () => {
    const [one, other] = [await checkOf(), await checkOf({ tables: ARGS.tables.toReversed() })];
    assert.deepEqual(paramsOf(one), paramsOf(other));
  });

  it("stops where loads follow the export and no deadline is set", async () => {
    const { deadline: _, ...schedule } = { ...ARGS.schedule, load: "onExportComplete" as const };
    await assert.rejects(record({ schedule }), {
      name: "RangeError",
      message: "`deadline` is missing: loads follow the export",
    });
  });

  it("is a second query of more tables than one may look up, and a third", async () => {
    const tables = Array.from({ length: 2001 }, (_, index) => ({
      destination: `t${String(index).padStart(4, "0")}`,
    }));
    const registrations = await record({ tables });
    const checks = registrations.slice(1);
    assert.deepEqual(
      checks.map(({ name, inputs }) => [name, inputs.displayName]),
      [
        ["shop/freshness", "prod_shop_freshness"],
        ["shop/freshness-2", "prod_shop_freshness_2"],
        ["shop/freshness-3", "prod_shop_freshness_3"],
      ],
    );
    assert.deepEqual(
      checks.map(paramsOf),
      [tables.slice(0, 1000), tables.slice(1000, 2000), tables.slice(2000)].map((part) => ({
        query: freshnessQuery({
          project: "example-prod",
          dataset: "prod_shop",
          tables: part,
          timeZone: "Asia/Tokyo",
          begins: { hour: 6, minute: 0 },
        }),
      })),
    );
    const [first, ...others] = checks.map(({ inputs: { params: _, displayName: __, ...same } }) => same);
    for (const other of others) assert.deepEqual(other, first);
  });

  it("tells the resource names of its configs", async () => {
    let check: FreshnessCheck | undefined;
    await recordResources(() => {
      check = new FreshnessCheck("shop", ARGS);
    });
    assert.equal(check?.configNames.length, 1);
    for (const name of check.configNames) {
      assert.match(
        await resolved(name),
        /^projects\/987654321098\/locations\/asia-northeast1\/transferConfigs\/[0-9a-f-]{36}$/,
      );
    }
  });
});

describe("checkedTables", () => {
  it("leaves out paused tables and those that may be empty, and keeps what the check needs of the others", () => {
    const tables = [
      { name: "a", destination: "a", enabled: true, mayBeEmpty: false },
      { destination: "b", enabled: false },
      { destination: "c", mayBeEmpty: true },
      { destination: "d", days: ["monday" as const], adopt: true },
    ];
    assert.deepEqual(checkedTables(tables), [{ destination: "a" }, { destination: "d", days: ["monday"] }]);
  });
});
