// Sums of a month, reckoned by hand. Proves nothing about the prices themselves, which are dated and have their sources.
import assert from "node:assert/strict";
import { exportMinutes, filesOf } from "../../plan/size";
import { bytes, bytesRange, dollarsRange, minutesRange } from "../../plan/words";
import { GIGABYTE, MYSQL, tableOf } from "./catalogs";
import { planned } from "./plans";

const one = { low: 0.2, high: 0.2 };

/** A database of a 100 GB snapshot, of which one table is 100 GB of rows. */
const SIMPLE = {
  ...MYSQL,
  serverBytes: 100 * GIGABYTE,
  tables: [tableOf("orders", { id: "INT" }, { dataBytes: 100 * GIGABYTE, indexBytes: 0, rows: 1 })],
};

const near = (value: number | undefined, expected: number) =>
  assert.ok(value !== undefined && Math.abs(value - expected) < 0.005, `${value}, not ${expected}`);

describe("what a month costs", () => {
  it("is what README.md has for its example", () => {
    const { items } = planned(SIMPLE, { ratio: one }).costs;
    const [exported, egress, s3, keys] = items.map(({ dollars }) => dollars?.high);
    near(exported, 36);
    near(egress, 57);
    near(keys, 2);
    // 14 exports of 20 GB.
    near(s3, 14 * 20 * 0.025);
  });

  it("has both of BigQuery's models, one of them in each sum", () => {
    const { items, sums } = planned(SIMPLE, { ratio: one }).costs;
    const [logical, physical] = items.filter(({ model }) => model).map(({ dollars }) => dollars);
    near(logical?.low, (70 - 10) * 0.023);
    near(logical?.high, (130 - 10) * 0.023);
    // The table itself, seven copies of time travel and seven of fail-safe.
    near(physical?.high, 15 * 20 * 0.052);
    near(sums.physical.high - sums.logical.high, (physical?.high ?? 0) - (logical?.high ?? 0));
  });

  it("tells what decisions change of it", () => {
    const { effects } = planned(SIMPLE, { ratio: one }).costs;
    assert.deepEqual(
      effects.map(({ name, text }) => `${name}: ${text}`),
      [
        "exportOnly: Of an export, `databases` writes 20 GB, $7.00 a month in S3; `tables` writes 20 GB, $7.00 a month in S3; `all` writes 20 GB, $7.00 a month in S3. It is as much quicker as it is smaller. The export fee and egress stay as they are: the one is by the snapshot, the other by the listed tables.",
        "orders on one day of the week: `days: [monday]` moves 514 GB a month less to Google, and leaves 3 physical copies in BigQuery in place of 15. The export stays as it is.",
        "Masks: `mask` and `newColumns` change what views show. Export, transfer and tables stay as large as they are: they save nothing.",
      ],
    );
    // What is left, 86 GB, is free.
    near(effects[1]?.saves?.high, 57);
  });

  it("invents no figure where a price is not known", () => {
    const { items, unknown, sums } = planned(SIMPLE, { ratio: one, region: "eu-west-2" }).costs;
    assert.deepEqual(
      items.filter(({ dollars }) => dollars === undefined).map(({ name, price }) => [name, price]),
      [
        ["Snapshot export, by size of the whole snapshot", undefined],
        ["Egress from S3 to Google, above 100 GB a month", undefined],
        ["Storage in S3, 14 exports", undefined],
        ["Storage in BigQuery, logical, above 10 GB", undefined],
        ["Storage in BigQuery, physical, or else", undefined],
      ],
    );
    assert.deepEqual(unknown.slice(0, 2), [
      "The prices of eu-west-2 are not known here: see AWS's price pages.",
      "What storage costs in BigQuery's location europe-west2 is not known here: see Google's price page.",
    ]);
    assert.deepEqual(sums.logical, sums.physical);
  });

  it("knows no snapshot where the server says nothing of sizes", () => {
    const { serverBytes: _none, ...rest } = SIMPLE;
    const plan = planned({ ...rest, tables: [tableOf("orders", { id: "INT" })] });
    assert.deepEqual(
      [
        plan.size.snapshotBytes,
        plan.size.snapshotIs,
        plan.costs.items[0]?.dollars,
        plan.costs.items[0]?.quantity,
      ],
      [undefined, "this database", undefined, "not known"],
    );
  });

  it("takes hours and files as AWS tells them", () => {
    assert.deepEqual(exportMinutes(100 * GIGABYTE), { low: 310, high: 615 });
    assert.deepEqual(exportMinutes(0), { low: 10, high: 15 });
    assert.deepEqual(
      filesOf([
        { low: 0, high: 0 },
        { low: 20 * 2 ** 20, high: 30 * 2 ** 20 },
      ]),
      {
        low: 3,
        high: 31,
      },
    );
  });

  it("is written short", () => {
    assert.deepEqual([0, 1023, 1536, 2.5 * GIGABYTE, undefined].map(bytes), [
      "0 bytes",
      "1,023 bytes",
      "1.5 kB",
      "2.5 GB",
      "–",
    ]);
    assert.equal(bytesRange({ low: 500 * 2 ** 20, high: 2 * GIGABYTE }), "500 MB – 2 GB");
    assert.equal(dollarsRange({ low: 0.001, high: 1234.5 }), "<$0.01–$1,235");
    assert.equal(dollarsRange(undefined), "not known");
    assert.equal(minutesRange({ low: 100, high: 200 }), "100 min – 3.3 h");
  });
});
