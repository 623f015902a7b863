import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { exportRolePolicy, serviceTrust } from "./policyDocuments";

export interface ExportRoleArgs {
  /** Name of the role; unique in the account. */
  roleName: string;
  /** Account whose exports may assume the role: 12 digits. */
  accountId: string;
  /** Bucket that exports are written to. */
  bucketName: pulumi.Input<string>;
  /** ARN of the key that encrypts them. */
  kmsKeyArn: pulumi.Input<string>;
  /** Task prefix of the stack: the role may write under it and nowhere else. */
  taskPrefix: string;
  /** ARN of the role's permissions boundary. @default none */
  boundaryArn?: string;
  tags?: Record<string, string>;
}

/** The role that RDS assumes to write an export. */
export class ExportRole extends pulumi.ComponentResource {
  /** ARN of the role; resolves when the role has its permissions. */
  public readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: ExportRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportRole", name, {}, opts);
    const role = new iam.Role(
      `${name}-role`,
      {
        name: args.roleName,
        description: "Assumed by RDS to write snapshot exports to S3",
        assumeRolePolicy: JSON.stringify(serviceTrust("export.rds.amazonaws.com", args.accountId)),
        permissionsBoundary: args.boundaryArn,
        tags: args.tags,
      },
      { parent: this },
    );
    const policy = new iam.RolePolicy(
      `${name}-policy`,
      {
        name: "write-exports",
        role: role.name,
        policy: pulumi
          .all([args.bucketName, args.kmsKeyArn])
          .apply(([bucketName, kmsKeyArn]) =>
            JSON.stringify(
              exportRolePolicy({ bucketName, kmsKeyArn, prefix: args.taskPrefix, accountId: args.accountId }),
            ),
          ),
      },
      { parent: this },
    );
    this.roleArn = pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
    this.registerOutputs({ roleArn: this.roleArn });
  }
}
