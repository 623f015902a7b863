import * as bigquery from "@pulumi/gcp/bigquery";
import * as pulumi from "@pulumi/pulumi";
import { ON_EXPORT_COMPLETE } from "../contract/environment";
import { dataPath, type Engine } from "../contract/layout";
import type { Schedule } from "../contract/schedule";
import type { LoadedTable } from "../contract/tableList";
import { transferSchedule } from "../contract/transferSchedule";
import { authorizedAccess, readerAccess } from "./datasetAccess";
import type { EnabledProject } from "./googleProject";
import { LandingTable, SET_BY_LOADS } from "./landingTable";
import { encryptionOf, KEY_OF_TRANSFER } from "./transferEncryption";

/**
 * One table to load. Its destination names the resources: with one transfer per name, the engine itself keeps two from
 * feeding one table. Changing it makes a new table and transfer; the old table keeps its rows.
 */
export interface TransferTable extends Omit<LoadedTable, "mayBeEmpty" | "mayShrink" | "mask" | "newColumns"> {
  /** Name of the transfer as the console shows it. */
  readonly displayName: string;
}

export interface TransferSetArgs {
  /** Google Cloud project. Changing it replaces everything. */
  project: EnabledProject;
  /** BigQuery location of the dataset. Changing it replaces everything. */
  location: string;
  /** Id of the dataset that the tables are loaded into. */
  datasetId: string;
  /** Tables to load. Their order does not matter. */
  tables: readonly TransferTable[];
  engine: Engine;
  /** Bucket that holds the exports. Changing it replaces the transfers. */
  bucketName: pulumi.Input<string>;
  /** Begins the folders of the exports to read. */
  prefix: string;
  /**
   * The clock; where loads follow the export, the transfers have none, and the loader starts them. Changing a time updates
   * the transfers in place, changing the offset replaces them.
   */
  schedule: Pick<Schedule, "enabled" | "load" | "pathOffsetMinutes">;
  /** Access key that the transfers read the bucket with. */
  accessKeyId: pulumi.Input<string>;
  secretAccessKey: pulumi.Input<string>;
  /** Service account that owns the transfers. */
  ownerEmail: pulumi.Input<string>;
  /** Data Transfer Service's agent, which writes the rows. */
  agentEmail: pulumi.Input<string>;
  /** Service account that empties tables whose source is empty, and the role that lets it. @default none */
  tableEmptier?: { email: pulumi.Input<string>; role: pulumi.Input<string> };
  /** Service account that checks when the tables were written; it sees no row. @default none */
  freshnessEmail?: pulumi.Input<string>;
  /**
   * The dataset of the tables' views, whose readers need no right on the tables, and the service account that makes them
   * with its roles on the tables' dataset. @default there are no views
   */
  views?: {
    datasetId: pulumi.Input<string>;
    makerEmail: pulumi.Input<string>;
    makerRoles: readonly pulumi.Input<string>[];
  };
  /** IAM members, such as `group:analysts@example.com`, who may read the dataset. @default none */
  readers?: readonly string[];
  /**
   * What may read the dataset for readers of its own: `view:<project>.<dataset>.<view>`,
   * `routine:<project>.<dataset>.<routine>`, or all views of a dataset, `dataset:<project>.<dataset>`. @default none
   */
  authorized?: readonly string[];
  /**
   * Cloud KMS key of the dataset's new tables and of the transfers, in the dataset's location. A change replaces the
   * transfers; tables that are there keep their encryption. @default Google's own keys
   */
  kmsKeyName?: pulumi.Input<string>;
  /**
   * Refuses to delete the dataset. Set to false, `pulumi destroy` also deletes the tables of a dataset that this made;
   * one that was taken over keeps its tables, whatever is set. @default true
   */
  protect?: boolean;
  /** Labels of the dataset; never of a table. */
  labels?: Record<string, string>;
}

