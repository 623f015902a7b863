import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { checkAdopted } from "../../components/adoption";

// What this does not prove: what the provider answers, and that BigQuery refuses the loads.

const DATASET = "gcp:bigquery/getDataset:getDataset";
const TABLE = "gcp:bigquery/getTable:getTable";

describe("checkAdopted", () => {
  let asked: unknown[];
  let there: Record<string, Record<string, unknown>>;
  let warnings: string[];
  const { warn } = pulumi.log;
  beforeEach(async () => {
    asked = [];
    warnings = [];
    there = { prod_shop: {} };
    const call = ({ token, inputs }: pulumi.runtime.MockCallArgs) => {
      asked.push([token, inputs]);
      const found = there[inputs.tableId ?? inputs.datasetId];
      if (found === undefined) throw Object.assign(new Error("404"), { details: "404" });
      return found;
    };
    await pulumi.runtime.setMocks({ call, newResource: () => assert.fail("nothing is made") });
    Object.assign(pulumi.log, { warn: async (text: string) => warnings.push(text) });
  });
  afterEach(async () => {
    Object.assign(pulumi.log, { warn });
    await pulumi.runtime.disconnect();
  });

  const check = (...tableIds: string[]) =>
    checkAdopted("example-prod", [
      {
        dataset: "prod_shop",
        tables: [
          { destination: "made", adopt: false },
          ...tableIds.map((destination) => ({ destination, adopt: true })),
        ],
      },
    ]);

  it("asks for the datasets and the tables that are taken over, and for nothing where none is", async () => {
    await check();
    assert.deepEqual(asked, []);
    there.users = {
      type: "TABLE",
      clusterings: [],
      timePartitionings: [],
      rangePartitionings: [],
      expirationTime: 0,
    };
    await check("users");
    assert.deepEqual(asked, [
      [DATASET, { project: "example-prod", datasetId: "prod_shop" }],
      [TABLE, { project: "example-prod", datasetId: "prod_shop", tableId: "users" }],
    ]);
    assert.deepEqual(warnings, []);
  });

  it("refuses, all at once, what no load can replace and what is going to be deleted", async () => {
    there.days = { timePartitionings: [{ type: "DAY", field: "created" }], clusterings: ["shop", "user"] };
    there.hours = { timePartitionings: [{ type: "HOUR", field: "" }] };
    there.ranges = { rangePartitionings: [{ field: "id" }] };
    there.view = { type: "VIEW" };
    there.doomed = { type: "TABLE", expirationTime: Date.UTC(2026, 11, 24) };
    there.fine = { type: "TABLE" };
    const load =
      'a load replaces the whole table, has no such specification, and would fail with "Incompatible table partitioning specification"';
    const ways = "Copy what you need, drop it and take `adopt` out, or give the table another `destination`";
    await assert.rejects(check("days", "hours", "ranges", "view", "doomed", "fine"), (error: unknown) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.deepEqual(error.message.split("\n"), [
        "`adopt` names tables that cannot be loaded. Nothing was changed.",
        `- example-prod:prod_shop.days is partitioned by DAY of created and clustered by shop, user: ${load}. ${ways}`,
        `- example-prod:prod_shop.hours is partitioned by HOUR: ${load}. ${ways}`,
        `- example-prod:prod_shop.ranges is partitioned by ranges of id: ${load}. ${ways}`,
        `- example-prod:prod_shop.view is no table (VIEW). ${ways}`,
        "- example-prod:prod_shop.doomed is going to be deleted by BigQuery at 2026-12-24T00:00:00.000Z (its expiration). Take that off: bq update --expiration 0 example-prod:prod_shop.doomed",
      ]);
      return true;
    });
  });

  it("leaves to the engine what it cannot see", async () => {
    there = {};
    await check("users");
    assert.equal(asked.length, 2);
  });

  it("warns of a dataset that deletes its new tables", async () => {
    there.prod_shop = { defaultTableExpirationMs: 7_200_000 };
    await check("users");
    assert.deepEqual(warnings, [
      "The dataset example-prod:prod_shop deletes each new table after 2 hours (default table expiration). Landing tables must stay, so that the stack takes that off when it takes the dataset over; other tables made in it later stay as well. Move those that should go to a dataset of their own.",
    ]);
  });
});
