import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSample, openShop } from "../../../rehearsal/databases/mySqlSample";
import type { Fingerprint, Snapshot, SourceDatabase } from "../../../rehearsal/databases/sourceDatabase";

const ROWS_ON_DAY_ZERO = {
  users: 4_000,
  users_archive: 500,
  addresses: 5_000,
  products: 800,
  product_prices: 2_400,
  orders: 12_000,
  order_items: 24_000,
  payments: 11_400,
  shipments: 10_000,
  reviews: 3_000,
  page_views: 48_000,
  coupons: 0,
  type_samples: 120,
};

const ROWS_ON_DAY_ONE = {
  users: 4_030,
  users_archive: 503,
  addresses: 5_037,
  products: 806,
  product_prices: 2_418,
  orders: 12_090,
  order_items: 24_180,
  payments: 11_485,
  shipments: 10_075,
  reviews: 3_022,
  page_views: 48_360,
  coupons: 0,
  type_samples: 121,
};

async function fingerprints(snapshot: Snapshot): Promise<Record<string, Fingerprint>> {
  const entries: [string, Fingerprint][] = [];
  for (const { source } of snapshot.tables) entries.push([source.table, await snapshot.fingerprint(source)]);
  return Object.fromEntries(entries);
}

function columnNames(snapshot: Snapshot, table: string): string[] {
  return snapshot.tables.find(({ source }) => source.table === table)?.columns.map(({ name }) => name) ?? [];
}

