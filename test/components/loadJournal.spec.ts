import assert from "node:assert/strict";
import { LoadJournal } from "../../components/loadJournal";
import { JOURNAL_FIELDS } from "../../contract/journal";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

const WRITER = "prod-aurora-loads@example-prod.iam.gserviceaccount.com";
const ARGS = {
  project: ENABLED_PROJECT,
  prefix: "prod-shop",
  location: "asia-northeast1",
  writerEmail: WRITER,
  readers: ["group:Data@example.com", "domain:example.com"],
  days: 30,
  labels: { environment: "prod" },
};

describe("LoadJournal", () => {
  let registrations: Registration[];
  let journal: LoadJournal | undefined;
  before(async () => {
    registrations = await recordResources(() => {
      journal = new LoadJournal("journal", ARGS);
    });
  });

  it("registers a dataset of two tables, and the writer's role", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:LoadJournal journal",
      "gcp:bigquery/dataset:Dataset journal-dataset",
      "gcp:bigquery/table:Table journal-columns",
      "gcp:bigquery/table:Table journal-loads",
      "gcp:projects/iAMCustomRole:IAMCustomRole journal-writer-role",
    ]);
  });

  it("lets the loader write and never read, and the readers read", () => {
    assert.deepEqual(named(registrations, "journal-writer-role").inputs.permissions, [
      "bigquery.tables.create",
      "bigquery.tables.get",
      "bigquery.tables.update",
      "bigquery.tables.updateData",
    ]);
    const { accesses, ...inputs } = named(registrations, "journal-dataset").inputs;
    assert.deepEqual(inputs, {
      project: "example-prod",
      datasetId: "prod_shop_aurora_reports",
      location: "asia-northeast1",
      description: "What became of each copy of Aurora, written by the loader",
      labels: { environment: "prod" },
    });
    const role = String(named(registrations, "journal-writer-role").outputs.name);
    assert.deepEqual(accesses, [
      { role: "OWNER", specialGroup: "projectOwners" },
      { role, userByEmail: WRITER },
      { role: "READER", domain: "example.com" },
      { role: "READER", groupByEmail: "data@example.com" },
    ]);
  });

  it("lets whoever makes views read what columns are", async () => {
    const viewMaker = {
      email: "prod-views@example-prod.iam.gserviceaccount.com",
      role: "projects/p/roles/r",
    };
    const { accesses } = named(
      await recordResources(() => new LoadJournal("n", { ...ARGS, viewMaker })),
      "n-dataset",
    ).inputs;
    assert.deepEqual((accesses as unknown[])[2], { role: viewMaker.role, userByEmail: viewMaker.email });
  });

  it("partitions each table by day, and keeps its rows for as long as it is told", () => {
    for (const table of ["loads", "columns"] as const) {
      const { schema, description, ...inputs } = named(registrations, `journal-${table}`).inputs;
      assert.deepEqual(JSON.parse(String(schema)), JOURNAL_FIELDS[table]);
      assert.notEqual(description, undefined);
      assert.deepEqual(inputs, {
        project: "example-prod",
        datasetId: "prod_shop_aurora_reports",
        tableId: table,
        timePartitioning: { type: "DAY", field: "day", expirationMs: 30 * 86_400_000 },
        deletionProtection: false,
      });
    }
  });

  it("is left behind when it leaves the stack, unless nothing is protected", async () => {
    const kept = (all: readonly Registration[]) =>
      all.filter(({ retainOnDelete }) => retainOnDelete).map(({ name }) => name);
    assert.deepEqual(kept(registrations).sort(), ["journal-columns", "journal-dataset", "journal-loads"]);
    const unprotected = await recordResources(() => new LoadJournal("n", { ...ARGS, protect: false }));
    assert.deepEqual(kept(unprotected), []);
  });

  it("encrypts with a key where it is told one", async () => {
    const kmsKeyName = "projects/p/locations/asia-northeast1/keyRings/r/cryptoKeys/k";
    const made = await recordResources(() => new LoadJournal("n", { ...ARGS, kmsKeyName }));
    assert.deepEqual(named(made, "n-dataset").inputs.defaultEncryptionConfiguration, { kmsKeyName });
  });

  it("tells the dataset once its tables are there", async () => {
    assert.ok(journal);
    assert.equal(await resolved(journal.datasetId), "prod_shop_aurora_reports");
    const waiting = await recordResources(() => consume(new LoadJournal("n", ARGS).datasetId));
    assert.deepEqual(dependencyNames(named(waiting, "consumer")), ["n-dataset", "n-columns", "n-loads"]);
  });
});
