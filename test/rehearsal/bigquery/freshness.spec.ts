// The registered text of the freshness check, run on DuckDB: not proof that BigQuery takes it.
import assert from "node:assert/strict";
import { type FreshnessQueryArgs, freshnessQuery, NAMED_TABLES_MAX } from "../../../contract/freshnessQuery";
import type { Slot } from "../../../contract/slot";
import { formatToldNote } from "../../../contract/toldNote";
import { type Metadata, metadataViews, queryMetadata } from "../../../rehearsal/bigquery/freshness";

const CHECK: FreshnessQueryArgs = {
  project: "example-prod",
  location: "asia-northeast1",
  dataset: "prod_shop",
  tables: [{ destination: "orders" }, { destination: "users" }],
  timeZone: "Asia/Tokyo",
  begins: { hour: 6, minute: 0 },
  toldDataset: "prod_told",
};
/** Tuesday, 06:00 in Tokyo, and the check an hour later. */
const LOAD = Date.parse("2025-02-17T21:00:00Z");
const RUN = new Date("2025-02-17T22:03:00Z");
const WELL = "Every table of prod_shop is of today";

function late(tables: string, since = "2025-02-18 06:00 Asia/Tokyo"): string {
  return `Tables of dataset prod_shop are not of today, not written since ${since}: ${tables}. They show older rows. What to do: docs/runbook.md, "Tables are not of today"`;
}

/** Tables of the dataset: id → minutes after the load at which it was written; undefined: no rows. */
function written(minutes: Record<string, number | undefined>, note?: string): Metadata {
  const tables = Object.entries(minutes).map(([name, after]) => ({
    name,
    ...(after !== undefined && { written: new Date(LOAD + after * 60_000) }),
  }));
  return new Map([
    ["prod_shop", tables],
    ["prod_told", [{ name: "told", ...(note !== undefined && { description: note }) }]],
  ]);
}

async function check(metadata: Metadata, changes: Partial<FreshnessQueryArgs> = {}, runTime = RUN) {
  try {
    const rows = await queryMetadata(freshnessQuery({ ...CHECK, ...changes }), runTime, metadata);
    return rows.map((row) => row.freshness);
  } catch (error) {
    return (error as Error).message;
  }
}

