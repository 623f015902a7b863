import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { exportRoleName } from "../contract/names";
import type { ExportArgs } from "./args";
import { exportRolePolicy, serviceTrust } from "./policyDocuments";

/**
 * The role that RDS assumes to write an export, under the prefix and nowhere else.
 *
 * @example
 * ```ts
 * const { roleArn } = new ExportRole("export-role", { accountId, prefix: "prod", bucketName, kmsKeyArn });
 * ```
 */
export class ExportRole extends pulumi.ComponentResource {
  /** ARN of the role; resolves when the role has its permissions. */
  public readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: ExportArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportRole", name, {}, opts);
    const role = new iam.Role(
      `${name}-role`,
      {
        name: exportRoleName(args.prefix),
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
              exportRolePolicy({ bucketName, kmsKeyArn, prefix: args.prefix, accountId: args.accountId }),
            ),
          ),
      },
      { parent: this },
    );
    this.roleArn = pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
    this.registerOutputs({ roleArn: this.roleArn });
  }
}
