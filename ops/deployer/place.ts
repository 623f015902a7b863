import type { Settings } from "../../settings/settings";

/** Where a stack is deployed, and what it makes there. */
export interface DeployedPlace {
  readonly accountId: string;
  readonly region: string;
  /** Begins every name that is unique in the account. */
  readonly prefix: string;
  /** Tags that tell this stack's keys from others, whose ids nobody knows beforehand. */
  readonly tags: Readonly<Record<string, string>>;
  /** True where `pulumi destroy` empties the bucket. */
  readonly emptiesBucket: boolean;
  readonly ownsBucket: boolean;
  readonly ownsKey: boolean;
  readonly ownsExportRole: boolean;
  readonly ownsReader: boolean;
  /** Chats that Amazon Q writes to. */
  readonly chats: readonly ("slack" | "teams")[];
  /** IAM user made by hand that exports are opened to. */
  readonly readerUserName?: string;
  /** ARN of the permissions boundary of every role and user that the stack makes. */
  readonly boundaryArn: string;
}

const CHATS = ["slack", "teams"] as const;

/** Tags of the program's own that no two stacks of an account share. */
export const TELLING_TAGS = ["Project", "Environment", "Service"] as const;

/**
 * The tags by which a stack's keys are known. IAM takes tags for the same that differ in capitals alone, and so does a
 * condition.
 */
export function tellingTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const telling: readonly string[] = TELLING_TAGS.map((name) => name.toLowerCase());
  return Object.fromEntries(Object.entries(tags).filter(([name]) => telling.includes(name.toLowerCase())));
}

/** A stack without what the policies of whoever deploys it rest on. The message says what to do. */
export class UndeployableError extends Error {
  override readonly name = "UndeployableError";
}

/**
 * The place of a stack.
 * @throws UndeployableError for a stack whose roles have no permissions boundary: whoever deploys it could make a role
 * that may do anything
 */
export function placeOf(settings: Settings, accountId: string): DeployedPlace {
  const { aws, prefix, tags, protect, existing, alerts, rolesBoundaryArn: boundaryArn } = settings;
  if (boundaryArn === undefined) {
    throw new UndeployableError(
      `\`aurora-to-bigquery:rolesBoundaryArn\` is missing: without a boundary whoever deploys the stack could make a role that may do anything in the account. Set it to the ARN of a policy of the stack's own, such as \`arn:aws:iam::${accountId}:policy/aurora-boundary-${prefix}\`; docs/deploy.md has the command that makes it.`,
    );
  }
  return {
    accountId,
    region: aws.region,
    prefix,
    boundaryArn,
    tags: tellingTags(tags),
    emptiesBucket: !protect,
    ownsBucket: existing.bucket === undefined,
    ownsKey: existing.kmsKeyArn === undefined,
    ownsExportRole: existing.exportRoleArn === undefined,
    ownsReader: existing.readerAccessKeyId === undefined,
    chats: CHATS.filter((it) => alerts[it] !== undefined),
    readerUserName: existing.readerUserName,
  };
}
