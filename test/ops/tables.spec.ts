// The fast part of `npm run ops -- tables`: which export it looks at, what it refuses, and what `--json` has. What RDS's lists
// and the screen look like after a night is in tables.days.ts.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExportTask } from "@aws-sdk/client-rds";
import { stringify } from "yaml";
import { type TablesOptions, tables } from "../../ops/commands/tables/tables";
import { parseOutputs } from "../../ops/session/deployedStack";
import { OperatorError } from "../../ops/session/operatorError";
import type { Session } from "../../ops/session/session";
import { ENVIRONMENT, exportObjects, TASK, task, World } from "../functions/world";
import { STACK_OUTPUTS } from "../support/stackOutputs";

const OPTIONS = { columns: false, all: false, write: false, yes: false, json: false };
const COLUMNS = {
  schemaMetadata: {
    originalTypeMappings: [
      { columnName: "id", originalType: "bigint", expectedExportedType: "int64" },
      { columnName: "balance", originalType: "decimal(12,2)", expectedExportedType: "int64 (DECIMAL(12,2))" },
    ],
  },
};

const STACK_FILE = {
  "aws:region": "ap-northeast-1",
  "gcp:project": "example-prod",
  "aurora-to-bigquery:environment": "prod",
  "aurora-to-bigquery:aurora": { clusterIdentifier: "example-prod", engine: "mysql" },
  "aurora-to-bigquery:schedule": {
    timeZone: "Asia/Tokyo",
    snapshot: "01:00",
    export: "04:00",
    load: "06:00",
  },
  "aurora-to-bigquery:databases": { shop: ["orders", "users", { name: "logs", enabled: false }] },
};

describe("npm run ops -- tables", () => {
  const folder = mkdtempSync(join(tmpdir(), "tables-spec-"));
  const transfers = { shop: { orders: "x/1", users: "x/2", logs: "x/3" } };
  const stack = parseOutputs({ ...STACK_OUTPUTS, transfers }, "x");
  const world = new World();
  const { objects } = world.ports();

  before(() => {
    writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "aurora-to-bigquery", runtime: "nodejs" }));
    writeFileSync(join(folder, "Pulumi.prod.yaml"), stringify({ config: STACK_FILE }));
    world.removeObjects("");
    world.addObjects(exportObjects(TASK, ENVIRONMENT.tables, { users: { status: COLUMNS, bytes: 7 } }));
  });

  after(() => rmSync(folder, { recursive: true }));

  /** Has somebody look while RDS knows these exports. */
  async function look(
    tasks: readonly ExportTask[],
    options: Partial<TablesOptions> = {},
    now = "2025-02-17T22:15:00Z",
  ) {
    const printed: string[] = [];
    const session = {
      stack,
      stackName: "prod",
      projectFolder: folder,
      objects,
      clock: { now: () => new Date(now) },
      terminal: { print: (line: string) => printed.push(line) },
      exports: {
        findTask: async (id: string) => tasks.find((it) => it.ExportTaskIdentifier === id),
        listTasksInto: async () => tasks,
      },
    } as unknown as Session;
    const ok = await tables(session, { ...OPTIONS, ...options });
    return { ok, printed: printed.join("\n") };
  }

  const refuses = (words: string, ...args: Parameters<typeof look>) =>
    assert.rejects(look(...args), (error) => {
      assert.ok(error instanceof OperatorError);
      assert.equal(error.message, words);
      return true;
    });

  it("counts a paused table, and says that it is where somebody asks for it", async () => {
    const { ok, printed } = await look([task()]);
    assert.ok(ok);
    assert.match(printed, /\n3 tables that Pulumi\.prod\.yaml loads: 2 whole, 1 paused\.\n/);
    await refuses(
      "Table `shop.logs` is paused by `enabled: false` in Pulumi.prod.yaml: no export is looked at for it.",
      [task()],
      { table: "shop.logs" },
    );
    await refuses(
      "Neither Pulumi.prod.yaml nor the export has a table `shop.user`; it takes database and table, such as shop.users.",
      [task()],
      { table: "shop.user" },
    );
  });

  it("refuses an hour without an export, and what is no hour", async () => {
    await refuses(
      'RDS knows no export "prod-2025021807" into bucket prod-export-bucket: take the hour in an export\'s name, or leave `--slot` out for the newest one.',
      [task()],
      { slot: "2025021807" },
    );
    // Of somebody else's bucket.
    await refuses(
      'RDS knows no export "prod-2025021806" into bucket prod-export-bucket: take the hour in an export\'s name, or leave `--slot` out for the newest one.',
      [task({ S3Bucket: "other" })],
      { slot: "2025021806" },
    );
    await assert.rejects(look([task()], { slot: "today" }), /^RangeError: "today" is no slot; /);
  });

  it("refuses an export that still runs, and takes the one before it unasked", async () => {
    const running = task({
      ExportTaskIdentifier: "prod-2025021906",
      Status: "IN_PROGRESS",
      PercentProgress: 40,
    });
    await refuses(
      "Export prod-2025021906 is IN_PROGRESS, 40 %: what it holds is known when it is COMPLETE; leave `--slot` out for the newest that is.",
      [task(), running],
      { slot: "2025021906" },
    );
    const { printed } = await look([task(), running]);
    assert.match(printed, /^Export prod-2025021806 /);
    assert.match(printed, /\nA later export is not complete: prod-2025021906 is IN_PROGRESS, 40 %\.$/);
    await refuses(
      "There is no complete export of this stack in bucket prod-export-bucket; prod-2025021906 is IN_PROGRESS, 40 %: wait for the first one, or make one by a spot run.",
      [running],
    );
  });

  it("refuses an export whose files are gone, or are about to be", async () => {
    await refuses(
      "Export prod-2025021806 has expired: S3 has deleted its files since 2025-03-04, after `retentionDays` (14), so look at a newer one, or make one by a spot run.",
      [task()],
      {},
      "2025-03-05T00:00:00Z",
    );
    const before = task({ ExportTaskIdentifier: "prod-2025021706" });
    await refuses(
      "Nothing of export prod-2025021706 is left in bucket prod-export-bucket: it has expired, or somebody has deleted its files, so look at a newer one, or make one by a spot run.",
      [before],
    );
  });

  it("prints a look as JSON, with the columns of a table that is named", async () => {
    const { printed } = await look([task()], { json: true, table: "shop.users" });
    assert.deepEqual(JSON.parse(printed), {
      export: "prod-2025021806",
      slot: "2025021806",
      snapshot: "rds:example-prod-2025-02-17-16-05",
      snapshotTime: "2025-02-17T16:05:42.000Z",
      tables: [
        {
          table: "shop.users",
          loadedInto: "prod_shop.users",
          state: "whole",
          files: 1,
          bytes: 7,
          needsSomebody: false,
          columns: [
            {
              name: "id",
              sourceType: "bigint",
              exportedType: "int64",
              landedType: "INT64",
            },
            {
              name: "balance",
              sourceType: "decimal(12,2)",
              exportedType: "int64 (DECIMAL(12,2))",
              landedType: "NUMERIC",
            },
          ],
        },
      ],
      new: [],
      changed: [],
      warnings: [],
      notDeployed: [],
      notListed: [],
      ok: true,
    });
  });
});
