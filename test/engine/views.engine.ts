import assert from "node:assert/strict";
import { VIEW_MAKER } from "../support/viewMaker";
import { assertDone, assertNothing, assertSteps, done, LOADED, ofKind, told } from "./expectations";
import { inWorld, type ListedTable, shopTables } from "./inWorld";
import { DATASET, TRANSFER } from "./provider/resourceTypes";
import { isOf } from "./steps";

const VIEWS_DATASET = `aurora-to-bigquery:index:BigQueryLoads$aurora-to-bigquery:index:ViewsDataset$${DATASET}`;
/** What knows of the views: who lets them read, who starts their making, and the page of their alert. */
const KNOW_THE_VIEWS = ["journal-dataset", "loader-function", "loads-page", "shop-dataset"].map(
  (it) => `update ${it}`,
);

describe("typed views, on Pulumi's engine", () => {
  const scene = inWorld({ stack: "prod", config: { alerts: { emails: ["data@example.com"] } } });

  async function viewsDataset() {
    const [dataset] = await scene.world.things(VIEWS_DATASET);
    return dataset;
  }

  /** Puts views into their dataset, as their maker does. */
  async function makeViews(): Promise<void> {
    const { id = "" } = (await viewsDataset()) ?? {};
    await scene.world.clouds.call("edit", DATASET, id, { contents: 1 });
  }

  it("are turned off and leave a protected stack's views behind; turned on again, their dataset must be adopted, and is", async () => {
    const { world } = scene;
    await makeViews();
    world.configure("prod", { typedViews: false });
    assertSteps(await world.up("prod"), [
      ...VIEW_MAKER.map((it) => `delete ${it}`),
      "delete shop",
      "delete shop-views-dataset",
      "delete load-alerts-viewsNotMade",
      ...KNOW_THE_VIEWS,
    ]);
    assert.deepEqual(done(await world.events(), DATASET), ["update journal-dataset", "update shop-dataset"]);
    assert.equal((await viewsDataset())?.contents, 1);
    assertNothing(await world.preview("prod", "--expect-no-changes"));

    world.configure("prod");
    await world.forget();
    const refused = await world.up("prod");
    assert.notEqual(refused.status, 0);
    assert.match(told(refused, "error").join("\n"), /datasets\/prod_shop_views already exists/);
    assert.equal((await viewsDataset())?.contents, 1);

    world.configure("prod", { typedViews: { adopt: true } });
    await world.forget();
    const adopted = await world.up("prod");
    assertDone(adopted);
    assert.deepEqual(ofKind(adopted.steps, VIEWS_DATASET), ["import shop-views-dataset"]);
    assert.equal((await viewsDataset())?.contents, 1);
    assertNothing(await world.preview("prod", "--expect-no-changes"));
  });

  it("go, with whatever is among them, where an unprotected stack turns them off, and come again", async () => {
    const { world } = scene;
    world.configure("prod", { protect: false });
    assertDone(await world.up("prod"));
    await makeViews();
    world.configure("prod", { protect: false, typedViews: false });
    assertDone(await world.up("prod"));
    assert.equal(await viewsDataset(), undefined);
    world.configure("prod", { protect: false });
    const up = await world.up("prod");
    assertDone(up);
    assert.deepEqual(ofKind(up.steps, VIEWS_DATASET), ["create shop-views-dataset"]);
  });

  it("keep the view of a table that is removed, and take it up again when it is put back", async () => {
    const { world } = scene;
    await makeViews();
    const tables = shopTables(world, "prod").filter(
      (it) => (typeof it === "string" ? it : it.name) !== "orders",
    );
    const upWith = async (shop: readonly ListedTable[]) => {
      world.configure("prod", { databases: { shop } });
      await world.forget();
      const up = await world.up("prod");
      assertDone(up);
      assert.deepEqual(
        done(await world.events(), DATASET).concat(
          done(await world.events(), TRANSFER).filter((it) => it.includes("view-maker")),
        ),
        ["update view-maker-query"],
      );
      assert.equal((await viewsDataset())?.contents, 1);
    };
    await upWith(tables);
    await upWith([...tables, { name: "orders", adopt: true } as ListedTable]);
  });

  it("mask a column: the query that makes them changes in place, and nothing else", async () => {
    const { world } = scene;
    const shop = shopTables(world, "prod").map((it) =>
      it === "users" ? { name: "users", mask: { email: "sha256" }, newColumns: "hide" } : it,
    );
    world.configure("prod", { databases: { shop } });
    assertSteps(await world.up("prod"), ["update view-maker-query"]);
    const query = (await world.things(TRANSFER)).find((it) => it.name === "view-maker-query");
    assert.match(JSON.stringify(query?.inputs), /users\/email\/sha256/);
    assert.ok((await world.events()).every((it) => !isOf(it, LOADED.transfer)));
  });
});
