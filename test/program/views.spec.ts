import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Archive, plain, type Registration } from "../../rehearsal/program/registrations";
import { evaluated, PROJECT_FOLDER } from "../support/evaluations";
import { dependencyNames, named, ofType, paramsOf, TYPES } from "../support/registrations";
import { EVERY_OPTION, TOLD, TOLD_UNFEDERATED } from "../support/stackVariants";

// What this does not prove: what the query does with what it is given (test/googlesql).

/** Columns that the variant with every option masks. */
const MASKED = ["buyers_iban", "remarks_of_clerk"];
const VIEWS_OFF = { config: { typedViews: false } };

/** What is uploaded with a function: its code, and the files beside it. */
function uploaded({ inputs }: Registration): string {
  const { assets = {} } = (inputs.code ?? {}) as Partial<Archive>;
  const files = Object.values(assets).map((it) => path.join(PROJECT_FOLDER, String(it.path)));
  return files.map((file) => readFileSync(file, "utf8")).join("\n");
}

function stateOf({ inputs, outputs }: Registration): string {
  return JSON.stringify([plain(inputs), plain(outputs)]);
}

describe("what views show", () => {
  it("is told to the query that makes them, and to nobody else: masks stay out of AWS", async () => {
    const { registrations, outputs } = await evaluated("prod", EVERY_OPTION);
    const functions = ofType(registrations, "aws:lambda/function:Function");
    assert.ok(functions.length >= 4);
    for (const column of MASKED) {
      const holders = registrations.filter((it) => stateOf(it).includes(column));
      assert.deepEqual(
        holders.map(({ name }) => name),
        ["view-maker-query"],
      );
      for (const it of functions) assert.equal(uploaded(it).includes(column), false, it.name);
      assert.equal(JSON.stringify(outputs).includes(column), false);
    }
    // The files are looked into.
    assert.ok(uploaded(named(registrations, "gate-function")).includes('"destination":"sales"'));
  });
});

describe("typed views of a stack", () => {
  it("stand in a dataset beside each database's, made before that one names it", async () => {
    const { registrations, outputs } = await evaluated("prod", EVERY_OPTION);
    const views = named(registrations, "crm-views-dataset");
    const landing = named(registrations, "crm-dataset");
    assert.equal(views.inputs.datasetId, "live_crm_crm_typed");
    assert.ok(dependencyNames(landing).includes("crm-views-dataset"));
    const accesses = landing.inputs.accesses as { dataset?: { dataset: unknown } }[];
    assert.deepEqual(
      accesses.flatMap((it) => it.dataset?.dataset ?? []),
      [
        { projectId: "example-prod", datasetId: "live_crm_crm_typed" },
        { projectId: "example-prod", datasetId: "reporting" },
      ],
    );
    assert.deepEqual(outputs.viewDatasets, {
      billing: "live_crm_billing_typed",
      crm: "live_crm_crm_typed",
    });
  });

  it("are read by their readers, who are no readers of the tables", async () => {
    const typedViews = { readers: ["group:analysts@example.com"] };
    const { registrations } = await evaluated("prod", { config: { typedViews } });
    const readers = ofType(registrations, TYPES.dataset).map(({ name, inputs }) => [
      name,
      JSON.stringify(inputs.accesses).includes("analysts@example.com"),
    ]);
    assert.deepEqual(readers, [
      ["journal-dataset", false],
      ["shop-dataset", false],
      ["shop-views-dataset", true],
    ]);
  });

  it("that somebody authorized by hand are authorized once", async () => {
    const authorizedResources = ["dataset:example-prod.prod_shop_views", "dataset:example-prod.reporting"];
    const { registrations } = await evaluated("prod", { config: { authorizedResources } });
    const accesses = named(registrations, "shop-dataset").inputs.accesses as {
      dataset?: { dataset: { datasetId: string } };
    }[];
    assert.deepEqual(
      accesses.flatMap((it) => it.dataset?.dataset.datasetId ?? []),
      ["prod_shop_views", "reporting"],
    );
  });

  it("are made by a query without a clock where there is a loader, after all that it needs", async () => {
    const { registrations } = await evaluated("prod");
    const query = named(registrations, "view-maker-query");
    assert.deepEqual(
      [query.inputs.displayName, query.inputs.schedule, query.inputs.scheduleOptions],
      ["prod_views", undefined, { disableAutoScheduling: true }],
    );
    assert.ok(String(paramsOf(query).query).includes("prod_aurora_reports"));
    assert.ok(dependencyNames(query).includes("views-maker-role"));
    // Told to the component, so that the query is not registered before.
    const needs = dependencyNames(named(registrations, "view-maker"));
    for (const it of ["shop/users-table", "shop/coupons-table", "journal-columns"]) {
      assert.ok(needs.includes(it), it);
    }
  });

  it("are made by the check's clock and without the journal where there is no loader", async () => {
    const { registrations } = await evaluated("prod", TOLD_UNFEDERATED);
    const query = named(registrations, "view-maker-query");
    assert.equal(query.inputs.schedule, named(registrations, "shop/freshness").inputs.schedule);
    assert.equal(query.inputs.schedule, "every day 22:03");
    assert.equal(String(paramsOf(query).query).includes("aurora_reports"), false);
  });

  it("that could not be made are told", async () => {
    const { registrations } = await evaluated("prod", TOLD);
    const id = named(registrations, "view-maker-query").id.split("/").at(-1);
    const [condition] = named(registrations, "load-alerts-viewsNotMade").inputs.conditions as {
      conditionMatchedLog: { filter: string };
    }[];
    assert.ok(condition?.conditionMatchedLog.filter.endsWith(`resource.labels.config_id=("${id}")`));
  });

  it("are not there where they are off, nor is anything of them", async () => {
    const { registrations, outputs } = await evaluated("prod", VIEWS_OFF);
    const ofViews = /ViewMaker|ViewsDataset|auroraView|prod_shop_views|prod-views@|viewsNotMade/;
    const left = registrations.filter((it) => ofViews.test(`${it.type} ${it.name} ${stateOf(it)}`));
    assert.deepEqual(left, []);
    assert.equal(outputs.viewDatasets, undefined);
  });
});
