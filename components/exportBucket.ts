import * as kms from "@pulumi/aws/kms";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { exportBucketPolicy, exportKeyPolicy } from "./policyDocuments";

export interface ExportBucketArgs {
  /** Account that owns bucket and key: 12 digits. */
  accountId: string;
  /** Name of the bucket. Changing it replaces the bucket and every transfer that reads it. */
  bucketName: string;
  /** Alias of the key, without `alias/`. */
  keyAlias: string;
  /** Days after which an export expires; it is never moved to an archive, which transfers cannot read. */
  retentionDays: number;
  /** True if the bucket exists already: it is used as it is, and nothing about it is changed. @default false */
  existingBucket?: boolean;
  /** ARN of a key that exists already and is used instead of one of our own. */
  existingKeyArn?: string;
  /** Refuses to delete bucket and key. Set to false, `pulumi destroy` also deletes the exports. @default true */
  protect?: boolean;
  tags?: Record<string, string>;
}

/** The bucket that exports are written to, and the key that encrypts them. */
export class ExportBucket extends pulumi.ComponentResource {
  /** Name of the bucket; resolves when everything that guards it is in place. */
  public readonly bucketName: pulumi.Output<string>;
  /** Days after which exports expire; undefined for a bucket that exists already, whose rules are its owner's. */
  public readonly retentionDays: number | undefined;
  /** ARN of the key. */
  public readonly kmsKeyArn: pulumi.Output<string>;

  constructor(name: string, args: ExportBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportBucket", name, {}, opts);
    this.retentionDays = args.existingBucket ? undefined : args.retentionDays;
    this.kmsKeyArn = args.existingKeyArn ? pulumi.output(args.existingKeyArn) : this.createKey(name, args);
    this.bucketName = args.existingBucket ? pulumi.output(args.bucketName) : this.createBucket(name, args);
    this.registerOutputs({ bucketName: this.bucketName, kmsKeyArn: this.kmsKeyArn });
  }

  private createKey(name: string, args: ExportBucketArgs): pulumi.Output<string> {
    const key = new kms.Key(
      `${name}-key`,
      {
        description: `Encrypts the Aurora exports in ${args.bucketName}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: JSON.stringify(exportKeyPolicy(args.accountId)),
        tags: args.tags,
      },
      { parent: this, protect: args.protect ?? true },
    );
    new kms.Alias(
      `${name}-key-alias`,
      { name: `alias/${args.keyAlias}`, targetKeyId: key.keyId },
      { parent: this },
    );
    return key.arn;
  }

  private createBucket(name: string, args: ExportBucketArgs): pulumi.Output<string> {
    const protect = args.protect ?? true;
    const child = { parent: this };
    const bucket = new s3.Bucket(
      `${name}-bucket`,
      { bucket: args.bucketName, forceDestroy: !protect, tags: args.tags },
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
      { bucket: bucket.bucket, policy: JSON.stringify(exportBucketPolicy(args.bucketName)) },
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
