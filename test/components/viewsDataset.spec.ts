import assert from "node:assert/strict";
import { ViewsDataset, type ViewsDatasetArgs } from "../../components/viewsDataset";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { recordResources, resolved } from "../support/recordResources";
import { listed, named } from "../support/registrations";

// What this does not prove: that descriptions and labels of other people stay, which is the provider's.

const ARGS: ViewsDatasetArgs = {
  project: ENABLED_PROJECT,
  location: "asia-northeast1",
  datasetId: "prod_shop_views",
  maker: {
    email: "prod-views@example-prod.iam.gserviceaccount.com",
    role: "projects/example-prod/roles/auroraViewWriter.prod",
  },
  readers: ["group:Data@example.com", "domain:example.com"],
  labels: { environment: "prod" },
};

async function datasetOf(more: Partial<ViewsDatasetArgs> = {}): Promise<Registration> {
  const made = await recordResources(() => new ViewsDataset("shop", { ...ARGS, ...more }));
  return named(made, "shop-views-dataset");
}

describe("ViewsDataset", () => {
  it("is one dataset, with its access list declared whole", async () => {
    const made: ViewsDataset[] = [];
    const registrations = await recordResources(() => void made.push(new ViewsDataset("shop", ARGS)));
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ViewsDataset shop",
      "gcp:bigquery/dataset:Dataset shop-views-dataset",
    ]);
    const { inputs, parent } = named(registrations, "shop-views-dataset");
    assert.equal(parent, registrations[0]?.urn);
    assert.deepEqual(inputs, {
      project: "example-prod",
      datasetId: "prod_shop_views",
      location: "asia-northeast1",
      description: "Views of the landing tables with the types of Aurora, made anew where columns change.",
      labels: { environment: "prod" },
      accesses: [
        { role: "OWNER", specialGroup: "projectOwners" },
        { role: ARGS.maker.role, userByEmail: ARGS.maker.email },
        { role: "READER", domain: "example.com" },
        { role: "READER", groupByEmail: "data@example.com" },
      ],
      deleteContentsOnDestroy: true,
    });
    assert.ok(made[0]);
    assert.equal(await resolved(made[0].datasetId), "prod_shop_views");
  });

  it("leaves the description to whoever reads it", async () => {
    assert.deepEqual((await datasetOf()).ignoreChanges, ["description", "deleteContentsOnDestroy"]);
  });

  it("stays with its views when it leaves the stack, unless nothing is protected", async () => {
    const { protect, retainOnDelete } = await datasetOf();
    assert.deepEqual([protect, retainOnDelete], [false, true]);
    assert.equal((await datasetOf({ protect: false })).retainOnDelete, false);
  });

  it("is taken over by its path, and then never deleted with what it holds", async () => {
    const { importId, inputs, retainOnDelete } = await datasetOf({ adopt: true, protect: false });
    assert.equal(importId, "projects/example-prod/datasets/prod_shop_views");
    assert.equal(inputs.deleteContentsOnDestroy, undefined);
    assert.equal(retainOnDelete, true);
    assert.equal((await datasetOf()).importId, undefined);
  });

  it("has a key where it is told one", async () => {
    const kmsKeyName = "projects/p/locations/asia-northeast1/keyRings/r/cryptoKeys/k";
    assert.deepEqual((await datasetOf({ kmsKeyName })).inputs.defaultEncryptionConfiguration, { kmsKeyName });
  });
});
