// The registered text of the freshness check, run on DuckDB. That BigQuery takes it: test/googlesql.
import assert from "node:assert/strict";
import { freshnessQuery } from "../../../contract/freshnessQuery";
import { type Metadata, metadataViews, queryMetadata } from "../../../rehearsal/bigquery/freshness";
import { FRESHNESS_CASES, metadataOf, type Outcome, RUN, table } from "../../support/freshnessCases";

/** What DuckDB makes of a query. */
async function run(sql: string, metadata: Metadata, runTime = RUN): Promise<Outcome> {
  try {
    return { rows: await queryMetadata(sql, runTime, metadata) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

describe("the freshness check, on DuckDB", () => {
  for (const { title, args, metadata, runTime, outcome } of FRESHNESS_CASES) {
    it(title, async () => {
      assert.deepEqual(await run(freshnessQuery(args), metadata, runTime), outcome);
    });
  }
});

describe("a query over metadata", () => {
  it("names the views that it reads, each once", () => {
    const shop = "p.prod_shop.INFORMATION_SCHEMA.PARTITIONS";
    const crm = "p.prod_crm.INFORMATION_SCHEMA.PARTITIONS";
    assert.deepEqual(metadataViews(`SELECT 1 FROM \`${shop}\`, \`${crm}\`, \`${shop}\``), [
      { path: shop, datasetId: "prod_shop" },
      { path: crm, datasetId: "prod_crm" },
    ]);
  });

  for (const path of [
    "p.prod_shop.users",
    "p.region-us.INFORMATION_SCHEMA.TABLE_STORAGE",
    "p.prod_shop.INFORMATION_SCHEMA.TABLE_OPTIONS",
    "p.region-us.INFORMATION_SCHEMA.PARTITIONS",
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

  describe("reads partitions of a thousand tables at most", () => {
    const VIEW = "FROM `p.prod_shop.INFORMATION_SCHEMA.PARTITIONS`";
    const names = Array.from({ length: 1001 }, (_, index) => `t${index}`);
    const metadata = metadataOf(names.map((name) => table(name, 1)));
    const named = (some: readonly string[]) =>
      `WHERE table_name IN (${some.map((it) => `'${it}'`).join(", ")})`;
    const TOO_MANY: Outcome = {
      error:
        "INFORMATION_SCHEMA.PARTITIONS query attempted to read too many tables. Please add more restrictive filters.",
    };

    const queries: [string, string, Outcome][] = [
      [
        "all that its filter names",
        `SELECT COUNT(*) AS n ${VIEW} ${named(names.slice(1))}`,
        { rows: [{ n: "1000" }] },
      ],
      ["not one more", `SELECT COUNT(*) AS n ${VIEW} ${named(names)}`, TOO_MANY],
      [
        "those that are there, whatever else it names",
        `SELECT COUNT(*) AS n ${VIEW} ${named([...names.slice(1), "gone"])} AND total_rows > 0`,
        { rows: [{ n: "1000" }] },
      ],
      ["without a filter none of so many", `SELECT COUNT(*) AS n ${VIEW}`, TOO_MANY],
      ["nor with one of another column", `SELECT COUNT(*) AS n ${VIEW} WHERE total_rows > 0`, TOO_MANY],
      [
        "nor with a way round the filter",
        `SELECT COUNT(*) AS n ${VIEW} ${named(["t1"])} OR total_rows > 0`,
        TOO_MANY,
      ],
      [
        "nor one part after the other in one statement",
        `SELECT table_name ${VIEW} ${named(names.slice(0, 600))} UNION ALL SELECT table_name ${VIEW} ${named(names.slice(600))}`,
        TOO_MANY,
      ],
    ];
    for (const [what, sql, outcome] of queries) {
      it(what, async () => assert.deepEqual(await run(sql, metadata), outcome));
    }
  });

  it("fails with DuckDB's words for what that does not take", async () => {
    await assert.rejects(queryMetadata("SELECT FORMAT_DATE('%A')", RUN, new Map()), {
      name: "BigQueryError",
      message: /^Catalog Error: Scalar Function with name format_date does not exist!/,
    });
  });
});
