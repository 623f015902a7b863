import * as pulumi from "@pulumi/pulumi";
import { JOURNAL_DAYS, journalDataset } from "../contract/journal";
import { loaderRoleName } from "../contract/names";
import { own } from "../contract/own";
import type { Schedule } from "../contract/schedule";
import type { LoadedDatabase } from "../contract/tableList";
import { CopyEvents } from "./copyEvents";
import { EncryptionKey } from "./encryptionKey";
import { checkedTables, FreshnessAccount, FreshnessCheck } from "./freshnessCheck";
import { GoogleProject } from "./googleProject";
import type { LoadsArgs } from "./loader";
import { LoadJournal } from "./loadJournal";
import { LoadStarter } from "./loadStarter";
import { TransferOwner } from "./transferOwner";
import { TransferSet, type TransferSetArgs } from "./transferSet";
import { ViewMaker, ViewMakerAccount } from "./viewMaker";
import { ViewsDataset } from "./viewsDataset";

export interface BigQueryLoadsArgs
  extends Pick<TransferSetArgs, "location" | "engine" | "bucketName" | "protect" | "labels"> {
  /** Id of the Google Cloud project. */
  project: string;
  /** Begins every name that is unique in the project, and the folders of the exports. */
  prefix: string;
  /** Begin the names of what runs in BigQuery: `prod_users`, `prod_shop_users`. */
  environment: string;
  service?: string;
  databases: readonly LoadedDatabase[];
  schedule: Omit<Schedule, "snapshotTime">;
  /** Access key that the transfers read the bucket with. */
  reader: Pick<TransferSetArgs, "accessKeyId" | "secretAccessKey">;
  /** AWS account whose loader may start loads and empty tables; by the clock alone without. */
  federatedAccountId?: string;
  /** Whether the loader may list the jobs of the project, whoever runs them. @default false */
  loadJobStatistics?: boolean;
  /**
   * How typed views are made of the databases that have a `viewsDataset`; without a loader they keep the types that
   * columns land with. @default there are none
   */
  typedViews?: {
    /** IAM members who may read the views. @default none */
    readonly readers?: readonly string[];
    /** Whether TINYINT(1) of MySQL is a truth value. @default true */
    readonly tinyintAsBool?: boolean;
    /** Whether datasets of views are taken over. @default false */
    readonly adopt?: boolean;
  };
  /** IAM members who may read the datasets of the tables. @default none */
  datasetReaders?: readonly string[];
  /** Views, datasets and routines that may read the datasets. @default none */
  authorizedResources?: readonly string[];
  /** Days for which the journal is kept, where there is a loader. @default 400 */
  journalDays?: number;
  /** Cloud KMS key of everything, and whether Google's agents are granted its use. @default Google's own keys */
  cmek?: { readonly kmsKeyName: string; readonly grantToAgents: boolean };
}

/**
 * The loads into BigQuery: a `TransferSet`, typed views and a freshness check for each database, and whom they run as.
 *
 * @example
 * ```ts
 * const { bucketName, reader } = store;
 * new BigQueryLoads("loads", { project: "example-prod", location, prefix, environment, engine, databases, schedule, bucketName, reader });
 * ```
 */
export class BigQueryLoads extends pulumi.ComponentResource {
  public readonly project: GoogleProject;
  /** Who starts loads from AWS; undefined where nobody does. */
  public readonly starter: LoadsArgs | undefined;
  /** The sets by their databases' names. */
  public readonly transferSets: Readonly<Record<string, TransferSet>>;
  /** Resource names of the freshness checks. */
  public readonly freshnessChecks: readonly pulumi.Output<string>[];
  /** Resource names of the transfers that run and whose tables are checked, in the order of their tables' names. */
  public readonly transfers: readonly pulumi.Output<string>[];
  /** The same of tables that may be empty. */
  public readonly mayBeEmptyTransfers: readonly pulumi.Output<string>[];
  /** Ids of the datasets of views by their databases' names; empty where there are none. */
  public readonly viewDatasets: Readonly<Record<string, pulumi.Output<string>>>;
  /** Resource name of the scheduled query that makes the views; undefined where there are none. */
  public readonly viewMaker: pulumi.Output<string> | undefined;

