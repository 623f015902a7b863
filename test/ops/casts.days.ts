// `npm run ops -- casts` after a rehearsed export, its loads and the views' making, with the rights that the runbook names
// and no more. Proves that it counts what the views show as NULL. The login is a stand-in; all else is the local Google's.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ExportedClouds, openLoaded } from "../support/exportByHand";
import { GoogleOperator, OPERATOR, type Right } from "../support/googleOperator";
import { runOps } from "../support/operatorsTerminal";

/** Tables, with columns that are cast, and values that do not cast. */
const TABLES: readonly (readonly [table: string, cast: number, notCast: number])[] = [
  ["type_samples", 7, 60],
  ["users", 4, 0],
  ["shipments", 2, 0],
  ["orders", 1, 0],
  ["order_items", 0, 0],
];

const RIGHTS: readonly Right[] = [
  ["bigquery.jobs.create"],
  ["bigquery.tables.get", "prod_shop"],
  ["bigquery.tables.list", "prod_shop"],
  ["bigquery.tables.getData", "prod_aurora_reports"],
  ["bigquery.tables.getData", "prod_shop"],
];

describe("npm run ops -- casts after a rehearsed export", () => {
  const folder = mkdtempSync(join(tmpdir(), "casts-test-"));
  const environment = { ...process.env };
  let loaded: ExportedClouds;
  let google: GoogleOperator;

  before(async () => {
    loaded = await openLoaded(folder);
    google = new GoogleOperator(loaded.clouds);
    await google.logIn(folder);
  });

  after(async () => {
    await google?.logOut();
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, environment);
    await loaded?.close();
    rmSync(folder, { recursive: true });
  });

  async function casts(table: string) {
    return runOps(["casts", "--table", `shop.${table}`, "--yes"]);
  }

  /** What is printed below the line of what is read, and the head: columns that are cast, and values that do not cast. */
  function said(printed: string): [number, number] {
    const lines = printed.split("\n").slice(2);
    const failed = lines.map((line) => Number(/[\d,]+$/.exec(line)?.[0].replaceAll(",", "")));
    return [failed.length, failed.reduce((sum, it) => sum + it, 0)];
  }

  for (const [table, ...counts] of TABLES) {
    it(`says of ${table} what the morning's table says`, async () => {
      google.grant(RIGHTS);
      const { status, printed, complaints } = await casts(table);
      const morning = await loaded.clouds.bigQuery.views.tally("prod_shop_views", table);
      assert.deepEqual([morning?.cast, morning?.notCast], counts);
      assert.deepEqual([status, complaints, said(printed)], [0, [], counts]);
    });
  }

  it("says what is read, and of each column its types and values", async () => {
    google.grant(RIGHTS);
    const { printed } = await casts("type_samples");
    assert.equal(
      printed,
      [
        "To count, BigQuery reads 9,920 bytes of table prod_shop.type_samples.",
        " column            in Aurora        in BigQuery   in the view   values   do not cast",
        " a_bool            tinyint(1)       INT64         BOOL              90             0",
        " a_decimal_65_30   decimal(65,30)   STRING        BIGNUMERIC        80             0",
        " a_char            char(10)         BYTES         STRING            90             0",
        " a_json            json             STRING        JSON              90             0",
        " a_date            date             STRING        DATE              90             0",
        " a_time            time(6)          STRING        TIME              90            60",
        " a_datetime        datetime(6)      TIMESTAMP     DATETIME          80             0",
      ].join("\n"),
    );
    assert.equal(
      (await casts("order_items")).printed,
      "View prod_shop_views.order_items casts no column: each is as it lands, or masked.",
    );
  });

  for (const right of RIGHTS) {
    it(`takes ${right.join(" on ")}`, async () => {
      google.grant(RIGHTS.filter((it) => it !== right));
      const { status, printed, complaints } = await casts("orders");
      assert.deepEqual([status, printed, complaints.length], [1, "", 1]);
      const [permission, dataset] = right;
      const lacks = `${OPERATOR} lacks ${permission} ${dataset === undefined ? "in the project" : `on the dataset ${dataset}`}`;
      const [, before, answer] = /^(.*): it takes .* \((.*)\)\.$/.exec(String(complaints[0])) ?? [];
      assert.match(
        String(before),
        /^Your Google login may not look at table prod_(?:shop.orders|aurora_reports.columns)$/,
      );
      assert.equal(answer, `HTTP 403, PERMISSION_DENIED, accessDenied, "Access Denied: ${lacks}"`);
    });
  }
});
