import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Registration, toWire, type WireRecord } from "../../rehearsal/program/registrations";
import { assertDone, assertNothing, done, LOADED, ofKind, told, worstMoment } from "./expectations";
import { DATASET, TABLE } from "./provider/resourceTypes";
import { type Saved, World } from "./world";

const BUCKET = "aws:s3/bucket:Bucket";
const KEY = "aws:kms/key:Key";
const ROLE = "aws:iam/role:Role";
const FUNCTION = "aws:lambda/function:Function";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const EXPORTER = "prod__aurora-snapshot-s3-exporter";
const ROWS = 17;

/** A resource in the file that `preview --import-file` writes. */
interface ImportedResource {
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  readonly component?: boolean;
  readonly id?: string;
}

describe("what exists already, on Pulumi's engine", () => {
  let world: World;
  let saved: Saved;
  let registered: readonly Registration[];
  before(async () => {
    world = await World.create();
    await world.init("prod");
    registered = await world.registrations("prod");
    saved = await world.save();
  });
  beforeEach(() => world.restore(saved));
  after(() => world.dispose());

  /** Makes by hand what the program would make, with changes. @returns its id */
  async function makeByHand(name: string, change: WireRecord = {}): Promise<string> {
    const { type, inputs } = registered.find((it) => it.name === name) ?? assert.fail(name);
    const place = { awsRegion: "ap-northeast-1", googleProject: "example-prod" };
    return world.clouds.call("put", type, { ...(toWire(inputs) as WireRecord), ...change }, place);
  }

  async function idAndContents(type: string): Promise<[string, number][]> {
    return (await world.things(type)).map(({ id, contents }) => [id, contents]);
  }

  it("named in `existing`: a bucket, a key and a role are used, and never touched", async () => {
    await makeByHand("export-key");
    await makeByHand("export-role-role", { name: "their-role" });
    const bucket = await makeByHand("export-bucket", { bucket: "their-exports" });
    const things = await world.things();
    const [key = "", role = ""] = [KEY, ROLE].map((type) => {
      const found = things.find((it) => it.type === type);
      return String((found?.computed as Record<string, unknown> | undefined)?.arn);
    });
    await world.forget();
    world.configure("prod", { existing: { bucket, kmsKeyArn: key, exportRoleArn: role } });
    assertDone(await world.up("prod"));
    const theirs = new Set(things.map(({ id }) => id));
    assert.deepEqual(
      (await world.events()).filter(({ id }) => theirs.has(id)),
      [],
    );
    assert.deepEqual(
      (await world.things(BUCKET)).map(({ id }) => id),
      [bucket],
    );
    const paths = (await world.transfers()).map(
      ({ plain }) => (plain.params as { data_path: string }).data_path,
    );
    assert.ok(paths.length > 0 && paths.every((it) => it.startsWith("s3://their-exports/")));
    assertNothing(await world.preview("prod", "--refresh", "--expect-no-changes"));
  });

  it("imported by the CLI: bucket, key, role, dataset and table, with no change in the next preview", async () => {
    const names = ["export-bucket", "export-key", "export-role-role", "shop-dataset", "shop/users-table"];
    // Whoever made a dataset by hand has the API on.
    await makeByHand("google-api-bigquery");
    const ids = new Map<string, string>();
    for (const name of names) ids.set(name, await makeByHand(name));
    const [table] = await world.things(TABLE);
    await world.clouds.call("edit", TABLE, table?.id ?? "", { contents: ROWS });
    await world.forget();

    const file = path.join(world.folder("import"), "import.json");
    assertDone(await world.preview("prod", "--import-file", file));
    const written = JSON.parse(readFileSync(file, "utf8")) as { resources: ImportedResource[] };
    const wanted = written.resources.filter(({ name, component }) => component || ids.has(name));
    const filled = wanted.map((it) => (it.component ? it : { ...it, id: ids.get(it.name) }));
    writeFileSync(file, JSON.stringify({ ...written, resources: filled }));
    const flags = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"];
    assertDone(await world.cli(["import", "--file", file, "--stack", "prod", ...flags]));

    const preview = await world.preview("prod");
    assertDone(preview);
    const touched = preview.steps.filter(({ name }) => ids.has(name));
    // The address of Google's agent, which gets a grant, is not known before the first update.
    assert.deepEqual(
      touched.map(({ op, name, differs }) => [op, name, differs]),
      [["update", "shop-dataset", ["accesses"]]],
    );
    assertDone(await world.up("prod"));
    assert.deepEqual(
      done(await world.events()).filter((it) => names.some((name) => it.endsWith(` ${name}`))),
      [],
    );
    assert.deepEqual((await idAndContents(TABLE)).find(([id]) => id === table?.id)?.[1], ROWS);
    assertNothing(await world.preview("prod", "--expect-no-changes"));
  });

  it("with `adopt`: a table that never belonged to the stack, its rows, and the dataset that it is in", async () => {
    await makeByHand("google-api-bigquery");
    await makeByHand("shop-dataset", { description: "Theirs" });
    const table = await makeByHand("shop/users-table");
    await world.clouds.call("edit", TABLE, table, { contents: ROWS });
    await world.forget();
    const { shop } = world.config("prod").databases as { shop: unknown[] };
    const databases = { shop: [...shop.filter((it) => it !== "users"), { name: "users", adopt: true }] };
    world.configure("prod", { databases });
    const up = await world.up("prod");
    assertDone(up);
    // What is said otherwise in the program is put right in place.
    assert.deepEqual(ofKind(up.steps, LOADED.dataset), ["import shop-dataset", "update shop-dataset"]);
    assert.deepEqual(
      (await world.events()).flatMap(({ type, changed }) =>
        type === DATASET && changed !== undefined ? [changed] : [],
      ),
      [["description"]],
    );
    assert.deepEqual(
      ofKind(up.steps, LOADED.table).filter((it) => it.startsWith("import ")),
      ["import shop/users-table"],
    );
    assert.equal((await idAndContents(TABLE)).find(([id]) => id === table)?.[1], ROWS);
    assert.equal(worstMoment(await world.events()).transfersOnOneTable, 1);
    assertNothing(await world.preview("prod", "--expect-no-changes"));
    world.configure("prod");
    assertNothing(await world.preview("prod", "--expect-no-changes"));

    // Without the flag, and without protection, the dataset is still not deleted with tables that are not ours.
    world.configure("prod", { protect: false });
    assertDone(await world.up("prod"));
    const destroyed = await world.destroy("prod");
    assert.notEqual(destroyed.status, 0);
    assert.match(told(destroyed, "error").join("\n"), /datasets\/prod_shop is not empty/);
    assert.equal((await idAndContents(TABLE)).find(([id]) => id === table)?.[1], ROWS);
  });

  it("moved over from a SAM stack and Terraform: refused while function and log are there, and then taken over", async () => {
    await makeByHand("google-api-bigquery");
    const names = ["shop-dataset", "shop/users-table", "exporter-function", "exporter-logs"];
    for (const name of names) await makeByHand(name);
    const [table] = await world.things(TABLE);
    assert.ok(table);
    await world.clouds.call("edit", TABLE, table.id, { contents: ROWS });
    const { shop } = world.config("prod").databases as { shop: unknown[] };
    const databases = { shop: [...shop.filter((it) => it !== "users"), { name: "users", adopt: true }] };
    world.configure("prod", { databases });
    await world.forget();
    const refused = await world.up("prod", "--continue-on-error");
    assert.notEqual(refused.status, 0);
    const said = told(refused, "error").join("\n");
    assert.match(said, /prod__aurora-snapshot-s3-exporter already exists/);

    for (const type of [FUNCTION, LOG_GROUP]) {
      const there = (await world.things(type)).find(({ plain }) => String(plain.name).endsWith(EXPORTER));
      assert.ok(there);
      await world.clouds.call("remove", type, there.id);
    }
    await world.forget();
    assertDone(await world.up("prod"));
    const events = await world.events();
    assert.deepEqual(
      done(events).filter((it) => it.startsWith("delete ")),
      [],
    );
    assert.equal((await idAndContents(TABLE)).find(([id]) => id === table.id)?.[1], ROWS);
    assertNothing(await world.preview("prod", "--expect-no-changes"));
  });

  it("with `adopt`: a partitioned table is refused, and a dataset that would delete its tables is not left to do so", async () => {
    await makeByHand("google-api-bigquery");
    await makeByHand("shop-dataset", { defaultTableExpirationMs: 3_600_000 });
    const table = await makeByHand("shop/users-table", {
      timePartitioning: { type: "DAY", field: "created" },
    });
    await world.forget();
    const { shop } = world.config("prod").databases as { shop: unknown[] };
    const databases = { shop: [...shop.filter((it) => it !== "users"), { name: "users", adopt: true }] };
    world.configure("prod", { databases });
    const refused = await world.preview("prod");
    assert.notEqual(refused.status, 0);
    assert.match(
      told(refused, "error").join("\n"),
      /prod_shop\.users is partitioned by DAY of created: a load/,
    );
    assert.deepEqual(await world.events(), []);

    await world.clouds.call("edit", TABLE, table, { inputs: { timePartitioning: null } });
    const up = await world.up("prod");
    assertDone(up);
    assert.match(told(up, "warning").join("\n"), /prod_shop deletes each new table after 1 hours/);
    const [dataset] = (await world.things(DATASET)).filter(({ id }) => id.endsWith("/prod_shop"));
    assert.equal(dataset?.plain.defaultTableExpirationMs, undefined);
  });
});