  constructor(name: string, args: BigQueryLoadsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:BigQueryLoads", name, {}, opts);
    const { prefix, federatedAccountId, cmek, labels } = args;
    const child = { parent: this };
    const project = new GoogleProject(
      "google",
      { id: args.project, federation: federatedAccountId !== undefined, grantsKey: cmek?.grantToAgents },
      child,
    );
    const identity = { project, prefix, labels };
    const owner = new TransferOwner("owner", identity, child);
    const { agentEmail } = owner;
    const kmsKeyName = cmek?.grantToAgents
      ? new EncryptionKey(
          "key",
          { project, kmsKeyName: cmek.kmsKeyName, transferAgentEmail: agentEmail },
          child,
        ).kmsKeyName
      : cmek?.kmsKeyName;
    const starter =
      federatedAccountId === undefined
        ? undefined
        : new LoadStarter(
            "load-starter",
            {
              ...identity,
              awsAccountId: federatedAccountId,
              awsRoleName: loaderRoleName(prefix),
              loadJobStatistics: args.loadJobStatistics,
            },
            child,
          );
    const copies =
      starter && new CopyEvents("copies", { ...identity, publisherEmail: starter.email, kmsKeyName }, child);
    const { typedViews } = args;
    const maker = typedViews && new ViewMakerAccount("views", { ...identity, agentEmail }, child);
    const journal =
      starter &&
      new LoadJournal(
        "journal",
        {
          ...{ ...identity, location: args.location, protect: args.protect, kmsKeyName },
          writerEmail: starter.email,
          viewMaker: maker && { email: maker.email, role: maker.readerRole },
          readers: args.datasetReaders,
          days: args.journalDays ?? JOURNAL_DAYS,
        },
        child,
      );
    const checker = new FreshnessAccount("freshness", { ...identity, agentEmail }, child);
    const scope = args.service === undefined ? args.environment : `${args.environment}_${args.service}`;
    const shared = {
      ...identity,
      location: args.location,
      schedule: args.schedule,
      kmsKeyName,
    };
    const loads = args.databases.map((database) => {
      const views =
        maker && database.viewsDataset !== undefined
          ? new ViewsDataset(
              database.name,
              {
                ...{ project, labels, location: args.location, protect: args.protect, kmsKeyName },
                datasetId: database.viewsDataset,
                maker: { email: maker.email, role: maker.writerRole },
                readers: typedViews.readers,
                adopt: typedViews.adopt,
              },
              child,
            )
          : undefined;
      const transfers = new TransferSet(
        database.name,
        {
          ...shared,
          accessKeyId: args.reader.accessKeyId,
          secretAccessKey: args.reader.secretAccessKey,
          datasetId: database.dataset,
          tables: database.tables.map((it) => ({ ...it, displayName: `${scope}_${it.destination}` })),
          engine: args.engine,
          bucketName: args.bucketName,
          ownerEmail: owner.email,
          agentEmail,
          tableEmptier: starter && { email: starter.email, role: starter.tableEmptierRole },
          freshnessEmail: checker.email,
          views: maker &&
            views && {
              datasetId: views.datasetId,
              makerEmail: maker.email,
              makerRoles: [maker.readerRole, maker.sharerRole],
            },
          readers: args.datasetReaders,
          // Its views are authorized without being named.
          authorized: args.authorizedResources?.filter(
            (it) => it !== `dataset:${args.project}.${database.viewsDataset}`,
          ),
          protect: args.protect,
        },
        child,
      );
      const tables = checkedTables(database.tables);
      const checks =
        tables.length === 0
          ? []
          : new FreshnessCheck(
              database.name,
              {
                ...shared,
                datasetId: transfers.datasetId,
                displayName: `${scope}_${database.name}_freshness`,
                tables,
                accountEmail: checker.email,
              },
              { ...child, dependsOn: [...transfers.landingTables] },
            ).configNames;
      return { database, views, transfers, checks };
    });
    this.viewDatasets = Object.fromEntries(
      loads.flatMap(({ database, views }) => (views ? [[database.name, views.datasetId] as const] : [])),
    );
    this.viewMaker =
      maker &&
      new ViewMaker(
        "view-maker",
        {
          ...{ project, location: args.location, engine: args.engine, kmsKeyName },
          displayName: `${scope}_views`,
          datasets: args.databases.flatMap(({ dataset, viewsDataset, tables }) =>
            viewsDataset === undefined ? [] : [{ dataset, viewsDataset, tables }],
          ),
          journalDataset: starter && journalDataset(prefix),
          tinyintAsBool: typedViews.tinyintAsBool,
          accountEmail: maker.email,
          schedule: starter === undefined ? args.schedule : undefined,
        },
        {
          ...child,
          dependsOn: [
            ...(journal ? [journal] : []),
            ...loads.flatMap(({ transfers }) => transfers.landingTables),
          ],
        },
      ).configName;
    this.project = project;
    this.starter = starter &&
      copies &&
      journal && {
        project: args.project,
        location: args.location,
        audience: starter.audience,
        serviceAccount: starter.email,
        copyTopic: copies.topicId,
        journalDataset: journal.datasetId,
        loadJobStatistics: args.loadJobStatistics,
        viewMaker: this.viewMaker,
      };
    this.transferSets = Object.fromEntries(
      loads.map(({ database, transfers }) => [database.name, transfers]),
    );
    this.freshnessChecks = loads.flatMap(({ checks }) => checks);
    const running = loads
      .flatMap(({ database, transfers }) =>
        database.tables
          .filter(({ enabled }) => enabled !== false)
          .map(({ name: table, mayBeEmpty = false }) => ({
            fullName: `${database.name}.${table}`,
            mayBeEmpty,
            transfer: transfers.transferNames.apply((all) => own(all, table) ?? ""),
          })),
      )
      .sort((a, b) => (a.fullName < b.fullName ? -1 : 1));
    this.transfers = running.filter((it) => !it.mayBeEmpty).map(({ transfer }) => transfer);
    this.mayBeEmptyTransfers = running.filter((it) => it.mayBeEmpty).map(({ transfer }) => transfer);
    this.registerOutputs({ copyTopic: this.starter?.copyTopic });
  }

  /** The landing tables of all databases. */
  get landingTables(): pulumi.Resource[] {
    return Object.values(this.transferSets).flatMap((it) => it.landingTables);
  }
}
