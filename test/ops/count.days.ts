// `npm run ops -- count` after a rehearsed export and its loads, as the person on call. Proves that both sides of what it
// prints are what Aurora had, and that nobody has to read a file for it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CountReport } from "../../ops/commands/count/count";
import { readStack } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { ROOT } from "../docs/markdown";
import { type ExportedClouds, openLoaded } from "../support/exportByHand";
import { OperatedClouds } from "../support/operatedClouds";

describe("npm run ops -- count after a rehearsed export", () => {
  const folder = mkdtempSync(join(tmpdir(), "count-test-"));
  let loaded: ExportedClouds;
  let operated: OperatedClouds;

  before(async () => {
    loaded = await openLoaded(folder);
    const settings = settingsOf(readStack(ROOT, "prod"));
    operated = new OperatedClouds(loaded.clouds, settings, loaded.outputs, folder);
  });

  after(async () => {
    operated?.close();
    await loaded?.close();
    rmSync(folder, { recursive: true });
  });

  const count = (...more: string[]) => operated.run(["count", "--json", "--slot", loaded.slot, ...more]);

  it("finds on both sides the rows that Aurora had, of every table", async () => {
    const { status, printed, complaints } = await count();
    assert.deepEqual([status, complaints], [0, []]);
    const { tables, equal, newerSlot }: CountReport = JSON.parse(printed);
    assert.deepEqual(
      tables.map(({ table, rows, rowsInBigQuery }) => [table, rows, rowsInBigQuery]),
      tables.map(({ table }) => {
        const rows = loaded.truth.get(table.replace("prod_shop.", "shop."))?.rows;
        return [table, rows, rows];
      }),
    );
    assert.deepEqual([tables.length, equal, newerSlot], [13, true, undefined]);
    assert.ok(tables.reduce((sum, { rows }) => sum + rows, 0) > 100_000);
  });

  for (const [sid, what] of [
    ["AskFunctions", 'lambda:InvokeFunction on function "prod__aurora-counter"'],
    [
      "ReadReportsAndLists",
      "s3:GetObject on object s3://prod-aurora-to-bigquery-123456789012/prod-reports/opened/",
    ],
    [
      "DecryptThroughS3",
      "s3:GetObject on object s3://prod-aurora-to-bigquery-123456789012/prod-reports/opened/",
    ],
    ["SeeBucket", 's3:ListBucket on bucket "prod-aurora-to-bigquery-123456789012"'],
  ] as const) {
    it(`takes ${sid}`, async () => {
      const { status, complaints } = await operated.without(sid, () => count("--table", "prod_shop.users"));
      const [words] = complaints;
      assert.deepEqual([status, complaints.length], [1, 1]);
      const sentence = `Your AWS credentials may not do this: it takes ${what}`;
      assert.equal(String(words).slice(0, sentence.length), sentence);
    });
  }

  it("takes bigquery.tables.get", async () => {
    const { status, complaints } = await operated.withoutPermission("bigquery.tables.get", () => count());
    assert.equal(status, 1);
    assert.match(
      String(complaints[0]),
      /^Your Google login may not look at table prod_shop\.\w+: it takes bigquery\.tables\.get on dataset prod_shop \(HTTP 403, /,
    );
  });
});
