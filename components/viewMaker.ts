import * as bigquery from "@pulumi/gcp/bigquery";
import * as projects from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import { type ViewMakerArgs as ScriptArgs, viewMakerScript } from "../contract/typedViews";
import type { GoogleArgs } from "./args";
import { checkClock, type FreshnessCheckArgs } from "./freshnessCheck";
import { grantedEmail, grantInProject } from "./googleGrants";
import { customRoleId, serviceAccountId } from "./googleIds";
import type { EnabledProject } from "./googleProject";
import { encryptionOf, KEY_OF_TRANSFER } from "./transferEncryption";

/** To run the query. */
const RUN_QUERIES = ["bigquery.jobs.create"];

/**
 * To make views, and to see which there are. Sources: "Create logical views", required permissions; "TABLE_OPTIONS view",
 * which asks for those on routines.
 */
const WRITE_VIEWS = [
  ...["create", "get", "list", "update"].map((it) => `bigquery.tables.${it}`),
  ...["get", "list"].map((it) => `bigquery.routines.${it}`),
];

/** To read what views are made of: whoever makes a view must be allowed to read what it reads. */
const READ_TABLES = ["get", "getData", "list"].map((it) => `bigquery.tables.${it}`);

/**
 * To make a view in a dataset that another one has authorized, on that other one.
 * Source: "Authorized datasets", create or update a view in an authorized dataset.
 */
const SHARE_TABLES = ["get", "update"].map((it) => `bigquery.datasets.${it}`);

export interface ViewMakerAccountArgs extends GoogleArgs {
  /** Data Transfer Service's agent, which runs the query as the account. */
  agentEmail: pulumi.Input<string>;
}

/**
 * The service account that makes the typed views: it reads the landing tables, so that nobody but Data Transfer Service's
 * agent may become it, and no way leads from AWS to it.
 *
 * @example
 * ```ts
 * const { email, writerRole } = new ViewMakerAccount("views", { project, prefix: "prod", agentEmail: owner.agentEmail });
 * ```
 */
export class ViewMakerAccount extends pulumi.ComponentResource {
  /** E-mail of the service account; resolves when everything is granted but what datasets grant. */
  public readonly email: pulumi.Output<string>;
  /** Role for each dataset of views. */
  public readonly writerRole: pulumi.Output<string>;
  /** Role for each dataset of landing tables, and for the journal's. */
  public readonly readerRole: pulumi.Output<string>;
  /** Role for each dataset of landing tables, beside the reader's. */
  public readonly sharerRole: pulumi.Output<string>;

  constructor(name: string, args: ViewMakerAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ViewMakerAccount", name, {}, opts);
    const { project, prefix } = args;
    const account = new serviceaccount.Account(
      `${name}-account`,
      {
        project: project.ready,
        accountId: serviceAccountId(prefix, "views"),
        displayName: `Makes the typed views of ${prefix}`,
      },
      { parent: this },
    );
    const tokens = new serviceaccount.IAMMember(
      `${name}-agent-tokens`,
      {
        serviceAccountId: account.name,
        role: "roles/iam.serviceAccountTokenCreator",
        member: pulumi.interpolate`serviceAccount:${args.agentEmail}`,
      },
      { parent: this },
    );
    const runsQueries = grantInProject(this, name, {
      project,
      prefix,
      role: "auroraViewMaker",
      title: "Aurora view maker",
      description: "Runs queries; rights on datasets are granted there",
      permissions: RUN_QUERIES,
      account,
      grantName: "maker-role",
      after: [tokens],
    });
    const role = (what: "Writer" | "Reader" | "Sharer", description: string, permissions: string[]) =>
      new projects.IAMCustomRole(
        `${name}-${what.toLowerCase()}-role`,
        {
          project: project.ready,
          roleId: customRoleId(`auroraView${what}`, prefix),
          title: `Aurora view ${what.toLowerCase()} (${prefix})`,
          description,
          permissions,
        },
        { parent: this },
      ).name;
    this.writerRole = role("Writer", "Makes views; granted on their datasets", WRITE_VIEWS);
    this.readerRole = role("Reader", "Reads what views are made of; granted on its datasets", READ_TABLES);
    this.sharerRole = role(
      "Sharer",
      "Shares landing tables by views; granted on their datasets",
      SHARE_TABLES,
    );
    this.email = grantedEmail(runsQueries);
    this.registerOutputs({ email: this.email });
  }
}

export interface ViewMakerArgs
  extends Pick<ScriptArgs, "engine" | "datasets" | "journalDataset" | "tinyintAsBool"> {
  /** Google Cloud project of all datasets. Changing it replaces the query. */
  project: EnabledProject;
  /** BigQuery location of the datasets, where the query runs. Changing it replaces it. */
  location: string;
  /** Name of the query as the console shows it. */
  displayName: string;
  /** Service account that the query runs as: `ViewMakerAccount` makes it. */
  accountEmail: pulumi.Input<string>;
  /** The times that the query goes by, as the freshness check does. @default none, and the loader starts it */
  schedule?: FreshnessCheckArgs["schedule"];
  /** Cloud KMS key of the query's results. A change replaces the query. @default Google's own keys */
  kmsKeyName?: pulumi.Input<string>;
}

/**
 * The scheduled query that makes the typed views anew where columns have changed. Its run fails where a view cannot be
 * made, and the old view stands.
 *
 * @example
 * ```ts
 * const datasets = [{ dataset: "shop", viewsDataset: "shop_views", tables: [{ destination: "users" }] }];
 * new ViewMaker("view-maker", { project, location, displayName: "views", engine, datasets, accountEmail, schedule });
 * ```
 */
export class ViewMaker extends pulumi.ComponentResource {
  /** Resource name of the scheduled query: `projects/…/transferConfigs/…`. */
  public readonly configName: pulumi.Output<string>;

  /** @throws RunError for tables that `viewMakerScript` refuses */
  constructor(name: string, args: ViewMakerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ViewMaker", name, {}, opts);
    const { engine, datasets, journalDataset, tinyintAsBool } = args;
    const query = scriptOf({ project: args.project.id, engine, datasets, journalDataset, tinyintAsBool });
    this.configName = new bigquery.DataTransferConfig(
      `${name}-query`,
      {
        project: args.project.ready,
        // Where the query runs, since it has no destination that would say so.
        location: args.location,
        displayName: args.displayName,
        dataSourceId: "scheduled_query",
        serviceAccountName: args.accountEmail,
        ...(args.schedule ? checkClock(args.schedule) : { scheduleOptions: { disableAutoScheduling: true } }),
        params: { query },
        ...encryptionOf(args.kmsKeyName),
      },
      { parent: this, replaceOnChanges: KEY_OF_TRANSFER },
    ).name;
    this.registerOutputs({ configName: this.configName });
  }
}

function scriptOf(args: ScriptArgs): string {
  try {
    return viewMakerScript(args);
  } catch (error) {
    if (error instanceof RangeError) throw new pulumi.RunError(`\`typedViews\`: ${error.message}`);
    throw error;
  }
}
