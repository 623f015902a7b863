// `npm run ops -- status` of a thousand tables, over the wire of the local clouds: how many calls it takes. How long it takes
// is the test's own time.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type FollowedLoads, followedLoadsKey } from "../../contract/followedLoads";
import { exportBucketName, loaderRoleName } from "../../contract/names";
import { parseSlot } from "../../contract/slot";
import { type Clouds, openClouds } from "../../rehearsal/clouds";
import { openSources } from "../../rehearsal/databases/openSources";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack } from "../../rehearsal/rehearsal";
import { ROOT } from "../docs/markdown";
import { OperatedClouds } from "../support/operatedClouds";

const MANY = 1000;
const SLOT = parseSlot("2025021806");
const ACCOUNT = "123456789012";

describe("npm run ops -- status of a thousand tables", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "many-tables-test-"));
  const names = Array.from({ length: MANY }, (_, index) => `t${String(index).padStart(4, "0")}`);
  let clouds: Clouds;
  let operated: OperatedClouds;
  let close = async () => {};

  before(async () => {
    const { stack: shipped, sources } = await openSources(ROOT, "prod");
    const databases = JSON.stringify({ shop: names });
    const stack = { ...shipped, config: { ...shipped.config, "aurora-to-bigquery:databases": databases } };
    const settings = settingsOf(stack);
    const { registrations, outputs } = await evaluateStack(ROOT, stack);
    const place = { projectFolder: ROOT, folder, port: 0, accountId: ACCOUNT };
    const startTime = new Date("2025-02-17T22:15:00Z");
    clouds = await openClouds({ ...place, registrations, settings, stack, sources, startTime });
    operated = new OperatedClouds(clouds, settings, outputs, folder);
    close = async () => {
      operated.close();
      await clouds.close();
      for (const source of sources) await source.close();
    };
    const record: FollowedLoads = {
      slot: SLOT,
      from: "2025-02-17T21:00:00.000Z",
      since: "2025-02-17T21:00:00.000Z",
      byClock: true,
      looks: 1,
      done: "2025-02-17T21:05:00.000Z",
      tables: names.map((destination) => ({
        dataset: "prod_shop",
        destination,
        folder: `shop/shop.${destination}`,
        files: 1,
        outcome: "whole",
        rows: 10,
        exportedRows: 10,
        ended: "2025-02-17T21:02:00.000Z",
      })),
    };
    const loader = clouds.account.role(`arn:aws:iam::${ACCOUNT}:role/${loaderRoleName("prod")}`);
    const bucket = exportBucketName("prod", ACCOUNT);
    const body = Buffer.from(JSON.stringify(record));
    clouds.s3.writeObject(loader, bucket, followedLoadsKey("prod", SLOT), body, false);
  });

  after(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("takes a few calls, and knows every table", async () => {
    let calls = 0;
    clouds.awsEndpoint.listeners.push(() => {
      calls++;
      return undefined;
    });
    const { printed } = await operated.run(["status", "--json"]);
    const { tables } = JSON.parse(printed);
    const whole = tables.tables.filter((it: { whole: boolean }) => it.whole);
    assert.deepEqual([tables.tables.length, whole.length, tables.gaps], [MANY, MANY, []]);
    assert.ok(calls < 20, `${calls} calls of AWS`);
  });
});