describe("shop", () => {
  let shop: SourceDatabase;
  let folder: string;

  beforeEach(async () => {
    shop = await openShop();
    folder = await mkdtemp(join(tmpdir(), "shop-"));
  });

  afterEach(async () => {
    await shop.close();
    await rm(folder, { recursive: true });
  });

  function rowsOf(prints: Record<string, Fingerprint>): Record<string, number> {
    return Object.fromEntries(Object.entries(prints).map(([table, { rows }]) => [table, rows]));
  }

  it("is a MySQL database with exactly these tables and rows, more than 100,000 of them", async () => {
    assert.deepEqual([shop.engine, shop.name], ["mysql", "shop"]);
    const snapshot = await shop.snapshot();
    assert.deepEqual(rowsOf(await fingerprints(snapshot)), ROWS_ON_DAY_ZERO);
    assert.equal(
      Object.values(ROWS_ON_DAY_ZERO).reduce((sum, rows) => sum + rows),
      121_220,
    );
    assert.deepEqual(snapshot.tables[0], {
      source: { database: "shop", table: "users" },
      columns: [
        { name: "user_id", type: "BIGINT" },
        { name: "email", type: "VARCHAR(255)" },
        { name: "display_name", type: "VARCHAR(100)" },
        { name: "status", type: "ENUM('active','suspended','closed')" },
        { name: "marketing_consent", type: "TINYINT(1)" },
        { name: "balance", type: "DECIMAL(12,2)" },
        { name: "birthday", type: "DATE" },
        { name: "preferences", type: "JSON" },
        { name: "created_at", type: "DATETIME(6)" },
        { name: "updated_at", type: "TIMESTAMP" },
      ].map((it) => ({ ...it, exported: true })),
    });
  });

  it("changes every table that has rows, and adds and drops columns", async () => {
    const before = await shop.snapshot();
    assert.deepEqual(await shop.liveThrough(1), [
      "users gains column loyalty_points",
      "1213 rows inserted, 1213 updated, 306 deleted in 12 tables",
    ]);
    const dayOne = await shop.snapshot();
    assert.deepEqual(rowsOf(await fingerprints(dayOne)), ROWS_ON_DAY_ONE);
    assert.equal(columnNames(dayOne, "users").at(-1), "loyalty_points");
    assert.deepEqual(await shop.liveThrough(2), [
      "products loses column legacy_code",
      "1213 rows inserted, 1213 updated, 306 deleted in 12 tables",
    ]);
    assert.equal(columnNames(await shop.snapshot(), "products").includes("legacy_code"), false);
    assert.equal(columnNames(before, "products").includes("legacy_code"), true);
  });

  it("leaves no table but the empty one as it was the day before", async () => {
    let yesterday = await fingerprints(await shop.snapshot());
    for (let day = 1; day <= 3; day++) {
      await shop.liveThrough(day);
      const today = await fingerprints(await shop.snapshot());
      const unchanged = Object.keys(today).filter((it) => today[it]?.checksum === yesterday[it]?.checksum);
      assert.deepEqual(unchanged, ["coupons"], `day ${day}`);
      yesterday = today;
    }
  });

  it("adds and drops eleven columns in thirty days", async () => {
    const columnChanges: string[] = [];
    for (let day = 1; day <= 30; day++) columnChanges.push(...(await shop.liveThrough(day)).slice(0, -1));
    assert.deepEqual(columnChanges, [
      "users gains column loyalty_points",
      "products loses column legacy_code",
      "orders gains column gift_message",
      "addresses loses column fax",
      "reviews gains column helpful_votes",
      "shipments loses column tracking_url",
      "page_views gains column device",
      "payments loses column processor_reference",
      "users loses column loyalty_points",
      "products gains column legacy_code",
      "orders loses column gift_message",
    ]);
  });

  it("keeps a snapshot as it was, and lives the same days in every run", async () => {
    const snapshot = await shop.snapshot();
    const frozen = await fingerprints(snapshot);
    await shop.liveThrough(1);
    assert.deepEqual(await fingerprints(snapshot), frozen);
    const other = await openShop();
    await other.liveThrough(1);
    assert.deepEqual(await fingerprints(await other.snapshot()), await fingerprints(await shop.snapshot()));
    await other.close();
  });

  async function exported(table: string, day = "0"): Promise<string[]> {
    const snapshot = await shop.snapshot();
    const target = join(folder, day, table);
    const { files } = await snapshot.exportTable({ database: "shop", table }, target);
    const there: string[] = [];
    for (const { path, bytes } of files) {
      const content = await readFile(join(target, path));
      assert.equal(content.length, bytes);
      // The marker is empty; Parquet begins with its magic number.
      assert.equal(content.subarray(0, 4).toString(), path.endsWith("_SUCCESS") ? "" : "PAR1");
      there.push(path);
    }
    const inFolder = await readdir(target, { recursive: true, withFileTypes: true });
    assert.equal(inFolder.filter((it) => it.isFile()).length, files.length);
    return there;
  }

  const withoutUuid = (path: string) =>
    path.replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}/, "<uuid>");

  it("exports the largest table into batch folders with gaps between the parts", async () => {
    assert.deepEqual((await exported("page_views")).map(withoutUuid), [
      "1/part-00000-<uuid>-c000.gz.parquet",
      "1/part-00001-<uuid>-c000.gz.parquet",
      "1/part-00003-<uuid>-c000.gz.parquet",
      "1/_SUCCESS",
      "2/part-00000-<uuid>-c000.gz.parquet",
      "2/part-00002-<uuid>-c000.gz.parquet",
      "2/_SUCCESS",
      "3/part-00001-<uuid>-c000.gz.parquet",
      "3/part-00002-<uuid>-c000.gz.parquet",
      "3/part-00005-<uuid>-c000.gz.parquet",
      "3/_SUCCESS",
    ]);
  });

  it("exports other tables into one, and the empty one without Parquet", async () => {
    assert.deepEqual((await exported("users")).map(withoutUuid), [
      "1/part-00000-<uuid>-c000.gz.parquet",
      "1/_SUCCESS",
    ]);
    assert.deepEqual(await exported("coupons"), ["1/_SUCCESS"]);
  });

  it("names the files of each export differently, as RDS does", async () => {
    const [first] = await exported("users");
    const [second] = await exported("users", "1");
    assert.notEqual(first, second);
  });

  it("has plain tables for names that the shop does not know", async () => {
    const sample = await openSample("crm", ["Leads", "leads", "coupons"]);
    const before = await fingerprints(await sample.snapshot());
    assert.deepEqual(rowsOf(before), { Leads: 300, leads: 300, coupons: 0 });
    assert.deepEqual(await sample.liveThrough(1), ["6 rows inserted, 6 updated, 2 deleted in 2 tables"]);
    const snapshot = await sample.snapshot();
    assert.deepEqual(snapshot.tables[0]?.source, { database: "crm", table: "Leads" });
    assert.deepEqual(rowsOf(await fingerprints(snapshot)), { Leads: 302, leads: 302, coupons: 0 });
    await sample.close();
  });

  it("knows no table of another database", async () => {
    const snapshot = await shop.snapshot();
    assert.throws(() => snapshot.fingerprint({ database: "shop", table: "user" }), {
      name: "RangeError",
      message: "The snapshot holds no table user of shop",
    });
  });
});
