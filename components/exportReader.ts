import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { readerPolicy } from "./policyDocuments";

export interface ExportReaderArgs {
  /** Name of the IAM user; unique in the account. */
  userName: string;
  region: string;
  /** Bucket whose exports may be read. */
  bucketName: pulumi.Input<string>;
  /** ARN of the key that encrypts them. */
  kmsKeyArn: pulumi.Input<string>;
  /** Task prefix of the stack: exports under it may be read and nothing else. */
  taskPrefix: string;
  /** Raise it by one to rotate the access key: the new key is made and in use before the old one is deleted. */
  keyVersion: number;
  tags?: Record<string, string>;
}

/**
 * The IAM user whose access key Data Transfer Service carries. The service takes neither role nor federation for
 * Amazon S3 ("Amazon S3 transfers", October 2026).
 */
export class ExportReader extends pulumi.ComponentResource {
  /** Id of the access key; resolves when the user has its permissions. */
  public readonly accessKeyId: pulumi.Output<string>;
  /** Secret of the access key; always a Pulumi secret. */
  public readonly secretAccessKey: pulumi.Output<string>;
  public readonly userName: pulumi.Output<string>;

  constructor(name: string, args: ExportReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportReader", name, {}, opts);
    const child = { parent: this };
    const policy = pulumi
      .all([args.bucketName, args.kmsKeyArn])
      .apply(([bucketName, kmsKeyArn]) =>
        JSON.stringify(readerPolicy({ bucketName, kmsKeyArn, prefix: args.taskPrefix, region: args.region })),
      );
    const boundary = new iam.Policy(
      `${name}-boundary`,
      {
        name: `${args.userName}-boundary`,
        description: `The most that ${args.userName} can ever be granted`,
        policy,
        tags: args.tags,
      },
      child,
    );
    const user = new iam.User(
      `${name}-user`,
      {
        name: args.userName,
        permissionsBoundary: boundary.arn,
        // Keys made by hand would block `pulumi destroy`.
        forceDestroy: true,
        tags: args.tags,
      },
      child,
    );
    const grant = new iam.UserPolicy(
      `${name}-policy`,
      { name: "read-exports", user: user.name, policy },
      child,
    );
    const key = new iam.AccessKey(`${name}-key-v${args.keyVersion}`, { user: user.name }, child);
    this.userName = user.name;
    this.accessKeyId = pulumi.all([key.id, grant.id]).apply(([id]) => id);
    this.secretAccessKey = pulumi.secret(key.secret);
    this.registerOutputs({ accessKeyId: this.accessKeyId, userName: this.userName });
  }
}
