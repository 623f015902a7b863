import assert from "node:assert/strict";
import { costText } from "../../ops/commands/sync/prices";
import { EVERYWHERE, KMS_KEYS, PRICES, PRICES_OF } from "../../plan/prices";
import { readText } from "../docs/markdown";

const GIGABYTE = 2 ** 30;
const TOKYO = { region: "ap-northeast-1" };

describe("what a spot run costs", () => {
  it("is reckoned with the prices that README.md names", () => {
    const readme = readText("README.md").replace(/\s+/g, " ");
    assert.ok(readme.includes(`Prices for Tokyo as they were known in ${PRICES_OF}`));
    const { snapshotExport, egress } = PRICES.get(TOKYO.region) ?? {};
    for (const price of [snapshotExport, egress]) {
      assert.ok(price && readme.includes(`$${price.dollars} per GB | ${price.source}`), price?.source);
    }
    const { dollars, source } = EVERYWHERE.kmsKey;
    assert.ok(
      readme.includes(`$${dollars.toFixed(2)} per key and month | ${source} | ${KMS_KEYS} keys`),
      "the key",
    );
  });

  it("says what it is of, and how sure", () => {
    assert.equal(
      costText({ ...TOKYO, snapshotBytes: 100 * GIGABYTE, parquetBytes: 20 * GIGABYTE }),
      "The export is billed by the whole snapshot, 100 GB: about $1.20.\nEgress to Google is billed by the Parquet files, 20 GB last time: about $2.28, beyond the first 100 GB of a month.\nPrices of ap-northeast-1 as of November 2026.",
    );
    assert.equal(
      costText(TOKYO),
      "The export is billed by the size of the whole snapshot, which RDS does not say.\nEgress to Google is billed by the size of the Parquet files, which no export has shown yet.\nPrices of ap-northeast-1 as of November 2026.",
    );
    assert.equal(
      costText({ region: "eu-west-1", snapshotBytes: 2 * GIGABYTE, parquetBytes: 3_000_000 }),
      "The export is billed by the whole snapshot, 2 GB.\nEgress to Google is billed by the Parquet files, 2.9 MB last time.\nThe prices of eu-west-1 are not known here: see AWS's price pages.",
    );
  });
});
