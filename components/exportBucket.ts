import * as kms from "@pulumi/aws/kms";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { exportBucketName } from "../contract/names";
import type { AwsArgs } from "./args";
import { exportBucketPolicy, exportKeyPolicy } from "./policyDocuments";

export interface ExportBucketArgs extends Omit<AwsArgs, "boundaryArn"> {
  /** Days after which an export expires; it is never moved to an archive, which transfers cannot read. */
  retentionDays: number;
  /** Bucket, by its name, and key that are used as they are; nothing about them is changed. @default both are made */
  existing?: { readonly bucket?: string; readonly kmsKeyArn?: string };
  /** Refuses to delete bucket and key. Set to false, `pulumi destroy` also deletes the exports. @default true */
  protect?: boolean;
}

/**
 * The bucket that exports are written to, and the key that encrypts them.
 *
 * @example
 * ```ts
 * const { bucketName, kmsKeyArn } = new ExportBucket("export", { accountId, prefix: "prod", retentionDays: 14 });
 * ```
 */
export class ExportBucket extends pulumi.ComponentResource {
  /** Name of the bucket; resolves when everything that guards it is in place. */
  public readonly bucketName: pulumi.Output<string>;
  /** Days after which exports expire; undefined for a bucket that exists already, whose rules are its owner's. */
  public readonly retentionDays: number | undefined;
  /** ARN of the key. */
  public readonly kmsKeyArn: pulumi.Output<string>;

  constructor(name: string, args: ExportBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportBucket", name, {}, opts);
    const { bucket, kmsKeyArn } = args.existing ?? {};
    const bucketName = bucket ?? exportBucketName(args.prefix, args.accountId);
    this.retentionDays = bucket === undefined ? args.retentionDays : undefined;
    this.kmsKeyArn = pulumi.output(kmsKeyArn ?? this.createKey(name, args, bucketName));
    this.bucketName = pulumi.output(bucket ?? this.createBucket(name, args, bucketName));
    this.registerOutputs({ bucketName: this.bucketName, kmsKeyArn: this.kmsKeyArn });
  }

  private createKey(name: string, args: ExportBucketArgs, bucketName: string): pulumi.Output<string> {
    const key = new kms.Key(
      `${name}-key`,
      {
        description: `Encrypts the Aurora exports in ${bucketName}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: JSON.stringify(exportKeyPolicy(args.accountId)),
        tags: args.tags,
      },
      { parent: this, protect: args.protect ?? true },
    );
    new kms.Alias(
      `${name}-key-alias`,
      { name: `alias/${args.prefix}-aurora-to-bigquery`, targetKeyId: key.keyId },
      { parent: this },
    );
    return key.arn;
  }

  private createBucket(name: string, args: ExportBucketArgs, bucketName: string): pulumi.Output<string> {
    const protect = args.protect ?? true;
    const child = { parent: this };
    const bucket = new s3.Bucket(
      `${name}-bucket`,
      { bucket: bucketName, forceDestroy: !protect, tags: args.tags },
      { parent: this, protect },
    );
    const guards = [
      new s3.BucketPublicAccessBlock(
        `${name}-public-access`,
        {
          bucket: bucket.bucket,
          blockPublicAcls: true,
          blockPublicPolicy: true,
          ignorePublicAcls: true,
          restrictPublicBuckets: true,
        },
        child,
      ),
      new s3.BucketOwnershipControls(
        `${name}-ownership`,
        { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
        child,
      ),
      new s3.BucketServerSideEncryptionConfiguration(
        `${name}-encryption`,
        {
          bucket: bucket.bucket,
          rules: [
            {
              applyServerSideEncryptionByDefault: {
                sseAlgorithm: "aws:kms",
                kmsMasterKeyId: this.kmsKeyArn,
              },
              bucketKeyEnabled: true,
            },
          ],
        },
        child,
      ),
      this.createLifecycle(name, bucket, args.retentionDays),
    ];
    return new s3.BucketPolicy(
      `${name}-policy`,
      { bucket: bucket.bucket, policy: JSON.stringify(exportBucketPolicy(bucketName)) },
      // S3 refuses to change it and the block of public access at once (OperationAborted). Made last, it hands out the
      // name: whoever takes that waits for all of them and depends on one.
      { parent: this, dependsOn: guards },
    ).bucket;
  }

  private createLifecycle(name: string, bucket: s3.Bucket, days: number): pulumi.Resource {
    return new s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        bucket: bucket.bucket,
        rules: [
          {
            id: "expire-exports",
            status: "Enabled",
            filter: { prefix: "" },
            expiration: { days },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      { parent: this },
    );
  }
}
