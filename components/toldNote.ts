import * as bigquery from "@pulumi/gcp/bigquery";
import * as projects from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import { TOLD_TABLE } from "../contract/toldNote";
import { customRoleId } from "./googleIds";
import type { EnabledProject } from "./googleProject";
import { LandingTable } from "./landingTable";

/** To put a text into a table's description; no row can be read or written with these. */
const WRITE_NOTE = ["bigquery.tables.get", "bigquery.tables.update"];

export interface ToldNoteArgs {
  /** Google Cloud project of the datasets. */
  project: EnabledProject;
  /** BigQuery location: that of the datasets that are checked. Changing it replaces dataset and table. */
  location: string;
  /** Begins every name that is unique in the project. */
  namePrefix: string;
  /** Id of the dataset: `prod_aurora_reports`. */
  datasetId: string;
  /** Service account that the gate becomes: it writes the note. */
  gateEmail: pulumi.Input<string>;
  /** Service account of the freshness checks: it reads the note. */
  freshnessEmail: pulumi.Input<string>;
  /** Cloud KMS key of the dataset's table. @default Google's own keys */
  kmsKeyName?: pulumi.Input<string>;
  /** Labels of the dataset. */
  labels?: Record<string, string>;
}

/**
 * The note of what people have been told of already, where the freshness checks can read it: the description of an
 * empty table, in a dataset that holds nothing else.
 */
export class ToldNote extends pulumi.ComponentResource {
  /** Id of the dataset; resolves when the table is there. */
  public readonly datasetId: pulumi.Output<string>;

  constructor(name: string, args: ToldNoteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ToldNote", name, {}, opts);
    const { namePrefix } = args;
    const project = args.project.ready;
    const writer = new projects.IAMCustomRole(
      `${name}-writer-role`,
      {
        project,
        roleId: customRoleId("auroraToldNoteWriter", namePrefix),
        title: `Aurora told note writer (${namePrefix})`,
        description: "Writes the description of a table; granted on the dataset of the told note",
        permissions: WRITE_NOTE,
      },
      { parent: this },
    );
    const dataset = this.createDataset(name, args, writer.name);
    const table = new LandingTable(
      `${name}-table`,
      { project, datasetId: dataset.datasetId, tableId: TOLD_TABLE, deletionProtection: false },
      // The note itself, which the gate writes, and the key that the dataset gives its table.
      { parent: this, ignoreChanges: ["description", "encryptionConfiguration"] },
    );
    this.datasetId = pulumi.all([dataset.datasetId, table.urn]).apply(([id]) => id);
    this.registerOutputs({ datasetId: this.datasetId });
  }

  private createDataset(
    name: string,
    args: ToldNoteArgs,
    writerRole: pulumi.Output<string>,
  ): bigquery.Dataset {
    return new bigquery.Dataset(
      `${name}-dataset`,
      {
        project: args.project.ready,
        datasetId: args.datasetId,
        location: args.location,
        description:
          "The description of its one table says which late tables people have been told of. No data; may be deleted.",
        labels: args.labels,
        // Declared whole, as every dataset's: an update writes the list. Legacy names, or a difference shows for ever.
        accesses: [
          { role: "OWNER", specialGroup: "projectOwners" },
          { role: writerRole, userByEmail: args.gateEmail },
          { role: "roles/bigquery.metadataViewer", userByEmail: args.freshnessEmail },
        ],
        ...(args.kmsKeyName !== undefined && {
          defaultEncryptionConfiguration: { kmsKeyName: args.kmsKeyName },
        }),
        deleteContentsOnDestroy: true,
      },
      { parent: this },
    );
  }
}
