// `npm run ops -- status` of a thousand tables, over the wire of the local clouds: how many calls it takes. How long it takes
// is measured by `npm run bench`.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ManyTables, openManyTables } from "../../bench/manyTables";
import { ROOT } from "../docs/markdown";
import { OperatedClouds } from "../support/operatedClouds";

const MANY = 1000;

describe("npm run ops -- status of a thousand tables", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "many-tables-test-"));
  let many: ManyTables;
  let operated: OperatedClouds;

  before(async () => {
    many = await openManyTables(ROOT, folder, MANY);
    operated = new OperatedClouds(many.clouds, many.settings, many.outputs, folder);
  });

  after(async () => {
    operated.close();
    await many.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("takes a few calls, and knows every table", async () => {
    let calls = 0;
    many.clouds.awsEndpoint.listeners.push(() => {
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
