// The text of the query that makes the views. What it does is in test/googlesql.
import assert from "node:assert/strict";
import { type ViewedTable, type ViewMakerArgs, viewMakerScript } from "../../contract/typedViews";

function argsOf(tables: readonly ViewedTable[]): ViewMakerArgs {
  const datasets = [
    { dataset: "prod_shop", viewsDataset: "prod_shop_views", tables },
    { dataset: "prod_crm", viewsDataset: "prod_crm_views", tables: [{ destination: "users" }] },
  ];
  return { project: "example-prod", engine: "mysql", journalDataset: "prod_aurora_reports", datasets };
}

describe("viewMakerScript", () => {
  it("is the same text whatever the order of datasets, tables and masks", () => {
    const users = { destination: "users", mask: { email: "sha256", phone: "none" } } as const;
    const turned = { destination: "users", mask: { phone: "none", email: "sha256" } } as const;
    const one = argsOf([users, { destination: "orders" }]);
    const other = argsOf([{ destination: "orders" }, turned]);
    assert.equal(viewMakerScript({ ...other, datasets: other.datasets.toReversed() }), viewMakerScript(one));
    assert.notEqual(viewMakerScript(argsOf([{ destination: "orders" }])), viewMakerScript(one));
  });

  it("has 2,000 tables, and refuses more than a query's text holds, with the bytes", () => {
    const tables = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ destination: `some_table_name_${index}` }));
    assert.ok(Buffer.byteLength(viewMakerScript(argsOf(tables(2_000)))) < 250_000);
    assert.throws(
      () => viewMakerScript(argsOf(tables(12_000))),
      /^RangeError: the query that makes the views has 1\d{6} bytes, more than the 1000000 that BigQuery takes: move/,
    );
  });
});