describe("the freshness check", () => {
  it("is content with tables that were written since the load began", async () => {
    assert.deepEqual(await check(written({ orders: 0, users: 62 })), [WELL]);
  });

  it("names tables that were written before, have no rows, or are not there, and those alone", async () => {
    assert.equal(await check(written({ orders: -1, users: 0 })), late("orders"));
    assert.equal(await check(written({ orders: 5, users: undefined, other: -900 })), late("users"));
    assert.equal(await check(written({ orders: 5 })), late("users"));
    assert.equal(await check(written({})), late("orders, users"));
  });

  it("does not take another dataset's tables for its own", async () => {
    const metadata = new Map([
      ...written({}),
      ["stg_shop", written({ orders: 0, users: 0 }).get("prod_shop") ?? []],
    ]);
    assert.equal(await check(metadata), late("orders, users"));
  });

  it("names forty tables, and says how many more there are", async () => {
    const tables = Array.from({ length: NAMED_TABLES_MAX + 2 }, (_, index) => ({
      destination: `t${String(index).padStart(2, "0")}`,
    }));
    const names = tables.map(({ destination }) => destination).slice(0, NAMED_TABLES_MAX);
    assert.equal(await check(written({}), { tables }), late(`${names.join(", ")} … and 2 more`));
    assert.equal(
      await check(written({}), { tables: tables.slice(0, NAMED_TABLES_MAX) }),
      late(names.join(", ")),
    );
  });

  it("looks on the local days of a table alone", async () => {
    const tables: FreshnessQueryArgs["tables"] = [
      { destination: "tuesdays", days: ["tuesday"] },
      { destination: "mondays", days: ["monday"] },
    ];
    assert.equal(await check(written({}), { tables }), late("tuesdays"));
    const dayBefore = new Date(RUN.getTime() - 86_400_000);
    assert.equal(
      await check(written({}), { tables }, dayBefore),
      late("mondays", "2025-02-17 06:00 Asia/Tokyo"),
    );
  });

  it("leaves out what the note of the same load tells", async () => {
    const tell = async (slot: string, tables: "all" | string[]) =>
      check(written({}, formatToldNote(slot as Slot, tables)));
    assert.equal(await tell("2025021806", ["prod_shop.orders"]), late("users"));
    assert.deepEqual(await tell("2025021806", ["prod_shop.users", "prod_shop.orders"]), [WELL]);
    assert.deepEqual(await tell("2025021806", "all"), [WELL]);
    assert.equal(await tell("2025021706", "all"), late("orders, users"));
    assert.equal(await tell("2025021806", []), late("orders, users"));
    assert.equal(await tell("2025021806", ["prod_shop.orders_2", "stg_shop.users"]), late("orders, users"));
  });

  it("needs no note", async () => {
    assert.deepEqual(await check(written({ orders: 0, users: 0 }), { toldDataset: undefined }), [WELL]);
  });

  it("finds the load of the evening before when it runs past midnight", async () => {
    const begins = { hour: 23, minute: 30 };
    const runTime = new Date("2025-02-17T15:33:00Z");
    const before = Date.parse("2025-02-17T14:30:00Z");
    assert.deepEqual(
      await check(written({ orders: (before - LOAD) / 60_000, users: 0 }), { begins }, runTime),
      [WELL],
    );
    assert.equal(
      await check(written({ orders: (before - LOAD) / 60_000 - 1, users: 0 }), { begins }, runTime),
      late("orders", "2025-02-17 23:30 Asia/Tokyo"),
    );
  });

  it("keeps to the zone's clocks when they change", async () => {
    // Berlin, on the morning after 2025-03-30: 06:00 is 04:00 UTC, and was 05:00 the week before.
    const changes = { timeZone: "Europe/Berlin", tables: [{ destination: "users" }] };
    const runTime = new Date("2025-03-31T05:03:00Z");
    const at = (time: string) => written({ users: (Date.parse(time) - LOAD) / 60_000 });
    assert.deepEqual(await check(at("2025-03-31T04:00:00Z"), changes, runTime), [WELL]);
    assert.equal(
      await check(at("2025-03-31T03:59:00Z"), changes, runTime),
      late("users", "2025-03-31 06:00 Europe/Berlin"),
    );
  });
});

describe("a query over metadata", () => {
  it("names the views that it reads, each once", () => {
    const region = "p.region-us.INFORMATION_SCHEMA.TABLE_STORAGE";
    const dataset = "p.told.INFORMATION_SCHEMA.TABLE_OPTIONS";
    assert.deepEqual(metadataViews(`SELECT 1 FROM \`${region}\`, \`${dataset}\`, \`${region}\``), [
      { path: region, projectId: "p", view: "TABLE_STORAGE", of: "us" },
      { path: dataset, projectId: "p", view: "TABLE_OPTIONS", of: "told" },
    ]);
  });

  for (const path of [
    "p.prod_shop.users",
    "p.prod_shop.INFORMATION_SCHEMA.TABLE_STORAGE",
    "p.region-us.INFORMATION_SCHEMA.TABLE_OPTIONS",
    "p.prod_shop.INFORMATION_SCHEMA.COLUMNS",
    "p.prod_shop.__TABLES__",
  ]) {
    it(`reads nothing from ${path}`, () => {
      assert.throws(() => metadataViews(`SELECT 1 FROM \`${path}\``), {
        name: "BigQueryError",
        message: `The local BigQuery reads metadata alone, not ${path}`,
      });
    });
  }

  it("reads a description as a literal of GoogleSQL", async () => {
    const sql = "SELECT option_value FROM `p.prod_told.INFORMATION_SCHEMA.TABLE_OPTIONS`";
    const metadata = written({}, 'say "no"');
    assert.deepEqual(await queryMetadata(sql, RUN, metadata), [{ option_value: '"say \\"no\\""' }]);
  });

  it("fails with DuckDB's words for what that does not take", async () => {
    await assert.rejects(queryMetadata("SELECT FORMAT_DATE('%A')", RUN, new Map()), {
      name: "BigQueryError",
      message: /^Catalog Error: Scalar Function with name format_date does not exist!/,
    });
  });
});
