import * as bigquery from "@pulumi/gcp/bigquery";
import * as pulumi from "@pulumi/pulumi";
import type { GoogleArgs } from "./args";
import { readerAccess } from "./datasetAccess";

export interface ViewsDatasetArgs extends Omit<GoogleArgs, "prefix"> {
  /** BigQuery location of the dataset, that of the tables. Changing it replaces the dataset. */
  location: string;
  /** Id of the dataset. Changing it makes another one; the old one goes, or stays, as `protect` says. */
  datasetId: string;
  /** Service account that makes the views, and its role. */
  maker: { email: pulumi.Input<string>; role: pulumi.Input<string> };
  /** IAM members, such as `group:analysts@example.com`, who may read the views. @default none */
  readers?: readonly string[];
  /** True takes over a dataset that is there; its views then stay when the stack goes. @default false */
  adopt?: boolean;
  /** Leaves the dataset behind with its views when it leaves the stack. @default true */
  protect?: boolean;
  /** Cloud KMS key of tables that somebody makes in it; views hold no rows. @default Google's own keys */
  kmsKeyName?: pulumi.Input<string>;
}

/**
 * The dataset of the typed views of a database's tables. Analysts read it alone: the tables' dataset authorizes it. What
 * people describe and label there stays.
 *
 * @example
 * ```ts
 * const maker = { email: accountEmail, role: account.name };
 * new ViewsDataset("shop", { project, location, datasetId: "shop_views", maker, readers: ["group:analysts@example.com"] });
 * ```
 */
export class ViewsDataset extends pulumi.ComponentResource {
  /** Resolves when the account may make views there. */
  public readonly datasetId: pulumi.Output<string>;

  constructor(name: string, args: ViewsDatasetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ViewsDataset", name, {}, opts);
    const { project, datasetId, maker, adopt = false, protect = true } = args;
    const dataset = new bigquery.Dataset(
      `${name}-views-dataset`,
      {
        project: project.ready,
        datasetId,
        location: args.location,
        description: "Views of the landing tables with the types of Aurora, made anew where columns change.",
        labels: args.labels,
        accesses: [
          { role: "OWNER", specialGroup: "projectOwners" },
          { role: maker.role, userByEmail: maker.email },
          ...[...(args.readers ?? [])].sort().map(readerAccess),
        ],
        ...(args.kmsKeyName !== undefined && {
          defaultEncryptionConfiguration: { kmsKeyName: args.kmsKeyName },
        }),
        // Said when the stack makes the dataset, and never again, as of the tables' dataset.
        ...(!adopt && { deleteContentsOnDestroy: true }),
      },
      {
        parent: this,
        retainOnDelete: protect || adopt,
        // The description is whoever's who reads the views.
        ignoreChanges: ["description", "deleteContentsOnDestroy"],
        import: adopt ? `projects/${project.id}/datasets/${datasetId}` : undefined,
      },
    );
    this.datasetId = dataset.datasetId;
    this.registerOutputs({ datasetId: this.datasetId });
  }
}
