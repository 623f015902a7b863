import assert from "node:assert/strict";
import { toWire, type WireRecord } from "../../../rehearsal/program/registrations";
import { SERVICE } from "../../support/googleApis";
import { Cloud, placeOf } from "./cloud";
import { DATASET, TABLE, TRANSFER } from "./resourceTypes";

const PLACE = placeOf({ awsRegion: "ap-northeast-1", googleProject: "example-prod" });
const dataset = { project: "example-prod", datasetId: "prod_shop", location: "asia-northeast1" };
const table = { project: "example-prod", datasetId: "prod_shop", tableId: "users" };
const transfer = {
  project: "example-prod",
  location: "asia-northeast1",
  dataSourceId: "amazon_s3",
  destinationDatasetId: "prod_shop",
  params: { destination_table_name_template: "users", data_path: "s3://exports/users" },
};

function requestOf(type: string, name: string) {
  return { urn: `urn:pulumi:prod::test::${type}::${name}`, type, name };
}

describe("the cloud of the engine tests", () => {
  let cloud: Cloud;
  beforeEach(() => {
    cloud = new Cloud();
  });

  const create = (type: string, name: string, inputs: object) =>
    cloud.create(requestOf(type, name), toWire(inputs) as WireRecord, PLACE);

  function createAll(): void {
    create(DATASET, "dataset", dataset);
    create(TABLE, "table", table);
    create(TRANSFER, "transfer", transfer);
  }

  it("refuses what needs something that is not there", () => {
    assert.throws(() => create(TABLE, "table", table), {
      message:
        'there is no gcp:bigquery/dataset:Dataset {"project":"example-prod","datasetId":"prod_shop"} (404)',
    });
    assert.deepEqual(cloud.things, []);
  });

  it("refuses a call of an API that is off, in the project that is called", () => {
    const call = (project: string) =>
      cloud.assertEnabled("create", requestOf(DATASET, "dataset"), { ...dataset, project }, PLACE);
    const off = (project: string) => ({
      name: "ServiceError",
      message: `Error 403: bigquery.googleapis.com has not been used in project ${project} before or it is disabled`,
    });
    assert.throws(() => call("example-prod"), off("example-prod"));
    create(SERVICE, "api", { project: "example-prod", service: "bigquery.googleapis.com" });
    call("example-prod");
    assert.throws(() => call("example-stg"), off("example-stg"));
  });

  it("refuses a name that is taken", () => {
    createAll();
    assert.throws(() => create(TABLE, "another", table), {
      message: "projects/example-prod/datasets/prod_shop/tables/users already exists (409)",
    });
  });

  it("counts the transfers of a table, which no service keeps to one", () => {
    createAll();
    create(TRANSFER, "another", transfer);
    const { mostTransfersOnOneTable, tablesWithoutTransfer } = cloud.events.at(-1) ?? {};
    assert.deepEqual([mostTransfersOnOneTable, tablesWithoutTransfer], [2, 0]);
    for (const { name, id, inputs } of cloud.things.filter(({ type }) => type === TRANSFER)) {
      cloud.delete(requestOf(TRANSFER, name), id, inputs);
    }
    assert.equal(cloud.events.at(-1)?.tablesWithoutTransfer, 1);
  });

  it("takes a scheduled query for no transfer of a table", () => {
    createAll();
    create(TRANSFER, "query", {
      ...transfer,
      dataSourceId: "scheduled_query",
      params: { query: "SELECT 1" },
    });
    assert.equal(cloud.events.at(-1)?.mostTransfersOnOneTable, 1);
  });

  it("keeps a dataset with tables, unless it may be emptied", () => {
    createAll();
    const { id, inputs } = cloud.things[0] ?? assert.fail();
    assert.throws(() => cloud.delete(requestOf(DATASET, "dataset"), id, inputs), {
      message: `${id} is not empty: ${TABLE} ${id}/tables/users`,
    });
    cloud.edit(DATASET, id, { inputs: { deleteContentsOnDestroy: true } });
    cloud.delete(requestOf(DATASET, "dataset"), id, inputs);
    assert.deepEqual(
      cloud.things.map(({ type }) => type),
      [TRANSFER],
    );
  });

  it("never makes up the same id twice", () => {
    createAll();
    const [first] = cloud.things.filter(({ type }) => type === TRANSFER);
    assert.ok(first);
    cloud.delete(requestOf(TRANSFER, "transfer"), first.id, first.inputs);
    assert.notEqual(create(TRANSFER, "transfer", transfer).id, first.id);
  });

  it("keeps the id of a pool that was deleted", () => {
    const type = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool";
    const pool = { project: "example-prod", workloadIdentityPoolId: "gate" };
    const { id, inputs } = create(type, "pool", pool);
    cloud.delete(requestOf(type, "pool"), id, inputs);
    assert.throws(() => create(type, "pool", pool), {
      message: `Error 409: Requested entity already exists: ${id} was deleted not long ago`,
    });
  });

  it("fails what it was told to fail, and nothing else", () => {
    cloud.disturb([{ operation: "create", name: "dataset", message: "503" }]);
    assert.throws(() => create(DATASET, "dataset", dataset), { message: "503" });
    assert.equal(cloud.events.at(-1)?.refused, "503");
    cloud.disturb([]);
    assert.equal(create(DATASET, "dataset", dataset).id, "projects/example-prod/datasets/prod_shop");
  });

  it("returns to what was saved", () => {
    create(DATASET, "dataset", dataset);
    const saved = cloud.save();
    create(TABLE, "table", table);
    cloud.restore(saved);
    assert.deepEqual([cloud.things.length, cloud.events.length], [1, 0]);
  });

  it("stores a type of which it knows nothing, under an id of its own", () => {
    const ids = ["prod", "stg"].map(() => create("gcp:new/thing:Thing", "thing", {}).id);
    assert.equal(new Set(ids).size, 2);
  });
});
