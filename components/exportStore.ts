import * as pulumi from "@pulumi/pulumi";
import { ExportBucket, type ExportBucketArgs } from "./exportBucket";
import { ExportReader, type ExportReaderArgs } from "./exportReader";
import { ExportRole } from "./exportRole";

export interface ExportStoreArgs
  extends ExportBucketArgs,
    Pick<ExportReaderArgs, "region" | "keyVersion" | "boundaryArn"> {
  /** Bucket, key and role that are used as they are. @default all of them are made */
  existing?: ExportBucketArgs["existing"] & { readonly exportRoleArn?: string };
  /** Databases that the reader may read. */
  databases: readonly { readonly name: string }[];
  /** A reader that was made by hand. @default one is made */
  reader?: ExportReaderArgs["existing"];
}

/**
 * Where a cluster's exports lie: the bucket and its key, the role that RDS writes with, and the reader.
 *
 * @example
 * ```ts
 * const store = new ExportStore("store", { accountId, region, prefix: "prod", databases, retentionDays: 14 });
 * ```
 */
export class ExportStore extends pulumi.ComponentResource {
  public readonly bucketName: pulumi.Output<string>;
  public readonly kmsKeyArn: pulumi.Output<string>;
  /** Days after which exports expire; undefined for a bucket whose rules are its owner's. */
  public readonly retentionDays: number | undefined;
  /** ARN of the role that RDS assumes. */
  public readonly exportRoleArn: pulumi.Output<string>;
  public readonly reader: ExportReader;

  constructor(name: string, args: ExportStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportStore", name, {}, opts);
    const child = { parent: this };
    const bucket = new ExportBucket("export", args, child);
    const { bucketName, kmsKeyArn } = bucket;
    const shared = { ...args, bucketName, kmsKeyArn };
    this.exportRoleArn = pulumi.output(
      args.existing?.exportRoleArn ?? new ExportRole("export-role", shared, child).roleArn,
    );
    this.reader = new ExportReader(
      "reader",
      { ...shared, databases: args.databases.map((it) => it.name), existing: args.reader },
      child,
    );
    this.bucketName = bucketName;
    this.kmsKeyArn = kmsKeyArn;
    this.retentionDays = bucket.retentionDays;
    this.registerOutputs({ bucketName, kmsKeyArn, exportRoleArn: this.exportRoleArn });
  }
}