/**
 * A dataset and, per table, a landing table and the transfer that replaces its rows.
 *
 * @example
 * ```ts
 * const users = { name: "users", source: { database: "shop", table: "users" }, destination: "users", displayName: "users" };
 * new TransferSet("shop", {
 *   ...{ project, location: "asia-northeast1", datasetId: "shop", tables: [users], engine: "mysql", schedule },
 *   ...{ bucketName, prefix: "prod", accessKeyId, secretAccessKey, ownerEmail: owner.email, agentEmail: owner.agentEmail },
 * });
 * ```
 */
export class TransferSet extends pulumi.ComponentResource {
  public readonly datasetId: pulumi.Output<string>;
  /** The landing tables, for what depends on them all: a component in its options, so that their names are told once. */
  public readonly landingTables: readonly pulumi.Resource[];
  /** Resource names of the transfer configs (`projects/…/transferConfigs/…`) by the tables' names. */
  public readonly transferNames: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: TransferSetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:TransferSet", name, {}, opts);
    const dataset = this.createDataset(name, args);
    const names: [string, pulumi.Output<string>][] = [];
    const landingTables: LandingTable[] = [];
    // Once for all tables: each output costs a dozen promises.
    const bucketName = pulumi.output(args.bucketName);
    const secretAccessKey = pulumi.secret(args.secretAccessKey);
    let previous: pulumi.Resource = dataset;
    // In an order of our own, so that the one in the stack file does not matter.
    for (const table of [...args.tables].sort((a, b) => (a.destination < b.destination ? -1 : 1))) {
      const path = bucketName.apply((bucket) =>
        dataPath({
          bucket,
          prefix: args.prefix,
          offsetMinutes: args.schedule.pathOffsetMinutes,
          engine: args.engine,
          source: table.source,
        }),
      );
      const landing = this.createLandingTable(name, args, table, dataset);
      const transfer = this.createTransfer(name, { ...args, secretAccessKey }, table, path, dataset, [
        landing,
        previous,
      ]);
      landingTables.push(landing);
      names.push([table.name, transfer.name]);
      previous = transfer;
    }
    this.datasetId = dataset.datasetId;
    this.landingTables = landingTables;
    this.transferNames = pulumi.output(Object.fromEntries(names));
    this.registerOutputs({ datasetId: this.datasetId });
  }

  private createDataset(name: string, args: TransferSetArgs): bigquery.Dataset {
    const protect = args.protect ?? true;
    // A table that exists implies its dataset.
    const adopts = args.tables.some((it) => it.adopt);
    return new bigquery.Dataset(
      `${name}-dataset`,
      {
        project: args.project.ready,
        datasetId: args.datasetId,
        location: args.location,
        description: "Landing tables, replaced whole by each load. Grant and mask on views, not here.",
        labels: args.labels,
        // Declared whole: an update of a dataset writes the list, and would wipe the grant that Data Transfer
        // Service made for itself (pulumi-gcp issue 3908). Legacy names, or a difference shows for ever.
        accesses: [
          { role: "OWNER", specialGroup: "projectOwners" },
          { role: "OWNER", userByEmail: args.ownerEmail },
          { role: "WRITER", userByEmail: args.agentEmail },
          ...(args.tableEmptier
            ? [{ role: args.tableEmptier.role, userByEmail: args.tableEmptier.email }]
            : []),
          ...(args.freshnessEmail
            ? [{ role: "roles/bigquery.metadataViewer", userByEmail: args.freshnessEmail }]
            : []),
          ...(args.views?.makerRoles ?? []).map((role) => ({ role, userByEmail: args.views?.makerEmail })),
          ...[...(args.readers ?? [])].sort().map(readerAccess),
          ...(args.views
            ? [
                {
                  dataset: {
                    dataset: { projectId: args.project.id, datasetId: args.views.datasetId },
                    targetTypes: ["VIEWS"],
                  },
                },
              ]
            : []),
          ...[...(args.authorized ?? [])].sort().map(authorizedAccess),
        ],
        // New landing tables take it from here; a load would wipe it from a table of its own.
        ...(args.kmsKeyName !== undefined && {
          defaultEncryptionConfiguration: { kmsKeyName: args.kmsKeyName },
        }),
        // Said when the stack makes the dataset, and never again: the state remembers of one that was taken over that
        // its tables are not ours, also when `adopt` is gone. Protection keeps both from being deleted at all.
        ...(!adopts && { deleteContentsOnDestroy: true }),
      },
      {
        parent: this,
        protect,
        // A whole database that leaves the config keeps its tables, once its dataset is unprotected by hand.
        retainOnDelete: protect || adopts,
        ignoreChanges: ["deleteContentsOnDestroy"],
        import: adopts ? datasetPath(args) : undefined,
      },
    );
  }

  private createLandingTable(
    name: string,
    args: TransferSetArgs,
    table: TransferTable,
    dataset: bigquery.Dataset,
  ): LandingTable {
    return new LandingTable(
      // Named by its id: another id is another table, never a replacement, which would meet the table it left behind.
      `${name}/${table.destination}-table`,
      {
        project: args.project.id,
        datasetId: dataset.datasetId,
        tableId: table.destination,
        deletionProtection: false,
      },
      {
        parent: this,
        ignoreChanges: SET_BY_LOADS,
        // A table that leaves the config keeps its rows.
        retainOnDelete: true,
        import: table.adopt ? `${datasetPath(args)}/tables/${table.destination}` : undefined,
      },
    );
  }

  private createTransfer(
    name: string,
    args: TransferSetArgs,
    table: TransferTable,
    path: pulumi.Output<string>,
    dataset: bigquery.Dataset,
    after: readonly pulumi.Resource[],
  ): bigquery.DataTransferConfig {
    return new bigquery.DataTransferConfig(
      `${name}/${table.destination}`,
      {
        project: args.project.id,
        location: args.location,
        displayName: table.displayName,
        dataSourceId: "amazon_s3",
        destinationDatasetId: dataset.datasetId,
        serviceAccountName: args.ownerEmail,
        ...clockOf(args.schedule, table),
        ...(table.enabled === false && { disabled: true }),
        // Strings, all of them: a number or a boolean here is a difference for ever.
        params: {
          destination_table_name_template: table.destination,
          data_path: path,
          access_key_id: args.accessKeyId,
          file_format: "PARQUET",
          write_disposition: "WRITE_TRUNCATE",
          max_bad_records: "0",
          decimal_target_types: "NUMERIC,BIGNUMERIC,STRING",
        },
        sensitiveParams: { secretAccessKey: args.secretAccessKey },
        ...encryptionOf(args.kmsKeyName),
      },
      {
        parent: this,
        // One after the other: each creation edits the dataset's access list, and two at once fail with
        // "Precondition check failed" (terraform-provider-google issues 12023 and 23744).
        dependsOn: [...after],
        // Two transfers on one table would double its rows.
        deleteBeforeReplace: true,
        replaceOnChanges: KEY_OF_TRANSFER,
      },
    );
  }
}

/** The transfer's own clock: what differs between the modes, so that changing them replaces no transfer. */
function clockOf(
  { enabled, load, pathOffsetMinutes }: TransferSetArgs["schedule"],
  { days }: TransferTable,
): Pick<bigquery.DataTransferConfigArgs, "schedule" | "scheduleOptions"> {
  const off = { scheduleOptions: { disableAutoScheduling: true } };
  if (load === ON_EXPORT_COMPLETE) return off;
  // What would be false is left out, here as everywhere: the API answers that with nothing, a difference for ever
  // (terraform-provider-google issues 13221 and 16173).
  return { schedule: transferSchedule(load, pathOffsetMinutes, days), ...(enabled ? {} : off) };
}

/** Resource path of the dataset, as imports take it. */
function datasetPath({ project, datasetId }: TransferSetArgs): string {
  return `projects/${project.id}/datasets/${datasetId}`;
}
