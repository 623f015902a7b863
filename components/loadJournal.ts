import * as bigquery from "@pulumi/gcp/bigquery";
import * as projects from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import { JOURNAL_FIELDS, JOURNAL_PARTITION, type JournalTable, journalDataset } from "../contract/journal";
import type { GoogleArgs } from "./args";
import { readerAccess } from "./datasetAccess";
import { customRoleId } from "./googleIds";

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/**
 * To replace days by load jobs; its rows cannot be read with these. Source: "Load data into BigQuery", required
 * permissions.
 */
const WRITE_JOURNAL = ["create", "get", "update", "updateData"].map((it) => `bigquery.tables.${it}`);

const DESCRIPTIONS: Readonly<Record<JournalTable, string>> = {
  loads: "What became of each table in each copy of Aurora",
  columns: "Columns of each table in the newest export of each day, as RDS describes them",
};

export interface LoadJournalArgs extends GoogleArgs {
  /** BigQuery location of the dataset, that of the loads. Changing it replaces the dataset. */
  location: string;
  /** Service account that writes. */
  writerEmail: pulumi.Input<string>;
  /** Service account that makes views by the columns in it, and its role. @default none */
  viewMaker?: { email: pulumi.Input<string>; role: pulumi.Input<string> };
  /** IAM members who may read it. @default none */
  readers?: readonly string[];
  /** Days for which a row is kept; a change counts for rows that are there, too. */
  days: number;
  /** Leaves dataset and tables behind when they leave the stack. @default true */
  protect?: boolean;
  /** Cloud KMS key of the tables. A change counts for new ones. @default Google's own keys */
  kmsKeyName?: pulumi.Input<string>;
}

/**
 * The journal: a dataset with a row for every table of every copy (`loads`), and one for every column of the newest export of each
 * day (`columns`). It holds nothing of anybody's rows but their number (docs/journal.md).
 *
 * @example
 * ```ts
 * new LoadJournal("journal", { project, prefix: "prod", location: "asia-northeast1", writerEmail: starter.email, days: 400 });
 * ```
 */
export class LoadJournal extends pulumi.ComponentResource {
  /** `prod_aurora_reports`; resolves when the account may write. */
  public readonly datasetId: pulumi.Output<string>;

  constructor(name: string, args: LoadJournalArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:LoadJournal", name, {}, opts);
    const { prefix, labels } = args;
    const project = args.project.ready;
    const kept = { parent: this, retainOnDelete: args.protect ?? true };
    const writer = new projects.IAMCustomRole(
      `${name}-writer-role`,
      {
        project,
        roleId: customRoleId("auroraJournalWriter", prefix),
        title: `Aurora journal writer (${prefix})`,
        description: "Replaces days of the journal; granted on its dataset",
        permissions: WRITE_JOURNAL,
      },
      { parent: this },
    );
    const dataset = new bigquery.Dataset(
      `${name}-dataset`,
      {
        project,
        datasetId: journalDataset(prefix),
        location: args.location,
        description: "What became of each copy of Aurora, written by the loader",
        labels,
        accesses: [
          { role: "OWNER", specialGroup: "projectOwners" },
          { role: writer.name, userByEmail: args.writerEmail },
          ...(args.viewMaker ? [{ role: args.viewMaker.role, userByEmail: args.viewMaker.email }] : []),
          ...[...(args.readers ?? [])].sort().map(readerAccess),
        ],
        ...(args.kmsKeyName !== undefined && {
          defaultEncryptionConfiguration: { kmsKeyName: args.kmsKeyName },
        }),
      },
      kept,
    );
    const tables = (Object.keys(JOURNAL_FIELDS) as JournalTable[]).map(
      (table) =>
        new bigquery.Table(
          `${name}-${table}`,
          {
            project: args.project.id,
            datasetId: dataset.datasetId,
            tableId: table,
            description: DESCRIPTIONS[table],
            schema: JSON.stringify(JOURNAL_FIELDS[table]),
            timePartitioning: {
              type: "DAY",
              field: JOURNAL_PARTITION,
              expirationMs: args.days * DAY_MILLISECONDS,
            },
            deletionProtection: false,
          },
          kept,
        ),
    );
    this.datasetId = pulumi
      .all([dataset.datasetId, pulumi.all(tables.map((it) => it.urn))])
      .apply(([datasetId]) => datasetId);
    this.registerOutputs({ datasetId: this.datasetId });
  }
}
