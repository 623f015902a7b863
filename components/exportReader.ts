import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { COMPLETED_EXPORTS_POLICY, completedExportsPolicy } from "../contract/completedExports";
import type { ExportArgs } from "./args";
import { guardedReaderPolicy, readerPolicy, userArnsOf } from "./policyDocuments";

/**
 * Keys that AWS allows a user. Versions take two places in turn, so that the next one comes before the last one goes, and
 * the one after a rotation that failed half way takes the place of the oldest. Source: "IAM and AWS STS quotas".
 */
const KEY_PLACES = 2;

/** A reader made by hand. */
export interface ExistingReader {
  readonly accessKeyId: string;
  readonly secretAccessKey: pulumi.Input<string>;
  /** IAM user of the key. Without it nothing can keep the key from exports that are not finished. */
  readonly userName?: string;
  /** ARN of the permissions boundary that the user has: the gate may open nothing to it without. @default not asked for */
  readonly boundaryArn?: string;
}

export interface ExportReaderArgs extends ExportArgs {
  region: string;
  /** Databases that are loaded: nothing beside their folders may be read. Changing them updates the boundary in place. */
  databases: readonly string[];
  /**
   * Raise it by one to rotate the access key: the new key is made and in use before the old one is deleted. Raised by two
   * at once, the old one is deleted first. @default 1
   */
  keyVersion?: number;
  /** Used instead of a user of our own; nothing about its user is changed but the policy that opens exports. */
  existing?: ExistingReader;
  /**
   * ARN of the permissions boundary of a user of our own, which then is nobody's to write but its maker's.
   * @default a policy that is made with the user
   */
  boundaryArn?: string;
}

/** A user that the gate opens exports to, by writing its policy `completed-exports`. */
export interface GuardedUser {
  /** Resolves when there is a policy to write. */
  readonly userName: pulumi.Output<string>;
  /** Id of the key that the transfers carry: the gate tells when it can no longer be used. */
  readonly accessKeyId: pulumi.Output<string>;
  /** ARNs that mean the user; two patterns for one made by hand, whose path is not known. */
  readonly userArns: pulumi.Output<readonly string[]>;
  /** ARN of the permissions boundary; undefined for a user made by hand of which none is known. */
  readonly boundaryArn?: pulumi.Output<string>;
}

/** An access key, and what it needs to be of use. */
interface ReaderKey {
  readonly accessKeyId: pulumi.Output<string>;
  readonly secretAccessKey: pulumi.Input<string>;
  readonly guarded?: GuardedUser;
}

/**
 * The IAM user whose access key Data Transfer Service carries. The service takes neither role nor federation for
 * Amazon S3 ("Amazon S3 transfers", October 2026). It reads no object until the gate names its export in the user's
 * policy `completed-exports`.
 *
 * @example
 * ```ts
 * const reader = new ExportReader("reader", { accountId, region, prefix: "prod", bucketName, kmsKeyArn, databases: ["shop"] });
 * ```
 */
export class ExportReader extends pulumi.ComponentResource {
  /** Id of the access key; resolves when the user has its permissions. */
  public readonly accessKeyId: pulumi.Output<string>;
  /** Secret of the access key; always a Pulumi secret. */
  public readonly secretAccessKey: pulumi.Output<string>;
  /** The user, for the gate; undefined where it was made by hand and not named. */
  public readonly guarded: GuardedUser | undefined;

  constructor(name: string, args: ExportReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportReader", name, {}, opts);
    const { accessKeyId, secretAccessKey, guarded } = args.existing
      ? this.guardExisting(name, args, args.existing)
      : this.createUser(name, args);
    this.accessKeyId = accessKeyId;
    this.secretAccessKey = pulumi.secret(secretAccessKey);
    this.guarded = guarded;
    this.registerOutputs({ accessKeyId: this.accessKeyId });
  }

  private guardExisting(name: string, args: ExportReaderArgs, existing: ExistingReader): ReaderKey {
    const { accessKeyId, secretAccessKey, userName, boundaryArn } = existing;
    if (userName === undefined) return { accessKeyId: pulumi.output(accessKeyId), secretAccessKey };
    const completedExports = this.createCompletedExports(name, args, userName);
    return {
      accessKeyId: completedExports.urn.apply(() => accessKeyId),
      secretAccessKey,
      guarded: {
        userName: completedExports.user,
        accessKeyId: pulumi.output(accessKeyId),
        userArns: pulumi.output(userArnsOf(args.accountId, userName)),
        ...(boundaryArn !== undefined && { boundaryArn: pulumi.output(boundaryArn) }),
      },
    };
  }

  private createUser(name: string, args: ExportReaderArgs): ReaderKey {
    const child = { parent: this };
    const { keyVersion = 1 } = args;
    const userName = `${args.prefix}-aurora-export-reader`;
    const policyOf = (policy: typeof readerPolicy) =>
      pulumi.all([args.bucketName, args.kmsKeyArn]).apply(([bucketName, kmsKeyArn]) =>
        JSON.stringify(
          policy({
            bucketName,
            kmsKeyArn,
            prefix: args.prefix,
            region: args.region,
            databases: args.databases,
          }),
        ),
      );
    const boundaryArn =
      args.boundaryArn === undefined
        ? new iam.Policy(
            `${name}-boundary`,
            {
              name: `${userName}-boundary`,
              description: `The most that ${userName} can ever be granted`,
              policy: policyOf(readerPolicy),
              tags: args.tags,
            },
            child,
          ).arn
        : pulumi.output(args.boundaryArn);
    const user = new iam.User(
      `${name}-user`,
      {
        name: userName,
        permissionsBoundary: boundaryArn,
        // Keys made by hand would block `pulumi destroy`.
        forceDestroy: true,
        tags: args.tags,
      },
      child,
    );
    const grant = new iam.UserPolicy(
      `${name}-policy`,
      { name: "read-exports", user: user.name, policy: policyOf(guardedReaderPolicy) },
      child,
    );
    const completedExports = this.createCompletedExports(name, args, user.name);
    const key = new iam.AccessKey(
      `${name}-key-${KEY_PLACES - (keyVersion % KEY_PLACES)}`,
      { user: user.name },
      // Made when its user has its permissions, so that whoever takes it waits for them and depends on the key alone.
      {
        ...child,
        dependsOn: [grant, completedExports],
        replacementTrigger: keyVersion,
        deleteBeforeReplace: true,
      },
    );
    return {
      accessKeyId: key.id,
      secretAccessKey: key.secret,
      guarded: {
        userName: completedExports.user,
        accessKeyId: key.id,
        userArns: user.arn.apply((arn) => [arn]),
        boundaryArn,
      },
    };
  }

  /** Made closed; from then on it is the gate's, and no update of ours closes what is open. */
  private createCompletedExports(
    name: string,
    { bucketName, prefix }: ExportReaderArgs,
    userName: pulumi.Input<string>,
  ): iam.UserPolicy {
    return new iam.UserPolicy(
      `${name}-completed-exports`,
      {
        name: COMPLETED_EXPORTS_POLICY,
        user: userName,
        policy: pulumi
          .output(bucketName)
          .apply((it) => JSON.stringify(completedExportsPolicy({ bucketName: it, prefix }, []))),
      },
      { parent: this, ignoreChanges: ["policy"] },
    );
  }
}
