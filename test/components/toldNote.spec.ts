import assert from "node:assert/strict";
import { ToldNote, type ToldNoteArgs } from "../../components/toldNote";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: that a description of the longest note is kept whole, and that the grants are enough.

const ARGS: ToldNoteArgs = {
  project: ENABLED_PROJECT,
  location: "asia-northeast1",
  namePrefix: "prod",
  datasetId: "prod_aurora_reports",
  gateEmail: "prod-loads@example-prod.iam.gserviceaccount.com",
  freshnessEmail: "prod-freshness@example-prod.iam.gserviceaccount.com",
  labels: { environment: "prod" },
};

describe("ToldNote", () => {
  let registrations: Registration[];
  let note: ToldNote | undefined;
  before(async () => {
    registrations = await recordResources(() => {
      note = new ToldNote("told-note", ARGS);
    });
  });

  it("registers a role, a dataset and a table, all as its children, and protects none", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ToldNote told-note",
      "gcp:bigquery/dataset:Dataset told-note-dataset",
      "gcp:bigquery/table:Table told-note-table",
      "gcp:projects/iAMCustomRole:IAMCustomRole told-note-writer-role",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
    assert.ok(children.every((it) => !it.protect && !it.retainOnDelete));
  });

  it("lets the gate write the description, and the checks read it, and neither see a row", () => {
    assert.deepEqual(named(registrations, "told-note-writer-role").inputs, {
      project: "example-prod",
      roleId: "auroraToldNoteWriter.prod",
      title: "Aurora told note writer (prod)",
      description: "Writes the description of a table; granted on the dataset of the told note",
      permissions: ["bigquery.tables.get", "bigquery.tables.update"],
    });
    assert.deepEqual(named(registrations, "told-note-dataset").inputs, {
      project: "example-prod",
      datasetId: "prod_aurora_reports",
      location: "asia-northeast1",
      description:
        "The description of its one table says which late tables people have been told of. No data; may be deleted.",
      labels: { environment: "prod" },
      accesses: [
        { role: "OWNER", specialGroup: "projectOwners" },
        { role: "projects/example-prod/roles/auroraToldNoteWriter.prod", userByEmail: ARGS.gateEmail },
        { role: "roles/bigquery.metadataViewer", userByEmail: ARGS.freshnessEmail },
      ],
      deleteContentsOnDestroy: true,
    });
  });

  it("leaves the note to the gate", () => {
    const { inputs, ignoreChanges } = named(registrations, "told-note-table");
    assert.deepEqual(inputs, {
      project: "example-prod",
      datasetId: "prod_aurora_reports",
      tableId: "told",
      deletionProtection: false,
    });
    assert.deepEqual(ignoreChanges, ["description", "encryptionConfiguration"]);
  });

  it("tells the dataset once its table is there", async () => {
    assert.ok(note);
    assert.equal(await resolved(note.datasetId), "prod_aurora_reports");
    const waiting = await recordResources(() => consume(new ToldNote("told-note", ARGS).datasetId));
    assert.ok(dependencyNames(named(waiting, "consumer")).includes("told-note-table"));
  });
});
